package report

import (
	"strings"
	"time"

	"fix403/flows/document"
	"fix403/keycloak/token"
)

// Token returns the document of a token.
func Token(t *token.Token) document.Token {
	d := document.Token{
		Type: t.Type, Algorithm: t.Algorithm, KeyID: t.KeyID, Issuer: t.Issuer, Realm: t.Realm(), Client: t.AuthorizedParty,
		Username: t.Username, Subject: t.Subject, Audience: append([]string{}, t.Audience...), Scope: append([]string{}, t.Scope...),
		RealmRoles: append([]string{}, t.RealmRoles...), Roles: t.ClientRoles,
	}
	if !t.IssuedAt.IsZero() {
		at := t.IssuedAt.UTC()
		d.IssuedAt = &at
	}
	if !t.ExpiresAt.IsZero() {
		at := t.ExpiresAt.UTC()
		d.ExpiresAt, d.Expired = &at, !time.Now().Before(at)
	}
	return d
}

// TokenDifference returns the document of two tokens.
func TokenDifference(before, after *token.Token) document.TokenDifference {
	diff := token.Compare(before, after)
	return document.TokenDifference{
		Before: Token(before), After: Token(after),
		Added: roleNames(diff.AddedRoles), Removed: roleNames(diff.RemovedRoles), Changed: append([]string{}, diff.ChangedClaims...),
	}
}

func roleNames(roles []token.RoleOf) []string {
	names := []string{}
	for _, r := range roles {
		names = append(names, strings.TrimPrefix(r.Client+"/"+r.Role, "/"))
	}
	return names
}
