package ui

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/muesli/termenv"

	flowstory "fix403/flows/story"
	"fix403/keycloak/testrun"
)

// tour goes through all screens of the program, by keys alone, and ends it.
func tour(x *terminal, at func(name string)) {
	x.press("down", "enter")
	at("connect-form")
	x.press("esc", "up")
	eachScreen(x, at)
	x.press("p")
	at("script")
	x.press("esc", "f1")
	at("help")
	x.press("esc")
	for !strings.Contains(x.text(), x.T("your own failing call")) {
		x.press("esc")
	}
	x.press("up", "enter")
	at("roles")
	x.press("down", "enter")
	at("roles-call")
	x.press(" ", "r")
	at("roles-choice")
	x.press("enter")
	at("roles-of-role")
	x.press("q", "up", "enter")
	at("watch-form")
	x.press("esc", "up", "enter")
	at("diagnose-form")
	x.press("left", "ctrl+r")
	waitFor(x, "role-missing (")
	at("diagnosis")
	x.press("f")
	at("diagnosis-confirm")
	x.press("enter")
	waitFor(x, x.T("The same call now: %d (before: %d).", 200, 403))
	at("diagnosis-fixed")
	x.press("t")
	at("diagnosis-token")
	x.press("esc", "esc", "esc", "up", "enter")
	at("lab-list")
	x.press("enter")
	at("experiment-question")
	x.press("1", "enter")
	waitFor(x, x.T("Observed: %s", ""))
	at("experiment")
	x.press("ctrl+c")
	x.end()
}

// resize makes the window another size.
func (x *terminal) resize(w, h int) {
	x.screen.Resize(w, h)
	x.program.Send(tea.WindowSizeMsg{Width: w, Height: h})
	x.settle()
}

// Colours of the dark and of the light theme.
var themeColours = map[string]string{"dark": "38;2;125;207;255", "light": "38;2;5;80;174"}

// Every screen at four sizes, dark, light and without colours: the text is the same, and so there is one file a size.
// 80x24 has its own files, see TestWalkFromHomeToSummary.
func TestScreensAtEachSize(t *testing.T) {
	t.Parallel()
	sizes := [][2]int{{60, 18}, {100, 30}, {160, 50}}
	for _, look := range []string{"dark", "light", "none"} {
		t.Run(look, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := practiceOptions()
				o.Story.IDSeed = flowstory.DemoSeed // the same ids each time
				if o.NoColor = look == "none"; !o.NoColor {
					o.Theme = look
				}
				x := startPainted(t, 80, 24, o)
				drawn := map[[2]int]*strings.Builder{}
				tour(x, func(name string) {
					for _, size := range sizes {
						x.resize(size[0], size[1])
						if drawn[size] == nil {
							drawn[size] = &strings.Builder{}
						}
						fmt.Fprintf(drawn[size], "== %s ==\n%s\n", name, x.anonymous())
					}
					x.resize(80, 24)
				})
				for _, size := range sizes {
					goldenFile(t, fmt.Sprintf("%dx%d/dark", size[0], size[1]), drawn[size].String())
				}
				raw := x.raw.String()
				for theme, colour := range themeColours {
					if strings.Contains(raw, colour) != (theme == look) {
						t.Errorf("the colour %s of the theme %s: %v", colour, theme, theme != look)
					}
				}
				if o.NoColor {
					for _, sgr := range []string{"\x1b[3", ";38;", ";48;", "\x1b[4", "\x1b[9"} {
						if i := strings.Index(raw, sgr+"8"); i >= 0 {
							t.Errorf("a colour was written: %q", raw[i:i+20])
						}
					}
				}
			})
		})
	}
}

// startPainted starts a program on a screen that has all colours.
func startPainted(t *testing.T, w, h int, o Options) *terminal {
	t.Helper()
	o.Out = &recording{profile: termenv.TrueColor}
	return start(t, w, h, o)
}

