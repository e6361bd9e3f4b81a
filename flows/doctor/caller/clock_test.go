package caller

import (
	"net/http"
	"testing"
	"time"

	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/given"
	"fix403/flows/texts"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// Keycloak itself sends no Date header: the time in a token that was issued during the diagnosis is the server's clock.
func TestClockOfANewToken(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name      string
		issued    time.Time
		verdict   *exam.Verdict
		certainty exam.Certainty
	}{
		{"no token was issued", time.Time{}, TokenExpired, exam.Likely},
		{"the clocks agree", now, TokenExpired, exam.Proved},
		{"the server is behind", now.Add(-10 * time.Minute), ClockSkew, exam.Likely},
	} {
		x := &exam.Examination{Options: given.Options{Now: func() time.Time { return now }, Recorder: &wire.Recorder{}}, Diagnosis: &exam.Diagnosis{},
			Token: &token.Token{ExpiresAt: now.Add(-time.Minute)}, Reply: &wire.Reply{Header: http.Header{}}}
		x.Observed(exam.OnWire, "%s", "the call was refused")
		x.Issued(test.issued)
		var verdict *exam.Verdict
		var certainty exam.Certainty
		atTimes(x, func(v *exam.Verdict, because exam.Because, _ texts.Text, _ ...any) {
			verdict, certainty = v, because.Links(x.Seen()).Certainty()
		})
		if verdict != test.verdict || certainty != test.certainty {
			t.Errorf("%s: %v, %s", test.name, verdict, certainty)
		}
	}
}
