package shell

import (
	"testing"
	"time"
)

func TestLateTickOfAnOldCountdownIsDropped(t *testing.T) {
	var c countdown
	now := time.Now()
	if c.tick(true, now) == nil {
		t.Fatal("no tick")
	}
	late := clockMsg{c.gen}
	c.tick(false, now) // closed
	if c.tick(true, now) == nil {
		t.Fatal("no tick after it was opened again")
	}
	if c.ticked(late); c.tick(true, now) != nil {
		t.Error("two countdowns run")
	}
}
