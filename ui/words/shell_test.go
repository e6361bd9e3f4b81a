package words

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// Folded commands do what the whole ones do, whatever the width.
func TestFoldedCommandsAreTheSame(t *testing.T) {
	t.Parallel()
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip(err)
	}
	run := func(script string) string {
		out, err := exec.Command(sh, "-c", script).CombinedOutput() // #nosec G204 -- a test's own
		if err != nil {
			t.Fatalf("%v\n%s\n%s", err, script, out)
		}
		return string(out)
	}
	for _, script := range []string{
		`p() { printf '[%s]\n' "$@"; }` + "\n" + `p curl -fsS "http://sso.example.com/admin/realms/shop/users/01234567-89ab-cdef-0123-456789abcdef" -H 'Content-Type: application/json' -d '{"username":"jane-doe","enabled":true,"email":"jane doe@example.com"}'`,
		`X=$(printf %s "a b  c" | grep -o 'a b  c' | cut -d' ' -f1)` + "\n" + `printf '%s\n' "$X" 'one long word in single quotes, with  two blanks, that is wider than any of the widths here, really it is' plain`,
		`p() { printf '[%s]\n' "$@"; }` + "\n" + `  p "${HOME:+set}averylongwordwithoutanyblankwithinit/$HOME/and/more/of/it/until/it/does/not/fit" \` + "\n" + `  -d 'x' # a comment`,
		"# a comment that is long, and which is folded into comments again, since a line of it would be a command\nprintf '%s\\n' 'a\nb'",
	} {
		want := run(script)
		for width := 24; width < 100; width++ {
			lines := Shell(script, width)
			if got := run(strings.Join(lines, "\n")); got != want {
				t.Fatalf("in %d cells:\n%s\nsays\n%s, not\n%s", width, strings.Join(lines, "\n"), got, want)
			}
			for _, line := range lines {
				if ansi.StringWidth(line) > width {
					t.Errorf("in %d cells: %q", width, line)
				}
			}
		}
	}
}
