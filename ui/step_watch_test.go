package ui

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/journal"
	"fix403/flows/manual"
	"fix403/flows/params"
	flowstory "fix403/flows/story"
	"fix403/keycloak"
	"fix403/keycloak/server/servertest"
	"fix403/keycloak/wire"
)

// hand is somebody with a shell and curl beside the wizard.
type hand struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Scanner
}

func newHand(t *testing.T, password string) *hand {
	t.Helper()
	for _, tool := range []string{"sh", "curl", "sed"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("needs %s", tool)
		}
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-eu")
	cmd.Env, cmd.Stderr = append(os.Environ(), "ADMIN_PASSWORD="+password), os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close(); _ = cmd.Wait() })
	return &hand{t, in, bufio.NewScanner(out)}
}

// does executes commands and returns what they print.
func (h *hand) does(commands string) string {
	h.t.Helper()
	if _, err := io.WriteString(h.in, commands+"\necho by-hand\n"); err != nil {
		h.t.Fatal(err)
	}
	var printed []string
	for h.out.Scan() {
		if h.out.Text() == "by-hand" {
			return strings.Join(printed, "\n")
		}
		printed = append(printed, h.out.Text())
	}
	h.t.Fatalf("the shell ended at\n%s", commands)
	return ""
}

// peeks runs a look and gives its answer to the root.
func peeks(t *testing.T, r *wizard, cmd tea.Cmd) tea.Cmd {
	t.Helper()
	if cmd == nil {
		t.Fatalf("the server is not looked at:\n%s", frame(r))
	}
	_, next := r.Update(cmd())
	return next
}

// noPauses has no time between two looks at the server.
func noPauses(r *wizard) {
	r.env.After = func(_ time.Duration, msg tea.Msg) tea.Cmd { return func() tea.Msg { return msg } }
}

// pauseEnds is what the end of a pause between two looks brings about.
func pauseEnds(t *testing.T, r *wizard, pause tea.Cmd) tea.Cmd {
	t.Helper()
	if pause == nil {
		t.Fatalf("the server is not looked at again:\n%s", frame(r))
	}
	_, cmd := r.Update(pause())
	return cmd
}

// tellByHand waits at each step while it is done by hand, and looks whether the wizard sees it.
func tellByHand(t *testing.T, o flowstory.Options, password string) {
	h := newHand(t, password)
	r := aRoot(t, o)
	noPauses(r)
	press(r, tea.KeyEnter) // the question
	r.Update(<-answerOf(t, press(r, tea.KeyEnter)))
	h.does(manual.Render(nil, flowstory.StepByID(flowstory.StepConnect), manual.FormCurl, r.runs.Story().State()))
	defer func() {
		h.does(`[ -z "${REALM:-}" ] || bearer "$ADMIN_TOKEN" | curl -fsS -X DELETE "$KEYCLOAK/admin/realms/$REALM" -H @-`)
	}()
	leaves := []flowstory.StepID{flowstory.StepRealm, flowstory.StepClient, flowstory.StepUser, flowstory.StepGrant}
	for _, step := range flowstory.Steps()[after(flowstory.StepConnect):] {
		id := step.ID
		cmd := press(r, tea.KeyEnter) // to this step
		calls := !slices.Contains(leaves, id) && !r.runs.Story().CanWatch(id)
		if !calls {
			pause := peeks(t, r, cmd)
			waiting := view(r)
			cmd = peeks(t, r, pauseEnds(t, r, pause))
			if view(r) != waiting || !strings.Contains(acrossColumns(frame(r)), "fix403 checks the server") {
				t.Fatalf("%s: what is shown while it waits:\n%s", id, frame(r))
			}
		} else if cmd != nil {
			t.Errorf("%s is looked for, but leaves nothing on the server", id)
		}
		if got := h.does(manual.Render(nil, step, manual.FormCurl, r.runs.Story().State())); id == flowstory.StepFirstCall && got != "403" {
			t.Errorf("by hand the first call got %q", got)
		}
		if calls {
			cmd = typed(r, "c")
		} else {
			cmd = peeks(t, r, pauseEnds(t, r, cmd))
		}
		r.Update(<-answerOf(t, cmd))
		if !passed(r, id) {
			t.Fatalf("%s was done by hand, and the wizard shows\n%s", id, frame(r))
		}
	}
	if _, open := r.runs.Story().Next(); open {
		t.Error("the story has not come to its end")
	}
	if res := r.result(); !strings.Contains(res.Summary, "made by hand") {
		t.Errorf("the summary: %s", res.Summary)
	}
}

