//go:build linux || darwin

package ui

import (
	"bytes"
	"context"
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

	"fix403/flows"
)

// asProgram makes the test binary the wizard itself, so that its start, package initialisation included, can be seen
// from outside.
const asProgram = "FIX403_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	_, err := Run(context.Background(), Options{In: os.Stdin, Out: os.Stdout, Story: flows.Options{Practice: true}})
	if err != nil {
		_, _ = os.Stderr.WriteString(err.Error())
		os.Exit(1)
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

func startSilent(t testing.TB) *silent {
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
	p.cmd = exec.CommandContext(t.Context(), os.Args[0])
	p.cmd.Env = append(os.Environ(), asProgram+"=1", "TERM=xterm-256color")
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
	tooLong := time.After(20 * time.Second)
	for !strings.Contains(p.String(), text) {
		select {
		case <-p.more:
		case <-tooLong:
			t.Fatalf("%q was never written, but %q", text, p.String())
		}
	}
}

// restored checks that the terminal is as it was.
func (p *silent) restored(t *testing.T) {
	t.Helper()
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("the program ended with %v: %s", err, p.String())
	}
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

// BenchmarkFirstFrame is the time from the start of the process to the home screen on the terminal; 60 ms is the aim.
func BenchmarkFirstFrame(b *testing.B) {
	for b.Loop() {
		p := startSilent(b)
		p.wait(b, "Practice")
		b.StopTimer()
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		_ = p.cmd.Wait()
		b.StartTimer()
	}
}
