package keycloak_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/wire"
	"fix403/keycloak/wire/wiretest"
)

func TestOpen(t *testing.T) {
	master := always(200, jsonType, `{"realm":"master","public_key":"k"}`)
	for _, tt := range []struct {
		name    string
		answers map[string]http.HandlerFunc // by path; the rest is 404 as Keycloak answers it
		path    string                      // of the given URL
		base    string                      // path of the server's URL
		kind    failure.Kind
	}{
		{"at the root", map[string]http.HandlerFunc{"/realms/master": master}, "", "", none},
		{"under /auth", map[string]http.HandlerFunc{"/auth/realms/master": master}, "", "/auth", none},
		{"under /auth as given", map[string]http.HandlerFunc{"/auth/realms/master": master}, "/auth", "/auth", none},
		{"given with /auth, but at the root", map[string]http.HandlerFunc{"/realms/master": master}, "/auth/", "", none},
		{"under a path of its own", map[string]http.HandlerFunc{"/sso/realms/master": master}, "/sso", "/sso", none},
		{"console URL", map[string]http.HandlerFunc{"/realms/master": master}, "/admin/master/console/", "", none},
		{"root 404 in HTML, /auth good", map[string]http.HandlerFunc{"/realms/master": always(404, htmlType, page403), "/auth/realms/master": master}, "", "/auth", none},
		{"neither", nil, "", "", failure.NotKeycloak},
		{"a web page", map[string]http.HandlerFunc{"/realms/master": always(200, htmlType, page403)}, "", "", failure.NotKeycloak},
		{"other JSON", map[string]http.HandlerFunc{"/realms/master": always(200, jsonType, `{"ok":true}`)}, "", "", failure.NotKeycloak},
		{"null", map[string]http.HandlerFunc{"/realms/master": always(200, jsonType, `null`)}, "", "", failure.NotKeycloak},
		{"empty", map[string]http.HandlerFunc{"/realms/master": always(200, jsonType, ``)}, "", "", failure.NotKeycloak},
		{"another realm's document", map[string]http.HandlerFunc{"/realms/master": always(200, jsonType, `{"realm":"demo"}`)}, "", "", failure.NotKeycloak},
		{"401 of a proxy", map[string]http.HandlerFunc{"/realms/master": always(401, "", "")}, "", "", failure.NotKeycloak},
		{"403 of a firewall", map[string]http.HandlerFunc{"/realms/master": always(403, htmlType, page403)}, "", "", failure.NotKeycloak},
		{"https required", map[string]http.HandlerFunc{"/realms/master": always(403, jsonType, `{"error":"invalid_request","error_description":"HTTPS required"}`)}, "", "", failure.HTTPSRequired},
		{"500", map[string]http.HandlerFunc{"/realms/master": always(500, jsonType, `{"error":"unknown_error"}`)}, "", "", failure.ServerError},
		{"503 of a gateway", map[string]http.HandlerFunc{"/realms/master": always(503, htmlType, page403)}, "", "", failure.ServerError},
		{"429", map[string]http.HandlerFunc{"/realms/master": always(429, "", "")}, "", "", failure.Rejected},
		{"too large", map[string]http.HandlerFunc{"/realms/master": always(200, jsonType, strings.Repeat(" ", 5<<20))}, "", "", failure.UnexpectedAnswer},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if f := tt.answers[r.URL.Path]; f != nil {
					f(w, r)
					return
				}
				reply(w, 404, jsonType, `{"error":"Unable to find matching target resource method"}`)
			}))
			defer ts.Close()
			s, err := keycloak.Open(t.Context(), ts.URL+tt.path, keycloak.Options{Once: true})
			wiretest.CheckError(t, err, tt.kind)
			if (s == nil) != (err != nil) {
				t.Errorf("server %v with error %v", s, err)
			}
			if err == nil && s.URL() != ts.URL+tt.base {
				t.Errorf("URL %s, want %s", s.URL(), ts.URL+tt.base)
			}
		})
	}
}

