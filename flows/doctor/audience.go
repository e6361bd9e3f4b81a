package doctor

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"fix403/flows/change"
	"fix403/flows/doctor/answer"
	"fix403/flows/doctor/phrase"
	"fix403/flows/journal"
	"fix403/flows/requests"
	"fix403/flows/roles"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// AudienceMissing is for a server that accepts only tokens meant for its admin API. That it does is observed, and concluded from no
// version: see [examination.atAudience].
var AudienceMissing = &Verdict{id: "audience-missing", renews: true,
	cause: "The token is genuine, and its audience (aud) does not name the admin API, which the server asks for: Keycloak from 26.8.2 on, by its documents; the client scope kc-admin-api adds it.", changes: (*examination).assignAudience}

// assignment is how the client of a token has the client scope of the admin API.
type assignment int

const (
	assignmentUnseen assignment = iota
	unassigned
	assignedOptional
	assignedDefault
)

// audience is what was seen of a server that accepts only tokens meant for its admin API.
type audience struct {
	signs    bool // something shows that the server asks for it
	admins   bool // the admin's token was accepted, and is meant for the admin API
	none     bool // the admin's token was accepted, and is not: this server asks for nothing of the kind
	noScope  bool // the realm has no client scope of the name
	assigned assignment
	control  control
	alive    liveness // the token, at another endpoint
}

// control is what other tokens of the same client show, with the admin API in their audience and without.
type control int

const (
	noControl   control = iota
	decides             // without it a token is refused, and with it accepted
	newPasses           // a new token, which has it, is accepted
	notAudience         // a token with it is refused as well, or one without it accepted
)

// liveness is whether Keycloak accepts a token beside its admin API.
type liveness int

const (
	livenessUnseen liveness = iota
	alive
	dead
)

// atAudience is for a token that is genuine and current, and was refused: it may not be meant for the admin API.
func (x *examination) atAudience(ctx context.Context, stop stopper) (done bool, err error) {
	if x.meantForAdminAPI(x.token) {
		return false, nil
	}
	a := &x.audience
	if err := x.lookForAudience(ctx); err != nil || a.none || x.admin != nil && !a.signs {
		return err != nil, err
	}
	if err := x.compareAudiences(ctx); err != nil {
		return true, err
	}
	if a.control == notAudience || !a.signs && a.control == noControl {
		return false, nil
	}
	if a.control != decides {
		if a.alive, err = x.acceptedElsewhere(ctx); err != nil {
			return true, err
		}
		if a.alive == dead && x.o.Given || a.alive != alive && x.secretlySigned {
			return false, nil
		}
	}
	x.seeAssignment()
	return true, x.audienceMissing(ctx, stop)
}

// meantForAdminAPI reports whether a token's audience names the admin API of its own realm.
func (x *examination) meantForAdminAPI(t *token.Token) bool {
	return slices.ContainsFunc(t.AdminAudience(), func(a string) bool {
		_, realm, _ := strings.Cut(a, "/admin/realms/")
		return requests.Unescape(strings.Trim(realm, "/")) == requests.Unescape(t.Realm())
	})
}

// lookForAudience looks for signs of the check: with an admin at the admin's own token and at the realm's client scopes, without one
// at the realm's discovery document.
func (x *examination) lookForAudience(ctx context.Context) error {
	a, realm := &x.audience, x.home()
	if x.admin == nil {
		listed, err := x.server.ListsAdminAPIScope(ctx, realm)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil && listed {
			a.signs = true
			x.observed(OnWire, "The realm's discovery document lists the client scope %s.", keycloak.AdminAPIScope)
		}
		return nil
	}
	signs, err := x.admin.AudienceSigns(ctx, realm)
	if err != nil {
		return x.noteForbidden(err, "The client scopes of the realm %s", realm)
	}
	accepted := signs.RealmSeen || x.versionReported || x.view.Realm != nil
	meant := len(signs.AdminAudience) > 0 || signs.AdminScope
	a.admins = meant && (signs.RealmSeen || x.view.Realm != nil) // in this realm
	a.none = accepted && !meant
	a.noScope = signs.RealmSeen && !signs.RealmScope
	a.signs = signs.Any()
	if a.none {
		if signs.RealmScope {
			x.observed(AtServer, "The server accepted the admin's token, whose audience does not name the admin API either.")
		}
		return nil
	}
	if len(signs.AdminAudience) > 0 {
		x.observed(AtServer, "The server accepted the admin's token, whose audience names the admin API: %s.", phrase.Listed(signs.AdminAudience, ""))
	}
	if signs.RealmScope {
		x.observed(AtServer, "The realm %s has the client scope %s.", realm, keycloak.AdminAPIScope)
	} else if a.noScope {
		x.observed(AtServer, "The realm %s has no client scope %s.", realm, keycloak.AdminAPIScope)
	}
	return nil
}

