package story

import "testing"

// A version that nobody measured is never named without a word about it.
func TestPracticeName(t *testing.T) {
	for _, v := range PracticeVersions() {
		want := v
		if v == "26.8.2" {
			want += " (as documented, not measured)"
		}
		if got := PracticeName(v).String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if got := (State{Practice: true, Version: v}).ServerVersion().String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if got := (State{Version: v}).ServerVersion().String(); got != v {
			t.Errorf("on a real server %q", got)
		}
	}
	if got := (State{Practice: true}).ServerVersion(); !got.Empty() {
		t.Errorf("no version is %q", got)
	}
}
