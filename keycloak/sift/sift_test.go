package sift_test

import (
	"slices"
	"testing"

	"fix403/keycloak/sift"
)

func TestOut(t *testing.T) {
	all := []int{1, 2, 3, 4}
	odd := func(n int) bool { return n%2 == 1 }
	if got := sift.Out(all, odd); !slices.Equal(got, []int{2, 4}) || !slices.Equal(all, []int{1, 2, 3, 4}) {
		t.Errorf("%v of %v", got, all)
	}
	if got := sift.Out([]int{1}, odd); got == nil || len(got) != 0 {
		t.Errorf("nothing left is %#v: JSON would have null", got)
	}
	if got := sift.Out(nil, odd); got != nil {
		t.Errorf("of nil: %#v", got)
	}
}
