// Package plain is what the commands print: lines of text that are never redrawn. The wizard line by line is package wizard.
package plain

import (
	"fmt"
	"io"
	"strings"

	"fix403/keycloak/msg"
	"fix403/ui/words"
)

// Lines writes lines of text to Out.
type Lines struct {
	words.Words
	Out  io.Writer
	Look Look
}

// Printf writes text with values in it. A value is on one line, so that what a server says begins no line of its own; what has
// several is a [Block]. The format is ours.
func (l Lines) Printf(format string, values ...any) {
	for i, v := range values {
		switch v := v.(type) {
		case string:
			values[i] = words.Line(v)
		case msg.Message:
			values[i] = words.Line(l.Say(v))
		case msg.Format:
			values[i] = l.T(v)
		case Block:
			values[i] = words.Clean(string(v))
		case ink, int, int64, float64:
		default:
			values[i] = words.Line(fmt.Sprint(v))
		}
	}
	_, _ = fmt.Fprintf(l.Out, format, values...)
}

// Println writes a text on a line.
func (l Lines) Println(text string) { l.Printf("%s\n", text) }

// Warning says what the user should think about, a string or a message.
func (l Lines) Warning(risk any) {
	l.Printf("%s\n", l.paragraph(0, l.in(warn, l.T("Warning: %s", risk))))
}

// Failure says why a command failed, and what to do. The message is a string or a [Block].
func (l Lines) Failure(message any, hint string) {
	if text, ok := message.(string); ok {
		message = l.paragraph(0, l.in(bad, "fix403:")+" "+ink(words.Line(text)))
	} else {
		l.Printf("%s ", l.in(bad, "fix403:"))
	}
	l.Printf("%s\n", message)
	if hint != "" {
		l.Printf("%s\n", l.paragraph(0, ink(words.Line(hint))))
	}
}

// Block is a text of our own making of several lines.
type Block string

// wrap is a text in lines.
func (l Lines) wrap(text string) ink { return l.paragraph(0, ink(words.Line(text))) }

func indent(s string) Block {
	return Block("  " + strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n  ") + "\n")
}

// hanging is a name and text that is wrapped beside it.
//
//go:noinline // it would be 2 kB of the program
func (l Lines) hanging(name string, text ink) ink {
	const column = 13
	return l.beside(l.in(dim, name)+" ", column, text)
}

// attention is a text behind a sign that says to mind it.
func (l Lines) attention(text string) ink {
	return l.beside(l.in(warn, "!"), indentation, ink(words.Line(text)))
}

// noneOr names roles, or says that there are none.
//
//go:noinline // it would be 2 kB of the program
func (l Lines) noneOr(roles []string) string {
	if len(roles) == 0 {
		return l.T("none")
	}
	return strings.Join(roles, ", ")
}

// Bar is a progress bar, a line that the next one overwrites; done < 0 clears it.
func Bar(done, all int) string {
	const width = 30
	if done < 0 {
		return "\r\x1b[K"
	}
	full := done * width / all
	return fmt.Sprintf("\r[%s%s] %d/%d", strings.Repeat("#", full), strings.Repeat(".", width-full), done, all)
}

// Measuring returns what shows the progress of a measurement: a bar, or where none can be drawn a line for each tenth of a whole
// table. clearBar clears the bar.
func (l Lines) Measuring(bar, table bool) (progress func(done, total int), clearBar func()) {
	shown := -1 // in percent, which never falls: that some calls take sets of roles shows only on the way
	switch {
	case bar:
		return func(done, total int) {
			if percent := 100 * done / total; percent > shown {
				shown = percent
				_, _ = fmt.Fprint(l.Out, strings.TrimSuffix(Bar(percent, 100), "/100")+" %")
			}
		}, func() { _, _ = fmt.Fprint(l.Out, Bar(-1, 1)) }
	case table:
		shown = 0
		progress = func(done, total int) {
			if tenth := 10 * done / total; tenth > shown {
				shown = tenth
				l.Println(l.T("Measured: %d %%.", 10*tenth))
			}
		}
	}
	return progress, func() {}
}
