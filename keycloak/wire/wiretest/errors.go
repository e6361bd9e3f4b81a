package wiretest

import (
	"errors"
	"fix403/keycloak/failure"
	"strings"
	"testing"
)

// CheckError checks that an error is of a kind, and what every error owes its reader; "" is no error.
func CheckError(t *testing.T, err error, want failure.Kind) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Errorf("error %q, want none", err)
		}
		return
	}
	var e *failure.Error
	if !errors.As(err, &e) {
		t.Errorf("error %v (%T), want one of kind %s", err, err, want)
		return
	}
	if e.Kind != want {
		t.Errorf("kind %s (%s), want %s", e.Kind, e.Message, want)
	}
	if e.Message.Empty() || strings.Contains(e.Message.String(), "%!") || e.Error() != e.Message.String() {
		t.Errorf("message %q", e.Message)
	}
	switch e.Kind {
	case failure.NotFound, failure.Conflict, failure.Canceled: // the caller knows what to do
	default:
		if e.Hint.Empty() {
			t.Errorf("no hint for %q", e.Message)
		}
	}
	for _, text := range []string{e.Message.String(), e.Hint.String()} {
		if text != "" && !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, ").") && !strings.HasSuffix(text, "…") {
			t.Errorf("%q is no sentence", text)
		}
	}
}
