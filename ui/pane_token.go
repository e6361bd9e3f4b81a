package ui

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"fix403/keycloak"
	"fix403/ui/words"
)

// tokenLines explains a token; with one before it, it also says what changed and marks added roles.
func tokenLines(t *theme, token, before *keycloak.Token, now time.Time, width int) []string {
	if token == nil {
		return t.lines(t.dim, "There is no token yet.", width)
	}
	var out []string
	row := func(name, value, means string) {
		lead := words.Pad(name, 7)
		if means != "" {
			value += "  (" + means + ")"
		}
		for i, line := range words.Wrap(words.Line(value), width-7) {
			if i > 0 {
				lead = strings.Repeat(" ", 7)
			}
			out = append(out, t.dim.Render(lead)+line)
		}
	}
	out = append(out, t.heading.Render("Header"))
	row("alg", token.Algorithm, "how it is signed; kid "+shortID(token.KeyID)+" says with which key")
	out = append(out, t.heading.Render("Claims"))
	row("iss", token.Issuer, "the realm that issued it")
	row("azp", token.AuthorizedParty, "the client that got it")
	row("typ", token.Type, "")
	if token.Username != "" {
		row("user", token.Username, "preferred_username: for whom it speaks")
	}
	row("exp", left(token.ExpiresAt, now), "")
	row("aud", orNone(token.Audience), "for whom it is meant")
	row("scope", orNone(token.Scope), "")
	out = append(out, roleLines(t, token, before, width)...)
	if before != nil {
		out = append(out, changeLines(t, keycloak.CompareTokens(before, token), width)...)
	}
	return out
}

func roleLines(t *theme, token, before *keycloak.Token, width int) []string {
	added := map[keycloak.RoleOf]bool{}
	if before != nil {
		for _, r := range keycloak.CompareTokens(before, token).AddedRoles {
			added[r] = true
		}
	}
	out := []string{words.Fit(t.heading.Render("Roles of "+keycloak.RealmManagement)+t.dim.Render("  these open the admin API"), width)}
	roles := token.Roles(keycloak.RealmManagement)
	switch {
	case !token.HasRoleClaims:
		out = append(out, t.item(t.g.bullet, t.plain, "not said: this token carries no role claims at all", width)...)
	case len(roles) == 0:
		out = append(out, t.item(t.g.failed, t.bad, "none", width)...)
	}
	for _, r := range roles {
		if added[keycloak.RoleOf{Client: keycloak.RealmManagement, Role: r}] {
			out = append(out, t.item("+", t.good, words.Line(r)+" (new)", width)...)
		} else {
			out = append(out, t.item(t.g.bullet, t.plain, words.Line(r), width)...)
		}
	}
	out = append(out, t.heading.Render("Other roles"))
	for _, client := range slices.Sorted(maps.Keys(token.ClientRoles)) {
		if client != keycloak.RealmManagement {
			out = append(out, t.item(t.g.bullet, t.dim, words.Line("of client "+client+": "+strings.Join(token.ClientRoles[client], ", ")), width)...)
		}
	}
	return append(out, t.item(t.g.bullet, t.dim, words.Line("of the realm: "+orNone(token.RealmRoles)), width)...)
}

func changeLines(t *theme, d keycloak.TokenDifference, width int) []string {
	out := []string{t.heading.Render("Against the first token")}
	for _, r := range d.AddedRoles {
		out = append(out, t.item("+", t.good, words.Line(roleName(r)), width)...)
	}
	for _, r := range d.RemovedRoles {
		out = append(out, t.item("-", t.bad, words.Line(roleName(r)), width)...)
	}
	if len(d.ChangedClaims) > 0 {
		out = append(out, t.item(t.g.bullet, t.dim, "changed too: "+words.Line(strings.Join(d.ChangedClaims, ", ")), width)...)
	}
	if len(d.AddedRoles)+len(d.RemovedRoles) == 0 {
		out = append(out, t.item(t.g.bullet, t.plain, "the same roles", width)...)
	}
	return out
}

func roleName(r keycloak.RoleOf) string {
	if r.Client == "" {
		return r.Role + " of the realm"
	}
	return r.Role + " of " + r.Client
}

func left(expires, now time.Time) string {
	switch d := expires.Sub(now).Round(time.Second); {
	case expires.IsZero():
		return "never expires"
	case d <= 0:
		return fmt.Sprintf("expired %s ago", -d)
	default:
		return fmt.Sprintf("valid for %s more", d)
	}
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

func shortID(id string) string {
	if len(id) > 8 {
		return id[:8] + "…"
	}
	return id
}
