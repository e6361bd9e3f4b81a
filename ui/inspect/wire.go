// Package inspect shows what was sent and answered: exchanges, their JSON, tokens, gates, and the same by hand.
package inspect

import (
	"maps"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/gate"
	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/keycloak/wire"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// Wire shows exchanges as they went over the wire: a list, and the selected one in full. A screen that has one gives
// it the exchanges, its keys to its own table, and what is typed while it says so.
type Wire struct {
	Selected int // index; -1 follows the newest
	Detail   kit.Pager
	whole    bool // the whole run, not only the step
	fold     fold
	Find     kit.Finder
	drawn    drawnExchange
}

// fold says how bodies are shown.
type fold int

const (
	foldLong fold = iota // long ones folded
	foldAll
	foldNone
)

// NewWire makes a pane that follows the newest exchange.
func NewWire() Wire { return Wire{Selected: -1, Find: kit.Finder{At: -1}} }

// drawnExchange keeps the lines of the exchange that was drawn last.
type drawnExchange struct {
	id      int
	started time.Time
	status  int
	width   int
	fold    fold
	style   int
	lines   []string
	folds   bool // some of it is folded
}

// Source is what the pane needs of its surroundings.
type Source struct {
	Env *shell.Env
	// here are the exchanges of the step or experiment, run those of the whole run.
	Here, Run func() []wire.Exchange
	// Revealable are the secrets that stand masked in an exchange and that the session still holds; may be nil.
	Revealable func(wire.Exchange) []story.Revealable
}

// List are the exchanges that the pane shows.
func (p *Wire) List(env Source) []wire.Exchange {
	if p.whole {
		return env.Run()
	}
	return env.Here()
}

func (p *Wire) index(n int) int {
	if p.Selected < 0 || p.Selected >= n {
		return n - 1
	}
	return p.Selected
}

// pick moves the selection among n exchanges.
func (p *Wire) pick(move, n int) {
	p.Selected = max(0, min(n-1, p.index(n)+move))
	p.Detail.Top()
	p.Find.At = -1
}

// Key scrolls, or selects among n exchanges, and reports whether something else is shown then.
func (p *Wire) Key(key string, n int) bool {
	before := p.index(n)
	switch key {
	case "up":
		p.pick(-1, n)
	case "down":
		p.pick(1, n)
	default:
		return p.Detail.Key(key)
	}
	return p.index(n) != before
}

// Typing reports whether the search is being typed.
func (p *Wire) Typing() bool { return p.Find.Typing }

// Keys are the pane's, while it covers the screen; done closes it.
func (p *Wire) Keys(env Source, done func() (tea.Cmd, shell.Nav), more ...shell.Binding) []shell.Binding {
	do := func(f func()) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) { f(); return nil, shell.None() }
	}
	if p.Find.Typing {
		return []shell.Binding{
			{Keys: []string{"enter"}, Label: "search", Help: "go to the first match", Do: do(func() { p.Find.Take(); p.search(env, 1) })},
			{Keys: []string{"esc"}, Label: "cancel", Help: "clear the search", Do: do(p.Find.Clear)},
		}
	}
	scrolls := func(key string) func() (tea.Cmd, shell.Nav) {
		return do(func() { p.Key(key, len(p.List(env))) })
	}
	nothing := func() string {
		if len(p.List(env)) == 0 {
			return env.Env.T("Nothing has been sent yet.")
		}
		return ""
	}
	searched := func() string {
		if p.Find.Query == "" {
			return env.Env.T("First press / and type what to search for.")
		}
		return ""
	}
	edge := func(at int, why texts.Text) func() string {
		return func() string {
			if n := len(p.List(env)); n > 0 && p.index(n) == (at+n)%n {
				return env.Env.T(why)
			}
			return nothing()
		}
	}
	scope := texts.Text("all")
	if p.whole {
		scope = "step"
	}
	keys := []shell.Binding{
		{Keys: []string{"esc", "enter", "w", "f3"}, Label: "close", Help: "close the wire", Do: done},
		{Keys: []string{"up"}, Label: "earlier", Help: "the exchange before", Disabled: edge(0, "This is the first exchange."), Do: scrolls("up")},
		{Keys: []string{"down"}, Label: "next", Help: "the next exchange", Disabled: edge(-1, "This is the last exchange."), Do: scrolls("down")},
		{Keys: []string{"pgdown", " "}, Help: "scroll a page", Do: scrolls("pgdown")},
		{Keys: []string{"pgup"}, Help: "scroll a page back", Do: scrolls("pgup")},
		{Keys: []string{"a"}, Label: scope, Help: "the exchanges of the whole run, or only of this step", Do: do(func() { p.setWhole(env, !p.whole) })},
		{Keys: []string{"/"}, Label: "search", Help: "search in headers and bodies", Disabled: nothing, Do: do(func() { p.Find.Open(env.Env.Theme) })},
		{Keys: []string{"y"}, Label: "curl", Help: "copy the request as a curl command, with variables instead of secrets", Disabled: nothing, Do: func() (tea.Cmd, shell.Nav) {
			return nil, env.Env.Copy(env.Env.T("The curl command was"), asCurl(p.current(env)))
		}},
		{Keys: []string{"z"}, Label: "fold", Help: "fold or unfold what is nested in JSON", Disabled: nothing, Do: do(p.refold)},
		{Keys: []string{"r"}, Label: "reveal", Help: "show a masked value for ten seconds, or until the next key", Disabled: func() string { return p.notHeld(env) }, Do: func() (tea.Cmd, shell.Nav) {
			p.Detail.Top()
			return env.Env.Reveal.Show(env.Revealable(p.current(env))), shell.None()
		}},
		{Keys: []string{"n"}, Help: "the next match", Disabled: searched, Do: do(func() { p.search(env, 1) })},
		{Keys: []string{"N"}, Help: "the previous match", Disabled: searched, Do: do(func() { p.search(env, -1) })},
		{Keys: []string{"home"}, Help: "to the top of the exchange", Do: scrolls("home")},
		{Keys: []string{"end"}, Help: "to its end", Do: scrolls("end")},
	}
	return append(keys, more...)
}

