package story

import (
	"context"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/story"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// resumed is the answer of going on with a run.
type resumed struct{ next story.StepID }

// resume has the server looked at for what an earlier run left, once the admin is logged in.
func (v *stepScreen) resume() tea.Cmd {
	if v.step.ID != story.StepConnect || !v.passed() || v.run.story.Resuming() == nil {
		return nil
	}
	return v.env.Work.Start(v.step.ID, v.env.T("Check what the earlier run left"), func(ctx context.Context) (any, error) {
		next, err := v.run.story.Resume(ctx)
		return resumed{next}, err
	})
}

func (v *stepScreen) onResumed(next story.StepID, err error) (tea.Cmd, shell.Nav) {
	if words.Canceled(err) {
		return nil, shell.Notify(v.env.T("Cancelled. Enter continues step by step, using what already exists."))
	}
	if err != nil {
		message, hint := v.env.Failure(err)
		return nil, shell.NotifyError(message + " " + hint)
	}
	if v.run.removes && v.run.left() {
		v.run.removes = false
		return nil, shell.Ask(v.run.removal())
	}
	nav := shell.GoTo(v.run.step(next))
	var found []string
	for _, step := range story.Steps() {
		if !step.Leftover(v.state()).Empty() {
			found = append(found, string(step.ID))
		}
	}
	if len(found) == 0 {
		nav = nav.WithNotice(v.env.T("That run left nothing on the server: the story begins again."))
	} else {
		nav = nav.WithNotice(v.env.T("Found on the server: %s. The story continues here.", strings.Join(found, ", ")))
	}
	return nil, nav
}
