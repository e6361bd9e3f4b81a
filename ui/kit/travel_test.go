package kit

import (
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
)

var gates = []string{"reach", "client", "identity", "realm", "route", "role", "object"}

// at is a command that says at once what is due after a time.
func at(_ time.Duration, msg tea.Msg) tea.Cmd { return func() tea.Msg { return msg } }

// run has a request travel to its end, and returns what was drawn of it.
func run(t *testing.T, v *Travel, stop, width int) (frames []string) {
	t.Helper()
	theme, _ := NewTheme(&strings.Builder{}, nil, "dark", false, false, func(string) string { return "" })
	status := 403
	if stop == len(gates) {
		status = 200
	}
	draw := func() {
		lines, middle := Row{gates, v, status}.Draw(theme, width)
		for _, line := range lines {
			if w := ansi.StringWidth(line); w > width {
				t.Errorf("%d of %d columns: %q", w, width, line)
			}
		}
		if middle < 0 || middle > width {
			t.Errorf("the middle is at %d of %d", middle, width)
		}
		frames = append(frames, ansi.Strip(strings.Join(lines, "\n")))
	}
	const most = 1000
	for cmd := v.Start(len(gates), stop, false, at); cmd != nil; cmd = v.Update(cmd().(Travelled), at) {
		draw()
		if len(frames) > most {
			t.Fatal("it travels for ever")
		}
	}
	draw()
	return frames
}

func TestRequestTravelsAndStays(t *testing.T) {
	for stop := range len(gates) + 1 {
		for _, width := range []int{58, 76, 112, 156} {
			var v Travel
			frames := run(t, &v, stop, width)
			if !v.Arrived() || v.Time() != time.Duration(len(frames)-1)*frameOfTravel {
				t.Errorf("%d frames, and %v", len(frames), v.Time())
			}
			var still Travel
			if still.Start(len(gates), stop, true, at) != nil {
				t.Error("what is still ticks")
			}
			theme, _ := NewTheme(&strings.Builder{}, nil, "dark", false, false, func(string) string { return "" })
			status := map[bool]int{true: 200, false: 403}[stop == len(gates)]
			lines, _ := Row{gates, &still, status}.Draw(theme, width)
			last := frames[len(frames)-1]
			if got := ansi.Strip(strings.Join(lines, "\n")); got != last {
				t.Errorf("at once it ends at\n%s\nand by and by at\n%s", got, last)
			}
			if n := strings.Count(last, "✓"); n != stop {
				t.Errorf("%d gates are passed, want %d:\n%s", n, stop, last)
			}
			if stopped := strings.Contains(last, "✗"); stopped != (stop < len(gates)) {
				t.Errorf("stopped at %d:\n%s", stop, last)
			}
			moved := map[string]bool{}
			for _, f := range frames {
				moved[f] = true
			}
			if len(moved) < 2 {
				t.Errorf("nothing moves to %d in %d columns:\n%s", stop, width, last)
			}
			if v.Update(Travelled{v.gen}, at) != nil {
				t.Error("it ticks at its end")
			}
		}
	}
}

func TestFramesThatComeLateAreDropped(t *testing.T) {
	var v Travel
	late := v.Start(len(gates), 5, false, at)().(Travelled)
	v.Start(len(gates), 5, false, at)
	if v.Update(late, at) != nil {
		t.Error("a frame of another journey moves this one")
	}
	v.Arrive()
	v.Reset()
	if v.Out() || v.Arrived() {
		t.Error("it is still out")
	}
}

func TestGatesFillTheWidthInFiveLines(t *testing.T) {
	for _, width := range []int{76, 78, 112, 156} {
		var v Travel
		frames := run(t, &v, 5, width)
		lines := strings.Split(frames[len(frames)-1], "\n")
		if len(lines) != framed || ansi.StringWidth(lines[2]) != width {
			t.Errorf("%d columns:\n%s", width, strings.Join(lines, "\n"))
		}
		for _, gate := range gates {
			if !strings.Contains(lines[1], " "+gate+" ") {
				t.Errorf("%s touches its frame in %d columns:\n%s", gate, width, lines[1])
			}
		}
	}
}

func TestFiguresAreFiveLinesHigh(t *testing.T) {
	for ascii, want := range map[bool]string{
		false: "██  ██  ██████  ██████\n██  ██  ██  ██      ██\n██████  ██  ██  ██████\n    ██  ██  ██      ██\n    ██  ██████  ██████",
		true:  "##  ##  ######  ######\n##  ##  ##  ##      ##\n######  ##  ##  ######\n    ##  ##  ##      ##\n    ##  ######  ######",
	} {
		theme, _ := NewTheme(&strings.Builder{}, nil, "dark", false, ascii, func(string) string { return "" })
		if got := strings.Join(theme.Figures(403, 1), "\n"); got != want {
			t.Errorf("403 is\n%s", got)
		}
		seen := map[string]bool{}
		for d := range 10 {
			seen[strings.Join(theme.Figures(d, 1), "\n")] = true
		}
		if len(seen) != 10 {
			t.Error("two digits look alike")
		}
	}
}

func TestMotionIsOffWhereTheEnvironmentSaysSo(t *testing.T) {
	theme, _ := NewTheme(&strings.Builder{}, nil, "dark", false, false, func(name string) string {
		return map[string]string{"NO_MOTION": "1"}[name]
	})
	if !theme.Still {
		t.Error("it moves")
	}
	if theme.Become("light", true); !theme.Still {
		t.Error("with other colours it moves")
	}
}
