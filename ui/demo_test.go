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
	"github.com/muesli/termenv"

	"fix403/flows/gate"
	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/keycloak"
	"fix403/keycloak/practice"
	"fix403/keycloak/wire"
	"fix403/ui/demo"
	"fix403/ui/kit"
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
	x.wants(moment(i+1) + ", ")
}

// moments is how many moments a demo has.
func moments() int { return len(story.Moments(&story.State{})) }

// moment is how the demo counts one of them: "1 of 16".
func moment(n int) string { return fmt.Sprintf("%d of %d", n, moments()) }

// caption is what is said about a moment while the story stands as it does now.
func (x *terminal) caption(i int) string {
	return words.Line(x.Say(story.Moments(&story.State{})[i].Say(x.demo().Story().State())))
}

// passes lets fake time pass, and the program come to rest.
func (x *terminal) passes(d time.Duration) {
	x.program.Send(struct{}{}) // so that what the test has read was read before, for the race detector, too
	time.Sleep(d)
	x.settle()
}

// lasts is how long a moment stays: as long as its caption takes, after the request has travelled.
func (x *terminal) lasts(i int) time.Duration {
	st := x.demo().Story()
	now, _ := story.Moments(&story.State{})[i].Sent(st.Snapshot())
	var v kit.Travel
	if now != nil {
		stop := gate.Classify(*now)
		v.Start(len(gate.All()), slices.Index(gate.All(), stop.Gate), true, nil)
	}
	if i > 0 && now != nil {
		if before, _ := story.Moments(&story.State{})[i-1].Sent(st.Snapshot()); before != nil && before.ID == now.ID {
			return words.Pace(x.caption(i))
		}
	}
	return words.Pace(x.caption(i)) + v.Time()
}

func TestDemoPlaysByItselfAtAFixedPace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := startDemo(t, 80, 24, demoOptions())
		for i, m := range story.Moments(&story.State{}) {
			x.atMoment(i)
			caption := x.caption(i)
			if m.Way != nil { // what comes of it is not said before
				caption = words.Line(x.Say(m.Way(x.demo().Story().State())))
				x.lacks(x.caption(i))
			}
			if flat := strings.Join(strings.Fields(x.text()), " "); !strings.Contains(flat, caption) {
				t.Errorf("the caption %q is not whole on the screen:\n%s", caption, x.text())
			}
			const drawn = time.Second / 20 // that each look takes
			x.passes(x.lasts(i) - time.Second - drawn)
			x.wants(x.caption(i))
			x.passes(time.Second - drawn)
		}
		x.wants("the end", "OK")
		x.passes(time.Hour)
		x.atMoment(len(story.Moments(&story.State{})) - 1) // it does not play on
		x.press("q")
		res := x.end()
		if !res.Finished || res.Demo == nil || !story.Leftovers(res.Demo.State()).Empty() {
			t.Errorf("the result is %+v", res)
		}
	})
}

func TestDemoInALoopBeginsAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := demoOptions()
		o.Demo.Loop = true
		x := startDemo(t, 80, 24, o)
		for range moments() {
			x.press("pgdown", "pgdown") // the request to its end, and on
		}
		asked := len(x.demo().Story().Exchanges())
		for range 3 {
			x.passes(5 * time.Minute)
			x.lacks("the end")
		}
		x.press("right")
		if now := len(x.demo().Story().Exchanges()); now != asked {
			t.Errorf("%d requests were sent again", now-asked)
		}
		x.press("q")
		x.end()
	})
}

// TestDemoShowsTheRequestOnItsWay: it runs, stops at its gate, and then the status is there in figures; the row does not move.
func TestDemoShowsTheRequestOnItsWay(t *testing.T) {
	t.Parallel()
	for _, still := range []bool{false, true} {
		for _, size := range [][2]int{{80, 24}, {120, 36}, {160, 50}} {
			synctest.Test(t, func(t *testing.T) {
				x := startDemo(t, size[0], size[1], demoOptions())
				four := "██  ██  ██████  ██████" // the first line of 403
				if size[0] > 80 {                // in a window for a hall it is twice as large
					four = strings.NewReplacer("█", "██", " ", "  ").Replace(four)
				}
				if still {
					x.press("\x1b[24~") // F12
					x.wants("Nothing moves.")
				}
				want := map[bool]string{false: "A good token, the same call.", true: "I know who you are"}[still]
				for range 2 * moments() {
					if !strings.Contains(x.text(), want) {
						x.press("right")
					}
				}
				row := func() int {
					return slices.IndexFunc(strings.Split(x.text(), "\n"), func(line string) bool { return strings.Contains(line, " identity ") })
				}
				before := row()
				if !still {
					x.lacks(four)
					x.press("right") // at its end
				}
				x.wants(four, "Forbidden", "✗")
				if now := row(); now != before || now > size[1]/2 {
					t.Errorf("the gates were on line %d and are on line %d", before, now)
				}
				if n := strings.Count(x.text(), "✓"); n != 5 {
					t.Errorf("%d gates were passed:\n%s", n, x.text())
				}
				x.lacks("help") // nothing else
				x.press("b")
				if got := strings.TrimSpace(x.text()); got != "" {
					t.Errorf("the black screen shows\n%s", got)
				}
				x.press("x")
				x.wants(four)
				x.press("w")
				x.wants("Authorization: Bearer ***", "paused")
				x.press("w", "t")
				x.wants("alg    RS256")
				x.press("esc")
				x.wants(four)
				x.press("q")
				x.end()
			})
		}
	}
}

