package story

import (
	"strings"

	"fix403/flows/manual"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// manualText is the step in the chosen form.
func (v *stepScreen) manualText() string {
	return manual.Render(v.env.Printer, v.step, v.run.manual.Form().Form, v.state())
}

func (v *stepScreen) manualBody(w int) []string {
	t, form := v.env.Theme, v.run.manual.Form()
	out := append(t.Lines(t.Heading, v.env.T("%s, by hand", v.step.Title), w), v.run.manual.Tabs(v.env.Theme, w))
	out = append(out, t.Lines(t.Dim, v.env.T("%s tab shows another way, y copies.", form.How), w)...)
	out = append(out, "")
	if form.Form == manual.FormConsole { // sentences, where the others are lines to copy
		for _, line := range strings.Split(strings.TrimRight(v.manualText(), "\n"), "\n") {
			out = append(out, t.Item(t.Glyphs.Bullet, t.Plain, words.Line(line), w)...)
		}
		return out
	}
	return append(out, v.run.manual.Lines(v.manualText(), w)...)
}

// saveStory saves the whole story by hand in the chosen form.
func (t *run) saveStory() shell.Nav {
	form := t.manual.Form()
	if err := form.Save(t.env.Printer, t.story.State()); err != nil {
		message, hint := t.env.Failure(err)
		return shell.NotifyError(message + " " + hint)
	}
	return shell.Notify(t.env.T("Saved as %s. It holds no secret.", form.File))
}
