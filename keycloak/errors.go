package keycloak

import (
	"errors"

	"fix403/keycloak/msg"
)

// Kind says what went wrong, for exit codes, JSON and screens.
type Kind string

// The kinds of [Error].
const (
	KindBadInput         Kind = "bad-input"         // a name, URL or file that cannot be used; nothing was sent
	KindUnreachable      Kind = "unreachable"       // no connection, or it broke before an answer came
	KindTLS              Kind = "tls-untrusted"     // the server's certificate was not accepted
	KindRedirected       Kind = "redirected"        // the server redirects elsewhere; never followed
	KindNotKeycloak      Kind = "not-keycloak"      // something answered, but not Keycloak
	KindHTTPSRequired    Kind = "https-required"    // the realm wants https from this address
	KindTimeout          Kind = "timeout"           // no whole answer in time; errors.Is finds context.DeadlineExceeded
	KindCanceled         Kind = "canceled"          // given up by the caller; errors.Is finds context.Canceled
	KindAdminRefused     Kind = "admin-refused"     // the admin's login or call was answered with 401 or 403
	KindClientRefused    Kind = "client-refused"    // the token endpoint refused the client
	KindNotFound         Kind = "not-found"         // 404
	KindConflict         Kind = "conflict"          // 409
	KindRejected         Kind = "rejected"          // another 4xx
	KindServerError      Kind = "server-error"      // 5xx
	KindUnexpectedAnswer Kind = "unexpected-answer" // a success without what a success must carry
)

// Error is what every function of this package returns on failure: a kind, one sentence for a person, and what to do
// next. It never holds a secret.
type Error struct {
	Kind    Kind
	Message msg.Message // one sentence
	Hint    msg.Message // the next step; may be empty
	Reason  string      // the server's own words, masked; "" without any
	Status  int         // of the answer; 0 without one
	Err     error       // the cause, for errors.Is and errors.As; may be nil

	badCredentials bool // the token endpoint refused the user: see [MayLackCode]
}

// mask masks what the server repeats of secrets.
func (e *Error) mask(mask func(string) string) {
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

func badInput(hint, format msg.Format, args ...any) *Error {
	return &Error{Kind: KindBadInput, Message: msg.New(format, args...), Hint: msg.New(hint)}
}
