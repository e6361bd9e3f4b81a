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
func (r *Root) layout() Frame {
	if r.w <= 0 || r.h <= 0 || r.Err != nil {
		return Frame{}
	}
	if r.tooSmall() {
		return r.fill(Lines(r.env.All([]texts.Text{"fix403 needs a window", "of 60 columns, 16 lines.", "Make this one larger,", "or use fix403 --plain.", "^C quits."})))
	}
	t := r.env.Theme
	title := t.Title.Render(" fix403") + t.Dim.Render(t.T("  from 403 to 200"))
	where := r.where()
	h := r.h - 3
	typing := r.typing()
	var body, foot Frame
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
	out := Lines([]string{words.Pad(title, r.w-ansi.StringWidth(where)-1) + t.Dim.Render(where)})
	out = out.Below(Frame{Lines: body.Lines[:h], Zones: body.Zones})
	return r.fill(out.WithLine(r.noticeLine()).Below(foot))
}

// where names the server that the screen is about.
func (r *Root) where() string {
	if s, is := r.Screen.(Located); is && s.Where() != "" {
		return s.Where()
	}
	return r.routes.Where()
}

func (r *Root) noticeLine() string {
	switch {
	case r.Notice == "":
		return ""
	case r.wrong:
		return " " + r.env.Theme.Bad.Render(words.Fit(r.env.Theme.Glyphs.Failed+" "+r.Notice, r.w-2))
	}
	return " " + r.env.Theme.Warn.Render(words.Fit(r.Notice, r.w-2))
}

// fill cuts a frame to the window.
func (r *Root) fill(f Frame) Frame {
	f.Lines = f.Lines[:min(len(f.Lines), r.h)]
	for i, line := range f.Lines {
		f.Lines[i] = words.Fit(line, r.w)
		if r.env.Theme.ASCII {
			f.Lines[i] = kit.ASCIIText.Replace(f.Lines[i])
		}
	}
	return f
}
