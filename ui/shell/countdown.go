package shell

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// Counting is a screen that may show time running down.
type Counting interface {
	// Counting reports whether it does so now.
	Counting() bool
}

// countdown has the screen drawn once a second while it shows time running down, and else never.
type countdown struct {
	gen int  // of the newest tick
	set bool // it is on its way
}

// clockMsg is the next second of a countdown.
type clockMsg struct{ gen int }

func (c *countdown) tick(shown bool, now time.Time) tea.Cmd {
	if !shown {
		c.gen++ // what is on its way comes too late
		c.set = false
		return nil
	}
	if c.set {
		return nil
	}
	c.set = true
	c.gen++
	gen := c.gen
	return tea.Tick(now.Truncate(time.Second).Add(time.Second).Sub(now), func(time.Time) tea.Msg { return clockMsg{gen} })
}

func (c *countdown) ticked(m clockMsg) { c.set = c.set && m.gen != c.gen }
