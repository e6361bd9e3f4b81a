package practice

import (
	"net/url"
	"strings"
	"testing"
)

const export = `{
 "realm": "shop", "enabled": true, "attributes": {"team": "blue"}, "somethingNew": 1,
 "roles": {"realm": [{"name": "clerk", "composites": {"client": {"realm-management": ["view-users"]}}}], "client": {"web": [{"name": "buyer"}]}},
 "clients": [{"clientId": "web", "secret": "s3cret", "serviceAccountsEnabled": true, "directAccessGrantsEnabled": true, "fullScopeAllowed": true}],
 "groups": [{"name": "staff", "realmRoles": ["clerk"], "subGroups": [{"name": "night"}]}],
 "users": [
  {"username": "Alice", "enabled": true, "email": "alice@example.com", "firstName": "A", "lastName": "L", "credentials": [{"type": "password", "value": "pw"}],
   "realmRoles": ["offline_access"], "clientRoles": {"web": ["buyer"]}, "groups": ["/staff/night"]},
  {"username": "service-account-web", "serviceAccountClientId": "web", "realmRoles": ["clerk"]}]
}`

func TestSeed(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{})
	if err := c.s.Seed(strings.NewReader(export)); err != nil {
		t.Fatal(err)
	}
	c.realm = "shop"
	tok := c.accessToken("shop", url.Values{"grant_type": {"client_credentials"}, "client_id": {"web"}, "client_secret": {"s3cret"}})
	users := c.want(200, "GET", c.base()+"/users", tok, nil).list(t)
	if len(users) != 1 || users[0]["username"] != "alice" {
		t.Fatalf("users %v", users)
	}
	alice := c.accessToken("shop", url.Values{"grant_type": {"password"}, "client_id": {"web"}, "client_secret": {"s3cret"}, "username": {"alice"}, "password": {"pw"}})
	cl := claims(claimsOf(t, alice))
	if got := strings.Join(cl.roles(""), " "); !strings.Contains(got, "clerk") || !strings.Contains(got, "offline_access") {
		t.Errorf("realm roles of alice: %s", got)
	}
	if got := strings.Join(cl.roles("web"), " "); got != "buyer" {
		t.Errorf("roles of the client web: %s", got)
	}
	if rep := c.want(200, "GET", c.base(), c.admin(), nil).obj(t); rep["attributes"].(map[string]any)["team"] != "blue" {
		t.Errorf("attributes %v", rep["attributes"])
	}
}

func TestSeedRefusals(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"no JSON": `{`, "no name": `{"enabled":true}`, "a list": `[]`, "wrong type": `{"realm":"x","enabled":"maybe"}`,
		"existing": `{"realm":"master"}`, "unknown composite": `{"realm":"x","roles":{"realm":[{"name":"a","composites":{"realm":["nope"]}}]}}`,
		"unknown client": `{"realm":"x","roles":{"client":{"nope":[]}}}`, "unknown group": `{"realm":"x","users":[{"username":"abc","groups":["/nope"]}]}`,
	} {
		s, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Seed(strings.NewReader(in)); err == nil {
			t.Errorf("%s: taken", name)
		}
		if len(s.realms) != 1 || len(s.realms[masterRealm].clients) != 6 {
			t.Errorf("%s: left %d realms, %d clients in master", name, len(s.realms), len(s.realms[masterRealm].clients))
		}
	}
}

func TestAddLearners(t *testing.T) {
	t.Parallel()
	c := newCaller(t, Options{MaxRealms: 4})
	l, err := c.s.AddLearners(2)
	if err != nil || len(l) != 2 || l[0].Realm == l[1].Realm || l[0].Password == l[1].Password {
		t.Fatalf("%v %v", l, err)
	}
	login := func(x Learner) string {
		return c.accessToken(x.Realm, url.Values{"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {x.User}, "password": {x.Password}})
	}
	tok := login(l[0])
	c.want(201, "POST", "/admin/realms/"+l[0].Realm+"/users", tok, map[string]any{"username": "john-doe", "enabled": true})
	c.want(403, "GET", "/admin/realms/"+l[1].Realm+"/users", tok, nil)
	c.want(200, "GET", "/admin/realms/"+l[1].Realm+"/users", login(l[1]), nil)
	if _, err := c.s.AddLearners(2); err == nil {
		t.Error("more learners than realms")
	}
	if len(c.s.realms) != 3 {
		t.Errorf("%d realms after the refusal", len(c.s.realms))
	}
}
