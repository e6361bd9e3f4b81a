package keycloak_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
	"fix403/keycloak/wire/wiretest"
)

const (
	page403 = "<!DOCTYPE html><html><body><h1>403</h1>Request blocked.</body></html>"
	none    = failure.Kind("") // no error
)

// hostileAnswer is an answer and the kind of error it must become: in every call, but for those named in the maps.
type hostileAnswer struct {
	name        string
	status      int
	contentType string
	body        string
	kind        failure.Kind
	except      map[string]failure.Kind
}

// observers return refusals of Keycloak as answers.
func observers(k failure.Kind, others map[string]failure.Kind) map[string]failure.Kind {
	out := map[string]failure.Kind{"GetUser": k, "Get": k}
	for name, kind := range others {
		out[name] = kind
	}
	return out
}

var (
	tokenRefused = map[string]failure.Kind{"ClientToken": failure.ClientRefused}
	// versionHidden: who may not see the server's version gets none.
	versionHidden = map[string]failure.Kind{"ClientToken": failure.ClientRefused, "Version": none}
)

var hostileAnswers = []hostileAnswer{
	{"200 HTML", 200, htmlType, page403, failure.UnexpectedAnswer, nil},
	{"200 HTML called JSON", 200, jsonType, page403, failure.UnexpectedAnswer, nil},
	{"200 JSON called HTML", 200, htmlType, `{"id":"user-uuid","access_token":"x"}`, failure.UnexpectedAnswer, nil},
	{"200 JSON called text", 200, "text/plain", `[{"id":"a","name":"b"}]`, failure.UnexpectedAnswer, nil},
	{"200 JSON without type", 200, "", `[{"id":"a","name":"b"}]`, failure.UnexpectedAnswer, nil},
	{"200 empty", 200, jsonType, "", failure.UnexpectedAnswer, nil},
	{"200 half JSON", 200, jsonType, `{"id":"user-uu`, failure.UnexpectedAnswer, nil},
	{"200 {}", 200, jsonType, "{}", failure.UnexpectedAnswer, map[string]failure.Kind{"Version": none, "Get": none}},
	{"200 null", 200, jsonType, "null", failure.UnexpectedAnswer, map[string]failure.Kind{"Version": none, "Get": none}},
	{"200 [null]", 200, jsonType, "[null]", failure.UnexpectedAnswer, map[string]failure.Kind{"Get": none, "FindClient": failure.NotFound, "FindUser": failure.NotFound}},
	{"200 other type", 200, jsonType, `"hello"`, failure.UnexpectedAnswer, map[string]failure.Kind{"Get": none}},
	{"201 without Location", 201, "", "", failure.UnexpectedAnswer, nil},
	{"204", 204, "", "", failure.UnexpectedAnswer, nil},
	{"401 JSON", 401, jsonType, `{"error":"HTTP 401 Unauthorized"}`, failure.AdminRefused, observers(none, tokenRefused)},
	{"401 HTML", 401, htmlType, page403, failure.NotKeycloak, nil},
	{"401 empty", 401, "", "", failure.AdminRefused, observers(none, tokenRefused)},
	{"403 JSON", 403, jsonType, `{"error":"HTTP 403 Forbidden"}`, failure.AdminRefused, observers(none, versionHidden)},
	{"403 HTML", 403, htmlType, page403, failure.NotKeycloak, nil},
	{"403 empty", 403, "", "", failure.AdminRefused, observers(none, versionHidden)},
	{"403 HTTPS required", 403, jsonType, `{"error":"invalid_request","error_description":"HTTPS required"}`, failure.HTTPSRequired, nil},
	{"404 JSON", 404, jsonType, `{"error":"Realm not found."}`, failure.NotFound, observers(none, nil)},
	{"404 HTML", 404, htmlType, page403, failure.NotKeycloak, nil},
	{"404 empty", 404, "", "", failure.NotFound, observers(none, nil)},
	{"409 JSON", 409, jsonType, `{"errorMessage":"User exists with same username"}`, failure.Conflict, observers(none, nil)},
	{"409 HTML", 409, htmlType, page403, failure.NotKeycloak, nil},
	{"409 empty", 409, "", "", failure.Conflict, observers(none, nil)},
	{"429 JSON", 429, jsonType, `{"error":"slow_down"}`, failure.Rejected, nil},
	{"429 HTML", 429, htmlType, page403, failure.Rejected, nil},
	{"429 empty", 429, "", "", failure.Rejected, nil},
	{"500 JSON", 500, jsonType, `{"error":"unknown_error"}`, failure.ServerError, nil},
	{"500 HTML", 500, htmlType, page403, failure.ServerError, nil},
	{"500 empty", 500, "", "", failure.ServerError, nil},
	{"502 JSON", 502, jsonType, `{"message":"no upstream"}`, failure.ServerError, nil},
	{"502 HTML", 502, htmlType, page403, failure.ServerError, nil},
	{"502 empty", 502, "", "", failure.ServerError, nil},
}

