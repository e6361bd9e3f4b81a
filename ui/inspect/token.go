package inspect

import (
	"maps"
	"slices"
	"strings"
	"time"

	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/sift"
	"fix403/keycloak/token"
	"fix403/ui/kit"
	"fix403/ui/words"
)

// TokenCounts reports whether the time left of a token is counted down.
func TokenCounts(token *token.Token, now time.Time) bool {
	return token != nil && token.ExpiresAt.After(now)
}

// Earlier is the token that another one is compared with: none where Token is nil. Heading says before which change it was issued.
type Earlier struct {
	Token   *token.Token
	Heading texts.Text
}

// The changes that lie between two tokens.
const (
	BeforeGrant texts.Text = "before the grant"
	BeforeScope texts.Text = "before the client scope"
	BeforeFix   texts.Text = "before the fix"
)

// TokenLines explains a token; with an earlier one, first what is different, side by side.
func TokenLines(t *kit.Theme, token *token.Token, before Earlier, now time.Time, width int) []string {
	if token == nil {
		return t.Lines(t.Dim, t.T("There is no token yet."), width)
	}
	var out []string
	if before.Token != nil {
		out = append(out, comparedLines(t, token, before, now, width)...)
		out = append(out, "")
	}
	row := func(name, value, means string) {
		lead := words.Pad(name, 7)
		if means != "" {
			value += "  (" + means + ")"
		}
		for i, line := range words.Wrap(words.Line(value), width-7) {
			if i > 0 {
				lead = strings.Repeat(" ", 7)
			}
			out = append(out, t.Dim.Render(lead)+line)
		}
	}
	out = append(out, t.Heading.Render(t.T("Header")))
	row("alg", token.Algorithm, t.T("how it is signed; kid %s names the key", kit.ShortID(token.KeyID)))
	out = append(out, t.Heading.Render(t.T("Claims")))
	row("iss", token.Issuer, t.T("the realm that issued it"))
	row("azp", token.AuthorizedParty, t.T("the client that got it"))
	row("typ", token.Type, t.T(typeMeans(token.Type)))
	if token.Username != "" {
		row("user", token.Username, t.T("preferred_username: the account it represents"))
	}
	row("exp", t.Say(kit.ValidFor(token.ExpiresAt, now)), "")
	row("aud", t.Say(kit.OrNone(token.Audience)), t.T("what it is meant for"))
	row("scope", t.Say(kit.OrNone(token.Scope)), "")
	if before.Token == nil {
		out = append(out, RoleLines(t, token, nil, width)...)
	}
	out = append(out, otherRoleLines(t, token, width)...)
	if rest := otherClaims(token); len(rest) > 0 {
		out = append(out, t.Item(t.Glyphs.Bullet, t.Dim, t.T("and the claims %s", words.Line(strings.Join(rest, ", "))), width)...)
	}
	return out
}

func typeMeans(typ string) texts.Text {
	switch typ {
	case "Bearer":
		return "an access token: its bearer gets in"
	case "ID":
		return "identifies the user to the client; the admin API does not accept it"
	case "Refresh":
		return "gets new tokens; the admin API does not accept it"
	}
	return ""
}

// otherClaims are those that are in the token and not explained.
func otherClaims(token *token.Token) []string {
	shown := []string{"iss", "azp", "typ", "preferred_username", "exp", "aud", "scope", "realm_access", "resource_access"}
	return sift.Out(slices.Sorted(maps.Keys(token.Claims)), func(name string) bool { return slices.Contains(shown, name) })
}

// comparedLines set two tokens of the same client beside each other: before a change, and after it.
func comparedLines(t *kit.Theme, bearer *token.Token, earlier Earlier, now time.Time, width int) []string {
	before := earlier.Token
	const name = 9
	column := (width - name - 3) / 2
	d := token.Compare(before, bearer)
	added := func(client, role string) bool {
		return slices.Contains(d.AddedRoles, token.RoleOf{Client: client, Role: role})
	}
	bar := t.Dim.Render(" " + t.Glyphs.Bar + " ")
	out := []string{strings.Repeat(" ", name) + t.Heading.Render(words.Pad(t.T(earlier.Heading), column)) + bar + t.Heading.Render(words.Fit(t.T("after it"), column))}
	row := func(title string, a, b []string) {
		for i := range max(len(a), len(b)) {
			var left, right string
			if i < len(a) {
				left = a[i]
			}
			if i < len(b) {
				right = b[i]
			}
			out = append(out, t.Dim.Render(words.Pad(title, name))+words.Pad(left, column)+bar+words.Fit(right, column))
			title = ""
		}
	}
	roles := func(tok *token.Token) []string {
		var out []string
		list := tok.Roles(keycloak.RealmManagement)
		for _, r := range list {
			switch {
			case tok == bearer && added(keycloak.RealmManagement, r):
				out = append(out, t.Item("+", t.Good, t.T("%s (new)", words.Line(r)), column)...)
			default:
				out = append(out, t.Item(t.Glyphs.Bullet, t.Plain, words.Line(r), column)...)
			}
		}
		switch {
		case !tok.HasRoleClaims:
			out = t.Item(t.Glyphs.Bullet, t.Plain, t.T("no role claims at all"), column)
		case len(list) == 0:
			out = t.Item(t.Glyphs.Failed, t.Bad, t.T("none"), column)
		}
		return out
	}
	one := func(m msg.Message) []string { return words.Wrap(words.Line(t.Say(m)), column) }
	row(t.T("issued"), one(kit.ClockTime(before.IssuedAt)), one(kit.ClockTime(bearer.IssuedAt)))
	row("exp", one(kit.ValidFor(before.ExpiresAt, now)), one(kit.ValidFor(bearer.ExpiresAt, now)))
	row("aud", one(kit.OrNone(before.Audience)), one(kit.OrNone(bearer.Audience)))
	row(t.T("roles"), roles(before), roles(bearer))
	out = append(out, t.Lines(t.Dim, t.T("roles: those of %s, which open the admin API", keycloak.RealmManagement), width)...)
	out = append(out, compositeLines(t, added, width)...)
	return append(out, changeLines(t, d, width)...)
}