func TestOpenRedirect(t *testing.T) {
	other := newHostile(t, always(200, jsonType, `{"realm":"master"}`))
	ts := httptest.NewServer(http.RedirectHandler(other.URL+"/other/realms/master", http.StatusFound))
	defer ts.Close()
	_, err := keycloak.Open(t.Context(), ts.URL, keycloak.Options{})
	wiretest.CheckError(t, err, failure.Redirected)
	if err != nil && !strings.Contains(err.Error(), other.URL+"/other") {
		t.Errorf("%q does not name the target", err)
	}
	if e := (*failure.Error)(nil); !errors.As(err, &e) || !strings.HasSuffix(e.Hint.String(), "use its own address, "+other.URL+"/other.") {
		t.Errorf("the hint does not name the address: %#v", err)
	}
	if requests, _ := other.seen(); len(requests) > 0 {
		t.Errorf("the redirect was followed: %q", requests)
	}
}

func TestOpenWithoutAServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + l.Addr().String()
	_ = l.Close()
	for _, url := range []string{closed, "http://no-such-host.invalid"} {
		s, err := keycloak.Open(t.Context(), url, keycloak.Options{Once: true})
		wiretest.CheckError(t, err, failure.Unreachable)
		if s != nil || err == nil || !strings.Contains(err.Error(), strings.TrimPrefix(url, "http://")) {
			t.Errorf("%v, %v: want an error that names %s", s, err, url)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = keycloak.Open(ctx, closed, keycloak.Options{Once: true})
	wiretest.CheckError(t, err, failure.Canceled)
}

// newTLS starts a TLS server for a host name with a certificate of an authority of its own, and returns the CA's file.
func newTLS(t *testing.T, name string, notAfter time.Time, clientAuth tls.ClientAuthType) (url, caFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test CA"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: notAfter, DNSNames: []string{name},
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	if name == "127.0.0.1" {
		template.DNSNames, template.IPAddresses = nil, []net.IP{net.IPv4(127, 0, 0, 1)}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewUnstartedServer(always(200, jsonType, `{"realm":"master"}`))
	ts.Config.ErrorLog = log.New(io.Discard, "", 0)
	ts.TLS = &tls.Config{MinVersion: tls.VersionTLS12, ClientAuth: clientAuth, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	ts.StartTLS()
	t.Cleanup(ts.Close)
	caFile = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(caFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return ts.URL, caFile
}

func TestOpenTLS(t *testing.T) {
	tomorrow, yesterday := time.Now().Add(24*time.Hour), time.Now().Add(-24*time.Hour)
	good, goodCA := newTLS(t, "127.0.0.1", tomorrow, tls.NoClientCert)
	wrong, wrongCA := newTLS(t, "sso.example.com", tomorrow, tls.NoClientCert)
	old, oldCA := newTLS(t, "127.0.0.1", yesterday, tls.NoClientCert)
	mutual, mutualCA := newTLS(t, "127.0.0.1", tomorrow, tls.RequireAnyClientCert)
	plain := newHostile(t, nil)
	for _, tt := range []struct {
		name string
		url  string
		tls  wire.TLS
		kind failure.Kind
		says string // in message or hint
	}{
		{"unknown authority", good, wire.TLS{}, failure.TLS, "--ca-cert"},
		{"known authority", good, wire.TLS{CACert: goodCA}, none, ""},
		{"other authority", good, wire.TLS{CACert: wrongCA}, failure.TLS, "--ca-cert"},
		{"insecure", good, wire.TLS{Insecure: true}, none, ""},
		{"wrong name", wrong, wire.TLS{CACert: wrongCA}, failure.TLS, "127.0.0.1"},
		{"expired", old, wire.TLS{CACert: oldCA}, failure.TLS, "clock"},
		{"client certificate wanted", mutual, wire.TLS{CACert: mutualCA}, failure.TLS, "--client-cert"},
		{"https to an http port", strings.Replace(plain.URL, "http:", "https:", 1), wire.TLS{}, failure.TLS, "http://"},
		{"http to an https port", strings.Replace(good, "https:", "http:", 1), wire.TLS{}, failure.HTTPSRequired, "https://"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			transport, err := wire.NewTransport(tt.tls)
			if err != nil {
				t.Fatal(err)
			}
			defer transport.CloseIdleConnections()
			_, err = keycloak.Open(t.Context(), tt.url, keycloak.Options{Transport: transport})
			wiretest.CheckError(t, err, tt.kind)
			var e *failure.Error
			if err != nil {
				e = err.(*failure.Error) //nolint:errorlint // Open's own
				if !strings.Contains(e.Message.String()+e.Hint.String(), tt.says) {
					t.Errorf("%q, %q: want %q in it", e.Message, e.Hint, tt.says)
				}
			}
		})
	}
}
