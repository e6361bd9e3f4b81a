package keycloak_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
	"fix403/keycloak/wire/wiretest"
)

// planted are secrets with every character that some encoding changes.
var planted = struct{ password, clientSecret, adminToken, token, opaque string }{
	password:     `pl4nted p&ss+w/rd="ü%`,
	clientSecret: `cl13nt-s3cret/+=&"\ä`,
	adminToken:   jwt(map[string]any{"preferred_username": "admin", "jti": "planted-admin-token"}),
	token:        jwt(map[string]any{"azp": "app", "jti": "planted-access-token"}),
	opaque:       "opaque-refresh-token-0123456789",
}

var percent = regexp.MustCompile("%[0-9A-F]{2}")

// forms are the ways in which a secret may stand in a text.
func forms(secret string) []string {
	quoted, err := json.Marshal(secret)
	if err != nil {
		panic(err)
	}
	return []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), strings.Trim(string(quoted), `"`),
		percent.ReplaceAllStringFunc(url.QueryEscape(secret), strings.ToLower),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawStdEncoding.EncodeToString([]byte(secret)),
		base64.URLEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)),
	}
}

// wantNoSecret fails for each form of a planted secret in a text.
func wantNoSecret(t *testing.T, where, text string) {
	t.Helper()
	for name, secret := range map[string]string{
		"password": planted.password, "client secret": planted.clientSecret, "admin token": planted.adminToken,
		"signed part of the admin token": strings.Join(strings.Split(planted.adminToken, ".")[1:], "."),
		"access token":                   planted.token, "signed part of the token": strings.Join(strings.Split(planted.token, ".")[1:], "."),
		"opaque token": planted.opaque,
	} {
		for _, form := range forms(secret) {
			if strings.Contains(text, form) {
				t.Fatalf("%s holds the %s as %q: %.300q", where, name, form, text)
			}
		}
	}
}

// texts collects every string of a value, with the names of the fields it stands in.
func texts(v reflect.Value, path string, visit func(path, text string)) {
	switch v.Kind() {
	case reflect.String:
		visit(path, v.String())
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			texts(v.Elem(), path, visit)
		}
	case reflect.Struct:
		if v.Type().PkgPath() == "time" {
			return
		}
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; name != "raw" { // by which is decided, and which is not handed out
				texts(v.Field(i), path+"."+name, visit)
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			texts(v.Index(i), path, visit)
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			texts(k, path, visit)
			texts(v.MapIndex(k), path, visit)
		}
	default: // no text in it
	}
}

func wantNoSecretInRecord(t *testing.T, r *wire.Recorder) {
	t.Helper()
	for _, e := range r.Exchanges() {
		texts(reflect.ValueOf(e), "Exchange", func(path, text string) {
			wantNoSecret(t, fmt.Sprintf("%s of %s %s", path, e.Method, e.URL), text)
		})
	}
}

// echo puts everything it was sent, and every secret in every form, into its answers.
func echo(status int, contentType string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		all := append([]string{string(body), r.Header.Get("Authorization")}, allForms()...)
		w.Header().Set("Location", "http://kc/cb?code="+url.QueryEscape(planted.opaque)+"&session_state=1#access_token="+planted.token+"&state="+url.QueryEscape(planted.clientSecret))
		w.Header().Add("Set-Cookie", "KEYCLOAK_IDENTITY="+planted.token+"; Path=/")
		w.Header().Add("Set-Cookie", "AUTH_SESSION_ID="+planted.opaque)
		w.Header().Set("X-Debug", strings.ReplaceAll(url.QueryEscape(planted.password)+" "+planted.token, "\n", " "))
		w.Header().Set("WWW-Authenticate", `Bearer error_description="`+base64.StdEncoding.EncodeToString([]byte(planted.clientSecret))+`"`)
		text, _ := json.Marshal(map[string]any{
			"error": "echo", "error_description": "seen: " + strings.Join(all, " | "), "errorMessage": strings.Join(all, " | "),
			"access_token": planted.token, "refresh_token": planted.opaque, "id_token": planted.token, "expires_in": 60,
			"value": planted.clientSecret, "secret": planted.clientSecret, "registrationAccessToken": planted.opaque,
			"id": "client-uuid", "clientId": "app", "nested": []any{map[string]any{"password": planted.password}},
		})
		reply(w, status, contentType, string(text))
	}
}