// compareAudiences makes the call with new tokens of the same client, with the admin API in their audience and without. It takes the
// client's secret.
func (x *examination) compareAudiences(ctx context.Context) error {
	if x.o.Given && (x.o.Secret.Empty() || x.o.ClientID != x.token.AuthorizedParty) {
		return nil
	}
	a := &x.audience
	if x.o.Given {
		header, t, _, err := x.tokenWith(ctx, "is a new token of the client meant for the admin API?", x.o.Scope)
		if err != nil || t == nil {
			return err
		}
		status, err := x.callWith(ctx, "the same call with a new token", header)
		if err != nil || status == 0 {
			return err
		}
		switch meant := x.meantForAdminAPI(t); {
		case meant != (status != http.StatusUnauthorized):
			x.observed(OnWire, "A new token of the client, whose audience is %s, got %d for the same call.", phrase.Listed(t.Audience, "empty"), status)
			a.control = notAudience
			return nil
		case meant:
			x.observed(OnWire, "A new token of the client, whose audience names the admin API, got %d for the same call.", status)
			a.control, a.assigned = newPasses, assignedDefault
			return nil
		}
		x.observed(OnWire, "A new token of the client, whose audience is %s, got %d for the same call.", phrase.Listed(t.Audience, "empty"), status)
	}
	header, t, reply, err := x.tokenWith(ctx, "may the client ask for the admin API by name?", x.scopeForAdminAPI())
	if err != nil || reply == nil {
		return err
	}
	if t == nil {
		if reason, _ := reply.Words(); reason == "invalid_scope" {
			x.observed(OnWire, "Asked for the scope %s, the token endpoint answered %s.", keycloak.AdminAPIScope, answer.Words(reply))
			a.assigned = unassigned
		}
		return nil
	}
	if !x.meantForAdminAPI(t) {
		return nil
	}
	status, err := x.callWith(ctx, "the same call with a token for the admin API", header)
	if err != nil || status == 0 {
		return err
	}
	x.observed(OnWire, "A new token, asked for with scope=%s, names the admin API in its audience and got %d for the same call.", keycloak.AdminAPIScope, status)
	a.control, a.assigned = decides, assignedOptional
	if status == http.StatusUnauthorized {
		a.control = notAudience
	}
	return nil
}

// scopeForAdminAPI returns what the token endpoint is asked for by a client that has the client scope as an optional one.
func (x *examination) scopeForAdminAPI() string {
	return strings.TrimSpace(x.o.Scope + " " + keycloak.AdminAPIScope)
}

// tokenWith asks for a new token of the client; the token is nil where none comes.
func (x *examination) tokenWith(ctx context.Context, purpose msg.Format, scope string) (header wire.Secret, t *token.Token, reply *wire.Reply, _ error) {
	reply, err := x.requestScope(ctx, purpose, scope)
	if ctx.Err() != nil {
		return header, nil, nil, ctx.Err()
	}
	if err != nil {
		return header, nil, nil, nil //nolint:nilerr // the call was answered; this one is only to learn more
	}
	access := answer.AccessToken(reply.Body)
	if t, err = token.Decode(access); err != nil {
		return header, nil, reply, nil //nolint:nilerr // none came
	}
	header = wire.NewSecret("Bearer " + access)
	x.o.Recorder.Hide(wire.NewSecret(access))
	return header, t, reply, nil
}

// callWith makes the call with another token, and returns Keycloak's status: in the place of a call that could change something that of a
// GET of the realm; 0 where nothing came that is Keycloak's.
func (x *examination) callWith(ctx context.Context, purpose msg.Format, header wire.Secret) (int, error) {
	r := keycloak.Request{Purpose: msg.New(purpose), Method: x.method, Path: x.path, Authorization: header}
	if !x.reads() {
		r.Method, r.Path = http.MethodGet, x.realmPath()
	}
	reply, err := x.server.Send(ctx, r)
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	refused := reply.Exchange.Status == http.StatusUnauthorized || reply.Exchange.Status == http.StatusForbidden
	if err != nil || reply.Exchange.Status >= 500 || refused && !answer.IsRefusal(&reply, true) {
		return 0, nil //nolint:nilerr // this one is only to learn more
	}
	return reply.Exchange.Status, nil
}

