package ui

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/keycloak"
	"fix403/keycloak/practice"
	"fix403/keycloak/wire"
	"fix403/ui/demo"
	"fix403/ui/words"
)

func demoOptions() Options {
	o := practiceOptions()
	o.Demo = &Demo{Speed: 1}
	return o
}

// startDemo is start for programs in which longer waits are left behind: Bubble Tea lets them run out.
func startDemo(t *testing.T, w, h int, o Options) *terminal {
	t.Helper()
	t.Cleanup(func() { time.Sleep(time.Hour) }) // fake
	return start(t, w, h, o)
}

func (x *terminal) demo() *demo.Screen { return x.root().Screen.(*demo.Screen) }

// atMoment wants a moment of the demo on the screen.
func (x *terminal) atMoment(i int) {
	x.t.Helper()
	x.wants("─ " + moment(i+1) + ", ")
}

// moments is how many moments a demo has.
func moments() int { return len(story.Moments(story.State{})) }

// moment is how the demo counts one of them: "1 of 17".
func moment(n int) string { return fmt.Sprintf("%d of %d", n, moments()) }

// caption is what is said about a moment while the story stands as it does now.
func (x *terminal) caption(i int) string {
	return words.Line(x.Say(story.Moments(story.State{})[i].Say(x.demo().Story().State())))
}

// passes lets fake time pass, and the program come to rest.
func (x *terminal) passes(d time.Duration) {
	x.program.Send(struct{}{}) // so that what the test has read was read before, for the race detector, too
	time.Sleep(d)
	x.settle()
}

func TestDemoPlaysByItselfAtAFixedPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := startDemo(t, 80, 24, demoOptions())
		for i, m := range story.Moments(story.State{}) {
			x.atMoment(i)
			caption := x.caption(i)
			x.wants(x.T(story.StepByID(m.Step).Title))
			if flat := strings.Join(strings.Fields(x.text()), " "); !strings.Contains(flat, caption) {
				t.Errorf("the caption %q is not whole on the screen:\n%s", caption, x.text())
			}
			if m.Token {
				x.wants("alg    RS256")
			}
			x.passes(words.Pace(caption))
		}
		x.wants("the end", "has been removed again")
		x.passes(time.Hour)
		x.atMoment(len(story.Moments(story.State{})) - 1) // it does not play on
		x.press("q")
		res := x.end()
		if !res.Finished || res.Demo == nil || !story.Leftovers(res.Demo.State()).Empty() {
			t.Errorf("the result is %+v", res)
		}
	})
}

func TestDemoLooksTheSameEachTime(t *testing.T) {
	t.Parallel()
	play := func() (frames []string) {
		synctest.Test(t, func(t *testing.T) {
			x := startDemo(t, 100, 30, demoOptions())
			for range story.Moments(story.State{}) {
				frames = append(frames, x.text())
				x.press("right")
			}
			x.press("q")
			x.end()
		})
		return frames
	}
	first, second := play(), play()
	for i := range first {
		if first[i] != second[i] {
			t.Errorf("moment %d differs:\n%s\n%s", i, first[i], second[i])
		}
	}
}

func TestDemoGoesBackWithoutTheServer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := startDemo(t, 80, 24, demoOptions())
		var frames []string
		body := func() string { return strings.Split(x.text(), fmt.Sprintf(" of %d, ", moments()))[0] } // how it goes on differs
		for range story.Moments(story.State{}) {
			frames = append(frames, body())
			x.press("right")
		}
		asked := len(x.demo().Story().Exchanges())
		x.passes(time.Hour) // and it all looks as it did then
		for i := len(frames) - 2; i >= 0; i-- {
			x.press("left")
			if got := body(); got != frames[i] {
				t.Errorf("moment %d was\n%s\nand is now\n%s", i, frames[i], got)
			}
			x.wants("paused")
		}
		x.press("left") // nothing is before the first
		x.press(" ")
		x.passes(10 * time.Minute)
		x.wants("the end")
		x.press("r")
		x.wants(moment(1) + ", playing")
		if now := len(x.demo().Story().Exchanges()); now != asked {
			t.Errorf("%d requests were sent again", now-asked)
		}
		x.press("q")
		x.end()
	})
}

