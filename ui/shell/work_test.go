package shell

import (
	"context"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

func TestCallsAreCountedUntilTheyReturn(t *testing.T) {
	w := NewWorker(t.Context(), time.Now)
	nothing := func(context.Context) (any, error) { return nil, nil }
	first := w.Start("connect", "a call", nothing)
	if w.Start("connect", "another", nothing) != nil || w.last != 1 || w.running != 1 {
		t.Errorf("%d calls were begun, %d run", w.last, w.running)
	}
	w.abandon()
	w.Start("connect", "another", nothing)
	late, is := first().(tea.BatchMsg)[0]().(Done)
	if w.running != 2 || !is || w.finished(late) || w.running != 1 || !w.Busy() {
		t.Errorf("after the answer of a call that was abandoned %d calls run", w.running)
	}
	if !w.finished(Done{gen: 2, Step: "connect"}) || w.running != 0 || w.Busy() {
		t.Errorf("after the last answer %d calls run", w.running)
	}
}
