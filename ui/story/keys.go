package story

import (
	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/keycloak/wire"
	"fix403/ui/inspect"
	"fix403/ui/shell"
)

// Keys implements [shell.Screen].
func (v *stepScreen) Keys() []shell.Binding {
	v.seen = v.run.look()
	switch v.pane {
	case inspect.PaneTry:
		return v.tryKeys()
	case inspect.PaneGoto:
		return v.gotoKeys()
	case inspect.PaneNone, inspect.PaneWire, inspect.PaneToken, inspect.PaneManual:
	}
	if v.pane != inspect.PaneNone {
		return v.paneKeys()
	}
	label, help := v.enterLabel()
	keys := []shell.Binding{{Keys: []string{"enter"}, Label: label, Help: help, Do: v.enter}}
	if !v.passed() {
		keys = append(keys,
			shell.Binding{Keys: []string{"tab"}, Label: "move", Help: "to the next question, field or the action", Do: v.move(1)},
			shell.Binding{Keys: []string{"shift+tab"}, Help: "back to the one before", Do: v.move(-1)})
	}
	if v.question() != nil {
		keys = append(keys, shell.Binding{Keys: []string{"1", "2", "3"}, Help: "guess the choice of this number"})
	}
	keys = append(keys, v.commonKeys()...)
	return append(keys,
		shell.Binding{Keys: []string{"n", "ctrl+n"}, Help: "the next step", Disabled: v.nextLocked, Do: v.next},
		shell.Binding{Keys: []string{"up"}, Help: "mark a choice, go to another field, or scroll", Do: v.upDown("up", -1)},
		shell.Binding{Keys: []string{"down"}, Help: "likewise", Do: v.upDown("down", 1)},
		shell.Binding{Keys: []string{"pgdown", "pgup"}, Help: "scroll a page", Do: nil},
		shell.Binding{Keys: []string{"pgdown"}, Do: v.scrolls("pgdown")},
		shell.Binding{Keys: []string{"pgup"}, Do: v.scrolls("pgup")})
}

func (v *stepScreen) commonKeys() []shell.Binding {
	keys := []shell.Binding{{Keys: []string{"esc"}, Label: "back", Help: "the step before; answers are kept", Do: v.back}}
	if v.step.ID == story.StepFirstCall || v.step.ID == story.StepSecondCall {
		keys = append(keys, shell.Binding{Keys: []string{"e", "f8"}, Label: "edit URL", Help: "send the call to another URL and see what changes", Disabled: v.noCall, Do: v.openTry})
	}
	if v.step.ID == story.StepRealm && v.seen.CanUseExisting() {
		keys = append(keys, shell.Binding{Keys: []string{"i", "ctrl+x"}, Label: "work inside", Help: "work inside the realm that is there: only a client and a user are created in it", Do: v.existing})
	}
	if !v.passed() {
		keys = append(keys, shell.Binding{Keys: []string{"h", "ctrl+o"}, Label: "hint", Help: "a hint: first a nudge, then where to look, then the answer", Do: v.hint})
	}
	keys = append(keys,
		shell.Binding{Keys: []string{"b", "f5"}, Label: "by hand", Help: "the same by hand: Admin Console, curl, kcadm, Terraform", Do: v.open(inspect.PaneManual)},
		shell.Binding{Keys: []string{"w", "f3"}, Label: "wire", Help: "each exchange of this step with status, headers and body", Do: v.open(inspect.PaneWire)},
		shell.Binding{Keys: []string{"t", "f4"}, Label: "token", Help: "the access token, decoded", Do: v.open(inspect.PaneToken)})
	if v.step.CanCheck() {
		keys = append(keys, shell.Binding{Keys: []string{"c", "f6"}, Label: "check", Help: "look whether the server is already as this step wants it, whoever did it", Disabled: v.locked, Do: v.check})
	}
	if v.step.CanUndo(v.state()) {
		keys = append(keys, shell.Binding{Keys: []string{"u", "f7"}, Label: v.undoLabel(), Help: v.undoHelp(), Disabled: v.notDone, Do: v.undo})
	}
	return append(keys,
		shell.Binding{Keys: []string{"g", "ctrl+g"}, Label: "go to", Help: "another step: any that is done, and the next one", Do: v.openGoto},
		shell.Binding{Keys: []string{"r", "ctrl+r"}, Help: "start the story again, and take back what it did", Disabled: v.notConnected, Do: v.restart})
}

// hint shows one more hint, and none again after the last.
func (v *stepScreen) hint() (tea.Cmd, shell.Nav) {
	v.hints = (v.hints + 1) % (len(v.step.Hints(v.state())) + 1)
	v.cols.Top()
	return nil, shell.None()
}

// Source is what the wire pane needs.
func (v *stepScreen) wireEnv() inspect.Source {
	return inspect.Source{Env: v.env, Here: v.exchanges, Run: func() []wire.Exchange { return v.seen.Exchanges }, Revealable: v.run.story.Revealable}
}

