package plain

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"fix403/flows/document"
	"fix403/keycloak"
)

// Token says who a token is, until when, and which roles it has.
func (l Lines) Token(t document.Token) {
	l.Printf("type      %s, signed with %s (key %s)\nissuer    %s\nrealm     %s\nclient    %s\nuser      %s (%s)\naudience  %s\nscope     %s\nvalidity  %s\n",
		t.Type, t.Algorithm, t.KeyID, t.Issuer, t.Realm, t.Client, t.Username, t.Subject, strings.Join(t.Audience, ", "), strings.Join(t.Scope, " "), validity(t))
	l.Printf("\nroles of the realm: %s\n", l.noneOr(t.RealmRoles))
	for _, client := range slices.Sorted(maps.Keys(t.Roles)) {
		l.Printf("roles of %s: %s\n", client, l.noneOr(t.Roles[client]))
	}
	if len(t.Roles[keycloak.RealmManagement]) == 0 {
		l.Printf("no role of realm-management: nothing in this token opens the admin API of its realm\n")
	}
}

// TokenDifference says what the second token says otherwise.
func (l Lines) TokenDifference(d document.TokenDifference) {
	l.Printf("first:  %s\nsecond: %s\n", inShort(d.Before), inShort(d.After))
	for _, r := range d.Added {
		l.Printf("+ role %s\n", r)
	}
	for _, r := range d.Removed {
		l.Printf("- role %s\n", r)
	}
	if len(d.Added)+len(d.Removed) == 0 {
		l.Printf("the same roles\n")
	}
	if len(d.Changed) > 0 {
		l.Printf("also different: %s\n", strings.Join(d.Changed, ", "))
	}
}

func inShort(t document.Token) string {
	return fmt.Sprintf("%s of client %s in realm %s, %s", t.Type, t.Client, t.Realm, validity(t))
}

func validity(t document.Token) string {
	switch {
	case t.ExpiresAt == nil:
		return "without an end"
	case t.Expired:
		return "expired at " + t.ExpiresAt.Format(time.RFC3339)
	default:
		return "valid until " + t.ExpiresAt.Format(time.RFC3339)
	}
}
