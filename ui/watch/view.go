package watch

import (
	"strconv"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"fix403/flows/gate"
	"fix403/flows/watch"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

func (v *Screen) head(w int) []string {
	t, what := v.env.Theme, v.env.T("what your program calls, and which roles that takes")
	if v.session != nil {
		what = t.Accent.Render(v.session.Address)
		if !v.session.Listening() {
			what = v.env.T("stopped")
		}
		_, all := v.session.Seen()
		what += "  " + t.Dim.Render(v.env.T("%d calls", all))
		if v.refused {
			what += "  " + t.Warn.Render(v.env.T("only the refused ones"))
		}
	}
	return []string{words.Fit(" "+t.Title.Render(v.env.T("Watch"))+"  "+what, w), t.Dim.Render(strings.Repeat(t.Glyphs.Rule, w))}
}

// Layout implements [shell.Screen].
func (v *Screen) Layout(w, h int) *shell.Frame {
	v.drawn.Store(true)
	head := v.head(w)
	h -= len(head)
	if v.session == nil {
		return shell.Page(head, v.formFrame(w-2, h))
	}
	return shell.Page(head, v.live(w-2, h))
}

func (v *Screen) formFrame(w, h int) *shell.Frame {
	t := v.env.Theme
	if v.env.Work.Busy() {
		return shell.Lines([]string{t.Dim.Render(words.Fit(v.env.Work.Label(), w))})
	}
	text := min(w, kit.BookColumn)
	var above []string
	if v.err != nil {
		message, hint := v.env.FailureInForm(v.err)
		above = t.Item(t.Glyphs.Failed, t.Bad, message, text)
		if hint != "" {
			above = append(above, t.Item(t.Glyphs.Arrow, t.Warn, hint, text)...)
		}
		above = append(above, "")
	}
	above = append(append(above, t.Lines(t.Plain, v.env.T("A proxy on this machine passes everything on to your Keycloak unchanged, and shows each call of the admin API: who calls, the response, and why one is refused."), text)...), "")
	laid := v.form.Layout(t, above, text)
	v.form.Follow(&v.text, laid, h-1)
	button := &kit.Button{Label: v.env.T("Listen"), Hint: v.env.T("  press enter")}
	return shell.Lines(v.text.Window(t, laid.Lines, w, h-1)).WithForm(&v.form, laid, &v.text).WithButton(t, button, w)
}

// live is the list of calls, and below it why the marked one was refused.
func (v *Screen) live(w, h int) *shell.Frame {
	t := v.env.Theme
	calls, numbers := v.calls()
	v.mark(numbers)
	if len(calls) == 0 {
		lines := append([]string{""}, t.Lines(t.Plain, v.env.T("Point the base URL of your program at %s and let it run. Its calls of the admin API appear here.", v.session.Address), min(w, kit.BookColumn))...)
		return shell.Lines((&kit.Pager{}).Window(t, lines, w, h))
	}
	below := v.about(&calls[v.list.At], w, max(2, h/3))
	var rows []string
	for i := range calls {
		rows = append(rows, v.row(&calls[i], i == v.list.At, w))
	}
	out := shell.List(t, &v.list, rows, w, h-len(below), func() (tea.Cmd, shell.Nav) { return nil, shell.GoTo(newSum(v)) })
	return out.Below(shell.Lines(below))
}

// row is a call on one line.
func (v *Screen) row(s *watch.Seen, marked bool, w int) string {
	t := v.env.Theme
	sign, style := " ", t.Plain
	if marked {
		sign, style = t.Accent.Render(t.Glyphs.Point), t.Heading
	}
	status := t.Dim.Render("  -")
	if s.Status > 0 {
		status = t.Answer(s.Status).Render(strconv.Itoa(s.Status))
	}
	stop := ""
	switch {
	case s.Hidden:
		stop = t.Warn.Render(v.env.T("hides something"))
	case s.Stopped.Gate != gate.None:
		stop = t.Bad.Render(t.Glyphs.Failed + " " + string(s.Stopped.Gate))
	}
	const method, most = 7, 16
	caller := words.Fit(words.Line(words.Caller(*s)), most)
	left := sign + " " + t.Dim.Render(s.Time.Format("15:04:05")) + " " + status + " " + words.Pad(words.Line(s.Method), method)
	right := ""
	for _, part := range []string{t.Dim.Render(caller), stop} {
		if ansi.StringWidth(part) > 0 {
			right += "  " + part
		}
	}
	path := max(8, w-ansi.StringWidth(left)-ansi.StringWidth(right))
	return left + style.Render(words.Pad(kit.ElideMiddle(words.Line(s.Route), path), path)) + right
}

// about says the marked call whole, and why it was refused.
func (v *Screen) about(s *watch.Seen, w, most int) []string {
	t := v.env.Theme
	lines := t.Lines(t.Dim, words.Line(s.Method+" "+s.Path), w)
	if !s.Reason.Empty() {
		lines = append(lines, t.Item(t.Glyphs.Arrow, t.Warn, words.Line(v.env.Say(s.Reason)), w)...)
	}
	return append([]string{t.Dim.Render(strings.Repeat(t.Glyphs.Rule, w))}, kit.Truncate(lines, most)...)
}
