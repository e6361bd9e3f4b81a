package shell

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"fix403/flows/texts"
	"fix403/ui/kit"
	"fix403/ui/words"
)

// footerPart is a key in the footer.
type footerPart struct {
	text  string
	key   string
	stays bool
}

// mostKeys is how many keys the footer has; the others are listed in the help.
const mostKeys = 5

// stays reports whether a key is in every footer: the way out, and the help.
func (b Binding) stays() bool {
	return slices.Contains(b.Keys, "esc") || b.Keys[0] == "q" || b.Keys[0] == helpKey
}

// footerParts are the first keys that have a label and work now, as many as fit; the way out and the help always do.
func footerParts(t *kit.Theme, table []Binding, typing bool, width int) []footerPart {
	var parts []footerPart
	all := 1
	for _, b := range table {
		name := b.name(t.Printer, typing)
		switch {
		case b.Label == "" || name == "" || b.Reason() != "":
			continue
		}
		parts = append(parts, footerPart{t.Key.Render(name) + " " + t.Dim.Render(t.T(b.Label)), b.Keys[0], b.stays()})
		all += ansi.StringWidth(parts[len(parts)-1].text) + 2
	}
	for len(parts) > mostKeys || all-2 >= width { // some terminals have trouble with the last cell of the last line
		drop := len(parts) - 1
		for drop > 0 && parts[drop].stays {
			drop--
		}
		if drop == 0 {
			break
		}
		all -= ansi.StringWidth(parts[drop].text) + 2
		parts = slices.Delete(parts, drop, drop+1)
	}
	return parts
}

// footer is the line of keys, each of which can be clicked.
func footer(t *kit.Theme, table []Binding, typing bool, width int) *Frame {
	var shown []string
	var zones []Zone
	at := 1
	for _, p := range footerParts(t, table, typing, width) {
		w := ansi.StringWidth(p.text)
		zones = append(zones, Zone{X: at, W: w, H: 1, Key: p.key})
		shown = append(shown, p.text)
		at += w + 2
	}
	return &Frame{Lines: []string{words.Fit(" "+strings.Join(shown, "  "), width)}, Zones: zones}
}

// helpKey opens the help.
const helpKey = "?"

// helpScreen lists the keys of the screen below it, and explains the signs.
type helpScreen struct {
	s     *Env
	open  bool
	lines kit.Pager
	table []Binding
}

func (h *helpScreen) show(table []Binding) { h.open, h.table, h.lines = true, table, kit.Pager{} }

// keys is the table of the help screen itself.
func (h *helpScreen) keys() []Binding {
	scroll := func(key string) func() (tea.Cmd, Nav) {
		return func() (tea.Cmd, Nav) { h.scroll(key); return nil, None() }
	}
	return []Binding{
		{Keys: []string{"esc", "enter", "?", "f1", "q"}, Label: "close", Help: "back to the screen", Do: func() (tea.Cmd, Nav) { h.open = false; return nil, None() }},
		{Keys: []string{"down"}, Label: "scroll", Help: "scroll", Do: scroll("down")},
		{Keys: []string{"up"}, Help: "scroll", Do: scroll("up")},
		{Keys: []string{"pgdown", " "}, Label: "page", Help: "scroll a page", Do: scroll("pgdown")},
		{Keys: []string{"pgup"}, Help: "scroll a page back", Do: scroll("pgup")},
		{Keys: []string{"ctrl+c"}, Label: "quit"},
	}
}

func (h *helpScreen) scroll(key string) { h.lines.Key(key) }

func (h *helpScreen) layout(width, height int) []string {
	t := h.s.Theme
	lines := []string{"", " " + t.Heading.Render(h.s.T("Keys on this screen")), ""}
	for _, b := range h.table {
		if b.Help == "" {
			continue
		}
		var names []string
		for _, k := range b.Keys {
			names = append(names, KeyName(t.Printer, k))
		}
		text := t.Say(b.Text())
		if reason := b.Reason(); reason != "" {
			text += h.s.T(" (not now: %s)", reason)
		}
		lead := " " + t.Key.Render(words.Pad(strings.Join(names, ", "), 16)) + " "
		for i, line := range words.Wrap(text, width-20) {
			if i > 0 {
				lead = strings.Repeat(" ", 18)
			}
			lines = append(lines, lead+line)
		}
	}
	lines = append(lines, "", " "+t.Heading.Render(h.s.T("Signs")), "")
	for _, sign := range []struct {
		sign  string
		means texts.Text
	}{
		{t.Glyphs.Done, "done, or passed"}, {t.Glyphs.Current, "the step you are at"}, {t.Glyphs.Locked, "locked, or not reached"},
		{t.Glyphs.Failed, "failed, stopped here, or different"}, {t.Glyphs.Unknown, "stopped with 401, not measured, or guessed differently"},
		{t.Glyphs.Open, "a gate that was not reached"}, {t.Glyphs.Point, "what enter acts on"},
	} {
		lines = append(lines, " "+sign.sign+"  "+h.s.T(sign.means))
	}
	lines = append(lines, "")
	lines = append(lines, t.Lines(t.Dim, h.s.T("While a text field has the focus, letters are typed into it: use the F keys then, or tab to leave the field."), width-2)...)
	return h.lines.Window(t, lines, width, height)
}

var _ tea.Model = (*Root)(nil)