// setWhole changes between step and run, and stays at the exchange.
func (p *Wire) setWhole(env Source, whole bool) {
	id := 0
	if list := p.List(env); len(list) > 0 {
		id = p.current(env).ID
	}
	p.whole = whole
	p.Selected = slices.IndexFunc(p.List(env), func(e wire.Exchange) bool { return e.ID == id })
	p.Find.At = -1
}

// current is the selected exchange; there must be one.
func (p *Wire) current(env Source) wire.Exchange {
	list := p.List(env)
	return list[p.index(len(list))]
}

// notHeld says why nothing can be revealed.
func (p *Wire) notHeld(env Source) string {
	switch {
	case len(p.List(env)) == 0:
		return env.Env.T("Nothing has been sent yet.")
	case env.Revealable == nil || len(env.Revealable(p.current(env))) == 0:
		return env.Env.T("Nothing to reveal: neither the record nor the session holds it.")
	}
	return ""
}

func (p *Wire) refold() {
	switch p.fold {
	case foldLong, foldNone:
		p.fold = foldAll
	case foldAll:
		p.fold = foldNone
	}
	if p.fold == foldAll && p.drawn.fold == foldLong && p.drawn.folds {
		p.fold = foldNone // they were folded already
	}
}

// search goes to the next place that holds the query, forwards or backwards, through all exchanges and around.
func (p *Wire) search(env Source, step int) {
	list := p.List(env)
	if len(list) == 0 || p.Find.Query == "" {
		return
	}
	width := max(40, p.drawn.width)
	at := p.index(len(list))
	from := p.Find.At + step
	if p.Find.At < 0 && step > 0 {
		from = 0
	}
	for n := 0; n <= len(list); n++ {
		lines, _ := exchangeLines(env.Env.Theme, list[at], foldNone, width)
		if n > 0 && step < 0 {
			from = len(lines) - 1
		}
		if found := p.Find.Next(lines, from, step); found >= 0 {
			p.Selected, p.Find.At, p.fold = at, found, foldNone
			p.Detail.Top()
			p.Detail.Follow(found, found, max(4, p.Detail.Height))
			return
		}
		at, from = (at+step+len(list))%len(list), 0
	}
	p.Find.At = -1
}

