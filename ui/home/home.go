// Package home is the first screen: where to tell the story, and what else there is.
package home

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"fix403/flows/gate"
	"fix403/flows/journal"
	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/flows/versions"
	"fix403/ui/inspect"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// The entries of the home screen.
const (
	entryPractice = iota
	entryMine
	entryLab
	entryDiagnose
	entryWatch
	entryRoles
	entries
)

// Runs are the stories that this program tells.
type Runs interface {
	// Knows reports whether one of them is the run of an id.
	Knows(run string) bool
	// Begun returns the one that is under way on a server of the user's own, or on the practice server as a version; nil for none.
	Begun(practice bool, as string) *story.Story
	// Stories are all.
	Stories() []*story.Story
}

// Screen is the choice of a server for the story, of the lab, a diagnosis, or the table of roles.
type Screen struct {
	env       *shell.Env
	runs      Runs
	resumable *journal.Unfinished // a run to go on with
	focus     int
	versions  []string // that the practice server answers as, the default first
	as        int      // of the story
	labAs     int      // of the lab; len(versions) is a real server
	scroll    kit.Pager
}

// New makes the screen.
func New(env *shell.Env, runs Runs) *Screen {
	h := &Screen{env: env, runs: runs, versions: versions.All()}
	for i, v := range h.versions {
		if v == env.Defaults.As {
			h.as, h.labAs = i, i
		}
	}
	if env.Defaults.URL != "" && !env.Defaults.Practice {
		h.focus, h.labAs = entryMine, len(h.versions)
	}
	return h
}

// Enter implements [shell.Screen].
func (h *Screen) Enter() tea.Cmd {
	h.resumable = Unfinished(h.env.Defaults, h.runs.Knows)
	return nil
}

// Leave implements [shell.Screen].
func (h *Screen) Leave() {}

// Typing implements [shell.Screen].
func (h *Screen) Typing() bool { return false }

// Update implements [shell.Screen].
func (h *Screen) Update(msg tea.Msg) (tea.Cmd, shell.Nav) {
	if wheel, ok := msg.(tea.MouseMsg); ok {
		h.scroll.Key(kit.WheelKey(wheel))
	}
	return nil, shell.None()
}

// begun is the story that the marked entry goes on with; nil where it begins one, or something else.
func (h *Screen) begun(entry int) *story.Story {
	switch entry {
	case entryPractice:
		return h.runs.Begun(true, h.versions[h.as])
	case entryMine:
		return h.runs.Begun(false, "")
	}
	return nil
}

// Keys implements [shell.Screen].
func (h *Screen) Keys() []shell.Binding {
	move := func(n int) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) { h.focus = (h.focus + n + entries) % entries; return nil, shell.None() }
	}
	version := func(n int) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) {
			if h.focus == entryLab {
				all := len(h.versions) + 1
				h.labAs = (h.labAs + n + all) % all
			} else {
				h.as = (h.as + n + len(h.versions)) % len(h.versions)
			}
			return nil, shell.None()
		}
	}
	onlyPractice := func() string {
		if h.focus == entryMine {
			return h.env.T("The version can be chosen for the practice server only.")
		}
		if h.focus == entryWatch {
			return h.env.T("The version is that of your server.")
		}
		if h.focus == entryRoles || h.focus == entryDiagnose {
			return h.env.T("The version is chosen on that screen.")
		}
		return ""
	}
	label := texts.Text("start")
	if h.begun(h.focus) != nil {
		label = "continue"
	}
	return []shell.Binding{
		{Keys: []string{"enter"}, Label: label, Help: "start or continue the story on the marked server, or open the marked entry", Do: h.start},
		h.resumeKey(),
		h.removeKey(),
		{Keys: []string{"down", "tab", "j"}, Help: "mark the next line", Do: move(1)},
		{Keys: []string{"up", "shift+tab", "k"}, Help: "mark the previous line", Do: move(-1)},
		{Keys: []string{"right", "+"}, Label: "version", Help: "the next version for the practice server; for the lab, also your own server", Disabled: onlyPractice, Do: version(1)},
		{Keys: []string{"left", "-"}, Help: "the previous version", Disabled: onlyPractice, Do: version(-1)},
		{Keys: []string{"d"}, Label: "demo", Help: "the story plays by itself, with captions, on the practice server", Do: h.demo},
		{Keys: []string{"q", "esc"}, Label: "quit", Help: "quit; with a story in progress on the practice server, you are asked to confirm", Do: h.quit},
	}
}

// quit asks where a story would be lost: what is on the practice server goes with the program.
func (h *Screen) quit() (tea.Cmd, shell.Nav) {
	for _, s := range h.runs.Stories() {
		st := s.State()
		next, open := st.Next()
		if !st.Practice || !open || story.Leftovers(st).Empty() {
			continue
		}
		d := kit.Dialog{Ask: h.env.T("Leave fix403? The story is not finished."), Items: []string{h.underWay(s)},
			Then: h.env.T("The practice server is discarded when you quit. Next: %s.", story.StepByID(next).Title)}
		return nil, shell.Ask(&shell.Dialog{Dialog: d, Yes: func() (tea.Cmd, shell.Nav) { return nil, shell.Quit() }})
	}
	return nil, shell.Quit()
}

func (h *Screen) start() (tea.Cmd, shell.Nav) {
	switch h.focus {
	case entryRoles:
		return nil, shell.Open(shell.Route{To: "roles"})
	case entryDiagnose:
		return nil, shell.Open(shell.Route{To: "diagnose"})
	case entryWatch:
		return nil, shell.Open(shell.Route{To: "watch"})
	case entryMine:
		return nil, shell.Open(shell.Route{To: "server"})
	case entryLab:
		if h.labAs < len(h.versions) {
			return nil, shell.Open(shell.Route{To: "lab", As: h.versions[h.labAs]})
		}
		return nil, shell.Open(shell.Route{To: "server", ForLab: true})
	}
	o := h.env.Defaults
	o.Practice, o.As = true, h.versions[h.as]
	return nil, shell.Open(shell.Route{To: "step", Options: &o})
}

