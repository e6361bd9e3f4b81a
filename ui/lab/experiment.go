package lab

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/lab"
	"fix403/flows/texts"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
	"fix403/ui/inspect"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// experimentScreen is one experiment: the question, the run, and what was observed beside what was expected, on each
// version that it was run on.
type experimentScreen struct {
	lab  *visit
	e    *lab.Experiment
	pane inspect.Pane
	body kit.Pager
	text kit.Pager // scroll position of token and by hand
	wire inspect.Wire
}

func newExperimentScreen(l *visit, e *lab.Experiment) *experimentScreen {
	return &experimentScreen{lab: l, e: e, wire: inspect.NewWire()}
}

func (v *experimentScreen) attempt() *attempt { return v.lab.attempt(v.e) }
func (v *experimentScreen) working() bool     { return v.lab.env.Work.Busy() }

// Typing implements [shell.Screen].
func (v *experimentScreen) Typing() bool { return v.pane == inspect.PaneWire && v.wire.Typing() }

// Leave implements [shell.Screen].
func (v *experimentScreen) Leave() { v.pane = inspect.PaneNone }

// Where implements [shell.Located].
func (v *experimentScreen) Where() string { return v.lab.where() }
func (v *experimentScreen) number() int   { return slices.Index(lab.Experiments(), v.e) }

// asking reports whether the question is to be answered, before the experiment runs.
func (v *experimentScreen) asking() bool {
	t := v.attempt()
	return !t.Ran && !t.asked && t.err == nil
}

// Enter implements [shell.Screen].
func (v *experimentScreen) Enter() tea.Cmd {
	v.lab.list.mark(v.e)
	return nil
}

// Update implements [shell.Screen].
func (v *experimentScreen) Update(msg tea.Msg) (tea.Cmd, shell.Nav) {
	switch msg := msg.(type) {
	case shell.Done:
		if answer, ok := msg.Answer.(ranExperiment); ok {
			v.lab.handleResult(msg, answer)
			v.shown()
			if words.Canceled(msg.Err) {
				return nil, shell.Notify(v.lab.env.T("Cancelled. Enter runs it again."))
			}
		}
	case tea.MouseMsg:
		if key := kit.WheelKey(msg); key != "" {
			v.scroll(key)
		}
	case tea.KeyMsg:
		if v.Typing() {
			v.wire.Find.Update(msg)
			return nil, shell.None()
		}
		if key := msg.String(); v.pane == inspect.PaneNone && v.asking() {
			if t, q := v.attempt(), v.question(); q.Choose(key) {
				t.Guess, t.marked, t.asked = q.Guess, q.Marked, true
			}
		}
	}
	return nil, shell.None()
}

// shown brings what is new into view, on the wire the decisive exchange.
func (v *experimentScreen) shown() {
	v.body.Top()
	v.wire = inspect.NewWire()
	t := v.attempt()
	if x := t.Outcome.Exchange; x != nil {
		v.wire.Selected = slices.IndexFunc(t.exchanges, func(e wire.Exchange) bool { return e.ID == x.ID })
	}
}

// Keys implements [shell.Screen].
func (v *experimentScreen) Keys() []shell.Binding {
	if v.pane != inspect.PaneNone {
		return v.paneKeys()
	}
	label, help := v.enterLabel()
	keys := []shell.Binding{{Keys: []string{"enter"}, Label: label, Help: help, Do: v.enter}}
	t := v.attempt()
	if v.asking() {
		keys = append(keys, shell.Binding{Keys: []string{"1", "2", "3"}, Help: "predict the choice with this number"})
	}
	if !t.Ran {
		keys = append(keys, shell.Binding{Keys: []string{"tab", "shift+tab"}, Label: "move", Help: "between the question and the run", Do: func() (tea.Cmd, shell.Nav) {
			t.asked = !t.asked
			return nil, shell.None()
		}})
	} else {
		keys = append(keys, shell.Binding{Keys: []string{"r"}, Label: "again", Help: "run it once more", Do: v.run})
	}
	keys = append(keys, shell.Binding{Keys: []string{"esc"}, Label: "list", Help: "back to the list of experiments", Do: func() (tea.Cmd, shell.Nav) { return nil, shell.GoTo(v.lab.list) }})
	keys = append(keys, v.lab.versionKeys()...)
	for i := range keys {
		if slices.Contains(keys[i].Keys, "right") || slices.Contains(keys[i].Keys, "left") {
			change := keys[i].Do
			keys[i].Do = func() (tea.Cmd, shell.Nav) { cmd, nav := change(); v.shown(); return cmd, nav }
		}
	}
	keys = append(keys, v.viewKeys()...)
	keys = append(keys,
		shell.Binding{Keys: []string{"n"}, Label: "next", Help: "the next experiment", Do: v.next(1)},
		shell.Binding{Keys: []string{"p"}, Help: "the previous experiment", Do: v.next(-1)},
		shell.Binding{Keys: []string{"s"}, Help: "what you predicted, what it was, and what to remember", Disabled: v.lab.all.nothingRan, Do: func() (tea.Cmd, shell.Nav) {
			return nil, v.lab.summary(shell.GoTo(v))
		}},
		shell.Binding{Keys: []string{"down"}, Help: "mark a choice, or scroll", Do: v.upDown("down", 1)},
		shell.Binding{Keys: []string{"up"}, Help: "the same", Do: v.upDown("up", -1)})
	return append(keys, shell.PageKeys("", v.scrolls)...)
}