// TestDemoShowsBothKindsOfRefusal: two calls are stopped with 401 at the gate of identity, in a colour of its own, then one with
// 403 at that of roles, and the last one passes.
func TestDemoShowsBothKindsOfRefusal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := demoOptions()
		o.Out = &recording{profile: termenv.TrueColor}
		x := startDemo(t, 160, 50, o)
		x.press("\x1b[24~") // nothing moves
		var got []string
		for range moments() {
			for _, status := range []int{200, 401, 403} {
				if strings.Contains(x.root().View(), x.root().env.Theme.Answer(status).Render(http.StatusText(status))) {
					got = append(got, strings.TrimSpace(fmt.Sprint(status, " ", stoppedAt(x.text()))))
					if x.press("w"); status == http.StatusUnauthorized {
						x.lacks("GET    403") // what comes next is not on the wire before
					}
					x.press("w")
				}
			}
			x.press("right")
		}
		if want := []string{"401 identity", "401 identity", "403 role", "403 role", "403 role", "200", "200", "200"}; !slices.Equal(got, want) {
			t.Errorf("it showed %q, want %q", got, want)
		}
		x.press("q")
		x.end()
	})
}

// stoppedAt returns the name in the heavy frame of a row of gates.
func stoppedAt(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if left, right, ok := strings.Cut(line, "┏"); ok {
			frame, _, _ := strings.Cut(right, "┓")
			at := len([]rune(left)) + 1
			return strings.TrimSpace(string([]rune(lines[i+1])[at : at+len([]rune(frame))]))
		}
	}
	return ""
}

func TestDemoLooksTheSameEachTime(t *testing.T) {
	t.Parallel()
	play := func() (frames []string) {
		synctest.Test(t, func(t *testing.T) {
			x := startDemo(t, 100, 30, demoOptions())
			for range story.Moments(&story.State{}) {
				x.passes(2 * time.Second)
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
		body := func() string { // how it goes on differs, and so do the keys of the first moment
			return strings.Join(strings.Fields(strings.Split(x.text(), fmt.Sprintf(" of %d, ", moments()))[0]), " ")
		}
		x.press("\x1b[24~", "left", " ") // nothing moves
		for range story.Moments(&story.State{}) {
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

func TestDemoFromHomeLeavesTheStoryAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := startDemo(t, 80, 24, practiceOptions())
		x.press("enter", "enter", "enter", "esc") // connected, and back
		story := x.root().runs.Story()
		x.press("d")
		x.wants(moment(1) + ", playing")
		x.wants("practice server, as 26.7.4")
		x.press("\x1b[24~", "right", "right", "right", "right") // nothing moves
		x.wants(moment(5))
		if x.demo().Story() == story {
			t.Error("the demo tells the person's own story")
		}
		x.press("esc")
		x.wants("your own failing call")
		x.passes(time.Hour)
		x.wants("your own failing call")
		x.press("enter")
		x.wants("2 of ")
		if x.root().runs.Story() != story || len(x.root().runs.Stories()) != 1 {
			t.Error("the person's own story is gone")
		}
		x.press("ctrl+c")
		x.end()
	})
}

// TestDemoPages: the keys of a presenter's remote show all of what is open, and then go on.
func TestDemoPages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := startDemo(t, 80, 24, demoOptions())
		x.press("\x1b[24~") // nothing moves
		for range moments() - 2 {
			x.press("pgdown")
		}
		x.wants(moment(moments() - 1))
		x.press("t")
		x.wants("... more below")
		x.press("pgdown")
		x.wants(moment(moments()-1), "... more above")
		x.press("pgup")
		x.wants(moment(moments()-1), "... more below")
		x.press("pgup")
		x.wants(moment(moments()-2) + ", paused")
		x.press("t", "pgdown")
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
	d, err := r.play(s, Demo{Speed: 1})
	if err != nil {
		t.Fatal(err)
	}
	r.Screen, r.env.Theme.Still = d, true
	d.Enter()
	for i := range story.Moments(&story.State{})[1:] {
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
	d, err := r.play(story, Demo{Speed: 1})
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
	if frame := ansi.Strip(view(r)); !strings.Contains(frame, moment(1)+", stopped") || !strings.Contains(frame, "The call was cancelled.") {
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
		x.wants("stopped", "This did not go as in the story. Enter tries again.", "realm-management")
		x.press("enter")
		x.wants("stopped")
		x.press("left")
		x.wants(moment(2) + ", paused")
		x.press("q")
		if res := x.end(); res.Finished || story.Leftovers(res.Demo.State()).Empty() {
			t.Errorf("the result is %+v", res)
		}
	})
}

// TestDemoFitsEachWindow: the caption is whole, and so is the status.
func TestDemoFitsEachWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := startDemo(t, 80, 24, demoOptions())
		x.press("\x1b[24~") // nothing moves
		for i, m := range story.Moments(&story.State{}) {
			for _, size := range [][2]int{{60, 18}, {80, 24}, {100, 30}, {160, 50}} {
				x.program.Send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
				x.settle()
				frame := x.root().View()
				lines := strings.Split(frame, "\n")
				if len(lines) != size[1] {
					t.Errorf("%v: %d lines:\n%s", size, len(lines), frame)
				}
				caption := strings.Join(strings.Fields(x.caption(i)), "")
				if got := strings.Join(strings.Fields(ansi.Strip(frame)), ""); !strings.Contains(got, caption) {
					t.Errorf("%v: the caption %q is not whole:\n%s", size, caption, frame)
				}
				if sent, _ := m.Sent(x.demo().Story().Snapshot()); m.Call != nil && sent != nil && !strings.Contains(frame, http.StatusText(sent.Status)) {
					t.Errorf("%v: the status is not whole:\n%s", size, frame)
				}
			}
			x.press("right")
		}
		x.press("q")
		x.end()
	})
}