func TestDemoPausesAndChangesItsSpeed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := startDemo(t, 80, 24, demoOptions())
		length := words.Pace(x.caption(0))
		x.passes(length / 2)
		x.press(" ")
		x.passes(time.Hour)
		x.wants(moment(1) + ", paused")
		x.press("+", "+") // 2
		x.press(" ")
		x.wants(moment(1) + ", playing, speed 2")
		x.passes(length/4 - time.Second) // half of it was left, at twice the speed
		x.wants(moment(1))
		x.passes(time.Second)
		x.wants(moment(2) + ", playing, speed 2")
		for range 10 {
			x.press("-")
		}
		x.wants("playing, speed 0.25")
		for range 10 {
			x.press("+")
		}
		x.wants("speed 4")
		x.press("q")
		x.end()

		o := demoOptions()
		o.Demo.Speed = 20 // beyond what the keys choose from
		x = startDemo(t, 80, 24, o)
		x.wants("playing, speed 20")
		x.press("+")
		x.wants("speed 20")
		x.press("-")
		x.wants("speed 4")
		x.press("q")
		x.end()
	})
}

func TestDemoSetsTheCaptionWide(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, size := range [][2]int{{80, 24}, {160, 50}} {
			x := startDemo(t, size[0], size[1], demoOptions())
			x.press("z")
			for i, m := range story.Moments(story.State{}) {
				x.wants(strings.Join(strings.Split(x.T(story.StepByID(m.Step).Title), ""), " "))
				got := strings.Join(strings.Fields(strings.ReplaceAll(x.text(), " ", "")), "")
				if !strings.Contains(got, strings.ReplaceAll(x.caption(i), " ", "")) {
					t.Errorf("the caption %q is not whole:\n%s", x.caption(i), x.text())
				}
				x.press("right")
			}
			x.press("z", "left")
			x.wants(moment(moments()-1) + ", paused")
			x.press("q")
			x.end()
		}
	})
}

func TestDemoFromHomeLeavesTheStoryAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := startDemo(t, 80, 24, practiceOptions())
		x.press("enter", "enter", "enter", "esc") // connected, and back
		story := x.root().runs.Story()
		x.press("d")
		x.wants(moment(1) + ", playing")
		x.press("right", "right", "right", "right")
		x.wants(moment(5), "practice server, as 26.7.4")
		if x.demo().Story() == story {
			t.Error("the demo tells the person's own story")
		}
		x.press("esc")
		x.wants("Where?")
		x.passes(time.Hour)
		x.wants("Where?")
		x.press("enter")
		x.wants("Found a Keycloak")
		if x.root().runs.Story() != story || len(x.root().runs.Stories()) != 1 {
			t.Error("the person's own story is gone")
		}
		x.press("ctrl+c")
		x.end()
	})
}

// TestDemoPages: the keys of a presenter's remote show all of a screen, and then go on.
func TestDemoPages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := startDemo(t, 80, 24, demoOptions())
		for range moments() - 3 {
			x.press("right")
		}
		x.wants(moment(moments()-2), "... more below")
		x.press("pgdown")
		x.wants(moment(moments()-2), "... more above")
		x.press("pgup")
		x.wants(moment(moments()-2), "... more below")
		x.press("pgup")
		x.wants(moment(moments()-3) + ", paused")
		x.program.Send(tea.WindowSizeMsg{Width: 160, Height: 50})
		x.screen.Resize(160, 50)
		x.settle()
		x.press("pgdown")
		x.wants(moment(moments() - 2))
		x.press("pgdown")
		x.wants(moment(moments() - 1))
		x.press("q")
		x.end()
	})
}

