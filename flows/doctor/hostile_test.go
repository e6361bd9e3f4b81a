package doctor

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"fix403/flows/doctor/caller"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/given"
	"fix403/flows/doctor/place"
	"fix403/flows/doctor/rights"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/testrun"
	"fix403/keycloak/wire"
)

// whim is a server that answers each request at random: rightly, with another status, or with JSON of any other form.
type whim struct {
	*rand.Rand
	token string // the caller's
}

func (w *whim) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
	if w.IntN(60) == 0 {
		return nil, errors.New("the connection broke")
	}
	status, body := w.answer(r)
	header := http.Header{"Content-Type": {pick(w, "application/json", "application/json", "application/json", "application/json;charset=UTF-8", "text/html", "text/plain", "")}}
	if w.IntN(3) > 0 {
		header.Set("Date", now.Add(time.Duration(pick(w, 0, 0, 0, -90, 3600))*time.Second).Format(http.TimeFormat))
	}
	if status >= 300 && status < 400 {
		header.Set("Location", pick(w, "", "/x", "https://elsewhere.example/realms/x", "http://[::1", "\x1b[2J"))
	}
	return &http.Response{StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r}, nil
}

func (w *whim) answer(r *http.Request) (int, string) {
	right := w.right(r)
	switch w.IntN(10) {
	case 0, 1, 2, 3, 4, 5:
		return http.StatusOK, right
	case 6:
		return http.StatusOK, w.json(4)
	case 7, 8:
		return pick(w, 400, 401, 403, 403, 403, 403, 404, 404, 405, 409, 429, 500, 501, 503), pick(w,
			`{"error":"HTTP 403 Forbidden"}`, `{"error":"unknown_error","error_description":"For more on this error consult the server log at the debug level."}`,
			`{"error":"HTTP 401 Unauthorized"}`, `{"error":"User not found"}`, `{"error":"Realm not found."}`, `{"error":"Realm does not exist"}`, `{"errorMessage":"no"}`,
			`{"error":"access_denied","error_description":"Realm not enabled"}`, `{"error":"invalid_request","error_description":"HTTPS required"}`, `{"error":"HTTP 404 Not Found"}`,
			`{"error":"invalid_client","error_description":"Bearer-only not allowed"}`, `{"error":"unauthorized_client","error_description":"User 'x' disabled"}`,
			`{"message":"no"}`, `{"error":5}`, `{"error":null}`, "", "<html>", w.json(3))
	default:
		return pick(w, 101, 200, 201, 204, 206, 301, 302, 407, 418, 431, 502, 504, 599, 999), pick(w, right, w.json(4), "", "null", "<html>", "{", "\x00")
	}
}

// right is what a Keycloak may answer, with each field there or not.
func (w *whim) right(r *http.Request) string {
	path := r.URL.Path
	role := func() any {
		return w.some("id", "r", "name", pick(w, "view-users", "query-users", "manage-users", "realm-admin", ""))
	}
	client := func() any {
		return w.some("id", "c", "clientId", pick(w, "app", "App", "realm-management", "shop-realm"), "enabled", w.yes(), "publicClient", w.yes(), "bearerOnly", w.yes(),
			"serviceAccountsEnabled", w.yes(), "fullScopeAllowed", w.yes(), "secret", pick(w, "secret-of-the-client", "", "other-secret"), "notBefore", pick(w, 0, 4102444800), "clientAuthenticatorType", pick(w, "client-secret", "client-jwt"),
			"defaultClientScopes", pick[any](w, []string{"roles"}, []string{}, nil), "attributes", pick[any](w, nil, map[string]string{"client.use.lightweight.access.token.enabled": "true"}))
	}
	user := func() any {
		return w.some("id", pick(w, "u", "123", "other"), "username", pick(w, "service-account-app", "jane", "123"), "enabled", w.yes(), "notBefore", 0, "serviceAccountClientId", pick(w, "", "c"))
	}
	switch {
	case strings.HasSuffix(path, "/token"):
		return `{"access_token":` + quote(pick(w, w.token, w.aToken(), w.aToken(), "opaque")) + `,"expires_in":300}`
	case strings.HasSuffix(path, "/openid-configuration"):
		return textOf(w.some("issuer", pick(w, "http://kc.example/realms/shop", "http://other.example/realms/shop")))
	case strings.HasSuffix(path, "/certs"):
		return textOf(map[string]any{"keys": []any{w.some("kid", "k", "kty", "RSA", "alg", "RS256", "use", "sig", "n", "AQAB", "e", "AQAB"), pick[any](w, nil, 5, map[string]any{})}})
	case strings.HasSuffix(path, "/serverinfo"):
		return textOf(map[string]any{"systemInfo": w.some("version", pick(w, "24.0.5", "26.4.0", "26.7.3", "99.1", "x", ""))})
	case strings.Contains(path, "role-mappings/clients/"), strings.Contains(path, "scope-mappings"), strings.HasSuffix(path, "/composite"), strings.HasSuffix(path, "/roles"):
		return textOf(w.list(role))
	case strings.HasSuffix(path, "/role-mappings"):
		return textOf(w.some("realmMappings", w.list(role), "clientMappings", map[string]any{"app": w.some("mappings", w.list(role))}))
	case strings.HasSuffix(path, "/clients"):
		return textOf(w.list(client))
	case strings.HasSuffix(path, "/service-account-user"), strings.Contains(path, "/users/"):
		return textOf(user())
	case strings.HasSuffix(path, "/users"):
		return textOf(w.list(user))
	case strings.HasSuffix(path, "client-scopes"):
		return textOf(w.list(func() any { return w.some("id", "s", "name", "roles") }))
	case path == "/admin/realms":
		return textOf(w.list(func() any { return w.some("realm", pick(w, "shop", "Shop")) }))
	}
	return textOf(w.some("realm", pick(w, "shop", "master"), "enabled", w.yes(), "sslRequired", "external", "notBefore", pick(w, 0, 4102444800), "adminPermissionsEnabled", w.yes()))
}

