//go:build linux || darwin

package ui

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/creack/pty"

	"fix403/flows/story"
	"fix403/keycloak/foreign"
	"fix403/keycloak/server/servertest"
	"fix403/keycloak/testrun"
)

// asProgram makes the test binary the wizard itself, so that its start, package initialisation included, can be seen
// from outside. Its value "panic" makes the wizard panic once the clock is asked by a story.
const asProgram = "FIX403_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	mode := os.Getenv(asProgram)
	if mode == "" {
		os.Exit(testrun.Waiting{M: servertest.Tests{M: m}, AtOnce: 5}.Run())
	}
	o := Options{In: os.Stdin, Out: os.Stdout, Story: story.Options{Practice: true}}
	if mode == "panic" {
		o.Story.Now = func() time.Time { panic("a defect that a test wants") }
	}
	_, err := Run(context.Background(), o)
	if err != nil {
		_, _ = os.Stderr.WriteString(err.Error())
		os.Exit(1)
	}
}

// rest waits until the screen stands still, as it does when no call is under way.
func (p *silent) rest() {
	for {
		select {
		case <-p.more:
		case <-time.After(time.Second / 8):
			return
		}
	}
}

// silent runs the program on a terminal that answers no question.
type silent struct {
	cmd    *exec.Cmd
	screen *os.File // the terminal's side
	tty    *os.File // the program's side
	before *term.State

	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func startSilent(t testing.TB) *silent { return startOnTerminal(t, "1", os.Args[0]) }

func startOnTerminal(t testing.TB, mode string, program string, args ...string) *silent {
	t.Helper()
	screen, tty, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo terminal: ", err)
	}
	p := &silent{screen: screen, tty: tty, more: make(chan struct{}, 1)}
	t.Cleanup(func() { _ = screen.Close(); _ = tty.Close() })
	if err := pty.Setsize(screen, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
		t.Fatal(err)
	}
	if p.before, err = term.GetState(tty.Fd()); err != nil {
		t.Fatal(err)
	}
	p.cmd = exec.CommandContext(t.Context(), program, args...) // #nosec G204 -- ourselves, or what was just built
	p.cmd.Env = append(os.Environ(), asProgram+"="+mode, "TERM=xterm-256color", "LC_ALL=C.UTF-8", "XDG_STATE_HOME="+t.TempDir(), "XDG_CONFIG_HOME="+t.TempDir())
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = tty, tty, tty
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		b := make([]byte, 4096)
		for {
			n, err := screen.Read(b)
			p.mu.Lock()
			p.text.Write(b[:n])
			p.mu.Unlock()
			select {
			case p.more <- struct{}{}:
			default:
			}
			if err != nil {
				return
			}
		}
	}()
	return p
}

func (p *silent) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// wait waits until something was written.
func (p *silent) wait(t testing.TB, text string) {
	t.Helper()
	p.waitAfter(t, 0, text)
}

// waitAfter waits until something was written after the first bytes.
func (p *silent) waitAfter(t testing.TB, after int, text string) {
	t.Helper()
	tooLong := time.After(20 * time.Second)
	for got := p.String()[after:]; got == "" || !strings.Contains(got, text); got = p.String()[after:] {
		select {
		case <-p.more:
		case <-tooLong:
			t.Fatalf("%q was never written, but %q", text, p.String())
		}
	}
}

// press types into the terminal.
func (p *silent) press(t testing.TB, keys string) {
	t.Helper()
	if _, err := p.screen.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

// restored waits for the program to end well, and checks that the terminal is as it was.
func (p *silent) restored(t *testing.T) {
	t.Helper()
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("the program ended with %v: %s", err, p.String())
	}
	p.asBefore(t)
}

func (p *silent) asBefore(t *testing.T) {
	t.Helper()
	p.wait(t, "\x1b[?1049l")
	p.wait(t, "\x1b[?25h")
	after, err := term.GetState(p.tty.Fd())
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(p.before, after) {
		t.Error("the terminal's modes were not restored")
	}
}

func TestSilentTerminalIsAskedNothingAndStartsAtOnce(t *testing.T) {
	begin := time.Now()
	p := startSilent(t)
	p.wait(t, "Practice")
	if took := time.Since(begin); took > 4*time.Second { // asking costs five
		t.Errorf("the first screen took %s", took)
	}
	if _, err := p.screen.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	p.restored(t)
	for what, query := range map[string]string{"foreground": "\x1b]10;?", "background": "\x1b]11;?", "cursor position": "\x1b[6n", "device": "\x1b[c"} {
		if strings.Contains(p.String(), query) {
			t.Errorf("the terminal was asked for its %s", what)
		}
	}
}

func TestTerminationRestoresTheTerminal(t *testing.T) {
	p := startSilent(t)
	p.wait(t, "Practice")
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.restored(t)
}

func TestQuitRestoresTheTerminal(t *testing.T) {
	p := startSilent(t)
	p.wait(t, "Practice")
	p.press(t, "q")
	p.restored(t)
}

