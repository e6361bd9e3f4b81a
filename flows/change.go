package flows

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// Change is one change of a server's configuration by which a call comes to pass, small enough to be undone.
type Change struct {
	Kind     ChangeKind
	Realm    string
	ClientID string // whose service account, scope or settings are changed; "" for a person's account
	UserID   string // of the account that gets the role, for a person's
	// Container is the client that the role belongs to, usually realm-management.
	Container string
	Role      string // or the name of the client scope

	object  string // as the journal has it, see [Entry]
	run     string // likewise
	doubted bool   // announced, and never confirmed: see [Change.InDoubt]
}

// InDoubt reports whether it is not known that fix403 made the change: it was announced, and its end was never noted. What
// is found on the server then may be an admin's own.
func (c Change) InDoubt() bool { return c.doubted }

// ChangeKind is what a [Change] does.
type ChangeKind string

// The kinds of [Change]; they are the kinds of journal entries, too.
const (
	ChangeGrant        ChangeKind = "grant"           // gives a client role to an account
	ChangeScopeMapping ChangeKind = "scope-mapping"   // lets a role through a client's scope
	ChangeDefaultScope ChangeKind = "default-scope"   // makes a client scope a default one of the client
	ChangeScopeDefault ChangeKind = "scope-default"   // makes an optional client scope of the client a default one
	ChangeHeavyweight  ChangeKind = "lightweight-off" // switches lightweight access tokens of a client off
)

// Says is what the change does, as in "gives view-users of realm-management to the service account of svc".
func (c Change) Says() string {
	switch c.Kind {
	case ChangeGrant:
		if c.ClientID == "" {
			return texts.T("gives %s of %s to the user %s", c.Role, c.Container, c.UserID)
		}
		return texts.T("gives %s of %s to the service account of the client %s", c.Role, c.Container, c.ClientID)
	case ChangeScopeMapping:
		return texts.T("lets %s of %s through the scope of the client %s", c.Role, c.Container, c.ClientID)
	case ChangeDefaultScope, ChangeScopeDefault:
		return texts.T("makes the client scope %s a default one of the client %s", c.Role, c.ClientID)
	case ChangeHeavyweight:
		return texts.T("switches lightweight access tokens of the client %s off", c.ClientID)
	}
	return string(c.Kind)
}

func (c Change) entry(server string) Entry {
	run := c.run
	if run == "" {
		run = "doctor-" + NewRunID()
	}
	return Entry{Run: run, Server: server, Kind: string(c.Kind), Realm: c.Realm, Name: c.Role, ID: c.UserID, Client: c.ClientID, Container: c.Container}
}

// changeOf reads a change out of the journal; false for an entry of another kind.
func changeOf(e Entry) (Change, bool) {
	c := Change{Kind: ChangeKind(e.Kind), Realm: e.Realm, ClientID: e.Client, UserID: e.ID, Container: e.Container, Role: e.Name, object: e.Object, run: e.Run,
		doubted: e.Event == eventIntent && !e.stood}
	return c, e.isChange()
}

// roleOf is the change by which the role of a story was given.
func roleOf(e Entry) Change {
	c, _ := changeOf(e)
	c.Kind, c.UserID = ChangeGrant, ""
	return c
}

// Says names what an entry of the journal is about, as in "client app in the realm shop".
func Says(e Entry) string {
	if c, ok := changeOf(e); ok {
		return texts.T("what %s, in the realm %s", c.Says(), e.Realm)
	}
	if e.Kind == "realm" {
		return texts.T("realm %s", e.Name)
	}
	return texts.T("%s %s in the realm %s", KindWord(e.Kind), e.Name, e.Realm)
}

// Changes lists what was changed on a server and not undone, in the order in which it was done, and what is in doubt.
func Changes(j *Journal, server string) ([]Change, error) {
	entries, err := j.Outstanding(server)
	var changes []Change
	for _, o := range objects(entries) {
		if c, ok := changeOf(o.latest()); ok {
			changes = append(changes, c)
		}
	}
	return changes, err
}

// Apply makes the change, after it is journalled. A change that is there already is left alone, and not journalled: it is
// not ours to undo. Nothing in the realm master is ever changed.
func (c Change) Apply(ctx context.Context, admin *keycloak.Admin, j *Journal, server string) error {
	if c.Realm == "master" {
		return badInput("Change it by hand, if it is to be.", "fix403 changes nothing in the realm master: its clients and users are admins of all realms.")
	}
	p, err := c.find(ctx, admin)
	if err != nil || p.there {
		return err
	}
	e := c.entry(server)
	e.Object = p.object
	if err := j.intent(e); err != nil {
		return err
	}
	if err := p.set(true); err != nil {
		return errors.Join(err, c.settle(ctx, admin, j, e, err))
	}
	return j.confirmed(e)
}

