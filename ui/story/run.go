package story

import (
	"context"
	"errors"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/problem"
	"fix403/flows/risk"
	"fix403/flows/story"
	"fix403/keycloak"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// What a call was for; each is the answer of a [Done].
type (
	ranStep   struct{}
	triedCall struct{ call story.Call }
)

// set stores a field in the story, and reports whether it could; the field says what is wrong with it.
func (v *stepScreen) set(f *field) bool {
	f.Wrong = ""
	value := f.Input.Value()
	for _, in := range v.run.story.Inputs(v.step.ID) { // another address takes another password
		if in.Name == f.name {
			f.Given = in.Given
		}
	}
	if f.Given && value == "" {
		return true
	}
	if err := v.run.story.Set(f.name, value); err != nil {
		message, hint := v.env.Failure(err)
		f.Wrong = message + " " + hint
	}
	v.seen = v.run.look()
	return f.Wrong == ""
}

// setAll stores all fields, up to the first that is wrong; that one is returned.
func (v *stepScreen) setAll() *field {
	for _, f := range v.fields {
		if !v.set(f) {
			return f
		}
	}
	return nil
}

// insteadExisting reports whether the button works inside the realm that is there: creating it would fail again.
func (v *stepScreen) insteadExisting() bool {
	return v.step.ID == story.StepRealm && v.seen.CanUseExisting() && v.unchanged()
}

// refused reports whether a step was refused for what its fields say: with the same in them it would be again.
func (v *stepScreen) refused() bool {
	var check *problem.CheckError
	return errors.As(v.result().Err, &check) && check.Kind == "not-ours" && len(v.fields) > 0 && v.unchanged()
}

// names are what stands in the fields, but for secrets.
func (v *stepScreen) names() string {
	var all []string
	for _, f := range v.fields {
		if !f.secret {
			all = append(all, f.Input.Value())
		}
	}
	return strings.Join(all, "\n")
}

// unchanged reports whether the fields are as they were when the step was done last.
func (v *stepScreen) unchanged() bool { return v.names() == v.tried }

// do stores the fields and does the step.
func (v *stepScreen) do() (tea.Cmd, shell.Nav) {
	if reason := v.locked(); reason != "" {
		return nil, shell.Notify(reason)
	}
	switch {
	case v.insteadExisting():
		return v.existing()
	case v.refused():
		v.form.Focus(0)
		return nil, shell.Notify(v.env.T("With the same name it is refused again: change it first."))
	}
	if wrong := v.setAll(); wrong != nil {
		v.form.FocusOn(wrong)
		return nil, shell.None()
	}
	if d := v.risk(); d != nil {
		d.Yes = v.begin
		return nil, shell.Ask(d)
	}
	return v.begin()
}

func (v *stepScreen) begin() (tea.Cmd, shell.Nav) {
	v.began()
	return v.env.Work.Start(v.step.ID, v.env.T(v.step.Button(v.state())), func(ctx context.Context) (any, error) {
		_, err := v.run.story.Do(ctx, v.step.ID)
		return ranStep{}, err
	}), shell.None()
}

// risk asks before a step that may hurt; nil for the others.
func (v *stepScreen) risk() *shell.Dialog {
	st := v.state()
	switch {
	case st.Practice:
	case v.step.ID == story.StepConnect && !risk.PlainHTTP(v.run.story.Value("url")).Empty():
		return &shell.Dialog{Dialog: kit.PlainHTTP(v.env.Theme)}
	case v.step.ID == story.StepRealm:
		if name := risk.LooksLikeProduction(st.URL, st.Params.Realm); name != "" {
			return &shell.Dialog{Dialog: kit.Dialog{
				Ask:      v.env.T("Create the realm %s?", st.Params.Realm),
				Warnings: []string{v.env.T("%s looks like a production system.", words.Line(name))},
			}}
		}
	}
	return nil
}

// existing asks before it works inside a realm that is not ours.
func (v *stepScreen) existing() (tea.Cmd, shell.Nav) {
	realm := v.state().Params.Realm
	return nil, shell.Ask(&shell.Dialog{
		Dialog: kit.Dialog{Ask: v.env.T("Work inside the realm %s?", realm), Then: v.env.T("A client and a user are created in %s, and nothing else.", realm)},
		Yes: func() (tea.Cmd, shell.Nav) {
			if err := v.run.story.UseExisting(); err != nil {
				return nil, shell.NotifyError(v.env.Error(err))
			}
			return v.begin()
		},
	})
}

// check only looks.
func (v *stepScreen) check() (tea.Cmd, shell.Nav) {
	if !v.passed() && v.setAll() != nil {
		return nil, shell.None()
	}
	v.began()
	return v.env.Work.Start(v.step.ID, v.env.T("Look at the server"), func(ctx context.Context) (any, error) {
		_, err := v.run.story.Check(ctx, v.step.ID)
		return ranStep{}, err
	}), shell.None()
}

func (v *stepScreen) began() {
	v.undid = undid{}
	v.stopWatch()
	v.wire.Selected = -1
	v.wire.Detail.Top()
}

// done takes the answer of a call of this screen.
func (v *stepScreen) done(msg shell.Done) (tea.Cmd, shell.Nav) {
	canceled := words.Canceled(msg.Err)
	switch answer := msg.Answer.(type) {
	case triedCall:
		v.try.answered(v.env, answer.call, msg.Err)
		return nil, shell.None()
	case restarted:
		return v.afterRestart(answer.said, msg.Err)
	case resumed:
		return v.onResumed(answer.next, msg.Err)
	case removed:
		nav := v.run.afterRemoval(msg.Err)
		if msg.Err == nil {
			nav = shell.Open(shell.Route{To: shell.Home}).WithNotice(v.env.T("Removed. Nothing of this run is left on the server."))
		}
		return nil, nav
	case undone:
		return v.afterUndo(answer.said, msg.Err)
	}
	if problem.IsMissing(msg.Err) && v.result().Status == story.StatusOpen {
		message, hint := v.env.Failure(msg.Err)
		return v.startWatch(), shell.Notify(v.env.T("Not done yet: %s %s", message, hint))
	}
	v.page.Top()
	v.newFields()
	v.tried = v.names()
	v.form.FocusButton()
	if v.step.ID == story.StepConnect && keycloak.MayLackCode(msg.Err) {
		v.form.Focus(v.form.At() - 1) // the field for it is the last
	}
	if v.refused() && !v.insteadExisting() {
		v.form.Focus(0)
	}
	switch {
	case canceled:
		return v.startWatch(), shell.Notify(v.env.T("Cancelled. Enter repeats the step, using what already exists."))
	case msg.Err != nil && v.result().Status != story.StatusFailed:
		message, hint := v.env.Failure(msg.Err) // refused before it ran
		return v.startWatch(), shell.NotifyError(message + " " + hint)
	}
	return tea.Batch(v.startWatch(), v.depart()), shell.None()
}
