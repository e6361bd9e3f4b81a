package practice

import (
	"fmt"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"
)

const testRealmBytes = 2 << 20

// writes are the paths of all POST and PUT methods, as METHOD path.
func writes() []string {
	var out []string
	var walk func(k *class, at []string)
	walk = func(k *class, at []string) {
		if k == nil {
			return
		}
		for _, m := range k.methods {
			if m.verb == "POST" || m.verb == "PUT" {
				out = append(out, m.verb+" /"+strings.Join(append(slices.Clone(at), m.path...), "/"))
			}
		}
		for _, l := range k.locators {
			walk(l.to, append(slices.Clone(at), l.path...))
		}
	}
	walk(adminTree, []string{"admin"})
	walk(protocolTree, []string{"realms"})
	return out
}

// flooded is a realm with one object of each kind, whose names stand for the parameters of paths.
type flooded struct {
	*caller
	adm    string
	params map[string]string
}

func newFlooded(c *caller, name string) *flooded {
	c.t.Helper()
	f := &flooded{caller: &caller{t: c.t, s: c.s, http: c.http, realm: name}, adm: c.admin()}
	f.want(201, "POST", "/admin/realms", f.adm, map[string]any{"realm": name, "enabled": true, "organizationsEnabled": true, "adminPermissionsEnabled": true, "eventsEnabled": true, "internationalizationEnabled": true, "supportedLocales": []string{"en", "de"}})
	client, _ := f.createClient("svc", nil)
	user := f.createUser("alice", "secret-of-alice", nil)
	f.want(201, "POST", f.base()+"/roles", f.adm, map[string]any{"name": "a-role"})
	f.want(201, "POST", f.base()+"/identity-provider/instances", f.adm, map[string]any{"alias": "idp", "providerId": "oidc"})
	f.want(201, "POST", f.base()+"/authentication/flows/browser/copy", f.adm, map[string]any{"newName": "mine"})
	f.params = map[string]string{
		"realm": name, "client": client, "user": user, "role": "a-role", "alias": "idp", "id": "mine", "locale": "en", "type": "user", "target": client,
		"group":       f.want(201, "POST", f.base()+"/groups", f.adm, map[string]any{"name": "a-group"}).id(),
		"scope":       f.want(201, "POST", f.base()+"/client-scopes", f.adm, map[string]any{"name": "a-scope", "protocol": "openid-connect"}).id(),
		"org":         f.want(201, "POST", f.base()+"/organizations", f.adm, map[string]any{"name": "an-org", "domains": []any{map[string]any{"name": "org.example"}}}).id(),
		"permissions": f.clientUUID("admin-permissions"),
		"component":   f.want(201, "POST", f.base()+"/components", f.adm, map[string]any{"name": "a-component", "providerId": "x", "providerType": "y"}).id(),
	}
	return f
}

// at fills a path's parameters; one without an object of its own gets a name that there is not.
func (f *flooded) at(path string, i int) string {
	parts := strings.Split(path, "/")
	for n, p := range parts {
		if strings.HasPrefix(p, "{") {
			name := strings.Trim(p, "{}")
			if parts[n] = f.params[name]; parts[n] == "" {
				parts[n] = fmt.Sprintf("new-%d", i)
			}
		}
	}
	return strings.Join(parts, "/")
}

func named(more map[string]any) func(int, string) any {
	return func(i int, big string) any {
		m := map[string]any{}
		for k, v := range more {
			switch v {
			case "NEW":
				v = fmt.Sprintf("new-%d", i)
			case "BIG":
				v = big
			}
			m[k] = v
		}
		return m
	}
}

var bigAttributes = func(i int, big string) any {
	return map[string]any{"name": fmt.Sprintf("new-%d", i), "attributes": map[string]any{"a": []string{big}}}
}

