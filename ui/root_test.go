package ui

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
	"fix403/ui/home"
	"fix403/ui/kit"
	"fix403/ui/shell"
)

// aRoot is a root without a program: its commands are run by the test.
func aRoot(t testing.TB, story story.Options) *wizard { return aRootIn(t, nil, story) }

// aRootIn is a root in a language.
func aRootIn(t testing.TB, p *texts.Printer, story story.Options) *wizard {
	t.Helper()
	theme, _ := kit.NewTheme(nil, p, "dark", true, false, func(string) string { return "" })
	env := &shell.Env{Words: theme.Words, Defaults: story, Theme: theme, Now: time.Now, Out: io.Discard, Getenv: func(string) string { return "" }, Send: func(tea.Msg) {}, After: shell.After}
	env.Work = shell.NewWorker(t.Context(), time.Now)
	r := newWizard(Options{Story: story, AtFirstStep: true}, env)
	if err := r.start(); err != nil {
		t.Fatal(err)
	}
	r.Update(tea.WindowSizeMsg{Width: 80, Height: 24})
	return r
}

// BenchmarkView draws the fullest screen in a large window; 2 ms is the aim.
func BenchmarkView(b *testing.B) {
	r := aRoot(b, practiceOptions().Story)
	for _, step := range story.Steps() {
		if _, err := r.runs.Story().Do(b.Context(), step.ID); err != nil {
			b.Fatal(err)
		}
	}
	r.Screen = r.runs.Step(story.StepSecondCall)
	r.Update(tea.WindowSizeMsg{Width: 160, Height: 50})
	b.ReportAllocs()
	for b.Loop() {
		view(r)
	}
}

func press(r *wizard, key tea.KeyType) tea.Cmd {
	_, cmd := r.Update(tea.KeyMsg{Type: key})
	return cmd
}

// answerOf runs the work in a command that the worker made.
func answerOf(t *testing.T, cmd tea.Cmd) <-chan tea.Msg {
	t.Helper()
	batch, ok := cmd().(tea.BatchMsg)
	if !ok || len(batch) != 2 {
		t.Fatalf("no call was begun: %T", cmd())
	}
	answer := make(chan tea.Msg, 1)
	go func() { answer <- batch[0]() }()
	return answer
}

// hanging is a server that never answers, and says when it was asked.
func hanging(t *testing.T) (story.Options, <-chan struct{}) {
	t.Helper()
	asked, release := make(chan struct{}, 10), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		select {
		case <-r.Context().Done():
		case <-release:
		}
	}))
	t.Cleanup(func() { close(release); server.Close() })
	return story.Options{URL: server.URL, Credentials: keycloak.Credentials{User: "admin", Password: wire.NewSecret("a password")}, Params: params.DefaultParams()}, asked
}

func TestEscCancelsACall(t *testing.T) {
	t.Parallel()
	o, asked := hanging(t)
	r := aRoot(t, o)
	press(r, tea.KeyEnter) // the question
	cmd := press(r, tea.KeyEnter)
	answer := answerOf(t, cmd)
	<-asked
	if frame := ansi.Strip(view(r)); !strings.Contains(frame, "Connect  127.0.0.1") || !strings.Contains(frame, "esc cancels") {
		t.Errorf("no progress is shown:\n%s", frame)
	}
	env := *r.env
	env.Send = func(news tea.Msg) { r.Update(news) }
	env.WithEvents(o).Events(story.Event{Request: &wire.Started{Purpose: msg.New("log the admin in"), Method: "POST", URL: "http://h:1/realms/master/token"}})
	if frame := ansi.Strip(view(r)); !strings.Contains(frame, "Connect  POST h:1/realms/master/token") || !strings.Contains(frame, "Waiting for the answer to: log the admin") || !strings.Contains(frame, "esc cancels") {
		t.Errorf("the request that hangs is not shown:\n%s", frame)
	}
	press(r, tea.KeyEsc)
	r.Update(<-answer)
	if frame := ansi.Strip(view(r)); !strings.Contains(frame, "Cancelled") || !strings.Contains(frame, "[ Connect again ]") {
		t.Errorf("after esc:\n%s", frame)
	}
	if cmd := press(r, tea.KeyCtrlC); r.env.Work.Busy() || cmd == nil || cmd() != tea.Quit() {
		t.Error("the call is still counted as running")
	}
}