// TestDemoOnAServer: what it made is gone at the end, and looking at a still asks the server nothing.
func TestDemoOnAServer(t *testing.T) {
	t.Parallel()
	kc, err := practice.New(practice.Options{AdminPassword: "a long password"})
	if err != nil {
		t.Fatal(err)
	}
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		kc.ServeHTTP(w, r)
	}))
	defer server.Close()
	s := story.Options{URL: server.URL, Credentials: keycloak.Credentials{User: "admin", Password: wire.NewSecret("a long password")}, Params: params.DefaultParams()}
	r := aRoot(t, s)
	d, err := r.play(s, 1)
	if err != nil {
		t.Fatal(err)
	}
	r.Screen = d
	d.Enter()
	for i := range story.Moments(story.State{})[1:] {
		before := requests.Load()
		if cmd := press(r, tea.KeyRight); r.env.Work.Busy() {
			r.Update(<-answerOf(t, cmd))
		} else if requests.Load() != before {
			t.Errorf("moment %d asked the server again", i+1)
		}
		view(r)
	}
	if !strings.Contains(frame(r), moment(moments())+", the end") || r.Err != nil {
		t.Fatalf("it ended with %v at\n%s", r.Err, view(r))
	}
	if st := d.Story().State(); !story.Leftovers(st).Empty() || len(st.Created) != 3 {
		t.Errorf("created: %v", st.Created)
	}
}

// TestDemoPausesDuringACall: what was pressed while the server was busy is not lost.
func TestDemoPausesDuringACall(t *testing.T) {
	t.Parallel()
	story, asked := hanging(t)
	r := aRoot(t, story)
	d, err := r.play(story, 1)
	if err != nil {
		t.Fatal(err)
	}
	r.Screen = d
	d.Enter()
	answer := answerOf(t, press(r, tea.KeyRight))
	<-asked
	r.Update(tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}})
	if frame := ansi.Strip(view(r)); !strings.Contains(frame, moment(1)+", paused") || !strings.Contains(frame, "Connect ...") {
		t.Errorf("while the call runs:\n%s", frame)
	}
	press(r, tea.KeyEsc)
	r.Update(<-answer)
	if frame := ansi.Strip(view(r)); !strings.Contains(frame, moment(1)+", stopped") || !strings.Contains(frame, "Cancelled before it was done.") {
		t.Errorf("after it was given up:\n%s", frame)
	}
}

// TestDemoStopsWhereTheServerRefuses: a person decides how it goes on.
func TestDemoStopsWhereTheServerRefuses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := demoOptions()
		o.Story.Params.ClientID = "realm-management" // is there, and not ours
		x := startDemo(t, 80, 24, o)
		x.passes(10 * time.Minute)
		x.wants("stopped", "This did not go as the story says. Enter tries it again.", "realm-management")
		x.press("enter")
		x.wants("stopped")
		x.press("left")
		x.wants(moment(4) + ", paused")
		x.press("q")
		if res := x.end(); res.Finished || story.Leftovers(res.Demo.State()).Empty() {
			t.Errorf("the result is %+v", res)
		}
	})
}

// TestDemoFitsEachWindow: with the caption set wide, too.
func TestDemoFitsEachWindow(t *testing.T) {
	t.Parallel()
	const fewest = 8 // rows for the step
	synctest.Test(t, func(t *testing.T) {
		x := startDemo(t, 80, 24, demoOptions())
		x.press("z")
		for i := range story.Moments(story.State{}) {
			for _, size := range [][2]int{{60, 16}, {60, 18}, {80, 24}, {100, 30}, {160, 50}} {
				x.program.Send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
				x.settle()
				frame := x.root().View()
				lines := strings.Split(frame, "\n")
				if len(lines) != size[1] {
					t.Errorf("%v: %d lines:\n%s", size, len(lines), frame)
				}
				head := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(ansi.Strip(line), "─ ") }) // of the caption
				if rows := head - 1; rows < fewest {
					t.Errorf("%v: only %d rows are left for the step:\n%s", size, rows, frame)
				}
				caption := strings.Join(strings.Fields(x.caption(i)), "")
				if got := strings.Join(strings.Fields(ansi.Strip(frame)), ""); !strings.Contains(got, caption) {
					t.Errorf("%v: the caption %q is not whole:\n%s", size, caption, frame)
				}
			}
			x.press("right")
		}
		x.press("q")
		x.end()
	})
}
