package diagnose

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/paste"
	"fix403/ui/kit"
	"fix403/ui/words"
)

// curlField takes a pasted call of several lines. Nothing of the text itself is ever drawn, only how long it is and
// what it was read as: where the secrets in it stand is known only when it is whole.
type curlField struct {
	text []rune
	call *paste.Call
	err  error
}

// mostCurl bounds what the field takes.
const mostCurl = 1 << 20

func (f *curlField) update(msg tea.KeyMsg) {
	switch msg.Type {
	case tea.KeyRunes, tea.KeySpace:
		f.add(string(msg.Runes))
	case tea.KeyBackspace:
		if len(f.text) > 0 {
			f.text = f.text[:len(f.text)-1]
			f.read()
		}
	default:
	}
}

// add appends text. Terminals paste line breaks as carriage returns.
func (f *curlField) add(text string) {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	f.text = append(f.text, []rune(text)...)
	f.text = f.text[:min(len(f.text), mostCurl)]
	f.read()
}

func (f *curlField) clear() {
	clear(f.text)
	*f = curlField{}
}

func (f *curlField) read() {
	f.call, f.err = nil, nil
	if len(f.text) > 0 {
		f.call, f.err = paste.Parse(string(f.text))
	}
}

// lacks returns what has to be asked for besides the text.
func (f *curlField) lacks() paste.Lacking {
	if f.call == nil {
		return paste.Lacking{}
	}
	return f.call.Lacks()
}

// Lines implements [kit.Part].
func (f *curlField) Lines(t *kit.Theme, focused bool, w int) []string {
	sign, style := " ", t.Plain
	if focused {
		sign, style = t.Glyphs.Point, t.Heading
	}
	out := []string{style.Render(words.Fit(t.T("Pasted call"), w))}
	if len(f.text) == 0 {
		text := t.T("(paste it here, with its line breaks)")
		return append(out, words.Fit(t.Accent.Render(sign)+" "+t.Dim.Render(text), w),
			t.Dim.Render(words.Fit(t.T("What is pasted is not shown, only its parsed form."), w)))
	}
	lines := strings.Count(strings.TrimRight(string(f.text), "\n"), "\n") + 1
	size := t.T("%d characters", len(f.text))
	if lines > 1 {
		size += t.T(" in %d lines", lines)
	}
	dots := strings.Repeat(t.Glyphs.Bullet, min(len(f.text), max(4, min(30, w-40))))
	out = append(out, words.Fit(t.Accent.Render(sign)+" "+dots+"  "+t.Dim.Render(size), w))
	if f.err != nil {
		message, hint := t.FailureInForm(f.err)
		return append(out, t.Item("!", t.Warn, message+" "+hint, w)...)
	}
	for _, line := range f.says(t) {
		out = append(out, t.Item(t.Glyphs.Arrow, t.Dim, line, w)...)
	}
	return out
}

// says is what the command was read as, with *** for each secret.
func (f *curlField) says(t *kit.Theme) []string {
	c := f.call
	path, _, query := strings.Cut(c.Path, "?")
	if query {
		path += "?..."
	}
	line := words.Line(c.Method + " " + c.Base + path)
	var with []string
	client := t.T("client %s", words.Line(c.ClientID))
	if !c.Secret.Empty() {
		client += t.T(" with the secret ***")
	}
	switch {
	case c.TokenRequest && c.ClientID == "":
		with = append(with, t.T("asks for a token"))
	case c.TokenRequest:
		with = append(with, t.T("asks for a token, as %s", client))
	case c.Variable && c.ClientID != "":
		with = append(with, t.T("with the token from %s", client))
	case c.Traced:
		with = append(with, t.T("from a library's error, without its token"))
	case c.Variable:
		with = append(with, t.T("with a token from a shell variable, a file or a pipe"))
	case c.HasAuthorization:
		with = append(with, t.T("with Authorization: ***"))
	default:
		with = append(with, t.T("without the header Authorization"))
	}
	out := []string{line + ", " + strings.Join(with, ", ")}
	for _, ignored := range c.Ignored {
		out = append(out, words.Line(t.Say(words.InForm(ignored))))
	}
	return out
}
