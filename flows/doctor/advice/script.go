package advice

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"fix403/flows/change"
	"fix403/flows/sh"
)

// login returns the first lines of the script: the server, and the admin's token where one is needed.
func (d *Draft) login() []string {
	var lines []string
	if file := d.CACert; file != "" {
		lines = append(lines, `curl() { command curl --cacert `+sh.Quote(file)+` "$@"; }`)
	}
	admin := d.Admin
	server := slices.Concat([]string{`KEYCLOAK=` + sh.Quote(d.Base)}, change.CurlBearer())
	switch {
	case !d.admin:
		return append(lines, server...)
	case admin == nil:
		return append(lines, change.LoginCurl(d.Base, "master", "admin")...)
	case !admin.Token.Empty():
		return slices.Concat(lines, server, []string{`: "${ADMIN_TOKEN:?an access token of the admin}"`})
	case admin.ClientID != "":
		return slices.Concat(lines, server, clientToken("ADMIN_TOKEN", cmp.Or(admin.Realm, "master"), admin.ClientID, "", "ADMIN_PASSWORD"))
	default:
		return append(lines, change.LoginCurl(d.Base, cmp.Or(admin.Realm, "master"), admin.User)...)
	}
}

func (d *Draft) kcadmLogin() []string {
	user, realm := "admin", "master"
	if a := d.Admin; a != nil {
		realm = cmp.Or(a.Realm, "master")
		if a.ClientID != "" {
			return change.LoginKcadmClient(d.Base, realm, a.ClientID)
		}
		if a.User != "" {
			user = a.User
		}
	}
	return change.LoginKcadm(d.Base, realm, user)
}

// lastLines returns the lines that get a new token of the caller and make the call. A person's token comes from the person's own program.
func (d *Draft) lastLines() []string {
	if d.ClientID == "" || d.User == "" && !d.ServiceAccount {
		return []string{`# Get a new token the way your program does, and put it into TOKEN.`, d.callLine()}
	}
	return d.tokenLines()
}

// clientToken gets a token of a client's service account into a shell variable; scope may be "".
func clientToken(variable, realm, clientID, scope, secret string) []string {
	form := `-d grant_type=client_credentials --data-urlencode ` + sh.Quote("client_id="+clientID)
	if scope != "" {
		form += ` --data-urlencode ` + sh.Quote("scope="+scope)
	}
	return change.CurlToken(variable, change.RealmWord(realm), form, "client_secret", secret)
}

// callLine returns the line that makes the call.
func (d *Draft) callLine() string {
	line := `bearer "$TOKEN" | curl -fsS `
	if d.Proof.DPoP {
		bare, _, _ := strings.Cut(d.Path, "?")
		line = dpopCall(cmp.Or(d.Method, http.MethodGet), `"$KEYCLOAK"`+sh.Quote(bare))
	}
	switch d.Method {
	case http.MethodGet:
	case http.MethodHead:
		line += `-I `
	default:
		line += `-X ` + d.Method + ` `
	}
	line += `"$KEYCLOAK"` + sh.Quote(d.Path) + change.CurlByPipe
	if d.AsJSON {
		line += ` -H 'Accept: application/json'`
	}
	if d.Method == http.MethodPost || d.Method == http.MethodPut {
		line += ` -H 'Content-Type: application/json' -d @body.json   # the body of your call`
	}
	return line
}
