package story

import (
	"testing"

	"fix403/flows/versions"
)

// A version that nobody measured is named so on the practice server alone.
func TestServerVersion(t *testing.T) {
	for _, v := range versions.All() {
		if got, want := (&State{Practice: true, Version: v}).ServerVersion().String(), versions.Name(v).String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		if got := (&State{Version: v}).ServerVersion().String(); got != v {
			t.Errorf("on a real server %q", got)
		}
	}
	if got := (&State{Practice: true}).ServerVersion(); !got.Empty() {
		t.Errorf("no version is %q", got)
	}
}
