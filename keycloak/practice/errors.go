package practice

import (
	"fmt"
	"net/http"
	"strings"
)

const (
	debugLogSentence = "For more on this error consult the server log at the debug level."
	logSentence      = "For more on this error consult the server log."
)

// failure is an answer that ends a request early. body is JSON; nil is an empty body.
type failure struct {
	status int
	body   map[string]any
	// thrown marks what Keycloak raises as an exception: such an answer is an
	// HTML page for callers that accept HTML, and on 24.0.5 carries a description.
	thrown bool
	header http.Header
	ctype  string // content type where it is not application/json
}

// Error is the sentence in the body.
func (f *failure) Error() string {
	for _, field := range []string{"errorMessage", "error_description", "error"} {
		if sentence, ok := f.body[field].(string); ok {
			return sentence
		}
	}
	return fmt.Sprintf("%d %s", f.status, http.StatusText(f.status))
}

// errStatus is an exception without a message of its own, as "HTTP 404 Not Found".
func errStatus(status int) *failure {
	return &failure{status: status, thrown: true, body: map[string]any{"error": fmt.Sprintf("HTTP %d %s", status, http.StatusText(status))}}
}

// errText is an exception with a message ("User not found").
//
//go:noinline // in two hundred places it would be 50 kB of the program
func errText(status int, text string) *failure {
	return &failure{status: status, thrown: true, body: map[string]any{"error": text}}
}

// errOAuth is the error answer of RFC 6749 section 5.2.
//
//go:noinline // in two hundred places it would be 60 kB of the program
func errOAuth(status int, code, description string) *failure {
	b := map[string]any{"error": code}
	if description != "" {
		b["error_description"] = description
	}
	return &failure{status: status, body: b}
}

// errMessage is the admin API's answer to input it understood and refuses.
//
//go:noinline // it would be 12 kB of the program
func errMessage(status int, message string) *failure {
	return &failure{status: status, body: map[string]any{"errorMessage": message}}
}

// errField is a refused user attribute.
//
//go:noinline // it would be 5 kB of the program
func errField(field, message string, params ...any) *failure {
	return &failure{status: http.StatusBadRequest, body: map[string]any{
		"field": field, "errorMessage": message, "params": append([]any{field}, params...)}}
}

func errUnauthorized() *failure { return errStatus(http.StatusUnauthorized) }
func errNotFound() *failure     { return errStatus(http.StatusNotFound) }

//go:noinline // it would be 12 kB of the program
func (c *call) errForbidden() *failure {
	return errText(http.StatusForbidden, c.behavior().forbiddenError)
}

// errInternal is what Keycloak answers when code of its own fails, as on an empty body.
//
//go:noinline // it would be 5 kB of the program
func (c *call) errInternal() *failure {
	return errOAuth(http.StatusInternalServerError, "unknown_error", c.logSentence())
}

// logSentence refers the caller to the server log, as the version words it in development mode.
func (c *call) logSentence() string {
	if c.behavior().debugDescription {
		return debugLogSentence
	}
	return logSentence
}

// errNoResource is the answer to a path outside Keycloak's root resources.
func errNoResource() *failure {
	return errText(http.StatusNotFound, "Unable to find matching target resource method")
}

// errLimit is the answer where a bound of this practice server is reached; real Keycloak has no such bound.
func errLimit(sentence string) *failure {
	return errOAuth(http.StatusInsufficientStorage, "practice_limit", sentence)
}

// errNotImplemented keeps the promise that what is missing here is never a false 404.
//
//go:noinline // it would be 5 kB of the program
func errNotImplemented(what string) *failure {
	return errOAuth(http.StatusNotImplemented, "not_implemented",
		"the practice Keycloak does not know "+what+"; a real Keycloak does. Start one to try it.")
}

// wantsHTML follows Keycloak's error handler: any accepted type that is HTML
// and not a wildcard turns an exception into a page.
func wantsHTML(r *http.Request) bool {
	for _, h := range r.Header.Values("Accept") {
		for part := range strings.SplitSeq(h, ",") {
			t, _, _ := strings.Cut(strings.TrimSpace(part), ";")
			if t == "text/html" || t == "text/*" {
				return true
			}
		}
	}
	return false
}
