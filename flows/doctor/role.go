package doctor

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"fix403/flows"
	"fix403/flows/roles"
	"fix403/flows/texts"
	"fix403/keycloak"
)

// foreignToken tells whether the token is of another realm than the path's; those of master are let in everywhere.
func (doc *Doctor) foreignToken() bool {
	home := doc.home()
	return doc.token != nil && doc.token.Realm() != "" && doc.pathRealm != "" && home != doc.pathRealm && home != "master"
}

func (doc *Doctor) wrongRealm() {
	home := doc.home()
	doc.describeToken()
	doc.stop(flows.GateRealm, WrongRealm, Proved, "The token is of the realm %s, and the call is for %s: only tokens of the same realm, or of master, are let in, whatever roles they hold. Use a client of the realm %s, or call the realm %s.", oneLine(home), doc.pathRealm, doc.pathRealm, oneLine(home))
}

// closedRealm looks whether the realm refuses everybody: then a given token gets the same 403 as one without a role
// (measured on 24.0.5, 26.4.0 and 26.7.3), and only the token endpoint says why. It keeps the new token, if one comes.
func (doc *Doctor) closedRealm(ctx context.Context) (done bool, _ error) {
	if !doc.o.Given || doc.o.ClientID == "" {
		return false, nil
	}
	reply, err := doc.requestToken(ctx, "does the realm give tokens now?")
	if ctx.Err() != nil {
		return true, ctx.Err()
	}
	if err != nil {
		return false, nil //nolint:nilerr // the call was answered; this one is only to learn more
	}
	switch _, description := reply.Refusal(); description {
	case "HTTPS required":
		return doc.atReach(ctx, reply, nil)
	case "Realm not enabled":
		doc.observed(OnWire, "The token endpoint answered %s.", doc.answerWords(reply))
		doc.stop(flows.GateClient, RealmDisabled, Proved, "The realm %s is disabled, so it refuses every caller: enable it, if it was not switched off on purpose.", doc.o.Realm)
		return true, nil
	}
	if access := accessToken(reply.Body); access != "" && !doc.o.Secret.Empty() {
		if t, err := keycloak.DecodeToken(access); err == nil && sameCaller(t, doc.token) {
			doc.fresh, doc.freshToken = keycloak.NewSecret("Bearer "+access), t
		}
	}
	return false, nil
}

func sameCaller(a, b *keycloak.Token) bool {
	return a.Subject == b.Subject && a.Issuer == b.Issuer && a.AuthorizedParty == b.AuthorizedParty
}

func accessToken(body []byte) string {
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	_ = json.Unmarshal(body, &answer)
	return answer.AccessToken
}

// guessVersion takes the form of Keycloak's refusals for a hint at its version, where no admin was told it.
func (doc *Doctor) guessVersion(reply *keycloak.Reply) {
	if _, description := reply.Refusal(); !doc.told && reply.Exchange.Status >= 400 && strings.HasPrefix(description, "For more on this error") {
		doc.version = "24.0.5" // FACTS, section 0: later ones do not say that
	}
}

// atRoute judges the answer to a call that was sent: identity and realm are passed.
func (doc *Doctor) atRoute(ctx context.Context) error {
	status := doc.reply.Exchange.Status
	reason, _ := doc.reply.Refusal()
	_, err := doc.matrix.Match(doc.call())
	switch {
	case status == http.StatusForbidden:
		return doc.atRole(ctx, false)
	case status >= 200 && status < 300:
		return doc.passed(ctx)
	case status == http.StatusMethodNotAllowed:
		doc.stop(flows.GateRoute, MethodNotAllowed, Proved, "The endpoint is there and does not know the method %s: the server says so before it looks at any role.%s", doc.method, doc.methodsWords())
		if doc.pathRealm == "" {
			doc.d.Summary += " " + texts.T("The paths of the admin API begin with /admin/realms/ and the realm's name.")
		}
	case status == http.StatusNotFound && strings.HasPrefix(reason, "Organizations not enabled"):
		doc.stop(flows.GateRoute, NoSuchEndpoint, Proved, "Organizations are switched off in the realm %s, and with them this endpoint: switch them on in the realm's settings.", doc.pathRealm)
	case status == http.StatusNotFound && (strings.HasPrefix(reason, "HTTP 404") || strings.HasPrefix(reason, "Unable to find matching")):
		switch {
		case !strings.HasPrefix(doc.path, "/admin/"):
			doc.stop(flows.GateRoute, NoSuchEndpoint, Proved, "There is no such endpoint: the paths of the admin API begin with /admin/realms/, and this one does not.")
			doc.d.Fix.path = "/admin" + doc.path
		case err == nil:
			doc.stop(flows.GateRoute, NoSuchEndpoint, Proved, "The server says that it has no such endpoint, though the measured versions have: a query parameter may be of the wrong type, a feature may be switched off, or this version lacks it.")
		default:
			doc.stop(flows.GateRoute, NoSuchEndpoint, Proved, "There is no such endpoint on this server, which it says before it looks at any role: check the path.")
			if known := doc.methodsWords(); known != "" {
				doc.d.Summary = texts.T("There is no such endpoint with the method %s, which the server says before it looks at any role.", doc.method) + known
			}
		}
	case status == http.StatusNotFound:
		return doc.noObject(ctx, reason)
	case strings.Contains(doc.path, "//"):
		doc.stop(flows.GateRoute, NoSuchEndpoint, Proved, "The path has a double slash, which this server does not take (%s): leave one away.", cmp.Or(oneLine(reason), "400"))
		doc.d.Fix.path = strings.ReplaceAll(doc.path, "//", "/")
	default:
		doc.stop(flows.GateRoute, Undetermined, Likely, "The token was accepted, and the request itself was not: %s.", doc.answerWords(doc.reply))
		doc.unseen("Whether the roles suffice: the server did not get that far, or does not tell.")
	}
	return nil
}

