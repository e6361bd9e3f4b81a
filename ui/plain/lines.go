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
	Out io.Writer
}

// Printf writes text with values in it. A value is on one line, so that what a server says begins no line of its own; what has
// several is a [Block].
func (l Lines) Printf(format string, values ...any) {
	for i, v := range values {
		switch v := v.(type) {
		case string:
			values[i] = words.Line(v)
		case msg.Message:
			values[i] = words.Line(l.Say(v))
		case msg.Format:
			values[i] = l.T(v)
		}
	}
	_, _ = fmt.Fprint(l.Out, words.Clean(fmt.Sprintf(format, values...)))
}

// Println writes a text on a line.
func (l Lines) Println(text string) { l.Printf("%s\n", text) }

// Warning says what the user should think about, a string or a message.
func (l Lines) Warning(risk any) { l.Println(l.T("Warning: %s", risk)) }

// Failure says why a command failed, and what to do. The message is a string or a [Block].
func (l Lines) Failure(message any, hint string) {
	l.Printf("fix403: %s\n", message)
	if hint != "" {
		l.Println(hint)
	}
}

// Block is a text of our own making of several lines.
type Block string

// width is where lines are broken.
const width = 78

func wrap(text string) Block { return Block(strings.Join(words.Wrap(words.Line(text), width), "\n")) }

func indent(s string) Block {
	return Block("  " + strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n  ") + "\n")
}

// hanging is a name and text that is wrapped beside it.
func hanging(name, text string) Block {
	indent := 13
	if name == "!" {
		indent = 2
	}
	lines := words.Wrap(words.Line(text), width-indent)
	return Block(words.Pad(words.Line(name), indent-1) + " " + strings.Join(lines, "\n"+strings.Repeat(" ", indent)))
}

// noneOr names roles, or says that there are none.
func (l Lines) noneOr(roles []string) string {
	if len(roles) == 0 {
		return l.T("none")
	}
	return strings.Join(roles, ", ")
}

func status(code int) string {
	if code == 0 {
		return "---"
	}
	return fmt.Sprint(code)
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