// notDone is for writing calls whose success is another than a 2xx of the table.
func (a hostileAnswer) kindFor(call string) failure.Kind {
	if a.status == 204 && slices.Contains([]string{"DeleteRealm", "DeleteClient", "DeleteUser", "Grant", "Revoke"}, call) {
		return none // what Keycloak answers
	}
	writes := slices.ContainsFunc(writingCalls, func(c adapterCall) bool { return c.name == call })
	if k, ok := a.except[call]; ok && !writes {
		return k
	}
	return a.kind
}

func TestHostileAnswers(t *testing.T) {
	for _, a := range hostileAnswers {
		t.Run(a.name, func(t *testing.T) {
			for _, c := range readingCalls {
				t.Run(c.name, func(t *testing.T) {
					h := newHostile(t, always(a.status, a.contentType, a.body))
					checkHostile(t, h, c, a.kindFor(c.name), a.status, 1)
				})
			}
			for _, c := range writingCalls {
				t.Run(c.name, func(t *testing.T) {
					h := newHostile(t, lookups(always(a.status, a.contentType, a.body)))
					checkHostile(t, h, c, a.kindFor(c.name), a.status, 2)
				})
			}
		})
	}
}

// checkHostile makes the call and checks its error, and that no request was made twice, nor more than at most.
func checkHostile(t *testing.T, h *hostile, c adapterCall, want failure.Kind, status, atMost int) {
	t.Helper()
	s, a := h.open(keycloak.Options{Once: true})
	err := c.do(t.Context(), s, a)
	wiretest.CheckError(t, err, want)
	if e := (*failure.Error)(nil); errors.As(err, &e) && e.Status != status && e.Kind != failure.NotFound {
		t.Errorf("Status = %d, want %d", e.Status, status)
	}
	requests, logins := h.seen()
	slices.Sort(requests)
	if len(slices.Compact(slices.Clone(requests))) != len(requests) || len(requests) > atMost || len(requests) == 0 {
		t.Errorf("requests = %q, want at most %d and none twice", requests, atMost)
	}
	if logins != 1 {
		t.Errorf("%d logins, want 1", logins)
	}
}

func TestRedirectIsNeverFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, c := range slices.Concat(readingCalls, writingCalls) {
			t.Run(http.StatusText(status)+"/"+c.name, func(t *testing.T) {
				other := newHostile(t, always(200, jsonType, "{}"))
				away := func(w http.ResponseWriter, r *http.Request) {
					http.Redirect(w, r, other.URL+r.URL.Path, status)
				}
				answer := http.HandlerFunc(away)
				if slices.ContainsFunc(writingCalls, func(w adapterCall) bool { return w.name == c.name }) {
					answer = lookups(away)
				}
				h := newHostile(t, answer)
				s, a := h.open(keycloak.Options{})
				err := c.do(t.Context(), s, a)
				wiretest.CheckError(t, err, failure.Redirected)
				if !strings.Contains(err.Error(), other.URL) {
					t.Errorf("%q does not name where it redirects to", err)
				}
				if requests, logins := other.seen(); len(requests)+logins > 0 {
					t.Errorf("the other server got %q and %d token requests", requests, logins)
				}
			})
		}
	}
}

func TestCreatedNeedsLocation(t *testing.T) {
	for _, tt := range []struct {
		name, location string
		status         int
		kind           failure.Kind
	}{
		{"good", "http://kc/admin/realms/ours/users/new-uuid", 201, none},
		{"200 in place of 201", "http://kc/admin/realms/ours/users/new-uuid", 200, failure.UnexpectedAnswer},
		{"no id", "http://kc/admin/realms/ours/users/", 201, failure.UnexpectedAnswer},
		{"none", "", 201, failure.UnexpectedAnswer},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHostile(t, lookups(func(w http.ResponseWriter, _ *http.Request) {
				if tt.location != "" {
					w.Header().Set("Location", tt.location)
				}
				w.WriteHeader(tt.status)
			}))
			_, a := h.open(keycloak.Options{})
			user, err := a.EnsureUser(t.Context(), "ours", "new", "", nil)
			wiretest.CheckError(t, err, tt.kind)
			if err == nil && (user.ID != "new-uuid" || !user.Created) {
				t.Errorf("user = %+v", user)
			}
			client, err := a.EnsureClient(t.Context(), "ours", "new", nil, "run-1", nil)
			wiretest.CheckError(t, err, tt.kind)
			if err == nil && (client.ID != "new-uuid" || !client.Created) {
				t.Errorf("client = %+v", client)
			}
			id, err := a.Create(t.Context(), msg.New("create a group"), "ours", "/groups", map[string]string{"name": "new"})
			wiretest.CheckError(t, err, tt.kind)
			if err == nil && id != "new-uuid" {
				t.Errorf("id = %q", id)
			}
			_, err = a.EnsureRealm(t.Context(), "new", "run-1", nil)
			wiretest.CheckError(t, err, tt.kind)
		})
	}
}

