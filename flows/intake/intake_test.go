package intake

import (
	"testing"

	"fix403/flows/doctor/given"
	"fix403/keycloak/failure"
	"fix403/keycloak/wire"
)

// A caller may log in at another realm than the one that it calls: a client of master calls every realm.
func TestPrepareTakesTheRealmOfTheToken(t *testing.T) {
	const token, call = "T=$(curl -d grant_type=client_credentials -d client_id=ops -d client_secret=geheim http://kc:1/realms/master/protocol/openid-connect/token)\n", "curl -H \"Authorization: Bearer $T\" http://kc:1/admin/realms/shop/users"
	for name, c := range map[string]struct {
		question    Question
		realm, path string
	}{
		"token and call":   {Question{Curl: token + call}, "master", "/admin/realms/shop/users"},
		"kcadm":            {Question{Curl: "kcadm.sh config credentials --server http://kc:1 --realm master --client ops --secret geheim\nkcadm.sh get users -r shop"}, "master", "/admin/realms/shop/users"},
		"a named realm":    {Question{Curl: token + call, TokenRealm: "other"}, "other", "/admin/realms/shop/users"},
		"that of the call": {Question{Curl: token + call, Realm: "other"}, "master", "/admin/realms/shop/users"},
		"the call alone":   {Question{Curl: call, ClientID: "ops"}, "", "/admin/realms/shop/users"},
		"the token alone":  {Question{Curl: token, Call: "GET /admin/realms/{realm}/roles"}, "master", "/admin/realms/master/roles"},
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

// A login whose text lacks a secret takes it from the person, for the server that the person named.
func TestPrepareTakesWhatALoginLacks(t *testing.T) {
	request := func(form string) string {
		return "T=$(curl -d client_id=app " + form + " http://kc:1/realms/shop/protocol/openid-connect/token)\ncurl -H \"Authorization: Bearer $T\" http://kc:1/admin/realms/shop/users"
	}
	typed := given.Login{User: "john", Password: wire.NewSecret("pa55"), RefreshToken: wire.NewSecret("r3fresh")}
	for name, form := range map[string]string{
		"a variable": "-d grant_type=password -d username=john -d \"password=$P\"", "stars": "-d grant_type=password -d username=john -d 'password=***'",
		"none": "-d grant_type=password -d username=john", "no user either": "-d grant_type=password -d \"username=$U\" -d 'password=<password>'",
	} {
		p, err := Prepare(Question{Curl: request(form), Login: typed})
		if l := p.Options.Login; err != nil || l.User != "john" || l.Password.Reveal() != "pa55" || l.SecretsOf != "" {
			t.Errorf("%s: %v, user %q, password of %q", name, err, l.User, l.SecretsOf)
		}
	}
	const refresh = "-d grant_type=refresh_token -d \"refresh_token=$R\""
	p, err := Prepare(Question{Curl: request(refresh), Login: typed})
	if l := p.Options.Login; err != nil || l.RefreshToken.Reveal() != "r3fresh" || l.SecretsOf != "" {
		t.Errorf("refresh: %v", err)
	}
	if _, err := Prepare(Question{Curl: request(refresh)}); failure.KindOf(err) != failure.BadInput {
		t.Errorf("without a refresh token: %v", err)
	}
}
