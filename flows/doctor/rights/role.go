// Package rights has the gate of roles, and what is behind the last gate: whether an answer is whole, and what the
// caller may beyond it.
package rights

import (
	"context"
	"net/http"
	"slices"

	"fix403/flows/change"
	"fix403/flows/doctor/answer"
	"fix403/flows/doctor/beside"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/need"
	"fix403/flows/doctor/phrase"
	"fix403/flows/gate"
	"fix403/flows/journal"
	"fix403/flows/roles"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/sift"
	"fix403/keycloak/token"
)

// The verdicts of the gate of roles.
var (
	RoleMissing = &exam.Verdict{ID: "role-missing",
		Cause: "The account that makes the call does not hold a role that allows it.", Changes: GrantRoles}
	TokenStale = &exam.Verdict{ID: "token-stale",
		Cause: "The token was issued before the role was granted, or before the client's scope let it through, and this server reads roles from the token.", Retry: true, Advise: exam.CorrectCall}
	FullScopeOff = &exam.Verdict{ID: "full-scope-off",
		Cause: "The account holds the role, but the client's full scope is off and no scope mapping lets the role into its tokens.", Changes: LetThrough}
	RolesScopeMissing = &exam.Verdict{ID: "roles-scope-missing",
		Cause: "The account holds the role, but the client lacks the default client scope roles, which writes roles into tokens, and this server reads them from the token.", Changes: addRolesScope}
	LightweightToken = &exam.Verdict{ID: "lightweight-token",
		Cause: "The client's tokens are lightweight and carry no roles, and this server reads roles from the token.", Changes: fullTokens}
	RoleOnWrongAccount = &exam.Verdict{ID: "role-on-wrong-account",
		Cause: "The role is granted to an account other than the one that makes the call.", Changes: GrantRoles}
	SameNameElsewhere = &exam.Verdict{ID: "same-name-role-elsewhere",
		Cause: "The account holds a role of the right name, but it is a realm role, or belongs to a client other than realm-management.", Changes: GrantRoles}
	FilteredList = &exam.Verdict{ID: "filtered-list",
		Cause: "The call succeeds, but its response omits what the caller's roles do not show.", Changes: GrantRoles, Hides: true}
	FineGrained = &exam.Verdict{ID: "fine-grained-permissions",
		Cause: "Admin permissions (fine-grained) decide, and those of the account do not allow this call.", Advise: permissionByHand, ByHand: noPermissions}
)

// RoleVerdicts are those of this gate.
var RoleVerdicts = []*exam.Verdict{RoleMissing, TokenStale, FullScopeOff, RolesScopeMissing, LightweightToken, RoleOnWrongAccount, SameNameElsewhere, FilteredList, FineGrained}

// RoleGate decides whether the caller holds a role for the call.
type RoleGate struct{}

// Pass explains a 403, and compares the roles with the matrix for a call that is not sent.
func (RoleGate) Pass(ctx context.Context, x *exam.Examination) error {
	if x.CreatesRealm() && (!x.Sends() || refused(x)) {
		return mayCreateRealm(ctx, x)
	}
	if x.Sends() {
		if x.Reply.Exchange.Status != http.StatusForbidden {
			return nil
		}
		return roleRefused(ctx, x, false)
	}
	if err := x.LookAtRoles(ctx); err != nil {
		return err
	}
	if err := x.LookAtCall(ctx); err != nil {
		return err
	}
	x.AskMatrix()
	held, known := x.Held()
	if x.LetsIn(held) {
		return nil
	}
	if err := predictedByPermissions(ctx, x); err != nil || !x.Clue.Permitted.Empty() {
		return err
	}
	if !known && x.Token != nil {
		rolesUnseen(x)
		return nil
	}
	if err := roleRefused(ctx, x, true); err != nil {
		return err
	}
	unmet(x, held)
	return nil
}

