package inspect

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

func TestJSONIsFoldedAndColoured(t *testing.T) {
	body := `{"a":"x, \"y\": {","n":12,"list":[1,2],"access":{"view":true,"deep":{"z":null}},"empty":{}}`
	th := inColour("dark")
	lines, folds := bodyLines(th, body, func(int) bool { return false }, 60)
	open := ansi.Strip(strings.Join(lines, "\n"))
	if folds || !strings.Contains(open, "\"deep\": {\n") {
		t.Errorf("unfolded:\n%s", open)
	}
	folded, folds := bodyLines(th, body, func(int) bool { return true }, 60)
	if !folds {
		t.Error("nothing is said to be folded")
	}
	text := ansi.Strip(strings.Join(folded, "\n"))
	if want := "\n{\n  \"a\": \"x, \\\"y\\\": {\",\n  \"n\": 12,\n  \"list\": [ … ],  (2 lines)\n  \"access\": { … },  (4 lines)\n  \"empty\": {}\n}"; text != want {
		t.Errorf("folded:\n%s\nwanted:\n%s", text, want)
	}
	all := strings.Join(folded, "\n")
	for _, want := range []string{th.Accent.Render(`"a"`), th.Plain.Render(`"x, \"y\": {"`), th.Literal.Render(" 12")} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in %q", want, all)
		}
	}
}
