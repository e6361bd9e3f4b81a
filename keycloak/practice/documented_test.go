package practice

import (
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"fix403/keycloak/version"
)

// What is not measured differs from the newest measured release in what is documented, and in nothing else.
func TestNotMeasuredBehaviorIsDocumented(t *testing.T) {
	t.Parallel()
	if !Measured("26.7.4") || !Measured("") || Measured("26.8.2") || Measured("27.0.0") {
		t.Error("26.7.4 is measured, and 26.8.2 is not")
	}
	var differs []string
	known, told := reflect.ValueOf(*behaviorOf(newestMeasured)), reflect.ValueOf(*behaviorOf(newest))
	for i := range known.NumField() {
		name := known.Type().Field(i).Name
		if name != "release" && known.Field(i).Kind() == reflect.Bool && known.Field(i).Bool() != told.Field(i).Bool() {
			differs = append(differs, name)
		}
		if name == "defaults" && known.Field(i).String() != told.Field(i).String() {
			t.Error("a realm of a release that is not measured has defaults of its own")
		}
	}
	documented := []string{}
	for _, d := range documentedBehaviors {
		documented = append(documented, d.field)
		if version.Compare(version.Of(d.since), version.Of(newestMeasured.String())) <= 0 || version.Compare(version.Of(d.since), version.Of(newest.String())) > 0 {
			t.Errorf("%s is documented since %s, and would be in a measured release or in none", d.field, d.since)
		}
	}
	slices.Sort(differs)
	slices.Sort(documented)
	if !slices.Equal(differs, documented) {
		t.Errorf("26.8.2 differs in %q, documented are %q", differs, documented)
	}
}

// newDocumented is a server as documented, with the realm lesson.
func newDocumented(t *testing.T) *caller {
	t.Helper()
	c := newCaller(t, Options{Version: "26.8.2"})
	c.want(201, "POST", "/admin/realms", c.admin(), map[string]any{"realm": "lesson", "enabled": true, "adminPermissionsEnabled": true})
	return c
}

func TestDocumentedAudience(t *testing.T) {
	t.Parallel()
	c := newDocumented(t)
	api := c.s.URL() + c.base()
	if got := claimsOf(t, c.admin())["aud"]; got != c.s.URL()+"/admin/realms/master" {
		t.Errorf("the admin's audience is %v", got)
	}
	// The client scope is there, assigned to two clients of each realm, and to no other.
	scopes := map[string]string{}
	for _, s := range c.want(200, "GET", c.base()+"/client-scopes", c.admin(), nil).list(t) {
		scopes[s["name"].(string)] = s["id"].(string)
	}
	if scopes[adminAPIScope] == "" {
		t.Fatal("no client scope " + adminAPIScope)
	}
	for _, k := range c.want(200, "GET", c.base()+"/clients", c.admin(), nil).list(t) {
		id := k["clientId"].(string)
		if got, want := slices.Contains(strs(k, "defaultClientScopes"), adminAPIScope), id == "admin-cli" || id == "security-admin-console"; got != want || slices.Contains(strs(k, "optionalClientScopes"), adminAPIScope) {
			t.Errorf("client %s: assigned %v, want %v", id, got, want)
		}
	}
	for _, list := range []string{"default", "optional"} {
		for _, s := range c.want(200, "GET", c.base()+"/default-"+list+"-client-scopes", c.admin(), nil).list(t) {
			if s["name"] == adminAPIScope {
				t.Errorf("new clients get it: %s", list)
			}
		}
	}
	for name, set := range map[string]map[string]any{"full": nil, "light": {"attributes": map[string]any{lightweightAttribute: "true"}}} {
		id := c.want(201, "POST", c.base()+"/clients", c.admin(), map[string]any{"clientId": name, "secret": "secret-" + name,
			"serviceAccountsEnabled": true, "attributes": set["attributes"]}).id()
		sa := c.want(200, "GET", c.base()+"/clients/"+id+"/service-account-user", c.admin(), nil).obj(t)["id"].(string)
		c.grant("POST", sa, "realm-admin")
		before := c.service(name)
		for _, path := range []string{c.base(), c.base() + "/users", c.base() + "/nope", "/admin/realms", "/admin/realms/nope", "/admin/serverinfo"} {
			if a := c.want(401, "GET", path, before, nil); string(a.body) != `{"error":"HTTP 401 Unauthorized"}` {
				t.Errorf("%s: %s", path, a.body)
			}
		}
		c.want(400, "POST", "/realms/lesson/protocol/openid-connect/token", "", url.Values{"grant_type": {"client_credentials"},
			"client_id": {name}, "client_secret": {"secret-" + name}, "scope": {adminAPIScope}})
		c.admit(id)
		c.want(401, "GET", c.base()+"/users", before, nil) // it needs a new token
		after := c.service(name)
		c.want(200, "GET", c.base()+"/users", after, nil)
		cl := claimsOf(t, after)
		if !inAudience(cl, api) {
			t.Errorf("%s: aud %v", name, cl["aud"])
		}
		example := c.want(200, "GET", c.base()+"/clients/"+id+"/evaluate-scopes/generate-example-access-token?userId="+sa, c.admin(), nil).obj(t)
		if !inAudience(example, api) {
			t.Errorf("%s: aud of the example %v", name, example["aud"])
		}
	}
	if a := c.want(200, "GET", "/realms/lesson/.well-known/openid-configuration", "", nil).obj(t); !slices.Contains(strs(a, "scopes_supported"), adminAPIScope) {
		t.Errorf("scopes_supported %v", a["scopes_supported"])
	}
}