// roleRefused finds out why a sound token of the right realm gets 403, or will: predicted is for a call that is not sent.
func roleRefused(ctx context.Context, x *exam.Examination, predicted bool) error {
	if x.Token == nil {
		x.Stop(gate.Role, exam.Undetermined, exam.Or("Which account is behind this token: something in front of the server replaces it with a Keycloak token, and knows that."), "What is sent is not a Keycloak token, yet the server accepts it: nothing shows which account makes the call, and with which roles.")
		return nil
	}
	if err := x.LookAtRoles(ctx); err != nil {
		return err
	}
	if err := x.LookAtCall(ctx); err != nil {
		return err
	}
	if err := x.LookAtKnown(ctx); err != nil {
		return err
	}
	x.AskMatrix()
	x.DescribeToken()
	see, d, container := &x.View, x.Diagnosis, x.Container()
	carried := x.Token.Roles(container)
	var carries texts.Text = "It carries %s of %s."
	if !x.Token.HasRoleClaims {
		carries = "It carries %s of %s, and no role claim at all."
	}
	x.Observed(exam.InToken, carries, phrase.Listed(carried, "no role"), container)
	stop := func(v *exam.Verdict, because exam.Because, format texts.Text, values ...any) {
		links := because.Links(x.Seen())
		if v != TokenStale { // which is seen by the new token that passes
			links = links.If(x.Need().Doubt())
		}
		x.Stop(gate.Role, v, links, format, values...)
	}
	if done, err := newTokenPasses(ctx, x, predicted, stop); done || err != nil {
		return err
	}
	if !predicted {
		x.OfferLess()
	}
	needs := x.Needs()
	if call, is := beside.Console(x.Path); is && x.Method == http.MethodGet {
		consoleRefused(x, call, stop)
		return nil
	}
	switch absent := x.Absent(); {
	case d.Answer == nil && absent != nil && !slices.Contains(carried, roles.RealmAdmin):
		stop(RoleMissing, exam.Or("What this endpoint requires: according to measurements this version does not have it. The server's log shows the missing role at level debug."), "403 means that the token is fine and a role is missing; which one is unknown. According to measurements the endpoint does not exist: %s", absent.Message)
		return nil
	case d.Answer == nil && !slices.Contains(carried, roles.RealmAdmin):
		stop(RoleMissing, exam.Or("What this endpoint requires: it was not measured. The server's log shows the missing role at level debug."), "403 means that the token is fine and a role is missing; which one is unknown for %s, since this endpoint was not measured.", d.Call)
		return nil
	case d.Answer != nil && len(x.Weighed.Demands) > 0 && len(d.SmallestRoles) == 0:
		if d, is := closed(x); is {
			stop(RoleMissing, exam.AllSeen.If(d.Inferred), "No role of %s allows this call: %s.", container, d.Why)
			return nil
		}
	case d.Answer != nil && len(d.SmallestRoles) == 0:
		because := exam.AllSeen
		if !see.RolesSeen {
			because = exam.But("Which roles the account holds: only an admin can see that.")
		}
		stop(RoleMissing, because, "No role of %s allows this call: it requires an admin of the master realm.", container)
		return nil
	case !see.RolesSeen:
		roleUnseen(x, carried, needs, stop)
		return nil
	case !x.LetsIn(see.Effective):
		return roleNotHeld(ctx, x, carried, needs, stop)
	case !x.LetsIn(see.InScope):
		if done, err := optionalScope(ctx, x, predicted, stop); done || err != nil {
			return err
		}
		stop(FullScopeOff, exam.AllSeen, "The account holds %s, but the client's full scope is off and no scope mapping lets the role into its tokens: add a scope mapping of %s, and leave full scope off.", x.HeldWords(see.Effective), x.HeldWords(see.Effective))
		d.SmallestRoles = x.NeededOf(see.Effective)
		return nil
	case x.LetsIn(carried) && !x.SureOfMatrix():
		stop(exam.Undetermined, exam.Or("Which role this version requires: fix403 roles --live measures this server."), "The account holds %s, the token carries it, and this server refuses the call, although measured versions allow it: this version may require another role.", x.HeldWords(see.Effective))
		return nil
	case x.LetsIn(carried):
		stop(exam.Undetermined, exam.Or("What else matters here: a policy or extension in the server, or something in front of it. See the server's log."), "The account holds %s, the token carries it, yet the server refuses.", x.HeldWords(see.Effective))
		return nil
	}
	d.SmallestRoles = x.NeededOf(see.Effective)
	switch c := see.Client; {
	case c != nil && c.Lightweight && !x.Token.HasRoleClaims:
		stop(LightweightToken, exam.AllSeen, "The account holds %s, but the client's tokens are lightweight and carry no roles, and this server decides by what the token carries: switch lightweight access tokens off for the client.", x.HeldWords(see.Effective))
	case c != nil && !slices.Contains(c.DefaultScopes, "roles") && !x.Token.HasRoleClaims:
		stop(RolesScopeMissing, exam.AllSeen, "The account holds %s, but the client lacks the default client scope roles, which writes roles into the token, and this server decides by what the token carries: add that scope.", x.HeldWords(see.Effective))
	case x.Options.Given:
		if x.MayBeExchanged() && !slices.Contains(x.Token.Audience, container) {
			stop(TokenStale, exam.Or("Whether the token is older than the role, or was exchanged for another audience: a new token obtained in the same way would show it."), "The account holds %s, and the token does not carry it: it was issued before the role was granted, or exchanged for another audience (it is for %s). Get a new one; if you exchange tokens, ask for the audience %s, or for none, since the next one lacks the role as well.", x.HeldWords(see.Effective), phrase.Listed(x.Token.Audience, "none"), container)
			break
		}
		stop(TokenStale, exam.But("Whether a new token passes: that requires the client's secret."), "The account holds %s, and the token does not carry it: it was issued before the role was granted, or before the client's scope let it through. Get a new token.", x.HeldWords(see.Effective))
	default:
		stop(exam.Undetermined, exam.Or("What keeps the role out of the token: look at the client's Client scopes tab, Evaluate."), "The account holds %s, yet its new token does not carry it.", x.HeldWords(see.Effective))
	}
	return nil
}

