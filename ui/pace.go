package ui

import (
	"reflect"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

const (
	// framesPerSecond is how often the renderer looks whether there is something new: a key is to be seen within 20 ms, and
	// the default of 60 takes nearly all of that by itself.
	framesPerSecond = 120

	restAfter = time.Second / 2 // without a message
	restPace  = time.Second     // between two looks, so that a frame that a slow terminal held up is not lost
)

// pace lets the renderer rest while nothing happens. Bubble Tea's looks for a new frame at its full rate for as long as the
// program runs, which takes about half a percent of a core while somebody only reads.
type pace struct {
	program *tea.Program

	mu      sync.Mutex
	ticker  *time.Ticker // the renderer's
	rest    *time.Timer
	last    time.Time // a message came
	resting bool
}

// filter is called for each message, before anything comes of it.
func (p *pace) filter(_ tea.Model, msg tea.Msg) tea.Msg {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last = time.Now()
	switch {
	case p.rest == nil:
		if p.ticker = rendererTicker(p.program); p.ticker != nil {
			p.rest = time.AfterFunc(restAfter, p.slow)
		}
	case p.resting:
		p.resting = false
		p.ticker.Reset(time.Second / framesPerSecond)
		fallthrough
	default:
		p.rest.Reset(restAfter)
	}
	return msg
}

func (p *pace) slow() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.last) >= restAfter { // else a message came in this very moment
		p.resting = true
		p.ticker.Reset(restPace)
	}
}

// rendererTicker is the ticker of the program's renderer, which Bubble Tea 1 does not hand out; nil where it is not found.
func rendererTicker(p *tea.Program) *time.Ticker {
	renderer := reflect.ValueOf(p).Elem().FieldByName("renderer")
	if renderer.Kind() != reflect.Interface || renderer.Elem().Kind() != reflect.Pointer {
		return nil
	}
	fields := renderer.Elem().Elem()
	if fields.Kind() != reflect.Struct {
		return nil
	}
	ticker := fields.FieldByName("ticker")
	if !ticker.IsValid() || ticker.Type() != reflect.TypeFor[*time.Ticker]() {
		return nil
	}
	return (*time.Ticker)(ticker.UnsafePointer())
}
