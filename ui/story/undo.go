package story

import (
	"context"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/story"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// undone and restarted are the answers of an undo and of a restart.
type (
	undone    struct{ said string }
	restarted struct{ said string }
)

// undid is what became of the latest undo: it can be more than the line of notices holds.
type undid struct{ said, message, hint string }

// undidLines say what became of the latest undo.
func (v *stepScreen) undidLines(w int) []string {
	t := v.env.Theme
	var out []string
	if v.undid.said != "" {
		out = append(out, t.Item(t.Glyphs.Done, t.Plain, v.undid.said, w)...)
	}
	if v.undid.message != "" {
		out = append(out, t.Item(t.Glyphs.Failed, t.Bad, v.run.mask(v.undid.message), w)...)
	}
	if v.undid.hint != "" {
		out = append(out, t.Item(t.Glyphs.Arrow, t.Warn, v.undid.hint, w)...)
	}
	if len(out) > 0 {
		out = append(out, "")
	}
	return out
}

// undo asks first: later steps are undone with it.
func (v *stepScreen) undo() (tea.Cmd, shell.Nav) {
	d := kit.Dialog{Ask: v.env.T("Log out, and open this step again?")}
	if v.step.ID != story.StepConnect {
		d = kit.Dialog{Ask: v.env.T("Undo this step and all later ones?"), Items: v.madeFrom(v.step.ID)}
	}
	return nil, shell.Ask(&shell.Dialog{Dialog: d, Yes: func() (tea.Cmd, shell.Nav) {
		v.began()
		return v.env.Work.Start(v.step.ID, v.env.T(v.undoLabel()), func(ctx context.Context) (any, error) {
			said, err := v.run.story.Undo(ctx, v.step.ID)
			return undone{v.env.Say(said)}, err
		}), shell.None()
	}})
}

// madeFrom lists what a step and the later ones made on the server.
func (v *stepScreen) madeFrom(id story.StepID) []string {
	var made []string
	for _, step := range story.Steps()[stepIndex(id):] {
		if one := step.Made(v.state()); !one.Empty() {
			made = append(made, v.env.Say(one))
		}
	}
	return made
}

// restart asks first, too.
func (v *stepScreen) restart() (tea.Cmd, shell.Nav) {
	d := kit.Dialog{Ask: v.env.T("Start the story again, and undo what this run did?"), Items: v.madeFrom(story.Steps()[0].ID)}
	return nil, shell.Ask(&shell.Dialog{Dialog: d, Yes: func() (tea.Cmd, shell.Nav) {
		v.began()
		return v.env.Work.Start(v.step.ID, v.env.T("Start again"), func(ctx context.Context) (any, error) {
			said, err := v.run.story.Restart(ctx)
			return restarted{v.env.Say(said)}, err
		}), shell.None()
	}})
}

// tookBack has the screens of the steps that are open again forget what they showed. It keeps what was taken back, and why
// the rest was not, and complains of that.
func (v *stepScreen) tookBack(said string, err error) shell.Nav {
	if next, open := v.run.story.Next(); open {
		v.run.reset(next)
	}
	v.page.Top()
	message, hint := v.env.Failure(err)
	v.undid = undid{words.Line(said), message, hint}
	if err != nil {
		return shell.NotifyError(strings.TrimSpace(message + " " + hint))
	}
	return shell.Notify(said)
}

func (v *stepScreen) afterUndo(said string, err error) (tea.Cmd, shell.Nav) {
	nav := v.tookBack(said, err)
	if err == nil && v.step.ID == story.StepConnect && !v.run.options.Practice {
		return nil, shell.Open(shell.Route{To: "connect"}).WithNotice(said)
	}
	return v.startWatch(), nav
}

// afterRestart goes to the first step that is open.
func (v *stepScreen) afterRestart(said string, err error) (tea.Cmd, shell.Nav) {
	nav := v.tookBack(said, err)
	if err != nil {
		return v.startWatch(), nav
	}
	for id, screen := range v.run.steps {
		if stepIndex(id) >= stepIndex(story.StepRealm) {
			screen.reopen()
		}
	}
	realm := v.run.step(story.StepRealm)
	realm.undid = v.undid
	nav = shell.GoTo(realm).WithNotice(said)
	if v.step.ID == story.StepRealm {
		return v.startWatch(), nav
	}
	return nil, nav
}