func (v *experimentScreen) viewKeys() []shell.Binding {
	return []shell.Binding{
		{Keys: []string{"w", "f3"}, Label: "wire", Help: "each exchange of this experiment with status, headers and body", Do: v.open(inspect.PaneWire)},
		{Keys: []string{"t", "f4"}, Help: "the token of the decisive call, decoded", Do: v.open(inspect.PaneToken)},
		{Keys: []string{"b", "f5"}, Label: "by hand", Help: "the same by hand, with curl", Do: v.open(inspect.PaneManual)},
	}
}

// Source is what the wire pane needs.
func (v *experimentScreen) wireEnv() inspect.Source {
	return inspect.Source{
		Env:  v.lab.env,
		Here: func() []wire.Exchange { return v.lab.exchanges(v.attempt()) },
		Run: func() []wire.Exchange {
			if lab := v.lab.labs[v.lab.target().name]; lab != nil {
				return lab.Exchanges()
			}
			return nil
		},
	}
}

func (v *experimentScreen) paneKeys() []shell.Binding {
	if v.pane == inspect.PaneWire {
		return v.wire.Keys(v.wireEnv(), v.open(inspect.PaneNone), v.viewKeys()[1:]...)
	}
	keys := []shell.Binding{
		{Keys: []string{"esc", "enter"}, Label: "close", Help: "back to the experiment", Do: v.open(inspect.PaneNone)},
		{Keys: []string{"down"}, Label: "down", Help: "the next exchange, or scroll", Do: v.scrolls("down")},
		{Keys: []string{"up"}, Label: "up", Help: "the previous one, or scroll", Do: v.scrolls("up")},
	}
	if v.pane == inspect.PaneManual {
		keys = append(keys, shell.Binding{Keys: []string{"y"}, Label: "copy", Help: "copy the commands", Do: func() (tea.Cmd, shell.Nav) {
			return nil, v.lab.env.Copy(v.lab.env.T("The commands were"), v.e.Manual)
		}})
	}
	return slices.Concat(keys, shell.PageKeys("page", v.scrolls), v.viewKeys())
}

func (v *experimentScreen) enterLabel() (label, help texts.Text) {
	switch t := v.attempt(); {
	case t.Ran && v.last():
		return "list", "back to the list of experiments"
	case t.Ran:
		return "next", "the next experiment"
	case v.asking() && t.marked >= 0:
		return "predict", "take the marked choice as your prediction"
	case v.asking():
		return "skip", "continue without a prediction"
	}
	return "run", "run the experiment"
}

func (v *experimentScreen) enter() (tea.Cmd, shell.Nav) {
	t := v.attempt()
	switch {
	case t.Ran:
		return v.next(1)()
	case v.asking():
		t.Guess, t.asked = t.marked, true
		return nil, shell.None()
	}
	return v.run()
}

func (v *experimentScreen) run() (tea.Cmd, shell.Nav) {
	v.wire = inspect.NewWire()
	return v.lab.run(v.e)
}

func (v *experimentScreen) last() bool { return v.number() == len(lab.Experiments())-1 }

func (v *experimentScreen) next(n int) func() (tea.Cmd, shell.Nav) {
	return func() (tea.Cmd, shell.Nav) {
		if i := v.number() + n; i >= 0 && i < len(lab.Experiments()) {
			return nil, shell.GoTo(v.lab.experiment(lab.Experiments()[i]))
		}
		return nil, shell.GoTo(v.lab.list)
	}
}

func (v *experimentScreen) upDown(key string, n int) func() (tea.Cmd, shell.Nav) {
	return func() (tea.Cmd, shell.Nav) {
		if q := v.question(); v.asking() {
			q.Mark(n)
			v.attempt().marked = q.Marked
		} else {
			v.scroll(key)
		}
		return nil, shell.None()
	}
}

