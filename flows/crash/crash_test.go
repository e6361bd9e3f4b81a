package crash_test

import (
	"errors"
	"strings"
	"testing"

	"fix403/flows/crash"
	"fix403/flows/report"
	"fix403/flows/story"
)

func TestGuarded(t *testing.T) {
	if err := crash.Guarded(func() error { return nil }); err != nil {
		t.Error(err)
	}
	if err := crash.Guarded(func() error { return errNoRoles }); !errors.Is(err, errNoRoles) {
		t.Error(err)
	}
	var nothing *story.State
	for what, f := range map[string]func() error{
		"nil pointer":         func() error { nothing.URL = "x"; return nil },
		"index out of range":  func() error { _ = nothingIn()[3]; return nil },
		"string":              func() error { panic("secret-password") },
		"*errors.errorString": func() error { panic(errors.New("secret-password")) },
	} {
		err := crash.Guarded(f)
		var c *crash.Crash
		if !errors.As(err, &c) || !strings.Contains(c.What, what) || !strings.HasPrefix(c.Place, "fix403/flows/crash_test.TestGuarded") {
			t.Errorf("%s: %#v", what, err)
			continue
		}
		report := report.ErrorOf(err)
		if report.Kind != "unexpected" || report.Hint == "" || strings.Contains(report.Message+report.Hint, "secret-password") {
			t.Errorf("%s: %+v", what, report)
		}
	}
}

var errNoRoles = errors.New("no roles")

func nothingIn() []string { return nil }
