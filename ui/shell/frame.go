package shell

import (
	"strings"

	"github.com/charmbracelet/x/ansi"

	"fix403/flows/texts"
	"fix403/ui/kit"
	"fix403/ui/words"
)

// The smallest window in which the screens can be used.
const (
	minWidth  = 60
	minHeight = 16
)

func (r *Root) tooSmall() bool { return r.w < minWidth || r.h < minHeight }

// View implements [tea.Model].
func (r *Root) View() string { return strings.Join(r.frame.Lines, "\n") }

// layout never takes more than the window, whatever a screen returns.
func (r *Root) layout() *Frame {
	if r.w <= 0 || r.h <= 0 || r.Err != nil {
		return &Frame{}
	}
	if r.tooSmall() {
		return r.fill(Lines(r.env.All([]texts.Text{"fix403 needs a window", "of 60 columns, 16 lines.", "Make this one larger,", "or use fix403 --plain.", "^C quits."})))
	}
	t := r.env.Theme
	notice := r.noticeLines()
	h := r.h - 2 - len(notice)
	typing := r.typing()
	var body, foot *Frame
	switch {
	case r.help.open:
		body, foot = Lines(r.help.layout(r.w, h)), footer(t, r.help.keys(), typing, r.w)
	default:
		body, foot = r.Screen.Layout(r.w, h), footer(t, r.Bindings(), typing, r.w)
		if r.ask != nil {
			body = r.overlaid(body, r.w, h)
		}
	}
	if r.env.Work.Busy() {
		foot = footer(t, []Binding{{Keys: []string{"esc"}, Label: "cancel"}, {Keys: []string{"ctrl+c"}, Label: "quit"}}, false, r.w)
	}
	for len(body.Lines) < h {
		body.Lines = append(body.Lines, "")
	}
	if b, is := r.Screen.(Bare); is && b.Bare() && !r.help.open {
		return r.fill(Lines([]string{""}).Below(&Frame{Lines: body.Lines[:h], Zones: body.Zones}).Below(Lines(notice)).WithLine(""))
	}
	out := Lines([]string{r.titleLine()})
	out = out.Below(&Frame{Lines: body.Lines[:h], Zones: body.Zones})
	return r.fill(out.Below(Lines(notice)).Below(foot))
}

// titleLine has the program's name, what the screen says of itself, and the server. Where there is not room for both, the name
// of the server is cut.
func (r *Root) titleLine() string {
	t, name := r.env.Theme, r.env.Theme.Title.Render(" fix403")
	about := t.Dim.Render(t.T("from 403 to 200"))
	where := r.where()
	if s, is := r.Screen.(Titled); is && !r.help.open {
		about = s.Title(r.w - ansi.StringWidth(name) - ansi.StringWidth(where) - 4)
	}
	title := name + "  " + about
	if room := r.w - ansi.StringWidth(title) - 2; room >= 4 {
		where = words.Fit(where, room)
	}
	return words.Pad(title, r.w-ansi.StringWidth(where)-1) + t.Dim.Render(where)
}

// where names the server that the screen is about.
func (r *Root) where() string {
	if s, is := r.Screen.(Located); is && s.Where() != "" {
		return s.Where()
	}
	return r.routes.Where()
}

// mostNotice is which part of the window the notice takes at most.
const mostNotice = 3

// noticeLines are the notice, whole: what to do about something is said at its end.
func (r *Root) noticeLines() []string {
	t, lines := r.env.Theme, []string{""}
	switch {
	case r.Notice == "":
		return lines
	case r.wrong:
		lines = t.Item(t.Glyphs.Failed, t.Bad, r.Notice, r.w-2)
	default:
		lines = t.Lines(t.Warn, r.Notice, r.w-2)
	}
	lines = kit.Truncate(lines, r.h/mostNotice)
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = " " + line
	}
	return out
}

// fill cuts a frame to the window.
func (r *Root) fill(f *Frame) *Frame {
	f.Lines = f.Lines[:min(len(f.Lines), r.h)]
	for i, line := range f.Lines {
		f.Lines[i] = words.Fit(line, r.w)
		if r.env.Theme.ASCII {
			f.Lines[i] = kit.ASCIIText.Replace(f.Lines[i])
		}
	}
	return f
}
