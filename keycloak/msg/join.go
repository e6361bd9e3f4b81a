package msg

import (
	"slices"
	"strings"
)

// Join returns items with a separator between them. A text among them stays as it is; a [Message] or a [Format], such as
// the separator, is rendered in the language of the whole.
//
//go:noinline // it would be 5 kB of the program
func Join(separator Format, items ...any) Message {
	var parts []any
	for i, item := range items {
		if i > 0 {
			parts = append(parts, separator)
		}
		parts = append(parts, item)
	}
	return Message{args: parts}
}

// List returns messages as one, with a separator between them that is the same in every language. A message that says
// nothing is left out.
//
//go:noinline // it would be 30 kB of the program
func List(separator string, parts ...Message) Message {
	var out Message
	for _, part := range parts {
		if part.Empty() {
			continue
		}
		if len(out.args) > 0 {
			out.args = append(out.args, separator)
		}
		out.args = append(out.args, part)
	}
	return out
}

// Concat returns parts as one message, like [Join] with nothing between them.
func Concat(parts ...any) Message { return Message{args: parts} }

// Clause returns the message without the full stop at its end, to go on within a sentence.
func (m Message) Clause() Message { return Message{args: []any{clause{m}}} }

// clause is a message that is rendered without its full stop.
type clause struct{ Message }

func (c clause) in(translate func(Format) string) string {
	return strings.TrimSuffix(c.In(translate), ".")
}

// Is reports whether the message is that sentence, with any values.
func (m Message) Is(f Format) bool { return m.format == f }

// Reword returns the message with other sentences in the place of some, also among its values. A sentence and the one in its
// place take the same values.
func (m Message) Reword(others map[Format]Format) Message {
	if other, ok := others[m.format]; ok {
		m.format = other
	}
	args := slices.Clone(m.args)
	for i, arg := range args {
		switch arg := arg.(type) {
		case Message:
			args[i] = arg.Reword(others)
		case clause:
			args[i] = clause{arg.Reword(others)}
		case sentence:
			args[i] = arg.Sentence().Reword(others)
		}
	}
	m.args = args
	return m
}