// floods say how each kind of object is made again and again, as large as it may be.
var floods = map[string]func(i int, big string) any{
	"POST /admin/realms/{realm}/clients":                 named(map[string]any{"clientId": "NEW", "description": "BIG"}),
	"POST /admin/realms/{realm}/clients/{client}/roles":  bigAttributes,
	"POST /admin/realms/{realm}/roles":                   bigAttributes,
	"POST /admin/realms/{realm}/groups":                  bigAttributes,
	"POST /admin/realms/{realm}/groups/{group}/children": bigAttributes,
	"POST /admin/realms/{realm}/users": func(i int, big string) any {
		return map[string]any{"username": fmt.Sprintf("new-%d", i), "attributes": map[string]any{strings.Repeat("k", 200) + fmt.Sprint(i): slices.Repeat([]string{big[:2000]}, 20)}}
	},
	"POST /admin/realms/{realm}/partialImport": func(i int, big string) any {
		return map[string]any{"clients": []any{map[string]any{"clientId": fmt.Sprintf("new-%d", i), "description": big}}}
	},
	"POST /admin/realms/{realm}/client-scopes":                                        named(map[string]any{"name": "NEW", "protocol": "openid-connect", "description": "BIG"}),
	"POST /admin/realms/{realm}/client-templates":                                     named(map[string]any{"name": "NEW", "protocol": "openid-connect", "description": "BIG"}),
	"POST /admin/realms/{realm}/clients/{client}/protocol-mappers/models":             mapperFlood,
	"POST /admin/realms/{realm}/client-scopes/{scope}/protocol-mappers/models":        mapperFlood,
	"POST /admin/realms/{realm}/client-templates/{scope}/protocol-mappers/models":     mapperFlood,
	"POST /admin/realms/{realm}/clients/{client}/protocol-mappers/add-models":         func(i int, big string) any { return []any{mapperFlood(i, big)} },
	"POST /admin/realms/{realm}/client-scopes/{scope}/protocol-mappers/add-models":    func(i int, big string) any { return []any{mapperFlood(i, big)} },
	"POST /admin/realms/{realm}/client-templates/{scope}/protocol-mappers/add-models": func(i int, big string) any { return []any{mapperFlood(i, big)} },
	"POST /admin/realms/{realm}/components": func(i int, big string) any {
		return map[string]any{"name": fmt.Sprint(i), "providerId": "x", "providerType": "y", "config": map[string]any{"c": []string{big}}}
	},
	"POST /admin/realms/{realm}/identity-provider/instances": func(i int, big string) any {
		return map[string]any{"alias": fmt.Sprintf("new-%d", i), "providerId": "oidc", "config": map[string]any{"c": big}}
	},
	"POST /admin/realms/{realm}/identity-provider/instances/{alias}/mappers": func(i int, big string) any {
		return map[string]any{"name": fmt.Sprintf("new-%d", i), "identityProviderAlias": "idp", "identityProviderMapper": "oidc-user-attribute-idp-mapper", "config": map[string]any{"c": big}}
	},
	"POST /admin/realms/{realm}/localization/{locale}":      func(i int, big string) any { return map[string]any{fmt.Sprintf("new-%d", i): big} },
	"PUT /admin/realms/{realm}/localization/{locale}/{key}": func(_ int, big string) any { return plainText(big) },
	"POST /admin/realms/{realm}/organizations": func(i int, big string) any {
		return map[string]any{"name": fmt.Sprintf("new-%d", i), "domains": []any{map[string]any{"name": fmt.Sprintf("d%d.example", i)}}, "attributes": map[string]any{"a": []string{big}}}
	},
	"POST /admin/realms/{realm}/authentication/flows":                                         named(map[string]any{"alias": "NEW", "providerId": "basic-flow", "topLevel": true, "description": "BIG"}),
	"POST /admin/realms/{realm}/authentication/flows/{id}/executions/flow":                    named(map[string]any{"alias": "NEW", "type": "basic-flow", "description": "BIG"}),
	"POST /admin/realms/{realm}/users/{user}/federated-identity/{provider}":                   named(map[string]any{"userId": "BIG", "userName": "NEW"}),
	"POST /admin/realms/{realm}/clients/{permissions}/authz/resource-server/policy/{type}":    named(map[string]any{"name": "NEW", "users": []string{}}),
	"POST /admin/realms/{realm}/clients/{permissions}/authz/resource-server/permission/scope": named(map[string]any{"name": "NEW", "resourceType": "Users", "scopes": []string{"view"}, "policies": []string{}}),
}