func TestPanicRestoresTheTerminalAndIsTold(t *testing.T) {
	p := startOnTerminal(t, "panic", os.Args[0])
	p.wait(t, "Practice")
	p.press(t, "\r")
	var exit *exec.ExitError
	if err := p.cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("the program ended with %v", err)
	}
	p.asBefore(t)
	wanted := []string{"internal error: a defect that a test wants", "pty_test.go"}
	for _, want := range wanted { // what was written last may still be on its way here
		p.wait(t, want)
	}
	text := p.String()
	for _, want := range wanted {
		if i := strings.Index(text, want); i < strings.LastIndex(text, "\x1b[?1049l") {
			t.Errorf("%q is not told after the screen was left:\n%s", want, text)
		}
	}
}

// A shell with job control stops the wizard and brings it back.
func TestSuspendAndResume(t *testing.T) {
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no shell with job control")
	}
	p := startOnTerminal(t, "1", shell, "--norc", "--noprofile", "-i")
	p.press(t, "PS1='ready> '\n"+os.Args[0]+"\n")
	p.wait(t, "My Keycloak")
	p.press(t, "\x1a")
	p.wait(t, "Stopped")
	before := len(p.String())
	if !strings.Contains(p.String(), "\x1b[?1049l") {
		t.Error("the shell is on the alternate screen")
	}
	p.press(t, "echo $((400+3))\n")
	p.wait(t, "403\r\n")
	p.press(t, "fg\n")
	p.waitAfter(t, before, "\x1b[?1049h")
	p.waitAfter(t, before, "My Keycloak")
	p.press(t, "q")
	p.waitAfter(t, before, "\x1b[?1049l")
	p.press(t, "exit\n")
	p.restored(t)
}

// Without a shell to go back to, ctrl+z would stop the program for good.
func TestSuspendIsRefusedWithoutAShell(t *testing.T) {
	p := startSilent(t)
	p.wait(t, "Practice")
	p.press(t, "\x1a")
	p.wait(t, "There is no shell here")
	p.press(t, "\x03")
	p.restored(t)
}

// evil is what a server sends that wants to draw on our terminal.
const evil = "\x1b]0;pwned\x07\x1b[31mred\u009b32m\x1b]52;c;cHduZWQ=\x07\x1b[?1000h\x1bP+q\x1b\\\r\nnext\x00\u202e\u200b\u2060\u00ad\U000e0041\u2028\ufe0fz"

func TestHostileServerDrawsNothing(t *testing.T) {
	quoted, err := json.Marshal(evil)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header()["X-Evil"] = []string{"a\u009b31mb\u202e\u200b"} // a client of HTTP refuses escapes in headers itself
		if r.URL.Path == "/realms/master" {
			_, _ = fmt.Fprintf(w, `{"realm":"master","display":%s}`, quoted)
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = fmt.Fprintf(w, `{"error":%s,"error_description":%s}%s`, quoted, quoted, evil)
	}))
	defer server.Close()
	p := startOnTerminal(t, "", builtProgram(t), "--url", server.URL)
	p.wait(t, "My Keycloak")
	p.press(t, "\r") // the entry for a server of one's own is marked
	p.wait(t, "Server URL")
	p.press(t, "\r")
	p.wait(t, "Keycloak found")
	p.press(t, "a password\r")
	p.wait(t, "Log in again")
	p.press(t, "\x1bOR") // F3, the wire
	p.press(t, "\x1b[6~")
	p.wait(t, "error_description")
	for i := 0; !strings.Contains(p.String(), "X-Evil"); i++ {
		if i > 20 {
			t.Fatalf("the headers are not shown: %q", p.String())
		}
		before := len(p.String())
		p.press(t, "\x1b[6~")
		p.waitAfter(t, before, "")
	}
	p.press(t, "\x03")
	if err := p.cmd.Wait(); err == nil {
		t.Error("interrupted, and told as done")
	}
	p.asBefore(t)
	for _, sequence := range []string{"\x1b]0;", "\x1b]52;", "\x1b[31m", "\x1b[?1000h", "\x1bP", "\u009b", "\x00", "\u202e"} {
		if i := strings.Index(p.String(), sequence); i >= 0 {
			t.Errorf("%q was written: %q", sequence, p.String()[max(0, i-40):min(len(p.String()), i+40)])
		}
	}
	for i, r := range p.String() {
		if r > 0x7e && foreign.Hidden(r) { // those below are our own to draw with
			t.Errorf("%U was written: %q", r, p.String()[max(0, i-40):min(len(p.String()), i+40)])
			break
		}
	}
	if !strings.Contains(p.String(), `\u202e`) {
		t.Error("what was there is not to be seen")
	}
}

func builtProgram(t testing.TB) string {
	t.Helper()
	path, err := testrun.Program()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// BenchmarkFirstFrame is the time from the start of the process to the home screen on the terminal; 60 ms is the aim.
func BenchmarkFirstFrame(b *testing.B) {
	program := builtProgram(b)
	for b.Loop() {
		p := startOnTerminal(b, "", program)
		p.wait(b, "Practice")
		b.StopTimer()
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		_ = p.cmd.Wait()
		b.StartTimer()
	}
}
