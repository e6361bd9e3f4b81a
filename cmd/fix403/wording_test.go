package main

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"fix403/keycloak/practice"
)

// TestAnswersThatAreNoHTTP: something answers there, so host and port can be reached.
func TestAnswersThatAreNoHTTP(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	for name, says := range map[string]string{
		"HTTP/1.1 200 OK\r\nno header\r\n\r\n": "malformed MIME header", "SSH-2.0-OpenSSH_9.6\r\n": "malformed HTTP",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: strange\r\n\r\n": "unsupported transfer encoding",
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = c.Read(make([]byte, 4096))
				_, _ = io.WriteString(c, name)
				_ = c.(*net.TCPConn).CloseWrite()
				_, _ = io.Copy(io.Discard, c) // what is closed with something unread is reset
				_ = c.Close()
			}
		}()
		code, _, errs := atTerminal(t, false, "", nil, "run", "--url", "http://"+l.Addr().String())
		if code != exitUnreachable || !strings.Contains(errs, "does not respond in HTTP: ") || !strings.Contains(errs, says) || strings.Contains(errs, "cannot be reached") {
			t.Errorf("%q: exit code %d\n%s", name, code, errs)
		}
	}
}

// TestLabSaysWhatItCanNotRead in a sentence, not in the words of a decoder.
func TestLabSaysWhatItCanNotRead(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	p, err := practice.New(practice.Options{AdminPassword: adminPassword})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/service-account-user") {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, "[]")
			return
		}
		p.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	code, _, errs := atTerminal(t, false, "", nil, "lab", "wrong-secret", "--url", web.URL)
	if code != exitUnexpected || !strings.Contains(errs, "not a Keycloak response") || strings.Contains(errs, "json:") {
		t.Errorf("exit code %d\n%s", code, errs)
	}
}

// TestBuiltInClientsStayAsTheyAre: no advice loosens a client of Keycloak's own.
func TestBuiltInClientsStayAsTheyAre(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	base, _ := anAdminServer(t, "")
	if code, _, errs := atTerminal(t, false, "", nil, "run", "--url", base, "--realm", "walls"); code != exitOK {
		t.Fatal(errs)
	}
	for _, c := range []struct{ realm, client, verdict string }{
		{"walls", "realm-management", "service-account-off"}, {"walls", "broker", "service-account-off"}, {"master", "walls-realm", "service-account-off"},
		{"walls", "admin-cli", "public-client"}, {"walls", "security-admin-console", "public-client"},
	} {
		args := []string{"doctor", "--url", base, "--realm", c.realm, "--client-id", c.client, "--call", "GET /admin/realms/walls/users"}
		code, out, errs := atTerminal(t, false, "", nil, append(args, "--json")...)
		if code != exitCallFails || !strings.Contains(out, `"verdict": "`+c.verdict+`"`) || !strings.Contains(out, "built into Keycloak") {
			t.Errorf("%s: exit code %d\n%s%s", c.client, code, out, errs)
		}
		for _, loosens := range []string{"witch bearer-only off", "bearerOnly=false", "serviceAccountsEnabled", "publicClient=false"} {
			if strings.Contains(out, loosens) {
				t.Errorf("%s: it advises %s\n%s", c.client, loosens, out)
			}
		}
		if !strings.Contains(out, `"curl": null`) || !strings.Contains(out, `"console": null`) {
			t.Errorf("%s: there is a fix\n%s", c.client, out)
		}
	}
}
