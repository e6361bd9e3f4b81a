package acceptance

import (
	"bytes"
	"context"
	"errors"
	"fix403/keycloak/testrun"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/creack/pty"
)

// fits runs the doctor on a terminal of 80x24, and wants the whole answer there without scrolling: the verdict, the row of gates, the
// roles, and the command that comes next.
func (s *scene) fits(t *testing.T, a ask, withAdmin bool, want *answer) {
	t.Helper()
	if s.on.practice == nil || !testrun.Whole() {
		return // what is on the screen hangs on the answer alone
	}
	const columns, rows = 80, 24
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	screen, terminal, err := pty.Open()
	if errors.Is(err, pty.ErrUnsupported) { // Windows
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	if err := pty.Setsize(screen, &pty.Winsize{Rows: rows, Cols: columns}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, file, append([]string{"doctor"}, s.command(a)...)...)
	cmd.Env, cmd.Dir = append(s.environment(a.env), "TERM=xterm-256color"), s.dir
	if withAdmin {
		cmd.Env = append(cmd.Env, "FIX403_ADMIN_USER="+s.on.adminUser, "FIX403_ADMIN_PASSWORD="+s.on.adminPassword)
	}
	cmd.Stdout = terminal
	read := make(chan string)
	go func() {
		var seen bytes.Buffer
		_, _ = io.Copy(&seen, screen) // ends with an error when nobody writes any more
		read <- seen.String()
	}()
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	_ = terminal.Close()
	text := strings.ReplaceAll(<-read, "\r\n", "\n")
	s.door.requests()
	lines := 1 // of the prompt
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		lines += 1 + max(0, ansi.StringWidth(line)-1)/columns
	}
	if lines > rows {
		t.Errorf("%s takes %d lines:\n%s", want.Verdict, lines, text)
	}
	for _, part := range append([]string{"\nreach ", "\nRole ", "\n" + want.Verdict + " (" + want.Certainty + ")", "fix403 ", "--show "}, want.SmallestRoles...) {
		if !strings.Contains(text, part) {
			t.Errorf("%s: there is no %q:\n%s", want.Verdict, part, text)
		}
	}
	if strings.ContainsRune(text, '\x1b') {
		t.Errorf("%s: escapes in spite of NO_COLOR: %q", want.Verdict, text)
	}
}