func TestSecondEnterStartsNoSecondCall(t *testing.T) {
	t.Parallel()
	story, asked := hanging(t)
	r := aRoot(t, story)
	press(r, tea.KeyEnter)
	answer := answerOf(t, press(r, tea.KeyEnter))
	<-asked
	if cmd := press(r, tea.KeyEnter); cmd != nil {
		t.Error("a second enter gave a command")
	}
	press(r, tea.KeyEsc)
	r.Update(<-answer) // which would be dropped if a second call had been begun
	if frame := ansi.Strip(view(r)); r.env.Work.Busy() || !strings.Contains(frame, "Cancelled") {
		t.Errorf("the answer of the first call is not taken:\n%s", frame)
	}
}

func TestAnswerAfterItsScreenWasLeftIsDropped(t *testing.T) {
	t.Parallel()
	story, asked := hanging(t)
	r := aRoot(t, story)
	press(r, tea.KeyEnter)
	answer := answerOf(t, press(r, tea.KeyEnter))
	<-asked
	press(r, tea.KeyEsc)
	press(r, tea.KeyEsc) // leaves without waiting
	if _, home := r.Screen.(*home.Screen); !home {
		t.Fatalf("the screen is %T", r.Screen)
	}
	before := view(r)
	late := <-answer
	r.Update(late)
	if after := view(r); after != before {
		t.Errorf("the late answer was shown:\n%s", after)
	}
	// An answer of an older call is not taken for that of the newest.
	r.env.Work.Start("connect", "a call", func(context.Context) (any, error) { return nil, nil })
	r.Update(late)
	if !r.env.Work.Busy() {
		t.Error("an old answer ended a newer call")
	}
}

func TestInterruptWaitsForTheCall(t *testing.T) {
	t.Parallel()
	story, asked := hanging(t)
	r := aRoot(t, story)
	press(r, tea.KeyEnter)
	answer := answerOf(t, press(r, tea.KeyEnter))
	<-asked
	if cmd := press(r, tea.KeyCtrlC); cmd != nil {
		t.Error("it quits before the call has returned")
	}
	_, cmd := r.Update(<-answer)
	if cmd == nil || cmd() != tea.Quit() {
		t.Error("it does not quit after the call has returned")
	}
	if !r.result().Interrupted {
		t.Error("not told as interrupted")
	}
}

func TestPanicInACallEndsTheProgramWithItsStack(t *testing.T) {
	t.Parallel()
	r := aRoot(t, practiceOptions().Story)
	answer := answerOf(t, r.env.Work.Start("connect", "a call", func(context.Context) (any, error) { panic("a defect") }))
	_, cmd := r.Update(<-answer)
	if cmd == nil || cmd() != tea.Quit() {
		t.Error("the program goes on")
	}
	if r.Err == nil || !strings.Contains(r.Err.Error(), "internal error: a defect\n") || !strings.Contains(r.Err.Error(), "root_test.go") {
		t.Errorf("the error is %v", r.Err)
	}
}

// broken panics when it is drawn.
type broken struct{ *home.Screen }

func (broken) Layout(int, int) *shell.Frame { panic("a defect in a screen") }

func TestPanicInAScreenLeavesASaneTerminal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		x.root().Screen = broken{x.root().homeScreen()}
		x.program.Send(struct{}{})
		<-x.done
		if x.err == nil || !strings.Contains(x.err.Error(), "internal error: a defect in a screen\n") {
			t.Errorf("the error is %v", x.err)
		}
		if !strings.Contains(x.raw.String(), "\x1b[?1049l") {
			t.Error("the alternate screen was not left")
		}
	})
}

func TestPasteIsText(t *testing.T) {
	t.Parallel()
	r := aRoot(t, practiceOptions().Story)
	r.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("n"), Paste: true})
	if r.Notice != "" {
		t.Errorf("pasted text was taken for a command: %s", r.Notice)
	}
}