// allForms are the texts that a server may repeat. A token in base64 is not among them: before it is known, nothing
// tells it from other text.
func allForms() []string {
	all := []string{planted.token}
	for _, secret := range []string{planted.password, planted.clientSecret, planted.adminToken} {
		all = append(all, forms(secret)...)
	}
	return all
}

func TestNoSecretIsRecorded(t *testing.T) {
	for _, status := range []int{200, 302, 400, 401, 403, 404, 500} {
		for _, contentType := range []string{jsonType, htmlType} {
			t.Run(fmt.Sprint(status, " ", contentType), func(t *testing.T) {
				answer := echo(status, contentType)
				h := newHostile(t, answer)
				h.login = func(w http.ResponseWriter, _ *http.Request) {
					reply(w, 200, jsonType, `{"access_token":"`+planted.adminToken+`","refresh_token":"`+planted.opaque+`","expires_in":60}`)
				}
				s, err := keycloak.Open(t.Context(), h.URL, keycloak.Options{})
				if err != nil {
					t.Fatal(err)
				}
				a, err := s.Login(t.Context(), keycloak.Credentials{User: "admin", Password: wire.NewSecret(planted.password)})
				if err != nil {
					t.Fatal(err)
				}
				_, err1 := s.ClientToken(t.Context(), "demo", "app", wire.NewSecret(planted.clientSecret))
				_, err2 := a.ClientSecret(t.Context(), "demo", "client-uuid")
				_, err3 := s.GetUser(t.Context(), msg.New("read the user"), wire.NewSecret(planted.token), "demo", "u")
				_, err4 := a.FindClient(t.Context(), "demo", planted.opaque[:6])
				_, err5 := s.Get(t.Context(), msg.New("edited"), wire.NewSecret(planted.token), h.URL+"/admin/realms/demo?access_token="+planted.token+"&password="+url.QueryEscape(planted.password))
				_, err6 := a.EnsureUser(t.Context(), "demo", "new", "", nil)
				for i, err := range []error{err1, err2, err3, err4, err5, err6} {
					if e := (*failure.Error)(nil); errors.As(err, &e) {
						wantNoSecret(t, fmt.Sprint("message of error ", i+1), e.Message.String())
						wantNoSecret(t, fmt.Sprint("hint of error ", i+1), e.Hint.String())
					}
				}
				if n := len(s.Recorder().Exchanges()); n < 7 {
					t.Errorf("only %d exchanges", n)
				}
				wantNoSecretInRecord(t, s.Recorder())
			})
		}
	}
}

