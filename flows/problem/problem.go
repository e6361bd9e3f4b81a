// Package problem has the errors by which flows say that an input cannot be used, or that a server is not as it should be.
package problem

import (
	"context"
	"errors"

	"fix403/flows/texts"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// AsKeycloakError returns the error of the adapter in an error, nil where there is none.
func AsKeycloakError(err error) *failure.Error {
	var e *failure.Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// BadInput is the error for an input that cannot be used, with [failure.BadInput].
//
//go:noinline // it would be 20 kB of the program
func BadInput(hint, format texts.Text, args ...any) error {
	return &failure.Error{Kind: failure.BadInput, Message: msg.New(format, args...), Hint: msg.New(hint)}
}

// CheckError says that the server did not answer as the story needs, or holds something that the story may not touch.
type CheckError struct {
	Kind    string // check-failed, not-ours, differs or already-has-role
	Message msg.Message
	Hint    msg.Message
	Missing bool // the step has not been done yet
}

// Error implements error.
func (e *CheckError) Error() string { return e.Message.String() }

// Sentence returns the error's sentence, to be rendered in a language.
func (e *CheckError) Sentence() msg.Message { return e.Message }

// Refused is a [CheckError] of a kind.
func Refused(kind string, hint, format texts.Text, values ...any) *CheckError {
	return &CheckError{Kind: kind, Message: msg.New(format, values...), Hint: msg.New(hint)}
}

// CheckFailed is the [CheckError] of a check that failed.
func CheckFailed(hint, format texts.Text, values ...any) *CheckError {
	return Refused("check-failed", hint, format, values...)
}

// Missing is the error of a check that finds that a step has not been done yet. The step stays open then.
func Missing(hint, format texts.Text, values ...any) *CheckError {
	e := CheckFailed(hint, format, values...)
	e.Missing = true
	return e
}

// NotThere is the same with the adapter's words for what is not there.
func NotThere(err error) *CheckError {
	e := Missing("Create it, here or by hand.", "")
	e.Message = msg.Of(err)
	return e
}

// IsMissing reports whether a check only found that the step has not been done yet.
func IsMissing(err error) bool {
	var check *CheckError
	return errors.As(err, &check) && check.Missing
}

// Canceled is the error of a step whose context has ended, nil while it goes on.
func Canceled(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return &failure.Error{Kind: failure.Canceled, Message: msg.New("The step was cancelled."), Err: ctx.Err()}
}
