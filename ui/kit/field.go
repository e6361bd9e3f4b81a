package kit

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/bubbles/cursor"
	"github.com/charmbracelet/bubbles/textinput"
	"github.com/charmbracelet/x/ansi"

	"fix403/flows/texts"
	"fix403/keycloak/foreign"
	"fix403/keycloak/msg"
	"fix403/ui/words"
)

// NewTextInput makes a text field without a prompt.
func NewTextInput(t *Theme) textinput.Model {
	in := textinput.New()
	in.Prompt = ""
	in.Cursor.SetMode(cursor.CursorStatic)
	in.CharLimit = 2000
	applyStyles(t, &in)
	return in
}

// DrawInput draws a text field, in the colours of the theme as it is now. Where there is not room for all that is in it, an
// ellipsis is at each end that is cut.
func DrawInput(t *Theme, in *textinput.Model, width int) string {
	applyStyles(t, in)
	width = max(4, width)
	long := ansi.StringWidth(in.Value()) > width
	if long {
		width -= 2
	}
	if in.Width != width {
		at := in.Position()
		in.Width = width
		in.CursorStart() // it works out anew what part of a long text is seen
		in.SetCursor(at)
	}
	shown := *in
	if strings.ContainsFunc(in.Value(), foreign.Hidden) { // pasted; it is shown, and stays what it is
		shown.CharLimit = 0
		before := words.Line(string([]rune(in.Value())[:in.Position()]))
		shown.SetValue(words.Line(in.Value()))
		shown.SetCursor(utf8.RuneCountInString(before))
	}
	drawn := shown.View()
	if !long || shown.EchoMode != textinput.EchoNormal {
		return drawn
	}
	seen := strings.TrimRight(ansi.Strip(drawn), " ")
	if !strings.HasSuffix(strings.TrimRight(shown.Value(), " "), seen) {
		drawn += t.Dim.Render("…")
	}
	if !strings.HasPrefix(shown.Value(), seen) {
		drawn = t.Dim.Render("…") + drawn
	}
	return drawn
}

func applyStyles(t *Theme, in *textinput.Model) {
	in.Cursor.Style, in.Cursor.TextStyle = t.Plain.style.Reverse(true), *t.Plain.style
	in.TextStyle, in.PromptStyle, in.PlaceholderStyle, in.CompletionStyle = *t.Plain.style, *t.Plain.style, *t.Dim.style, *t.Dim.style
}

// Field is a field of a form of its own.
type Field struct {
	t           *Theme
	label, help string
	Input       textinput.Model
	Given       bool                                           // a secret that was given already: empty keeps it
	Optional    bool                                           // may be empty
	KeepHelp    bool                                           // what it is for is said also beside what is wrong
	Check       func(value string) (ok msg.Message, err error) // as typed: what it will be taken for, or what is wrong
	Wrong       string                                         // said after enter
}

// NewField makes a field of a form; a secret is drawn as stars.
func NewField(t *Theme, label, help texts.Text, value string, secret bool) *Field {
	f := &Field{t: t, label: t.T(label), help: t.T(help), Input: NewTextInput(t)}
	if secret {
		f.Input.EchoMode = textinput.EchoPassword
		f.Input.CharLimit = 1 << 16 // tokens are long
	}
	f.Input.SetValue(value)
	f.Input.CursorEnd()
	return f
}

// Label names the field by a text that is known only now.
func (f *Field) Label(label string) { f.label = label }

// Lines draws the field; with the focus it also says what it is for, and what is typed will be taken for.
func (f *Field) Lines(t *Theme, focused bool, w int) []string {
	sign, style := " ", t.Plain
	if focused {
		sign, style = t.Glyphs.Point, t.Heading
	}
	f.Input.Placeholder = ""
	if f.Given {
		f.Input.Placeholder = t.T("given already")
	}
	value := DrawInput(t, &f.Input, w-5)
	if f.Input.Value() == "" && !focused && !f.Given {
		value = t.Dim.Render(t.T("(empty)"))
	}
	out := []string{style.Render(words.Fit(f.label, w)), t.Accent.Render(sign) + " " + value}
	if focused && f.KeepHelp {
		out = append(out, t.Lines(t.Dim, f.help, w)...)
	}
	switch ok, err := f.typed(); {
	case f.Wrong != "":
		out = append(out, t.Item(t.Glyphs.Failed, t.Bad, f.Wrong, w)...)
	case !focused || f.KeepHelp:
	case err != nil:
		message, hint := f.t.Failure(err)
		out = append(out, t.Item("!", t.Warn, message+" "+hint, w)...)
	case !ok.Empty():
		out = append(out, t.Item(t.Glyphs.Arrow, t.Dim, t.Say(ok), w)...)
	default:
		out = append(out, t.Lines(t.Dim, f.help, w)...)
	}
	return out
}

// Wrong returns the error of a check.
func Wrong(f msg.Format, values ...any) error { return wrong{msg.New(f, values...)} }

type wrong struct{ message msg.Message }

func (w wrong) Error() string         { return w.message.String() }
func (w wrong) Sentence() msg.Message { return w.message }

func (f *Field) field() *Field { return f }

// typed checks what is in the field so far; an empty one is not complained of.
func (f *Field) typed() (msg.Message, error) {
	if f.Check == nil || f.Input.Value() == "" {
		return msg.Message{}, nil
	}
	return f.Check(f.Input.Value())
}

// Accept checks the field for good, and notes what is wrong.
func (f *Field) Accept() bool {
	f.Wrong = ""
	switch _, err := f.typed(); {
	case err != nil:
		message, hint := f.t.Failure(err)
		f.Wrong = message + " " + hint
	case f.Input.Value() == "" && !f.Given && !f.Optional:
		f.Wrong = f.t.T("This is empty. %s.", capital(f.help))
	}
	return f.Wrong == ""
}

// capital makes the first letter of a text a capital.
func capital(s string) string {
	_, first := utf8.DecodeRuneInString(s)
	return strings.ToUpper(s[:first]) + s[first:]
}
