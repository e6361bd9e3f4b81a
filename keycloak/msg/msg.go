// Package msg holds sentences as data: a format and its values. Whoever makes a sentence knows no language; a front end
// renders it in one. The constants of type [Format] in the source are the keys of the catalogues.
package msg

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Format is a sentence in English, or a part of one: a format of package fmt where it has values.
type Format string

// Message is a sentence with its values. The zero Message says nothing. It is one pointer: it is in most of what is handed around.
type Message struct{ said *said }

type said struct {
	format Format // "" for a text that is not ours
	args   []any
}

// New returns the message of a format and its values. A value that is a [Message], a [Format] or an error with a sentence
// is rendered in the language of the whole.
//
//go:noinline // in two thousand places it would be 180 kB of the program
func New(f Format, args ...any) Message { return Message{&said{f, args}} }

// Verbatim returns a text that is not ours, such as a server's, as a message: it is the same in every language.
//
//go:noinline // it would be 8 kB of the program
func Verbatim(text string) Message {
	if text == "" {
		return Message{}
	}
	return unformatted([]any{text})
}

// sentence is implemented by errors that carry a message.
type sentence interface{ Sentence() Message }

// Of returns what an error says: its own sentence, or its text where it has none.
func Of(err error) Message {
	switch err := err.(type) { //nolint:errorlint // of this error, not of one that it wraps: that one is among its values
	case sentence:
		return err.Sentence()
	case interface{ Unwrap() []error }: // by errors.Join
		var out Message
		for i, one := range err.Unwrap() {
			if i == 0 {
				out = Of(one)
				continue
			}
			out = New("%s\n%s", out, Of(one))
		}
		return out
	}
	return Verbatim(err.Error())
}

// Empty reports whether the message says nothing.
func (m Message) Empty() bool { return m.said == nil || m.said.format == "" && len(m.said.args) == 0 }

func (m Message) parts() (Format, []any) {
	if m.said == nil {
		return "", nil
	}
	return m.said.format, m.said.args
}

// String returns the message in English.
func (m Message) String() string { return m.In(func(f Format) string { return string(f) }) }

// In returns the message in a language, which translate knows.
func (m Message) In(translate func(Format) string) string {
	format, values := m.parts()
	args := make([]any, len(values))
	for i, arg := range values {
		switch arg := arg.(type) {
		case Message:
			args[i] = arg.In(translate)
		case clause:
			args[i] = arg.in(translate)
		case Format:
			args[i] = translate(arg)
		case sentence:
			args[i] = arg.Sentence().In(translate)
		default:
			args[i] = arg
		}
	}
	switch {
	case format == "":
		return fmt.Sprint(args...)
	case len(args) == 0:
		return translate(format)
	default:
		return fmt.Sprintf(translate(format), args...)
	}
}

// Map returns the message with f applied to every text among its values, such as one that masks.
func (m Message) Map(f func(string) string) Message {
	format, values := m.parts()
	args := slices.Clone(values)
	for i, arg := range args {
		switch arg := arg.(type) {
		case string:
			args[i] = f(arg)
		case Message:
			args[i] = arg.Map(f)
		case clause:
			args[i] = clause{arg.Map(f)}
		case sentence:
			args[i] = arg.Sentence().Map(f)
		case error:
			args[i] = f(arg.Error())
		case fmt.Stringer:
			args[i] = f(arg.String())
		}
	}
	return Message{&said{format, args}}
}

// MarshalJSON writes the message in English, which is what programs read.
func (m Message) MarshalJSON() ([]byte, error) { return json.Marshal(m.String()) }

// Wrap returns an error that says where another one came from: "the change that …: it was refused". It is nil for nil.
func Wrap(err error, f Format, args ...any) error {
	if err == nil {
		return nil
	}
	return &wrapped{New(f, args...), err}
}

// Error returns an error that only has a sentence.
func Error(f Format, args ...any) error { return plain{New(f, args...)} }

type plain struct{ message Message }

func (p plain) Error() string     { return p.message.String() }
func (p plain) Sentence() Message { return p.message }

type wrapped struct {
	where Message
	err   error
}

func (w *wrapped) Error() string     { return w.Sentence().String() }
func (w *wrapped) Sentence() Message { return New("%s: %s", w.where, Of(w.err)) }
func (w *wrapped) Unwrap() error     { return w.err }
