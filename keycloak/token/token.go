// Package token reads JSON Web Tokens: what they say, how two of them differ, and whether a key has signed one.
package token

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"fix403/keycloak/failure"
	"fix403/keycloak/sift"
)

// Token is a decoded JSON Web Token: what it says, without its signature, and so no secret. Its signature is not
// verified: that is the server's business, and the point here is to see what the server was shown.
type Token struct {
	Header map[string]any
	Claims map[string]any

	Type            string // claim typ: "Bearer", "Refresh" or "ID"
	Algorithm       string
	KeyID           string
	ID              string
	Issuer          string
	Subject         string
	AuthorizedParty string // claim azp: the client that got the token
	Username        string // claim preferred_username
	Audience        []string
	Scope           []string

	IssuedAt  time.Time // zero without the claim, as those below
	ExpiresAt time.Time
	NotBefore time.Time

	RealmRoles  []string            // realm_access.roles, sorted
	ClientRoles map[string][]string // resource_access by client id, sorted
	// HasRoleClaims reports whether the token carries any role claim at all. Without one, Keycloak 26.0 and later
	// decide by the roles held at the time of the request (measured, FACTS section 14).
	HasRoleClaims bool

	raw *Token // of a token with masked claims: what it really says
}

// real returns the token as it was decoded, by which is decided.
func (t *Token) real() *Token {
	if t != nil && t.raw != nil {
		return t.raw
	}
	return t
}

// OfRealm reports whether the token was issued by the realm of that name, also where its issuer is masked.
func (t *Token) OfRealm(name string) bool { return t.real().Realm() == name }

// SameAs reports whether both are the same token, by their ids; a token without one is like no other.
func (t *Token) SameAs(other *Token) bool {
	return t != nil && other != nil && t.real().ID != "" && t.real().ID == other.real().ID
}

// AdminAudience returns the audiences that name an admin API, such as https://sso.example.com/admin/realms/shop: those that
// Keycloak's client scope kc-admin-api is documented to add.
func (t *Token) AdminAudience() []string {
	var of []string
	for _, a := range t.Audience {
		if strings.Contains(a, "/admin/realms/") {
			of = append(of, a)
		}
	}
	return of
}

// Masked returns the token with f applied to each text of its header and claims, also to the names and to the numbers. It decides as
// before: see [Token.OfRealm]. It is t itself where f changes nothing.
func (t *Token) Masked(f func(string) string) *Token {
	if t == nil {
		return nil
	}
	header, changedHeader := maskedClaim(t.Header, f)
	claims, changed := maskedClaim(t.Claims, f)
	if !changed && !changedHeader {
		return t
	}
	masked := &Token{Header: header.(map[string]any), Claims: claims.(map[string]any), raw: t.real()}
	masked.read()
	masked.IssuedAt, masked.ExpiresAt, masked.NotBefore, masked.HasRoleClaims = t.IssuedAt, t.ExpiresAt, t.NotBefore, t.HasRoleClaims
	return masked
}

// maskedClaim applies f to a value of JSON, also where it is a number.
func maskedClaim(v any, f func(string) string) (_ any, changed bool) {
	switch v := v.(type) {
	case string:
		text := f(v)
		return text, text != v
	case float64:
		text := strconv.FormatFloat(v, 'f', -1, 64)
		if masked := f(text); masked != text {
			return masked, true
		}
	case []any:
		out := v
		for i, item := range v {
			masked, itemChanged := maskedClaim(item, f)
			if !itemChanged {
				continue
			}
			if !changed {
				out, changed = slices.Clone(v), true
			}
			out[i] = masked
		}
		return out, changed
	case map[string]any:
		out := v
		for name, item := range v {
			masked, itemChanged := maskedClaim(item, f)
			shown := f(name)
			if !itemChanged && shown == name {
				continue
			}
			if !changed {
				out, changed = maps.Clone(v), true
			}
			delete(out, name)
			out[shown] = masked
		}
		return out, changed
	}
	return v, false
}

// Weight returns about how many bytes of memory the token takes.
func (t *Token) Weight() int {
	if t == nil {
		return 0
	}
	return weightOf(t.Header) + weightOf(t.Claims) + t.raw.Weight()
}

func weightOf(v any) int {
	n := 32
	switch v := v.(type) {
	case string:
		n += len(v)
	case []any:
		for _, x := range v {
			n += weightOf(x)
		}
	case map[string]any:
		for name, x := range v {
			n += 64 + len(name) + weightOf(x)
		}
	}
	return n
}

// MaxLen is the length of the longest token that is decoded: Keycloak itself refuses headers of more than 64 KB.
const MaxLen = 256 << 10