// The address of a server that is not measured says so.
func TestNotMeasuredPage(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{Version: "26.8.2"})
	if a := c.want(200, "GET", "/", "", nil).obj(t); a["version"] != "26.8.2" || a["measured"] != false || a["practice"] != true {
		t.Errorf("%v", a)
	}
	if a := c.want(200, "GET", "/", "", nil, "Accept", "text/html"); !strings.Contains(string(a.body), "26.8.2, as documented, not measured") || a.header.Get("Content-Type") != "text/html;charset=utf-8" {
		t.Errorf("%s %v", a.body, a.header)
	}
	measured := newCaller(t, Options{Version: "26.7.4"})
	measured.want(406, "GET", "/", "", nil)
	measured.want(302, "GET", "/", "", nil, "Accept", "text/html")
}

func TestDocumentedSecrets(t *testing.T) {
	t.Parallel()
	c := newDocumented(t)
	id, _ := c.createClient("app", nil)
	c.createClient("viewer", nil, "view-clients")
	c.createClient("manager", nil, "manage-clients")
	one := c.base() + "/clients/" + id
	for who, want := range map[string]string{"viewer": maskedSecret, "manager": "secret-app"} {
		if got := c.want(200, "GET", one, c.service(who), nil).obj(t)["secret"]; got != want {
			t.Errorf("%s sees %v", who, got)
		}
		if got := c.want(200, "GET", c.base()+"/clients?clientId=app", c.service(who), nil).list(t)[0]["secret"]; got != want {
			t.Errorf("%s sees %v in the list", who, got)
		}
	}
	c.want(403, "GET", one+"/client-secret", c.service("viewer"), nil)
	c.want(200, "GET", one+"/client-secret", c.service("manager"), nil)
}

// permitted makes a client whose service account has a permission on a client or all users, and returns a token of it.
func (c *caller) permitted(name, kind, resource string, scopes []string, roles ...string) string {
	c.t.Helper()
	_, sa := c.createClient(name, nil, roles...)
	az := c.base() + "/clients/" + c.clientUUID("admin-permissions") + "/authz/resource-server"
	p := c.want(201, "POST", az+"/policy/user", c.admin(), map[string]any{"name": newID(), "users": []string{sa}}).obj(c.t)["id"].(string)
	c.want(201, "POST", az+"/permission/scope", c.admin(), map[string]any{"name": newID(), "resourceType": kind, "scopes": scopes,
		"policies": []string{p}, "resources": []string{resource}})
	return c.service(name)
}

