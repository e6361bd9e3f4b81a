package flows_test

import (
	"errors"
	"strings"
	"testing"

	"fix403/flows"
)

func TestGuarded(t *testing.T) {
	if err := flows.Guarded(func() error { return nil }); err != nil {
		t.Error(err)
	}
	if err := flows.Guarded(func() error { return errNoRoles }); !errors.Is(err, errNoRoles) {
		t.Error(err)
	}
	var nothing *flows.State
	for what, f := range map[string]func() error{
		"nil pointer":         func() error { nothing.URL = "x"; return nil },
		"index out of range":  func() error { _ = nothingIn()[3]; return nil },
		"string":              func() error { panic("secret-password") },
		"*errors.errorString": func() error { panic(errors.New("secret-password")) },
	} {
		err := flows.Guarded(f)
		var crash *flows.Crash
		if !errors.As(err, &crash) || !strings.Contains(crash.What, what) || !strings.HasPrefix(crash.Place, "fix403/flows_test.TestGuarded") {
			t.Errorf("%s: %#v", what, err)
			continue
		}
		report := flows.ErrorReport(err)
		if report.Kind != "unexpected" || report.Hint == "" || strings.Contains(report.Message+report.Hint, "secret-password") {
			t.Errorf("%s: %+v", what, report)
		}
	}
}

var errNoRoles = errors.New("no roles")

func nothingIn() []string { return nil }