func (v *experimentScreen) scrolls(key string) func() (tea.Cmd, shell.Nav) {
	return func() (tea.Cmd, shell.Nav) { v.scroll(key); return nil, shell.None() }
}

func (v *experimentScreen) scroll(key string) {
	switch v.pane {
	case inspect.PaneWire:
		v.wire.Key(key, len(v.wire.List(v.wireEnv())))
	case inspect.PaneNone:
		v.body.Key(key)
	case inspect.PaneToken, inspect.PaneManual, inspect.PaneTry, inspect.PaneGoto, inspect.PaneMore:
		v.text.Key(key)
	}
}

func (v *experimentScreen) open(p inspect.Pane) func() (tea.Cmd, shell.Nav) {
	return func() (tea.Cmd, shell.Nav) {
		if v.pane == p {
			p = inspect.PaneNone
		}
		v.pane = p
		v.text.Top()
		return nil, shell.None()
	}
}

// Layout implements [shell.Screen].
func (v *experimentScreen) Layout(w, h int) *shell.Frame {
	s, t := v.lab.env, v.lab.env.Theme
	head := v.lab.head(w, v.lab.env.T("%d of %d  %s", v.number()+1, len(lab.Experiments()), v.e.Title))
	h -= len(head)
	inner := w - 2
	tr := v.attempt()
	switch v.pane {
	case inspect.PaneWire:
		return shell.Page(head, v.wire.Layout(t, v.wire.List(v.wireEnv()), &s.Reveal, inner, h))
	case inspect.PaneToken:
		return shell.Page(head, shell.Lines(v.text.Window(t, inspect.TokenLines(t, v.token(), inspect.Earlier{}, s.Now(), inner), inner, h)))
	case inspect.PaneManual:
		return shell.Page(head, shell.Lines(v.text.Window(t, kit.ManualLines(t, v.lab.env.T(v.e.Title), v.lab.env.T("With curl, in a shell, with the variables and the function bearer of the story's script. Press y to copy."), v.e.Manual, inner), inner, h)))
	case inspect.PaneNone, inspect.PaneTry, inspect.PaneGoto, inspect.PaneMore:
	}
	h-- // of the button
	picture := v.picture(inner, h)
	width := inner
	if w >= kit.ThreeColumns {
		width = min(widestText, inner*55/100)
	}
	lines := append(picture, v.lines(tr, width)...)
	if w >= kit.ThreeColumns {
		lines = v.lines(tr, width)
	}
	body := append([]string{}, picture...)
	if w < kit.ThreeColumns {
		body = v.body.Window(t, lines, inner, h)
	} else {
		left := h - len(picture)
		wire := v.wire.Layout(t, v.lab.exchanges(tr), nil, inner-width-3, left).Lines
		for len(wire) < left {
			wire = append(wire, "")
		}
		body = append(body, kit.Beside(t, v.body.Window(t, lines, width, left), width, wire)...)
	}
	if v.working() {
		return shell.Page(head, shell.Lines(body).WithLine(s.Progress(v.lab.address(), inner)))
	}
	return shell.Page(head, shell.Lines(body).WithButton(t, v.button(), inner))
}

// widestText is the width of text beside the wire, that of a book's column.
const widestText = 76

// Counting reports whether a token's time is seen running down.
func (v *experimentScreen) Counting() bool {
	return v.pane == inspect.PaneToken && inspect.TokenCounts(v.token(), v.lab.env.Now())
}

// token is the one that the decisive call carried, or that it brought.
func (v *experimentScreen) token() *token.Token {
	x := v.attempt().Outcome.Exchange
	switch {
	case x == nil:
		return nil
	case x.Bearer != nil:
		return x.Bearer
	}
	return x.Issued
}

// picture is the row of gates: of the decisive call on each version that the experiment was run on, this one first; before it ran,
// of a call that was not made. Where there is room its status is five lines high.
func (v *experimentScreen) picture(w, h int) []string {
	const small, large = 10, 30
	t, tr := v.lab.env.Theme, v.attempt()
	passages := []inspect.Passage{{Waiting: true}}
	if tr.Ran && !v.working() {
		if tr.Outcome.Exchange == nil {
			return nil
		}
		passages = []inspect.Passage{{Stop: tr.Outcome.Refusal}}
		for _, other := range v.lab.all.seen(v.e) {
			if other != tr && other.Outcome.Exchange != nil && len(passages) < max(1, h-14) {
				passages[0].Label = tr.Server
				passages = append(passages, inspect.Passage{Label: other.Server, Stop: other.Outcome.Refusal})
			}
		}
	}
	var rows []string
	switch {
	case h <= small && !tr.Ran:
		return nil
	case h >= large && len(passages) == 1:
		rows = inspect.GatePicture(t, passages, w)
	default:
		rows = inspect.GateRows(t, passages, w)
	}
	return append(rows, "")
}

