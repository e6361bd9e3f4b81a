package wizard

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"fix403/keycloak/foreign"
	"fix403/ui/words"
)

// question asks for one answer; the words back and quit are no answers.
func (c *consultation) question(ctx context.Context, prompt string) (string, error) {
	text, err := c.wizard.ask(ctx, prompt+"> ")
	switch {
	case err != nil:
		return "", err
	case strings.EqualFold(text, string(leave)):
		return "", errQuit
	case strings.EqualFold(text, string(back)):
		return "", errBack
	}
	return text, nil
}

// secretly asks without echo. A secret may be any word, but for back and quit.
func (c *consultation) secretly(ctx context.Context, prompt string) (string, error) {
	if c.o.ReadSecret == nil {
		return c.question(ctx, prompt)
	}
	text, err := c.o.ReadSecret(prompt + "> ")
	switch {
	case err != nil:
		return "", err
	case text == string(leave):
		return "", errQuit
	case text == string(back):
		return "", errBack
	}
	return text, nil
}

// hidden asks without echo for one or more lines, or for a file with them. It refuses what the terminal has cut.
func (c *consultation) hidden(ctx context.Context, prompt string, several bool) (string, error) {
	var lines []string
	ask := prompt
	for {
		line, err := c.secretly(ctx, ask)
		if err != nil {
			return "", err
		}
		name, isFile := strings.CutPrefix(line, "@")
		switch {
		case isFile && len(lines) == 0:
			text, err := readNamed(ctx, strings.TrimSpace(name))
			if err == nil {
				return string(text), nil
			}
			c.print("The file cannot be read: %v", err)
		case c.o.ReadSecret != nil && slices.Contains(cut, len(line)):
			c.print("This line has %d characters, and a terminal cuts off longer ones. Put it into a file, and type @ and the file's name.", len(line))
			lines, ask = nil, prompt
		case !several, line == "" && len(lines) > 0:
			return strings.Join(append(lines, line), "\n"), nil
		case line != "":
			lines, ask = append(lines, line), c.T("More")
		}
	}
}

// readNamed reads a file that the person names, a pipe too, for as long as for an answer.
func readNamed(ctx context.Context, name string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return foreign.ReadFile(ctx, name, 2<<20)
}

// asked is a question for one part of what is to be diagnosed.
type asked struct {
	words.Question
	label            string // in place of that of the question, where it names something
	secret, optional bool
	file             bool // a file may be named for it
	into             func(string)
}

func (c *consultation) promptFor(q asked) string {
	prompt := cmp.Or(q.label, c.T(q.Label))
	if q.secret {
		prompt += c.T(", not shown")
	}
	if q.file {
		prompt += c.T("; or @ and the name of a file")
	}
	if q.optional {
		prompt += c.T(" (may be empty)")
	}
	return prompt
}

// all asks questions one after the other; back leads to the one before, and from the first to errBack. hint says more.
func (c *consultation) all(ctx context.Context, questions ...asked) error {
	for i := 0; i < len(questions); {
		q := questions[i]
		read := c.question
		switch {
		case q.file:
			read = func(ctx context.Context, prompt string) (string, error) { return c.hidden(ctx, prompt, false) }
		case q.secret:
			read = c.secretly
		}
		text, err := read(ctx, c.promptFor(q))
		switch {
		case errors.Is(err, errBack) && i > 0:
			i--
		case err != nil:
			return err
		case strings.EqualFold(text, string(hint)) && !q.secret:
			c.put(c.T(q.Label) + ": " + c.T(q.Help) + ".")
		case text == "" && !q.optional:
			c.print("Required: %s. Or type back, or quit.", q.Help)
		default:
			q.into(text)
			i++
		}
	}
	return nil
}
