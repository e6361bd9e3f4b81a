package ui

import (
	"context"
	"io"
	"slices"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"

	flowstory "fix403/flows/story"
	"fix403/ui/kit"
)

// BenchmarkScreen draws each screen in a large window, in colour; 2 ms is the aim.
func BenchmarkScreen(b *testing.B) {
	for _, s := range standings() {
		b.Run(s.name, func(b *testing.B) {
			r := s.open(b)
			*r.env.Theme = *painted("dark")
			r.Update(tea.WindowSizeMsg{Width: 160, Height: 50})
			b.ReportAllocs()
			for b.Loop() {
				view(r)
			}
		})
	}
}

// written is a terminal that tells when something was drawn.
type written struct{ frames chan struct{} }

func (w written) Write(b []byte) (int, error) {
	select {
	case w.frames <- struct{}{}:
	default:
	}
	return len(b), nil
}

func (written) ColorProfile() termenv.Profile { return termenv.TrueColor }

// BenchmarkKeyToFrame is the time from a key to what it changes on the screen, in the whole program at 160x50: the 95th
// percentile is to be within 20 ms.
func BenchmarkKeyToFrame(b *testing.B) {
	in, keys := io.Pipe()
	out := written{make(chan struct{}, 1)}
	ctx, cancel := context.WithCancel(b.Context())
	o := practiceOptions()
	o.In, o.Out, o.Theme = in, out, "dark"
	ready, done := make(chan *tea.Program), make(chan struct{})
	go func() {
		defer close(done)
		_, err := run(ctx, o, func(string) string { return "" }, func(p *tea.Program, r *wizard) {
			showStory(r, toldWhole())
			r.Screen = r.runs.Step(flowstory.StepSecondCall)
			p.Send(tea.WindowSizeMsg{Width: 160, Height: 50})
			ready <- p
		})
		if err != nil && ctx.Err() == nil {
			b.Error(err)
		}
	}()
	<-ready
	b.Cleanup(func() { cancel(); <-done; _ = keys.Close() })
	time.Sleep(100 * time.Millisecond) // the first frames
	var took []time.Duration
	b.ReportAllocs()
	for b.Loop() {
		select {
		case <-out.frames:
		default:
		}
		begin := time.Now()
		if _, err := io.WriteString(keys, "w"); err != nil { // opens the wire, and closes it
			b.Fatal(err)
		}
		<-out.frames
		took = append(took, time.Since(begin))
		time.Sleep(time.Duration(len(took)%17) * time.Millisecond) // people do not type in step with the renderer
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "ms-p95")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-median")
}

// painted is a theme whose colours are drawn, whatever the test runs on.
func painted(name string) *kit.Theme {
	t, _ := kit.NewTheme(trueColor{io.Discard}, nil, name, false, false, func(string) string { return "" })
	return t
}

// trueColor is a terminal with all colours.
type trueColor struct{ io.Writer }

// ColorProfile is what the theme asks for.
func (trueColor) ColorProfile() termenv.Profile { return termenv.TrueColor }
