package main

import (
	"context"
	"errors"
	"io"
	"syscall"

	"fix403/flows/outfile"
	"fix403/ui/plain"
)

// output is what a command writes to stdout. It remembers the first write that failed, and then writes nothing more.
type output struct {
	io.Writer
	err    error
	failed func(error) // called then
}

func (o *output) Write(b []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.Writer.Write(b)
	if err != nil {
		o.err = &outfile.Error{File: outfile.File{Name: "stdout"}, Err: err}
		o.failed(err)
		return n, o.err
	}
	return n, nil
}

// lostOutput ends a command whose stdout took not all of what it wrote, and returns the exit code. A reader that has read
// enough, as head does, is told nothing where nothing was under way.
func (a *app) lostOutput(err error) int {
	var shown reported
	rest := err
	if sole(err) == a.output.err { //nolint:errorlint // this very error
		rest = nil
	}
	quiet := errors.Is(a.output.err, syscall.EPIPE) && (rest == nil || errors.As(rest, &shown) && !a.json)
	switch {
	case quiet && rest == nil:
		return exitPipe
	case quiet:
		return exitCode(rest)
	case rest != nil && !errors.Is(rest, context.Canceled) && (a.json || !errors.As(rest, &shown)):
		a.sayError(rest)
	}
	message := a.Error(a.output.err)
	if errors.Is(rest, context.Canceled) {
		message += " " + a.T("The work in progress was stopped.")
	}
	a.asides().Failure(message, a.T("The reading program has ended, or the disk is full."))
	if code := exitCode(rest); code != exitOK && code != exitInterrupted {
		return code
	}
	return exitUnexpected
}

// sole is the one error in an error, behind what only wraps it.
func sole(err error) error {
	for {
		switch e := err.(type) { //nolint:errorlint // each wrapping is taken off
		case reported:
			err = e.error
		case interface{ Unwrap() []error }:
			all := e.Unwrap()
			if len(all) != 1 {
				return err
			}
			err = all[0]
		default:
			return err
		}
	}
}

// notices are lines of what the user has to know although the output may be lost.
func (a *app) notices(lines plain.Lines) plain.Lines {
	if lines.Out == a.output && a.output.err != nil {
		return a.asides()
	}
	return lines
}
