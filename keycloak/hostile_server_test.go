package keycloak_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// hostile is a server that lets an admin of the master realm log in, and answers everything else as a test says.
type hostile struct {
	*httptest.Server
	t        *testing.T
	answer   http.HandlerFunc // every request but those of login
	login    http.HandlerFunc // the admin's token request; nil gives a token
	lifetime int              // expires_in of the admin's tokens; 0 is 300

	mu       sync.Mutex
	requests []string // method and URL of those that answer got
	logins   int
}

// loginPath is where admins log in.
const loginPath = "/realms/master/protocol/openid-connect/token"

func newHostile(t *testing.T, answer http.HandlerFunc) *hostile {
	t.Helper()
	h := &hostile{t: t, answer: answer, lifetime: 300}
	h.Server = httptest.NewServer(h)
	t.Cleanup(h.Close)
	return h
}

func (h *hostile) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method + " " + r.URL.Path {
	case "GET /realms/master":
		reply(w, 200, jsonType, `{"realm":"master"}`)
	case "POST " + loginPath:
		h.mu.Lock()
		h.logins++
		n := h.logins
		h.mu.Unlock()
		if h.login != nil {
			h.login(w, r)
			return
		}
		token := jwt(map[string]any{"typ": "Bearer", "jti": fmt.Sprint("admin-", n), "preferred_username": "admin"})
		reply(w, 200, jsonType, fmt.Sprintf(`{"access_token":%q,"expires_in":%d}`, token, h.lifetime))
	default:
		h.mu.Lock()
		h.requests = append(h.requests, r.Method+" "+r.URL.String())
		h.mu.Unlock()
		h.answer(w, r)
	}
}

// seen returns the requests that were not part of a login, and the number of logins.
func (h *hostile) seen() ([]string, int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.requests...), h.logins
}

// open opens the server and logs the admin in.
func (h *hostile) open(o keycloak.Options) (*keycloak.Server, *keycloak.Admin) {
	h.t.Helper()
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	s, err := keycloak.Open(h.t.Context(), h.URL, o)
	if err != nil {
		h.t.Fatalf("open: %v", err)
	}
	a, err := s.Login(h.t.Context(), adminCredentials)
	if err != nil {
		h.t.Fatalf("login: %v", err)
	}
	return s, a
}

var adminCredentials = keycloak.Credentials{User: "admin", Password: wire.NewSecret("admin-password")}

const (
	jsonType = "application/json"
	htmlType = "text/html;charset=UTF-8"
)

