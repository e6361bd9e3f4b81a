package doctor

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"

	"fix403/flows/change"
	"fix403/flows/doctor/answer"
	"fix403/flows/doctor/need"
	"fix403/flows/doctor/phrase"
	"fix403/flows/gate"
	"fix403/flows/journal"
	"fix403/flows/roles"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
)

// The verdicts of the gate of roles.
var (
	RoleMissing = &Verdict{id: "role-missing",
		cause: "The account in whose name the call is made does not hold a role that allows it.", changes: (*examination).grantRoles}
	TokenStale = &Verdict{id: "token-stale",
		cause: "The token is from before the account got the role, or the client's scope let it through, and this server reads roles from the token.", retry: true, advise: correctCall}
	FullScopeOff = &Verdict{id: "full-scope-off",
		cause: "The account holds the role, but the client's full scope is off and no scope mapping lets the role into its tokens.", changes: (*examination).letThrough}
	RolesScopeMissing = &Verdict{id: "roles-scope-missing",
		cause: "The account holds the role, but the client lacks the default client scope roles, which writes roles into tokens, and this server reads them from the token.", changes: (*examination).addRolesScope}
	LightweightToken = &Verdict{id: "lightweight-token",
		cause: "The client's tokens are lightweight and carry no roles, and this server reads roles from the token.", changes: (*examination).fullTokens}
	RoleOnWrongAccount = &Verdict{id: "role-on-wrong-account",
		cause: "The role is given to another account than the one in whose name the call is made.", changes: (*examination).grantRoles}
	SameNameElsewhere = &Verdict{id: "same-name-role-elsewhere",
		cause: "The account holds a role of the right name that is a realm role, or of another client than realm-management.", changes: (*examination).grantRoles}
	FilteredList = &Verdict{id: "filtered-list",
		cause: "The call succeeds, and its answer leaves out what the caller's roles do not show.", changes: (*examination).grantRoles, hides: true}
	FineGrained = &Verdict{id: "fine-grained-permissions",
		cause: "The realm decides by permissions on single objects, and none lets the account at this one.", advise: (*draft).permission, byHand: noPermissions}
)

var roleVerdicts = []*Verdict{RoleMissing, TokenStale, FullScopeOff, RolesScopeMissing, LightweightToken, RoleOnWrongAccount, SameNameElsewhere, FilteredList, FineGrained}

// roleGate decides whether the caller holds a role for the call.
type roleGate struct{}

// pass explains a 403, and compares the roles with the matrix for a call that is not sent.
func (roleGate) pass(ctx context.Context, x *examination) error {
	if x.reads() {
		if x.reply.Exchange.Status != http.StatusForbidden {
			return nil
		}
		return x.roleRefused(ctx, false)
	}
	if err := x.lookAtRoles(ctx); err != nil {
		return err
	}
	x.askMatrix()
	if held, _ := x.held(); x.letsIn(held) {
		return nil
	}
	return x.roleRefused(ctx, true)
}

// askMatrix finds which roles the call needs; nothing for an endpoint that was not measured.
func (x *examination) askMatrix() {
	if x.d.Answer != nil {
		return
	}
	answer, err := x.matrix.Find(x.on(), x.call())
	if err != nil {
		x.unseen("Which role the call needs: %s", err)
		return
	}
	x.d.Answer = &answer
	if !x.reads() {
		for _, c := range x.matrix.Conditions(x.on(), answer.Endpoint) {
			x.unseen("What the call is about, which decides, too: %s", c)
		}
	}
	x.chooseRoles()
	x.sureOfMatrix()
}

// need returns what the call needs, as far as that is known by now.
func (x *examination) need() *need.Need {
	return &need.Need{Matrix: x.matrix, On: x.on(), Reported: x.versionReported, Answer: x.d.Answer, Smallest: x.d.SmallestRoles, Equal: x.d.Equal}
}

