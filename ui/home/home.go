// Package home is the first screen: where to tell the story, and what else there is.
package home

import (
	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/gate"
	"fix403/flows/journal"
	"fix403/flows/story"
	"fix403/flows/versions"
	"fix403/ui/inspect"
	"fix403/ui/kit"
	"fix403/ui/shell"
)

// The entries of the home screen.
const (
	entryPractice = iota
	entryMine
	entryLab
	entryDiagnose
	entryRoles
	entries
)

// Screen is the choice of a server for the story, of the lab, a diagnosis, or the table of roles.
type Screen struct {
	env       *shell.Env
	own       func(run string) bool // whether a run in the journal is one that this program tells
	resumable *journal.Unfinished   // a run to go on with
	focus     int
	versions  []string // that the practice server answers as, the default first
	as        int      // of the story
	labAs     int      // of the lab; len(versions) is a real server
	scroll    kit.Pager
}

// New makes the screen; own reports whether a run in the journal is one that this program tells.
func New(env *shell.Env, own func(run string) bool) *Screen {
	h := &Screen{env: env, own: own, versions: versions.All()}
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
func (h *Screen) Enter() tea.Cmd { h.resumable = Unfinished(h.env.Defaults, h.own); return nil }

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
		if h.focus == entryRoles || h.focus == entryDiagnose {
			return h.env.T("The version is chosen on that screen.")
		}
		return ""
	}
	return []shell.Binding{
		{Keys: []string{"enter"}, Label: "start", Help: "start the story on the marked server, or what else is marked", Do: h.start},
		{Keys: []string{"down", "tab"}, Label: "choose", Help: "mark the next line", Do: move(1)},
		{Keys: []string{"up", "shift+tab"}, Help: "mark the line before", Do: move(-1)},
		{Keys: []string{"right", "+"}, Label: "version", Help: "the practice server answers as the next version; for the lab also a server of yours", Disabled: onlyPractice, Do: version(1)},
		{Keys: []string{"left", "-"}, Help: "the version before", Disabled: onlyPractice, Do: version(-1)},
		{Keys: []string{"d"}, Label: "demo", Help: "the story plays by itself, with captions, on the practice server", Do: h.demo},
		h.resumeKey(),
		{Keys: []string{"q", "esc"}, Label: "quit", Help: "quit", Do: func() (tea.Cmd, shell.Nav) { return nil, shell.Quit() }},
	}
}

func (h *Screen) start() (tea.Cmd, shell.Nav) {
	switch h.focus {
	case entryRoles:
		return nil, shell.Open(shell.Route{To: "roles"})
	case entryDiagnose:
		return nil, shell.Open(shell.Route{To: "diagnose"})
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
	return nil, shell.Open(shell.Route{To: "step", Step: story.StepConnect, Options: &o})
}

// demo plays the story on the practice server, as the version that is chosen for it.
func (h *Screen) demo() (tea.Cmd, shell.Nav) {
	return nil, shell.Open(shell.Route{To: "demo", As: h.versions[h.as]})
}

// Layout implements [shell.Screen].
func (h *Screen) Layout(w, height int) shell.Frame {
	t := h.env.Theme
	var lines []string
	add := func(indent string, more ...string) {
		for _, line := range more {
			lines = append(lines, indent+line)
		}
	}
	text := min(w-4, 76)
	if height > 13 {
		add("", "")
		add("  ", t.Lines(t.Plain, h.env.T("A program has a valid token, asks Keycloak for a user, and gets 403 Forbidden. Here you build that case in %s steps, see why it happens, give the one role that is missing, and see the same request pass.", h.env.InWords(len(story.Steps()))), text)...)
		add("", "")
	}
	add("  ", inspect.GateRow(t, gate.Refusal{Gate: gate.Role, Status: 403}, text)...)
	if height > 22 {
		add("  ", t.Lines(t.Dim, h.env.T("A request passes a row of gates; the status tells which one stopped it."), text)...)
	}
	add("  ", h.resumeLines(text)...)
	add("", "", "  "+t.Heading.Render(h.env.T("Where?")))
	lab := h.env.T("my Keycloak")
	if h.labAs < len(h.versions) {
		lab = h.env.T("practice, as Keycloak %s", versions.Name(h.versions[h.labAs]))
	}
	as := h.env.T("as Keycloak %s", versions.Name(h.versions[h.as]))
	choices := [entries][2]string{
		entryPractice: {h.env.T("Practice") + "  " + t.Accent.Render("< "+as+" >"), h.env.T("a Keycloak inside this program: nothing to install, nothing to break. ← and → choose the version that it answers as.")},
		entryMine:     {h.env.T("My Keycloak"), h.env.T("a server of yours, with an admin of its realm master. One realm is created, and can be removed again.")},
		entryLab:      {h.env.T("Lab") + "  " + t.Accent.Render("< "+lab+" >"), h.env.T("break each gate on purpose, predict the answer, and see it. It works in a scratch realm of its own, removed at the end.")},
		entryDiagnose: {h.env.T("Diagnose"), h.env.T("why a call of yours fails, at which gate, and the smallest fix: from a curl command, a client or a token.")},
		entryRoles:    {h.env.T("Roles"), h.env.T("which role opens which call: a table that was measured, to be searched. It needs no server.")},
	}
	all := len(lines) + 2 // for the button
	for _, c := range choices {
		all += 1 + len(t.Wrap(c[1], text-4))
	}
	first, last := 0, 0
	starts := make([]int, entries)
	for i, c := range choices {
		sign, style := " ", t.Plain
		if h.focus == i {
			sign, style, first = t.Glyphs.Point, t.Heading, len(lines)
		}
		starts[i] = len(lines)
		add("", "  "+t.Accent.Render(sign)+" "+style.Render(c[0]))
		if h.focus == i || all <= height { // where there is not room for all
			add("      ", t.Lines(t.Dim, c[1], text-4)...)
		}
		if h.focus == i {
			last = len(lines) - 1
		}
	}
	button := -1
	if len(lines) < height-1 {
		button = len(lines) + 1
		add("", "", "  "+t.Button.Render("[ "+h.env.T("Start")+" ]")+t.Dim.Render(h.env.T("  press enter")))
	}
	h.scroll.Follow(first, last, height)
	out := shell.Lines(h.scroll.Window(t, lines, w, height))
	if button >= 0 {
		out.Zones = append(out.Zones, shell.Zone{Y: button - h.scroll.Offset, H: 1, Key: "enter"})
	}
	return out.WithRows(&h.scroll, starts, len(lines), func(i int) (tea.Cmd, shell.Nav) { h.focus = i; return nil, shell.None() })
}