func TestDocumentedClientScopes(t *testing.T) {
	t.Parallel()
	c := newDocumented(t)
	id, _ := c.createClient("app", nil)
	one := c.base() + "/clients/" + id
	c.createClient("viewer", nil, "view-clients")
	delegate := c.permitted("delegate", "Clients", id, []string{"view", "manage"})
	for token, empty := range map[string]bool{c.service("viewer"): false, delegate: true} {
		rep := c.want(200, "GET", one, token, nil).obj(t)
		for _, list := range []string{"default", "optional"} {
			if got := c.want(200, "GET", one+"/"+list+"-client-scopes", token, nil).list(t); (len(got) == 0) != empty {
				t.Errorf("%s: %d client scopes", list, len(got))
			}
			if got := strs(rep, list+"ClientScopes"); (len(got) == 0) != empty {
				t.Errorf("%s: %q in the client", list, got)
			}
		}
	}
	scope := c.want(200, "GET", c.base()+"/client-scopes", c.admin(), nil).list(t)[0]["id"].(string)
	for _, list := range []string{"default", "optional"} {
		for _, method := range []string{"PUT", "DELETE"} {
			c.want(403, method, one+"/"+list+"-client-scopes/"+scope, delegate, nil)
			c.want(204, method, one+"/"+list+"-client-scopes/"+scope, c.admin(), nil)
		}
	}
}

func TestDocumentedSessions(t *testing.T) {
	t.Parallel()
	c := newDocumented(t)
	id, _ := c.createClient("app", map[string]any{"directAccessGrantsEnabled": true})
	for _, name := range []string{"john-doe", "jane-roe"} {
		c.createUser(name, "password", nil)
		c.accessToken("lesson", url.Values{"grant_type": {"password"}, "client_id": {"app"}, "client_secret": {"secret-app"}, "username": {name}, "password": {"password"}})
	}
	john := c.want(200, "GET", c.base()+"/users?username=john-doe&exact=true", c.admin(), nil).list(t)[0]["id"].(string)
	c.createClient("clients", nil, "view-clients")
	c.createClient("both", nil, "view-clients", "view-users")
	for token, want := range map[string]int{
		c.service("clients"): 0, c.service("both"): 2, c.permitted("one", "Users", john, []string{"view"}, "view-clients"): 1,
	} {
		if got := c.want(200, "GET", c.base()+"/clients/"+id+"/user-sessions", token, nil).list(t); len(got) != want {
			t.Errorf("%d sessions, want %d", len(got), want)
		}
	}
}

func TestDocumentedGroups(t *testing.T) {
	t.Parallel()
	c := newDocumented(t)
	john := c.createUser("john-doe", "", nil)
	mgmt := c.clientUUID("realm-management")
	role := func(name string) map[string]any {
		return c.want(200, "GET", c.base()+"/clients/"+mgmt+"/roles/"+name, c.admin(), nil).obj(t)
	}
	group := func(parent, name string, roles ...string) string {
		id := c.want(201, "POST", c.base()+"/groups"+parent, c.admin(), map[string]any{"name": name}).id()
		for _, r := range roles {
			c.want(204, "POST", c.base()+"/groups/"+id+"/role-mappings/clients/"+mgmt, c.admin(), []any{role(r)})
		}
		return id
	}
	admins := group("", "admins", "realm-admin")
	below, viewers := group("/"+admins+"/children", "below"), group("", "viewers", "view-users")
	c.createClient("manager", nil, "manage-users")
	c.createClient("realm-admin", nil, "realm-admin")
	for who, want := range map[string]int{"manager": 403, "realm-admin": 204} {
		for _, g := range []string{admins, below} {
			c.want(want, "PUT", c.base()+"/users/"+john+"/groups/"+g, c.service(who), nil)
		}
		c.want(204, "PUT", c.base()+"/users/"+john+"/groups/"+viewers, c.service(who), nil)
		c.want(204, "DELETE", c.base()+"/users/"+john+"/groups/"+admins, c.service(who), nil)
	}
	for path, want := range map[string]int{"/admins": 403, "/admins/below": 403, "/viewers": 201} {
		c.want(want, "POST", c.base()+"/users", c.service("manager"), map[string]any{"username": "user-" + path[1:4] + path[len(path)-2:], "groups": []string{path}})
	}
}