// newTokenPasses makes the call again with a new token, in the case of a given one whose client can get one.
func newTokenPasses(ctx context.Context, x *exam.Examination, predicted bool, stop exam.Stopper) (done bool, _ error) {
	if x.DecodedNewToken == nil || predicted || !x.Reads() {
		return false, nil
	}
	reply, err := x.Server.Send(ctx, keycloak.Request{Purpose: msg.New("the same call with a new token"), Method: x.Method, Path: x.Path, Authorization: x.NewToken, AnyType: true})
	if ctx.Err() != nil {
		return true, ctx.Err()
	}
	if err != nil {
		return false, nil //nolint:nilerr // the call was answered; this one is only to learn more
	}
	x.Observed(exam.OnWire, "The same call with a new token answered %s.", answer.Words(&reply))
	if reply.Exchange.Status == http.StatusForbidden {
		return false, nil
	}
	x.RolesReadSeen = true
	gained := x.DecodedNewToken.Roles(x.Container())
	x.Observed(exam.InToken, "The new token carries %s of %s.", phrase.Listed(gained, "no role"), x.Container())
	x.Diagnosis.SmallestRoles = x.NeededOf(gained)
	stop(TokenStale, exam.AllSeen, "A new token passes, and carries what this one lacks (%s): this one was issued before the grant, or requested with another scope. Get a new token after each change of roles.", x.HeldWords(gained))
	return true, nil
}

// consoleRefused is for a call of the Admin Console's own endpoints, which have a table of their own.
func consoleRefused(x *exam.Examination, call beside.ConsoleCall, stop exam.Stopper) {
	because := exam.AllSeen
	if !x.View.RolesSeen {
		because = exam.But("Which roles the account holds: only an admin can see that.")
	}
	if !call.Known(x.VersionOrUnknown()) {
		because = because.But("Which roles this call of the Admin Console requires on this version: it was measured on %s.", roles.Said(call.MeasuredOn()))
	}
	needs := x.Needs()
	switch see := &x.View; {
	case !see.RolesSeen:
		stop(RoleMissing, because, "This is one of the Admin Console's own calls. The token is fine, and carries no role that allows it: grant %s of %s to the caller's account%s. %s", needs, x.Container(), accountWords(x), call.More)
	case !call.LetsIn(see.Effective):
		stop(RoleMissing, because, "This is one of the Admin Console's own calls. The account %s does not hold a role that allows it: grant it %s of %s. %s", see.Account.Username, needs, x.Container(), call.More)
	case !call.LetsIn(see.InScope):
		stop(FullScopeOff, because, "This is one of the Admin Console's own calls. The account holds a role that allows it, but the client's full scope is off and no scope mapping lets that role into its tokens: add a scope mapping of %s, and leave full scope off. %s", needs, call.More)
	default:
		stop(exam.Undetermined, exam.Or("What else matters here: a policy or extension in the server, or something in front of it. See the server's log."), "This is one of the Admin Console's own calls. The account holds a role that was measured to allow it, yet the server refuses.")
	}
}

