package doctor

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"fix403/flows/change"
	"fix403/flows/gate"
	"fix403/flows/journal"
	"fix403/flows/roles"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
)

// The verdicts of the gate of roles.
const (
	// The account in whose name the call is made does not hold a role that allows it.
	RoleMissing Verdict = "role-missing"
	// The token is from before the account got the role, or the client's scope let it through, and this server reads roles from
	// the token.
	TokenStale Verdict = "token-stale"
	// The account holds the role, but the client's full scope is off and no scope mapping lets the role into its tokens.
	FullScopeOff Verdict = "full-scope-off"
	// The account holds the role, but the client lacks the default client scope roles, which writes roles into tokens, and this
	// server reads them from the token.
	RolesScopeMissing Verdict = "roles-scope-missing"
	// The client's tokens are lightweight and carry no roles, and this server reads roles from the token.
	LightweightToken Verdict = "lightweight-token"
	// The role is given to another account than the one in whose name the call is made.
	RoleOnWrongAccount Verdict = "role-on-wrong-account"
	// The account holds a role of the right name that is a realm role, or of another client than realm-management.
	SameNameElsewhere Verdict = "same-name-role-elsewhere"
	// The call succeeds, and its answer leaves out what the caller's roles do not show.
	FilteredList Verdict = "filtered-list"
	// The realm decides by permissions on single objects, and none lets the account at this one.
	FineGrained Verdict = "fine-grained-permissions"
)

var roleVerdicts = []remedy{
	{verdict: RoleMissing, changes: (*Doctor).giveRoles},
	{verdict: TokenStale, retry: true, say: correctCall},
	{verdict: FullScopeOff, changes: (*Doctor).letThrough},
	{verdict: RolesScopeMissing, changes: (*Doctor).addRolesScope},
	{verdict: LightweightToken, changes: (*Doctor).fullTokens},
	{verdict: RoleOnWrongAccount, changes: (*Doctor).giveRoles},
	{verdict: SameNameElsewhere, changes: (*Doctor).giveRoles},
	{verdict: FilteredList, changes: (*Doctor).giveRoles},
	{verdict: FineGrained, say: (*advice).permission},
}

// askMatrix finds which roles the call needs; nothing for an endpoint that nobody measured.
func (doc *Doctor) askMatrix() {
	if doc.d.Answer != nil {
		return
	}
	answer, err := doc.matrix.Find(doc.version, doc.call())
	if err != nil {
		doc.unseen("Which role the call needs: %s", err)
		return
	}
	doc.d.Answer = &answer
	if cover, err := doc.matrix.Cover(doc.version, []roles.Call{doc.call()}); err == nil && len(cover.Blocked) == 0 {
		doc.d.SmallestRoles = cover.Roles
	}
	measured, exact := roles.Nearest(doc.version)
	if !exact || !doc.told {
		doc.unseen("The roles on this very version: what is said of them was measured on %s (fix403 roles --live measures this server).", measured)
	}
}

// held are the roles by which the call is decided, as far as they can be seen, and whether they can.
func (doc *Doctor) held() ([]string, bool) {
	if doc.look.rolesSeen && !doc.byTokenAlone() {
		return doc.look.inScope, true
	}
	if doc.token == nil {
		return nil, false
	}
	return doc.token.Roles(doc.container()), doc.token.HasRoleClaims || doc.byTokenAlone()
}

// byTokenAlone tells whether the version is one that was measured to read roles from the token alone (FACTS, section 14).
// It only chooses which roles to compare with the matrix; what a server decided is seen in its answer.
func (doc *Doctor) byTokenAlone() bool {
	major, _, _ := strings.Cut(doc.version, ".")
	return slices.Contains([]string{"22", "23", "24", "25"}, major)
}

func (doc *Doctor) allows(held []string) (whole, filtered bool) {
	if doc.d.Answer == nil {
		return slices.Contains(held, roles.RealmAdmin), false
	}
	return doc.matrix.Allows(doc.version, doc.d.Answer.Endpoint, held)
}

func (doc *Doctor) letsIn(held []string) bool {
	whole, filtered := doc.allows(held)
	return whole || filtered
}

