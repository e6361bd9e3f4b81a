package doctor

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"fix403/flows/change"
	"fix403/flows/journal"
	"fix403/flows/params"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// Fix is what mends a call, in the forms that people use. A form is nil or "" where it cannot mend it.
type Fix struct {
	Console []msg.Message // clicks in the Admin Console
	Caution msg.Message   // precedes the lines of Curl and Kcadm as a comment; empty for none
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
	builtIn                     bool // the client is one of Keycloak's own: nothing of it is changed
}

// Script returns the lines of Curl or Kcadm behind the caution, which say renders.
func (f *Fix) Script(lines []string, say func(msg.Message) string) []string {
	if f.Caution.Empty() || len(lines) == 0 {
		return lines
	}
	return append([]string{"# " + say(f.Caution)}, lines...)
}

// advise fills in the fix for the verdict.
func (doc *Doctor) advise() {
	d, a := doc.d, &advice{of: doc.examination, base: doc.server.URL(), realm: doc.o.Realm, path: doc.path, clientID: doc.o.ClientID}
	switch v := d.Verdict; {
	case d.Fix.builtIn:
		return
	case v.changes != nil:
		doc.changes = v.changes(doc.examination)
		a.changes(doc.changes)
		if len(doc.changes) == 0 {
			return
		}
	case v.advise == nil || !v.advise(a):
		return
	}
	f, path := &d.Fix, doc.o.Recorder.Mask(a.path) // a query may hold secrets
	f.Console, f.Caution = a.console, doc.caution()
	f.Curl = slices.Concat(doc.login(a), a.curl, doc.lastLines(a.realm, a.clientID, path))
	if len(a.kcadm) > 0 {
		f.Kcadm = append(doc.kcadmLogin(a.base), a.kcadm...)
	}
	f.Terraform = strings.Join(a.terraform, "\n")
	if a.clientID != "" && doc.byServiceAccount() {
		f.TypeScript, f.Go = typeScript(a.base, a.realm, a.clientID, doc.method, path), goProgram(a.base, a.realm, a.clientID, doc.method, path)
	}
}

// advice is a fix while it is put together: one change after the other, and the call that ends it.
type advice struct {
	of                          *examination
	console                     []msg.Message
	curl, kcadm, terraform      []string
	admin                       bool // an admin's login comes first
	base, realm, path, clientID string
}

// correctCall is for a cause that is mended by making the call as it is said.
func correctCall(*advice) bool { return true }

// add is for a change that an admin makes.
func (a *advice) add(console []msg.Message, curl, kcadm, terraform []string) {
	a.admin = true
	a.console = append(a.console, console...)
	a.curl = append(a.curl, curl...)
	a.kcadm = append(a.kcadm, kcadm...)
	a.terraform = append(a.terraform, terraform...)
}

// forRoles makes a change of the client for each role that the call needs.
func (x *examination) forRoles(kind journal.ChangeKind) []change.Change {
	var changes []change.Change
	for _, role := range x.d.SmallestRoles {
		changes = append(changes, change.Change{Kind: kind, Realm: x.home(), ClientID: x.o.ClientID, Container: x.container(), Role: role})
	}
	return changes
}

// changes takes grants to one service account together.
func (a *advice) changes(list []change.Change) {
	var granted []string
	for _, c := range list {
		if c.Kind == journal.ChangeGrant && c.ClientID != "" && c.Container == keycloak.RealmManagement {
			granted = append(granted, c.Role)
			continue
		}
		a.add(c.Console(), c.Curl(), c.Kcadm(), c.Terraform())
	}
	if i := slices.IndexFunc(list, func(c change.Change) bool { return c.Kind == journal.ChangeGrant }); len(granted) > 0 {
		c := list[i]
		a.add(change.GrantConsole(c.Realm, c.ClientID, granted...), change.GrantCurl(c.Realm, c.ClientID, granted...),
			change.GrantKcadm(c.Realm, c.ClientID, granted...), change.GrantTerraform(c.Realm, c.ClientID, granted...))
	}
}

// grantSmallest adds the role that a new service account lacks.
func (a *advice) grantSmallest() {
	a.of.askMatrix()
	a.changes(a.of.forRoles(journal.ChangeGrant))
}

// byServiceAccount reports whether the call is made in the name of the client's service account, and not of a person.
func (x *examination) byServiceAccount() bool {
	if a := x.view.account; a != nil {
		return a.ServiceAccountOf != "" || strings.HasPrefix(a.Username, "service-account-")
	}
	if !x.o.Given || x.token == nil {
		return true
	}
	return x.token.Username == "" || strings.HasPrefix(x.token.Username, "service-account-")
}

// put changes an object at a path below the realm: it reads it whole, exchanges some fields, and sends it back whole. A
// partial PUT of a client makes its service account anew on 24.0.5, without the roles (measured; not on 26.4.0 and 26.7.3).
func (a *advice) put(realm, path string, fields []string) {
	a.admin = true
	edit := ""
	for _, field := range fields {
		name, value, _ := strings.Cut(field, "=")
		edit += fmt.Sprintf(` -e 's/"%s":%t/"%s":%s/'`, name, value == "false", name, value)
	}
	a.curl = append(a.curl, change.CurlEdit(change.CurlRealm(realm)+path, strings.TrimSpace(edit))...)
}

