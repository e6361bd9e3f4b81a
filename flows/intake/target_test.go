package intake

import (
	"testing"

	"fix403/keycloak/failure"
)

func TestParseTarget(t *testing.T) {
	for _, c := range []struct{ text, realm, user, want string }{
		{"GET /admin/realms/{realm}/users/{user-id}", "my realm", "1", "GET  /admin/realms/my%20realm/users/1"},
		{"delete /admin/realms/r/users/1", "", "", "DELETE  /admin/realms/r/users/1"},
		{"/admin/realms/r/users?max=1", "", "", "GET  /admin/realms/r/users?max=1"},
		{"https://kc/auth/admin/realms/r/users", "", "", "GET https://kc/auth /admin/realms/r/users"},
		{"PUT https://kc/admin/realms/{realm}", "r", "", "PUT https://kc /admin/realms/r"},
		{"GET /realms/r/users", "", "", "GET  /realms/r/users"},
		{"", "r", "1", "error"},
		{"GET", "r", "1", "error"},
		{"GET /admin/realms/{realm}/users", "", "", "error"},
		{"GET /admin/realms/r/users/{user-id}", "r", "", "error"},
		{"GET /admin/realms/r/clients/{client-uuid}", "r", "1", "error"},
		{"GET /auth/admin/realms/r/users", "r", "1", "error"},
		{"GET //evil/admin/realms/r", "r", "1", "error"},
		{"GET /admin realms", "r", "1", "error"},
		{"G3T /admin/realms", "r", "1", "error"},
		{"GET ftp://kc/admin/realms", "r", "1", "error"},
	} {
		got, err := parseTarget(c.text, c.realm, c.user)
		text := got.Method + " " + got.Base + " " + got.Path
		if err != nil {
			text = "error"
			if failure.KindOf(err) != failure.BadInput {
				t.Errorf("%q: %v", c.text, err)
			}
		}
		if text != c.want {
			t.Errorf("%q: %s (%v), want %s", c.text, text, err, c.want)
		}
	}
}

func TestTokenHeader(t *testing.T) {
	for text, want := range map[string]string{
		"abc\n":                                 "Bearer abc",
		"Bearer abc":                            "Bearer abc",
		"Authorization: Bearer abc\r\n":         "Bearer abc",
		`{"access_token":"abc","expires_in":1}`: "Bearer abc",
		`{"error":"invalid_client"}`:            "error",
	} {
		got, err := tokenHeader(text)
		value := got.Reveal()
		if err != nil {
			value = "error"
		}
		if value != want {
			t.Errorf("%q: %q, want %q", text, value, want)
		}
	}
}
