package given

import (
	"slices"
	"testing"

	"fix403/keycloak/wire"
)

// What gets a token goes to the server that issues it: in a paste to the paste's own, and to another than the call's only where both are
// addresses of one port of this machine.
func TestCredentialsOfALogin(t *testing.T) {
	for name, c := range map[string]struct {
		url, login, of string
		origin         Origin
		kept           bool
	}{
		"one server":                   {"https://kc.example", "", "https://kc.example", Named, false},
		"two names of one port":        {"http://127.0.0.1:8080", "http://localhost:8080", "http://localhost:8080", Named, false},
		"the same, nothing named":      {"http://127.0.0.1:8080", "http://localhost:8080", "http://localhost:8080", FromPaste, false},
		"typed, two names":             {"http://127.0.0.1:8080", "http://localhost:8080", "", Named, false},
		"typed, nothing named":         {"http://127.0.0.1:8080", "http://localhost:8080", "", FromPaste, true},
		"two ports":                    {"http://127.0.0.1:8080", "http://127.0.0.1:9090", "http://127.0.0.1:9090", Named, true},
		"two servers":                  {"https://kc.example", "https://other.example", "https://other.example", Named, true},
		"two servers, nothing named":   {"https://kc.example", "https://other.example", "https://other.example", FromPaste, true},
		"typed, two servers":           {"https://kc.example", "https://other.example", "", Named, true},
		"pasted for another than this": {"https://kc.example", "", "https://other.example", Named, true},
	} {
		for _, grant := range []string{ClientCredentials, PasswordGrant, RefreshGrant, TokenExchange} {
			secret := wire.NewSecret("geheim")
			o := Options{URL: c.url, Origin: c.origin, Path: "/admin/realms/shop/users", ClientID: "app", Login: Login{Grant: grant, URL: c.login, SecretsOf: c.of}}
			switch grant {
			case ClientCredentials:
				o.Secret, o.SecretOf = secret, c.of
			case PasswordGrant:
				o.Login.Password = secret
			case RefreshGrant:
				o.Login.RefreshToken = secret
			case TokenExchange:
				o.Login.Subject = &Subject{ClientID: "front", Secret: secret}
			}
			p, err := o.Prepare()
			if err != nil {
				t.Fatal(err)
			}
			left := slices.ContainsFunc(append(o.Login.secrets(), o.Secret), func(s wire.Secret) bool { return !s.Empty() })
			if p.Bare != c.kept || left == c.kept || len(p.Kept) > 1 {
				t.Errorf("%s, %s: kept %v, still there: %v", name, grant, p.Kept, left)
			}
		}
	}
}
