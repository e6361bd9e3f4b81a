package words

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

func TestCleanLeavesNothingToObey(t *testing.T) {
	got := Clean("a\x1b[31mb\x1b]0;t\x07c\x00\r\n\td\u009b2J\u202e\xff")
	if want := `a\u001b[31mb\u001b]0;t\u0007c\u0000` + "\n    d"; !strings.HasPrefix(got, want) || strings.ContainsAny(got, "\x1b\x07\x00\r\u009b\u202e") {
		t.Errorf("%q", got)
	}
}

func FuzzLinesKeepTheirWidth(f *testing.F) {
	f.Add("from 403-forbidden-fix to 領域 and on", 7)
	f.Add(`{"a":"https://example.com/a/b/c"}`, 10)
	f.Add("領域領域", 5)
	f.Add("00\ufffd00域000", 0)      // a break inside the indent is no progress
	f.Add("00000000000\ufe0f", -49) // a variation selector widens the digit before it
	f.Fuzz(func(t *testing.T, s string, width int) {
		width = 4 + (width&0xff)%100
		s = Clean(s)
		for _, line := range append(Wrap(s, width), Fold(s, width)...) {
			if ansi.StringWidth(line) > width {
				t.Errorf("%d cells instead of %d: %q", ansi.StringWidth(line), width, line)
			}
		}
	})
}

func TestFoldBreaksURLsAtSlashes(t *testing.T) {
	got := Fold("GET http://example.com/admin/realms/one/users/two", 30)
	if len(got) != 2 || !strings.HasSuffix(got[0], "/") || !strings.HasPrefix(got[1], "  ") {
		t.Errorf("%q", got)
	}
}

// An id and a word stay whole where a line has room for them, in running text, in URLs and in JSON.
func TestLinesBreakNoIDs(t *testing.T) {
	const id = "620d929d-092e-4f0e-9a57-5b3b1c0d7f11"
	for _, text := range []string{
		"The user " + id + " is there, and so is the user " + id + ".",
		"GET http://practice.fix403.invalid/admin/realms/403-forbidden-fix/users/" + id + "/role-mappings/clients/" + id,
		`{"id":"` + id + `","containerId":"` + id + `"}`,
		"id=" + id + "=and=" + id + "=and=" + id,
	} {
		for width := 42; width < 100; width++ {
			for _, lines := range [][]string{Wrap(text, width), Fold(text, width)} {
				whole := 0
				for _, line := range lines {
					whole += strings.Count(line, id)
				}
				if whole != strings.Count(text, id) {
					t.Fatalf("%d: %q", width, lines)
				}
			}
		}
	}
}