// chooseRoles finds the least roles that the call needs, of those that the server has.
func (x *examination) chooseRoles() {
	n := x.need()
	doubt := n.Choose(x.call(), x.view.Known)
	x.d.SmallestRoles, x.d.Equal = n.Smallest, n.Equal
	x.quoteUnseen(doubt)
}

// lookAtKnown reads which roles the server has, and chooses among them.
func (x *examination) lookAtKnown(ctx context.Context) error {
	if err := x.view.LookAtKnown(ctx, x.by()); err != nil {
		return err
	}
	if x.d.Answer != nil && x.view.Known != nil {
		x.chooseRoles()
	}
	return nil
}

// on returns the version by which the matrix is asked.
func (x *examination) on() string { return cmp.Or(x.version, roles.Unknown) }

// sureOfMatrix reports whether the call was measured on this very version, and notes it where it was not.
func (x *examination) sureOfMatrix() bool {
	doubt := x.need().Doubt()
	x.quoteUnseen(doubt)
	return doubt.Empty()
}

// held returns the roles by which the call is decided, as far as they can be seen, and whether they can.
func (x *examination) held() ([]string, bool) {
	if x.view.RolesSeen && !x.byTokenAlone() {
		return x.view.InScope, true
	}
	if x.token == nil {
		return nil, false
	}
	return x.token.Roles(x.container()), x.token.HasRoleClaims || x.byTokenAlone()
}

// byTokenAlone reports whether the version is one that reads roles from the token alone, as well as that is known. It only
// chooses which roles to compare with the matrix; what a server decided is seen in its answer.
func (x *examination) byTokenAlone() bool { return roles.ByTokenAlone(x.version) }

// letsIn reports whether roles get any success from the call.
func (x *examination) letsIn(held []string) bool { return x.need().LetsIn(held) }

// neededOf picks, of the roles held, those by which the call is let in: the least that suffices.
func (x *examination) neededOf(held []string) []string { return x.need().Of(held) }

