package intake

import "testing"

// A caller may log in at another realm than the one that it calls: a client of master calls every realm.
func TestPrepareTakesTheRealmOfTheToken(t *testing.T) {
	const token, call = "T=$(curl -d grant_type=client_credentials -d client_id=ops -d client_secret=geheim http://kc:1/realms/master/protocol/openid-connect/token)\n", "curl -H \"Authorization: Bearer $T\" http://kc:1/admin/realms/shop/users"
	for name, c := range map[string]struct {
		question    Question
		realm, path string
	}{
		"token and call":  {Question{Curl: token + call}, "master", "/admin/realms/shop/users"},
		"kcadm":           {Question{Curl: "kcadm.sh config credentials --server http://kc:1 --realm master --client ops --secret geheim\nkcadm.sh get users -r shop"}, "master", "/admin/realms/shop/users"},
		"a named realm":   {Question{Curl: token + call, Realm: "other"}, "other", "/admin/realms/shop/users"},
		"the call alone":  {Question{Curl: call, ClientID: "ops"}, "", "/admin/realms/shop/users"},
		"the token alone": {Question{Curl: token, Call: "GET /admin/realms/{realm}/roles"}, "master", "/admin/realms/master/roles"},
	} {
		p, err := Prepare(c.question)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if o := p.Options; o.Realm != c.realm || o.Path != c.path || o.ClientID != "ops" || o.URL != "http://kc:1" {
			t.Errorf("%s: realm %q, path %q, client %q, %q", name, o.Realm, o.Path, o.ClientID, o.URL)
		}
	}
}