// Layout lays the pane out: the list above, the selected exchange below. A click in the list selects an exchange.
func (p *Wire) Layout(t *kit.Theme, exchanges []wire.Exchange, shown *kit.Reveal, width, height int) *shell.Frame {
	if len(exchanges) == 0 {
		return shell.Lines(t.Lines(t.Dim, t.T("Nothing has been sent in this step yet."), width))
	}
	sel := p.index(len(exchanges))
	room := min(len(exchanges), max(2, height/4))
	first := max(0, min(sel-room/2, len(exchanges)-room))
	out := &shell.Frame{}
	for row := range room {
		i := first + row
		out.Zones = append(out.Zones, shell.Zone{Y: row, H: 1, Do: func() (tea.Cmd, shell.Nav) { p.selectAt(i); return nil, shell.None() }})
		out = out.WithLine(kit.ExchangeRow(t, exchanges[i], i == sel, width))
	}
	out = out.WithLine(t.Dim.Render(strings.Repeat(t.Glyphs.Rule, width)))
	foot := p.Find.Line(t, width)
	rest := max(1, height-len(out.Lines))
	if foot != "" && rest > 1 {
		rest--
	}
	content := shown.Lines(t, width)
	content = append(content[:len(content):len(content)], p.content(t, exchanges[sel], width)...)
	out.Lines = append(out.Lines, p.Detail.Window(t, content, width, rest)...)
	if foot != "" {
		out = out.WithLine(foot)
	}
	return out
}

// content are the lines of an exchange, with what was searched for.
func (p *Wire) content(t *kit.Theme, e wire.Exchange, width int) []string {
	d := &p.drawn
	if d.lines == nil || d.id != e.ID || !d.started.Equal(e.Started) || d.status != e.Status || d.width != width || d.fold != p.fold || d.style != t.Style {
		*d = drawnExchange{id: e.ID, started: e.Started, status: e.Status, width: width, fold: p.fold, style: t.Style}
		d.lines, d.folds = exchangeLines(t, e, p.fold, width)
	}
	if p.Find.Query == "" {
		return d.lines
	}
	out := make([]string, len(d.lines))
	for i, line := range d.lines {
		out[i] = p.Find.Mark(t, line, i == p.Find.At)
	}
	return out
}

func (p *Wire) selectAt(i int) {
	p.Selected = i
	p.Detail.Top()
	p.Find.At = -1
}

// exchangeLines is an exchange in full. What decides comes first, for low windows: what was asked for, the status, the gate, and the
// body of the response; then what else was sent and answered. folds reports whether any of it is folded.
func exchangeLines(t *kit.Theme, e wire.Exchange, how fold, width int) (out []string, folds bool) {
	folded := func(lines int) bool { return how == foldAll || how == foldLong && lines > foldFrom }
	add := func(lines ...string) { out = append(out, lines...) }
	body := func(text string) {
		lines, some := bodyLines(t, text, folded, width)
		add(lines...)
		folds = folds || some
	}
	if !e.Purpose.Empty() {
		add(t.Lines(t.Dim, words.Line(t.Say(e.Purpose)), width)...)
	}
	for i, line := range words.Fold(words.Line(e.Method+" "+e.URL), width) {
		if i == 0 {
			line = t.Heading.Render(line)
		}
		add(line)
	}
	const shows = "Authorization" // what a caller shows of itself
	add(headerLines(t, map[string][]string{shows: e.RequestHeader[shows]}, width)...)
	if e.RequestBody != "" {
		body(e.RequestBody)
		add("")
	}
	if e.Status == 0 {
		add(t.Item(t.Glyphs.Failed, t.Bad, t.T("no response: %s", words.Line(e.Err)), width)...)
		add(GateRow(t, gate.Classify(e), width)...)
	} else {
		add(kit.StatusStyle(t, e).Render(words.Fit(t.Say(gate.StatusName(e.Status))+"  "+words.Took(e.Duration), width)))
		if PassesGates(e) {
			add(GateRow(t, gate.Classify(e), width)...)
		}
		body(e.ResponseBody)
		if e.Truncated {
			add(t.Dim.Render(t.T("(the rest of the body was not recorded)")))
		}
	}
	rest := maps.Clone(e.RequestHeader)
	delete(rest, shows)
	add("", t.Heading.Render(t.T("Request headers")))
	add(headerLines(t, rest, width)...)
	if len(e.ResponseHeader) > 0 {
		add("", t.Heading.Render(t.T("Response headers")))
		add(headerLines(t, e.ResponseHeader, width)...)
	}
	return out, folds
}

func headerLines(t *kit.Theme, header map[string][]string, width int) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			for i, line := range words.Fold(words.Line(name+": "+value), width) {
				if head, rest, found := strings.Cut(line, ":"); found && i == 0 {
					line = t.Dim.Render(head+":") + rest
				}
				out = append(out, line)
			}
		}
	}
	return out
}
