package ui

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"fix403/flows/params"
	"fix403/flows/story"
)

// firstFrames are the four things that each screen of the story says in its first frame once the step is done: the status, the gate, why
// it is so, and what to do next.
var firstFrames = map[story.StepID][4]string{
	story.StepConnect:    {"200 OK", "every gate", "The token endpoint gave the admin an access token.", "[ Next: Create the realm ]"},
	story.StepRealm:      {"201 Created", "every gate", "Left out, the realm would be", "[ Next: Create the client ]"},
	story.StepClient:     {"201 Created", "every gate", "It holds no admin role yet.", "[ Next: Create the user ]"},
	story.StepUser:       {"201 Created", "every gate", "The id came in the Location header", "[ Next: The call ]"},
	story.StepFirstCall:  {"✗ 403 Forbidden", "role", "I know who you are, and you may not. A role is missing.", "[ Next: Grant the missing role ]"},
	story.StepGrant:      {"204 No Content", "every gate", "view-users is a composite role", "[ Next: The same call again ]"},
	story.StepSecondCall: {"200 OK", "role", "One role made the difference.", "[ To the summary ]"},
}

// From home to the summary with a guess at each question: 22 keys, and no scrolling in a window of 80 by 24.
func TestHomeToSummaryWithGuesses(t *testing.T) {
	t.Parallel()
	guesses := map[story.StepID]string{story.StepConnect: "2", story.StepRealm: "1", story.StepClient: "1", story.StepUser: "1", story.StepFirstCall: "2", story.StepGrant: "1", story.StepSecondCall: "33"}
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		keys := 0
		press := func(k string) { keys++; x.press(k) }
		press("enter")
		for _, step := range story.Steps() {
			for _, guess := range guesses[step.ID] {
				press(string(guess))
			}
			if !x.root().runs.Story().State().Results[step.ID].Checked.Empty() {
				// the calls are made at once after the guess
			} else {
				press("enter")
			}
			for _, want := range firstFrames[step.ID] {
				x.wants(want)
			}
			x.lacks("more below")
			if !strings.Contains(x.text(), "You guessed") {
				t.Errorf("%s says nothing of the guess:\n%s", step.ID, x.text())
			}
			press("enter")
		}
		x.wants("Scripts and CI", "401 Unauthorized", "403 Forbidden", "Your guesses:")
		x.lacks("more below")
		if keys > 22 {
			t.Errorf("it takes %d keys", keys)
		}
		x.press("ctrl+c")
		x.end()
	})
}

// The calls travel along the gates one after the other, and then nothing ticks. What they come to is in the first frame. Where nothing
// moves, they are there at once.
func TestCallsTravelInTheSteps(t *testing.T) {
	t.Parallel()
	for _, still := range []bool{false, true} {
		r := before(t, story.Options{Practice: true, Params: params.DefaultParams()}, story.StepFirstCall)
		var due []tea.Msg
		r.env.After = func(_ time.Duration, m tea.Msg) tea.Cmd {
			due = append(due, m)
			return nil
		}
		r.env.Theme.Still = still
		r.Update(<-answerOf(t, press(r, tea.KeyEnter)))
		first := view(r)
		r.shows(t, "? 401 Unauthorized", "✗ 403 Forbidden")
		frames, moved := 0, 0
		for ; len(due) > 0; frames++ {
			next, was := due[0], view(r)
			due = due[1:]
			if r.Update(next); view(r) != was {
				moved++
			}
		}
		if still && frames > 0 || !still && (frames < 10 || frames > 40 || moved < frames/2) {
			t.Errorf("still %t: %d frames, %d of them others", still, frames, moved)
		}
		if got := view(r); ansi.Strip(got) != ansi.Strip(first) || still != (got == first) {
			t.Errorf("still %t: it ends as\n%s\nand begins as\n%s", still, got, first)
		}
	}
}

// TestOnlyAddressesAreCut: at 80x24 no screen cuts a sentence, and so none that says what to do; only an address, an id or the name of a key
// may end with an ellipsis.
func TestOnlyAddressesAreCut(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"en", "de"} {
		for _, s := range standings() {
			frame := ansi.Strip(view(s.in(t, inLanguage(t, language))))
			words := strings.Fields(frame)
			for i, word := range words {
				if before, _, cut := strings.Cut(word, "…"); cut && words[max(0, i-1)] != "kid" && before != "" && !strings.Contains(word, "/") && strings.Trim(before, "0123456789abcdef-") != "" {
					t.Errorf("%s, %s: %q is cut:\n%s", s.name, language, word, frame)
				}
			}
			if strings.Contains(frame, " … ") || strings.Contains(frame, " …\n") {
				t.Errorf("%s, %s is cut:\n%s", s.name, language, frame)
			}
		}
	}
}
