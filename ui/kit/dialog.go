package kit

import (
	"fix403/flows/texts"
	"fix403/ui/words"
)

// Dialog asks before something happens: the question, what will happen, and a button for yes. It looks the same on every
// screen, and has the same keys, which package shell gives it.
type Dialog struct {
	Ask      string   // the question
	Items    []string // what will be done, or is concerned
	Warnings []string
	Then     string // what follows, or does not

	// Careful is for what cannot be taken back, such as a secret that is sent: enter, which is pressed without a thought, does
	// not answer it.
	Careful bool
	text    Pager
}

// widest is how wide text to be read gets, in cells.
const widest = 76

// Lines returns the dialog in a window of a width and a height, without its button.
func (d *Dialog) Lines(t *Theme, w, h int) []string {
	inner := min(w, widest)
	out := t.Lines(t.Heading, words.Line(d.Ask), inner)
	for _, item := range d.Items {
		out = append(out, t.Item(t.Glyphs.Bullet, t.Warn, words.Line(item), inner)...)
	}
	for _, warning := range d.Warnings {
		out = append(out, t.Item("!", t.Warn, words.Line(warning), inner)...)
	}
	if d.Then != "" {
		out = append(append(out, ""), t.Lines(t.Plain, d.Then, inner)...)
	}
	return d.text.Window(t, out, w, h)
}

// PlainHTTP asks before secrets go over plain http to another machine.
func PlainHTTP(t *Theme) Dialog {
	return Dialog{Ask: t.T("Log in over plain http?"), Warnings: []string{t.T("Plain http: others can read the secrets that are sent.")}}
}

// Scroll moves the text by a key.
func (d *Dialog) Scroll(key string) { d.text.Key(key) }

// Button returns the button for yes.
func (d *Dialog) Button(t *Theme) *Button {
	hint := texts.Text("  press enter; esc changes nothing")
	if d.Careful {
		hint = "  press y; esc changes nothing"
	}
	return &Button{Label: t.T("Yes, do it"), Hint: t.T(hint)}
}
