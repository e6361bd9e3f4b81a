package demo

import (
	"testing"

	"github.com/charmbracelet/x/ansi"
)

func TestWideSetsWholeLettersApart(t *testing.T) {
	if got := wide("e\u0301 世x"); got != "e\u0301   世 x" || ansi.StringWidth(got) != 8 {
		t.Errorf("%q", got)
	}
}