// settle notes how a change ended that failed. Where the answer was lost, or one of two requests was refused, the server
// is asked: what was not there before the call and is there after it is ours.
func (c Change) settle(ctx context.Context, admin *keycloak.Admin, j *Journal, e Entry, failed error) error {
	notDone := keycloak.NotDone(failed)
	if !notDone || c.Kind == ChangeScopeDefault {
		p, err := c.find(ctx, admin)
		if err == nil && (p.there || p.half) {
			return j.confirmed(e)
		}
		notDone = notDone && err == nil // else it stays in doubt
	}
	if notDone {
		return j.notDone(e)
	}
	return nil
}

// Undo takes the change back. It is not an error if it is not there any more.
func (c Change) Undo(ctx context.Context, admin *keycloak.Admin, j *Journal, server string) error {
	if c.Realm == "master" {
		return badInput("", "fix403 changes nothing in the realm master.")
	}
	p, err := c.undoable(ctx, admin)
	e := c.entry(server)
	others, readErr := j.others(e)
	if err == nil && p != nil {
		err = p.set(false)
	}
	if err != nil && keycloak.KindOf(err) != keycloak.KindNotFound {
		return err
	}
	return errors.Join(readErr, j.removedWith(e, others))
}

// undoable is the place of a change that can be taken back; nil where there is nothing to take back: the client is
// another one of the same name, or somebody undid the change before.
func (c Change) undoable(ctx context.Context, admin *keycloak.Admin) (*place, error) {
	p, err := c.find(ctx, admin)
	switch {
	case keycloak.KindOf(err) == keycloak.KindNotFound:
		return nil, nil
	case err != nil:
		return nil, err
	case c.object != "" && c.object != p.object, !p.there && !p.half:
		return nil, nil
	}
	return &p, nil
}

// place is where a change is made.
type place struct {
	object string // uuid of the account or client
	there  bool   // the change is there
	half   bool   // the first of its two requests was made
	set    func(on bool) error
}

// find looks where the change is made, and whether it is.
func (c Change) find(ctx context.Context, admin *keycloak.Admin) (p place, err error) {
	var client *keycloak.ClientConfig
	p.object = c.UserID
	if c.ClientID != "" {
		if client, err = admin.ClientConfig(ctx, c.Realm, c.ClientID); err != nil {
			return p, err
		}
		p.object = client.ID
	}
	switch c.Kind {
	case ChangeDefaultScope:
		p.there = slices.Contains(client.DefaultScopes, c.Role)
		p.set = func(on bool) error { return admin.SetClientScope(ctx, c.Realm, client.ID, c.Role, false, on) }
		return p, nil
	case ChangeScopeDefault:
		p.there = slices.Contains(client.DefaultScopes, c.Role)
		p.half = !p.there && !slices.Contains(client.OptionalScopes, c.Role)
		p.set = func(on bool) error { // out of the one list first, then into the other
			if err := admin.SetClientScope(ctx, c.Realm, client.ID, c.Role, on, false); err != nil {
				return err
			}
			return admin.SetClientScope(ctx, c.Realm, client.ID, c.Role, !on, true)
		}
		return p, nil
	case ChangeHeavyweight:
		p.there = !client.Lightweight
		p.set = func(on bool) error { return admin.SetLightweight(ctx, c.Realm, client.ID, !on) }
		return p, nil
	case ChangeGrant, ChangeScopeMapping:
	}
	container, err := admin.FindClient(ctx, c.Realm, c.Container)
	if err != nil {
		return p, err
	}
	roles, err := admin.ClientRoles(ctx, c.Realm, container.ID)
	if err != nil {
		return p, err
	}
	i := slices.IndexFunc(roles, func(r keycloak.Role) bool { return r.Name == c.Role })
	if i < 0 {
		return p, &keycloak.Error{Kind: keycloak.KindNotFound, Message: msg.New("The client %s has no role %s.", c.Container, c.Role), Hint: msg.New("Create it again, or take a fresh realm.")}
	}
	var held []keycloak.Role
	if c.Kind == ChangeScopeMapping {
		held, err = admin.MappedScope(ctx, c.Realm, client.ID, container.ID)
		p.set = func(on bool) error {
			if on {
				return admin.MapScope(ctx, c.Realm, client.ID, container.ID, roles[i])
			}
			return admin.UnmapScope(ctx, c.Realm, client.ID, container.ID, roles[i])
		}
	} else {
		if client != nil {
			account, err := admin.ServiceAccount(ctx, c.Realm, client.ID)
			if err != nil {
				return p, err
			}
			p.object = account.ID
		}
		held, err = admin.DirectRoles(ctx, c.Realm, p.object, container.ID)
		p.set = func(on bool) error {
			if on {
				return admin.Grant(ctx, c.Realm, p.object, container.ID, roles[i], nil)
			}
			return admin.Revoke(ctx, c.Realm, p.object, container.ID, roles[i])
		}
	}
	p.there = slices.ContainsFunc(held, func(r keycloak.Role) bool { return r.Name == c.Role })
	return p, err
}

