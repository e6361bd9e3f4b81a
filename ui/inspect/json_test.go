package inspect

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

func TestJSONIsFoldedAndColoured(t *testing.T) {
	body := `{"a":"x, \"y\": {","n":12,"list":[1,2],"access":{"view":true,"deep":{"z":null}},"empty":{}}`
	th := inColour("dark")
	open := ansi.Strip(strings.Join(bodyLines(th, body, func(int) bool { return false }, 60), "\n"))
	if !strings.Contains(open, "\"deep\": {\n") {
		t.Errorf("unfolded:\n%s", open)
	}
	folded := bodyLines(th, body, func(int) bool { return true }, 60)
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