func TestTokenAnswers(t *testing.T) {
	good := jwt(map[string]any{"typ": "Bearer"})
	for _, tt := range []struct {
		name   string
		status int
		body   string
		kind   failure.Kind
	}{
		{"good", 200, `{"access_token":"` + good + `","expires_in":300}`, none},
		{"{}", 200, `{}`, failure.UnexpectedAnswer},
		{"empty token", 200, `{"access_token":""}`, failure.UnexpectedAnswer},
		{"null token", 200, `{"access_token":null}`, failure.UnexpectedAnswer},
		{"number", 200, `{"access_token":7}`, failure.UnexpectedAnswer},
		{"no JWT", 200, `{"access_token":"opaque"}`, failure.UnexpectedAnswer},
		{"error with 200", 200, `{"error":"invalid_client"}`, failure.UnexpectedAnswer},
		{"wrong secret", 401, `{"error":"unauthorized_client","error_description":"Invalid client or Invalid client credentials"}`, failure.ClientRefused},
		{"bad scope", 400, `{"error":"invalid_scope","error_description":"Invalid scopes: nope"}`, failure.ClientRefused},
		{"realm disabled", 403, `{"error":"access_denied","error_description":"Realm not enabled"}`, failure.ClientRefused},
		{"no realm", 404, `{"error":"Realm does not exist"}`, failure.NotFound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newHostile(t, always(tt.status, jsonType, tt.body))
			s, _ := h.open(keycloak.Options{})
			issued, err := s.ClientToken(t.Context(), "demo", "app", wire.NewSecret("client-secret"))
			wiretest.CheckError(t, err, tt.kind)
			if (issued == nil) != (err != nil) {
				t.Errorf("token %v with error %v", issued, err)
			}
			h.login = always(tt.status, jsonType, tt.body)
			_, err = s.Login(t.Context(), adminCredentials)
			want := tt.kind
			if want == failure.ClientRefused {
				want = failure.AdminRefused
			}
			wiretest.CheckError(t, err, want)
		})
	}
}

func TestRefusalIsAnAnswerForObservers(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404, 405, 409} {
		h := newHostile(t, always(status, jsonType, `{"error":"HTTP refusal"}`))
		s, _ := h.open(keycloak.Options{})
		for name, get := range map[string]func(context.Context) (wire.Exchange, error){
			"GetUser": func(ctx context.Context) (wire.Exchange, error) {
				return s.GetUser(ctx, msg.New("read the user"), clientToken, "demo", "u")
			},
			"Get": func(ctx context.Context) (wire.Exchange, error) {
				return s.Get(ctx, msg.New("read the user"), clientToken, s.URL()+"/admin/realms/demo/users/u")
			},
		} {
			e, err := get(t.Context())
			if err != nil || e.Status != status || e.ResponseBody != `{"error":"HTTP refusal"}` || e.Purpose.String() != "read the user" {
				t.Errorf("%s, %d: %+v, %v", name, status, e, err)
			}
			if e.Bearer == nil || e.Bearer.AuthorizedParty != "app" {
				t.Errorf("%s, %d: bearer %+v", name, status, e.Bearer)
			}
		}
	}
}

// What a server gives as an id is not taken for one where it could not be a part of a path, or holds a secret.
func TestOddIDs(t *testing.T) {
	for _, id := range []string{"..", "a\u200bb", "\x1b[2J", "x?y", "x#y", "%2e", strings.Repeat("x", 300), "admin-password", "x-admin-password-y", "../x", "a/b", "a\nb"} {
		inJSON, err := json.Marshal(map[string]string{"id": id, "clientId": "app", "username": "john-doe", "name": "view-users"})
		if err != nil {
			t.Fatal(err)
		}
		h := newHostile(t, func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Method != http.MethodGet:
				w.Header().Set("Location", "http://kc/admin/realms/demo/users/"+id)
				reply(w, 201, "", "")
			case strings.HasSuffix(r.URL.Path, "/service-account-user"):
				reply(w, 200, jsonType, string(inJSON))
			case r.URL.Query().Get("username") == "new":
				reply(w, 200, jsonType, "[]")
			default:
				reply(w, 200, jsonType, "["+string(inJSON)+"]")
			}
		})
		_, a := h.open(keycloak.Options{Once: true})
		calls := map[string]func() error{
			"FindClient":     func() error { _, err := a.FindClient(t.Context(), "demo", "app"); return err },
			"ReadClient":     func() error { _, err := a.ReadClient(t.Context(), "demo", "app"); return err },
			"FindUser":       func() error { _, err := a.FindUser(t.Context(), "demo", "john-doe", ""); return err },
			"ServiceAccount": func() error { _, err := a.ServiceAccount(t.Context(), "demo", "c"); return err },
			"ClientRoles":    func() error { _, err := a.ClientRoles(t.Context(), "demo", "c"); return err },
		}
		if !strings.ContainsAny(id, "/\n\x1b") { // in a Location they would be something else
			calls["EnsureUser"] = func() error { _, err := a.EnsureUser(t.Context(), "demo", "new", "", nil); return err }
		}
		for name, call := range calls {
			if err := call(); failure.KindOf(err) != failure.UnexpectedAnswer || strings.Contains(err.Error(), "password") {
				t.Errorf("%s with %q: %v", name, id, err)
			}
		}
	}
}
