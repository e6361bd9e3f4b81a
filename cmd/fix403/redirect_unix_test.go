//go:build unix

package main

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Output that goes to a file or a pipe is plain text, also where the environment begs for colours.
func TestRedirectedOutputHasNoEscape(t *testing.T) {
	t.Parallel()
	program := built(t)
	dir := t.TempDir()
	for _, args := range [][]string{
		{}, {"--help"}, {"version"}, {"run", "--practice"}, {"run", "--practice", "--json"}, {"run", "--practice", "--dry-run"},
		{"lab"}, {"lab", "expired-token"}, {"roles"}, {"doctor"}, {"wizard"}, {"wizard", "--plain"}, {"nonsense"}, {"down", "--url", "http://127.0.0.1:1"},
	} {
		cmd := exec.CommandContext(t.Context(), program, args...) // #nosec G204 -- what was just built
		cmd.Env = append(os.Environ(), "CLICOLOR_FORCE=1", "FORCE_COLOR=3", "COLORTERM=truecolor", "TERM=xterm-256color", "XDG_STATE_HOME="+dir, "XDG_CONFIG_HOME="+dir, "FIX403_ADMIN_PASSWORD=none")
		out, err := cmd.CombinedOutput()
		if i := strings.IndexFunc(string(out), func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 }); i >= 0 {
			t.Errorf("%v wrote %q", args, out[max(0, i-30):min(len(out), i+30)])
		}
		if len(out) == 0 {
			t.Errorf("%v wrote nothing: %v", args, err)
		}
		if slices.Equal(args, []string{"run", "--practice"}) && err != nil {
			t.Errorf("%v: %v: %s", args, err, out)
		}
	}
}
