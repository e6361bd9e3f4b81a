package ui

import (
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/journal"
	flowstory "fix403/flows/story"
)

// walked is a wizard that has passed n screens by enter alone.
func walked(t *testing.T, enters int) *terminal {
	t.Helper()
	x := start(t, 80, 24, practiceOptions())
	for range enters {
		x.press("enter")
	}
	return x
}

func TestHintsOfAStep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := walked(t, enters(flowstory.StepConnect))
		hints := flowstory.Steps()[0].Hints(&flowstory.State{})
		for i, h := range hints {
			x.press("h")
			x.wants("Hint "+string(rune('1'+i))+" of 3", strings.Join(strings.Fields(string(h))[:6], " "))
			if i == 1 {
				x.golden("80x24/connect-hint")
			}
		}
		x.press("h")
		x.lacks("Hint")
		x.press("ctrl+c")
		x.end()
	})
}

func TestByHandInFiveWays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := walked(t, enters(flowstory.StepRealm))
		x.press("b")
		x.wants("[curl]", "REALM='403-forbidden-fix'")
		x.press("tab")
		x.wants("[kcadm]", `kcadm.sh create realms -s "realm=$REALM" -s enabled=true`)
		x.press("tab")
		x.wants("[Terraform]", `resource "keycloak_realm" "story" {`)
		x.press("tab")
		x.wants("[TypeScript]", `await done(call(admin, "", "POST", { realm, enabled: true }));`)
		x.press("tab")
		x.wants("[Admin Console]", "Press Create realm")
		x.golden("80x24/realm-by-hand-console")
		x.press("y")
		x.wants("The text was sent to the clipboard")
		x.press("shift+tab", "shift+tab", "esc", "enter", "enter", "enter", "b") // the next step remembers the way
		x.wants("[Terraform]", `resource "keycloak_openid_client" "client" {`)
		x.press("ctrl+c")
		x.end()
	})
}

func TestGoToAStep(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := walked(t, enters(flowstory.StepUser)-1) // past the client
		x.press("g")
		x.golden("80x24/go-to")
		last := strconv.Itoa(len(flowstory.Steps()))
		x.press(last)
		x.wants("Step "+last+" opens when the step user has passed.", "Go to a step")
		x.press("2")
		x.wants(of(flowstory.StepRealm), "Created the realm")
		x.press("g", "down", "down", "enter")
		x.wants(of(flowstory.StepUser))
		x.press("ctrl+c")
		x.end()
	})
}

func TestBackSaysWhatStaysAndRestartTakesItBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := walked(t, enters(flowstory.StepClient)-1) // the realm was created
		x.press("esc")
		x.wants("Nothing is undone: the realm 403-forbidden-fix stays on the server.")
		x.press("r")
		x.wants("undo what this run did?", "• the realm 403-forbidden-fix")
		x.press("h", "r", "u", "n")
		x.lacks("undo what this run did?") // other keys do nothing, and n leaves it
		x.press("r")
		x.wants("undo what this run did?")
		x.press("r", "y")
		x.wants("Removed the realm 403-forbidden-fix.", of(flowstory.StepRealm), "Guess first")
		x.press("ctrl+c")
		if res := x.end(); !strings.Contains(res.Summary, "removed") {
			t.Errorf("%s", res.Summary)
		}
	})
}

// The three questions before the calls: each guess is held against what came true.
func TestGuessesBeforeTheCalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := walked(t, enters(flowstory.StepFirstCall))
		x.wants(of(flowstory.StepFirstCall))
		x.press("1") // the call is made at once
		x.wants("You guessed: 200 OK and the user. It is: 403 Forbidden.")
		x.press("enter", "enter", "enter", "enter", "3", "1")
		x.wants("You guessed: 403 Forbidden. It is: 200 OK and the user.", "You guessed right: 200 OK and the user.")
		x.press("enter")
		x.wants("Your guesses: 1 of 3 were right.")
		x.press("ctrl+c")
		x.end()
	})
}

func TestARunThatWasLeftIsOfferedAtHome(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.options.Journal = journal.Open(t.TempDir())
	o := s.options
	o.Params.Realm = "mine"
	killed, err := flowstory.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := killed.DoThrough(t.Context(), flowstory.StepClient); err != nil {
		t.Fatal(err)
	}
	r := aRoot(t, s.options)
	if !strings.Contains(r.Notice, "An earlier run was not finished") {
		t.Errorf("the first step says %q", r.Notice)
	}
	r.Screen = r.homeScreen()
	r.Screen.Enter()
	if f := acrossColumns(frame(r)); !strings.Contains(f, "was not finished. It made: realm mine, client 403-forbidden-fix-client. r goes on with it, x removes it.") {
		t.Fatalf("home is\n%s", frame(r))
	}
	typed(r, "r")
	do(t, r, press(r, tea.KeyEnter)) // the address
	_, look := r.Update(<-answerOf(t, press(r, tea.KeyEnter)))
	if look == nil || !strings.Contains(frame(r), of(flowstory.StepConnect)) {
		t.Fatalf("nothing is looked at after the login:\n%s", frame(r))
	}
	r.Update(<-answerOf(t, look))
	if f := frame(r); !strings.Contains(f, of(flowstory.StepUser)) || !strings.Contains(f, "Found on the server: realm, client. The story continues here.") {
		t.Errorf("it goes on at\n%s", f)
	}
	r.Screen = r.homeScreen()
	r.Screen.Enter()
	if f := frame(r); strings.Contains(f, "r continues it") || r.env.Defaults.Params.Realm != s.options.Params.Realm {
		t.Errorf("back home its own run is offered:\n%s", f)
	}
}
