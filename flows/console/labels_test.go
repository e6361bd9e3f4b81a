package console

import "testing"

func TestOf(t *testing.T) {
	for version, want := range map[string]Labels{
		"":       {"Service account roles", "Client roles", true},
		"17.0.0": {"Service accounts roles", "Filter by clients", false},
		"24.0.5": {"Service accounts roles", "Filter by clients", false},
		"26.1.4": {"Service accounts roles", "Filter by clients", false},
		"26.2.5": {"Service accounts roles", "Filter by clients", true},
		"26.4.0": {"Service accounts roles", "Client roles", true},
		"26.4.9": {"Service account roles", "Client roles", true}, // which of the two nobody looked
		"26.7.4": {"Service account roles", "Client roles", true},
		"26.8.2": {"Service account roles", "Client roles", true},
	} {
		if got := Of(version); got != want {
			t.Errorf("%q: %+v", version, got)
		}
	}
}