func (doc *Doctor) call() roles.Call { return roles.Call{Method: doc.method, Path: doc.path} }

// methodsWords says with which methods the path was measured.
func (doc *Doctor) methodsWords() string {
	var known []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		if _, err := doc.matrix.Match(roles.Call{Method: method, Path: doc.path}); err == nil && method != doc.method {
			known = append(known, method)
		}
	}
	if len(known) == 0 {
		return ""
	}
	return " " + texts.T("It knows %s.", strings.Join(known, ", "))
}

// noObject is a 404 that tells of an object: only callers who may query get it.
func (doc *Doctor) noObject(ctx context.Context, reason string) error {
	doc.stop(flows.GateObject, ObjectNotFound, Proved, "The caller may ask, and there is no such object (%s): the rights are fine, and the id in the path is not one of realm %s.", strings.TrimSuffix(oneLine(cmp.Or(reason, "404")), "."), doc.pathRealm)
	segments := strings.Split(strings.Trim(pathOnly(doc.path), "/"), "/")
	i := slices.Index(segments, "users")
	if i < 0 || i+1 >= len(segments) || doc.token == nil {
		return nil
	}
	name := unescape(segments[i+1])
	reply, err := doc.server.Send(ctx, keycloak.Request{Purpose: "is it the name of a user?", Method: http.MethodGet,
		Path: doc.realmPath() + "/users?exact=true&username=" + url.QueryEscape(name), Authorization: doc.raw})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var users []struct{ ID, Username string }
	if err != nil || json.Unmarshal(reply.Body, &users) != nil || len(users) != 1 {
		return nil //nolint:nilerr // this was only to learn more
	}
	doc.observed(OnWire, "There is a user of the name %s, with the id %s.", oneLine(users[0].Username), oneLine(users[0].ID))
	doc.d.Summary += " " + texts.T("The path takes a user's id, and this is a user name.")
	segments[i+1] = escape(users[0].ID)
	doc.d.Fix.path = "/" + strings.Join(segments, "/")
	return nil
}

func pathOnly(path string) string {
	path, _, _ = strings.Cut(path, "?")
	return path
}

// fromMatrix judges a call that is not sent, since it could change something. The answer at hand is that to a GET on the
// same realm: the gates up to that of the realm are passed.
func (doc *Doctor) fromMatrix(ctx context.Context) error {
	doc.d.Status = 0
	if _, err := doc.matrix.Match(doc.call()); err != nil {
		if known := doc.methodsWords(); known != "" {
			doc.stop(flows.GateRoute, MethodNotAllowed, Likely, "The token is accepted, but %s is probably not a method of this endpoint.%s", doc.method, known)
			return nil
		}
		doc.stop(flows.GateRoute, Undetermined, Likely, "The token is accepted in this realm; of %s nothing is known: nobody measured it, and it is not sent, since it could change something.", doc.d.Call)
		return nil
	}
	if err := doc.probeObject(ctx); err != nil || doc.d.Verdict != "" {
		return err
	}
	if err := doc.lookAtRoles(ctx); err != nil {
		return err
	}
	doc.askMatrix()
	held, _ := doc.held()
	if whole, filtered := doc.allows(held); whole || filtered {
		doc.works(Likely)
		return nil
	}
	return doc.atRole(ctx, true)
}

