package plain

import "context"

// Console is a command's front end: what it prints, and whom it asks.
type Console struct {
	Lines        // to stdout; nowhere where the command prints a document instead
	Asides Lines // to stderr

	// Confirm asks a question, and reports whether it was answered with yes.
	Confirm func(ctx context.Context, question string) bool
	// ReadLine reads a line; nil where nobody can be asked more than whether to go on.
	ReadLine func(context.Context) (string, error)
	// Progress draws how much of something is done, and clears it for done < 0; nil where nobody sees it.
	Progress func(done, all int)
	// Fail says at once why a part of the command failed; nil where a document says so.
	Fail func(error)
	// Lasting returns where to write what a person has to know although the output may be lost; nil for Lines.
	Lasting func() Lines
}

func (c Console) fail(err error) {
	if c.Fail != nil {
		c.Fail(err)
	}
}

func (c Console) lasting() Lines {
	if c.Lasting == nil {
		return c.Lines
	}
	return c.Lasting()
}
