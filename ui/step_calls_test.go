package ui

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"fix403/flows/params"
	flowstory "fix403/flows/story"
	"fix403/keycloak"
	"fix403/keycloak/practice"
	"fix403/keycloak/wire"
)

// holding is a practice server that can be told to keep requests waiting.
type holding struct {
	options flowstory.Options
	asked   chan struct{} // a request is being kept

	mu   sync.Mutex
	held chan struct{} // closed to let them go; nil keeps none
}

func holdingServer(t *testing.T) *holding {
	t.Helper()
	p, err := practice.New(practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h := &holding{asked: make(chan struct{}, 100)}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		held := h.held
		h.mu.Unlock()
		if held != nil {
			h.asked <- struct{}{}
			<-held
		}
		p.ServeHTTP(w, r)
	}))
	t.Cleanup(func() { h.release(); web.Close() })
	h.options = flowstory.Options{URL: web.URL, Params: params.DefaultParams(), Credentials: keycloak.Credentials{User: p.AdminUser(), Password: wire.NewSecret(p.AdminPassword())}}
	return h
}

func (h *holding) hold() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.held = make(chan struct{})
}

func (h *holding) release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held != nil {
		close(h.held)
		h.held = nil
	}
}

// before is a root at a step, with all steps before it done and the questions skipped.
func before(t *testing.T, o flowstory.Options, id flowstory.StepID) *wizard {
	t.Helper()
	r := aRoot(t, o)
	for _, step := range flowstory.Steps() {
		if step.ID == id {
			break
		}
		if _, err := r.runs.Story().Do(t.Context(), step.ID); err != nil {
			t.Fatal(err)
		}
	}
	r.Screen = r.runs.Step(id)
	toButton(t, r)
	return r
}

// toButton puts the focus of a form on its button.
func toButton(t *testing.T, r *wizard) {
	t.Helper()
	for range 12 {
		if strings.Contains(ansi.Strip(view(r)), "▸ [ ") {
			return
		}
		press(r, tea.KeyTab)
	}
	t.Fatalf("tab does not lead to the button:\n%s", view(r))
}

// eachCall calls f for each step, with a server of its own, at the moment at which its call waits for an answer.
func eachCall(t *testing.T, f func(t *testing.T, h *holding, r *wizard, step flowstory.StepID, answer <-chan tea.Msg)) {
	for _, step := range flowstory.Steps() {
		t.Run(string(step.ID), func(t *testing.T) {
			h := holdingServer(t)
			r := before(t, h.options, step.ID)
			h.hold()
			answer := answerOf(t, press(r, tea.KeyEnter))
			<-h.asked
			f(t, h, r, step.ID, answer)
		})
	}
}

// passed reports whether a step of the current story is done.
func passed(r *wizard, id flowstory.StepID) bool {
	return r.runs.Story().State().Results[id].Status == flowstory.StatusPassed
}

func frame(r *wizard) string { return ansi.Strip(view(r)) }

func TestEscDuringEachCall(t *testing.T) {
	t.Parallel()
	eachCall(t, func(t *testing.T, h *holding, r *wizard, step flowstory.StepID, answer <-chan tea.Msg) {
		press(r, tea.KeyEsc)
		h.release()
		r.Update(<-answer)
		if f := frame(r); !strings.Contains(f, "Cancelled") {
			t.Fatalf("after esc:\n%s", f)
		}
		r.Update(<-answerOf(t, press(r, tea.KeyEnter)))
		if f := frame(r); !passed(r, step) {
			t.Fatalf("done again:\n%s", f)
		}
	})
}

func TestSecondEnterDuringEachCall(t *testing.T) {
	t.Parallel()
	eachCall(t, func(t *testing.T, h *holding, r *wizard, step flowstory.StepID, answer <-chan tea.Msg) {
		if cmd := press(r, tea.KeyEnter); cmd != nil {
			t.Error("a second enter gave a command")
		}
		h.release()
		r.Update(<-answer)
		if !passed(r, step) { // the answer would be dropped if a second call had been begun
			t.Errorf("the step has not passed:\n%s", frame(r))
		}
	})
}

// withoutStepper leaves out the line that tells how each step stands.
func withoutStepper(r *wizard) string {
	return strings.Join(strings.Split(frame(r), "\n")[1:], "\n") // it is in the title line
}

func TestAnswerOfEachCallAfterItsScreenWasLeft(t *testing.T) {
	t.Parallel()
	eachCall(t, func(t *testing.T, h *holding, r *wizard, _ flowstory.StepID, answer <-chan tea.Msg) {
		left := r.Screen
		press(r, tea.KeyEsc)
		press(r, tea.KeyEsc)
		if r.Screen == left {
			t.Fatal("the screen was not left")
		}
		before := withoutStepper(r)
		h.release()
		r.Update(<-answer)
		if after := withoutStepper(r); after != before {
			t.Errorf("the late answer was drawn:\n%s", after)
		}
		if cmd := press(r, tea.KeyCtrlC); cmd == nil || cmd() != tea.Quit() {
			t.Error("the call is still counted as running")
		}
	})
}