// What is masked must still show what it was: a record full of asterisks teaches nothing.
func TestMaskingKeepsTheRest(t *testing.T) {
	h := newHostile(t, always(200, jsonType, `{"access_token":"`+planted.token+`","expires_in":300,"token_type":"Bearer"}`))
	s, _ := h.open(keycloak.Options{})
	if _, err := s.ClientToken(t.Context(), "demo", "app", wire.NewSecret(planted.clientSecret)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.GetUser(t.Context(), msg.New("read"), wire.NewSecret(planted.token), "demo", "u"); err == nil {
		t.Fatal("no error")
	}
	all := s.Recorder().Exchanges()
	login, get := all[len(all)-2], all[len(all)-1]
	if want := "client_id=app&client_secret=***&grant_type=client_credentials"; login.RequestBody != want {
		t.Errorf("form %q, want %q", login.RequestBody, want)
	}
	if want := `{"access_token":"***","expires_in":300,"token_type":"Bearer"}`; login.ResponseBody != want {
		t.Errorf("body %q, want %q", login.ResponseBody, want)
	}
	if login.Issued == nil || login.Issued.AuthorizedParty != "app" {
		t.Errorf("issued token %+v", login.Issued)
	}
	if got := get.RequestHeader.Get("Authorization"); got != "Bearer ***" {
		t.Errorf("Authorization %q", got)
	}
	if get.Bearer == nil || get.Bearer.ID != "planted-access-token" {
		t.Errorf("bearer %+v", get.Bearer)
	}
}

type failingTransport struct {
	next http.RoundTripper
	fail func(*http.Request) error
}

func (f failingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := f.fail(r); err != nil {
		return nil, err
	}
	return f.next.RoundTrip(r)
}

func TestNoSecretInErrorTexts(t *testing.T) {
	h := newHostile(t, always(200, jsonType, "{}"))
	fail := false
	text := "proxy said: Bearer " + planted.opaque + ", " + planted.token + ", " + strings.Join(allForms(), " ")
	s, a := h.open(keycloak.Options{Transport: failingTransport{http.DefaultTransport, func(*http.Request) error {
		if fail {
			return errors.New(text)
		}
		return nil
	}}})
	s.Recorder().Hide(wire.NewSecret(planted.password))
	s.Recorder().Hide(wire.NewSecret(planted.opaque))
	s.Recorder().Hide(wire.NewSecret(planted.adminToken))
	fail = true
	_, err := s.ClientToken(t.Context(), "demo", "app", wire.NewSecret(planted.clientSecret))
	wiretest.CheckError(t, err, failure.Unreachable)
	wantNoSecret(t, "error", err.Error())
	_, err = a.FindRealm(t.Context(), "demo")
	wantNoSecret(t, "error", err.Error())
	if _, err = keycloak.Open(t.Context(), h.URL, keycloak.Options{Recorder: s.Recorder(), Transport: failingTransport{nil, func(*http.Request) error { return errors.New(text) }}}); true {
		wantNoSecret(t, "error of Open", err.Error())
	}
	wantNoSecretInRecord(t, s.Recorder())
	wantNoSecret(t, "masked text", s.Recorder().Mask(text))
}

// recordedBody is how many bytes of a body a record keeps.
const recordedBody = 64 << 10

func TestLongBodiesAreMaskedAndCut(t *testing.T) {
	const secret = "a-secret-at-the-cut-0123456789"
	for _, length := range []int{100, recordedBody, recordedBody + 1, 2 * recordedBody, 3 << 20} {
		for _, at := range []int{0, recordedBody - 10, 2*recordedBody - 10, length - len(secret)} {
			if at < 0 || at+len(secret) > length {
				continue
			}
			body := strings.Repeat("x", at) + secret + strings.Repeat("y", length-at-len(secret))
			h := newHostile(t, always(200, "text/plain", body))
			s, _ := h.open(keycloak.Options{})
			s.Recorder().Hide(wire.NewSecret(secret))
			_, err := s.GetUser(t.Context(), msg.New("read"), clientToken, "demo", "u")
			wiretest.CheckError(t, err, failure.UnexpectedAnswer)
			all := s.Recorder().Exchanges()
			e := all[len(all)-1]
			if strings.Contains(e.ResponseBody, "a-sec") || len(e.ResponseBody) > recordedBody || e.Truncated != (length > recordedBody) {
				t.Errorf("%d bytes, secret at %d: kept %d, truncated %v, ends %q", length, at, len(e.ResponseBody), e.Truncated, e.ResponseBody[max(0, len(e.ResponseBody)-20):])
			}
		}
	}
}

// Masking makes a text shorter, so that what stood at the cut moves into the part that is kept.
func TestHalfASecretAtTheCut(t *testing.T) {
	const secret = "a-secret-at-the-cut-0123456789"
	h := newHostile(t, always(200, "text/plain", "shift the cut"+strings.Repeat(secret, 3<<20/len(secret))))
	s, _ := h.open(keycloak.Options{})
	s.Recorder().Hide(wire.NewSecret(secret))
	_, err := s.GetUser(t.Context(), msg.New("read"), clientToken, "demo", "u")
	wiretest.CheckError(t, err, failure.UnexpectedAnswer)
	all := s.Recorder().Exchanges()
	if rest := strings.ReplaceAll(all[len(all)-1].ResponseBody, "***", ""); strings.Contains(rest, "a-s") {
		t.Errorf("left of the secret: %q", rest)
	}
}

func TestShortTokenInTheHeader(t *testing.T) {
	h := newHostile(t, always(401, jsonType, `{"error":"HTTP 401 Unauthorized"}`))
	s, _ := h.open(keycloak.Options{})
	e, err := s.GetUser(t.Context(), msg.New("read"), wire.NewSecret("abc"), "demo", "u")
	if got := e.RequestHeader.Get("Authorization"); err != nil || got != "Bearer ***" {
		t.Errorf("Authorization %q, %v", got, err)
	}
}

func TestSecretIsNotPrinted(t *testing.T) {
	s := wire.NewSecret("hunter2secret")
	quoted, err := json.Marshal(map[string]any{"s": s, "p": &s})
	if err != nil {
		t.Fatal(err)
	}
	c := keycloak.Credentials{User: "admin", Password: s}
	for _, text := range []string{
		fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s %q %x", s, s, s, s, s, s), fmt.Sprintf("%v %+v %#v", c, c, &c), string(quoted),
	} {
		if strings.Contains(text, "hunter2") || strings.Contains(text, hex.EncodeToString([]byte("hunter2"))) {
			t.Errorf("%q", text)
		}
	}
	if s.Reveal() != "hunter2secret" || s.Empty() || !wire.NewSecret("").Empty() || wire.NewSecret("").String() != "" {
		t.Error("a secret must give its value on request, and tell whether it has one")
	}
}

func TestRecorder(t *testing.T) {
	h := newHostile(t, always(403, jsonType, `{"error":"HTTP 403 Forbidden"}`))
	var heard []wire.Exchange
	var begun []wire.Started
	r := &wire.Recorder{}
	r.OnExchange(func(e wire.Exchange) {
		heard = append(heard, e)
		if want := (wire.Started{Step: e.Step, Purpose: e.Purpose, Method: e.Method, URL: e.URL}); len(begun) != len(heard) || !reflect.DeepEqual(begun[len(begun)-1], want) {
			t.Errorf("%+v ended, and these had begun: %+v", want, begun)
		}
	})
	r.OnRequest(func(b wire.Started) { begun = append(begun, b) })
	s, _ := h.open(keycloak.Options{Recorder: r})
	ctx := t.Context()
	s = s.InStep("first-call")
	if _, err := s.GetUser(ctx, msg.New("read the user"), clientToken, "demo", "u"); err != nil {
		t.Fatal(err)
	}
	all := r.Exchanges()
	if len(all) != 3 || !reflect.DeepEqual(all, heard) {
		t.Fatalf("recorded %+v, heard %+v", all, heard)
	}
	for i, e := range all {
		if e.ID != i+1 || e.Started.IsZero() || e.Purpose.Empty() {
			t.Errorf("exchange %d: %+v", i+1, e)
		}
	}
	if last := all[2]; last.Step != "first-call" || all[1].Step != "" || last.Method != http.MethodGet || last.Status != 403 ||
		last.Proto != "HTTP/1.1" || last.URL != keycloak.UserURL(h.URL, "demo", "u") {
		t.Errorf("%+v", last)
	}
	if _, err := s.Quiet().GetUser(ctx, msg.New("look again"), clientToken, "demo", "u"); err != nil || len(r.Exchanges()) != 3 || len(heard) != 3 || len(begun) != 3 {
		t.Errorf("a quiet call was recorded: %d, %d heard, %d begun; %v", len(r.Exchanges()), len(heard), len(begun), err)
	}
	all[0].URL = "changed"
	if r.Exchanges()[0].URL == "changed" {
		t.Error("Exchanges must return a copy")
	}
	r.OnExchange(nil)
	if _, err := s.GetUser(ctx, msg.New("read the user"), clientToken, "demo", "u"); err != nil || len(heard) != 3 {
		t.Errorf("%d heard, %v", len(heard), err)
	}
}
