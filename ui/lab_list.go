package ui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"

	"fix403/flows"
	"fix403/flows/texts"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// labScreen is the list of experiments.
type labScreen struct {
	lab     *laboratory
	marked  int
	scroll  kit.Pager
	left    []*flows.Experiment // still to be run, while all are
	all     int                 // how many that were at the beginning
	leaving bool                // the realms are being removed
}

func (v *labScreen) Enter() tea.Cmd { return nil }
func (v *labScreen) Leave()         { v.left = nil }
func (v *labScreen) Typing() bool   { return false }
func (v *labScreen) Where() string  { return v.lab.where() }

func (v *labScreen) Update(msg tea.Msg) (tea.Cmd, shell.Nav) {
	done, ok := msg.(shell.Done)
	if !ok {
		return nil, shell.None()
	}
	switch answer := done.Answer.(type) {
	case labsClosed:
		if done.Err != nil {
			message, hint := words.Failure(done.Err)
			return nil, v.lab.left().WithError(texts.T("The realm of the lab could not be removed: %s", message+" "+hint))
		}
		return nil, v.lab.left().WithNotice(texts.T("The realm of the lab has been removed. Nothing of it is left on the server."))
	case ranExperiment:
		v.lab.took(done, answer)
		return v.went(done.Err)
	}
	return nil, shell.None()
}

// went goes on with the next of the experiments that are all run.
func (v *labScreen) went(err error) (tea.Cmd, shell.Nav) {
	if err != nil {
		v.left = nil
		if words.Canceled(err) {
			return nil, shell.Notify(texts.T("Cancelled. What was seen so far stays."))
		}
		message, hint := words.Failure(err)
		return nil, shell.NotifyError(v.lab.mask(message) + " " + hint)
	}
	if len(v.left) > 0 {
		v.left = v.left[1:]
	}
	if len(v.left) == 0 {
		return nil, shell.Notify(words.LabCount(plainTrials(v.here())))
	}
	return v.runNext()
}

// here are the trials of the current world.
func (v *labScreen) here() []*trial {
	var out []*trial
	for _, e := range flows.Experiments() {
		out = append(out, v.lab.trial(e))
	}
	return out
}

func (v *labScreen) runNext() (tea.Cmd, shell.Nav) {
	for i, e := range flows.Experiments() {
		if e == v.left[0] {
			v.marked = i
		}
	}
	return v.lab.run(v.left[0])
}

func (v *labScreen) runAll() (tea.Cmd, shell.Nav) {
	v.left = nil
	for _, t := range v.here() {
		if !t.Ran {
			v.left = append(v.left, t.Experiment)
		}
	}
	v.all = len(v.left)
	return v.runNext()
}

func (v *labScreen) noneLeft() string {
	for _, t := range v.here() {
		if !t.Ran {
			return ""
		}
	}
	return texts.T("All experiments have been run on this version.")
}

func (a *Labs) nothingRan() string {
	if len(a.history) == 0 {
		return texts.T("No experiment has been run yet.")
	}
	return ""
}

func (v *labScreen) Keys() []shell.Binding {
	last := len(flows.Experiments()) - 1
	move := func(n int) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) { v.marked = max(0, min(last, v.marked+n)); return nil, shell.None() }
	}
	keys := []shell.Binding{
		{Keys: []string{"enter"}, Label: "open", Help: "open the marked experiment", Do: func() (tea.Cmd, shell.Nav) {
			return nil, shell.GoTo(v.lab.experiment(flows.Experiments()[v.marked]))
		}},
		{Keys: []string{"down", "tab"}, Label: "choose", Help: "mark the next one", Do: move(1)},
		{Keys: []string{"up", "shift+tab"}, Help: "mark the one before", Do: move(-1)},
		{Keys: []string{"a"}, Label: "run all left", Help: "run all experiments that were not run on this version, without predictions", Disabled: v.noneLeft, Do: v.runAll},
	}
	keys = append(keys, v.lab.versionKeys()...)
	return append(keys,
		shell.Binding{Keys: []string{"s"}, Label: "summary", Help: "what you expected, what happened, and what to remember", Disabled: v.lab.all.nothingRan, Do: func() (tea.Cmd, shell.Nav) {
			return nil, v.lab.recap(shell.GoTo(v))
		}},
		shell.Binding{Keys: []string{"pgdown"}, Help: "a page down", Do: move(10)},
		shell.Binding{Keys: []string{"pgup"}, Help: "a page up", Do: move(-10)},
		shell.Binding{Keys: []string{"esc", "q"}, Label: "leave", Help: "leave the lab: its realm is removed", Do: v.lab.leave})
}

