package token_test

import (
	"encoding/base64"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/token"
	"fix403/keycloak/wire/wiretest"
)

func b64(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// jwt makes a token with a signature that nobody checks here.
func jwt(claims map[string]any) string {
	text, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	return b64(`{"alg":"RS256","kid":"k","typ":"JWT"}`) + "." + b64(string(text)) + ".c2lnbmF0dXJl"
}

var clientToken = jwt(map[string]any{"typ": "Bearer", "azp": "app"})

func TestDecodeToken(t *testing.T) {
	raw := jwt(map[string]any{
		"typ": "Bearer", "jti": "trrtcc:1", "iss": "http://kc/auth/realms/my realm", "sub": "s", "azp": "app",
		"preferred_username": "service-account-app", "aud": []string{"realm-management", "account"}, "scope": "profile  email",
		"iat": 1_700_000_000, "exp": 1_700_000_300.9, "nbf": 0,
		"realm_access":    map[string]any{"roles": []any{"b", "a", 7, nil}},
		"resource_access": map[string]any{"realm-management": map[string]any{"roles": []string{"view-users", "query-users"}}, "odd": "text", "account": map[string]any{}},
	})
	want := &token.Token{
		Type: "Bearer", Algorithm: "RS256", KeyID: "k", ID: "trrtcc:1", Issuer: "http://kc/auth/realms/my realm", Subject: "s",
		AuthorizedParty: "app", Username: "service-account-app", Audience: []string{"account", "realm-management"},
		Scope: []string{"profile", "email"}, IssuedAt: time.Unix(1_700_000_000, 0), ExpiresAt: time.Unix(1_700_000_300, 0),
		RealmRoles:  []string{"a", "b"},
		ClientRoles: map[string][]string{"realm-management": {"query-users", "view-users"}, "account": nil}, HasRoleClaims: true,
	}
	for _, text := range []string{raw, " \n" + raw + "\n", "Bearer " + raw, "bearer  " + raw, "BEARER " + raw} {
		got, err := token.Decode(text)
		if err != nil {
			t.Fatalf("%.20q: %v", text, err)
		}
		got.Header, got.Claims = nil, nil
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%.20q:\n got %+v\nwant %+v", text, got, want)
		}
	}
	got, _ := token.Decode(raw)
	if got.Realm() != "my realm" {
		t.Errorf("realm %q", got.Realm())
	}
	roles := got.Roles(keycloak.RealmManagement)
	roles[0] = "changed"
	if got.Roles(keycloak.RealmManagement)[0] != "query-users" {
		t.Error("Roles must return a copy")
	}
	if none := got.Roles("nope"); none == nil || len(none) != 0 {
		t.Errorf("roles of an unknown client: %#v", none)
	}
	if one, _ := token.Decode(jwt(map[string]any{"aud": "account"})); !slices.Equal(one.Audience, []string{"account"}) || one.HasRoleClaims || !one.ExpiresAt.IsZero() || one.Realm() != "" {
		t.Errorf("%+v", one)
	}
	var nobody *token.Token
	if nobody.Realm() != "" || len(nobody.Roles("x")) != 0 {
		t.Error("a nil token has neither realm nor roles")
	}
}