// acceptedElsewhere asks whether Keycloak accepts the token where no audience is asked for: at the list of a resource server's resources.
// A token that is good gets a refusal of its client there, one that is not is no token (FACTS, section 3).
func (x *examination) acceptedElsewhere(ctx context.Context) (liveness, error) {
	reply, err := x.server.Send(ctx, keycloak.Request{Purpose: msg.New("is the token accepted where no audience is asked for?"), Method: http.MethodGet,
		Path: "/realms/" + url.PathEscape(x.home()) + "/authz/protection/resource_set", Authorization: x.raw})
	if ctx.Err() != nil {
		return livenessUnseen, ctx.Err()
	}
	if err != nil {
		return livenessUnseen, nil //nolint:nilerr // this one is only to learn more
	}
	reason, _ := reply.Words()
	switch status := reply.Exchange.Status; {
	case status == http.StatusOK && json.Valid(reply.Body), reason == "invalid_clientId", reason == "invalid_scope":
		x.observed(OnWire, "Keycloak accepts the token where it asks for no audience: %s answered %s.", reply.Exchange.URL, answer.Words(&reply))
		return alive, nil
	case reason == "invalid_bearer_token":
		x.observed(OnWire, "Keycloak does not accept the token where it asks for no audience either: %s answered %s.", reply.Exchange.URL, answer.Words(&reply))
		return dead, nil
	}
	return livenessUnseen, nil
}

// seeAssignment takes from the client's configuration how it has the client scope, where the token endpoint did not show it.
func (x *examination) seeAssignment() {
	a, c := &x.audience, x.view.Client
	if c == nil || c.ClientID != x.token.AuthorizedParty {
		return
	}
	switch {
	case slices.Contains(c.DefaultScopes, keycloak.AdminAPIScope):
		a.assigned = assignedDefault
	case slices.Contains(c.OptionalScopes, keycloak.AdminAPIScope):
		a.assigned = assignedOptional
	case len(c.DefaultScopes)+len(c.OptionalScopes) > 0:
		a.assigned = unassigned
	case a.assigned == assignmentUnseen:
		x.unseen("Which client scopes the client has: its lists are empty, which proves nothing. From 26.8.0 on, by Keycloak's documents, they are empty for an admin who may not view client scopes.")
	}
}

const notForAdminAPI texts.Text = "The token is genuine and current, but this server's admin API accepts only tokens that are meant for it, and the token's audience (aud) does not name it."

// audienceMissing gives the verdict.
func (x *examination) audienceMissing(ctx context.Context, stop stopper) error {
	a, client := &x.audience, phrase.OneLine(x.token.AuthorizedParty)
	x.observed(InToken, "Its audience (aud) is %s: the admin API is not in it.", phrase.Listed(x.token.Audience, "empty"))
	c := Likely
	switch {
	case a.control == decides,
		a.alive == alive && (a.admins || a.control == newPasses),
		a.alive == livenessUnseen && a.admins && !x.o.Given:
		c = Proved
	case a.alive != alive && x.o.Given:
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
	case a.noScope:
		x.also(msg.New("The client scope %s, which adds it, is not in the realm %s, though Keycloak makes it in every realm: it was removed. Restore it as it is in another realm, and assign it to the client %s.", keycloak.AdminAPIScope, x.home(), client))
	case a.assigned == assignedDefault && !x.o.Given:
		x.also(msg.New("The client %s has the client scope %s as a default one, and its new token does not name the admin API all the same: check the mapper of the client scope, which was probably changed.", client, keycloak.AdminAPIScope))
	case a.assigned == assignedDefault && x.mayBeExchanged():
		x.clue.newToken = true
		x.also(msg.New("The client %s has the client scope %s now: the token is from before that, or was exchanged for another audience. Get a new one, and leave the parameter audience out of a token exchange.", client, keycloak.AdminAPIScope))
	case a.assigned == assignedDefault:
		x.clue.newToken = true
		x.also(msg.New("The client %s has the client scope %s now, and the token is from before that: get a new one.", client, keycloak.AdminAPIScope))
	case a.assigned == assignedOptional:
		x.clue.newToken = true
		x.also(msg.New("The client %s has the client scope %s as an optional one: ask the token endpoint with scope=%s, or make it a default client scope of the client.", client, keycloak.AdminAPIScope, keycloak.AdminAPIScope))
	case a.assigned == unassigned:
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
		x.d.Answer, x.d.SmallestRoles, x.d.NotChecked = nil, []string{}, before
		return nil
	}
	x.clue.roleToo = true
	needs := phrase.Roles(x.d.SmallestRoles)
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
	if x.token.AuthorizedParty == x.o.ClientID && !a.noScope {
		c := change.Change{Realm: x.home(), ClientID: x.o.ClientID, Role: keycloak.AdminAPIScope}
		switch a.assigned {
		case assignedOptional:
			c.Kind = journal.ChangeScopeDefault
		case unassigned:
			c.Kind = journal.ChangeDefaultScope
		case assignmentUnseen:
			c.Kind = journal.ChangeDefaultScope
		case assignedDefault:
		}
		if c.Kind != "" {
			changes = append(changes, c)
		}
	}
	if !x.clue.roleToo || !x.view.RolesSeen || slices.ContainsFunc(x.d.SmallestRoles, powerful) {
		return changes
	}
	if x.letsIn(x.view.Effective) {
		return append(changes, x.letThrough()...)
	}
	return append(changes, x.grantRoles()...)
}

func powerful(role string) bool {
	_, is := roles.PowerOf(role)
	return is
}