// countedOnly are made without anything of the caller's that has a size: their number is what is bounded.
var countedOnly = map[string]func(i int, big string) any{
	"POST /admin/realms/{realm}/clients-initial-access":                         named(map[string]any{"count": 1}),
	"POST /admin/realms/{realm}/authentication/flows/{id}/copy":                 named(map[string]any{"newName": "NEW"}),
	"POST /admin/realms/{realm}/authentication/flows/{id}/executions/execution": named(map[string]any{"provider": "auth-cookie"}),
}

type plainText string

func mapperFlood(i int, big string) any {
	return map[string]any{"name": fmt.Sprintf("new-%d", i), "protocol": "openid-connect", "protocolMapper": "oidc-hardcoded-claim-mapper", "config": map[string]any{"claim.name": "c", "claim.value": big}}
}

// settles are the writes that add nothing: they act, or connect and change what is there. What they replace is weighed.
var settles = strings.Fields(`
	POST/logout-all POST/push-revocation POST/clear-realm-cache POST/clear-user-cache POST/clear-keys-cache POST/clear-crl-cache POST/partial-export POST/client-secret POST/impersonation POST/logout POST/import-config
	POST/lower-priority POST/raise-priority POST/register-required-action
	POST/composites POST/scope-mappings/realm POST/scope-mappings/clients/{target} POST/role-mappings/realm POST/role-mappings/clients/{target}
	POST/registration-access-token POST/certificates/{attr}/generate POST/certificates/{attr}/upload POST/certificates/{attr}/upload-certificate
	POST/{storage}/sync POST/{storage}/unlink-users POST/{storage}/remove-imported-users POST/mappers/{mapper}/sync
	POST/members POST/members/invite-user POST/members/invite-existing-user POST/organizations/{org}/identity-providers
	POST/auth POST/revoke POST/token POST/introspect POST/userinfo POST/clients-registrations/{kind} POST/evaluate`)