// The forms in which a person makes these changes by hand, as in [GrantConsole] and its like. A change is shown with
// those of its kind: all must be of one client or account.

// Console returns the clicks in the Admin Console, one line each.
func (c Change) Console() []string {
	open := OpenClient(c.Realm, c.ClientID)
	switch c.Kind {
	case ChangeGrant:
		if c.ClientID != "" {
			return GrantConsole(c.Realm, c.ClientID, c.Role)
		}
		return []string{
			texts.T("Choose the realm %s (top left), then Users, then the user with the id %s.", c.Realm, c.UserID),
			texts.T("Open the tab Role mapping, press Assign role and choose Client roles (on 24.0.5: Filter by clients)."),
			texts.T("Search for %s, check the one of the client %s, and press Assign.", c.Role, c.Container),
		}
	case ChangeScopeMapping:
		return []string{
			open, texts.T("Open the tab Client scopes, choose %s-dedicated, then its tab Scope. Leave Full scope allowed off.", c.ClientID),
			texts.T("Press Assign role and choose Client roles (on 24.0.5: Filter by clients)."),
			texts.T("Search for %s, check the one of the client %s, and press Assign.", c.Role, c.Container),
		}
	case ChangeScopeDefault:
		return []string{open, texts.T("Open the tab Client scopes, and choose Default in place of Optional at %s.", c.Role)}
	case ChangeDefaultScope:
		return []string{open, texts.T("Open the tab Client scopes and press Add client scope."), texts.T("Check %s, press Add, and choose Default.", c.Role)}
	case ChangeHeavyweight:
		return []string{open, texts.T("Open the tab Advanced, and there Advanced settings."), texts.T("Switch Always use lightweight access token off, and press Save.")}
	}
	return nil
}