// compositeLines explain why one granted role added three (measured, FACTS section 1, belief e).
func compositeLines(t *kit.Theme, added func(client, role string) bool, width int) []string {
	if !added(keycloak.RealmManagement, "view-users") {
		return nil
	}
	var brought []string
	for _, r := range []string{"query-users", "query-groups"} {
		if added(keycloak.RealmManagement, r) {
			brought = append(brought, r)
		}
	}
	if len(brought) == 0 {
		return nil
	}
	return t.Item(t.Glyphs.Arrow, t.Accent, t.T("view-users is a composite role: it brings %s with it.", strings.Join(brought, t.T(" and "))), width)
}

// changeLines are the other differences.
func changeLines(t *kit.Theme, d token.Difference, width int) []string {
	var out []string
	here := func(r token.RoleOf) bool { return r.Client == keycloak.RealmManagement }
	for _, r := range sift.Out(d.AddedRoles, here) {
		out = append(out, t.Item("+", t.Good, words.Line(t.Say(roleName(r))), width)...)
	}
	for _, r := range d.RemovedRoles {
		out = append(out, t.Item("-", t.Bad, words.Line(t.Say(roleName(r))), width)...)
	}
	if len(d.ChangedClaims) > 0 {
		out = append(out, t.Item(t.Glyphs.Bullet, t.Dim, t.T("changed too: %s", words.Line(strings.Join(d.ChangedClaims, ", "))), width)...)
	}
	if len(d.AddedRoles)+len(d.RemovedRoles) == 0 {
		out = append(out, t.Item(t.Glyphs.Bullet, t.Plain, t.T("the same roles in both"), width)...)
	}
	return out
}

// RoleLines are the roles of a token that open the admin API; with a token before it, which are new.
func RoleLines(t *kit.Theme, bearer, before *token.Token, width int) []string {
	added := map[token.RoleOf]bool{}
	if before != nil {
		for _, r := range token.Compare(before, bearer).AddedRoles {
			added[r] = true
		}
	}
	out := []string{words.Fit(t.Heading.Render(t.T("Roles of %s", keycloak.RealmManagement))+t.Dim.Render(t.T("  these open the admin API")), width)}
	roles := bearer.Roles(keycloak.RealmManagement)
	switch {
	case !bearer.HasRoleClaims:
		out = append(out, t.Item(t.Glyphs.Bullet, t.Plain, t.T("unknown: this token carries no role claims at all"), width)...)
	case len(roles) == 0:
		out = append(out, t.Item(t.Glyphs.Failed, t.Bad, t.T("none"), width)...)
	}
	for _, r := range roles {
		if added[token.RoleOf{Client: keycloak.RealmManagement, Role: r}] {
			out = append(out, t.Item("+", t.Good, t.T("%s (new)", words.Line(r)), width)...)
		} else {
			out = append(out, t.Item(t.Glyphs.Bullet, t.Plain, words.Line(r), width)...)
		}
	}
	return out
}

func otherRoleLines(t *kit.Theme, token *token.Token, width int) []string {
	out := []string{t.Heading.Render(t.T("Other roles"))}
	for _, client := range slices.Sorted(maps.Keys(token.ClientRoles)) {
		if client != keycloak.RealmManagement {
			out = append(out, t.Item(t.Glyphs.Bullet, t.Dim, words.Line(t.T("of client %s: %s", client, strings.Join(token.ClientRoles[client], ", "))), width)...)
		}
	}
	return append(out, t.Item(t.Glyphs.Bullet, t.Dim, words.Line(t.T("of the realm: %s", kit.OrNone(token.RealmRoles))), width)...)
}

func roleName(r token.RoleOf) msg.Message {
	if r.Client == "" {
		return msg.New("%s of the realm", r.Role)
	}
	return msg.New("%s of %s", r.Role, r.Client)
}