// demo plays the story on the practice server, as the version that is chosen for it.
func (h *Screen) demo() (tea.Cmd, shell.Nav) {
	return nil, shell.Open(shell.Route{To: "demo", As: h.versions[h.as]})
}

// underWay says where a story is.
func (h *Screen) underWay(s *story.Story) string {
	next, open := s.Next()
	if !open {
		return h.env.T("finished: enter shows the summary")
	}
	step := story.StepByID(next)
	for i, one := range story.Steps() {
		if one == step {
			return h.env.T("in progress: step %d of %d, %s", i+1, len(story.Steps()), step.Title)
		}
	}
	return ""
}

// choice is a line of the screen.
type choice struct {
	name, about, more string
}

// choices are what can be done here.
func (h *Screen) choices() [entries]choice {
	lab := h.env.T("my Keycloak")
	if h.labAs < len(h.versions) {
		lab = h.env.T("as %s", versions.Name(h.versions[h.labAs]))
	}
	out := [entries]choice{
		entryPractice: {h.env.T("Practice"), h.env.T("a Keycloak inside this program"), h.env.T("as %s", versions.Name(h.versions[h.as]))},
		entryMine:     {h.env.T("My Keycloak"), h.env.T("the same on your server"), ""},
		entryLab:      {h.env.T("Lab"), h.env.T("break every gate, predict, see"), lab},
		entryDiagnose: {h.env.T("Diagnose"), h.env.T("your own failing call"), ""},
		entryRoles:    {h.env.T("Roles"), h.env.T("which role opens which call"), ""},
		entryWatch:    {h.env.T("Watch"), h.env.T("what your program calls, and the roles for it"), ""},
	}
	for _, entry := range []int{entryPractice, entryMine} {
		if s := h.begun(entry); s != nil {
			out[entry].about = h.underWay(s)
		}
	}
	return out
}

// grand and grandHeight are the size from which on the gates are drawn as stations.
const grand, grandHeight = 100, 32

// picture is the request that this program is about, where it ends.
func picture(t *kit.Theme, w int) []string {
	const forbidden = 403
	var request kit.Travel
	var names []string
	for _, g := range gate.All() {
		names = append(names, string(g))
	}
	request.Start(len(names), slices.Index(gate.All(), gate.Role), true, nil)
	lines, middle := kit.Row{Names: names, Travel: &request, Status: forbidden}.Draw(t, w)
	return append(append(lines, ""), append(t.Verdict(forbidden, t.Say(gate.StatusName(forbidden)), middle, w), "")...)
}

// Layout implements [shell.Screen].
func (h *Screen) Layout(w, height int) *shell.Frame {
	t := h.env.Theme
	const indent = 3
	text := min(w-2*indent, kit.BookColumn)
	var above, lines []string
	add := func(more ...string) {
		for _, line := range more {
			above = append(above, "   "+line)
		}
	}
	air := height > entries+14
	if air {
		add("")
	}
	if height > entries+8 {
		add(t.Lines(t.Heading, h.env.T("A good token, a simple call, and Keycloak answers 403 Forbidden."), text)...)
		add(t.Lines(t.Plain, h.env.T("Build it, see it fail, see why, fix it with one role."), text)...)
		add("")
	}
	if w >= grand && height >= grandHeight {
		add(picture(t, w-2*indent)...)
	} else {
		add(inspect.GateRow(t, gate.Refusal{Gate: gate.Role, Status: 403}, text)...)
	}
	if air && (h.resumable == nil || height > entries+18) {
		add(t.Lines(t.Dim, h.env.T("Each request passes these gates. 401 is a stop at identity: who are you? 403 is one at role: you may not."), text)...)
	}
	if notice := h.resumeLines(text); len(notice) > 0 {
		add("")
		add(notice...)
	}
	add("")
	choices := h.choices()
	name := 0
	for _, c := range choices {
		name = max(name, ansi.StringWidth(c.name)+3)
	}
	starts := make([]int, entries)
	for i, c := range choices {
		sign, style := " ", t.Plain
		if h.focus == i {
			sign, style = t.Glyphs.Point, t.Heading
		}
		line := " " + t.Accent.Render(sign) + " " + style.Render(words.Pad(c.name, name)) + t.Dim.Render(c.about)
		if c.more != "" {
			line += strings.Repeat(" ", max(0, 32-ansi.StringWidth(c.about))) + "  " + t.Accent.Render("< "+c.more+" >")
		}
		starts[i] = len(above) + len(lines)
		lines = append(lines, words.Fit(line, w))
	}
	all := append(above, lines...)
	at := starts[h.focus]
	label := h.env.T("Start")
	if h.begun(h.focus) != nil {
		label = h.env.T("Continue")
	}
	foot := 1
	if len(all)+2 < height {
		foot = 2
	}
	h.scroll.Follow(at, at, height-foot)
	window := min(len(all), height-foot)
	out := shell.Lines(h.scroll.Window(t, all, w, window))
	out = out.WithRows(&h.scroll, starts, len(all), func(i int) (tea.Cmd, shell.Nav) { h.focus = i; return nil, shell.None() })
	if foot > 1 {
		out = out.WithLine("")
	}
	below := shell.Lines(nil).WithButton(t, &kit.Button{Label: label, Hint: h.env.T("  press enter")}, w-2)
	return out.Below(shell.Page(nil, below))
}
