package risk

import (
	"strings"
	"testing"

	"fix403/flows/params"
	"fix403/keycloak/msg"
)

func TestLooksLikeProduction(t *testing.T) {
	for _, tt := range []struct{ url, realm, want string }{
		{"https://sso.example.com", "x", "sso.example.com"},
		{"https://login.example.com", "x", ""},
		{"https://keycloak-prod.internal:8443/auth", "x", "keycloak-prod.internal"},
		{"https://PROD2.example.com", "x", "PROD2.example.com"},
		{"https://www.example.com", "x", "www.example.com"},
		{"https://id.live.example.com", "x", "id.live.example.com"},
		{"https://sso.test.example.com", "x", ""},
		{"https://sso-dev3.example.com", "x", ""},
		{"https://sso.example.com", "staging", ""},
		{"https://stage-sso.example.com", "prod-app", ""},
		{"https://id.example.com", "prod-app", "prod-app"},
		{"https://id.example.com", "products", ""},
		{"https://ssocks.example.com", "x", ""},
		{"https://delivery.example.com", "alive", ""},
		{"http://localhost:8080", "x", ""},
		{"http://sso.localhost:8080", "x", ""},
		{"http://127.0.0.1:8080", "prod-app", "prod-app"}, // perhaps the end of a tunnel
		{"http://[::1]:8080", "x", ""},
		{"", "", ""},
		{"http://%", "x", ""},
	} {
		if got := LooksLikeProduction(tt.url, tt.realm); got != tt.want {
			t.Errorf("%s, realm %s: %q, want %q", tt.url, tt.realm, got, tt.want)
		}
	}
}

func TestCaution(t *testing.T) {
	p := params.DefaultParams()
	if got := Caution("https://id.example.com", p, false); len(got) != 0 {
		t.Errorf("%q", got)
	}
	p.Realm = "prod-app"
	got := msg.List("\n", Caution("https://id.example.com", p, true)...).String()
	for _, want := range []string{"looks like a production", p.ClientID, p.Username, "prod-app", "view-users"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q does not say %s", got, want)
		}
	}
}

func TestPlainHTTP(t *testing.T) {
	for url, warns := range map[string]bool{
		"http://sso.example.com": true, "https://sso.example.com": false, "sso.example.com": false, "http://localhost:8080": false,
		"http://127.0.0.1": false, "http://[::1]:8080": false, "http://10.0.0.1:8080": true, "http://": false,
	} {
		if got := PlainHTTP(url); got.Empty() == warns {
			t.Errorf("%s: %q", url, got)
		}
	}
}