// Decode decodes a compact JWS. It accepts a leading "Bearer " and surrounding white space; other input that is
// no JWT gives [failure.BadInput].
func Decode(raw string) (*Token, error) {
	raw = strings.TrimSpace(raw)
	if scheme, rest, found := strings.Cut(raw, " "); found && strings.EqualFold(scheme, "bearer") {
		raw = strings.TrimSpace(rest)
	}
	const hint = "Give only the access token: three base64url parts separated by dots, as in the access_token field of the token response."
	switch parts := strings.Count(raw, ".") + 1; {
	case raw == "":
		return nil, failure.NewBadInput(hint, "There is no token.")
	case len(raw) > MaxLen:
		return nil, failure.NewBadInput(hint, "This token has %d bytes, more than any server accepts in a header.", len(raw))
	case parts == 5:
		return nil, failure.NewBadInput("Only the server that encrypted it can read it.", "This is an encrypted token (JWE, five parts).")
	case parts != 3:
		return nil, failure.NewBadInput(hint, "Not a JWT: it has %d parts, not 3.", parts)
	}
	head, rest, _ := strings.Cut(raw, ".")
	payload, _, _ := strings.Cut(rest, ".")
	t := &Token{}
	if err := decodePart(head, &t.Header); err != nil {
		return nil, failure.NewBadInput(hint, "The header of this token is not base64url text of a JSON object.")
	}
	if err := decodePart(payload, &t.Claims); err != nil {
		return nil, failure.NewBadInput(hint, "The payload of this token is not base64url text of a JSON object.")
	}
	t.read()
	return t, nil
}

func decodePart(part string, into *map[string]any) error {
	text, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(part, "="))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return err
	}
	if *into == nil { // JSON null
		*into = map[string]any{}
	}
	return nil
}

func (t *Token) read() {
	t.Algorithm, t.KeyID = text(t.Header["alg"]), text(t.Header["kid"])
	c := t.Claims
	t.Type, t.ID, t.Issuer, t.Subject = text(c["typ"]), text(c["jti"]), text(c["iss"]), text(c["sub"])
	t.AuthorizedParty, t.Username = text(c["azp"]), text(c["preferred_username"])
	t.Scope = strings.Fields(text(c["scope"]))
	t.Audience = texts(c["aud"])
	if one := text(c["aud"]); one != "" {
		t.Audience = []string{one}
	}
	t.IssuedAt, t.ExpiresAt, t.NotBefore = moment(c["iat"]), moment(c["exp"]), moment(c["nbf"])

	realm, hasRealm := c["realm_access"].(map[string]any)
	t.RealmRoles = texts(realm["roles"])
	clients, hasClients := c["resource_access"].(map[string]any)
	t.ClientRoles = make(map[string][]string, len(clients))
	for id, access := range clients {
		if access, ok := access.(map[string]any); ok {
			t.ClientRoles[id] = texts(access["roles"])
		}
	}
	t.HasRoleClaims = hasRealm || hasClients
}

func text(v any) string { s, _ := v.(string); return s }

func texts(v any) []string {
	var out []string
	list, _ := v.([]any)
	for _, x := range list {
		if s, ok := x.(string); ok {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return out
}

// moment reads a NumericDate (RFC 7519, section 2): seconds since 1970, possibly with a fraction.
func moment(v any) time.Time {
	seconds, ok := v.(float64)
	if !ok || seconds <= 0 || seconds > 1e12 {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0)
}

// Roles returns the roles of a client in the token, sorted; never nil.
//
//go:noinline // it would be 5 kB of the program
func (t *Token) Roles(clientID string) []string {
	if t == nil {
		return []string{}
	}
	return append([]string{}, t.ClientRoles[clientID]...)
}

// Realm returns the name of the realm that issued the token: what follows the last "/realms/" of its issuer.
func (t *Token) Realm() string {
	if t == nil {
		return ""
	}
	i := strings.LastIndex(t.Issuer, "/realms/")
	if i < 0 {
		return ""
	}
	return t.Issuer[i+len("/realms/"):]
}

// Difference is what a second token says that a first does not, and the other way round.
type Difference struct {
	AddedRoles   []RoleOf
	RemovedRoles []RoleOf
	// ChangedClaims are the names of other claims that were added, removed or changed, sorted. Times and the token's
	// id change with every token and are left out.
	ChangedClaims []string
}

// RoleOf is a role by name and the client it belongs to; Client is empty for a realm role.
type RoleOf struct{ Client, Role string }

// Compare returns how after differs from before. Lists are sorted.
func Compare(before, after *Token) Difference {
	a, b := allRoles(before), allRoles(after)
	d := Difference{AddedRoles: without(b, a), RemovedRoles: without(a, b)}
	names := map[string]bool{}
	for name := range before.Claims {
		names[name] = true
	}
	for name := range after.Claims {
		names[name] = true
	}
	for _, volatile := range []string{"iat", "exp", "nbf", "auth_time", "jti", "realm_access", "resource_access"} {
		delete(names, volatile)
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !reflect.DeepEqual(before.Claims[name], after.Claims[name]) {
			d.ChangedClaims = append(d.ChangedClaims, name)
		}
	}
	return d
}

func allRoles(t *Token) []RoleOf {
	var out []RoleOf
	for _, r := range t.RealmRoles {
		out = append(out, RoleOf{Role: r})
	}
	for _, client := range slices.Sorted(maps.Keys(t.ClientRoles)) {
		for _, r := range t.ClientRoles[client] {
			out = append(out, RoleOf{Client: client, Role: r})
		}
	}
	return out
}

func without(list, remove []RoleOf) []RoleOf {
	return sift.Out(list, func(r RoleOf) bool { return slices.Contains(remove, r) })
}
