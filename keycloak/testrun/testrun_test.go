package testrun

import (
	"slices"
	"testing"
)

func TestHowMuch(t *testing.T) {
	list := []int{0, 1, 2, 3, 4}
	for value, want := range map[string]string{"": "sample", "whole": "whole", "long": "long", "1": "sample"} {
		t.Setenv(variable, value)
		t.Setenv("FIX403_TEST_SEED", "")
		if testing.Short() {
			want = "sample"
		}
		if got := Of("sample", "whole", "long"); got != want || Whole() != (want != "sample") {
			t.Errorf("%s=%s: %s", variable, value, got)
		}
		some, seeds := Sampled(list, 2), Seeds(FirstSeeds(3), 7)
		if all := slices.Equal(some, list); all != (want != "sample") || !all && !slices.Equal(some, []int{0, 2, 4}) {
			t.Errorf("%s=%s: %v", variable, value, some)
		}
		if first := slices.Equal(seeds, []uint64{0, 1, 2}); first != (want != "long") || !first && len(seeds) != 7 {
			t.Errorf("%s=%s: the seeds are %d", variable, value, seeds)
		}
	}
	t.Setenv("FIX403_TEST_SEED", "17")
	if seeds := Seeds(FirstSeeds(3), 7); !slices.Equal(seeds, []uint64{17}) {
		t.Errorf("%d", seeds)
	}
}