// roleUnseen decides by the token alone.
func roleUnseen(x *exam.Examination, carried []string, needs msg.Message, stop exam.Stopper) {
	t := x.Token
	unseen := exam.But("Whether the account holds the role and something keeps it from working (full scope off, no roles scope, a lightweight token, a token from before the grant), or holds it elsewhere: only an admin can see that.")
	switch same := sameName(x, need.RolesIn(t)); {
	case x.LetsIn(carried):
		stop(RoleMissing, unseen, "The token carries a role for this call, and the server refuses it: the role was probably revoked since, and this server checks what the account holds at each call. Grant %s again if the account should have it.", needs)
	case !same.Empty():
		stop(SameNameElsewhere, unseen, "The token carries %s; it has the name of the right role, but only the role of the client %s counts: grant %s of %s.", same, x.Container(), needs, x.Container())
	case x.ByTokenAlone() && need.Lightweight(t):
		stop(LightweightToken, unseen, "The token is lightweight and carries no roles, and this server decides by what the token carries: switch lightweight access tokens off for the client. The account needs %s.", needs)
	default:
		stop(RoleMissing, unseen, "The token is fine, and carries no role that allows this call: grant %s of %s to the caller's account%s.", needs, x.Container(), accountWords(x))
		orPermission(x)
	}
}

