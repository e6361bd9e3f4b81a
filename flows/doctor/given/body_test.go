package given

import (
	"slices"
	"testing"

	"fix403/keycloak/wire"
)

// What is secret in a body is hidden in all that is recorded, and what is not stays readable.
func TestSecretsInABody(t *testing.T) {
	body := `[{"username":"john","credentials":[{"type":"password","value":"pass-of-john","temporary":false}],"attributes":{"value":"plain"}},
		{"clientId":"shop","secret":"secret-of-shop","config":{"clientSecret":"secret-of-idp"},"registrationAccessToken":"a-token","name":"shop"}]`
	var found []string
	for _, s := range secretsIn(body) {
		found = append(found, s.Reveal())
	}
	slices.Sort(found)
	if want := []string{"a-token", "pass-of-john", "secret-of-idp", "secret-of-shop"}; !slices.Equal(found, want) {
		t.Errorf("found %v, want %v", found, want)
	}
	if secretsIn("grant_type=x") != nil || secretsIn("") != nil {
		t.Error("a text that is not JSON has secrets")
	}
	o := Options{Path: "/admin/realms/r/users", Realm: "r", ClientID: "c", URL: "http://kc.example", Body: wire.NewSecret(body), BodyKnown: true}
	if _, err := o.Prepare(); err != nil {
		t.Fatal(err)
	}
	if got := o.Recorder.Mask("x pass-of-john y"); got == "x pass-of-john y" {
		t.Error("the recorder shows a password of the body")
	}
}
