package ui

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

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
	t.Parallel() // most of it is waiting for the screen to rest
	p := startOnTerminal(t, "", builtProgram(t), "wizard", "--practice")
	if err := pty.Setsize(p.screen, &pty.Winsize{Rows: 50, Cols: 160}); err != nil {
		t.Fatal(err)
	}
	p.wait(t, "Connect as admin")
	got, looked := 0.0, false
	for keys := 0; !strings.Contains(p.String(), "Scripts and CI") && !strings.Contains(p.String(), "31 experiments"); keys++ { // a key too many leads on to the lab
		if keys > 200 {
			t.Fatalf("the story does not end: %q", p.String()[len(p.String())-2000:])
		}
		got = max(got, resident(t, p.cmd.Process.Pid)) // before the key: on the summary it may be one too many, which ends the program
		before := len(p.String())
		p.press(t, "\r")
		p.rest()
		if !looked && strings.Contains(p.String()[before:], "two different gates") {
			looked = true
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