// atRole finds out why a sound token of the right realm gets 403, or will: predicted is for a call that is not sent.
func (doc *Doctor) atRole(ctx context.Context, predicted bool) error {
	if doc.token == nil {
		doc.stop(gate.Role, Undetermined, Likely, "What is sent as the token is none of Keycloak's, and the server lets it into the realm all the same: nothing shows in whose name the call is made, and with which roles.")
		doc.unseen("Which account stands behind this token: what replaces it by one of Keycloak's, in front of the server, knows that.")
		return nil
	}
	if err := doc.lookAtRoles(ctx); err != nil {
		return err
	}
	doc.askMatrix()
	doc.describeToken()
	see, d, container := &doc.look, doc.d, doc.container()
	carried := doc.token.Roles(container)
	var carries texts.Text = "It carries %s of %s."
	if !doc.token.HasRoleClaims {
		carries = "It carries %s of %s, and no role claim at all."
	}
	doc.observed(InToken, carries, listed(carried, "no role"), container)
	stop := func(v Verdict, c Certainty, format texts.Text, values ...any) {
		if predicted {
			c = Likely
		}
		doc.stop(gate.Role, v, c, format, values...)
	}
	if done, err := doc.newTokenPasses(ctx, predicted, stop); done || err != nil {
		return err
	}
	needs := roleWords(d.SmallestRoles)
	switch {
	case d.Answer == nil && !slices.Contains(carried, roles.RealmAdmin):
		stop(RoleMissing, Likely, "403 means that the token is fine and a role is missing; which one is not known for %s, since nobody measured this endpoint.", d.Call)
		return nil
	case d.Answer != nil && len(d.SmallestRoles) == 0:
		stop(RoleMissing, certain(see.rolesSeen), "No role of %s allows this call: it takes an admin of the realm master.", container)
		return nil
	case !see.rolesSeen:
		doc.roleUnseen(carried, needs, stop)
		return nil
	case !doc.letsIn(see.effective):
		return doc.roleNotHeld(ctx, carried, needs, stop)
	case !doc.letsIn(see.inScope):
		stop(FullScopeOff, Proved, "The account holds %s, but the client's full scope is off and no scope mapping lets the role into its tokens: add a scope mapping of %s, and leave full scope off.", doc.heldWords(see.effective), doc.heldWords(see.effective))
		d.SmallestRoles = doc.neededOf(see.effective)
		return nil
	case doc.letsIn(carried):
		stop(Undetermined, Likely, "The account holds %s, the token carries it, and the server refuses all the same.", doc.heldWords(see.effective))
		doc.unseen("What else decides here: a policy or extension in the server, or something in front of it. The server's log says more.")
		return nil
	}
	d.SmallestRoles = doc.neededOf(see.effective)
	switch c := see.client; {
	case c != nil && c.Lightweight && !doc.token.HasRoleClaims:
		stop(LightweightToken, Proved, "The account holds %s, but the client's tokens are lightweight and carry no roles, and this server decides by what the token carries: switch lightweight access tokens off for the client.", doc.heldWords(see.effective))
	case c != nil && !slices.Contains(c.DefaultScopes, "roles") && !doc.token.HasRoleClaims:
		stop(RolesScopeMissing, Proved, "The account holds %s, but the client lacks the default client scope roles, which writes roles into the token, and this server decides by what the token carries: add that scope.", doc.heldWords(see.effective))
	case doc.o.Given:
		stop(TokenStale, Likely, "The account holds %s, and the token does not carry it: it was issued before the role was given, or before the client's scope let it through. Get a new token.", doc.heldWords(see.effective))
		doc.unseen("Whether a new token passes: that takes the client's secret.")
	default:
		stop(Undetermined, Likely, "The account holds %s, and yet its new token does not carry it.", doc.heldWords(see.effective))
		doc.unseen("What keeps the role out of the token: look at the client's Client scopes tab, Evaluate.")
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
func (doc *Doctor) newTokenPasses(ctx context.Context, predicted bool, stop stopper) (done bool, _ error) {
	if doc.freshToken == nil || predicted {
		return false, nil
	}
	reply, err := doc.server.Send(ctx, keycloak.Request{Purpose: msg.New("the same call with a new token"), Method: doc.method, Path: doc.path, Authorization: doc.fresh})
	if ctx.Err() != nil {
		return true, ctx.Err()
	}
	if err != nil {
		return false, nil //nolint:nilerr // the call was answered; this one is only to learn more
	}
	doc.observed(OnWire, "The same call with a new token answered %s.", doc.answerWords(&reply))
	if reply.Exchange.Status == http.StatusForbidden {
		return false, nil
	}
	doc.d.Decided = "in-token"
	gained := doc.freshToken.Roles(doc.container())
	doc.observed(InToken, "The new token carries %s of %s.", listed(gained, "no role"), doc.container())
	doc.d.SmallestRoles = doc.neededOf(gained)
	stop(TokenStale, Proved, "The token is older than the role: this server reads roles from the token, and a new token passes. Get a new token after each change of roles.")
	return true, nil
}

// roleUnseen decides by the token alone.
func (doc *Doctor) roleUnseen(carried []string, needs msg.Message, stop stopper) {
	t := doc.token
	switch same := doc.sameName(tokenRoles(t)); {
	case doc.letsIn(carried):
		stop(RoleMissing, Likely, "The token carries a role for this call, and the server refuses it: the role was probably taken from the account since, which newer servers look at with each call. Give %s back, if the account is to have it.", needs)
	case !same.Empty():
		stop(SameNameElsewhere, Likely, "The token carries %s; it has the name of the right role, but only the role of the client %s counts: give %s of %s.", same, doc.container(), needs, doc.container())
	case doc.byTokenAlone() && lightweight(t):
		stop(LightweightToken, Likely, "The token is lightweight and carries no roles, and this server decides by what the token carries: switch lightweight access tokens off for the client. The account needs %s.", needs)
	default:
		stop(RoleMissing, Likely, "The token is fine, and carries no role that allows this call: give %s of %s to the account that calls%s.", needs, doc.container(), doc.accountWords())
	}
	doc.unseen("Whether the account holds the role and something keeps it from working (full scope off, no roles scope, a lightweight token, a token from before the grant), or holds it in another place: only an admin can see that.")
}

// lightweight tells whether a token has only the claims of a lightweight one (FACTS, section 7).
func lightweight(t *token.Token) bool {
	_, acr := t.Claims["acr"]
	_, username := t.Claims["preferred_username"]
	return !t.HasRoleClaims && !acr && !username
}

func tokenRoles(t *token.Token) []token.RoleOf {
	var out []token.RoleOf
	for _, r := range t.RealmRoles {
		out = append(out, token.RoleOf{Role: r})
	}
	for client, list := range t.ClientRoles {
		for _, r := range list {
			out = append(out, token.RoleOf{Client: client, Role: r})
		}
	}
	return out
}

// sameName names a role that has the name of one that the call needs and belongs to something else; empty for none.
func (doc *Doctor) sameName(held []token.RoleOf) msg.Message {
	for _, r := range held {
		if r.Client == doc.container() || !slices.Contains(doc.enough(), r.Role) {
			continue
		}
		if r.Client == "" {
			return msg.New("the realm role %s", r.Role)
		}
		return msg.New("the role %s of the client %s", r.Role, oneLine(r.Client))
	}
	return msg.Message{}
}

// enough are the names of all roles that could give the call its whole answer.
func (doc *Doctor) enough() []string {
	if doc.d.Answer == nil {
		return nil
	}
	names := slices.Concat(doc.d.Answer.Smallest, doc.d.Answer.Also, doc.d.SmallestRoles)
	return slices.DeleteFunc(names, func(r string) bool { return r == roles.RealmAdmin })
}

// roleNotHeld tells why an account that an admin can see does not hold the role.
func (doc *Doctor) roleNotHeld(ctx context.Context, carried []string, needs msg.Message, stop stopper) error {
	see := &doc.look
	if doc.letsIn(carried) {
		doc.d.Decided = "at-request"
		stop(RoleMissing, Proved, "The token still carries a role for this call, but the account does not hold it any more, and this server looks at both: give %s back, if the account is to have it.", needs)
		return nil
	}
	others, err := doc.admin.OtherRoles(ctx, doc.home(), see.account.ID, doc.container())
	if err := doc.tolerate(err, "Whether the account holds a role of the same name elsewhere"); err != nil {
		return err
	}
	if same := doc.sameName(others); !same.Empty() {
		doc.observed(AtServer, "The account %s holds %s.", see.account.Username, same)
		stop(SameNameElsewhere, Proved, "The account holds %s; it has the name of the right role, but only the role of the client %s counts: give %s of %s.", same, doc.container(), needs, doc.container())
		return nil
	}
	if see.realm != nil && see.realm.FineGrained && slices.ContainsFunc(see.effective, func(r string) bool { return strings.HasPrefix(r, "query-") }) {
		doc.observed(AtServer, "Admin permissions (fine-grained) are switched on in the realm %s.", doc.home())
		stop(FineGrained, Likely, "The realm decides by permissions on single objects, and no permission lets this account at this one: give it a permission on the object (Permissions in the Admin Console), or, for all objects, %s.", needs)
		doc.unseen("Which permissions and policies there are.")
		return nil
	}
	for _, role := range doc.d.SmallestRoles {
		holders, err := doc.admin.RoleHolders(ctx, doc.home(), see.container, role)
		if err := doc.tolerate(err, "Who else holds %s", role); err != nil {
			return err
		}
		if wrong := doc.wrongHolder(holders); !wrong.Empty() {
			doc.observed(AtServer, "The role %s is given to %s.", role, wrong)
			stop(RoleOnWrongAccount, Proved, "The role %s is given to %s, but the call is made in the name of %s: give it to that account. (The other grant is left as it is; take it back if it was a mistake.)", role, wrong, see.account.Username)
			return nil
		}
	}
	stop(RoleMissing, Proved, "The account %s does not hold a role that allows this call: give it %s of %s.", see.account.Username, needs, doc.container())
	return nil
}

// wrongHolder is the account that probably got the role by mistake: the user whom the call reads, or the only account
// that holds it.
func (doc *Doctor) wrongHolder(holders []keycloak.User) msg.Message {
	for _, u := range holders {
		if u.ID != "" && strings.Contains(doc.path, "/users/"+u.ID) {
			return msg.New("%s, the user whom the call is about", u.Username)
		}
	}
	if len(holders) == 1 && holders[0].ID != doc.look.account.ID {
		return msg.Verbatim(holders[0].Username)
	}
	return msg.Message{}
}

func (doc *Doctor) accountWords() string {
	if doc.token != nil && doc.token.Username != "" {
		return ", " + oneLine(doc.token.Username)
	}
	return ""
}

// neededOf picks, of the roles held, those by which the call is let in: the least that suffices.
func (doc *Doctor) neededOf(held []string) []string {
	if doc.d.Answer == nil {
		return []string{}
	}
	for _, list := range [][]string{doc.d.SmallestRoles, doc.d.Answer.Smallest, doc.d.Answer.Also, doc.d.Answer.Filtered} {
		for _, r := range list {
			if slices.Contains(held, r) && doc.letsIn([]string{r}) {
				return []string{r}
			}
		}
	}
	for _, set := range doc.d.Answer.Together {
		if !slices.ContainsFunc(set, func(r string) bool { return !slices.Contains(held, r) }) {
			return set
		}
	}
	return doc.d.SmallestRoles
}

func (doc *Doctor) heldWords(held []string) msg.Message { return roleWords(doc.neededOf(held)) }

// roleWords names roles that are needed together.
func roleWords(list []string) msg.Message {
	if len(list) == 0 {
		return msg.New("a role")
	}
	return andWords(list)
}

// giveRoles gives the account of the caller what the call needs, and takes away what would keep that from working.
func (doc *Doctor) giveRoles() []change.Change {
	changes := doc.forRoles(journal.ChangeGrant)
	if !doc.byServiceAccount() || doc.home() == "master" {
		if doc.token == nil {
			return nil // there is no telling to whom
		}
		for i := range changes {
			changes[i].ClientID, changes[i].UserID = "", doc.token.Subject
		}
	}
	return append(changes, doc.alsoInTheWay()...)
}

// letThrough adds the roles to the client's scope.
func (doc *Doctor) letThrough() []change.Change {
	return doc.forRoles(journal.ChangeScopeMapping)
}

// addRolesScope gives the client the client scope that writes roles into tokens.
func (doc *Doctor) addRolesScope() []change.Change {
	return []change.Change{{Kind: doc.rolesScopeChange(), Realm: doc.home(), ClientID: doc.o.ClientID, Role: "roles"}}
}

// fullTokens switches lightweight tokens off.
func (doc *Doctor) fullTokens() []change.Change {
	changes := []change.Change{{Kind: journal.ChangeHeavyweight, Realm: doc.home(), ClientID: doc.o.ClientID}}
	if !doc.look.rolesSeen { // the role may be missing as well; giving it again changes nothing
		changes = append(changes, doc.forRoles(journal.ChangeGrant)...)
	}
	return changes
}

// permission is only said: fix403 creates no permissions, and the role would be for all objects.
func (a *advice) permission() bool {
	changes := a.doc.giveRoles()
	a.console = []msg.Message{
		msg.New("For this object alone: choose the realm %s, then Permissions, and create a permission on it with a policy for the account (from 26.2).", a.doc.home()),
		msg.New("Or for all objects, by the role:"),
	}
	a.changes(changes)
	return len(changes) > 0
}

// rolesScopeChange is how the client scope roles becomes a default one of the client.
func (doc *Doctor) rolesScopeChange() journal.ChangeKind {
	if c := doc.look.client; c != nil && slices.Contains(c.OptionalScopes, "roles") {
		return journal.ChangeScopeDefault
	}
	return journal.ChangeDefaultScope
}

// alsoInTheWay are the changes without which a role that is given does not work either.
func (doc *Doctor) alsoInTheWay() []change.Change {
	client := doc.look.client
	if client == nil || !doc.look.rolesSeen {
		return nil
	}
	var changes []change.Change
	c := change.Change{Realm: doc.home(), ClientID: client.ClientID}
	for _, role := range doc.d.SmallestRoles {
		if !client.FullScope && !slices.Contains(doc.look.scoped, role) {
			c.Kind, c.Container, c.Role = journal.ChangeScopeMapping, doc.container(), role
			changes = append(changes, c)
		}
	}
	c.Container = ""
	if doc.byTokenAlone() && !slices.Contains(client.DefaultScopes, "roles") {
		c.Kind, c.Role = doc.rolesScopeChange(), "roles"
		changes = append(changes, c)
	}
	if doc.byTokenAlone() && client.Lightweight {
		c.Kind, c.Role = journal.ChangeHeavyweight, ""
		changes = append(changes, c)
	}
	return changes
}
