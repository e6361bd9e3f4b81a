package params

import (
	"testing"

	"fix403/keycloak/failure"
)

// TestNamesThatHide are refused before anything is made by them.
func TestNamesThatHide(t *testing.T) {
	for _, hidden := range []string{"\u200b", "\u202e", "\x1b", "\u009b", "\U000e0041"} {
		for name, value := range map[string]string{"realm": "a" + hidden + "b", "client-id": "a" + hidden + "b", "username": "a" + hidden + "b", "email": "a" + hidden + "b@x.de", "redirect-uris": "http://h/" + hidden} {
			p := DefaultParams()
			if err := p.Set(name, value); failure.KindOf(err) != failure.BadInput {
				t.Errorf("%s %q: %v", name, value, err)
			}
		}
	}
	p := DefaultParams()
	if err := p.Set("redirect-uris", "http://a/\n\thttp://b/"); err != nil {
		t.Error(err) // line breaks and tabs are between them
	}
}
