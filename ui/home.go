package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows"
)

// homeScreen is where one chooses a server to tell the story on.
type homeScreen struct {
	s        *session
	focus    int
	versions []string // that the practice server answers as, the default first
	as       int
	scroll   pager
}

func newHomeScreen(s *session) *homeScreen {
	h := &homeScreen{s: s, versions: flows.PracticeVersions()}
	for i, v := range h.versions {
		if v == s.o.Story.As {
			h.as = i
		}
	}
	if s.o.Story.URL != "" && !s.o.Story.Practice {
		h.focus = 1
	}
	return h
}

func (h *homeScreen) Enter() tea.Cmd                { return nil }
func (h *homeScreen) Leave()                        {}
func (h *homeScreen) Typing() bool                  { return false }
func (h *homeScreen) Update(tea.Msg) (tea.Cmd, Nav) { return nil, stay() }

func (h *homeScreen) Keys() []Binding {
	move := func(n int) func() (tea.Cmd, Nav) {
		return func() (tea.Cmd, Nav) { h.focus = (h.focus + n + 2) % 2; return nil, stay() }
	}
	version := func(n int) func() (tea.Cmd, Nav) {
		return func() (tea.Cmd, Nav) {
			h.as = (h.as + n + len(h.versions)) % len(h.versions)
			return nil, stay()
		}
	}
	onlyPractice := func() string {
		if h.focus != 0 {
			return "The version can be chosen for the practice server only."
		}
		return ""
	}
	return []Binding{
		{Keys: []string{"enter"}, Label: "start", Help: "start the story on the marked server", Do: h.start},
		{Keys: []string{"down", "tab"}, Label: "choose", Help: "mark the next line", Do: move(1)},
		{Keys: []string{"up", "shift+tab"}, Help: "mark the line before", Do: move(-1)},
		{Keys: []string{"right", "+"}, Label: "version", Help: "the practice server answers as the next version", Disabled: onlyPractice, Do: version(1)},
		{Keys: []string{"left", "-"}, Help: "the version before", Disabled: onlyPractice, Do: version(-1)},
		{Keys: []string{"q", "esc"}, Label: "quit", Help: "quit", Do: func() (tea.Cmd, Nav) { return nil, quit() }},
	}
}

func (h *homeScreen) start() (tea.Cmd, Nav) {
	o := h.s.o.Story
	o.Practice = h.focus == 0
	o.As = ""
	if o.Practice {
		o.As = h.versions[h.as]
	} else if o.URL == "" {
		o.URL = h.s.o.DefaultURL
	}
	if err := h.s.tell(o); err != nil {
		return nil, complain(err.Error())
	}
	return nil, goTo(h.s.step(flows.StepConnect))
}

func (h *homeScreen) View(w, height int) string {
	t := h.s.theme
	var lines []string
	add := func(indent string, more ...string) {
		for _, line := range more {
			lines = append(lines, indent+line)
		}
	}
	text := min(w-4, 76)
	if height > 13 {
		add("", "")
		add("  ", t.lines(t.plain, "A program has a valid token, asks Keycloak for a user, and gets 403 Forbidden. Here you build that case in seven steps, see why it happens, give the one role that is missing, and see the same request pass.", text)...)
		add("", "")
	}
	add("  ", gateRow(t, flows.Stop{Gate: flows.GateRole, Status: 403}, text)...)
	add("  ", t.lines(t.dim, "A request passes a row of gates; the status tells which one stopped it.", text)...)
	add("", "", "  "+t.heading.Render("Where?"))
	entry := func(i int, name, about string) {
		sign, style := " ", t.plain
		if h.focus == i {
			sign, style = t.g.point, t.heading
		}
		add("", "  "+t.accent.Render(sign)+" "+style.Render(name))
		add("      ", t.lines(t.dim, about, text-4)...)
		if h.focus == i {
			h.scroll.follow(len(lines)-3, len(lines)-1, height)
		}
	}
	entry(0, "Practice  "+t.accent.Render("< as Keycloak "+h.versions[h.as]+" >"), "a Keycloak inside this program: nothing to install, nothing to break. ← and → choose the version that it answers as.")
	entry(1, "My Keycloak", "a server of yours, with an admin of its realm master. One realm is created, and can be removed again.")
	if len(lines) < height-2 {
		add("", "", "  "+t.button.Render("[ Start ]")+t.dim.Render("  press enter"))
	}
	return h.scroll.view(t, lines, w, height)
}
