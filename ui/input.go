package ui

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/bubbles/cursor"
	"github.com/charmbracelet/bubbles/textinput"

	"fix403/flows/texts"
	"fix403/keycloak/foreign"
	"fix403/ui/words"
)

func newTextInput(t *theme) textinput.Model {
	in := textinput.New()
	in.Prompt = ""
	in.Cursor.SetMode(cursor.CursorStatic)
	in.CharLimit = 2000
	dress(t, &in)
	return in
}

// drawInput draws a text field, in the colours of the theme as it is now.
func drawInput(t *theme, in *textinput.Model, width int) string {
	dress(t, in)
	if width = max(4, width); in.Width != width {
		at := in.Position()
		in.Width = width
		in.CursorStart() // it works out anew what part of a long text is seen
		in.SetCursor(at)
	}
	if strings.ContainsFunc(in.Value(), foreign.Hidden) { // pasted; it is shown, and stays what it is
		shown := *in
		shown.CharLimit = 0
		before := words.Line(string([]rune(in.Value())[:in.Position()]))
		shown.SetValue(words.Line(in.Value()))
		shown.SetCursor(utf8.RuneCountInString(before))
		return shown.View()
	}
	return in.View()
}

func dress(t *theme, in *textinput.Model) {
	in.Cursor.Style, in.Cursor.TextStyle = t.plain.Reverse(true), t.plain
	in.TextStyle, in.PromptStyle, in.PlaceholderStyle, in.CompletionStyle = t.plain, t.plain, t.dim, t.dim
}

// formField is a field of a form of its own.
type formField struct {
	label, help string
	text        textinput.Model
	given       bool                                      // a secret that was given already: empty keeps it
	optional    bool                                      // may be empty
	check       func(value string) (ok string, err error) // as typed: what it will be taken for, or what is wrong
	wrong       string                                    // said after enter
}

func newFormField(t *theme, label, help texts.Text, value string, secret bool) *formField {
	f := &formField{label: texts.T(label), help: texts.T(help), text: newTextInput(t)}
	if secret {
		f.text.EchoMode = textinput.EchoPassword
		f.text.CharLimit = 1 << 16 // tokens are long
	}
	f.text.SetValue(value)
	f.text.CursorEnd()
	return f
}

// lines draws the field; with the focus it also says what it is for, and what is typed will be taken for.
func (f *formField) lines(t *theme, focused bool, w int) []string {
	sign, style := " ", t.plain
	if focused {
		sign, style = t.g.point, t.heading
	}
	f.text.Placeholder = ""
	if f.given {
		f.text.Placeholder = texts.T("given already")
	}
	value := drawInput(t, &f.text, w-5)
	if f.text.Value() == "" && !focused && !f.given {
		value = t.dim.Render(texts.T("(empty)"))
	}
	out := []string{style.Render(words.Fit(f.label, w)), t.accent.Render(sign) + " " + value}
	switch ok, err := f.typed(); {
	case f.wrong != "":
		out = append(out, t.item(t.g.failed, t.bad, f.wrong, w)...)
	case !focused:
	case err != nil:
		message, hint := words.Failure(err)
		out = append(out, t.item("!", t.warn, message+" "+hint, w)...)
	case ok != "":
		out = append(out, t.item(t.g.arrow, t.dim, ok, w)...)
	default:
		out = append(out, t.lines(t.dim, f.help, w)...)
	}
	return out
}

// typed checks what is in the field so far; an empty one is not complained of.
func (f *formField) typed() (string, error) {
	if f.check == nil || f.text.Value() == "" {
		return "", nil
	}
	return f.check(f.text.Value())
}

// take checks the field for good, and notes what is wrong.
func (f *formField) take() bool {
	f.wrong = ""
	switch _, err := f.typed(); {
	case err != nil:
		message, hint := words.Failure(err)
		f.wrong = message + " " + hint
	case f.text.Value() == "" && !f.given && !f.optional:
		f.wrong = texts.T("This is empty. %s.", capital(f.help))
	}
	return f.wrong == ""
}

// lastStart is which part of a form a line belongs to, by the lines at which the parts start; -1 for a line before all.
func lastStart(starts []int, line int) int {
	at := -1
	for i, first := range starts {
		if line >= first {
			at = i
		}
	}
	return at
}

func capital(s string) string {
	_, first := utf8.DecodeRuneInString(s)
	return strings.ToUpper(s[:first]) + s[first:]
}
