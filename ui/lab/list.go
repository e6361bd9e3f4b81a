package lab

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"

	"fix403/flows/gate"
	"fix403/flows/lab"
	"fix403/flows/versions"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// listScreen is the list of experiments.
type listScreen struct {
	lab     *visit
	list    kit.List
	left    []*lab.Experiment // still to be run, while all are
	all     int               // how many that were at the beginning
	leaving bool              // the realms are being removed
}

// Enter implements [shell.Screen].
func (v *listScreen) Enter() tea.Cmd { return nil }

// Leave implements [shell.Screen].
func (v *listScreen) Leave() { v.left = nil }

// Typing implements [shell.Screen].
func (v *listScreen) Typing() bool { return false }

// Where implements [shell.Located].
func (v *listScreen) Where() string { return v.lab.where() }

// Update implements [shell.Screen].
func (v *listScreen) Update(msg tea.Msg) (tea.Cmd, shell.Nav) {
	done, ok := msg.(shell.Done)
	if !ok {
		return nil, shell.None()
	}
	switch answer := done.Answer.(type) {
	case labsClosed:
		if done.Err != nil {
			message, hint := v.lab.env.Failure(done.Err)
			return nil, v.lab.left().WithError(v.lab.env.T("The realm of the lab could not be removed: %s", message+" "+hint))
		}
		return nil, v.lab.left().WithNotice(v.lab.env.T("The realm of the lab has been removed. Nothing of it is left on the server."))
	case ranExperiment:
		v.lab.handleResult(done, answer)
		return v.went(done.Err)
	}
	return nil, shell.None()
}

// went goes on with the next of the experiments that are all run.
func (v *listScreen) went(err error) (tea.Cmd, shell.Nav) {
	if err != nil {
		v.left = nil
		if words.Canceled(err) {
			return nil, shell.Notify(v.lab.env.T("Cancelled. What was seen so far stays."))
		}
		message, hint := v.lab.env.Failure(err)
		return nil, shell.NotifyError(v.lab.mask(message) + " " + hint)
	}
	if len(v.left) > 0 {
		v.left = v.left[1:]
	}
	if len(v.left) == 0 {
		return nil, shell.Notify(v.lab.env.LabCount(trials(v.here())))
	}
	return v.runNext()
}

// here are the trials of the current target.
func (v *listScreen) here() []*attempt {
	var out []*attempt
	for _, e := range lab.Experiments() {
		out = append(out, v.lab.attempt(e))
	}
	return out
}

func (v *listScreen) runNext() (tea.Cmd, shell.Nav) {
	for i, e := range lab.Experiments() {
		if e == v.left[0] {
			v.list.At = i
		}
	}
	return v.lab.run(v.left[0])
}

func (v *listScreen) runAll() (tea.Cmd, shell.Nav) {
	v.left = nil
	for _, t := range v.here() {
		if !t.Ran {
			v.left = append(v.left, t.Experiment)
		}
	}
	v.all = len(v.left)
	return v.runNext()
}

func (v *listScreen) noneLeft() string {
	for _, t := range v.here() {
		if !t.Ran {
			return ""
		}
	}
	return v.lab.env.T("All experiments have been run on this version.")
}

func (a *Labs) nothingRan() string {
	if len(a.history) == 0 {
		return a.env.T("No experiment has been run yet.")
	}
	return ""
}

// Keys implements [shell.Screen].
func (v *listScreen) Keys() []shell.Binding {
	move := func(n int) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) { v.list.Move(n, len(lab.Experiments())); return nil, shell.None() }
	}
	keys := []shell.Binding{
		{Keys: []string{"enter"}, Label: "open", Help: "open the marked experiment", Do: v.open},
		{Keys: []string{"down", "tab"}, Label: "choose", Help: "mark the next one", Do: move(1)},
		{Keys: []string{"up", "shift+tab"}, Help: "mark the one before", Do: move(-1)},
		{Keys: []string{"a"}, Label: "run all left", Help: "run all experiments that were not run on this version, without predictions", Disabled: v.noneLeft, Do: v.runAll},
	}
	keys = append(keys, v.lab.versionKeys()...)
	return append(keys,
		shell.Binding{Keys: []string{"s"}, Label: "summary", Help: "what you expected, what happened, and what to remember", Disabled: v.lab.all.nothingRan, Do: func() (tea.Cmd, shell.Nav) {
			return nil, v.lab.summary(shell.GoTo(v))
		}},
		shell.Binding{Keys: []string{"pgdown"}, Help: "a page down", Do: move(10)},
		shell.Binding{Keys: []string{"pgup"}, Help: "a page up", Do: move(-10)},
		shell.Binding{Keys: []string{"esc", "q"}, Label: "leave", Help: "leave the lab: its realm is removed", Do: v.lab.leave})
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
func (v *listScreen) Layout(w, h int) shell.Frame {
	t := v.lab.env.Theme
	head := v.lab.head(w, v.lab.env.T("%d experiments", len(lab.Experiments())))
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
		seen := words.SideBySide(trials(v.lab.all.seen(e)))
		if seen == "" && tr.Ran {
			seen = words.Line(tr.Outcome.Observed)
		}
		state := t.TrialState(tr.Trial)
		if tr.err != nil {
			state = v.lab.env.T("failed")
		}
		row := point + " " + style.Render(words.Pad(sign+" "+state, 15)) + t.Dim.Render(words.Pad(shown, 9)) + name.Render(v.lab.env.T(e.Title))
		lines = append(lines, words.Fit(row+"  "+t.Dim.Render(seen), inner))
	}
	body := shell.List(t, &v.list, lines, inner, h, v.open)
	return shell.Page(head, v.withFoot(body, inner))
}

func (v *listScreen) about() string {
	if v.lab.practice() {
		return v.lab.env.T("Each breaks one gate on purpose, or shows where roles are read from.")
	}
	st := v.lab.state()
	if st.Params.Realm == "" {
		return v.lab.env.T("The lab creates one scratch realm and removes it: it touches nothing else.")
	}
	return v.lab.env.T("Its own realm %s is removed when you leave.", words.Line(st.Params.Realm))
}

// withFoot adds the last line: how far running all has come, what runs, or what enter does.
func (v *listScreen) withFoot(body shell.Frame, w int) shell.Frame {
	t := v.lab.env.Theme
	switch {
	case v.lab.env.Work.Busy() && len(v.left) > 0:
		width := min(40, w/3)
		return body.WithLine(kit.ProgressBar(t, v.all-len(v.left), v.all, width-2) + "  " + v.lab.env.Progress(v.lab.address(), w-width))
	case v.lab.env.Work.Busy():
		return body.WithLine(v.lab.env.Progress(v.lab.address(), w))
	}
	return body.WithButton(t, v.button(), w)
}

func (v *listScreen) button() *kit.Button {
	return &kit.Button{Label: v.lab.env.T("Open"), Hint: v.lab.env.T("  press enter")}
}

// head is the first line in the lab, and the rule below it.
func (l *visit) head(w int, what string) []string {
	t := l.env.Theme
	line := " " + t.Title.Render(l.env.T("Lab")) + "  " + what
	if len(l.targets) > 1 {
		line += "  " + t.Accent.Render("< "+l.env.T("as Keycloak %s", versions.Name(l.target().name))+" >")
	}
	return []string{words.Fit(line, w), t.Dim.Render(strings.Repeat(t.Glyphs.Rule, w))}
}

func (v *listScreen) open() (tea.Cmd, shell.Nav) {
	return nil, shell.GoTo(v.lab.experiment(lab.Experiments()[v.list.At]))
}