// some is an object with most of the fields.
func (w *whim) some(fields ...any) map[string]any {
	o := map[string]any{}
	for i := 0; i < len(fields); i += 2 {
		if w.IntN(12) > 0 {
			o[fields[i].(string)] = fields[i+1]
		}
	}
	return o
}

func (w *whim) list(element func() any) []any {
	list := []any{}
	for range w.IntN(4) {
		list = append(list, element())
	}
	if w.IntN(10) == 0 {
		list = append(list, nil)
	}
	return list
}

func (w *whim) yes() bool { return w.IntN(3) > 0 }

// json is any JSON, with the names that are read somewhere.
func (w *whim) json(depth int) string {
	if depth == 0 {
		return pick(w, "null", "5", "-1", "1e300", `""`, `"x"`, "true", "[]", "{}")
	}
	var b strings.Builder
	switch w.IntN(3) {
	case 0:
		return w.json(0)
	case 1:
		b.WriteString("[")
		for i := range w.IntN(4) {
			if i > 0 {
				b.WriteString(",")
			}
			b.WriteString(w.json(depth - 1))
		}
		b.WriteString("]")
	default:
		b.WriteString("{")
		for i := range w.IntN(8) {
			if i > 0 {
				b.WriteString(",")
			}
			b.WriteString(quote(pick(w, "id", "name", "realm", "clientId", "username", "enabled", "access_token", "error", "error_description", "errorMessage", "keys", "kid", "kty", "n", "e", "issuer",
				"attributes", "clientMappings", "realmMappings", "mappings", "notBefore", "defaultClientScopes", "systemInfo", "version", "expires_in")) + ":" + w.json(depth-1))
		}
		b.WriteString("}")
	}
	return b.String()
}

// aToken is a token of some kind.
func (w *whim) aToken() string {
	access := map[string]any{}
	if w.yes() {
		access["realm-management"] = map[string]any{"roles": pick[any](w, []string{"view-users"}, []string{"query-users"}, []string{"realm-admin"}, []any{nil, 5}, nil, "x")}
	}
	claims := w.some("iss", pick(w, "http://kc.example/realms/shop", "http://kc.example/realms/shop", "http://kc.example/realms/master", "http://kc.example/realms/", "x"), "sub", pick(w, "u", ""),
		"azp", pick(w, "app", "other"), "preferred_username", pick(w, "service-account-app", "jane", ""), "typ", pick(w, "Bearer", "Bearer", "Refresh", "ID"), "iat", now.Unix(), "exp", now.Add(pick(w, time.Hour, -time.Hour)).Unix(),
		"resource_access", access, "realm_access", pick[any](w, nil, map[string]any{"roles": []string{"view-users"}}), "aud", pick[any](w, "account", []string{"a"}, 5), "acr", "1")
	header := map[string]any{"alg": pick[any](w, "RS256", "RS256", "none", "", 5), "kid": pick[any](w, "k", "other", 5)}
	part := func(v any) string { return base64.RawURLEncoding.EncodeToString([]byte(textOf(v))) }
	return part(header) + "." + part(claims) + ".c2lnbmF0dXJl"
}

// header is the value of an Authorization header, of any kind.
func (w *whim) header() string {
	return pick(w, "", "Bearer", "Bearer ", "Bearer opaque", "Bearer a.b", "Bearer a.b.c", "Bearer a.b.c.d.e", "Basic YXBwOnNlY3JldA==", "DPoP "+w.token, w.token, "Bearer  "+w.token, "Bearer "+w.token+" x",
		"Bearer "+w.token, "Bearer "+w.token, "Bearer "+w.token, "Bearer "+w.token, "Bearer "+w.token, "Bearer "+w.token, "bearer "+w.token, "Bearer $TOKEN", "Bearer "+w.aToken())
}

