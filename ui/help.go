package ui

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"fix403/ui/words"
)

// footer lists the keys that have a label, as many as fit; the last two (help and quit) always do.
func footer(t *theme, table []Binding, typing bool, width int) string {
	type part struct {
		text     string
		disabled bool
	}
	var parts []part
	for _, b := range table {
		name := b.name(typing)
		switch {
		case b.Label == "" || name == "":
		case b.reason() != "":
			parts = append(parts, part{t.dim.Render("(" + name + " " + b.Label + ")"), true})
		default:
			parts = append(parts, part{t.key.Render(name) + " " + t.dim.Render(b.Label), false})
		}
	}
	line := func() string {
		texts := make([]string, len(parts))
		for i, p := range parts {
			texts[i] = p.text
		}
		return " " + strings.Join(texts, "  ")
	}
	for len(parts) > 3 && ansi.StringWidth(line()) > width {
		drop := len(parts) - 3
		if i := slices.IndexFunc(parts, func(p part) bool { return p.disabled }); i >= 0 {
			drop = i
		}
		parts = slices.Delete(parts, drop, drop+1)
	}
	return words.Fit(line(), width)
}

// helpScreen lists the keys of the screen below it, and explains the signs.
type helpScreen struct {
	s     *session
	open  bool
	lines pager
	table []Binding
}

func (h *helpScreen) show(table []Binding) { h.open, h.table, h.lines = true, table, pager{} }

func (h *helpScreen) Keys() []Binding {
	return []Binding{
		{Keys: []string{"esc"}, Label: "close"},
		{Keys: []string{"up"}, Label: "scroll"},
		{Keys: []string{"ctrl+c"}, Label: "quit"},
	}
}

func (h *helpScreen) key(key string) {
	switch key {
	case "esc", "enter", "?", "f1", "q":
		h.open = false
	default:
		h.lines.key(key)
	}
}

func (h *helpScreen) View(width, height int) string {
	t := h.s.theme
	lines := []string{"", " " + t.heading.Render("Keys on this screen"), ""}
	for _, b := range h.table {
		if b.Help == "" {
			continue
		}
		var names []string
		for _, k := range b.Keys {
			names = append(names, keyName(k))
		}
		text := b.Help
		if reason := b.reason(); reason != "" {
			text += " (not now: " + reason + ")"
		}
		lead := " " + t.key.Render(words.Pad(strings.Join(names, ", "), 16)) + " "
		for i, line := range words.Wrap(text, width-20) {
			if i > 0 {
				lead = strings.Repeat(" ", 18)
			}
			lines = append(lines, lead+line)
		}
	}
	lines = append(lines, "", " "+t.heading.Render("Signs"), "")
	for _, sign := range [][2]string{
		{t.g.done, "done, or passed"}, {t.g.current, "the step you are at"}, {t.g.locked, "locked, or not reached"},
		{t.g.failed, "failed, stopped here, or different"}, {"?", "not measured, or not as guessed"}, {t.g.point, "what enter acts on"},
	} {
		lines = append(lines, " "+sign[0]+"  "+sign[1])
	}
	lines = append(lines, "")
	lines = append(lines, t.lines(t.dim, "While a text field has the focus, letters are text: use the F keys then, or tab to leave the field.", width-2)...)
	return h.lines.view(t, lines, width, height)
}

var _ tea.Model = (*root)(nil)
