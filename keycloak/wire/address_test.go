package wire_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fix403/keycloak/failure"
	"fix403/keycloak/wire"
	"fix403/keycloak/wire/wiretest"
)

func TestNormalizeURL(t *testing.T) {
	for _, tt := range []struct{ raw, want string }{ // want "": bad input
		{"http://localhost:8080", "http://localhost:8080"},
		{"http://localhost:8080/", "http://localhost:8080"},
		{"  https://sso.example.com/auth/  ", "https://sso.example.com/auth"},
		{"localhost:8080", "http://localhost:8080"},
		{"127.0.0.1:8080", "http://127.0.0.1:8080"},
		{"[::1]:8080", "http://[::1]:8080"},
		{"kc.localhost", "http://kc.localhost"},
		{"sso.example.com", "https://sso.example.com"},
		{"sso.example.com:8443/auth", "https://sso.example.com:8443/auth"},
		{"localhost.example.com", "https://localhost.example.com"},
		{"https://sso.example.com/admin/master/console/#/demo/users", "https://sso.example.com"},
		{"https://sso.example.com/admin", "https://sso.example.com"},
		{"https://sso.example.com/auth/admin/realms/demo", "https://sso.example.com/auth"},
		{"https://sso.example.com/realms/demo/account?x=y", "https://sso.example.com"},
		{"https://sso.example.com/kc/realms", "https://sso.example.com/kc"},
		{"https://sso.example.com?x=y#z", "https://sso.example.com"},
		{"HTTPS://sso.example.com", "https://sso.example.com"},
		{"https://sso.example.com/a%2fb/", "https://sso.example.com/a%2fb"},
		{"", ""},
		{"   ", ""},
		{"https://", ""},
		{"https:///realms/demo", ""},
		{"ldap://sso.example.com", ""},
		{"file:///etc/passwd", ""},
		{"https://admin:hunter2secret@sso.example.com", ""},
		{"admin:hunter2secret@sso.example.com", ""},
		{"https://sso example.com", ""},
		{"https://sso.example.com:port-hunter2secret", ""},
		{"https://[::1", ""},
		{"https://sso.example.com/%zz", ""},
		{"https://sso.example.com/\x00", ""},
		{"https://münchen.example.com", "https://münchen.example.com"},
		{"https://sso.example.com\u0085#", ""},
		{"https://sso.example.com\u00a0/x", ""},
		{"https://[fe80::1%25eth0]:8080", ""},
	} {
		got, err := wire.NormalizeURL(tt.raw)
		if tt.want == "" {
			wiretest.CheckError(t, err, failure.BadInput)
		} else if err != nil {
			t.Errorf("%q: %v", tt.raw, err)
		}
		if got != tt.want {
			t.Errorf("%q: %q, want %q", tt.raw, got, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2secret") {
			t.Errorf("%q: the error repeats what may be a password: %v", tt.raw, err)
		}
		if again, err := wire.NormalizeURL(got); got != "" && (err != nil || again != got) {
			t.Errorf("%q becomes %q when normalized again: %v", got, again, err)
		}
	}
}

func FuzzNormalizeURL(f *testing.F) {
	for _, seed := range []string{"localhost:8080", "https://a/auth/admin/realms/x", "http://u:p@h", "//", "a b", "[::1]:1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := wire.NormalizeURL(raw)
		if err != nil {
			if failure.KindOf(err) != failure.BadInput || got != "" {
				t.Errorf("%q: %q, %v", raw, got, err)
			}
			return
		}
		if again, err := wire.NormalizeURL(got); err != nil || again != got {
			t.Errorf("%q: %q, again %q, %v", raw, got, again, err)
		}
	})
}

func TestIsLoopback(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true, "kc.localhost": true,
		"example.com": false, "localhost.example.com": false, "10.0.0.1": false, "": false, "127.example.com": false,
	} {
		if got := wire.IsLoopback(host); got != want {
			t.Errorf("%q: %v, want %v", host, got, want)
		}
	}
}

func TestNewTransportBadFiles(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("no PEM"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, o := range []wire.TLS{
		{CACert: filepath.Join(t.TempDir(), "none.pem")},
		{CACert: empty},
		{ClientCert: empty},
		{ClientKey: empty},
		{ClientCert: empty, ClientKey: empty},
	} {
		_, err := wire.NewTransport(o)
		wiretest.CheckError(t, err, failure.BadInput)
	}
}