// TestEveryKindIsBounded floods a realm with each kind of object until it is refused, and sees that the realm is within its
// bound, that it can be tidied up, and that the neighbour does not notice.
func TestEveryKindIsBounded(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{MaxRealmBytes: testRealmBytes, MaxRealms: 1000, MaxBytes: 1 << 30})
	learners, err := c.s.AddLearners(1)
	if err != nil {
		t.Fatal(err)
	}
	big := strings.Repeat("x", 60<<10)
	known := 0
	for n, route := range writes() {
		verb, path, _ := strings.Cut(route, " ")
		spec := strings.Replace(route, "{client}/authz", "{permissions}/authz", 1)
		body := floods[spec]
		if body == nil {
			body = countedOnly[spec]
		}
		if body == nil {
			if verb == "POST" && route != "POST /admin/realms" && !slices.ContainsFunc(settles, func(s string) bool {
				return strings.HasSuffix(strings.Replace(route, " ", "", 1), strings.TrimPrefix(s, "POST"))
			}) {
				f := newFlooded(c, fmt.Sprintf("r%d", n))
				if a := f.send(verb, f.at(path, 0), f.adm, map[string]any{}); a.status != 501 {
					t.Errorf("%s: nothing says how it is flooded, and it answers %d %s", route, a.status, a.body)
				}
			}
			continue
		}
		known++
		t.Run(route, func(t *testing.T) {
			f := newFlooded(c, fmt.Sprintf("r%d", n))
			f.t = t
			_, path, _ = strings.Cut(spec, " ")
			r := c.s.realms[f.realm]
			var a answer
			i := 0
			for ; i < 2*maxPerRealm; i++ {
				b, header := body(i, big), []string(nil)
				if text, ok := b.(plainText); ok {
					b, header = string(text), []string{"Content-Type", "text/plain"}
				}
				if a = f.send(verb, f.at(path, i), f.adm, b, header...); a.status == 507 {
					break
				}
				if a.status >= 300 {
					t.Fatalf("number %d: %d %s", i, a.status, a.body)
				}
			}
			if a.status != 507 || i == 0 || str(a.obj(t), "error") != "practice_limit" || !strings.HasSuffix(str(a.obj(t), "error_description"), ".") {
				t.Errorf("after %d: %d %s", i, a.status, a.body)
			}
			if w := r.weigh(); w > testRealmBytes {
				t.Errorf("%d objects are %d bytes, over the bound of %d", i, w, testRealmBytes)
			}
			// Whoever filled it can log in again and delete.
			f.accessToken(f.realm, url.Values{"grant_type": {"client_credentials"}, "client_id": {"svc"}, "client_secret": {"secret-svc"}})
			f.want(204, "DELETE", f.base(), f.adm, nil)
		})
	}
	if known != len(floods)+len(countedOnly) {
		t.Errorf("%d of %d floods were tried", known, len(floods)+len(countedOnly))
	}
	l := learners[0]
	token := c.accessToken(l.Realm, url.Values{"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {l.User}, "password": {l.Password}})
	c.want(201, "POST", "/admin/realms/"+l.Realm+"/users", token, map[string]any{"username": "john"})
	if n := c.s.panics.Load(); n > 0 {
		t.Errorf("%d panics", n)
	}
}

// TestEveryWriteIsBounded: a body that would become more than a realm may have is refused at once, whatever is written.
func TestEveryWriteIsBounded(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{MaxRealmBytes: testRealmBytes})
	f := newFlooded(c, "lesson")
	nested := "[" + strings.Repeat("[],", 200_000) + "[]]" // 600 KB that become 20 MB
	for _, route := range writes() {
		verb, path, _ := strings.Cut(route, " ")
		if a := f.send(verb, f.at(path, 0), f.adm, nested); a.status != 507 {
			t.Errorf("%s: %d %.200s", route, a.status, a.body)
		}
	}
	if w := c.s.realms["lesson"].weigh(); w > testRealmBytes/2 {
		t.Errorf("the realm has grown to %d bytes", w)
	}
}

// TestFailedLoginsLeaveLittle: anybody can fail to log in, with names as long as they like.
func TestFailedLoginsLeaveLittle(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{MaxRealmBytes: testRealmBytes})
	newFlooded(c, "lesson")
	name := strings.Repeat("x", 3<<10)
	for range maxEvents + 100 {
		if a := c.token("lesson", url.Values{"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {name}, "password": {name}, "redirect_uri": {name}, "scope": {name}}); a.status == 507 {
			t.Fatal("a realm that others fail to log in to is full")
		}
	}
	r := c.s.realms["lesson"]
	if w := r.weigh(); len(r.events) != maxEvents || w > testRealmBytes {
		t.Errorf("%d events, %d bytes", len(r.events), w)
	}
}

