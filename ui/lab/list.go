package lab

import (
	"slices"
	"strings"
	"unicode"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/lab"
	"fix403/flows/near"
	"fix403/flows/versions"
	"fix403/keycloak/sift"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// listScreen is the list of experiments.
type listScreen struct {
	lab     *visit
	list    kit.List
	field   textinput.Model // what is searched for
	typing  bool
	left    []*lab.Experiment // still to be run, while all are
	all     int               // how many that were at the beginning
	leaving bool              // the realms are being removed
}

// Enter implements [shell.Screen].
func (v *listScreen) Enter() tea.Cmd { return nil }

// Leave implements [shell.Screen].
func (v *listScreen) Leave() { v.left, v.typing = nil, false }

// Typing implements [shell.Screen].
func (v *listScreen) Typing() bool { return v.typing }

// experiments are those that are found, the best first; all where nothing is searched for.
func (v *listScreen) experiments() []*lab.Experiment {
	all := lab.Experiments()
	var found []*lab.Experiment
	for _, i := range near.Rank(words.Line(v.field.Value()), len(all), func(i int) near.Text {
		e, say := all[i], v.lab.env.T
		return near.Text{
			Names: append(strings.FieldsFunc(strings.ToLower(say(e.Title)), notLetter), e.ID),
			About: strings.ToLower(strings.Join([]string{e.ID, string(e.Gate), say(e.Ask), say(e.Remember)}, "\n")),
		}
	}) {
		found = append(found, all[i])
	}
	return found
}

func notLetter(r rune) bool { return r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// mark marks an experiment; where it is not among those that are found, all are shown.
func (v *listScreen) mark(e *lab.Experiment) {
	if !slices.Contains(v.experiments(), e) {
		v.field.SetValue("")
	}
	v.list.At = max(0, slices.Index(v.experiments(), e))
}

// search takes a key of what is searched for.
func (v *listScreen) search(key tea.KeyMsg) {
	before := v.field.Value()
	if v.field, _ = v.field.Update(key); v.field.Value() != before {
		v.list.At = 0
		v.list.Top()
	}
}

// esc ends the search, and then the visit.
func (v *listScreen) esc() (tea.Cmd, shell.Nav) {
	if v.typing || v.field.Value() != "" {
		marked := v.marked()
		v.typing = false
		v.field.SetValue("")
		if marked != nil {
			v.mark(marked)
		}
		return nil, shell.None()
	}
	return v.lab.leave()
}

// marked is the marked experiment; nil where none is found.
func (v *listScreen) marked() *lab.Experiment {
	if found := v.experiments(); v.list.At < len(found) {
		return found[v.list.At]
	}
	return nil
}

func (v *listScreen) noneFound() string {
	if v.marked() == nil {
		return v.lab.env.T("No experiment is found.")
	}
	return ""
}

// Where implements [shell.Located].
func (v *listScreen) Where() string { return v.lab.where() }

// Update implements [shell.Screen].
func (v *listScreen) Update(msg tea.Msg) (tea.Cmd, shell.Nav) {
	done, ok := msg.(shell.Done)
	switch msg := msg.(type) {
	case tea.KeyMsg:
		if v.typing {
			v.search(msg)
		}
	case tea.MouseMsg:
		v.list.Wheel(msg, len(v.experiments()))
	}
	if !ok {
		return nil, shell.None()
	}
	switch answer := done.Answer.(type) {
	case labsClosed:
		if done.Err != nil {
			message, hint := v.lab.env.Failure(done.Err)
			return nil, v.lab.left().WithError(v.lab.env.T("The realm of the lab could not be removed: %s", message+" "+hint))
		}
		return nil, v.lab.left().WithNotice(v.lab.env.T("The realm of the lab has been removed. Nothing is left on the server."))
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
	v.mark(v.left[0])
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
		return func() (tea.Cmd, shell.Nav) { v.list.Move(n, len(v.experiments())); return nil, shell.None() }
	}
	sideways := func(n int) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) { v.list.Sideways(n); return nil, shell.None() }
	}
	open := shell.Binding{Keys: []string{"enter"}, Label: "open", Help: "open the marked experiment", Disabled: v.noneFound, Do: v.open}
	scroll := []shell.Binding{
		{Keys: []string{"pgdown"}, Help: "a page down", Do: move(10)},
		{Keys: []string{"pgup"}, Help: "a page up", Do: move(-10)},
		{Keys: []string{"shift+right"}, Help: "scroll the list to the right", Do: sideways(1)},
		{Keys: []string{"shift+left"}, Help: "scroll it back", Do: sideways(-1)},
	}
	if v.typing {
		return append([]shell.Binding{
			open,
			{Keys: []string{"down"}, Label: "next", Help: "mark the next one", Do: move(1)},
			{Keys: []string{"up"}, Help: "mark the previous one", Do: move(-1)},
			{Keys: []string{"tab", "shift+tab"}, Label: "list", Help: "leave the field: then keys run experiments and switch the version", Do: func() (tea.Cmd, shell.Nav) { v.typing = false; return nil, shell.None() }},
			{Keys: []string{"esc"}, Label: "all", Help: "show all experiments again", Do: v.esc},
		}, scroll...)
	}
	keys := []shell.Binding{
		open,
		{Keys: []string{"down", "tab"}, Label: "choose", Help: "mark the next one", Do: move(1)},
		{Keys: []string{"up", "shift+tab"}, Help: "mark the previous one", Do: move(-1)},
		{Keys: []string{"a"}, Label: "run all left", Help: "run all remaining experiments on this version, without predictions", Disabled: v.noneLeft, Do: v.runAll},
		{Keys: []string{"/"}, Label: "search", Help: "search: words of the title, the question, the gate or the name", Do: func() (tea.Cmd, shell.Nav) { v.typing = true; v.field.Focus(); return nil, shell.None() }},
	}
	leave := shell.Binding{Keys: []string{"esc", "q"}, Label: "leave", Help: "leave the lab: its realm is removed", Do: v.esc}
	if v.field.Value() != "" {
		leave = shell.Binding{Keys: []string{"esc"}, Label: "all", Help: "show all experiments again", Do: v.esc}
	}
	keys = append(keys, v.lab.versionKeys()...)
	keys = append(keys, shell.Binding{Keys: []string{"s"}, Label: "summary", Help: "what you predicted, what it was, and what to remember", Disabled: v.lab.all.nothingRan, Do: func() (tea.Cmd, shell.Nav) {
		return nil, v.lab.summary(shell.GoTo(v))
	}})
	return append(append(keys, scroll...), leave)
}