var now = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

func pick[T any](w *whim, from ...T) T { return from[w.IntN(len(from))] }

func textOf(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func quote(s string) string { return textOf(s) }

// TestAnyServer diagnoses calls with tokens of any kind on servers that answer anything: there is a verdict of the closed
// set, or an error of a known kind, and nothing panics. The seeds are the same each time but in the long form;
// FIX403_TEST_SEED makes one again.
func TestAnyServer(t *testing.T) {
	seeds := testrun.Seeds(testrun.FirstSeeds(4000), 100_000)
	seen := map[*exam.Verdict]int{}
	for _, seed := range seeds {
		v, err := anyServer(t, seed)
		if err != nil {
			t.Errorf("FIX403_TEST_SEED=%d: %v", seed, err)
		}
		seen[v]++
	}
	if len(seeds) < 4000 {
		return
	}
	for _, v := range []*exam.Verdict{caller.NoBearerToken, caller.MalformedToken, rights.RoleMissing, rights.OK, rights.FilteredList, exam.Undetermined, place.Foreign403, place.NotKeycloak} {
		if seen[v] == 0 {
			t.Errorf("%s was never the verdict: %v", v, seen)
		}
	}
}

func anyServer(t *testing.T, seed uint64) (v *exam.Verdict, err error) {
	w := &whim{Rand: rand.New(rand.NewPCG(seed, 1))} // #nosec G404 -- of a test
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	w.token = w.aToken()
	o := given.Options{
		URL: "http://kc.example", Transport: w, Timeout: time.Minute, Now: func() time.Time { return now }, ClientID: pick(w, "app", "app", "app", ""), Realm: pick(w, "", "", "shop", "master"),
		Method: pick(w, "GET", "GET", "GET", "HEAD", "POST", "DELETE"), Path: pick(w, "/admin/realms/shop/users", "/admin/realms/shop/users/123", "/admin/realms/shop/users?max=5", "/admin/realms/master/users", "/admin/realms", "/admin/serverinfo",
			"/admin/realms/shop", "/admin/realms/shop/no/such", "/admin/realms/shop//users", "/realms/shop/account", "/", "/admin/realms/shop/users/123/role-mappings/realm"),
	}
	if w.IntN(3) > 0 {
		o.Authorization, o.Given = wire.NewSecret(w.header()), true
	}
	if w.yes() {
		o.Secret = wire.NewSecret("secret-of-the-client")
	}
	if w.yes() {
		o.Admin, o.Write = &keycloak.Credentials{User: "admin", Password: wire.NewSecret("admin-password")}, w.yes()
	}
	doc, err := New(o)
	if failure.KindOf(err) == failure.BadInput {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	d, err := doc.Diagnose(t.Context())
	if err != nil {
		if failure.KindOf(err) == "" {
			return nil, fmt.Errorf("an error of no kind: %w", err)
		}
		return nil, nil
	}
	known := d.Verdict == exam.Undetermined || d.Verdict == place.OtherEndpoint || slices.Contains(verdictsAt[d.Gate], d.Verdict)
	switch {
	case !known:
		return d.Verdict, fmt.Errorf("%q is no verdict of the gate %q", d.Verdict, d.Gate)
	case d.Summary.Empty() || d.Certainty == "" || d.SmallestRoles == nil:
		return d.Verdict, fmt.Errorf("the diagnosis is not whole: %+v", d)
	case d.Verdict == exam.Undetermined && (len(d.NotChecked) == 0 || d.Certainty == exam.Proved):
		return d.Verdict, fmt.Errorf("undetermined, and that is %s: %v", d.Certainty, d.NotChecked)
	}
	if o.Write && doc.CanFix() == nil {
		if err := doc.Fix(t.Context()); err == nil && d.After == nil {
			return d.Verdict, errors.New("it was fixed, and what came of it is not said")
		}
		_, _ = doc.Undo(t.Context())
	}
	report, err := WriteResult(d)
	if err != nil || !json.Valid(report) {
		return d.Verdict, fmt.Errorf("the report: %w", err)
	}
	if s := d.Refusal(); s.Gate == "" && s.Status == 0 && s.Explanation.Empty() || bytes.Contains(report, []byte("admin-password")) {
		return d.Verdict, errors.New("the report is empty or shows a secret")
	}
	return d.Verdict, nil
}

// WriteResult writes a diagnosis for programs, as a JSON document, and makes sure that it can be written as a JUnit test. Package result,
// which does so, is above this one: see result_test.go.
var WriteResult func(*exam.Diagnosis) ([]byte, error)
