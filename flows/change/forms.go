package change

import (
	"context"

	"fix403/flows/console"
	"fix403/flows/journal"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// form is what the kinds of changes differ in. The zero value is that of a kind that nothing is known of.
type form struct {
	describe               func(Change) msg.Message
	console                func(Change, console.Labels) []msg.Message
	curl, kcadm, terraform func(Change) []string
	// find looks for what is changed and whether it is; client is the one of the change, nil for a person's account.
	find     func(ctx context.Context, c Change, admin *keycloak.Admin, client *keycloak.Client) (place, error)
	twoCalls bool // it takes two requests, of which one may be refused
}

var forms = map[journal.ChangeKind]form{
	journal.ChangeGrant: grant, journal.ChangeRealmGrant: realmGrant, journal.ChangeScopeMapping: scopeMapping, journal.ChangeDefaultScope: defaultScope,
	journal.ChangeScopeDefault: scopeDefault, journal.ChangeHeavyweight: heavyweight,
}

// Description is what the change does, as in "gives view-users of realm-management to the service account of svc".
func (c Change) Description() msg.Message {
	if describe := forms[c.Kind].describe; describe != nil {
		return describe(c)
	}
	return msg.Verbatim(string(c.Kind))
}

// The forms in which a person makes these changes by hand, as in [GrantConsole] and its like. A change is shown with
// those of its kind: all must be of one client or account.

// Console returns the clicks in the Admin Console, one line each, with the labels that it has.
func (c Change) Console(l console.Labels) []msg.Message {
	if clicks := forms[c.Kind].console; clicks != nil {
		return clicks(c, l)
	}
	return nil
}

// Curl returns shell commands with curl. They need what those of [GrantCurl] need.
func (c Change) Curl() []string { return c.lines(forms[c.Kind].curl) }

// Kcadm returns commands of Keycloak's own bin/kcadm.sh, after a login.
func (c Change) Kcadm() []string { return c.lines(forms[c.Kind].kcadm) }

// Terraform returns blocks for the provider keycloak/keycloak, for a client that is not managed by Terraform.
func (c Change) Terraform() []string { return c.lines(forms[c.Kind].terraform) }

func (c Change) lines(of func(Change) []string) []string {
	if of == nil {
		return nil
	}
	return of(c)
}
