package caller

import (
	"context"
	"slices"

	"fix403/flows/change"
	"fix403/flows/doctor/audience"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/need"
	"fix403/flows/doctor/phrase"
	"fix403/flows/doctor/rights"
	"fix403/flows/journal"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// AudienceMissing is for a server that accepts only tokens meant for its admin API. That it does is observed, and concluded from no
// version: see package audience.
var AudienceMissing = &exam.Verdict{ID: "audience-missing", Renews: true,
	Cause: "The token is genuine, but its audience (aud) does not name the admin API, which the server requires: Keycloak 26.8.2 and later, as documented; the client scope kc-admin-api adds it.", Changes: assignAudience}

// atAudience is for a token that is genuine and current, and was refused: it may not be meant for the admin API.
func atAudience(ctx context.Context, x *exam.Examination, stop exam.Stopper) (done bool, err error) {
	look := audience.Look{
		Server: x.Server, Hide: x.Options.Recorder.Hide, Admin: x.Admin, Client: x.View.Client, AdminSeen: x.VersionReported, RealmSeen: x.View.Realm != nil,
		Realm: x.Home(), Token: x.Token, Header: x.Authorization, Given: x.Options.Given, Owned: !x.Options.Given || !x.Options.Secret.Empty() && x.Options.ClientID == x.Token.AuthorizedParty, SecretlySigned: x.SecretlySigned,
		Call: x.InPlace(keycloak.Request{Method: x.Method, Path: x.Path, AnyType: true}), Scope: x.Options.Scope, Request: ask(x), Notes: exam.Notes{X: x},
	}
	missing, err := look.Missing(ctx)
	x.Audience = look.Seen
	if err != nil || !missing {
		return err != nil, err
	}
	return true, audienceMissing(ctx, x, stop)
}

const notForAdminAPI texts.Text = "The token is genuine and current, but this server's admin API accepts only tokens meant for it, and the token's audience (aud) does not name it."

// audienceMissing gives the verdict.
func audienceMissing(ctx context.Context, x *exam.Examination, stop exam.Stopper) error {
	a, client := &x.Audience, phrase.OneLine(x.Token.AuthorizedParty)
	x.Observed(exam.InToken, "Its audience (aud) is %s: the admin API is not in it.", phrase.Listed(x.Token.Audience, "empty"))
	because := exam.AllSeen
	switch {
	case a.Control == audience.Decides,
		a.Alive == audience.Alive && (a.Admins || a.Control == audience.NewPasses),
		a.Alive == audience.LivenessUnseen && a.Admins && !x.Options.Given:
	case a.Alive != audience.Alive && x.Options.Given:
		because = exam.Or("Whether the token was also revoked: nothing here shows that.")
	default:
		because = exam.Or("Whether the Authorization header reaches the admin API: something between here and Keycloak may remove it.").
			But("Whether a token meant for the admin API passes: a new one will show that, once the client has the client scope.")
	}
	stop(AudienceMissing, because, notForAdminAPI)
	owned := x.Token.AuthorizedParty == x.Options.ClientID
	switch {
	case x.BuiltIn() || !owned && x.Options.ClientID != "" && exam.IsBuiltIn(x.Token.AuthorizedParty, x.Home()):
		x.Clue.BuiltIn = true
		x.Also(msg.New("The client %s is one of Keycloak's own, and stays as it is: get the token through a client of your own that has the client scope %s, or through admin-cli, which has it unless it was removed.", client, keycloak.AdminAPIScope))
	case a.NoScope:
		x.Also(msg.New("The client scope %s, which adds it, is missing in the realm %s, although Keycloak creates it in every realm: it was removed. Restore it as it is in another realm, and assign it to the client %s.", keycloak.AdminAPIScope, x.Home(), client))
	case a.Assigned == audience.AssignedDefault && !x.Options.Given:
		x.Also(msg.New("The client %s has %s as a default client scope, yet its new token does not name the admin API: check the mapper of the client scope, which was probably changed.", client, keycloak.AdminAPIScope))
	case a.Assigned == audience.AssignedDefault && x.MayBeExchanged():
		x.Clue.NewToken = true
		x.Also(msg.New("The client %s has the client scope %s now: the token was issued before that, or was exchanged for another audience. Get a new one, and omit the parameter audience in a token exchange.", client, keycloak.AdminAPIScope))
	case a.Assigned == audience.AssignedDefault:
		x.Clue.NewToken = true
		x.Also(msg.New("The client %s has the client scope %s now, and the token was issued before that: get a new one.", client, keycloak.AdminAPIScope))
	case a.Assigned == audience.AssignedOptional:
		x.Clue.NewToken = true
		x.Also(msg.New("The client %s has %s as an optional client scope: request the token with scope=%s, or make it a default client scope of the client.", client, keycloak.AdminAPIScope, keycloak.AdminAPIScope))
	case a.Assigned == audience.Unassigned:
		x.Also(msg.New("The client %s does not have the client scope %s, which adds it: assign it as a default client scope, and get a new token.", client, keycloak.AdminAPIScope))
	default:
		x.Also(msg.New("The client scope %s adds it: assign it to the client %s as a default client scope and get a new token, or, where it is an optional scope of the client, request the token with scope=%s.", keycloak.AdminAPIScope, client, keycloak.AdminAPIScope))
	}
	return thenTheRole(ctx, x)
}

// thenTheRole says which role will be missing behind the gate of identity. Nothing is said where the roles cannot be seen.
func thenTheRole(ctx context.Context, x *exam.Examination) error {
	if err := x.LookAtRoles(ctx); err != nil {
		return err
	}
	before := slices.Clone(x.Diagnosis.NotChecked)
	x.AskMatrix()
	held, known := x.Held()
	if x.Diagnosis.Answer == nil || !known || x.LetsIn(held) || len(x.Diagnosis.SmallestRoles) == 0 {
		x.Diagnosis.Answer, x.Diagnosis.SmallestRoles, x.Diagnosis.Equal, x.Diagnosis.NotChecked = nil, []string{}, nil, before
		return nil
	}
	x.Clue.RoleToo = true
	needs := x.Needs()
	switch {
	case !x.View.RolesSeen:
		x.Also(msg.New("Then the call will probably get 403: the token carries no role that allows it (%s of %s).", needs, x.Container()))
	case x.LetsIn(x.View.Effective):
		x.Diagnosis.SmallestRoles = x.NeededOf(x.View.Effective)
		x.Also(msg.New("Then the call will get 403: the account holds %s, and the client's full scope is off and does not include it.", x.HeldWords(x.View.Effective)))
	default:
		x.Also(msg.New("Then the call will get 403: the account %s does not hold %s of %s.", x.View.Account.Username, needs, x.Container()))
	}
	return nil
}

// assignAudience gives the client the client scope as a default one, and the account the role that it will lack. Where a token with the
// audience can be had without it, the change is the second way.
func assignAudience(x *exam.Examination) []change.Change {
	a := &x.Audience
	var changes []change.Change
	if x.Token.AuthorizedParty == x.Options.ClientID && !a.NoScope {
		c := change.Change{Realm: x.Home(), ClientID: x.Options.ClientID, Role: keycloak.AdminAPIScope}
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
	if !x.Clue.RoleToo || !x.View.RolesSeen || len(x.Diagnosis.Equal) > 0 || slices.ContainsFunc(x.Diagnosis.SmallestRoles, need.Powerful) {
		return changes
	}
	if x.LetsIn(x.View.Effective) {
		return append(changes, rights.LetThrough(x)...)
	}
	return append(changes, rights.GrantRoles(x)...)
}

// ask asks for a token of a scope.
func ask(x *exam.Examination) func(context.Context, msg.Format, string) (*wire.Reply, error) {
	return func(ctx context.Context, purpose msg.Format, scope string) (*wire.Reply, error) {
		got, err := x.RequestScope(ctx, purpose, scope)
		return got.Reply, err
	}
}
