package doctor

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"fix403/flows"
	"fix403/flows/roles"
	"fix403/flows/texts"
	"fix403/keycloak"
)

// Fix is what mends a call, in the forms that people use. A form is nil or "" where it can not mend it.
type Fix struct {
	Console []string // clicks in the Admin Console
	// Curl and Kcadm are the lines of a shell script that mends the call and makes it again, or makes the right one. Secrets
	// come from the environment: ADMIN_PASSWORD, CLIENT_SECRET, and TOKEN where the program's own token is needed.
	Curl, Kcadm []string
	Terraform   string
	// TypeScript and Go get a token and make the call as it should be made; the secret is in CLIENT_SECRET.
	TypeScript, Go string

	elsewhere string // base URL, or the address of a redirect, at which the server is
	realm     string // the realm that was probably meant
	path      string // the path that was probably meant
	// What keeps a client from getting a token of its own, beside the setting of that name.
	bearerOnly, accountDisabled bool
}

// script puts a fix together, one change after the other.
type script struct {
	console, curl, kcadm, terraform []string
	admin                           bool // an admin's login comes first
}

func (s *script) change(c flows.Change) {
	s.admin = true
	s.console = append(s.console, c.Console()...)
	s.curl = append(s.curl, c.Curl()...)
	s.kcadm = append(s.kcadm, c.Kcadm()...)
	s.terraform = append(s.terraform, c.Terraform()...)
}

// advise fills in the fix for the verdict.
func (doc *Doctor) advise() {
	d := doc.d
	s := &script{}
	base, realm, path, clientID := doc.server.URL(), doc.o.Realm, doc.path, doc.o.ClientID
	call := true // a correct call ends the fix
	switch d.Verdict {
	case WrongBasePath, Redirected:
		better, err := keycloak.NormalizeURL(d.Fix.elsewhere)
		if call = err == nil && d.Fix.elsewhere != "" && !strings.HasPrefix(d.Fix.elsewhere, "/") && better != base; call {
			base = better
		}
	case HTTPSRequired:
		u, err := url.Parse(base)
		if call = err == nil && u.Port() == "" && u.Scheme == "http"; call {
			base = "https" + strings.TrimPrefix(base, "http")
		}
	case RealmNotFound:
		if call = d.Fix.realm != ""; call {
			if d.Gate == flows.GateRealm {
				path = strings.Replace(path, "/realms/"+escape(doc.pathRealm), "/realms/"+escape(d.Fix.realm), 1)
			} else {
				if doc.pathRealm == realm {
					path = strings.Replace(path, "/realms/"+escape(realm), "/realms/"+escape(d.Fix.realm), 1)
				}
				realm = d.Fix.realm
			}
		}
	case RealmDisabled:
		s.admin = true
		s.curl = []string{`curl -fsS -X PUT ` + flows.CurlRealm(realm) + bearerAdmin + ` -H 'Content-Type: application/json' -d '{"enabled":true}'`}
		s.kcadm = []string{`kcadm.sh update realms/` + flows.Quote(realm) + ` -s enabled=true`}
		s.console = []string{texts.T("Choose the realm %s (top left), then Realm settings.", realm), texts.T("Switch Enabled (top right) on.")}
		s.terraform = []string{`# In the resource of the realm:`, `resource "keycloak_realm" "realm" {`, `  realm   = ` + flows.HCL(realm), `  enabled = true`, `}`}
	case BadClientCredentials:
		call = doc.adviseSecret(s, &clientID)
	case ClientDisabled:
		s.client(realm, clientID, []string{"enabled=true"}, texts.T("Switch Enabled (top right) on."), "enabled   = true")
	case ServiceAccountOff:
		doc.adviseServiceAccount(s)
	case PublicClient:
		s.client(realm, clientID, []string{"publicClient=false", "serviceAccountsEnabled=true"},
			texts.T("Open the tab Settings, and there Capability config. Switch Client authentication on and check Service account roles (on 24.0.5: Service accounts roles). Press Save."),
			"access_type              = \"CONFIDENTIAL\"", "service_accounts_enabled = true")
		doc.grantSmallest(s)
		s.readSecret(realm, clientID)
	case BadScope, TokenExpired, ClockSkew, IssuerMismatch, UnknownSigningKey, WrongTokenType, NoBearerToken, MalformedToken, TokenStale:
	case TokenRevoked:
		if doc.look.account != nil && !doc.look.account.Enabled {
			s.user(doc.home(), doc.look.account)
		}
		call = !doc.look.noClient && !doc.look.noAccount
	case NoSuchEndpoint, ObjectNotFound:
		if call = d.Fix.path != ""; call {
			path = d.Fix.path
		}
	case RoleMissing, RoleOnWrongAccount, SameNameElsewhere, FilteredList, FullScopeOff, RolesScopeMissing, LightweightToken, FineGrained:
		doc.changes = doc.plan()
		s.changes(doc.changes)
		if d.Verdict == FineGrained {
			s.console = append([]string{
				texts.T("For this object alone: choose the realm %s, then Permissions, and create a permission on it with a policy for the account (from 26.2).", doc.home()),
				texts.T("Or for all objects, by the role:"),
			}, s.console...)
		}
		call = len(doc.changes) > 0
	case OverPrivileged:
		call = doc.adviseLess(s)
	default:
		call = false
	}
	if !call {
		return
	}
	f := &d.Fix
	f.Console = s.console
	path = doc.o.Recorder.Mask(path) // a query may hold secrets
	f.Curl = slices.Concat(doc.login(s, base), s.curl, doc.lastLines(realm, clientID, path))
	if len(s.kcadm) > 0 {
		f.Kcadm = append(doc.kcadmLogin(base), s.kcadm...)
	}
	f.Terraform = strings.Join(s.terraform, "\n")
	if clientID != "" && doc.byServiceAccount() {
		f.TypeScript, f.Go = typeScript(base, realm, clientID, doc.method, path), goProgram(base, realm, clientID, doc.method, path)
	}
}

