package watch

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"fix403/flows/gate"
	"fix403/flows/traffic"
)

const server = "https://sso.example.com"

type claims = map[string]any

// of is a token of a client of the realm shop with roles of realm-management; signature is what must be kept nowhere.
func of(client string, more claims, roles ...string) string {
	c := claims{"iss": server + "/realms/shop", "azp": client, "preferred_username": "service-account-" + client, "exp": 4102444800,
		"resource_access": claims{"realm-management": claims{"roles": roles}}}
	for name, value := range more {
		if c[name] = value; value == nil {
			delete(c, name)
		}
	}
	text, _ := json.Marshal(c)
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"RS256"}`)) + "." + part(text) + "." + signature
}

const signature = "c2lnbmF0dXJl"

// seen is a watcher with what it said of each call.
func seen(version string) (*Watcher, *[]Seen) {
	all := &[]Seen{}
	return NewWatcher(Options{URL: server, Version: version, Watching: func(s Seen) { *all = append(*all, s) }}), all
}

func (w *Watcher) sees(method, path, token string, status int, body string) {
	x := &exchange{at: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), method: method, status: status, head: []byte(body)}
	x.path, x.query, _ = strings.Cut(path, "?")
	if token != "" {
		x.scheme, x.credentials = "Bearer", token
	}
	w.look(x.path, x)
}

const refused = `{"error":"HTTP 403 Forbidden"}`

// TestReasons has a call for each reason that is given without asking anybody.
func TestReasons(t *testing.T) {
	for _, tt := range []struct {
		name, version, method, path, token string
		status                             int
		body                               string
		gate                               gate.Gate
		hidden                             bool
		want                               string
	}{
		{"whole", "26.7.4", "GET", "/admin/realms/shop/users", of("a", nil, "view-users"), 200, "[]", gate.None, false, ""},
		{"empty", "26.7.4", "GET", "/admin/realms/shop/users?search=x", of("a", nil, "query-users"), 200, "[ ]", gate.None, true, "it hides what it shows with view-users"},
		{"fewer", "26.7.4", "GET", "/admin/realms/shop/clients", of("a", nil, "query-clients"), 200, `[{"id":1`, gate.None, true, "The whole response requires view-clients"},
		{"role", "26.7.4", "GET", "/admin/realms/shop/users/1", of("a", nil, "query-users"), 403, refused, gate.Role, false, "Grant the account view-users of realm-management"},
		{"write", "26.7.4", "DELETE", "/admin/realms/shop/users/1", of("a", nil, "view-users"), 403, refused, gate.Role, false, "Grant the account manage-users"},
		{"stale", "26.7.4", "GET", "/admin/realms/shop/users", of("a", nil, "view-users"), 403, refused, gate.Role, false, "The account may have lost them since"},
		{"light", "26.7.4", "GET", "/admin/realms/shop/users", of("a", claims{"resource_access": nil}), 403, refused, gate.Role, false, "The call requires view-users of realm-management"},
		{"light and empty", "26.7.4", "GET", "/admin/realms/shop/users", of("a", claims{"resource_access": nil}), 200, "[]", gate.None, false, ""},
		{"no such call", "26.7.4", "GET", "/admin/realms/shop/nope", of("a", nil), 403, refused, gate.Role, false, "you may not"},
		{"other realm", "26.7.4", "GET", "/admin/realms/bank/users", of("a", nil, "realm-admin"), 403, refused, gate.Realm, false, "the token is from realm shop"},
		{"no token", "26.7.4", "GET", "/admin/realms/shop/users", "", 401, `{"error":"HTTP 401 Unauthorized"}`, gate.Identity, false, "carries no access token"},
		{"no JWT", "26.7.4", "GET", "/admin/realms/shop/users", "nix", 401, `{"error":"HTTP 401 Unauthorized"}`, gate.Identity, false, "not a JWT"},
		{"expired", "26.7.4", "GET", "/admin/realms/shop/users", of("a", claims{"exp": 1796083200 - 60}), 401, `{"error":"HTTP 401 Unauthorized"}`, gate.Identity, false, "1m0s before the call"},
		{"issuer", "26.7.4", "GET", "/admin/realms/shop/users", of("a", claims{"iss": "http://localhost:8404/realms/shop"}), 401, `{"error":"HTTP 401 Unauthorized"}`, gate.Identity, false, "issued by http://localhost:8404/realms/shop"},
		{"audience", "26.8.2", "GET", "/admin/realms/shop/users", of("a", claims{"aud": "account"}), 401, `{"error":"HTTP 401 Unauthorized"}`, gate.Identity, false, "not meant for the admin API"},
		{"401 of another kind", "26.7.4", "GET", "/admin/realms/shop/users", of("a", claims{"aud": "account"}), 401, `{"error":"HTTP 401 Unauthorized"}`, gate.Identity, false, "I don't know who you are"},
		{"object", "26.7.4", "GET", "/admin/realms/shop/users/1", of("a", nil, "view-users"), 404, `{"error":"User not found"}`, gate.Object, false, "does not exist"},
		{"route", "26.7.4", "GET", "/admin/realms/shop/userss", of("a", nil, "view-users"), 404, `{"error":"HTTP 404 Not Found"}`, gate.Route, false, "endpoint does not exist"},
		{"a gateway", "26.7.4", "GET", "/admin/realms/shop/users", of("a", nil, "view-users"), 403, `<html>no</html>`, gate.Reach, false, "not Keycloak's"},
		{"login", "26.7.4", "POST", "/realms/shop/protocol/openid-connect/token", "", 401, `{"error":"invalid_client","error_description":"Invalid client\nor credentials"}`, gate.Client, false, "invalid_client: Invalid client or credentials"},
		{"master", "26.7.4", "GET", "/admin/realms/shop/users/1", of("a", claims{"iss": server + "/realms/master", "resource_access": claims{"shop-realm": claims{"roles": []string{"query-users"}}}}), 403, refused, gate.Role, false, "view-users of shop-realm"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, said := seen(tt.version)
			w.sees(tt.method, tt.path, tt.token, tt.status, tt.body)
			if len(*said) != 1 {
				t.Fatalf("%d calls were seen", len(*said))
			}
			s := (*said)[0]
			if s.Stopped.Gate != tt.gate || s.Hidden != tt.hidden || !strings.Contains(s.Reason.String(), tt.want) || (tt.want == "") != s.Reason.Empty() {
				t.Errorf("stopped at %s, hidden %t: %s", s.Stopped.Gate, s.Hidden, s.Reason)
			}
		})
	}
}

// TestSum: what two clients did, and what each of them takes.
func TestSum(t *testing.T) {
	w, _ := seen("26.7.4")
	a := of("a", nil, "manage-realm", "query-groups", "query-users", "view-users")
	w.sees("GET", "/admin/realms/shop/users?max=5&search=jo", a, 200, "[{")
	w.sees("GET", "/admin/realms/shop/users/123", a, 200, "{")
	w.sees("GET", "/admin/realms/shop/users/456", a, 404, `{"error":"User not found"}`)
	w.sees("GET", "/admin/realms/shop/nope", a, 404, `{"error":"HTTP 404 Not Found"}`)
	w.sees("GET", "/realms/shop/.well-known/openid-configuration", "", 200, "")
	w.sees("POST", "/admin/realms/shop/users", of("c", nil, "realm-admin"), 409, `{"errorMessage":"User exists with same username"}`)
	b := of("b", nil)
	w.sees("DELETE", "/admin/realms/shop/users/123", b, 403, refused)
	w.sees("DELETE", "/admin/realms/shop/users/123", b, 403, refused)
	s := w.Sum()
	if s.Requests != 8 || len(s.Clients) != 3 || s.Uncounted != 0 {
		t.Fatalf("%+v", s)
	}
	first, second := s.Clients[0], s.Clients[2]
	if c := s.Clients[1]; !slices.Equal(c.Smallest, []string{"manage-users"}) || c.Routes[0].Stopped != gate.Route {
		t.Errorf("what exists already takes its role, too: %+v", c)
	}
	if !slices.Equal(first.Smallest, []string{"view-users"}) || !slices.Equal(first.Surplus, []string{"manage-realm"}) || first.Calls != 4 || !first.Seen {
		t.Errorf("%+v", first)
	}
	if r := first.Routes[1]; r.Path != "/admin/realms/{realm}/users/{user-id}" || r.Statuses[200] != 1 || r.Statuses[404] != 1 || r.Stopped != gate.Object {
		t.Errorf("%+v", r)
	}
	if !slices.Equal(second.Smallest, []string{"manage-users"}) || len(second.Surplus) != 0 || second.Routes[0].Stopped != gate.Role {
		t.Errorf("%+v", second)
	}
	if f := second.Forms(server, "master", "admin"); !slices.ContainsFunc(f.Kcadm, func(l string) bool {
		return strings.Contains(l, "--rolename 'manage-users'") || strings.Contains(l, "--rolename manage-users")
	}) {
		t.Errorf("%q", f.Kcadm)
	}
	doc, err := json.Marshal(s.Document("master", "admin"))
	if err != nil {
		t.Fatal(err)
	}
	for _, never := range []string{signature, a, b, "search", "jo&", "max=5"} {
		if strings.Contains(string(doc), never) {
			t.Errorf("the document has %q", never)
		}
	}
	for _, c := range w.callers {
		if text := fmt.Sprintf("%#v", *c.token); strings.Contains(text, signature) {
			t.Error("a signature is kept")
		}
	}
}

// TestWatchedMaster: an account of the realm master takes roles of each realm that it calls.
func TestWatchedMaster(t *testing.T) {
	w, _ := seen("26.7.4")
	m := of("ops", claims{"iss": server + "/realms/master", "preferred_username": "root", "realm_access": claims{"roles": []string{"admin"}}})
	w.sees("GET", "/admin/realms/shop/users", m, 200, "[{")
	w.sees("GET", "/admin/realms/bank/clients", m, 200, "[{")
	w.sees("GET", "/admin/serverinfo", m, 200, "{")
	s := w.Sum()
	if len(s.Clients) != 3 {
		t.Fatalf("%+v", s.Clients)
	}
	for i, want := range []struct{ realm, container, role string }{{"shop", "shop-realm", "view-users"}, {"bank", "bank-realm", "view-clients"}} {
		c := s.Clients[i]
		if c.Realm != want.realm || c.Container != want.container || !slices.Equal(c.Smallest, []string{want.role}) || !slices.Equal(c.Surplus, []string{"admin"}) {
			t.Errorf("%+v", c)
		}
		if c.Forms(server, "master", "admin").Curl != nil {
			t.Error("there are lines for a person")
		}
	}
	if len(s.Clients[2].Notes) != 1 {
		t.Errorf("%+v", s.Clients[2].Notes)
	}
}

// TestKeepsLittle: clients and routes are bounded, and what is beyond is counted.
func TestKeepsLittle(t *testing.T) {
	w, said := seen("26.7.4")
	calls := 0
	for i := range maxClients + 50 {
		token := of(fmt.Sprint("c", i), nil)
		for n := range 60 {
			w.sees("GET", fmt.Sprintf("/admin/realms/shop/unknown-%d", n), token, http.StatusNotFound, `{"error":"HTTP 404 Not Found"}`)
			calls++
		}
	}
	s := w.Sum()
	counted := 0
	for _, c := range s.Clients {
		counted += c.Calls
	}
	if len(s.Clients) > maxClients || w.routes > maxRoutes || len(w.callers) > maxCallers {
		t.Errorf("%d clients, %d routes, %d tokens are kept", len(s.Clients), w.routes, len(w.callers))
	}
	if counted+s.Uncounted != calls || len(*said) != calls || s.Uncounted == 0 {
		t.Errorf("of %d calls %d are counted, %d are uncounted, and %d were shown", calls, counted, s.Uncounted, len(*said))
	}
}

// TestRecording: what was seen, recorded and taken from the recording, takes the same roles.
func TestRecording(t *testing.T) {
	var text bytes.Buffer
	recording, err := traffic.NewWriter(&text)
	if err != nil {
		t.Fatal(err)
	}
	w := NewWatcher(Options{URL: server, Version: "26.7.4", Watching: func(s Seen) {
		if err := recording.Write(s.Recorded()); err != nil {
			t.Error(err)
		}
	}})
	a := of("a", nil, "realm-admin")
	w.sees("GET", "/admin/realms/shop/users?search=jo", a, 200, "[{")
	w.sees("DELETE", "/admin/realms/shop/clients/1", a, 404, `{"error":"Could not find client"}`)
	if strings.Contains(text.String(), signature) || strings.Contains(text.String(), "jo\"") {
		t.Errorf("the recording has %s", &text)
	}
	calls, _, err := traffic.Read(&text)
	if err != nil || len(calls) != 2 {
		t.Fatal(calls, err)
	}
	again, _ := seen("26.7.4")
	for _, c := range calls {
		again.Take(c)
	}
	before, after := w.Sum().Clients[0], again.Sum().Clients[0]
	if !slices.Equal(before.Smallest, after.Smallest) || !slices.Equal(after.Smallest, []string{"manage-clients", "view-users"}) || after.Account.ClientID != "a" || after.Seen {
		t.Errorf("%+v\n%+v", before, after)
	}
}
