package ui

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// resident returns the memory of a process in MiB, 0 for one that has ended.
func resident(t testing.TB, pid int) float64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(status), "VmRSS:")
	if !found {
		return 0
	}
	kib, err := strconv.ParseFloat(strings.Fields(after)[0], 64)
	if err != nil {
		t.Fatal(err)
	}
	return kib / 1024
}

// The whole story on the practice server, in a large window, with wire and token looked at, takes less than 40 MiB.
func TestWizardIsSmall(t *testing.T) {
	p := startOnTerminal(t, "", builtProgram(t), "wizard", "--practice")
	if err := pty.Setsize(p.screen, &pty.Winsize{Rows: 50, Cols: 160}); err != nil {
		t.Fatal(err)
	}
	p.wait(t, "Connect as admin")
	got := 0.0
	for keys := 0; !strings.Contains(p.String(), "To go on"); keys++ {
		if keys > 200 {
			t.Fatalf("the story does not end: %q", p.String()[len(p.String())-2000:])
		}
		got = max(got, resident(t, p.cmd.Process.Pid)) // before the key: on the summary it may be one too many, which ends the program
		before := len(p.String())
		p.press(t, "\r")
		select {
		case <-p.more:
		case <-time.After(time.Second / 4): // the key came while a call ran, and did nothing
		}
		if strings.Contains(p.String()[before:], "stop") {
			p.press(t, "wttw\x1b")
		}
	}
	t.Logf("%.1f MiB are resident", got)
	if got == 0 || got > 40 {
		t.Errorf("%.1f MiB are resident, more than 40", got)
	}
	p.press(t, "\x03")
	_ = p.cmd.Wait()
	p.asBefore(t)
}
