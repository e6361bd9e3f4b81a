package diagnose

import (
	"strings"
	"testing"
	"time"

	"fix403/flows/change"
	"fix403/flows/doctor/exam"
	"fix403/flows/journal"
	"fix403/flows/roles"
	"fix403/ui/shell"
)

func TestPowerIsNamedAboveTheQuestion(t *testing.T) {
	env := &shell.Env{Theme: formTheme(), Now: time.Now, Work: shell.NewWorker(t.Context(), time.Now)}
	c := newPractice(env, "26.7.3")
	c.snapshot = snapshot{diagnosis: &exam.Diagnosis{},
		plan:   []change.Change{{Kind: journal.ChangeGrant, Realm: "shop", ClientID: "svc", Container: "realm-management", Role: "manage-users"}},
		powers: []roles.Power{{Role: "manage-users", Lets: "can set the password of any user"}}}
	v := newResult(c, nil)
	d := v.dialog(actionFix)
	if text := strings.Join(d.Lines(env.Theme, 76, 20), " "); !strings.Contains(text, "The role manage-users is powerful") || !strings.Contains(text, "set the password") {
		t.Error(text)
	}
}
