package gate

import (
	"testing"

	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// Bodies as measured, FACTS sections 0 and 4.
func TestStopOf(t *testing.T) {
	of := func(realm string) *token.Token { return &token.Token{Issuer: "http://h/realms/" + realm} }
	const users = "http://h/admin/realms/a/users/1"
	for _, c := range []struct {
		name   string
		url    string
		bearer *token.Token
		status int
		body   string
		want   Gate
	}{
		{"no response", users, nil, 0, "", Reach},
		{"passed", users, of("a"), 200, `{}`, None},
		{"redirect", users, of("a"), 302, "", Reach},
		{"no token", users, nil, 401, `{"error":"HTTP 401 Unauthorized"}`, Identity},
		{"no role", users, of("a"), 403, `{"error":"HTTP 403 Forbidden"}`, Role},
		{"no role on 24.0.5", users, of("a"), 403, `{"error":"unknown_error","error_description":"For more on this error consult the server log at the debug level."}`, Role},
		{"admin of master without roles", users, of("master"), 403, `{"error":"HTTP 403 Forbidden"}`, Role},
		{"other realm", users, of("b"), 403, `{"error":"HTTP 403 Forbidden"}`, Realm},
		{"proxy", users, of("a"), 403, `<html><title>Forbidden</title></html>`, Reach},
		{"unknown realm", users, of("master"), 404, `{"error":"Realm not found."}`, Realm},
		{"unknown user", users, of("a"), 404, `{"error":"User not found"}`, Object},
		{"unknown route", users + "/nope", of("a"), 404, `{"error":"HTTP 404 Not Found"}`, Route},
		{"method", users, of("a"), 405, `{"error":"HTTP 405 Method Not Allowed"}`, Route},
		{"body", users, of("a"), 400, `{"field":"username","errorMessage":"error-invalid-length"}`, Route},
		{"there already", users, of("a"), 409, `{"errorMessage":"User exists with same username"}`, Route},
		{"server failed", users, of("a"), 500, `{"error":"unknown_error"}`, Reach},
		{"token endpoint", "http://h/realms/a/protocol/openid-connect/token", nil, 401, `{"error":"unauthorized_client"}`, Client},
	} {
		got := Classify(wire.Exchange{URL: c.url, Bearer: c.bearer, Status: c.status, ResponseBody: c.body})
		if got.Gate != c.want || got.Explanation.Empty() {
			t.Errorf("%s: stopped at %s (%s), want %s", c.name, got.Gate, got.Explanation, c.want)
		}
	}
}

func TestGateLineMarksTheStop(t *testing.T) {
	for want, stop := range map[string]Refusal{
		"reach ok > client ok > identity STOP 401 > realm - > route - > role - > object -":    {Gate: Identity, Status: 401},
		"reach STOP > client - > identity - > realm - > route - > role - > object -":          {Gate: Reach},
		"reach ok > client ok > identity ok > realm ok > route ok > role ok > object ok":      {Gate: None, Status: 200},
		"reach ok > client ok > identity ok > realm ok > route ok > role STOP 403 > object -": {Gate: Role, Status: 403},
	} {
		if got := Line(stop); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
