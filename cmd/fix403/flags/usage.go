package flags

import "fmt"

// UsageError is a mistake in the command line, or in a value that the environment or a file gives for a part of it. It is in English.
type UsageError struct{ Message, Hint string }

func (e *UsageError) Error() string { return e.Message }

// Usage returns a [UsageError]. The message is a clause: it has no full stop.
func Usage(hint, format string, args ...any) error {
	return &UsageError{fmt.Sprintf(format, args...), hint}
}
