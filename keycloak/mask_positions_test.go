package keycloak_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"

	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/practice"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
	"fix403/keycloak/wire/wiretest"
)

const hidden = `Adm1n-Pässw0rd%+&"x\y-Zq`

// loggedIn is an admin whose password is hidden, on a server that answers as a test says.
func loggedIn(t *testing.T, answer http.HandlerFunc) (*keycloak.Server, *keycloak.Admin) {
	t.Helper()
	h := newHostile(t, answer)
	s, err := keycloak.Open(t.Context(), h.URL, keycloak.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.Login(t.Context(), keycloak.Credentials{User: "admin", Password: wire.NewSecret(hidden)})
	if err != nil {
		t.Fatal(err)
	}
	return s, a
}

func wantNothingRevealed(t *testing.T, where, secret string, value any) {
	t.Helper()
	texts(reflect.ValueOf(value), where, func(path, text string) {
		if wiretest.Reveals(text, secret, 3) {
			t.Errorf("%s: %.300q", path, text)
		}
	})
}

// Passwords that stand in the headers and answers of each Keycloak: a decision that is made with what is masked goes wrong.
func TestNoDecisionIsMadeWithWhatIsMasked(t *testing.T) {
	for _, password := range []string{"application/json", "json", "security-w", "no-store", "200", "Bearer", "Realm not found.", "Invalid user credentials", "realm", "access_token", "/admin/realms/", "/realms/master"} {
		t.Run(password, func(t *testing.T) {
			p, err := practice.New(practice.Options{AdminPassword: password})
			if err != nil {
				t.Fatal(err)
			}
			s, err := keycloak.Open(t.Context(), p.URL(), keycloak.Options{Transport: p.Transport()})
			if err != nil {
				t.Fatal(err)
			}
			a, err := s.Login(t.Context(), keycloak.Credentials{User: p.AdminUser(), Password: wire.NewSecret(password)})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := a.FindRealm(t.Context(), "demo"); failure.KindOf(err) != failure.NotFound {
				t.Errorf("a realm that is not there: %v", err)
			}
			if _, err := a.EnsureRealm(t.Context(), "demo", "run", nil); err != nil {
				t.Error(err)
			}
			if v, err := a.Version(t.Context()); v == "" || err != nil {
				t.Errorf("version %q, %v", v, err)
			}
			_, err = s.Login(t.Context(), keycloak.Credentials{User: p.AdminUser(), Password: wire.NewSecret("wrong")})
			if !keycloak.MayLackCode(err) {
				t.Errorf("a wrong password: %v", err)
			}
			reply, err := s.Send(t.Context(), keycloak.Request{Method: http.MethodGet, Path: "/admin/realms/nope/users", Authorization: wire.NewSecret("Bearer nope")})
			if reason, _ := reply.Words(); err != nil || reason != "HTTP 401 Unauthorized" || !strings.HasPrefix(reply.Header.Get("Content-Type"), "application/json") {
				t.Errorf("%q, %v, %v", reason, reply.Header, err)
			}
		})
	}
}

func TestClaimsThatASecretStandsIn(t *testing.T) {
	claims := map[string]any{
		"iss": "http://kc/realms/demo", "azp": "app", "jti": "the-token", "preferred_username": "me " + hidden, "scope": "openid " + wiretest.InJSON(hidden), "nonce": 12345678,
		"realm_access": map[string]any{"roles": []string{"plain", hidden}}, "resource_access": map[string]any{"realm-management": map[string]any{"roles": []string{"view-users", hidden}}, hidden: map[string]any{"roles": []string{"x"}}},
		"deep": map[string]any{"list": []any{map[string]any{"x": []any{wiretest.Encodings["in base64"](hidden)}}, true, nil}},
	}
	raw := jwt(claims)
	s, _ := loggedIn(t, always(200, jsonType, `{"access_token":"`+raw+`","expires_in":60}`))
	s.Recorder().Hide(wire.NewSecret("12345678"))
	if _, err := s.ClientToken(t.Context(), "demo", "app", wire.NewSecret(planted.clientSecret)); err != nil {
		t.Fatal(err)
	}
	_, _ = s.GetUser(t.Context(), msg.Verbatim("read"), wire.NewSecret(raw), "demo", "u")
	all := s.Recorder().Exchanges()
	issued, bearer := all[len(all)-2].Issued, all[len(all)-1].Bearer
	for _, masked := range []*token.Token{issued, bearer} {
		wantNothingRevealed(t, "token", hidden, masked)
		if masked.Claims["nonce"] != wire.Masked {
			t.Errorf("a number that is a secret: %v", masked.Claims["nonce"])
		}
		if got := masked.Roles("realm-management"); !reflect.DeepEqual(got, []string{"***", "view-users"}) || !masked.HasRoleClaims || masked.AuthorizedParty != "app" {
			t.Errorf("%v of %+v", got, masked)
		}
		if !masked.OfRealm("demo") || masked.OfRealm("other") || !masked.SameAs(issued) {
			t.Error("a token with masked claims is no longer what it was")
		}
	}
}

// Whatever says which realm a token is of is masked when it is a secret, and decides all the same.
func TestTokenOfARealmWhoseNameIsMasked(t *testing.T) {
	token := jwt(map[string]any{"iss": "http://kc/realms/" + hidden, "jti": hidden})
	s, _ := loggedIn(t, always(403, jsonType, `{"error":"HTTP 403 Forbidden"}`))
	e, err := s.GetUser(t.Context(), msg.Verbatim("read"), wire.NewSecret(token), "demo", "u")
	if err != nil || !e.Bearer.OfRealm(hidden) || e.Bearer.Realm() != wire.Masked || !e.Bearer.SameAs(e.Bearer) {
		t.Errorf("%+v, %v", e.Bearer, err)
	}
}

// What is quoted is masked before it is cut.
func TestSecretAtTheCutOfAReason(t *testing.T) {
	for _, encode := range []string{"clear", "all percent", "\\u", "HTML decimal", "base64", "hex"} {
		for before := 1960; before <= 2000; before += 4 {
			encoded := wiretest.Encodings[encode](hidden)
			text, err := json.Marshal(map[string]string{"error": "bad", "error_description": strings.Repeat("x", before) + " " + encoded + " " + strings.Repeat("y", 100)})
			if err != nil {
				t.Fatal(err)
			}
			s, _ := loggedIn(t, always(400, jsonType, string(text)))
			_, err = s.ClientToken(t.Context(), "demo", "app", wire.NewSecret(planted.clientSecret))
			if e := (*failure.Error)(nil); !errors.As(err, &e) || strings.Contains(e.Message.String(), " "+encoded[:4]) {
				t.Errorf("%s after %d: %v", encode, before, err)
			}
		}
	}
}

func TestSecretAtTheCutOfABody(t *testing.T) {
	for _, encode := range []string{"clear", "double", "\\u", "HTML Hex", "base64", "hex"} {
		encoded := wiretest.Encodings[encode](hidden)
		for _, at := range []int{recordedBody - 20, 2*recordedBody - 20} {
			s, _ := loggedIn(t, always(200, "text/plain", strings.Repeat("x ", at/2)+encoded+strings.Repeat(" y", 1<<18)))
			_, _ = s.GetUser(t.Context(), msg.Verbatim("read"), clientToken, "demo", "u")
			all := s.Recorder().Exchanges()
			if body := all[len(all)-1].ResponseBody; strings.Contains(body, " "+encoded[:4]) || len(body) < recordedBody/2 {
				t.Errorf("%s at %d: %d bytes, which end in %.60q", encode, at, len(body), body[max(0, len(body)-60):])
			}
		}
	}
}

// Text is searched as it is read: decompressed, and in its character set.
func TestBodiesAreDecodedBeforeTheyAreSearched(t *testing.T) {
	page := "<p>" + hidden + "</p>"
	packed := func(pack func(io.Writer) io.WriteCloser) string {
		var b bytes.Buffer
		w := pack(&b)
		_, _ = io.WriteString(w, page)
		_ = w.Close()
		return b.String()
	}
	gz := packed(func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
	wide := func(high, low func(uint16) byte) string {
		var b strings.Builder
		for _, u := range utf16.Encode([]rune(page)) {
			b.Write([]byte{high(u), low(u)})
		}
		return b.String()
	}
	first, second := func(u uint16) byte { return byte(u >> 8) }, func(u uint16) byte { return byte(u) }
	for name, body := range map[string]struct{ encoding, contentType, text, want string }{
		"gzip":         {"gzip", htmlType, gz, "<p>***</p>"},
		"gzip twice":   {"gzip, gzip", htmlType, gzipped(gz), "<p>***</p>"},
		"zlib":         {"deflate", htmlType, packed(func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) }), "<p>***</p>"},
		"deflate":      {"deflate", htmlType, packed(func(w io.Writer) io.WriteCloser { f, _ := flate.NewWriter(w, 9); return f }), "<p>***</p>"},
		"not gzip":     {"gzip", htmlType, page, "<p>***</p>"},
		"brotli":       {"br", htmlType, "\x1b\xff\x00" + page, "(a body that cannot be shown: its content encoding is unknown)"},
		"UTF-16":       {"", "text/html; charset=UTF-16", wide(first, second), "<p>***</p>"},
		"UTF-16LE":     {"", "text/html; charset=utf-16le", wide(second, first), "<p>***</p>"},
		"UTF-16, mark": {"", "text/html", "\xff\xfe" + wide(second, first), "<p>***</p>"},
		"Latin 1":      {"", "text/html; charset=ISO-8859-1", wiretest.Encodings["latin1"](page), "<p>***</p>"},
		"unknown":      {"", "text/html", wiretest.Encodings["latin1"](page), "<p>***</p>"},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := loggedIn(t, func(w http.ResponseWriter, _ *http.Request) {
				if body.encoding != "" {
					w.Header().Set("Content-Encoding", body.encoding)
				}
				reply(w, 403, body.contentType, body.text)
			})
			transport, err := wire.NewTransport(wire.TLS{})
			if err != nil {
				t.Fatal(err)
			}
			transport.DisableCompression = true // of which the transport takes nothing off
			s, err = keycloak.Open(t.Context(), s.URL(), keycloak.Options{Transport: transport, Recorder: s.Recorder()})
			if err != nil {
				t.Fatal(err)
			}
			_, _ = s.GetUser(t.Context(), msg.Verbatim("read"), clientToken, "demo", "u")
			all := s.Recorder().Exchanges()
			if got := all[len(all)-1].ResponseBody; got != body.want {
				t.Errorf("%q, want %q", got, body.want)
			}
		})
	}
}

func gzipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.String()
}

// Places of an answer in which the other tests put no secret.
func TestSecretsInOtherPlaces(t *testing.T) {
	const secret = "pl4nted-Pa55word"
	s, a := loggedIn(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-"+secret, "x")
		w.Header().Set("Location", "https://elsewhere/%70l4nted-%50a55word/realms/x?q=pl4nted%252DPa55word")
		w.Header().Add("Set-Cookie", "SESSION=cookie-value-0123456789; Path=/")
		reply(w, 302, jsonType, `{"error":"seen cookie-value-0123456789","keys":[{"kid":"`+secret+`"}],"displayName":"`+wiretest.InJSON(hidden)+`"}`)
	})
	s.Recorder().Hide(wire.NewSecret(secret))
	_, err1 := s.GetUser(t.Context(), msg.Verbatim("read of "+secret), clientToken, "demo", "u")
	_, err2 := a.RealmNames(t.Context())
	_, err3 := a.FindClient(t.Context(), "demo", "app "+secret)
	for i, err := range []error{err1, err2, err3} {
		e := (*failure.Error)(nil)
		if !errors.As(err, &e) {
			t.Fatalf("error %d: %v", i+1, err)
		}
		for _, secret := range []string{secret, hidden, "cookie-value-0123456789"} {
			wantNothingRevealed(t, fmt.Sprint("error ", i+1), secret, e)
		}
	}
	for _, e := range s.Recorder().Exchanges() {
		for _, secret := range []string{secret, strings.ToLower(secret), hidden, "cookie-value-0123456789"} {
			wantNothingRevealed(t, "Exchange", secret, e)
		}
		for name := range e.ResponseHeader {
			if strings.EqualFold(name, "X-"+secret) {
				t.Errorf("the header %s", name)
			}
		}
	}
}