// plan are the changes that mend a call at the gate of roles.
func (doc *Doctor) plan() []flows.Change {
	c := flows.Change{Kind: flows.ChangeGrant, Realm: doc.home(), ClientID: doc.o.ClientID, Container: doc.container()}
	if !doc.byServiceAccount() || doc.home() == "master" {
		c.ClientID, c.UserID = "", doc.token.Subject
	}
	switch doc.d.Verdict {
	case FullScopeOff:
		c.Kind, c.ClientID, c.UserID = flows.ChangeScopeMapping, doc.o.ClientID, ""
	case RolesScopeMissing:
		c.Kind, c.ClientID, c.UserID, c.Role, c.Container = doc.rolesScopeChange(), doc.o.ClientID, "", "roles", ""
		return []flows.Change{c}
	case LightweightToken:
		c.Kind, c.ClientID, c.UserID, c.Container = flows.ChangeHeavyweight, doc.o.ClientID, "", ""
		changes := []flows.Change{c}
		if !doc.look.rolesSeen { // the role may be missing as well; giving it again changes nothing
			changes = append(changes, doc.grants()...)
		}
		return changes
	default:
	}
	var changes []flows.Change
	for _, role := range doc.d.SmallestRoles {
		c.Role = role
		changes = append(changes, c)
	}
	if c.Kind == flows.ChangeGrant {
		changes = append(changes, doc.alsoInTheWay()...)
	}
	return changes
}

// rolesScopeChange is how the client scope roles becomes a default one of the client.
func (doc *Doctor) rolesScopeChange() flows.ChangeKind {
	if c := doc.look.client; c != nil && slices.Contains(c.OptionalScopes, "roles") {
		return flows.ChangeScopeDefault
	}
	return flows.ChangeDefaultScope
}

// alsoInTheWay are the changes without which a role that is given does not work either.
func (doc *Doctor) alsoInTheWay() []flows.Change {
	client := doc.look.client
	if client == nil || !doc.look.rolesSeen {
		return nil
	}
	var changes []flows.Change
	c := flows.Change{Realm: doc.home(), ClientID: client.ClientID}
	for _, role := range doc.d.SmallestRoles {
		if !client.FullScope && !slices.Contains(doc.look.scoped, role) {
			c.Kind, c.Container, c.Role = flows.ChangeScopeMapping, doc.container(), role
			changes = append(changes, c)
		}
	}
	c.Container = ""
	if doc.byTokenAlone() && !slices.Contains(client.DefaultScopes, "roles") {
		c.Kind, c.Role = doc.rolesScopeChange(), "roles"
		changes = append(changes, c)
	}
	if doc.byTokenAlone() && client.Lightweight {
		c.Kind, c.Role = flows.ChangeHeavyweight, ""
		changes = append(changes, c)
	}
	return changes
}

