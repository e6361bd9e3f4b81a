package doctor

import (
	"net/http"
	"testing"
	"time"

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
		verdict   *Verdict
		certainty Certainty
	}{
		{"no token was issued", time.Time{}, TokenExpired, Likely},
		{"the clocks agree", now, TokenExpired, Proved},
		{"the server is behind", now.Add(-10 * time.Minute), ClockSkew, Likely},
	} {
		x := &examination{o: given.Options{Now: func() time.Time { return now }, Recorder: &wire.Recorder{}}, d: &Diagnosis{},
			token: &token.Token{ExpiresAt: now.Add(-time.Minute)}, reply: &wire.Reply{Header: http.Header{}}}
		x.issued(test.issued)
		var verdict *Verdict
		var certainty Certainty
		x.atTimes(func(v *Verdict, c Certainty, _ texts.Text, _ ...any) { verdict, certainty = v, c })
		if verdict != test.verdict || certainty != test.certainty {
			t.Errorf("%s: %v, %s", test.name, verdict, certainty)
		}
	}
}
