package msg

// List returns messages as one, with a separator between them that is the same in every language. A message that says
// nothing is left out.
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

// Error returns an error that only has a sentence.
func Error(f Format, args ...any) error { return plain{New(f, args...)} }

type plain struct{ message Message }

func (p plain) Error() string     { return p.message.String() }
func (p plain) Sentence() Message { return p.message }