func (doc *Doctor) grants() []flows.Change {
	var changes []flows.Change
	for _, role := range doc.d.SmallestRoles {
		changes = append(changes, flows.Change{Kind: flows.ChangeGrant, Realm: doc.home(), ClientID: doc.o.ClientID, Container: doc.container(), Role: role})
	}
	return changes
}

// changes takes grants to one service account together.
func (s *script) changes(list []flows.Change) {
	var granted []string
	for _, c := range list {
		if c.Kind == flows.ChangeGrant && c.ClientID != "" && c.Container == keycloak.RealmManagement {
			granted = append(granted, c.Role)
			continue
		}
		s.change(c)
	}
	if i := slices.IndexFunc(list, func(c flows.Change) bool { return c.Kind == flows.ChangeGrant }); len(granted) > 0 {
		c := list[i]
		s.admin = true
		s.console = append(s.console, flows.GrantConsole(c.Realm, c.ClientID, granted...)...)
		s.curl = append(s.curl, flows.GrantCurl(c.Realm, c.ClientID, granted...)...)
		s.kcadm = append(s.kcadm, flows.GrantKcadm(c.Realm, c.ClientID, granted...)...)
		s.terraform = append(s.terraform, flows.GrantTerraform(c.Realm, c.ClientID, granted...)...)
	}
}

// grantSmallest adds the role that a new service account lacks.
func (doc *Doctor) grantSmallest(s *script) {
	doc.askMatrix()
	s.changes(doc.grants())
}

// byServiceAccount tells whether the call is made in the name of the client's service account, and not of a person.
func (doc *Doctor) byServiceAccount() bool {
	if a := doc.look.account; a != nil {
		return a.ServiceAccountOf != "" || strings.HasPrefix(a.Username, "service-account-")
	}
	if !doc.o.Given || doc.token == nil {
		return true
	}
	return doc.token.Username == "" || strings.HasPrefix(doc.token.Username, "service-account-")
}

// #nosec G101 -- the name of a variable
const bearerAdmin = ` -H "Authorization: Bearer $ADMIN_TOKEN"`

// put changes an object at a path below the realm: it reads it whole, exchanges some fields, and sends it back whole. A
// partial PUT of a client makes its service account anew on 24.0.5, without the roles (measured; not on 26.4.0 and 26.7.3).
func (s *script) put(realm, path string, fields []string) {
	s.admin = true
	edit := ""
	for _, field := range fields {
		name, value, _ := strings.Cut(field, "=")
		edit += fmt.Sprintf(` -e 's/"%s":%s/"%s":%s/'`, name, map[string]string{"true": "false", "false": "true"}[value], name, value)
	}
	s.curl = append(s.curl, `curl -fsS `+flows.CurlRealm(realm)+path+bearerAdmin+` | sed`+edit+` |`,
		`  curl -fsS -X PUT `+flows.CurlRealm(realm)+path+bearerAdmin+` -H 'Content-Type: application/json' -d @-`)
}

// client changes settings of a client, given as name=value.
func (s *script) client(realm, clientID string, fields []string, click string, terraform ...string) {
	s.console = append(s.console, flows.OpenClient(realm, clientID), click)
	s.curl = append(s.curl, flows.CurlClient("CLIENT_UUID", realm, clientID)...)
	s.put(realm, `"/clients/$CLIENT_UUID"`, fields)
	s.kcadm = append(s.kcadm, `CLIENT_UUID=$(kcadm.sh get clients -r `+flows.Quote(realm)+` -q `+flows.Quote("clientId="+clientID)+` --fields id --format csv --noquotes)`,
		`kcadm.sh update "clients/$CLIENT_UUID" -r `+flows.Quote(realm)+` -s `+strings.Join(fields, " -s "))
	s.terraform = append(s.terraform, `# In the resource of the client:`, `resource "keycloak_openid_client" "client" {`, `  realm_id  = `+flows.HCL(realm), `  client_id = `+flows.HCL(clientID), `  # …`)
	for _, line := range terraform {
		s.terraform = append(s.terraform, "  "+line)
	}
	s.terraform = append(s.terraform, `}`, "")
}