func TestDecodeTokenMalformed(t *testing.T) {
	head, payload := b64(`{"alg":"RS256"}`), b64(`{"sub":"s"}`)
	for _, tt := range []struct{ name, raw, says string }{
		{"empty", "", "no token"},
		{"white space", " \n\t ", "no token"},
		{"scheme alone", "Bearer ", "1 part"},
		{"word", "garbage", "1 part"},
		{"two parts", head + "." + payload, "2 parts"},
		{"four parts", head + "." + payload + ".a.b", "4 parts"},
		{"encrypted", "a.b.c.d.e", "encrypted"},
		{"dots", "..", "header"},
		{"header no base64", "!!." + payload + ".s", "header"},
		{"header no JSON", b64("hello") + "." + payload + ".s", "header"},
		{"header an array", b64(`[1]`) + "." + payload + ".s", "header"},
		{"header a string", b64(`"x"`) + "." + payload + ".s", "header"},
		{"payload no base64", head + ".%%.s", "payload"},
		{"payload no JSON", head + "." + b64("{") + ".s", "payload"},
		{"payload a number", head + "." + b64("7") + ".s", "payload"},
		{"payload cut off", head + "." + payload[:len(payload)-3] + ".s", "payload"},
		{"more after the object", head + "." + b64(`{"sub":"s"}{}`) + ".s", "payload"},
		{"too large", strings.Repeat("a", 300<<10), "307200"},
		{"JSON answer", `{"access_token":"` + head + "." + payload + `.s"}`, "header"},
		{"basic", "Basic YTpi", "1 part"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := token.Decode(tt.raw)
			wiretest.CheckError(t, err, failure.BadInput)
			if got != nil || err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v, %v: want an error with %q", got, err, tt.says)
			}
			if err != nil && len(err.Error()) > 200 {
				t.Errorf("the error quotes the token: %.300q", err)
			}
		})
	}
	for name, raw := range map[string]string{
		"no signature": head + "." + payload + ".", "padding": head + "==." + payload + "=.s", "header null": b64("null") + "." + payload + ".s",
	} {
		if got, err := token.Decode(raw); err != nil || got.Subject != "s" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestDecodeTokenOfOddClaims(t *testing.T) {
	for _, claims := range []string{
		`null`, `{}`, `{"exp":"soon","iat":{},"nbf":-1}`, `{"exp":1e400}`, `{"exp":1e300}`, `{"aud":[1,null,"a"]}`, `{"aud":{}}`, `{"scope":["a"]}`,
		`{"realm_access":null,"resource_access":[]}`, `{"realm_access":{"roles":"admin"},"resource_access":{"a":{"roles":null}}}`,
		`{"sub":7,"sub":"s"}`, `{"iss":"/realms/"}`, `{"\u0000":"\ud800"}`,
	} {
		raw := b64(`{"alg":7}`) + "." + b64(claims) + ".s"
		got, err := token.Decode(raw)
		if err != nil {
			if !strings.Contains(claims, "1e400") {
				t.Errorf("%s: %v", claims, err)
			}
			continue
		}
		for _, moment := range []time.Time{got.IssuedAt, got.ExpiresAt, got.NotBefore} {
			if !moment.IsZero() {
				t.Errorf("%s: time %v", claims, moment)
			}
		}
		token.Compare(got, got)
	}
}

func FuzzDecodeToken(f *testing.F) {
	for _, seed := range []string{
		"", "a.b.c", "Bearer " + clientToken, clientToken, b64("null") + "." + b64("null") + ".",
		b64("{}") + "." + b64(`{"exp":1e300,"aud":["x"],"realm_access":{"roles":[1]},"resource_access":{"a":null}}`) + ".x",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := token.Decode(raw)
		if err != nil {
			if got != nil || failure.KindOf(err) != failure.BadInput {
				t.Errorf("%v, %v", got, err)
			}
			return
		}
		if got.Header == nil || got.Claims == nil || got.ClientRoles == nil {
			t.Errorf("nil maps in %+v", got)
		}
		if _, err := json.Marshal(got); err != nil {
			t.Errorf("marshal: %v", err)
		}
		if d := token.Compare(got, got); d.AddedRoles != nil || d.RemovedRoles != nil || d.ChangedClaims != nil {
			t.Errorf("a token differs from itself: %+v", d)
		}
	})
}

func TestCompareTokens(t *testing.T) {
	decode := func(claims map[string]any) *token.Token {
		t.Helper()
		got, err := token.Decode(jwt(claims))
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	access := func(roles map[string]any) map[string]any {
		out := map[string]any{}
		for client, names := range roles {
			out[client] = map[string]any{"roles": names}
		}
		return out
	}
	before := decode(map[string]any{
		"iat": 1, "exp": 2, "nbf": 1, "auth_time": 1, "jti": "1", "aud": "account", "scope": "email", "gone": true, "azp": "app",
		"realm_access":    map[string]any{"roles": []string{"offline_access", "old"}},
		"resource_access": access(map[string]any{"account": []string{"view-profile"}, "dropped": []string{"x"}}),
	})
	after := decode(map[string]any{
		"iat": 5, "exp": 9, "nbf": 5, "auth_time": 5, "jti": "2", "aud": []string{"account", "realm-management"}, "scope": "email", "acr": "1", "azp": "app",
		"realm_access":    map[string]any{"roles": []string{"offline_access", "new"}},
		"resource_access": access(map[string]any{"account": []string{"view-profile"}, "realm-management": []string{"view-users", "query-users"}}),
	})
	got := token.Compare(before, after)
	want := token.Difference{
		AddedRoles:    []token.RoleOf{{Role: "new"}, {Client: "realm-management", Role: "query-users"}, {Client: "realm-management", Role: "view-users"}},
		RemovedRoles:  []token.RoleOf{{Role: "old"}, {Client: "dropped", Role: "x"}},
		ChangedClaims: []string{"acr", "aud", "gone"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
	back := token.Compare(after, before)
	if !reflect.DeepEqual(back.AddedRoles, want.RemovedRoles) || !reflect.DeepEqual(back.RemovedRoles, want.AddedRoles) {
		t.Errorf("the other way round: %+v", back)
	}
	if same := token.Compare(before, before); len(same.AddedRoles)+len(same.RemovedRoles)+len(same.ChangedClaims) > 0 {
		t.Errorf("a token differs from itself: %+v", same)
	}
}