// A secret that an answer gives in an escaped form is known in the clear.
func TestIssuedSecretsAreUnescaped(t *testing.T) {
	s, a := loggedIn(t, always(200, jsonType, `{"id":"1","secret":"n\u0065w-\"s3cret\"-0123","clientId":"app"}`))
	if _, _, err := a.Send(t.Context(), msg.New("create"), http.MethodPost, "demo", "/clients", nil); err != nil {
		t.Fatal(err)
	}
	if got := s.Recorder().Mask(`seen: new-"s3cret"-0123.`); got != "seen: ***." {
		t.Error(got)
	}
}

// BenchmarkMasking masks a body as large as the largest that is searched.
func BenchmarkMasking(b *testing.B) {
	text := strings.Repeat(`{"clientAuthenticatorType":"client-secret","name":"view-users","id":"0b8f4f2e-2f3b-4f44-9c80-3a2d6e0d7c55","attributes":{"a":["x\ny"]}},`, 2000)
	for name, text := range map[string]string{"JSON": text, "escapes": strings.Repeat(`%25%32\u0041&amp;`, 15_000), "letters": strings.Repeat("A", 250_000)} {
		b.Run(name, func(b *testing.B) {
			var r wire.Recorder
			for i := range 50 {
				r.Hide(wire.NewSecret(jwt(map[string]any{"jti": fmt.Sprint("token ", i)})))
			}
			r.Hide(wire.NewSecret("q7!x"))
			r.Hide(wire.NewSecret(strings.Repeat("A", 5000) + "B"))
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				r.Mask(text)
			}
		})
	}
}