// user enables a user.
func (s *script) user(realm string, a *keycloak.Account) {
	s.console = append(s.console, texts.T("Choose the realm %s (top left), then Users, then %s. Switch Enabled (top right) on.", realm, a.Username))
	s.put(realm, `/users/`+escape(a.ID), []string{"enabled=true"})
	s.kcadm = append(s.kcadm, `kcadm.sh update users/`+escape(a.ID)+` -r `+flows.Quote(realm)+` -s enabled=true`)
}

// readSecret takes the client's secret from the server.
func (s *script) readSecret(realm, clientID string) {
	s.admin = true
	if !slices.ContainsFunc(s.curl, func(l string) bool { return strings.HasPrefix(l, "CLIENT_UUID=") }) {
		s.curl = append(s.curl, flows.CurlClient("CLIENT_UUID", realm, clientID)...)
	}
	s.curl = append(s.curl, `CLIENT_SECRET=$(curl -fsS `+flows.CurlRealm(realm)+`"/clients/$CLIENT_UUID/client-secret"`+bearerAdmin+` | grep -o '"value":"[^"]*"' | cut -d'"' -f4)`)
	s.console = append(s.console, texts.T("The tab Credentials of the client has its secret."))
}

// adviseSecret is for credentials that the token endpoint refuses; false where nothing can be named.
func (doc *Doctor) adviseSecret(s *script, clientID *string) bool {
	see := &doc.look
	switch {
	case see.noClient && len(see.similar) == 1:
		*clientID = see.similar[0]
	case see.noClient, see.client != nil && see.client.Authenticator != "" && see.client.Authenticator != "client-secret":
		return false
	}
	s.console = []string{flows.OpenClient(doc.o.Realm, *clientID)}
	s.readSecret(doc.o.Realm, *clientID)
	return true
}

// adviseServiceAccount is for a client that gets no token of its own.
func (doc *Doctor) adviseServiceAccount(s *script) {
	realm, clientID := doc.o.Realm, doc.o.ClientID
	if doc.d.Fix.accountDisabled {
		s.curl = slices.Concat(flows.CurlClient("CLIENT_UUID", realm, clientID), flows.CurlServiceAccount("ACCOUNT", realm))
		s.put(realm, `"/users/$ACCOUNT"`, []string{"enabled=true"})
		s.console = []string{texts.T("Choose the realm %s (top left), then Users, search for %s, open it, and switch Enabled (top right) on.", realm, "service-account-"+strings.ToLower(clientID))}
		return
	}
	fields := []string{"serviceAccountsEnabled=true"}
	if doc.d.Fix.bearerOnly {
		fields = append(fields, "bearerOnly=false")
	}
	s.client(realm, clientID, fields, texts.T("Open the tab Settings, and there Capability config. Check Service account roles (on 24.0.5: Service accounts roles). Press Save."), "service_accounts_enabled = true")
	doc.grantSmallest(s)
	if doc.d.Fix.bearerOnly {
		s.readSecret(realm, clientID)
	}
}

// adviseLess replaces roles that are more than the call needs. It is only said, never done by fix403: other calls of the
// client may need them.
func (doc *Doctor) adviseLess(s *script) bool {
	held, _ := doc.held()
	excess := doc.excess(held)
	if doc.look.rolesSeen {
		excess = slices.DeleteFunc(excess, func(r string) bool { return !slices.Contains(doc.look.direct, r) })
		if len(excess) == 0 {
			doc.d.Fix.Console = []string{texts.T("The roles come through a group or a composite role: take the account out of it, or make a smaller one for it.")}
			return false
		}
	} else if slices.Contains(excess, roles.RealmAdmin) {
		excess = []string{roles.RealmAdmin}
	}
	if doc.home() == "master" || !doc.byServiceAccount() {
		return false
	}
	missing := slices.DeleteFunc(doc.grants(), func(c flows.Change) bool { return slices.Contains(doc.look.direct, c.Role) })
	s.changes(missing)
	realm, clientID := doc.home(), doc.o.ClientID
	if len(missing) == 0 {
		s.admin = true
		s.curl = slices.Concat(flows.CurlClient("CLIENT_UUID", realm, clientID),
			flows.CurlClient("REALM_MANAGEMENT", realm, keycloak.RealmManagement), flows.CurlServiceAccount("SERVICE_ACCOUNT", realm))
	}
	for _, role := range excess {
		s.curl = append(s.curl,
			`ROLE=$(curl -fsS `+flows.CurlRealm(realm)+`"/clients/$REALM_MANAGEMENT/roles/"`+flows.Quote(escape(role))+bearerAdmin+`)`,
			`curl -fsS -X DELETE `+flows.CurlRealm(realm)+`"/users/$SERVICE_ACCOUNT/role-mappings/clients/$REALM_MANAGEMENT"`+bearerAdmin+` -H 'Content-Type: application/json' -d "[$ROLE]"`)
		s.kcadm = append(s.kcadm, `kcadm.sh remove-roles -r `+flows.Quote(realm)+` --uusername `+flows.Quote("service-account-"+strings.ToLower(clientID))+` --cclientid `+keycloak.RealmManagement+` --rolename `+flows.Quote(role))
		s.console = append(s.console, texts.T("In the same tab check %s and press Unassign, if no other call of the client needs it.", role))
	}
	if len(missing) == 0 {
		s.console = append([]string{texts.T("Choose the realm %s (top left), then Clients, then %s, then the tab Service account roles (on 24.0.5: Service accounts roles).", realm, clientID)}, s.console...)
	}
	return true
}

