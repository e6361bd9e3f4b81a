package shell

import (
	"strings"
	"testing"
)

func TestClipboardGoesThroughTmuxAndScreen(t *testing.T) {
	for name, want := range map[string]string{
		"": "\x1b]52;c;", "TMUX": "\x1bPtmux;\x1b\x1b]52;c;", "STY": "\x1bP\x1b]52;c;",
	} {
		var out strings.Builder
		s := &Env{Out: &out, Getenv: func(n string) string {
			if name != "" && n == name {
				return "set"
			}
			return ""
		}}
		if nav := s.Copy("It was", "text"); nav.wrong || !strings.Contains(out.String(), want) {
			t.Errorf("%q: %q", name, out.String())
		}
	}
}
