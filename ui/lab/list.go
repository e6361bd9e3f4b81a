package lab

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"

	"fix403/flows/gate"
	"fix403/flows/lab"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// ListScreen is the list of experiments.
type ListScreen struct {
	Lab     *Visit
	list    kit.List
	left    []*lab.Experiment // still to be run, while all are
	all     int               // how many that were at the beginning
	leaving bool              // the realms are being removed
}

// Enter implements [shell.Screen].
func (v *ListScreen) Enter() tea.Cmd { return nil }

// Leave implements [shell.Screen].
func (v *ListScreen) Leave() { v.left = nil }

// Typing implements [shell.Screen].
func (v *ListScreen) Typing() bool { return false }

// Where implements [shell.Located].
func (v *ListScreen) Where() string { return v.Lab.where() }

// Update implements [shell.Screen].
func (v *ListScreen) Update(msg tea.Msg) (tea.Cmd, shell.Nav) {
	done, ok := msg.(shell.Done)
	if !ok {
		return nil, shell.None()
	}
	switch answer := done.Answer.(type) {
	case labsClosed:
		if done.Err != nil {
			message, hint := v.Lab.env.Failure(done.Err)
			return nil, v.Lab.left().WithError(v.Lab.env.T("The realm of the lab could not be removed: %s", message+" "+hint))
		}
		return nil, v.Lab.left().WithNotice(v.Lab.env.T("The realm of the lab has been removed. Nothing of it is left on the server."))
	case ranExperiment:
		v.Lab.handleResult(done, answer)
		return v.went(done.Err)
	}
	return nil, shell.None()
}

// went goes on with the next of the experiments that are all run.
func (v *ListScreen) went(err error) (tea.Cmd, shell.Nav) {
	if err != nil {
		v.left = nil
		if words.Canceled(err) {
			return nil, shell.Notify(v.Lab.env.T("Cancelled. What was seen so far stays."))
		}
		message, hint := v.Lab.env.Failure(err)
		return nil, shell.NotifyError(v.Lab.mask(message) + " " + hint)
	}
	if len(v.left) > 0 {
		v.left = v.left[1:]
	}
	if len(v.left) == 0 {
		return nil, shell.Notify(v.Lab.env.LabCount(trials(v.here())))
	}
	return v.runNext()
}

// here are the trials of the current target.
func (v *ListScreen) here() []*attempt {
	var out []*attempt
	for _, e := range lab.Experiments() {
		out = append(out, v.Lab.Attempt(e))
	}
	return out
}

func (v *ListScreen) runNext() (tea.Cmd, shell.Nav) {
	for i, e := range lab.Experiments() {
		if e == v.left[0] {
			v.list.At = i
		}
	}
	return v.Lab.run(v.left[0])
}

func (v *ListScreen) runAll() (tea.Cmd, shell.Nav) {
	v.left = nil
	for _, t := range v.here() {
		if !t.Ran {
			v.left = append(v.left, t.Experiment)
		}
	}
	v.all = len(v.left)
	return v.runNext()
}

func (v *ListScreen) noneLeft() string {
	for _, t := range v.here() {
		if !t.Ran {
			return ""
		}
	}
	return v.Lab.env.T("All experiments have been run on this version.")
}

func (a *Labs) nothingRan() string {
	if len(a.History) == 0 {
		return a.env.T("No experiment has been run yet.")
	}
	return ""
}

// Keys implements [shell.Screen].
func (v *ListScreen) Keys() []shell.Binding {
	move := func(n int) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) { v.list.Move(n, len(lab.Experiments())); return nil, shell.None() }
	}
	keys := []shell.Binding{
		{Keys: []string{"enter"}, Label: "open", Help: "open the marked experiment", Do: v.open},
		{Keys: []string{"down", "tab"}, Label: "choose", Help: "mark the next one", Do: move(1)},
		{Keys: []string{"up", "shift+tab"}, Help: "mark the one before", Do: move(-1)},
		{Keys: []string{"a"}, Label: "run all left", Help: "run all experiments that were not run on this version, without predictions", Disabled: v.noneLeft, Do: v.runAll},
	}
	keys = append(keys, v.Lab.versionKeys()...)
	return append(keys,
		shell.Binding{Keys: []string{"s"}, Label: "summary", Help: "what you expected, what happened, and what to remember", Disabled: v.Lab.all.nothingRan, Do: func() (tea.Cmd, shell.Nav) {
			return nil, v.Lab.Summary(shell.GoTo(v))
		}},
		shell.Binding{Keys: []string{"pgdown"}, Help: "a page down", Do: move(10)},
		shell.Binding{Keys: []string{"pgup"}, Help: "a page up", Do: move(-10)},
		shell.Binding{Keys: []string{"esc", "q"}, Label: "leave", Help: "leave the lab: its realm is removed", Do: v.Lab.leave})
}