// Curl returns shell commands with curl. They need what those of [GrantCurl] need.
func (c Change) Curl() []string {
	base := CurlRealm(c.Realm)
	const auth, body = CurlByPipe, ` \` + "\n" + `  -H 'Content-Type: application/json'`
	client := CurlClient("CLIENT_UUID", c.Realm, c.ClientID)
	role := append(CurlClient("CONTAINER", c.Realm, c.Container),
		`ROLE=$(`+CurlAdmin+base+`"/clients/$CONTAINER/roles/"`+Quote(url.PathEscape(c.Role))+auth+`)`)
	switch c.Kind {
	case ChangeGrant:
		if c.ClientID != "" {
			return GrantCurl(c.Realm, c.ClientID, c.Role)
		}
		return append(role, CurlAdmin+base+`"/users/"`+Quote(url.PathEscape(c.UserID))+`"/role-mappings/clients/$CONTAINER"`+auth+body+` -d "[$ROLE]"`)
	case ChangeScopeMapping:
		return append(append(client, role...),
			CurlAdmin+base+`"/clients/$CLIENT_UUID/scope-mappings/clients/$CONTAINER"`+auth+body+` -d "[$ROLE]"`)
	case ChangeDefaultScope, ChangeScopeDefault:
		lines := append(client,
			`SCOPE=$(`+CurlAdmin+base+`/client-scopes`+auth+` | tr '{' '\n' |`,
			`  grep `+Quote(`"name":"`+c.Role+`"`)+` | `+firstID+`)`)
		if c.Kind == ChangeScopeDefault {
			lines = append(lines, CurlAdmin+`-X DELETE `+base+`"/clients/$CLIENT_UUID/optional-client-scopes/$SCOPE"`+auth)
		}
		return append(lines, CurlAdmin+`-X PUT `+base+`"/clients/$CLIENT_UUID/default-client-scopes/$SCOPE"`+auth)
	case ChangeHeavyweight:
		return append(client, CurlEdit(base+`"/clients/$CLIENT_UUID"`,
			`'s/"client.use.lightweight.access.token.enabled":"true"/"client.use.lightweight.access.token.enabled":"false"/'`)...)
	}
	return nil
}

// Kcadm returns commands of Keycloak's own bin/kcadm.sh, after a login.
func (c Change) Kcadm() []string {
	realm := ` -r ` + Quote(c.Realm)
	find := func(variable, clientID string) string {
		return variable + `=$(kcadm.sh get clients` + realm + ` -q ` + Quote("clientId="+clientID) + ` --fields id --format csv --noquotes)`
	}
	switch c.Kind {
	case ChangeGrant:
		if c.ClientID != "" {
			return GrantKcadm(c.Realm, c.ClientID, c.Role)
		}
		return []string{`kcadm.sh add-roles` + realm + ` --uid ` + Quote(c.UserID) + ` --cclientid ` + Quote(c.Container) + ` --rolename ` + Quote(c.Role)}
	case ChangeScopeMapping:
		return []string{
			find("CLIENT_UUID", c.ClientID), find("CONTAINER", c.Container),
			`ROLE=$(kcadm.sh get "clients/$CONTAINER/roles/"` + Quote(c.Role) + realm + `)`,
			`kcadm.sh create "clients/$CLIENT_UUID/scope-mappings/clients/$CONTAINER"` + realm + ` -b "[$ROLE]"`,
		}
	case ChangeDefaultScope, ChangeScopeDefault:
		lines := []string{
			find("CLIENT_UUID", c.ClientID),
			`SCOPE=$(kcadm.sh get client-scopes` + realm + ` --fields id,name --format csv --noquotes | grep ` + Quote(","+c.Role+"$") + ` | cut -d, -f1)`,
		}
		if c.Kind == ChangeScopeDefault {
			lines = append(lines, `kcadm.sh delete "clients/$CLIENT_UUID/optional-client-scopes/$SCOPE"`+realm)
		}
		return append(lines, `kcadm.sh update "clients/$CLIENT_UUID/default-client-scopes/$SCOPE"`+realm+` -b '{}'`)
	case ChangeHeavyweight:
		return []string{find("CLIENT_UUID", c.ClientID),
			`kcadm.sh update "clients/$CLIENT_UUID"` + realm + ` -s 'attributes."client.use.lightweight.access.token.enabled"=false'`}
	}
	return nil
}

// Terraform returns blocks for the provider keycloak/keycloak, for a client that is not managed by Terraform.
func (c Change) Terraform() []string {
	realm := HCL(c.Realm)
	data := func() []string {
		lines := append(dataClient("client", realm, c.ClientID), "")
		return append(append(lines, dataClient("container", realm, c.Container)...), "",
			`data "keycloak_role" "role" {`, `  realm_id  = `+realm, `  client_id = data.keycloak_openid_client.container.id`, `  name      = `+HCL(c.Role), `}`, "")
	}
	switch c.Kind {
	case ChangeGrant:
		if c.ClientID != "" {
			return GrantTerraform(c.Realm, c.ClientID, c.Role)
		}
		lines := append(dataClient("container", realm, c.Container), "",
			`data "keycloak_role" "role" {`, `  realm_id  = `+realm, `  client_id = data.keycloak_openid_client.container.id`, `  name      = `+HCL(c.Role), `}`, "")
		return append(lines, `resource "keycloak_user_roles" "account" {`, `  realm_id   = `+realm, `  user_id    = `+HCL(c.UserID),
			`  role_ids   = [data.keycloak_role.role.id]`, `  exhaustive = false`, `}`)
	case ChangeScopeMapping:
		return append(data(), `resource "keycloak_generic_role_mapper" "`+strings.ReplaceAll(c.Role, "-", "_")+`" {`,
			`  realm_id  = `+realm, `  client_id = data.keycloak_openid_client.client.id`, `  role_id   = data.keycloak_role.role.id`, `}`)
	case ChangeDefaultScope, ChangeScopeDefault:
		return append(append(dataClient("client", realm, c.ClientID), ""),
			`# This resource owns the whole list: add the client's other default scopes.`,
			`resource "keycloak_openid_client_default_scopes" "client" {`, `  realm_id       = `+realm, `  client_id      = data.keycloak_openid_client.client.id`,
			`  default_scopes = ["web-origins", "acr", "profile", "`+c.Role+`", "basic", "email"]`, `}`)
	case ChangeHeavyweight:
		return []string{`# In the resource of the client:`, `resource "keycloak_openid_client" "client" {`, `  realm_id  = ` + realm, `  client_id = ` + HCL(c.ClientID),
			`  # …`, `  extra_config = { "client.use.lightweight.access.token.enabled" = "false" }`, `}`}
	}
	return nil
}