// roleRefused finds out why a sound token of the right realm gets 403, or will: predicted is for a call that is not sent.
func (x *examination) roleRefused(ctx context.Context, predicted bool) error {
	if x.token == nil {
		x.stop(gate.Role, Undetermined, Likely, "What is sent as the token is none of Keycloak's, and the server lets it into the realm all the same: nothing shows in whose name the call is made, and with which roles.")
		x.unseen("Which account stands behind this token: what replaces it by one of Keycloak's, in front of the server, knows that.")
		return nil
	}
	if err := x.lookAtRoles(ctx); err != nil {
		return err
	}
	if err := x.lookAtKnown(ctx); err != nil {
		return err
	}
	x.askMatrix()
	x.describeToken()
	see, d, container := &x.view, x.d, x.container()
	carried := x.token.Roles(container)
	var carries texts.Text = "It carries %s of %s."
	if !x.token.HasRoleClaims {
		carries = "It carries %s of %s, and no role claim at all."
	}
	x.observed(InToken, carries, phrase.Listed(carried, "no role"), container)
	stop := func(v *Verdict, c Certainty, format texts.Text, values ...any) {
		if predicted || v != TokenStale && !x.sureOfMatrix() { // that a new token passes was seen
			c = Likely
		}
		x.stop(gate.Role, v, c, format, values...)
	}
	if done, err := x.newTokenPasses(ctx, predicted, stop); done || err != nil {
		return err
	}
	if !predicted {
		x.offerLess()
	}
	needs := x.needs()
	switch {
	case d.Answer == nil && !slices.Contains(carried, roles.RealmAdmin):
		stop(RoleMissing, Likely, "403 means that the token is fine and a role is missing; which one is not known for %s, since nobody measured this endpoint.", d.Call)
		return nil
	case d.Answer != nil && len(d.SmallestRoles) == 0:
		stop(RoleMissing, certain(see.RolesSeen), "No role of %s allows this call: it takes an admin of the realm master.", container)
		return nil
	case !see.RolesSeen:
		x.roleUnseen(carried, needs, stop)
		return nil
	case !x.letsIn(see.Effective):
		return x.roleNotHeld(ctx, carried, needs, stop)
	case !x.letsIn(see.InScope):
		stop(FullScopeOff, Proved, "The account holds %s, but the client's full scope is off and no scope mapping lets the role into its tokens: add a scope mapping of %s, and leave full scope off.", x.heldWords(see.Effective), x.heldWords(see.Effective))
		d.SmallestRoles = x.neededOf(see.Effective)
		return nil
	case x.letsIn(carried) && !x.sureOfMatrix():
		stop(Undetermined, Likely, "The account holds %s, the token carries it, and this server refuses the call, though measured versions let it through: this version may take another role.", x.heldWords(see.Effective))
		return nil
	case x.letsIn(carried):
		stop(Undetermined, Likely, "The account holds %s, the token carries it, and the server refuses all the same.", x.heldWords(see.Effective))
		x.unseen("What else decides here: a policy or extension in the server, or something in front of it. The server's log says more.")
		return nil
	}
	d.SmallestRoles = x.neededOf(see.Effective)
	switch c := see.Client; {
	case c != nil && c.Lightweight && !x.token.HasRoleClaims:
		stop(LightweightToken, Proved, "The account holds %s, but the client's tokens are lightweight and carry no roles, and this server decides by what the token carries: switch lightweight access tokens off for the client.", x.heldWords(see.Effective))
	case c != nil && !slices.Contains(c.DefaultScopes, "roles") && !x.token.HasRoleClaims:
		stop(RolesScopeMissing, Proved, "The account holds %s, but the client lacks the default client scope roles, which writes roles into the token, and this server decides by what the token carries: add that scope.", x.heldWords(see.Effective))
	case x.o.Given:
		stop(TokenStale, Likely, "The account holds %s, and the token does not carry it: it was issued before the role was given, or before the client's scope let it through. Get a new token.", x.heldWords(see.Effective))
		x.unseen("Whether a new token passes: that takes the client's secret.")
	default:
		stop(Undetermined, Likely, "The account holds %s, and yet its new token does not carry it.", x.heldWords(see.Effective))
		x.unseen("What keeps the role out of the token: look at the client's Client scopes tab, Evaluate.")
	}
	return nil
}

func certain(seen bool) Certainty {
	if seen {
		return Proved
	}
	return Likely
}

// newTokenPasses makes the call again with a new token, in the case of a given one whose client can get one.
func (x *examination) newTokenPasses(ctx context.Context, predicted bool, stop stopper) (done bool, _ error) {
	if x.decodedNewToken == nil || predicted {
		return false, nil
	}
	reply, err := x.server.Send(ctx, keycloak.Request{Purpose: msg.New("the same call with a new token"), Method: x.method, Path: x.path, Authorization: x.newToken, AnyType: true})
	if ctx.Err() != nil {
		return true, ctx.Err()
	}
	if err != nil {
		return false, nil //nolint:nilerr // the call was answered; this one is only to learn more
	}
	x.observed(OnWire, "The same call with a new token answered %s.", answer.Words(&reply))
	if reply.Exchange.Status == http.StatusForbidden {
		return false, nil
	}
	x.rolesReadSeen = true
	gained := x.decodedNewToken.Roles(x.container())
	x.observed(InToken, "The new token carries %s of %s.", phrase.Listed(gained, "no role"), x.container())
	x.d.SmallestRoles = x.neededOf(gained)
	stop(TokenStale, Proved, "The token is older than the role: this server reads roles from the token, and a new token passes. Get a new token after each change of roles.")
	return true, nil
}