// trialSign is the state of a trial as a sign.
func trialSign(t *kit.Theme, tr *trial) (string, lipgloss.Style) {
	switch {
	case tr.err != nil:
		return "!", t.Warn
	case !tr.Ran:
		return t.Glyphs.Locked, t.Dim
	case tr.Outcome.Result == flows.AsExpected:
		return t.Glyphs.Done, t.Good
	case tr.Outcome.Result == flows.Different:
		return t.Glyphs.Failed, t.Bad
	}
	return "?", t.Warn
}

func (v *labScreen) View(w, h int) string {
	t := v.lab.env.Theme
	head := v.lab.head(w, texts.T("%d experiments", len(flows.Experiments())))
	inner := w - 2
	head = append(head, " "+t.Dim.Render(words.Fit(v.about(), inner)))
	h -= len(head) + 1
	var lines []string
	gate := flows.Gate("")
	for i, tr := range v.here() {
		e := tr.Experiment
		sign, style := trialSign(t, tr)
		point, name := " ", t.Plain
		if i == v.marked {
			point, name = t.Accent.Render(t.Glyphs.Point), t.Heading
		}
		shown := string(e.Gate)
		if e.Gate == gate {
			shown = ""
		}
		gate = e.Gate
		seen := words.SideBySide(plainTrials(v.lab.all.seen(e)))
		if seen == "" && tr.Ran {
			seen = words.Line(tr.Outcome.Observed)
		}
		state := tr.State()
		if tr.err != nil {
			state = texts.T("failed")
		}
		row := point + " " + style.Render(words.Pad(sign+" "+state, 15)) + t.Dim.Render(words.Pad(shown, 9)) + name.Render(texts.T(e.Title))
		lines = append(lines, words.Fit(row+"  "+t.Dim.Render(seen), inner))
		if i == v.marked {
			v.scroll.Follow(i, i, h)
		}
	}
	body := v.scroll.Window(t, lines, inner, h)
	return kit.Page(head, append(body, v.foot(inner)))
}

func (v *labScreen) about() string {
	if v.lab.practice() {
		return texts.T("Each breaks one gate on purpose, or shows where roles are read from.")
	}
	st := v.lab.state()
	if st.Params.Realm == "" {
		return texts.T("The lab creates one scratch realm and removes it: it touches nothing else.")
	}
	return texts.T("Its own realm %s is removed when you leave.", words.Line(st.Params.Realm))
}

// foot is the last line: how far running all has come, what runs, or what enter does.
func (v *labScreen) foot(w int) string {
	t := v.lab.env.Theme
	switch {
	case v.lab.env.Work.Busy() && len(v.left) > 0:
		width := min(40, w/3)
		return kit.ProgressBar(t, v.all-len(v.left), v.all, width-2) + "  " + v.lab.env.Progress(v.lab.address(), w-width)
	case v.lab.env.Work.Busy():
		return v.lab.env.Progress(v.lab.address(), w)
	}
	return words.Fit(t.Accent.Render(t.Glyphs.Point)+" "+t.Button.Render("[ "+texts.T("Open")+" ]")+t.Dim.Render(texts.T("  press enter")), w)
}

// head is the first line in the lab, and the rule below it.
func (l *laboratory) head(w int, what string) []string {
	t := l.env.Theme
	line := " " + t.Title.Render(texts.T("Lab")) + "  " + what
	if len(l.worlds) > 1 {
		line += "  " + t.Accent.Render("< "+texts.T("as Keycloak %s", l.world().name)+" >")
	}
	return []string{words.Fit(line, w), t.Dim.Render(strings.Repeat(t.Glyphs.Rule, w))}
}

// Click marks the experiment that was clicked; on the marked one it opens it.
func (v *labScreen) Click(_, y int) (tea.Cmd, shell.Nav) {
	const head = 3
	at := y - head + v.scroll.Offset
	switch {
	case y < head || at >= len(flows.Experiments()):
		return nil, shell.None()
	case at == v.marked:
		return nil, shell.GoTo(v.lab.experiment(flows.Experiments()[at]))
	}
	v.marked = at
	return nil, shell.None()
}
