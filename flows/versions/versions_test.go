package versions

import "testing"

// A version that nobody measured is never named without a word about it.
func TestName(t *testing.T) {
	for _, v := range All() {
		want := v
		if v == "26.8.2" {
			want += " (as documented, not measured)"
		}
		if got := Name(v).String(); got != want || Measured(v) != (v == want) {
			t.Errorf("%q, want %q, measured %v", got, want, Measured(v))
		}
	}
}