// A program in which nothing happens draws nothing and is not woken up to draw.
func TestIdleScreensDrawNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 100, 30, practiceOptions())
		var woken atomic.Int32 // each message has the root look at the time
		now := x.root().env.Now
		x.root().env.Now = func() time.Time { woken.Add(1); return now() }
		x.press("down", "up")
		if woken.Load() == 0 {
			t.Fatal("it is not seen when the program is woken")
		}
		tour(x, func(name string) {
			if strings.HasSuffix(name, "-token") {
				return // it counts down, see TestTimeLeftCountsDownOnlyWhileItIsSeen
			}
			written := len(x.raw.String())
			time.Sleep(time.Second) // the last tick of a call
			x.settle()
			woken.Store(0)
			time.Sleep(time.Minute)
			x.settle()
			if more := x.raw.String()[written:]; more != "" {
				t.Errorf("%s: in an idle minute was written %q", name, more)
			}
			if n := woken.Load(); n != 0 {
				t.Errorf("%s: in an idle minute the program is woken %d times", name, n)
			}
		})
	})
}

func TestResizeStorm(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(403, 200)) // #nosec G404 -- the same sizes each time
	synctest.Test(t, func(t *testing.T) {
		o := practiceOptions()
		o.Story.Params.Realm = "領域-" + strings.Repeat("長い", 20)
		x := start(t, 80, 24, o)
		storms := 0
		tour(x, func(name string) {
			storms++
			for range 40 { // faster than any renderer
				x.program.Send(tea.WindowSizeMsg{Width: 1 + random.IntN(200), Height: 1 + random.IntN(60)})
			}
			w, h := 1+random.IntN(200), 1+random.IntN(60)
			x.resize(w, h)
			fits(t, name, x.root().View(), w, h)
			x.resize(80, 24)
		})
		if storms < 25 {
			t.Errorf("only %d screens", storms)
		}
	})
}

// Names that are wide, that combine, or that are long, on every screen and at every size.
func TestNamesOfOtherScripts(t *testing.T) {
	t.Parallel()
	for _, name := range testrun.Sampled([]string{"領域", "e\u0301quipe\u0308", "नमस्ते", "👩‍👩‍👧‍👦", "مرحبا", "가각", strings.Repeat("ab", 120)}, 2) {
		t.Run(name[:min(len(name), 20)], func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := practiceOptions()
				o.Story.Params.Realm, o.Story.Params.ClientID, o.Story.Params.Username = "r-"+name, "c-"+name, "u-"+name
				x := start(t, 80, 24, o)
				tour(x, func(at string) {
					for _, size := range [][2]int{{60, 18}, {80, 24}, {160, 50}} {
						x.program.Send(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
						x.settle()
						fits(t, at, x.root().View(), size[0], size[1])
					}
					x.resize(80, 24)
				})
			})
		})
	}
}

// Pasted text is text: its line breaks do not press enter, and those at its ends are no part of it.
func TestPasteWithLineBreaks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		x.press("enter", "enter", "enter", "enter", "tab", "ctrl+u")
		x.press("\x1b[200~\r\na-realm\r\n\x1b[201~")
		x.wants(of(flowstory.StepRealm), "▸ a-realm")
		x.press("b")
		x.wants("▸ a-realmb") // nothing of the line break is in it: that would be drawn as an escape, or be a space
		x.press("ctrl+u", "\x1b[200~one\ntwo\x1b[31m\x1b[201~")
		x.wants("▸ one two")
		x.lacks(`\u00`)
		x.lacks(`\x1b`)
		x.press("ctrl+u", "\x1b[200~view\u200b-\u202eusers\U000e0041\x1b[201~") // as from a web page
		x.wants(`view\u200b-\u202eusers\udb40\udc41`)
		if got := x.raw.String(); strings.ContainsAny(got, "\u200b\u202e\U000e0041") {
			t.Errorf("it is drawn as it came: %q", got)
		}
		x.press("tab", "\x1b[200~n\nu\n\x1b[201~") // no field has the focus
		x.wants(of(flowstory.StepRealm))
		x.press("ctrl+c")
		x.end()
	})
}
