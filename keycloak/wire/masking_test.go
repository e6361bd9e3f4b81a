package wire_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

func TestMaskOfShortSecrets(t *testing.T) {
	var r wire.Recorder
	r.Hide(wire.NewSecret("admin"))
	for text, want := range map[string]string{
		"http://kc/admin/realms":                            "http://kc/admin/realms",
		"grant_type=password&username=admin&password=admin": "grant_type=password&username=admin&password=***",
		`{"username":"admin","password":"admin"}`:           `{"username":"admin","password":"***"}`,
		`{"password" : "a\"b", "x":"y"}`:                    `{"password" : "***", "x":"y"}`,
		`{"access_token":"cut off in the midd`:              `{"access_token":"***"`,
	} {
		if got := r.Mask(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// One secret may be the beginning of another: whichever is told first, nothing of the longer one may be left.
func TestMaskOfSecretsInsideSecrets(t *testing.T) {
	for _, order := range [][]string{{"sesame-1", "sesame-1-and-more"}, {"sesame-1-and-more", "sesame-1"}} {
		var r wire.Recorder
		for _, secret := range order {
			r.Hide(wire.NewSecret(secret))
		}
		if got := r.Mask("a sesame-1-and-more b sesame-1 c"); got != "a *** b *** c" {
			t.Errorf("hidden in the order %q: %q", order, got)
		}
	}
}

const hidden = `Adm1n-Pässw0rd%+&"x\y-Zq`

func TestMaskAllLeavesWhatItIsGiven(t *testing.T) {
	type closed string
	type inner struct {
		Name string
		Kind closed
		own  string
	}
	type outer struct {
		List   []inner
		Of     map[string]*inner
		Any    any
		Err    error
		Secret wire.Secret
		None   *inner
	}
	var r wire.Recorder
	r.Hide(wire.NewSecret(hidden))
	wrapped := fmt.Errorf("while %s: %w", hidden, &failure.Error{Kind: failure.NotFound, Message: msg.New("not %s", hidden), Hint: msg.Verbatim(hidden)})
	given := outer{
		List: []inner{{"a", closed(hidden), hidden}, {"b " + hidden, "", hidden}}, Of: map[string]*inner{hidden: {Name: hidden}},
		Any: []any{hidden, 1}, Err: errors.Join(wrapped, io.EOF), Secret: wire.NewSecret(hidden),
	}
	got := wire.MaskAll(&r, given)
	if got.List[1].Name != "b ***" || got.List[0].Kind != closed(hidden) || got.List[1].own != hidden || got.Of["***"].Name != "***" || got.Any.([]any)[0] != "***" || got.Secret != given.Secret || got.None != nil {
		t.Errorf("%+v", got)
	}
	e := (*failure.Error)(nil)
	if !errors.As(got.Err, &e) || e.Message.String() != "not ***" || e.Hint.String() != "***" || e.Kind != failure.NotFound || !errors.Is(got.Err, io.EOF) || got.Err.Error() != "while ***: not ***\nEOF" {
		t.Errorf("%v, %+v", got.Err, e)
	}
	if given.List[1].Name != "b "+hidden || given.Of[hidden].Name != hidden || given.Any.([]any)[0] != hidden || !strings.Contains(given.Err.Error(), hidden) {
		t.Errorf("what was given has changed: %+v", given)
	}
	if plain := errors.New("plain"); !errors.Is(r.MaskError(plain), plain) || r.MaskError(nil) != nil {
		t.Error("an error without a secret is another one")
	}
}