// roleUnseen decides by the token alone.
func (x *examination) roleUnseen(carried []string, needs msg.Message, stop stopper) {
	t := x.token
	switch same := x.sameName(need.RolesIn(t)); {
	case x.letsIn(carried):
		stop(RoleMissing, Likely, "The token carries a role for this call, and the server refuses it: the role was probably taken from the account since, which newer servers look at with each call. Give %s back, if the account is to have it.", needs)
	case !same.Empty():
		stop(SameNameElsewhere, Likely, "The token carries %s; it has the name of the right role, but only the role of the client %s counts: give %s of %s.", same, x.container(), needs, x.container())
	case x.byTokenAlone() && need.Lightweight(t):
		stop(LightweightToken, Likely, "The token is lightweight and carries no roles, and this server decides by what the token carries: switch lightweight access tokens off for the client. The account needs %s.", needs)
	default:
		stop(RoleMissing, Likely, "The token is fine, and carries no role that allows this call: give %s of %s to the account that calls%s.", needs, x.container(), x.accountWords())
	}
	x.unseen("Whether the account holds the role and something keeps it from working (full scope off, no roles scope, a lightweight token, a token from before the grant), or holds it in another place: only an admin can see that.")
}

// sameName names a role that has the name of one that the call needs and belongs to something else; empty for none.
func (x *examination) sameName(held []token.RoleOf) msg.Message {
	for _, r := range held {
		if r.Client == x.container() || !slices.Contains(x.need().Enough(), r.Role) {
			continue
		}
		if r.Client == "" {
			return msg.New("the realm role %s", r.Role)
		}
		return msg.New("the role %s of the client %s", r.Role, phrase.OneLine(r.Client))
	}
	return msg.Message{}
}

// roleNotHeld finds out why an account that an admin can see does not hold the role.
func (x *examination) roleNotHeld(ctx context.Context, carried []string, needs msg.Message, stop stopper) error {
	see := &x.view
	if x.letsIn(carried) {
		x.rolesReadSeen = true
		stop(RoleMissing, Proved, "The token still carries a role for this call, but the account does not hold it any more, and this server looks at both: give %s back, if the account is to have it.", needs)
		return nil
	}
	others, err := x.admin.OtherRoles(ctx, x.home(), see.Account.ID, x.container())
	if err := x.noteForbidden(err, "Whether the account holds a role of the same name elsewhere"); err != nil {
		return err
	}
	if same := x.sameName(others); !same.Empty() {
		x.observed(AtServer, "The account %s holds %s.", see.Account.Username, same)
		stop(SameNameElsewhere, Proved, "The account holds %s; it has the name of the right role, but only the role of the client %s counts: give %s of %s.", same, x.container(), needs, x.container())
		return nil
	}
	if see.Realm != nil && see.Realm.FineGrained && slices.ContainsFunc(see.Effective, func(r string) bool { return strings.HasPrefix(r, "query-") }) {
		x.observed(AtServer, "Admin permissions (fine-grained) are switched on in the realm %s.", x.home())
		stop(FineGrained, Likely, "The realm decides by permissions on single objects, and no permission lets this account at this one: give it a permission on the object (Permissions in the Admin Console), or, for all objects, %s.", needs)
		x.unseen("Which permissions and policies there are.")
		return nil
	}
	for _, role := range x.d.SmallestRoles {
		holders, err := x.admin.RoleHolders(ctx, x.home(), see.Container, role)
		if err := x.noteForbidden(err, "Who else holds %s", role); err != nil {
			return err
		}
		if wrong := x.wrongHolder(holders); !wrong.Empty() {
			x.observed(AtServer, "The role %s is given to %s.", role, wrong)
			stop(RoleOnWrongAccount, Proved, "The role %s is given to %s, but the call is made in the name of %s: give it to that account. (The other grant is left as it is; take it back if it was a mistake.)", role, wrong, see.Account.Username)
			return nil
		}
	}
	stop(RoleMissing, Proved, "The account %s does not hold a role that allows this call: give it %s of %s.", see.Account.Username, needs, x.container())
	return nil
}