// login are the first lines of the script: the server, and the admin's token where one is needed.
func (doc *Doctor) login(s *script, base string) []string {
	var lines []string
	if file := doc.o.TLS.CACert; file != "" {
		lines = append(lines, `curl() { command curl --cacert `+flows.Quote(file)+` "$@"; }`)
	}
	admin := doc.o.Admin
	switch {
	case !s.admin:
		return append(lines, `KEYCLOAK=`+flows.Quote(base))
	case admin == nil:
		return append(lines, flows.LoginCurl(base, "master", "admin")...)
	case !admin.Token.Empty():
		return append(lines, `KEYCLOAK=`+flows.Quote(base), `: "${ADMIN_TOKEN:?an access token of the admin}"`)
	case admin.ClientID != "":
		return append(lines, `KEYCLOAK=`+flows.Quote(base),
			`ADMIN_TOKEN=$(curl -fsS "$KEYCLOAK/realms/"`+flows.Quote(escape(cmp.Or(admin.Realm, "master")))+`/protocol/openid-connect/token -d grant_type=client_credentials --data-urlencode `+flows.Quote("client_id="+admin.ClientID)+` --data-urlencode "client_secret=$ADMIN_PASSWORD" | grep -o '"access_token":"[^"]*"' | cut -d'"' -f4)`)
	default:
		return append(lines, flows.LoginCurl(base, cmp.Or(admin.Realm, "master"), admin.User)...)
	}
}

func (doc *Doctor) kcadmLogin(base string) []string {
	user, realm := "admin", "master"
	if a := doc.o.Admin; a != nil {
		realm = cmp.Or(a.Realm, "master")
		if a.ClientID != "" {
			return []string{`kcadm.sh config credentials --server ` + flows.Quote(base) + ` --realm ` + flows.Quote(realm) + ` --client ` + flows.Quote(a.ClientID) + ` --secret "$ADMIN_PASSWORD"`}
		}
		if a.User != "" {
			user = a.User
		}
	}
	return flows.LoginKcadm(base, realm, user)
}

// lastLines get a new token of the caller and make the call. A person's token the person's own program gets.
func (doc *Doctor) lastLines(realm, clientID, path string) []string {
	if !doc.byServiceAccount() || clientID == "" {
		return []string{`# Get a new token the way your program does, and put it into TOKEN.`, doc.callLine(path)}
	}
	return []string{
		`TOKEN=$(curl -fsS "$KEYCLOAK/realms/"` + flows.Quote(escape(realm)) + `/protocol/openid-connect/token \`,
		`  -d grant_type=client_credentials --data-urlencode ` + flows.Quote("client_id="+clientID) + ` --data-urlencode "client_secret=$CLIENT_SECRET" |`,
		`  grep -o '"access_token":"[^"]*"' | cut -d'"' -f4)`,
		doc.callLine(path),
	}
}

// callLine makes the call.
func (doc *Doctor) callLine(path string) string {
	line := `curl -fsS `
	switch doc.method {
	case http.MethodGet:
	case http.MethodHead:
		line += `-I `
	default:
		line += `-X ` + doc.method + ` `
	}
	line += `"$KEYCLOAK"` + flows.Quote(path) + ` -H "Authorization: Bearer $TOKEN"`
	if doc.method == http.MethodPost || doc.method == http.MethodPut {
		line += ` -H 'Content-Type: application/json' -d @body.json   # the body of your call`
	}
	return line
}