func reply(w http.ResponseWriter, status int, contentType, body string) {
	if contentType != "" {
		w.Header().Set("Content-Type", contentType)
	}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

func always(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { reply(w, status, contentType, body) }
}

// jwt makes a token with a signature that nobody checks here.
func jwt(claims map[string]any) string {
	part := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	return part(map[string]any{"alg": "RS256", "typ": "JWT", "kid": "k"}) + "." + part(claims) + ".c2lnbmF0dXJl"
}

// adapterCall is one exported call of the adapter that makes requests.
type adapterCall struct {
	name string
	do   func(ctx context.Context, s *keycloak.Server, a *keycloak.Admin) error
}

var (
	clientToken = wire.NewSecret(jwt(map[string]any{"typ": "Bearer", "azp": "app"}))
	viewUsers   = keycloak.Role{ID: "role-uuid", Name: "view-users"}
)

// readingCalls make one request each, and need JSON in its answer.
var readingCalls = []adapterCall{
	{"Version", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin) error {
		_, err := a.Version(ctx)
		return err
	}},
	{"Features", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin) error {
		_, err := a.Features(ctx)
		return err
	}},
	{"FindRealm", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin) error {
		_, err := a.FindRealm(ctx, "demo")
		return err
	}},
	{"FindClient", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin) error {
		_, err := a.FindClient(ctx, "demo", "app")
		return err
	}},
	{"ClientSecret", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin) error {
		_, err := a.ClientSecret(ctx, "demo", "client-uuid")
		return err
	}},
	{"FindUser", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin) error {
		_, err := a.FindUser(ctx, "demo", "john-doe", "")
		return err
	}},
	{"ServiceAccount", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin) error {
		_, err := a.ServiceAccount(ctx, "demo", "client-uuid")
		return err
	}},
	{"ClientRoles", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin) error {
		_, err := a.ClientRoles(ctx, "demo", "client-uuid")
		return err
	}},
	{"DirectRoles", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin) error {
		_, err := a.DirectRoles(ctx, "demo", "user-uuid", "client-uuid")
		return err
	}},
	{"EffectiveRoles", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin) error {
		_, err := a.EffectiveRoles(ctx, "demo", "user-uuid", "client-uuid")
		return err
	}},
	{"EvaluatePermission", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin) error {
		_, err := a.EvaluatePermission(ctx, "demo", &keycloak.PermissionServer{Client: "client-uuid"}, keycloak.PermissionQuestion{Account: "user-uuid", Type: "Users", Scopes: []string{"view"}})
		return err
	}},
	{"ClientToken", func(ctx context.Context, s *keycloak.Server, _ *keycloak.Admin) error {
		_, err := s.ClientToken(ctx, "demo", "app", wire.NewSecret("client-secret"))
		return err
	}},
	{"Login", func(ctx context.Context, s *keycloak.Server, _ *keycloak.Admin) error {
		c := adminCredentials
		c.Realm = "demo" // not master, whose token endpoint is the good one
		_, err := s.Login(ctx, c)
		return err
	}},
	{"GetUser", func(ctx context.Context, s *keycloak.Server, _ *keycloak.Admin) error {
		_, err := s.GetUser(ctx, msg.New("read the user"), clientToken, "demo", "user-uuid")
		return err
	}},
	{"Get", func(ctx context.Context, s *keycloak.Server, _ *keycloak.Admin) error {
		_, err := s.Get(ctx, msg.New("read the user"), clientToken, s.URL()+"/admin/realms/demo/users/user-uuid")
		return err
	}},
}

// writingCalls look at first what is there (see lookups), then make one request that changes something.
var writingCalls = []adapterCall{
	{"EnsureRealm", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin) error {
		_, err := a.EnsureRealm(ctx, "new", "run-1", nil)
		return err
	}},
	{"DeleteRealm", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin) error {
		return a.DeleteRealm(ctx, "ours")
	}},
	{"EnsureClient", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin) error {
		_, err := a.EnsureClient(ctx, "ours", "new", []string{"http://localhost:8081/*"}, "run-1", nil)
		return err
	}},
	{"DeleteClient", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin) error {
		return a.DeleteClient(ctx, "ours", "app")
	}},
	{"EnsureUser", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin) error {
		_, err := a.EnsureUser(ctx, "ours", "new", "new@example.com", nil)
		return err
	}},
	{"DeleteUser", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin) error {
		return a.DeleteUser(ctx, "ours", "user-uuid")
	}},
	{"Grant", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin) error {
		return a.Grant(ctx, "ours", "user-uuid", "client-uuid", viewUsers, nil)
	}},
	{"Revoke", func(ctx context.Context, _ *keycloak.Server, a *keycloak.Admin) error {
		return a.Revoke(ctx, "ours", "user-uuid", "client-uuid", viewUsers)
	}},
}

// lookups answers GET requests as a server with the realm "ours", marked, and in it the client "app", marked; the
// rest goes to change.
func lookups(change http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method != http.MethodGet:
			change(w, r)
		case r.URL.Path == "/admin/realms/ours":
			reply(w, 200, jsonType, `{"realm":"ours","enabled":true,"attributes":{"fix403.run":"run-1"}}`)
		case r.URL.Query().Get("clientId") == "app":
			reply(w, 200, jsonType, `[{"id":"client-uuid","clientId":"app","attributes":{"fix403.run":"run-1"}}]`)
		case strings.HasSuffix(r.URL.Path, "/clients"), strings.HasSuffix(r.URL.Path, "/users"):
			reply(w, 200, jsonType, `[]`)
		default:
			reply(w, 404, jsonType, `{"error":"Realm not found."}`)
		}
	}
}
