//go:build linux || darwin

package ui

import (
	"io"
	"sync"
	"syscall"
	"testing"
	"time"

	"fix403/keycloak/testrun"

	tea "github.com/charmbracelet/bubbletea"
)

// cpu is the processor time that this process has taken so far.
func cpu(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestIdleScreensRest has every screen stand still at the same time, and measures the processor time that takes: for two
// seconds, or a minute in the long form.
func TestIdleScreensRest(t *testing.T) {
	testrun.UnderRace(t)
	idle := testrun.Of(2*time.Second, 2*time.Second, time.Minute)
	var programs []*tea.Program
	var ended sync.WaitGroup
	var keys []io.Closer
	for _, s := range standings() {
		r := s.open(t)
		if s.name == "Demo" {
			r.Update(keyMsg(t, " ")) // else it plays
		}
		in, typing := io.Pipe()
		p := newProgram(r, in, io.Discard)
		ended.Go(func() {
			if _, err := p.Run(); err != nil {
				t.Errorf("%s: %v", s.name, err)
			}
		})
		p.Send(tea.WindowSizeMsg{Width: 160, Height: 50})
		programs, keys = append(programs, p), append(keys, typing)
	}
	time.Sleep(time.Second) // until they are drawn
	before := cpu(t)
	time.Sleep(idle)
	took := cpu(t) - before
	for i, p := range programs {
		p.Quit()
		_ = keys[i].Close()
	}
	ended.Wait()
	t.Logf("%d screens took %v of processor time in %v", len(programs), took, idle)
	// The renderer's own looks for a new frame take one or two thousandths of a core for each; a screen that draws itself
	// all the time takes tens.
	if limit := idle * time.Duration(len(programs)) * 5 / 1000; took > limit {
		t.Errorf("%d idle screens took %v of processor time in %v, more than %v", len(programs), took, idle, limit)
	}
}