func TestStoryByHand(t *testing.T) {
	t.Parallel()
	s := serve(t)
	tellByHand(t, s.options, s.AdminPassword())
}

func TestStoryByHandOnRealKeycloak(t *testing.T) {
	t.Parallel()
	servertest.Each(t, func(t *testing.T, target servertest.Target) {
		o := flowstory.Options{
			URL: target.URL, Credentials: keycloak.Credentials{User: target.AdminUser, Password: wire.NewSecret(target.AdminPassword)},
			Params: params.DefaultParams(), Journal: journal.Open(t.TempDir()),
		}
		o.Params.Realm = fmt.Sprintf("fix403-hand-%s", params.NewRunID())
		tellByHand(t, o, target.AdminPassword)
	})
}

func TestWhatStandsWhenTheWaitBeginsIsNoWorkByHand(t *testing.T) {
	t.Parallel()
	s := serve(t)
	if _, err := before(t, s.options, flowstory.StepClient).runs.Story().Check(t.Context(), flowstory.StepRealm); err != nil {
		t.Fatal(err)
	}
	r := before(t, s.options, flowstory.StepRealm) // another run, on the realm of the first
	if next := peeks(t, r, r.Screen.Enter()); next != nil {
		t.Error("it goes on looking")
	}
	if passed(r, flowstory.StepRealm) || r.env.Work.Busy() {
		t.Error("the step was taken for done by hand")
	}
}

func TestNobodyIsWaitedForWhereNobodyElseComes(t *testing.T) {
	t.Parallel()
	r := before(t, practiceOptions().Story, flowstory.StepRealm)
	if cmd := r.Screen.Enter(); cmd != nil {
		t.Error("the server inside this program is looked at")
	}
}

func TestLooksEndWithTheScreen(t *testing.T) {
	t.Parallel()
	s := serve(t)
	r := before(t, s.options, flowstory.StepRealm)
	noPauses(r)
	pause := peeks(t, r, r.Screen.Enter())
	late := pauseEnds(t, r, pause)
	press(r, tea.KeyEsc)
	peeked := late()
	if _, cmd := r.Update(peeked); cmd != nil {
		t.Error("an answer after the screen was left is taken")
	}
	if _, cmd := r.Update(pause()); cmd != nil {
		t.Error("it is looked again after the screen was left")
	}
}

// A name in a field that was not entered yet is not looked for, and a field is not taken away from under the hands.
func TestNothingIsLookedForWhileANameIsEdited(t *testing.T) {
	t.Parallel()
	s := serve(t)
	r := before(t, s.options, flowstory.StepRealm)
	noPauses(r)
	pause := peeks(t, r, r.Screen.Enter())
	press(r, tea.KeyShiftTab) // from the button to the field
	typed(r, "-mine")
	if next := pauseEnds(t, r, pause); next == nil || next() != pause() { // the next is another pause
		t.Error("it looked")
	}
}

func TestCallStopsTheLook(t *testing.T) {
	t.Parallel()
	h := holdingServer(t)
	r := before(t, h.options, flowstory.StepRealm)
	look := r.Screen.Enter()
	h.hold()
	looked := make(chan tea.Msg, 1)
	go func() { looked <- look() }()
	<-h.asked
	answer := answerOf(t, press(r, tea.KeyEnter)) // waits for the look to end, which is given up
	<-looked                                      // given up, since the server still keeps it
	h.release()
	r.Update(<-answer)
	if !passed(r, flowstory.StepRealm) {
		t.Errorf("the step has not passed:\n%s", frame(r))
	}
}
