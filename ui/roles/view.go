package roles

import (
	"strings"

	"fix403/flows/roles"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// Layout has the field, what covers the marked calls, and the list; beside or below it the marked call.
func (v *Screen) Layout(w, h int) *shell.Frame {
	t := v.env.Theme
	inner := w - 2
	head := v.head(w)
	body := []string{t.Accent.Render(v.sign()) + " " + kit.DrawInput(t, &v.field, inner-5)}
	body = append(body, v.coverLines(inner)...)
	body = append(body, t.Dim.Render(strings.Repeat(t.Glyphs.Rule, inner)))
	left := h - len(head) - len(body)
	if w >= kit.ThreeColumns {
		width := inner * 58 / 100
		list := v.window(width, left)
		list.Lines = kit.Beside(t, list.Lines, width, v.details(inner-width-3, left))
		return shell.Page(head, shell.Lines(body).Below(list))
	}
	foot := v.foot(inner)
	const least = 5 // lines of the list
	if left-len(foot) < least {
		foot = nil
	}
	list := v.window(inner, left-len(foot))
	return shell.Page(head, shell.Lines(body).Below(list).Below(shell.Lines(foot)))
}

func (v *Screen) sign() string {
	if v.typing {
		return v.env.Theme.Glyphs.Point
	}
	return " "
}

func (v *Screen) head(w int) []string {
	t := v.env.Theme
	what := v.env.T("%d calls", len(v.table().Calls))
	if v.narrowed() {
		what = v.env.T("%d of %d calls", len(v.rows), len(v.table().Calls))
	}
	if v.only {
		what += v.env.T(", marked")
	}
	if v.role != "" {
		what += v.env.T(", opened by %s", v.role)
	}
	line := " " + t.Title.Render(v.env.T("Roles")) + "  " + what + "  " + t.Accent.Render("< "+v.env.T("measured on Keycloak %s", v.table().Version)+" >")
	return []string{words.Fit(line, w), t.Dim.Render(strings.Repeat(t.Glyphs.Rule, w))}
}

// coverLines are the smallest roles for the marked calls; without any what the field takes.
func (v *Screen) coverLines(w int) []string {
	t := v.env.Theme
	const most = 3
	switch {
	case len(v.chosen) == 0 && v.role != "":
		opens := len(words.OfRole(v.table().Calls, v.role))
		return []string{t.Dim.Render(words.Fit(v.env.RoleOpens(v.role, opens, v.table().Version), w))}
	case len(v.chosen) == 0:
		return []string{t.Dim.Render(words.Fit(v.env.T("Words of path, method, group or role; or a call, or its URL, with real names."), w))}
	case v.lacks != "":
		return kit.Truncate(t.Item("!", t.Warn, v.lacks, w), most)
	}
	lines := kit.Truncate(t.Item(t.Glyphs.Chosen, t.Good, v.env.CoverTakes(v.cover)+" "+v.env.CoverOpens(v.cover, v.table().Version), w), most)
	for _, b := range v.cover.Blocked {
		lines = append(kit.Truncate(lines, most-1), kit.Truncate(t.Item("!", t.Warn, v.env.NotAllowed(b), w), 1)...)
	}
	return lines
}

// window is the part of the list that is seen.
func (v *Screen) window(w, h int) *shell.Frame {
	t := v.env.Theme
	if len(v.rows) == 0 {
		why := v.why
		if why == "" {
			why = v.env.T("No call matches all these words.")
		}
		return shell.Lines((&kit.Pager{}).Window(t, append([]string{""}, t.Item("!", t.Warn, why, w)...), w, h))
	}
	var lines []string
	if v.why != "" {
		lines = append(lines, t.Item("!", t.Warn, v.why, w)...)
	}
	group, lineOf := "", make([]int, len(v.rows))
	path := max((w-11)*58/100, w-39) // most names of roles are shorter than 28
	if v.list.Aside() {
		for _, a := range v.rows {
			path = max(path, len(words.ShortPath(a.Path)))
		}
	}
	ranked := words.Line(v.field.Value()) != "" // then the best come first, whatever group they are of
	for i, a := range v.rows {
		if g := a.Endpoint.Group; g != group && !ranked {
			lines, group = append(lines, t.Dim.Render(g)), g
		}
		lineOf[i] = len(lines)
		lines = append(lines, "")
	}
	marked := lineOf[v.list.At]
	start, end := v.list.Fit(max(0, marked-1), marked, len(lines), h)
	for i, line := range lineOf {
		if line >= start && line < end { // drawing all of them takes 2 ms
			lines[line] = v.row(v.rows[i], i == v.list.At, path)
		}
	}
	v.list.Across(lines, 2, w)
	return shell.Lines(v.list.Window(t, lines, w, h)).WithList(&v.list, lineOf, v.open)
}

func (v *Screen) row(a *roles.Answer, here bool, path int) string {
	t := v.env.Theme
	point, style := " ", t.Plain
	if here {
		point, style = t.Accent.Render(t.Glyphs.Point), t.Heading
	}
	chosen := " "
	if v.isChosen(a) {
		chosen = t.Good.Render(t.Glyphs.Chosen)
	}
	opens := v.env.SmallestRoles(a)
	if v.role != "" {
		opens = v.env.T("opens")
		if _, less := words.Opened(a, v.role); less {
			opens = t.Warn.Render(v.env.T("shows less")) // the row says the rest
		}
	}
	return point + chosen + " " + style.Render(words.Pad(a.Method, 7)+words.Pad(kit.ElideMiddle(words.ShortPath(a.Path), path), path)) + " " + t.Dim.Render(opens)
}

// foot is the marked call, below the list.
func (v *Screen) foot(w int) []string {
	t := v.env.Theme
	const lines = 4
	foot := []string{t.Dim.Render(strings.Repeat(t.Glyphs.Rule, w))}
	if a := v.current(); a != nil {
		for _, line := range words.Fold(a.Method+" "+a.Path, w) {
			foot = append(foot, t.Heading.Render(line))
		}
		foot = append(foot, kit.Truncate(t.Lines(t.Plain, v.env.T("smallest: %s", v.env.RolesLine(a)), w-1), max(1, lines-len(foot)))...)
	}
	for len(foot) < lines {
		foot = append(foot, "")
	}
	return foot
}

// details are h lines of what is known of the marked call.
func (v *Screen) details(w, h int) []string {
	out := make([]string, h)
	if a := v.current(); a != nil {
		if n := copy(out, answerLines(v.env.Theme, a, w)); n == h && h > 0 {
			out[h-1] = v.env.Theme.Dim.Render(words.Fit(v.env.T("... more: enter"), w))
		}
	}
	return out
}

// answerLines draw an answer.
func answerLines(t *kit.Theme, a *roles.Answer, w int) []string {
	var lines []string
	for _, line := range words.Fold(a.Method+" "+a.Path, w) {
		lines = append(lines, t.Heading.Render(line))
	}
	lines = append(lines, t.Dim.Render(words.Fit(a.Endpoint.Group, w)), "")
	const indent, sets = 13, 12
	for _, l := range t.AnswerLines(a, sets, "") {
		if l.Name == "" {
			lines = append(lines, t.Item("!", t.Warn, l.Text, w)...)
			continue
		}
		style := t.Plain
		if l.Name == t.T("smallest") {
			style = t.Good
		}
		for i, text := range t.Lines(style, l.Text, w-indent) {
			name := ""
			if i == 0 {
				name = l.Name
			}
			lines = append(lines, t.Dim.Render(words.Pad(name, indent))+text)
		}
	}
	for _, trap := range a.Traps {
		lines = append(lines, "")
		lines = append(lines, t.Item("!", t.Warn, t.Say(trap), w)...)
	}
	return lines
}