// attemptSign is the state of a trial as a sign.
func attemptSign(t *kit.Theme, tr *attempt) (string, lipgloss.Style) {
	switch {
	case tr.err != nil:
		return "!", t.Warn
	case !tr.Ran:
		return t.Glyphs.Locked, t.Dim
	case tr.Outcome.Result == lab.AsExpected:
		return t.Glyphs.Done, t.Good
	case tr.Outcome.Result == lab.Different:
		return t.Glyphs.Failed, t.Bad
	}
	return "?", t.Warn
}

// Layout implements [shell.Screen].
func (v *ListScreen) Layout(w, h int) shell.Frame {
	t := v.Lab.env.Theme
	head := v.Lab.head(w, v.Lab.env.T("%d experiments", len(lab.Experiments())))
	inner := w - 2
	head = append(head, " "+t.Dim.Render(words.Fit(v.about(), inner)))
	h -= len(head) + 1
	var lines []string
	gate := gate.Gate("")
	for i, tr := range v.here() {
		e := tr.Experiment
		sign, style := attemptSign(t, tr)
		point, name := " ", t.Plain
		if i == v.list.At {
			point, name = t.Accent.Render(t.Glyphs.Point), t.Heading
		}
		shown := string(e.Gate)
		if e.Gate == gate {
			shown = ""
		}
		gate = e.Gate
		seen := words.SideBySide(trials(v.Lab.all.seen(e)))
		if seen == "" && tr.Ran {
			seen = words.Line(tr.Outcome.Observed)
		}
		state := t.TrialState(tr.Trial)
		if tr.err != nil {
			state = v.Lab.env.T("failed")
		}
		row := point + " " + style.Render(words.Pad(sign+" "+state, 15)) + t.Dim.Render(words.Pad(shown, 9)) + name.Render(v.Lab.env.T(e.Title))
		lines = append(lines, words.Fit(row+"  "+t.Dim.Render(seen), inner))
	}
	body := shell.List(t, &v.list, lines, inner, h, v.open)
	return shell.Page(head, v.withFoot(body, inner))
}

func (v *ListScreen) about() string {
	if v.Lab.practice() {
		return v.Lab.env.T("Each breaks one gate on purpose, or shows where roles are read from.")
	}
	st := v.Lab.state()
	if st.Params.Realm == "" {
		return v.Lab.env.T("The lab creates one scratch realm and removes it: it touches nothing else.")
	}
	return v.Lab.env.T("Its own realm %s is removed when you leave.", words.Line(st.Params.Realm))
}

// withFoot adds the last line: how far running all has come, what runs, or what enter does.
func (v *ListScreen) withFoot(body shell.Frame, w int) shell.Frame {
	t := v.Lab.env.Theme
	switch {
	case v.Lab.env.Work.Busy() && len(v.left) > 0:
		width := min(40, w/3)
		return body.WithLine(kit.ProgressBar(t, v.all-len(v.left), v.all, width-2) + "  " + v.Lab.env.Progress(v.Lab.address(), w-width))
	case v.Lab.env.Work.Busy():
		return body.WithLine(v.Lab.env.Progress(v.Lab.address(), w))
	}
	return body.WithButton(t, v.button(), w)
}

func (v *ListScreen) button() *kit.Button {
	return &kit.Button{Label: v.Lab.env.T("Open"), Hint: v.Lab.env.T("  press enter")}
}

// head is the first line in the lab, and the rule below it.
func (l *Visit) head(w int, what string) []string {
	t := l.env.Theme
	line := " " + t.Title.Render(l.env.T("Lab")) + "  " + what
	if len(l.targets) > 1 {
		line += "  " + t.Accent.Render("< "+l.env.T("as Keycloak %s", l.Target().Name)+" >")
	}
	return []string{words.Fit(line, w), t.Dim.Render(strings.Repeat(t.Glyphs.Rule, w))}
}

func (v *ListScreen) open() (tea.Cmd, shell.Nav) {
	return nil, shell.GoTo(v.Lab.Experiment(lab.Experiments()[v.list.At]))
}