// lines are the question, the progress, or what was observed and what it means.
func (v *experimentScreen) lines(tr *attempt, w int) []string {
	s, t := v.lab.env, v.lab.env.Theme
	switch {
	case v.working():
		return s.ProgressLines(v.lab.exchanges(tr), v.lab.address(), w)
	case tr.err != nil:
		return append(inspect.FailureLines(t, tr.err, v.lab.mask, nil, tr.exchanges, w), v.targets(w)...)
	case tr.Ran:
		return v.outcome(tr, w)
	}
	return append(append(v.question().Lines(t, v.asking(), w), ""), v.targets(w)...)
}

// question is that of the experiment, with the prediction so far.
func (v *experimentScreen) question() *kit.Question {
	tr := v.attempt()
	q := &kit.Question{Ask: v.lab.env.T(v.e.Ask), Guess: tr.Guess, Marked: tr.marked}
	for _, c := range v.e.Choices {
		q.Choices = append(q.Choices, v.lab.env.T(c.Text))
	}
	return q
}

// outcome is the observed answer against the prediction and against the measured one, and what it means.
func (v *experimentScreen) outcome(tr *attempt, w int) []string {
	t := v.lab.env.Theme
	sign, style := kit.StatusLook(t, words.ObservedStatus(tr.Outcome))
	if words.ObservedStatus(tr.Outcome) == 0 {
		sign, style = t.Glyphs.Bullet, t.Heading
	}
	out := t.Item(sign, style.Bold(), v.lab.env.T("Observed: %s", words.Line(tr.Outcome.Observed)), w)
	verdict := t.TrialVerdict(tr.Trial)
	switch tr.Outcome.Result {
	case lab.AsExpected:
		out[0] += t.Dim.Render("  " + verdict)
	case lab.Different:
		out = append(out, t.Item(t.Glyphs.Failed, t.Bad, verdict, w)...)
	default:
		out = append(out, t.Item(t.Glyphs.Unknown, t.Warn, verdict, w)...)
	}
	if text := t.Compared(tr.Trial); text != "" {
		sign, style := guessSign(t, tr)
		out = append(out, t.Item(sign, style, text, w)...)
	}
	if tr.Outcome.Exchange == nil {
		out = append(out, v.targets(w)...)
	}
	out = append(out, "")
	out = append(out, t.Lines(t.Plain, v.lab.env.T(tr.Outcome.Explanation), w)...)
	if ranges := t.Ranges(v.e); ranges != "" {
		out = append(out, t.Lines(t.Dim, ranges, w)...)
	}
	out = append(out, t.Item(t.Glyphs.Arrow, t.Accent, v.lab.env.T(v.e.Remember), w)...)
	if x := tr.Outcome.Exchange; x != nil {
		out = append(out, "", words.Fit(words.Line(x.Method)+" "+words.BriefPath(x.URL), w))
		if x.ResponseBody != "" {
			out = append(out, words.Fold(words.Fit(v.lab.env.T("Answer: %s", words.Line(x.ResponseBody)), 2*w), w)...)
		}
	}
	return out
}

// targets is what was observed on each version, once there are several.
func (v *experimentScreen) targets(w int) []string {
	t := v.lab.env.Theme
	text := words.SideBySide(trials(v.lab.all.seen(v.e)))
	if text == "" {
		if seen := v.lab.all.seen(v.e); len(seen) == 1 && seen[0] != v.attempt() {
			text = seen[0].Server + ": " + words.Line(seen[0].Outcome.Observed)
		}
	}
	if text == "" {
		return nil
	}
	return t.Item(t.Glyphs.Arrow, t.Warn, text, w)
}

func (v *experimentScreen) button() *kit.Button {
	tr, label := v.attempt(), v.lab.env.T("Run it")
	switch {
	case tr.Ran && v.last():
		label = v.lab.env.T("To the list")
	case tr.Ran:
		label = v.lab.env.T("Next: %s", lab.Experiments()[v.number()+1].Title)
	case tr.err != nil:
		label = v.lab.env.T("%s again", label)
	case v.asking():
		return &kit.Button{Label: label, Hint: v.lab.env.T("  1, 2 or 3 predict, enter skips"), Unfocused: true}
	}
	return &kit.Button{Label: label, Hint: v.lab.env.T("  press enter")}
}
