package story

import (
	"slices"

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
	case inspect.PaneNone, inspect.PaneWire, inspect.PaneToken, inspect.PaneManual, inspect.PaneMore:
	}
	if v.pane != inspect.PaneNone {
		return v.paneKeys()
	}
	label, help := v.enterLabel()
	keys := []shell.Binding{{Keys: []string{"enter"}, Label: label, Help: help, Do: v.enter}}
	if !v.passed() {
		keys = append(keys,
			shell.Binding{Keys: []string{"tab"}, Label: "move", Help: "to the next question, field or the action", Do: v.move(1)},
			shell.Binding{Keys: []string{"shift+tab"}, Help: "back to the previous one", Do: v.move(-1)})
	}
	if v.question() != nil || v.asksOne() && !v.Typing() {
		keys = append(keys, shell.Binding{Keys: []string{"1", "2", "3"}, Help: "guess the choice with this number"})
	}
	keys = append(keys, v.commonKeys()...)
	return append(keys,
		shell.Binding{Keys: []string{"n", "ctrl+n"}, Help: "the next step", Disabled: v.nextLocked, Do: v.next},
		shell.Binding{Keys: []string{"up"}, Help: "mark a choice, go to another field, or scroll", Do: v.upDown("up", -1)},
		shell.Binding{Keys: []string{"down"}, Help: "the same", Do: v.upDown("down", 1)},
		shell.Binding{Keys: []string{"pgdown", "pgup"}, Help: "scroll a page", Do: nil},
		shell.Binding{Keys: []string{"pgdown"}, Do: v.scrolls("pgdown")},
		shell.Binding{Keys: []string{"pgup"}, Do: v.scrolls("pgup")})
}

func (v *stepScreen) commonKeys() []shell.Binding {
	var keys []shell.Binding
	if v.step.ID == story.StepRealm && v.seen.CanUseExisting() {
		keys = append(keys, shell.Binding{Keys: []string{"i", "ctrl+x"}, Label: "work inside", Help: "work inside the existing realm: creates only a client and a user", Do: v.existing})
	}
	if !v.passed() {
		keys = append(keys, shell.Binding{Keys: []string{"h", "ctrl+o"}, Label: "hint", Help: "a hint: first a nudge, then where to look, then the answer", Do: v.hint})
	}
	if v.passed() {
		keys = append(keys, shell.Binding{Keys: []string{"m", "f10"}, Label: "more", Help: "what it means, and what was sent", Do: v.open(inspect.PaneMore)})
	}
	keys = append(keys,
		shell.Binding{Keys: []string{"w", "f3"}, Label: "wire", Help: "each exchange of this step with status, headers and body", Do: v.open(inspect.PaneWire)},
		shell.Binding{Keys: []string{"t", "f4"}, Label: v.tokenLabel(), Help: "the access token, decoded", Do: v.open(inspect.PaneToken)},
		shell.Binding{Keys: []string{"b", "f5"}, Label: "by hand", Help: "the same by hand: Admin Console, curl, kcadm, Terraform, TypeScript", Do: v.open(inspect.PaneManual)},
		shell.Binding{Keys: []string{"esc"}, Label: "back", Help: "the previous step; your answers are kept", Do: v.back})
	if !v.passed() {
		keys = append(keys, shell.Binding{Keys: []string{"m", "f10"}, Label: "more", Help: "what the step is for", Do: v.open(inspect.PaneMore)})
	}
	if v.step.ID == story.StepFirstCall || v.step.ID == story.StepSecondCall {
		keys = append(keys, shell.Binding{Keys: []string{"e", "f8"}, Label: "edit URL", Help: "send the call to another URL and see what changes", Disabled: v.noCall, Do: v.openTry})
	}
	if v.step.CanCheck() {
		keys = append(keys, shell.Binding{Keys: []string{"c", "f6"}, Label: "check", Help: "check whether the server already has what this step needs, by whatever means", Disabled: v.locked, Do: v.check})
	}
	if v.step.CanUndo(v.state()) {
		keys = append(keys, shell.Binding{Keys: []string{"u", "f7"}, Label: v.undoLabel(), Help: v.undoHelp(), Disabled: v.notDone, Do: v.undo})
	} else {
		keys = append(keys, shell.Binding{Keys: []string{"u", "f7"}, Help: "undo what this step created", Disabled: v.nothingMade, Do: v.undo})
	}
	return append(keys,
		shell.Binding{Keys: []string{"o"}, Label: "console", Help: "open the Admin Console page for this step, or show its address", Do: v.openConsole},
		shell.Binding{Keys: []string{"l"}, Help: "open the page of Keycloak's documentation on this, or show its address", Do: v.openGuide},
		shell.Binding{Keys: []string{"g", "ctrl+g"}, Label: "go to", Help: "another step: any finished one, and the next", Do: v.openGoto},
		shell.Binding{Keys: []string{"r", "ctrl+r"}, Help: "start the story again, and undo what it did", Disabled: v.notConnected, Do: v.restart},
		shell.Binding{Keys: []string{"q"}, Help: "the home screen; the story can be continued from there", Do: func() (tea.Cmd, shell.Nav) { return nil, shell.Open(shell.Route{To: shell.Home}) }})
}

// tokenLabel keeps the token out of the footer where it is not what the step is about.
func (v *stepScreen) tokenLabel() texts.Text {
	if v.drawn() && v.passed() {
		return "token"
	}
	return ""
}

// nothingMade says why there is nothing to undo on a step that creates nothing.
func (v *stepScreen) nothingMade() string {
	return v.env.T("This step leaves nothing on the server that could be undone.")
}

// hint shows one more hint, and none again after the last.
func (v *stepScreen) hint() (tea.Cmd, shell.Nav) {
	v.hints = (v.hints + 1) % (len(v.step.Hints(v.state())) + 1)
	v.page.Top()
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
	if v.pane == inspect.PaneManual {
		keys = append(append(keys, v.run.manual.Keys(v.text.Top)...), shell.Binding{Keys: []string{"y"}, Label: "copy", Help: "copy it", Do: func() (tea.Cmd, shell.Nav) {
			return nil, v.env.Copy(v.env.T("The text was"), v.manualText())
		}})
	}
	if v.pane == inspect.PaneMore {
		keys = append(keys, shell.Binding{Keys: []string{"l"}, Label: "documentation", Help: "open the page of Keycloak's documentation on this, or show its address", Do: v.openGuide})
	}
	return slices.Concat(keys, shell.ScrollKeys("", "page", v.scrolls), others)
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
		return "skip", "continue without a guess"
	case v.focused() != nil:
		return "next field", "keep this and continue"
	}
	return "run", "press the button"
}

func (v *stepScreen) enter() (tea.Cmd, shell.Nav) {
	switch {
	case v.passed():
		return v.next()
	case v.question() != nil:
		q := v.question()
		if q.Guess = q.Marked; q.Guess >= 0 {
			return v.guessed()
		}
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
		nav = nav.WithNotice(v.env.T("Nothing is undone: %s stays on the server. u on its screen undoes it, r starts again.", left))
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
	return "undo what this step created, and reopen it and the later ones"
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
