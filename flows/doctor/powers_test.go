package doctor

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"fix403/flows/doctor/exam"
	"fix403/flows/journal"
	"fix403/flows/problem"
	"fix403/flows/roles"
)

// refused is an account without a role, and the diagnosis of its call by an admin.
func refused(t *testing.T, method, below string) *Doctor {
	t.Helper()
	o := firstCall(t)
	o.Method, o.Path = method, o.Path+below
	doc, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := doc.Diagnose(t.Context()); err != nil {
		t.Fatal(err)
	}
	return doc
}

// whyNot is the error of a fix that was refused.
func whyNot(t *testing.T, doc *Doctor, err error) string {
	t.Helper()
	var check *problem.CheckError
	if !errors.As(err, &check) || check.Kind != "not-fixable" || check.Hint.Empty() {
		t.Fatalf("it was not refused: %v", err)
	}
	for _, e := range doc.Exchanges() {
		if e.Method == http.MethodPost && strings.Contains(e.URL, "/role-mappings/") {
			t.Errorf("it sent %s %s", e.Method, e.URL)
		}
	}
	return check.Message.String() + " " + check.Hint.String()
}

func TestPowerfulRoleTakesAProofAndAnAgreement(t *testing.T) {
	doc := refused(t, "GET", "/role-mappings/realm/available")
	if all := doc.Powers(); doc.Diagnosis.Certainty != exam.Proved || len(all) != 1 || all[0].Role != "manage-users" || !strings.Contains(all[0].Description().String(), "set the password of any user") {
		t.Fatalf("%s %v", doc.Diagnosis.Certainty, all)
	}
	if err := doc.CanFix(); err != nil {
		t.Fatal(err)
	}
	if said := whyNot(t, doc, doc.Fix(t.Context())); !strings.Contains(said, "--allow-powerful") || !strings.Contains(said, "set the password") {
		t.Error(said)
	}
	doc.AllowPowerful()
	if err := doc.Fix(t.Context()); err != nil || !doc.Diagnosis.After.Worked {
		t.Errorf("%v, %+v", err, doc.Diagnosis.After)
	}
}

func TestPowerfulRoleIsNotGrantedOnAGuess(t *testing.T) {
	doc := refused(t, "DELETE", "")
	if doc.Diagnosis.Certainty == exam.Proved || len(doc.Powers()) != 1 {
		t.Fatalf("%s %v", doc.Diagnosis.Certainty, doc.Powers())
	}
	doc.AllowPowerful()
	if said := whyNot(t, doc, doc.CanFix()); !strings.Contains(said, "not proved") {
		t.Error(said)
	}
	whyNot(t, doc, doc.Fix(t.Context()))
}

func TestRealmAdminIsNeverGranted(t *testing.T) {
	doc := refused(t, "GET", "")
	if len(doc.Powers()) != 0 || doc.CanFix() != nil {
		t.Fatalf("%v, %v", doc.Powers(), doc.CanFix())
	}
	for _, kind := range []journal.ChangeKind{journal.ChangeGrant, journal.ChangeScopeMapping} {
		doc.changes[0].Kind, doc.changes[0].Role = kind, roles.RealmAdmin
		doc.AllowPowerful()
		if said := whyNot(t, doc, doc.Fix(t.Context())); !strings.Contains(said, "never grants the role realm-admin") {
			t.Error(said)
		}
	}
}