// probeObject looks whether the object of a call that is not sent is there, where the caller may know.
func (doc *Doctor) probeObject(ctx context.Context) error {
	if _, err := doc.matrix.Match(roles.Call{Method: http.MethodGet, Path: doc.path}); err != nil {
		return nil //nolint:nilerr // no GET is known here, so there is nothing to look with
	}
	reply, err := doc.server.Send(ctx, keycloak.Request{Purpose: "is the object there? (in place of the call, which is not sent)", Method: http.MethodGet, Path: pathOnly(doc.path), Authorization: doc.raw})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	reason, _ := reply.Refusal()
	if err == nil && reply.Exchange.Status == http.StatusNotFound && reason != "" && !strings.HasPrefix(reason, "HTTP 404") {
		doc.observed(OnWire, "GET %s answered %s.", reply.Exchange.URL, doc.answerWords(&reply))
		return doc.noObject(ctx, reason)
	}
	return nil
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
	doc.observed(InToken, carries, listed(carried, texts.T("no role")), container)
	stop := func(v Verdict, c Certainty, format texts.Text, values ...any) {
		if predicted {
			c = Likely
		}
		doc.stop(flows.GateRole, v, c, format, values...)
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
	reply, err := doc.server.Send(ctx, keycloak.Request{Purpose: "the same call with a new token", Method: doc.method, Path: doc.path, Authorization: doc.fresh})
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
	doc.observed(InToken, "The new token carries %s of %s.", listed(gained, texts.T("no role")), doc.container())
	doc.d.SmallestRoles = doc.neededOf(gained)
	stop(TokenStale, Proved, "The token is older than the role: this server reads roles from the token, and a new token passes. Get a new token after each change of roles.")
	return true, nil
}

// roleUnseen decides by the token alone.
func (doc *Doctor) roleUnseen(carried []string, needs string, stop stopper) {
	t := doc.token
	switch same := doc.sameName(tokenRoles(t)); {
	case doc.letsIn(carried):
		stop(RoleMissing, Likely, "The token carries a role for this call, and the server refuses it: the role was probably taken from the account since, which newer servers look at with each call. Give %s back, if the account is to have it.", needs)
	case same != "":
		stop(SameNameElsewhere, Likely, "The token carries %s; it has the name of the right role, but only the role of the client %s counts: give %s of %s.", same, doc.container(), needs, doc.container())
	case doc.byTokenAlone() && lightweight(t):
		stop(LightweightToken, Likely, "The token is lightweight and carries no roles, and this server decides by what the token carries: switch lightweight access tokens off for the client. The account needs %s.", needs)
	default:
		stop(RoleMissing, Likely, "The token is fine, and carries no role that allows this call: give %s of %s to the account that calls%s.", needs, doc.container(), doc.accountWords())
	}
	doc.unseen("Whether the account holds the role and something keeps it from working (full scope off, no roles scope, a lightweight token, a token from before the grant), or holds it in another place: only an admin can see that.")
}

// lightweight tells whether a token has only the claims of a lightweight one (FACTS, section 7).
func lightweight(t *keycloak.Token) bool {
	_, acr := t.Claims["acr"]
	_, username := t.Claims["preferred_username"]
	return !t.HasRoleClaims && !acr && !username
}

func tokenRoles(t *keycloak.Token) []keycloak.RoleOf {
	var out []keycloak.RoleOf
	for _, r := range t.RealmRoles {
		out = append(out, keycloak.RoleOf{Role: r})
	}
	for client, list := range t.ClientRoles {
		for _, r := range list {
			out = append(out, keycloak.RoleOf{Client: client, Role: r})
		}
	}
	return out
}

// sameName finds a role that has the name of one that the call needs and belongs to something else, in words; "" for none.
func (doc *Doctor) sameName(held []keycloak.RoleOf) string {
	for _, r := range held {
		if r.Client == doc.container() || !slices.Contains(doc.enough(), r.Role) {
			continue
		}
		if r.Client == "" {
			return texts.T("the realm role %s", r.Role)
		}
		return texts.T("the role %s of the client %s", r.Role, oneLine(r.Client))
	}
	return ""
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
func (doc *Doctor) roleNotHeld(ctx context.Context, carried []string, needs string, stop stopper) error {
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
	if same := doc.sameName(others); same != "" {
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
		if wrong := doc.wrongHolder(holders); wrong != "" {
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
func (doc *Doctor) wrongHolder(holders []keycloak.User) string {
	for _, u := range holders {
		if u.ID != "" && strings.Contains(doc.path, "/users/"+u.ID) {
			return texts.T("%s, the user whom the call is about", u.Username)
		}
	}
	if len(holders) == 1 && holders[0].ID != doc.look.account.ID {
		return holders[0].Username
	}
	return ""
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

func (doc *Doctor) heldWords(held []string) string { return roleWords(doc.neededOf(held)) }

// roleWords names roles that are needed together.
func roleWords(list []string) string {
	if len(list) == 0 {
		return texts.T("a role")
	}
	return strings.Join(list, texts.T(" and "))
}
