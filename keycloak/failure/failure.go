// Package failure has the errors of calls to Keycloak: what kind of failure one is, and what to do next, in no language
// yet.
package failure

import (
	"errors"
	"net/http"
	"syscall"

	"fix403/keycloak/msg"
)

// Kind says what went wrong, for exit codes, JSON and screens.
type Kind string

// The kinds of [Error].
const (
	BadInput         Kind = "bad-input"         // a name, URL or file that cannot be used; nothing was sent
	Unreachable      Kind = "unreachable"       // no connection, or it broke before an answer came
	TLS              Kind = "tls-untrusted"     // the server's certificate was not accepted
	Redirected       Kind = "redirected"        // the server redirects elsewhere; never followed
	NotKeycloak      Kind = "not-keycloak"      // something answered, but not Keycloak
	HTTPSRequired    Kind = "https-required"    // the realm wants https from this address
	Timeout          Kind = "timeout"           // no whole answer in time; errors.Is finds context.DeadlineExceeded
	Canceled         Kind = "canceled"          // given up by the caller; errors.Is finds context.Canceled
	AdminRefused     Kind = "admin-refused"     // the admin's login or call was answered with 401 or 403
	ClientRefused    Kind = "client-refused"    // the token endpoint refused the client
	NotFound         Kind = "not-found"         // 404
	Conflict         Kind = "conflict"          // 409
	Rejected         Kind = "rejected"          // another 4xx
	ServerError      Kind = "server-error"      // 5xx
	UnexpectedAnswer Kind = "unexpected-answer" // a success without what a success must carry
)

// Error is what a call returns on failure: a kind, one sentence for a person, and what to do
// next. It never holds a secret.
type Error struct {
	Kind    Kind
	Message msg.Message // one sentence
	Hint    msg.Message // the next step; may be empty
	Reason  string      // the server's own words, masked; "" without any
	Status  int         // of the answer; 0 without one
	Err     error       // the cause, for errors.Is and errors.As; may be nil

	BadCredentials bool // the token endpoint refused the user, or a one-time code was missing: it says the same of both
}

// Mask applies a function that masks secrets to what the error repeats of others' words.
func (e *Error) Mask(mask func(string) string) {
	e.Message, e.Hint, e.Reason = e.Message.Map(mask), e.Hint.Map(mask), mask(e.Reason)
}

func (e *Error) Error() string { return e.Message.String() }

// Sentence returns the error's sentence, to be rendered in a language.
func (e *Error) Sentence() msg.Message { return e.Message }

func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of the [Error] in err's chain, or "" if there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

// NewBadInput returns the error for a name, URL or file that cannot be used, with [BadInput].
//
//go:noinline // it would be 20 kB of the program
func NewBadInput(hint, format msg.Format, args ...any) *Error {
	return &Error{Kind: BadInput, Message: msg.New(format, args...), Hint: msg.New(hint)}
}

// NotDone reports whether it is certain of a failed call that the server did not do what it asked for: the server refused,
// or never got it. After a broken connection, a time-out or an answer of 5xx it may have done it.
func NotDone(err error) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	refused := e.Status >= 400 && e.Status < 500 && e.Status != http.StatusRequestTimeout
	return refused || e.Kind == BadInput || e.Kind == TLS || errors.Is(err, syscall.ECONNREFUSED)
}
