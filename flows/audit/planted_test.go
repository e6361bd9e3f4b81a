//go:build unix

package audit

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"fix403/flows/access"
	"fix403/flows/roles"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/practice"
	_ "fix403/keycloak/practice/practicetest"
	"fix403/keycloak/server/servertest"
	"fix403/keycloak/testrun"
	"fix403/keycloak/wire"
)

// TestRealKeycloakAudit finds each planted fault, and nothing else, on a real server.
func TestRealKeycloakAudit(t *testing.T) {
	servertest.Each(t, func(t *testing.T, target servertest.Target) {
		planted(t, target.URL, nil, keycloak.Credentials{User: target.AdminUser, Password: wire.NewSecret(target.AdminPassword)})
	})
}

// The same on the practice server.
func TestAudit(t *testing.T) {
	for _, v := range testrun.Of([]string{"26.7.4"}, []string{"24.0.5", "26.4.0", "26.7.4"}, []string{"24.0.5", "26.4.0", "26.7.4"}) {
		t.Run(v, func(t *testing.T) {
			t.Parallel()
			url, transport, admin := practiced(t, v)
			planted(t, url, transport, admin)
		})
	}
}

func practiced(t *testing.T, version string) (string, http.RoundTripper, keycloak.Credentials) {
	t.Helper()
	p, err := practice.New(practice.Options{Version: version, AdminPassword: "admin"})
	if err != nil {
		t.Fatal(err)
	}
	return p.URL(), p.Transport(), keycloak.Credentials{User: p.AdminUser(), Password: wire.NewSecret("admin")}
}

// garden is a realm with planted faults.
type garden struct {
	*testing.T
	admin      *keycloak.Admin
	realm      string
	management string            // uuid of realm-management
	ids        map[string]string // of its roles
	scope      string            // id of the client scope kc-admin-api
	calls      map[string][]roles.Call
	want       []string // "client f: rule" of what is planted
	faults     int
	sound      int
}

