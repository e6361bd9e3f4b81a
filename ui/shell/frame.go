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
	MinWidth  = 60
	MinHeight = 16
)

func (r *Root) tooSmall() bool { return r.w < MinWidth || r.h < MinHeight }

// View implements [tea.Model].
func (r *Root) View() string { return r.frame }

// draw never draws more than the window, whatever a screen returns.
func (r *Root) draw() string {
	if r.w <= 0 || r.h <= 0 || r.Err != nil {
		return ""
	}
	if r.tooSmall() {
		return r.fill(r.env.All([]texts.Text{"fix403 needs a window", "of 60 columns, 16 lines.", "Make this one larger,", "or use fix403 --plain.", "^C quits."}))
	}
	t := r.env.Theme
	typing := r.Screen.Typing()
	title := t.Title.Render(" fix403") + t.Dim.Render(r.env.T("  from 403 to 200"))
	where := r.where()
	lines := []string{words.Pad(title, r.w-ansi.StringWidth(where)-1) + t.Dim.Render(where)}
	h := r.h - 3
	var body, foot string
	if r.Help.Open {
		body, foot = r.Help.View(r.w, h), footer(t, r.Help.Keys(), typing, r.w)
	} else {
		body, foot = r.Screen.View(r.w, h), footer(t, r.Bindings(), typing, r.w)
	}
	if r.env.Work.Busy() {
		foot = footer(t, []Binding{{Keys: []string{"esc"}, Label: "cancel"}, {Keys: []string{"ctrl+c"}, Label: "quit"}}, false, r.w)
	}
	content := strings.Split(body, "\n")
	for len(content) < h {
		content = append(content, "")
	}
	lines = append(append(lines, content[:h]...), r.noticeLine(), foot)
	return r.fill(lines)
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

func (r *Root) fill(lines []string) string {
	lines = lines[:min(len(lines), r.h)]
	for i, line := range lines {
		lines[i] = words.Fit(line, r.w)
	}
	frame := strings.Join(lines, "\n")
	if r.env.Theme.ASCII {
		frame = kit.ASCIIText.Replace(frame)
	}
	return frame
}