// TestAllRealmsTogetherAreBounded: many full realms fill the server, and a small one can still be worked in.
func TestAllRealmsTogetherAreBounded(t *testing.T) {
	t.Parallel()
	const most = 8 << 20
	c := newCaller(t, Options{MaxRealmBytes: testRealmBytes, MaxBytes: most, MaxRealms: 1000}) // and not 1000 realms of 2 MB
	if _, err := c.s.AddLearners(1); err != nil {
		t.Fatal(err)
	}
	adm, refused := c.admin(), false
	import1 := func(i int) answer {
		m := bigAttributes(i, strings.Repeat("x", 60<<10))
		roles := slices.Repeat([]any{m}, 1)
		return c.send("POST", "/admin/realms", adm, map[string]any{"realm": fmt.Sprintf("r%d", i), "enabled": true, "roles": map[string]any{"realm": roles}})
	}
	for i := 0; i < 1000 && !refused; i++ {
		a := import1(i)
		if refused = a.status == 507; !refused && a.status != 201 {
			t.Fatalf("realm %d: %d %s", i, a.status, a.body)
		}
	}
	var sum int64
	for _, r := range c.s.realms {
		sum += r.weigh()
	}
	if !refused || sum > most {
		t.Errorf("refused: %t; all realms are %d bytes, over the bound of %d", refused, sum, most)
	}
	c.realm = "learner-01"
	c.createClient("svc", nil, "view-users")
	c.want(200, "GET", c.base()+"/users", c.service("svc"), nil)
	c.want(204, "DELETE", "/admin/realms/r0", adm, nil)
	c.want(204, "DELETE", "/admin/realms/r1", adm, nil)
	if a := import1(0); a.status != 201 {
		t.Errorf("after removing two: %d %s", a.status, a.body)
	}
}

// TestRoomComesBack: what is removed makes room again.
func TestRoomComesBack(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{MaxRealmBytes: testRealmBytes})
	f := newFlooded(c, "lesson")
	for i := range 200 {
		f.want(201, "POST", f.base()+"/roles", f.adm, bigAttributes(i, strings.Repeat("x", 100<<10)))
		f.want(204, "DELETE", f.base()+"/roles/new-"+fmt.Sprint(i), f.adm, nil)
	}
	for range 100 {
		f.want(204, "PUT", f.base()+"/roles/a-role", f.adm, map[string]any{"name": "a-role", "description": strings.Repeat("x", 100<<10)})
	}
}

// TestWeighing compares the weight with the memory that is really taken. It runs alone.
func TestWeighing(t *testing.T) {
	c := newCaller(t, Options{})
	c.createRealm("lesson")
	r, adm := c.s.realms["lesson"], c.admin()
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before, light := heap(), r.weigh()
	for i := range 400 {
		c.want(201, "POST", c.base()+"/clients", adm, map[string]any{"clientId": fmt.Sprint("c", i), "description": strings.Repeat("x", 5000), "redirectUris": slices.Repeat([]string{"http://a.example/"}, 100)})
		c.want(201, "POST", c.base()+"/roles", adm, bigAttributes(i, strings.Repeat("x", 5000)))
		c.want(201, "POST", c.base()+"/components", adm, map[string]any{"name": "n", "providerId": "x", "providerType": "y", "config": map[string]any{"c": slices.Repeat([]string{"v"}, 500)}})
	}
	took, weighs := heap()-before, r.weigh()-light
	if took > weighs*3/2 {
		t.Errorf("what weighs %d takes %d bytes", weighs, took)
	}
	runtime.KeepAlive(c)
}

// TestTrafficIsBounded: bodies and answers that are held up take no more than their bound, and give it back.
func TestTrafficIsBounded(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{})
	adm := c.admin()
	c.s.traffic.most = 200 << 10
	if a := c.send("POST", "/admin/realms", adm, map[string]any{"realm": "r", "displayName": strings.Repeat("x", 300<<10)}); a.status != 507 {
		t.Errorf("a body over the bound: %d %s", a.status, a.body)
	}
	c.want(201, "POST", "/admin/realms", adm, map[string]any{"realm": "r", "displayName": strings.Repeat("x", 20<<10)})
	if n := c.s.traffic.used.Load(); n != 0 {
		t.Errorf("%d bytes are still held", n)
	}
	c.s.traffic.most = 30 << 10
	if a := c.send("GET", "/admin/realms", adm, nil); a.status != 507 {
		t.Errorf("an answer over the bound: %d of %d bytes", a.status, len(a.body))
	}
	if n := c.s.traffic.used.Load(); n != 0 {
		t.Errorf("%d bytes are still held", n)
	}
}