func newGarden(t *testing.T, url string, transport http.RoundTripper, c keycloak.Credentials) *garden {
	t.Helper()
	server, err := keycloak.Open(t.Context(), url, keycloak.Options{Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	admin, err := server.Login(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	g := &garden{T: t, admin: admin, realm: "audit-" + strconv.FormatInt(time.Now().UnixNano(), 36), ids: map[string]string{}, calls: map[string][]roles.Call{}}
	if _, err := admin.EnsureRealm(t.Context(), g.realm, "run", func(string, string, string) (func(string) error, error) {
		return func(string) error { return nil }, nil
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, _, err := admin.Send(context.Background(), msg.New("clean up"), http.MethodDelete, g.realm, "", nil); err != nil {
			t.Error(err)
		}
	})
	found, err := admin.FindClient(t.Context(), g.realm, keycloak.RealmManagement)
	if err != nil {
		t.Fatal(err)
	}
	all, err := admin.ClientRoles(t.Context(), g.realm, found.ID)
	if err != nil {
		t.Fatal(err)
	}
	g.management = found.ID
	for _, r := range all {
		g.ids[r.Name] = r.ID
	}
	return g
}

func (g *garden) send(method, path string, body any) string {
	g.Helper()
	text, id, err := g.admin.Send(g.Context(), msg.New("plant"), method, g.realm, path, body)
	if err != nil {
		g.Fatalf("%s %s: %v", method, path, err)
	}
	var made struct{ ID string }
	if id == "" && json.Unmarshal(text, &made) == nil {
		return made.ID
	}
	return id
}

func (g *garden) role(name string) []map[string]string {
	g.Helper()
	if g.ids[name] == "" {
		g.Fatalf("no role %s", name)
	}
	return []map[string]string{{"id": g.ids[name], "name": name}}
}

const clientRoles = "/role-mappings/clients/"

// Ways to give an account a role.
func (g *garden) direct(account, role string) {
	g.send("POST", "/users/"+account+clientRoles+g.management, g.role(role))
}

func (g *garden) group(account, role string) { g.join(account, g.carrying(role)) }

func (g *garden) nested(account, role string) {
	g.join(account, g.send("POST", "/groups/"+g.carrying(role)+"/children", map[string]any{"name": "below"}))
}

func (g *garden) join(account, group string) { g.send("PUT", "/users/"+account+"/groups/"+group, nil) }

func (g *garden) carrying(role string) string {
	group := g.send("POST", "/groups", map[string]any{"name": "g" + strconv.Itoa(len(g.want)) + "-" + strconv.Itoa(g.sound)})
	g.send("POST", "/groups/"+group+clientRoles+g.management, g.role(role))
	return group
}

func (g *garden) composite(account, role string) {
	g.Helper()
	name := "r" + strconv.Itoa(len(g.want)) + "-" + strconv.Itoa(g.sound)
	g.send("POST", "/roles", map[string]any{"name": name})
	g.send("POST", "/roles/"+name+"/composites", g.role(role))
	made, err := g.admin.RealmRole(g.Context(), g.realm, name)
	if err != nil {
		g.Fatal(err)
	}
	g.send("POST", "/users/"+account+"/role-mappings/realm", []map[string]string{{"id": made.ID, "name": name}})
}

// plant is what an account is like; the zero value is sound.
type plant struct {
	name    string
	give    func(account, role string) // direct where nil
	roles   []string
	outside []string // roles that get no scope mapping
	client  map[string]any
	byScope bool // the scope mappings are in a client scope
	mute    bool // without the client scope kc-admin-api
	off     bool // the account itself is disabled
	calls   []string
	rules   []string
}

func (g *garden) plant(kind string, p plant) {
	for _, rule := range p.rules {
		g.want = append(g.want, "the "+kind+" "+p.name+": "+rule)
	}
	if g.faults++; len(p.rules) == 0 {
		g.faults--
		g.sound++
	}
}

// service plants the service account of a client.
func (g *garden) service(p plant) {
	g.Helper()
	g.plant("client", p)
	body := map[string]any{"clientId": p.name, "enabled": true, "serviceAccountsEnabled": true, "publicClient": false, "standardFlowEnabled": false, "directAccessGrantsEnabled": false,
		"fullScopeAllowed": false, "secret": "planted-secret-of-" + p.name}
	maps.Copy(body, p.client)
	id := g.send("POST", "/clients", body)
	account := g.send("GET", "/clients/"+id+"/service-account-user", nil)
	if !p.mute {
		g.send("PUT", "/clients/"+id+"/default-client-scopes/"+g.scope, nil)
	}
	for _, role := range p.roles {
		if p.give == nil {
			p.give = g.direct
		}
		p.give(account, role)
		switch {
		case slices.Contains(p.outside, role) || body["fullScopeAllowed"] == true:
		case p.byScope:
			scope := g.send("POST", "/client-scopes", map[string]any{"name": "s-" + p.name, "protocol": "openid-connect"})
			g.send("POST", "/client-scopes/"+scope+"/scope-mappings/clients/"+g.management, g.role(role))
			g.send("PUT", "/clients/"+id+"/default-client-scopes/"+scope, nil)
		default:
			g.send("POST", "/clients/"+id+"/scope-mappings/clients/"+g.management, g.role(role))
		}
	}
	if p.off {
		g.send("PUT", "/users/"+account, map[string]any{"enabled": false})
	}
	for _, text := range p.calls {
		c, err := roles.ParseCall(strings.ReplaceAll(text, "{realm}", g.realm))
		if err != nil {
			g.Fatal(err)
		}
		g.calls[p.name] = append(g.calls[p.name], c)
	}
}

func (g *garden) user(p plant) {
	g.Helper()
	g.plant("user", p)
	account := g.send("POST", "/users", map[string]any{"username": p.name, "enabled": !p.off})
	for _, role := range p.roles {
		if p.give == nil {
			p.give = g.direct
		}
		p.give(account, role)
	}
}

// login plants a client through which users log in.
func (g *garden) login(p plant) {
	g.Helper()
	g.plant("client", p)
	body := map[string]any{"clientId": p.name, "enabled": true, "publicClient": true, "standardFlowEnabled": true, "redirectUris": []string{"https://app.example.com/*"}, "fullScopeAllowed": false}
	maps.Copy(body, p.client)
	g.send("POST", "/clients", body)
}

type body = map[string]any

func made(ago time.Duration) body {
	return body{"attributes": map[string]string{"client.secret.creation.time": strconv.FormatInt(time.Now().Add(-ago).Unix(), 10)}}
}

const day = 24 * time.Hour

func (g *garden) faulty() {
	g.scope = g.send("POST", "/client-scopes", body{"name": keycloak.AdminAPIScope, "protocol": "openid-connect"})
	for _, p := range []plant{
		{name: "f-all", roles: []string{"realm-admin"}, rules: []string{"realm-admin"}},
		{name: "f-all-group", give: g.group, roles: []string{"realm-admin"}, rules: []string{"realm-admin"}},
		{name: "f-users", roles: []string{"manage-users"}, rules: []string{"escalates"}},
		{name: "f-users-composite", give: g.composite, roles: []string{"manage-users"}, rules: []string{"escalates"}},
		{name: "f-users-nested", give: g.nested, roles: []string{"manage-users"}, rules: []string{"escalates"}},
		{name: "f-clients", roles: []string{"manage-clients"}, rules: []string{"escalates", "breaks-next-version"}},
		{name: "f-clients-scope", byScope: true, roles: []string{"manage-clients"}, rules: []string{"escalates", "breaks-next-version"}},
		{name: "f-realm", roles: []string{"manage-realm"}, rules: []string{"escalates"}},
		{name: "f-two", roles: []string{"manage-realm", "manage-clients"}, rules: []string{"escalates", "escalates"}},
		{name: "f-impersonation", roles: []string{"impersonation"}, rules: []string{"escalates"}},
		{name: "f-create", roles: []string{"create-client"}, rules: []string{"escalates"}},
		{name: "f-authorization", roles: []string{"manage-authorization"}, rules: []string{"escalates"}},
		{name: "f-providers", roles: []string{"manage-identity-providers"}, rules: []string{"escalates"}},
		{name: "f-secrets", roles: []string{"view-clients"}, rules: []string{"reads-secrets", "breaks-next-version"}},
		{name: "f-full", client: body{"fullScopeAllowed": true}, roles: []string{"view-users"}, rules: []string{"full-scope"}},
		{name: "f-full-group", give: g.group, client: body{"fullScopeAllowed": true}, roles: []string{"view-realm"}, rules: []string{"full-scope"}},
		{name: "f-old", client: made(800 * day), roles: []string{"view-users"}, rules: []string{"secret-age"}},
		{name: "f-older", client: made(366 * day), roles: []string{"view-events"}, rules: []string{"secret-age"}},
		{name: "f-expired", client: body{"attributes": map[string]string{"client.secret.expiration.time": strconv.FormatInt(time.Now().Add(-day).Unix(), 10)}}, roles: []string{"view-users"}, rules: []string{"secret-expired"}},
		{name: "f-off", client: body{"enabled": false}, roles: []string{"view-users"}, rules: []string{"disabled-account"}},
		{name: "f-off-account", off: true, roles: []string{"manage-users"}, rules: []string{"disabled-account"}},
		{name: "f-outside", roles: []string{"manage-users"}, outside: []string{"manage-users"}, rules: []string{"outside-scope"}},
		{name: "f-outside-in-part", roles: []string{"view-events", "view-realm"}, outside: []string{"view-realm"}, rules: []string{"outside-scope"}},
		{name: "f-mute", mute: true, roles: []string{"view-users"}, rules: []string{"audience-missing"}},
		{name: "f-unused", roles: []string{"view-users", "view-events"}, calls: []string{"GET /admin/realms/{realm}/users"}, rules: []string{"unused-roles"}},
		{name: "f-unused-power", roles: []string{"manage-users"}, calls: []string{"GET /admin/realms/{realm}/users/1", "GET /admin/realms/{realm}/users"}, rules: []string{"unused-roles", "escalates"}},
		{name: "f-breaks", roles: []string{"view-clients"}, calls: []string{"GET /admin/realms/{realm}/clients/1/client-secret"}, rules: []string{"breaks-next-version", "reads-secrets"}},
	} {
		g.service(p)
	}
	for _, p := range []plant{
		{name: "u-boss", roles: []string{"realm-admin"}, rules: []string{"realm-admin"}},
		{name: "u-desk", roles: []string{"manage-users"}, rules: []string{"escalates"}},
		{name: "u-keys", give: g.group, roles: []string{"manage-realm"}, rules: []string{"escalates"}},
		{name: "u-gone", off: true, roles: []string{"view-users"}, rules: []string{"disabled-account"}},
	} {
		g.user(p)
	}
	g.login(plant{name: "f-portal", client: body{"fullScopeAllowed": true}, rules: []string{"full-scope"}})
	g.login(plant{name: "f-office", client: body{"fullScopeAllowed": true, "publicClient": false}, rules: []string{"full-scope"}})
}

func (g *garden) soundOnes() {
	for _, role := range []string{"view-users", "view-realm", "view-events", "view-identity-providers", "view-authorization", "query-users", "query-groups", "query-clients", "query-realms", "manage-events"} {
		g.service(plant{name: "s-" + role, roles: []string{role}})
	}
	for _, p := range []plant{
		{name: "s-group", give: g.group, roles: []string{"view-users"}},
		{name: "s-composite", give: g.composite, roles: []string{"view-users"}},
		{name: "s-nested", give: g.nested, roles: []string{"view-realm"}},
		{name: "s-scope", byScope: true, roles: []string{"view-users"}},
		{name: "s-needed", roles: []string{"view-users"}, calls: []string{"GET /admin/realms/{realm}/users", "GET /admin/realms/{realm}/users/1"}},
		{name: "s-other-smallest", roles: []string{"manage-events"}, calls: []string{"PUT /admin/realms/{realm}/events/config"}},
		{name: "s-least", roles: []string{"view-realm"}, calls: []string{"GET /admin/realms/{realm}/components"}},
		{name: "s-fresh", client: made(364 * day), roles: []string{"view-users"}},
		{name: "s-signs", client: body{"clientAuthenticatorType": "client-jwt", "attributes": made(900 * day)["attributes"]}, roles: []string{"view-users"}},
		{name: "s-nothing", client: body{"fullScopeAllowed": true}},
		{name: "s-nothing-off", client: body{"enabled": false}},
		{name: "s-lasting", client: body{"attributes": map[string]string{"client.secret.expiration.time": strconv.FormatInt(time.Now().Add(day).Unix(), 10)}}, roles: []string{"view-users"}},
	} {
		g.service(p)
	}
	for _, p := range []plant{
		{name: "v-users", roles: []string{"view-users"}},
		{name: "v-realm", give: g.group, roles: []string{"view-realm"}},
		{name: "v-groups", give: g.composite, roles: []string{"query-groups"}},
		{name: "v-events", roles: []string{"manage-events"}},
		{name: "v-nothing"},
		{name: "v-off", off: true},
	} {
		g.user(p)
	}
	g.login(plant{name: "s-portal"})
	g.login(plant{name: "s-office-off", client: body{"enabled": false, "fullScopeAllowed": true}})
}

func (g *garden) audit(url string, transport http.RoundTripper, c keycloak.Credentials, o Options) *Audit {
	g.Helper()
	admin, err := access.Login(g.Context(), url, c, keycloak.Options{Transport: transport})
	if err != nil {
		g.Fatal(err)
	}
	r, err := access.Open(g.Context(), admin, "", g.realm)
	if err != nil {
		g.Fatal(err)
	}
	a, err := Run(g.Context(), r, o)
	if err != nil {
		g.Fatal(err)
	}
	return a
}

// only counts what is sent beside GET and logins.
type only struct {
	next http.RoundTripper
	mu   sync.Mutex
	sent []string
}

func (o *only) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet && !strings.HasSuffix(r.URL.Path, "/protocol/openid-connect/token") {
		o.mu.Lock()
		o.sent = append(o.sent, r.Method+" "+r.URL.Path)
		o.mu.Unlock()
	}
	return o.next.RoundTrip(r)
}

func planted(t *testing.T, url string, transport http.RoundTripper, c keycloak.Credentials) {
	t.Helper()
	g := newGarden(t, url, transport, c)
	g.faulty()
	g.soundOnes()
	if g.faults < 30 || g.sound < 30 {
		t.Errorf("%d faults and %d sound accounts", g.faults, g.sound)
	}
	watched := &only{next: cmp.Or[http.RoundTripper](transport, http.DefaultTransport)}
	a := g.audit(url, watched, c, Options{Now: time.Now(), SecretAge: 365 * day, Calls: g.calls})
	if len(watched.sent) > 0 {
		t.Errorf("the audit sent %q", watched.sent)
	}
	var got []string
	for _, f := range a.Findings {
		got = append(got, name(f.Account).String()+": "+f.Rule.ID)
	}
	slices.Sort(got)
	slices.Sort(g.want)
	for _, one := range g.want {
		if i := slices.Index(got, one); i >= 0 {
			got = slices.Delete(got, i, i+1)
		} else {
			t.Errorf("not found: %s", one)
		}
	}
	for _, one := range got {
		t.Errorf("false alarm: %s", one)
	}
	t.Logf("Keycloak %s: %d planted faults, %d sound accounts, %d findings", a.Place.Version, g.faults, g.sound, len(a.Findings))
	if len(a.Notes) > 0 {
		t.Errorf("%s", english(a.Notes))
	}
	g.outputs(a)
}

// outputs looks at what is written: no secret, and well formed.
func (g *garden) outputs(a *Audit) {
	document, err := json.Marshal(a.Document())
	if err != nil {
		g.Error(err)
	}
	sarif, err := json.Marshal(a.SARIF("1.0.0"))
	if err != nil {
		g.Error(err)
	}
	junit, err := a.JUnit(Low, 1)
	if err != nil {
		g.Error(err)
	}
	for form, text := range map[string]string{"json": string(document), "sarif": string(sarif), "junit": string(junit), "html": a.HTML(nil)} {
		if strings.Contains(text, "planted-secret") {
			g.Errorf("%s has a secret", form)
		}
		if !strings.Contains(text, "f-users-nested") || strings.Contains(text, "%!") {
			g.Errorf("%s: %s", form, text)
		}
	}
	asGitHub(g.T, sarif)
	asJenkins(g.T, junit)
	fingerprints := map[string]bool{}
	for _, r := range a.SARIF("").Runs[0].Results {
		if one := r.Fingerprints["fix403/v1"]; fingerprints[one] {
			g.Errorf("two results with %s", one)
		} else {
			fingerprints[one] = true
		}
	}
	if want := fmt.Sprintf(`tests="%d"`, strings.Count(string(junit), "<testcase")); !strings.Contains(string(junit), want) {
		g.Errorf("%s", junit)
	}
}
