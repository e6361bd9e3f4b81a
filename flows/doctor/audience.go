package doctor

import (
	"context"
	"slices"
	"strings"

	"fix403/flows/change"
	"fix403/flows/doctor/audience"
	"fix403/flows/doctor/need"
	"fix403/flows/doctor/phrase"
	"fix403/flows/journal"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// AudienceMissing is for a server that accepts only tokens meant for its admin API. That it does is observed, and concluded from no
// version: see package audience.
var AudienceMissing = &Verdict{id: "audience-missing", renews: true,
	cause: "The token is genuine, and its audience (aud) does not name the admin API, which the server asks for: Keycloak from 26.8.2 on, by its documents; the client scope kc-admin-api adds it.", changes: (*examination).assignAudience}

// atAudience is for a token that is genuine and current, and was refused: it may not be meant for the admin API.
func (x *examination) atAudience(ctx context.Context, stop stopper) (done bool, err error) {
	look := audience.Look{
		Server: x.server, Hide: x.o.Recorder.Hide, Admin: x.admin, Client: x.view.Client, AdminSeen: x.versionReported, RealmSeen: x.view.Realm != nil,
		Realm: x.home(), Token: x.token, Header: x.raw, Given: x.o.Given, Owned: !x.o.Given || !x.o.Secret.Empty() && x.o.ClientID == x.token.AuthorizedParty, SecretlySigned: x.secretlySigned,
		Call: x.inPlace(keycloak.Request{Method: x.method, Path: x.path, AnyType: true}), Scope: x.o.Scope, Request: x.requestScope, Notes: notes{x},
	}
	missing, err := look.Missing(ctx)
	x.audience = look.Seen
	if err != nil || !missing {
		return err != nil, err
	}
	return true, x.audienceMissing(ctx, stop)
}

const notForAdminAPI texts.Text = "The token is genuine and current, but this server's admin API accepts only tokens that are meant for it, and the token's audience (aud) does not name it."

// audienceMissing gives the verdict.
func (x *examination) audienceMissing(ctx context.Context, stop stopper) error {
	a, client := &x.audience, phrase.OneLine(x.token.AuthorizedParty)
	x.observed(InToken, "Its audience (aud) is %s: the admin API is not in it.", phrase.Listed(x.token.Audience, "empty"))
	c := Likely
	switch {
	case a.Control == audience.Decides,
		a.Alive == audience.Alive && (a.Admins || a.Control == audience.NewPasses),
		a.Alive == audience.LivenessUnseen && a.Admins && !x.o.Given:
		c = Proved
	case a.Alive != audience.Alive && x.o.Given:
		x.unseen("Whether the token was revoked as well: nothing here shows that.")
	default:
		x.unseen("Whether the Authorization header reaches the admin API: something between here and Keycloak may take it away.")
		x.unseen("Whether a token that is meant for the admin API passes: a new one shows that, once the client has the client scope.")
	}
	stop(AudienceMissing, c, notForAdminAPI)
	owned := x.token.AuthorizedParty == x.o.ClientID
	switch {
	case x.builtIn() || !owned && x.o.ClientID != "" && isBuiltIn(x.token.AuthorizedParty, x.home()):
		x.clue.builtIn = true
		x.also(msg.New("The client %s is one of Keycloak's own, and stays as it is: get the token through a client of your own that has the client scope %s, or through admin-cli, which has it unless it was taken away.", client, keycloak.AdminAPIScope))
	case a.NoScope:
		x.also(msg.New("The client scope %s, which adds it, is not in the realm %s, though Keycloak makes it in every realm: it was removed. Restore it as it is in another realm, and assign it to the client %s.", keycloak.AdminAPIScope, x.home(), client))
	case a.Assigned == audience.AssignedDefault && !x.o.Given:
		x.also(msg.New("The client %s has the client scope %s as a default one, and its new token does not name the admin API all the same: check the mapper of the client scope, which was probably changed.", client, keycloak.AdminAPIScope))
	case a.Assigned == audience.AssignedDefault && x.mayBeExchanged():
		x.clue.newToken = true
		x.also(msg.New("The client %s has the client scope %s now: the token is from before that, or was exchanged for another audience. Get a new one, and leave the parameter audience out of a token exchange.", client, keycloak.AdminAPIScope))
	case a.Assigned == audience.AssignedDefault:
		x.clue.newToken = true
		x.also(msg.New("The client %s has the client scope %s now, and the token is from before that: get a new one.", client, keycloak.AdminAPIScope))
	case a.Assigned == audience.AssignedOptional:
		x.clue.newToken = true
		x.also(msg.New("The client %s has the client scope %s as an optional one: ask the token endpoint with scope=%s, or make it a default client scope of the client.", client, keycloak.AdminAPIScope, keycloak.AdminAPIScope))
	case a.Assigned == audience.Unassigned:
		x.also(msg.New("The client %s does not have the client scope %s, which adds it: assign it as a default client scope, and get a new token.", client, keycloak.AdminAPIScope))
	default:
		x.also(msg.New("The client scope %s adds it: assign it to the client %s as a default client scope and get a new token, or, where the client has it as an optional one, ask with scope=%s.", keycloak.AdminAPIScope, client, keycloak.AdminAPIScope))
	}
	return x.thenTheRole(ctx)
}

// mayBeExchanged reports whether the token names another account than the client's own service account: then it may be an exchanged one.
func (x *examination) mayBeExchanged() bool {
	return x.token != nil && !strings.EqualFold(x.token.Username, change.ServiceAccountName(x.token.AuthorizedParty)) && x.token.Username != ""
}

// thenTheRole says which role will be missing behind the gate of identity. Nothing is said where the roles cannot be seen.
func (x *examination) thenTheRole(ctx context.Context) error {
	if err := x.lookAtRoles(ctx); err != nil {
		return err
	}
	before := slices.Clone(x.d.NotChecked)
	x.askMatrix()
	held, known := x.held()
	if x.d.Answer == nil || !known || x.letsIn(held) || len(x.d.SmallestRoles) == 0 {
		x.d.Answer, x.d.SmallestRoles, x.d.Equal, x.d.NotChecked = nil, []string{}, nil, before
		return nil
	}
	x.clue.roleToo = true
	needs := x.needs()
	switch {
	case !x.view.RolesSeen:
		x.also(msg.New("Then the call will probably get 403: the token carries no role that allows it (%s of %s).", needs, x.container()))
	case x.letsIn(x.view.Effective):
		x.d.SmallestRoles = x.neededOf(x.view.Effective)
		x.also(msg.New("Then the call will get 403: the account holds %s, and the client's full scope is off and does not let it through.", x.heldWords(x.view.Effective)))
	default:
		x.also(msg.New("Then the call will get 403: the account %s does not hold %s of %s.", x.view.Account.Username, needs, x.container()))
	}
	return nil
}

// assignAudience gives the client the client scope as a default one, and the account the role that it will lack. Where a token with the
// audience can be had without it, the change is the second way.
func (x *examination) assignAudience() []change.Change {
	a := &x.audience
	var changes []change.Change
	if x.token.AuthorizedParty == x.o.ClientID && !a.NoScope {
		c := change.Change{Realm: x.home(), ClientID: x.o.ClientID, Role: keycloak.AdminAPIScope}
		switch a.Assigned {
		case audience.AssignedOptional:
			c.Kind = journal.ChangeScopeDefault
		case audience.Unassigned:
			c.Kind = journal.ChangeDefaultScope
		case audience.AssignmentUnseen:
			c.Kind = journal.ChangeDefaultScope
		case audience.AssignedDefault:
		}
		if c.Kind != "" {
			changes = append(changes, c)
		}
	}
	if !x.clue.roleToo || !x.view.RolesSeen || len(x.d.Equal) > 0 || slices.ContainsFunc(x.d.SmallestRoles, need.Powerful) {
		return changes
	}
	if x.letsIn(x.view.Effective) {
		return append(changes, x.letThrough()...)
	}
	return append(changes, x.grantRoles()...)
}