// wrongHolder returns the account that probably got the role by mistake: the user whom the call reads, or the only account
// that holds it.
func (x *examination) wrongHolder(holders []keycloak.User) msg.Message {
	for _, u := range holders {
		if u.ID != "" && strings.Contains(x.path, "/users/"+u.ID) {
			return msg.New("%s, the user whom the call is about", u.Username)
		}
	}
	if len(holders) == 1 && holders[0].ID != x.view.Account.ID {
		return msg.Verbatim(holders[0].Username)
	}
	return msg.Message{}
}

func (x *examination) accountWords() string {
	if x.token != nil && x.token.Username != "" {
		return ", " + phrase.OneLine(x.token.Username)
	}
	return ""
}

func (x *examination) heldWords(held []string) msg.Message { return phrase.Roles(x.neededOf(held)) }

// grantRoles grants the account of the caller what the call needs, and removes what would keep that from working.
func (x *examination) grantRoles() []change.Change {
	changes := x.forRoles(journal.ChangeGrant)
	if !x.byServiceAccount() || x.home() == "master" {
		if x.token == nil {
			return nil // there is no telling to whom
		}
		for i := range changes {
			changes[i].ClientID, changes[i].UserID = "", x.token.Subject
		}
	}
	return append(changes, x.alsoInTheWay()...)
}

// letThrough adds the roles to the client's scope.
func (x *examination) letThrough() []change.Change {
	return x.forRoles(journal.ChangeScopeMapping)
}

// addRolesScope gives the client the client scope that writes roles into tokens.
func (x *examination) addRolesScope() []change.Change {
	return []change.Change{{Kind: x.rolesScopeChange(), Realm: x.home(), ClientID: x.o.ClientID, Role: "roles"}}
}

// fullTokens switches lightweight tokens off.
func (x *examination) fullTokens() []change.Change {
	changes := []change.Change{{Kind: journal.ChangeHeavyweight, Realm: x.home(), ClientID: x.o.ClientID}}
	if !x.view.RolesSeen { // the role may be missing as well; giving it again changes nothing
		changes = append(changes, x.forRoles(journal.ChangeGrant)...)
	}
	return changes
}

// noPermissions returns why --fix leaves a permission on one object to a person.
func noPermissions() error {
	return cannot("Create the permission in the Admin Console, or give the role by hand, as shown.", "A permission on the one object is smaller than a role, and fix403 does not create permissions.")
}

// permission is only said: fix403 creates no permissions, and the role would be for all objects.
func (a *draft) permission() bool {
	changes := a.x.grantRoles()
	a.Click(
		msg.New("For this object alone: choose the realm %s, then Permissions, and create a permission on it with a policy for the account (from 26.2).", a.x.home()),
		msg.New("Or for all objects, by the role:"),
	)
	a.Changes(changes)
	return len(changes) > 0
}

// rolesScopeChange returns how the client scope roles becomes a default one of the client.
func (x *examination) rolesScopeChange() journal.ChangeKind {
	if c := x.view.Client; c != nil && slices.Contains(c.OptionalScopes, "roles") {
		return journal.ChangeScopeDefault
	}
	return journal.ChangeDefaultScope
}

// alsoInTheWay returns the changes without which a role that is given does not work either.
func (x *examination) alsoInTheWay() []change.Change {
	client := x.view.Client
	if client == nil || !x.view.RolesSeen {
		return nil
	}
	var changes []change.Change
	c := change.Change{Realm: x.home(), ClientID: client.ClientID}
	for _, role := range x.toGrant() {
		if !client.FullScope && !slices.Contains(x.view.Scoped, role) {
			c.Kind, c.Container, c.Role = journal.ChangeScopeMapping, x.container(), role
			changes = append(changes, c)
		}
	}
	c.Container = ""
	if x.byTokenAlone() && !slices.Contains(client.DefaultScopes, "roles") {
		c.Kind, c.Role = x.rolesScopeChange(), "roles"
		changes = append(changes, c)
	}
	if x.byTokenAlone() && client.Lightweight {
		c.Kind, c.Role = journal.ChangeHeavyweight, ""
		changes = append(changes, c)
	}
	return changes
}