// sameName names a role that has the name of one that the call needs and belongs to something else; empty for none.
func sameName(x *exam.Examination, held []token.RoleOf) msg.Message {
	for _, r := range held {
		if r.Client == x.Container() || !slices.Contains(x.Need().Enough(), r.Role) {
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
func roleNotHeld(ctx context.Context, x *exam.Examination, carried []string, needs msg.Message, stop exam.Stopper) error {
	see := &x.View
	if x.LetsIn(carried) {
		x.RolesReadSeen = true
		stop(RoleMissing, exam.AllSeen, "The token still carries a role for this call, but the account no longer holds it, and this server checks what the account holds, whatever the token carries: grant %s again if the account should have it.", needs)
		return nil
	}
	others, err := x.Admin.OtherRoles(ctx, x.Home(), see.Account.ID, x.Container())
	if err := x.NoteForbidden(err, "Whether the account holds a role of the same name elsewhere"); err != nil {
		return err
	}
	if same := sameName(x, others); !same.Empty() {
		x.Observed(exam.AtServer, "The account %s holds %s.", see.Account.Username, same)
		stop(SameNameElsewhere, exam.AllSeen, "The account holds %s; it has the name of the right role, but only the role of the client %s counts: grant %s of %s.", same, x.Container(), needs, x.Container())
		return nil
	}
	if err := noteFirstKind(ctx, x); err != nil {
		return err
	}
	permissions, err := lookAtPermissions(ctx, x)
	if err != nil {
		return err
	}
	needs = x.Needs()
	if permissions != nil && permissionRefused(x, permissions, needs, stop) {
		return nil
	}
	defer func() { offerPermission(x, permissions) }()
	for _, role := range x.Diagnosis.SmallestRoles {
		if len(x.Weighed.Demands) > 0 { // the user in the path has it by right
			break
		}
		holders, err := x.Admin.RoleHolders(ctx, x.Home(), see.Container, role)
		if err := x.NoteForbidden(err, "Who else holds %s", role); err != nil {
			return err
		}
		if wrong := wrongHolder(x, holders); !wrong.Empty() {
			x.Observed(exam.AtServer, "The role %s is granted to %s.", role, wrong)
			stop(RoleOnWrongAccount, exam.AllSeen, "The role %s is granted to %s, but the call is made on behalf of %s: grant that account %s of %s. (The other grant is left unchanged; revoke it if it was a mistake.)", role, wrong, see.Account.Username, needs, x.Container())
			return nil
		}
		if len(holders) == 1 && holders[0].ID != see.Account.ID {
			x.Observed(exam.AtServer, "%s is also granted to %s, which shows nothing about this call.", role, holders[0].Username)
		}
	}
	because, more := exam.AllSeen, stillInTheWay(x)
	if !more.Empty() {
		because = exam.But("That the call passes with the role and the other change: both are missing, and neither was tried.")
	}
	stop(RoleMissing, because, "The account %s does not hold a role that allows this call: grant it %s of %s.", see.Account.Username, needs, x.Container())
	if !more.Empty() {
		x.Also(more)
	}
	return nil
}

// stillInTheWay says what would keep a call from working with the role, too; empty for nothing.
func stillInTheWay(x *exam.Examination) msg.Message {
	changes := alsoInTheWay(x)
	if len(changes) == 0 || x.BuiltIn() { // of admin-cli the server asks what the account holds
		return msg.Message{}
	}
	kind := changes[0].Kind
	if kind == journal.ChangeScopeMapping {
		return msg.New("The role alone is not enough: the client's full scope is off, and no scope mapping lets the role into its tokens, so add one as well.")
	}
	if kind == journal.ChangeHeavyweight {
		return msg.New("The role alone is not enough: the client's tokens are lightweight and carry no roles, so switch lightweight access tokens off as well.")
	}
	return msg.New("The role alone is not enough: the client lacks the default client scope roles, which writes roles into the token, so add it as well.")
}

func accountWords(x *exam.Examination) msg.Message {
	who := x.Who()
	if who.Name == "" && who.Kind != exam.User {
		return msg.Message{}
	}
	return msg.Concat(", ", who.Words())
}

// GrantRoles grants the account of the caller what the call needs, and removes what would keep that from working.
func GrantRoles(x *exam.Examination) []change.Change {
	if x.Clue.RealmRole != "" {
		return grantRealmRole(x)
	}
	changes := x.ForRoles(journal.ChangeGrant)
	if x.View.RolesSeen { // some of several roles may be held
		changes = sift.Out(changes, func(c change.Change) bool { return slices.Contains(x.View.Effective, c.Role) })
	}
	if x.BuiltIn() {
		return changes
	}
	return append(changes, alsoInTheWay(x)...)
}

// LetThrough adds the roles to the client's scope.
func LetThrough(x *exam.Examination) []change.Change {
	return x.ForRoles(journal.ChangeScopeMapping)
}

// addRolesScope gives the client the client scope that writes roles into tokens.
func addRolesScope(x *exam.Examination) []change.Change {
	return []change.Change{{Kind: rolesScopeChange(x), Realm: x.Home(), ClientID: x.Options.ClientID, Role: "roles"}}
}

// fullTokens switches lightweight tokens off.
func fullTokens(x *exam.Examination) []change.Change {
	changes := []change.Change{{Kind: journal.ChangeHeavyweight, Realm: x.Home(), ClientID: x.Options.ClientID}}
	if !x.View.RolesSeen { // the role may be missing as well; giving it again changes nothing
		changes = append(changes, x.ForRoles(journal.ChangeGrant)...)
	}
	return changes
}

// noPermissions returns why --fix leaves a permission on one object to a person.
func noPermissions() error {
	return exam.Cannot("Create the permission in the Admin Console, or grant the role by hand, as shown.", "A permission on the one object is smaller than a role, and fix403 does not create permissions.")
}

// permissionByHand is only said: fix403 creates no permissions, and the role would be for all objects.
func permissionByHand(a *exam.Draft) bool {
	changes := GrantRoles(a.X)
	if account := a.X.View.Account; account != nil && len(a.X.Clue.Permit) > 0 {
		a.Permissions(a.X.Home(), account.ID, account.Username, a.X.Clue.Permit)
		a.Click(msg.New("Or for all objects, by the role %s of %s.", a.X.Needs(), a.X.Container()))
		return true
	}
	a.Click(msg.New("In the realm %s, Permissions: add the account to the policy that the diagnosis names, if there is one.", a.X.Home()), msg.New("Or for all objects, by the role:"))
	a.Changes(changes)
	return len(changes) > 0
}

// rolesScopeChange returns how the client scope roles becomes a default one of the client.
func rolesScopeChange(x *exam.Examination) journal.ChangeKind {
	if c := x.View.Client; c != nil && slices.Contains(c.OptionalScopes, "roles") {
		return journal.ChangeScopeDefault
	}
	return journal.ChangeDefaultScope
}

// alsoInTheWay returns the changes without which a role that is given does not work either.
func alsoInTheWay(x *exam.Examination) []change.Change {
	client := x.View.Client
	if client == nil || !x.View.RolesSeen {
		return nil
	}
	var changes []change.Change
	c := change.Change{Realm: x.Home(), ClientID: client.ClientID}
	for _, role := range x.ToGrant() {
		if !client.FullScope && !slices.Contains(x.View.Scoped, role) {
			c.Kind, c.Container, c.Role = journal.ChangeScopeMapping, x.Container(), role
			changes = append(changes, c)
		}
	}
	c.Container = ""
	if x.ByTokenAlone() && !slices.Contains(client.DefaultScopes, "roles") {
		c.Kind, c.Role = rolesScopeChange(x), "roles"
		changes = append(changes, c)
	}
	if x.ByTokenAlone() && client.Lightweight {
		c.Kind, c.Role = journal.ChangeHeavyweight, ""
		changes = append(changes, c)
	}
	return changes
}