// guessSign is whether the prediction of a trial was right, as a sign.
func guessSign(t *kit.Theme, tr *attempt) (string, kit.Style) {
	if _, right := t.Judged(tr.Trial); right {
		return t.Glyphs.Done, t.Good
	}
	return t.Glyphs.Failed, t.Warn
}

// state is what became of a trial, in a sign and a word: the prediction first.
func (v *listScreen) state(tr *attempt) (string, kit.Style) {
	t, say := v.lab.env.Theme, v.lab.env.T
	predicted, right := t.Judged(tr.Trial)
	sign, style := guessSign(t, tr)
	switch {
	case tr.err != nil:
		return "! " + say("failed"), t.Warn
	case !tr.Ran:
		return t.Glyphs.Locked, t.Dim
	case tr.Outcome.Result == lab.Different:
		return t.Glyphs.Failed + " " + say("differs"), t.Bad
	case !predicted:
		return t.Glyphs.Open + " " + say("seen"), t.Plain
	case right:
		return sign + " " + say("right"), style
	}
	return sign + " " + say("wrong"), style
}

// Layout implements [shell.Screen].
func (v *listScreen) Layout(w, h int) *shell.Frame {
	t, say := v.lab.env.Theme, v.lab.env.T
	all := trials(v.here())
	what := say("%d experiments", len(all))
	if ran := len(all) - len(sift.Out(all, func(t words.Trial) bool { return t.Ran })); ran > 0 {
		what = say("%d of %d run", ran, len(all))
	}
	if score := v.lab.env.Score(all); score != "" {
		what += ", " + score
	}
	head := v.lab.head(w, what)
	inner := w - 2
	about := t.Dim.Render(words.Fit(v.about(), inner))
	if v.typing || v.field.Value() != "" {
		sign := " "
		if v.typing {
			sign = t.Glyphs.Point
		}
		about = t.Accent.Render(sign) + " " + kit.DrawInput(t, &v.field, inner-5)
	}
	head = append(head, " "+about)
	h -= len(head) + 1
	found := v.experiments()
	v.list.Move(0, len(found))
	var lines []string
	for i, e := range found {
		lines = append(lines, v.row(v.lab.attempt(e), i == v.list.At, inner))
	}
	if len(found) == 0 {
		lines = t.Item("!", t.Warn, say("No experiment has all these words."), inner)
		return shell.Page(head, v.withFoot(shell.Lines((&kit.Pager{}).Window(t, lines, inner, h)), inner))
	}
	const point = 2
	v.list.Across(lines, point, inner)
	body := shell.List(t, &v.list, lines, inner, h, v.open)
	return shell.Page(head, v.withFoot(body, inner))
}