func (v *stepScreen) paneKeys() []shell.Binding {
	others := []shell.Binding{
		{Keys: []string{"w", "f3"}, Label: "wire", Help: "the exchanges", Do: v.open(inspect.PaneWire)},
		{Keys: []string{"t", "f4"}, Label: "token", Help: "the access token, decoded", Do: v.open(inspect.PaneToken)},
		{Keys: []string{"b", "f5"}, Label: "by hand", Help: "the same by hand", Do: v.open(inspect.PaneManual)},
	}
	if v.pane == inspect.PaneWire {
		return v.wire.Keys(v.wireEnv(), v.open(inspect.PaneNone), others[1:]...)
	}
	keys := []shell.Binding{{Keys: []string{"esc", "enter"}, Label: "close", Help: "back to the step", Do: v.open(inspect.PaneNone)}}
	switch v.pane {
	case inspect.PaneManual:
		keys = append(append(keys, v.run.manual.Keys(v.text.Top)...), shell.Binding{Keys: []string{"y"}, Label: "copy", Help: "copy it", Do: func() (tea.Cmd, shell.Nav) {
			return nil, v.env.Copy(v.env.T("The text was"), v.manualText())
		}})
		fallthrough
	case inspect.PaneNone, inspect.PaneToken, inspect.PaneTry, inspect.PaneWire, inspect.PaneGoto:
		keys = append(keys,
			shell.Binding{Keys: []string{"down"}, Help: "scroll", Do: v.scrolls("down")},
			shell.Binding{Keys: []string{"up"}, Help: "scroll", Do: v.scrolls("up")})
	}
	return append(append(keys,
		shell.Binding{Keys: []string{"pgdown"}, Label: "page", Help: "scroll a page", Do: v.scrolls("pgdown")},
		shell.Binding{Keys: []string{"pgup"}, Help: "scroll a page back", Do: v.scrolls("pgup")}), others...)
}

// enterLabel says what enter does now.
func (v *stepScreen) enterLabel() (label, help texts.Text) {
	switch {
	case v.passed() && v.last():
		return "summary", "go to the summary"
	case v.passed():
		return "next", "go to the next step"
	case v.question() != nil && v.question().Marked >= 0:
		return "guess", "take the marked choice as your guess"
	case v.question() != nil:
		return "skip", "go on without a guess"
	case v.focused() != nil:
		return "next field", "keep this and go on"
	}
	return "run", "do what the button says"
}

func (v *stepScreen) enter() (tea.Cmd, shell.Nav) {
	switch {
	case v.passed():
		return v.next()
	case v.question() != nil:
		v.question().Guess = v.question().Marked
		v.pastQuestion()
		return nil, shell.None()
	case v.focused() != nil:
		if f := v.focused(); v.set(f) {
			v.form.Move(1)
		}
		return nil, shell.None()
	}
	return v.do()
}

func (v *stepScreen) move(n int) func() (tea.Cmd, shell.Nav) {
	return func() (tea.Cmd, shell.Nav) { v.form.Move(n); return nil, shell.None() }
}

// upDown marks a choice where the focus is on a question, moves among fields, and scrolls elsewhere.
func (v *stepScreen) upDown(key string, n int) func() (tea.Cmd, shell.Nav) {
	return func() (tea.Cmd, shell.Nav) {
		switch {
		case v.question() != nil:
			v.question().Mark(n)
		case v.focused() != nil:
			v.form.Focus(v.form.At() + n)
		default:
			v.Scroll(key)
		}
		return nil, shell.None()
	}
}

func (v *stepScreen) scrolls(key string) func() (tea.Cmd, shell.Nav) {
	return func() (tea.Cmd, shell.Nav) { v.Scroll(key); return nil, shell.None() }
}

// open shows a pane, or the step again if the pane is shown already.
func (v *stepScreen) open(p inspect.Pane) func() (tea.Cmd, shell.Nav) {
	return func() (tea.Cmd, shell.Nav) {
		if v.pane == p {
			p = inspect.PaneNone
		}
		v.pane = p
		v.text.Top()
		return nil, shell.None()
	}
}

func (v *stepScreen) last() bool { return v.step == story.Last() }

func (v *stepScreen) nextLocked() string {
	if !v.passed() {
		return v.env.T("The next step opens when this one has passed.")
	}
	return ""
}

func (v *stepScreen) next() (tea.Cmd, shell.Nav) {
	if v.last() {
		return nil, shell.GoTo(newSummaryScreen(v.run))
	}
	return nil, shell.GoTo(v.run.step(story.Steps()[stepIndex(v.step.ID)+1].ID))
}

func (v *stepScreen) back() (tea.Cmd, shell.Nav) {
	nav := shell.Open(shell.Route{To: shell.Home})
	if i := stepIndex(v.step.ID); i > 0 {
		nav = shell.GoTo(v.run.step(story.Steps()[i-1].ID))
	}
	if left := v.step.Leftover(v.state()); !left.Empty() {
		nav = nav.WithNotice(v.env.T("Nothing is taken back: %s stays on the server. u on its screen undoes it, r starts again.", left))
	}
	return nil, nav
}

// locked says why the step cannot run or be checked yet.
func (v *stepScreen) locked() string {
	if next, open := v.seen.Next(); open && stepIndex(next) < stepIndex(v.step.ID) {
		return v.env.T("The step %s comes first.", next)
	}
	return ""
}

func (v *stepScreen) undoLabel() texts.Text {
	if v.step.ID == story.StepConnect {
		return "log out"
	}
	return "undo"
}

func (v *stepScreen) undoHelp() texts.Text {
	if v.step.ID == story.StepConnect {
		return "log out, to connect to another server"
	}
	return "take back what this step created, and open it and the later ones again"
}

func (v *stepScreen) notDone() string {
	if v.result().Status == story.StatusOpen {
		return v.env.T("There is nothing to undo: this step has not run.")
	}
	return ""
}

func (v *stepScreen) noCall() string {
	if st := v.state(); st.FirstCall == nil && st.AudienceCall == nil {
		return v.env.T("Make the call first: there is no token yet.")
	}
	return ""
}