// client changes settings of a client, given as name=value.
func (a *advice) client(fields []string, click msg.Message, terraform ...string) {
	a.console = append(a.console, change.OpenClient(a.realm, a.clientID), click)
	a.curl = append(a.curl, change.CurlClient("CLIENT_UUID", a.realm, a.clientID)...)
	a.put(a.realm, `"/clients/$CLIENT_UUID"`, fields)
	a.kcadm = append(a.kcadm, `CLIENT_UUID=$(kcadm.sh get clients -r `+params.Quote(a.realm)+` -q `+params.Quote("clientId="+a.clientID)+` --fields id --format csv --noquotes)`,
		`kcadm.sh update "clients/$CLIENT_UUID" -r `+params.Quote(a.realm)+` -s `+strings.Join(fields, " -s "))
	a.terraform = append(a.terraform, `# In the resource of the client:`, `resource "keycloak_openid_client" "client" {`, `  realm_id  = `+change.HCL(a.realm), `  client_id = `+change.HCL(a.clientID), `  # …`)
	for _, line := range terraform {
		a.terraform = append(a.terraform, "  "+line)
	}
	a.terraform = append(a.terraform, `}`, "")
}

// readSecret takes the client's secret from the server.
func (a *advice) readSecret() {
	a.admin = true
	if !slices.ContainsFunc(a.curl, func(l string) bool { return strings.HasPrefix(l, "CLIENT_UUID=") }) {
		a.curl = append(a.curl, change.CurlClient("CLIENT_UUID", a.realm, a.clientID)...)
	}
	a.curl = append(a.curl, `CLIENT_SECRET=$(`+change.CurlAdmin+change.CurlRealm(a.realm)+`"/clients/$CLIENT_UUID/client-secret"`+change.CurlByPipe+` |`,
		`  grep -o '"value":"[^"]*"' | cut -d'"' -f4)`)
	a.console = append(a.console, msg.New("The tab Credentials of the client has its secret."))
}

// login are the first lines of the script: the server, and the admin's token where one is needed.
func (x *examination) login(a *advice) []string {
	var lines []string
	if file := x.o.TLS.CACert; file != "" {
		lines = append(lines, `curl() { command curl --cacert `+params.Quote(file)+` "$@"; }`)
	}
	admin := x.o.Admin
	server := slices.Concat([]string{`KEYCLOAK=` + params.Quote(a.base)}, change.CurlBearer())
	switch {
	case !a.admin:
		return append(lines, server...)
	case admin == nil:
		return append(lines, change.LoginCurl(a.base, "master", "admin")...)
	case !admin.Token.Empty():
		return slices.Concat(lines, server, []string{`: "${ADMIN_TOKEN:?an access token of the admin}"`})
	case admin.ClientID != "":
		return slices.Concat(lines, server, clientToken("ADMIN_TOKEN", cmp.Or(admin.Realm, "master"), admin.ClientID, "ADMIN_PASSWORD"))
	default:
		return append(lines, change.LoginCurl(a.base, cmp.Or(admin.Realm, "master"), admin.User)...)
	}
}

func (x *examination) kcadmLogin(base string) []string {
	user, realm := "admin", "master"
	if a := x.o.Admin; a != nil {
		realm = cmp.Or(a.Realm, "master")
		if a.ClientID != "" {
			return change.LoginKcadmClient(base, realm, a.ClientID)
		}
		if a.User != "" {
			user = a.User
		}
	}
	return change.LoginKcadm(base, realm, user)
}

// lastLines get a new token of the caller and make the call. A person's token the person's own program gets.
func (x *examination) lastLines(realm, clientID, path string) []string {
	if !x.byServiceAccount() || clientID == "" {
		return []string{`# Get a new token the way your program does, and put it into TOKEN.`, x.callLine(path)}
	}
	return append(clientToken("TOKEN", realm, clientID, "CLIENT_SECRET"), x.callLine(path))
}

// clientToken gets a token of a client's service account into a shell variable.
func clientToken(variable, realm, clientID, secret string) []string {
	form := `-d grant_type=client_credentials --data-urlencode ` + params.Quote("client_id="+clientID)
	return change.CurlToken(variable, change.RealmWord(realm), form, "client_secret", secret)
}

// callLine makes the call.
func (x *examination) callLine(path string) string {
	line := `bearer "$TOKEN" | curl -fsS `
	switch x.method {
	case http.MethodGet:
	case http.MethodHead:
		line += `-I `
	default:
		line += `-X ` + x.method + ` `
	}
	line += `"$KEYCLOAK"` + params.Quote(path) + change.CurlByPipe
	if x.method == http.MethodPost || x.method == http.MethodPut {
		line += ` -H 'Content-Type: application/json' -d @body.json   # the body of your call`
	}
	return line
}
