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
	return unformatted(parts)
}

// List returns messages as one, with a separator between them that is the same in every language. A message that says
// nothing is left out.
//
//go:noinline // it would be 30 kB of the program
func List(separator string, parts ...Message) Message {
	var out []any
	for _, part := range parts {
		if part.Empty() {
			continue
		}
		if len(out) > 0 {
			out = append(out, separator)
		}
		out = append(out, part)
	}
	return unformatted(out)
}

// Concat returns parts as one message, like [Join] with nothing between them.
func Concat(parts ...any) Message { return unformatted(parts) }

// Clause returns the message without the full stop at its end, to go on within a sentence.
func (m Message) Clause() Message { return unformatted([]any{clause{m}}) }

func unformatted(parts []any) Message { return Message{&said{"", parts}} }

// clause is a message that is rendered without its full stop.
type clause struct{ Message }

func (c clause) in(translate func(Format) string) string {
	return strings.TrimSuffix(c.In(translate), ".")
}

// Is reports whether the message is that sentence, with any values.
func (m Message) Is(f Format) bool {
	format, _ := m.parts()
	return format == f
}

// Reword returns the message with other sentences in the place of some, also among its values. A sentence and the one in its
// place take the same values.
func (m Message) Reword(others map[Format]Format) Message {
	format, values := m.parts()
	if other, ok := others[format]; ok {
		format = other
	}
	args := slices.Clone(values)
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
	return Message{&said{format, args}}
}