func TestDocumentedMappers(t *testing.T) {
	t.Parallel()
	c := newDocumented(t)
	id, _ := c.createClient("app", nil)
	scope := c.want(201, "POST", c.base()+"/client-scopes", c.admin(), map[string]any{"name": "extra", "protocol": "openid-connect"}).id()
	c.createClient("clients", nil, "manage-clients")
	c.createClient("realm", nil, "manage-realm")
	c.createClient("both", nil, "manage-clients", "manage-realm")
	mapper := func(name string) map[string]any {
		return map[string]any{"name": name, "protocol": "openid-connect", "protocolMapper": "oidc-hardcoded-claim-mapper", "config": map[string]string{"claim.name": "a", "claim.value": "b"}}
	}
	for _, path := range []string{c.base() + "/clients/" + id, c.base() + "/client-scopes/" + scope} {
		models := path + "/protocol-mappers/models"
		made := c.want(201, "POST", models, c.service("both"), mapper("one")).id()
		for _, who := range []string{"clients", "realm"} {
			c.want(403, "POST", models, c.service(who), mapper("two"))
			c.want(403, "POST", path+"/protocol-mappers/add-models", c.service(who), []any{mapper("two")})
			c.want(403, "PUT", models+"/"+made, c.service(who), mapper("one"))
			c.want(403, "DELETE", models+"/"+made, c.service(who), nil)
		}
		c.want(200, "GET", models, c.service("clients"), nil)
		c.want(204, "PUT", models+"/"+made, c.service("both"), mapper("one"))
		c.want(204, "DELETE", models+"/"+made, c.service("both"), nil)
	}
	for who, want := range map[string]int{"clients": 403, "both": 201} {
		c.want(want, "POST", c.base()+"/clients", c.service(who), map[string]any{"clientId": "with-mapper", "protocolMappers": []any{mapper("m")}})
		c.want(want, "POST", c.base()+"/client-scopes", c.service(who), map[string]any{"name": "with-mapper", "protocol": "openid-connect", "protocolMappers": []any{mapper("m")}})
	}
	c.want(201, "POST", c.base()+"/clients", c.service("clients"), map[string]any{"clientId": "without-mapper"})
}

// TestImpersonationOfAdmins is what 26.7.4 changed: measured on 26.7.3 and 26.7.4 with each of these callers and users.
func TestImpersonationOfAdmins(t *testing.T) {
	t.Parallel()
	for _, v := range []string{"26.7.3", "26.7.4", "26.8.2"} {
		t.Run(v, func(t *testing.T) {
			t.Parallel()
			c := newCaller(t, Options{Version: v})
			c.createRealm("lesson")
			users := map[string]string{"off": c.createUser("off", "", map[string]any{"enabled": false})}
			for _, role := range []string{"", "realm-admin", "manage-users", "view-users", "impersonation"} {
				users[role] = c.createUser("user"+role, "", nil)
				if role != "" {
					c.grant("POST", users[role], role)
				}
			}
			users["off realm-admin"] = c.createUser("off-realm-admin", "", map[string]any{"enabled": false})
			c.grant("POST", users["off realm-admin"], "realm-admin")
			guarded, off := 403, 403
			if v == "26.7.3" {
				guarded, off = 200, 400
			}
			tokens := map[string]func() string{"admin of master": c.admin}
			for name, roles := range map[string][]string{"one": {"impersonation"}, "two": {"impersonation", "manage-users"}, "all": {"realm-admin"}} {
				c.createClient(name, nil, roles...)
				tokens[name] = func() string { return c.service(name) }
			}
			for name, want := range map[string]map[string]int{
				"one":             {"": 200, "impersonation": 200, "view-users": guarded, "manage-users": guarded, "realm-admin": guarded, "off": 400, "off realm-admin": off},
				"two":             {"": 200, "impersonation": 200, "view-users": guarded, "manage-users": 200, "realm-admin": guarded, "off": 400, "off realm-admin": off},
				"all":             {"": 200, "impersonation": 200, "view-users": 200, "manage-users": 200, "realm-admin": 200, "off": 400, "off realm-admin": 400},
				"admin of master": {"": 200, "impersonation": 200, "view-users": 200, "manage-users": 200, "realm-admin": 200, "off": 400, "off realm-admin": 400},
			} {
				for user, status := range want {
					if a := c.send("POST", c.base()+"/users/"+users[user]+"/impersonation", tokens[name](), nil); a.status != status {
						t.Errorf("%s impersonates a user with %q: %d, want %d", name, user, a.status, status)
					}
				}
			}
		})
	}
}
