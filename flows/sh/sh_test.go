package sh

import (
	"os/exec"
	"strings"
	"testing"

	"fix403/keycloak/foreign"
)

// TestQuoteIsTheSameWord for a shell, and shows what is hidden in it.
func TestQuoteIsTheSameWord(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("needs bash")
	}
	for _, s := range []string{"plain", "it's", "\x1b]0;t\x07 'x' \\n $(id) `id`", "view\u200b-users\u202e\U000e0041", "\u009b2J\n1", "Grüße \u00ad 領域", "-\xff-\u200b"} {
		word := Quote(s)
		if strings.ContainsFunc(word, foreign.Hidden) {
			t.Errorf("%q holds what is hidden", word)
		}
		got, err := exec.CommandContext(t.Context(), bash, "-c", "printf %s "+word).Output()
		if want := strings.ToValidUTF8(s, "\ufffd"); err != nil || string(got) != want && string(got) != s {
			t.Errorf("%s is read as %q, want %q (%v)", word, got, want, err)
		}
	}
}