// row is an experiment: whether it was predicted, its title, and what was observed, on each version that it was run on; of a status
// with a reason the status alone where the whole has no room.
func (v *listScreen) row(tr *attempt, here bool, w int) string {
	t, e := v.lab.env.Theme, tr.Experiment
	const signs, gates = 10, 9
	seen, titles := v.lab.all.seen(e), 40
	if len(seen) == 0 || w > kit.ThreeColumns { // with room for every title
		titles = min(48, max(titles, w-signs-2))
	}
	point, name := " ", t.Plain
	if here {
		point, name = t.Accent.Render(t.Glyphs.Point), t.Heading
	}
	state, style := v.state(tr)
	row := point + " " + style.Render(words.Pad(state, signs)) + name.Render(words.Pad(v.lab.env.T(e.Title), titles))
	gate := ""
	if len(seen) > 0 {
		gate = string(e.Gate) // before it is run, it would say half of the answer
	}
	if w > kit.ThreeColumns {
		row += t.Dim.Render(words.Pad(gate, gates))
	}
	for i, tr := range seen {
		text := words.Line(tr.Outcome.Observed)
		if i > 0 {
			row += t.Dim.Render(" | ")
		}
		if len(seen) > 1 || tr.Server != v.lab.attempt(e).Server {
			row += t.Dim.Render(words.Line(tr.Server) + ": ")
		} else if status, _, reason := strings.Cut(text, " "); reason && !v.list.Aside() && signs+titles+2+len(text) > w {
			text = status
		}
		row += t.Answer(words.ObservedStatus(tr.Outcome)).Render(text)
		if tr.Outcome.Result == lab.NotMeasured {
			row += t.Dim.Render("  " + t.TrialState(tr.Trial))
		}
	}
	return row
}

func (v *listScreen) about() string {
	if v.lab.practice() {
		return v.lab.env.T("Each breaks one gate on purpose, or shows where roles are read from.")
	}
	st := v.lab.state()
	if st.Params.Realm == "" {
		return v.lab.env.T("The lab creates one scratch realm and removes it: nothing else is changed.")
	}
	return v.lab.env.T("Its own realm %s is removed when you leave.", words.Line(st.Params.Realm))
}

// withFoot adds the last line: how far running all has come, what runs, or what enter does.
func (v *listScreen) withFoot(body *shell.Frame, w int) *shell.Frame {
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
	if e := v.marked(); e != nil {
		return nil, shell.GoTo(v.lab.experiment(e))
	}
	return nil, shell.None()
}
