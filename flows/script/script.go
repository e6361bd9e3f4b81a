// Package script has the commands and clicks by which the steps of the story are done by hand.
package script

import (
	"cmp"
	"fmt"
	"strings"

	"fix403/flows/change"
	"fix403/flows/params"
	"fix403/flows/roles"
	"fix403/keycloak/msg"
)

// Step is a step by hand: clicks, which are sentences, and texts to copy, which are the same in every language.
type Step struct {
	Console func(Scene) []msg.Message
	// Curl and Kcadm share shell variables with the other steps. Values are taken from JSON with grep, so that curl is all that
	// it needs; kcadm.sh keeps the admin's login in its own file in the home folder, and that of the client in one beside it.
	Curl, Kcadm func(Scene) string
	// Terraform returns blocks; the names of resources are the same in all steps.
	Terraform func(Scene) string
	// TypeScript returns statements of one program.
	TypeScript func(Scene) string
}

// Scene is what the texts are about.
type Scene struct {
	Practice              bool
	URL, Version          string // base URL of the server, and its version; "" before they are known
	AdminName, AdminRealm string // "" before a login
	AdminIsClient         bool
	Existing              bool // the realm is one that was there
	Params                params.Params
	// Audience says that the server shows that it may want the admin API in the audience of a token.
	Audience bool
	OldToken int // the status that the first call's token got after the grant; 0 where it was not tried
}

func lines(all ...msg.Message) []msg.Message { return all }

func joinLines(lines ...string) string { return strings.Join(lines, "\n") + "\n" }

// serverFor is the address that a text by hand names: that of the practice server is where fix403 practice serves.
func serverFor(s Scene) string {
	switch {
	case s.Practice:
		return "http://127.0.0.1:8403"
	case s.URL == "":
		return "http://localhost:8080"
	}
	return s.URL
}

// admin is who logs in, and the realm where.
type admin struct{ name, realm string }

func adminFor(s Scene) admin {
	return admin{cmp.Or(s.AdminName, "admin"), cmp.Or(s.AdminRealm, "master")}
}

var kcadmClientLogin = change.KcadmLogin(`"$KEYCLOAK"`, `"$REALM"`, "--client", `"$CLIENT_ID"`, "CLIENT_SECRET", `--config "$CLIENT_LOGIN" `)

// kcadmCall prints the status: kcadm.sh itself names it on some versions only.
func kcadmCall(comment string) []string {
	return []string{
		`kcadm.sh get "users/$USER_ID" -r "$REALM" --config "$CLIENT_LOGIN" -H 2>&1 |`,
		`  sed -n 's#^HTTP/[0-9.]* \([0-9]*\).*#\1#p'   # ` + comment,
	}
}

// oldTokenGets says what the old token gets after the grant.
func oldTokenGets(s Scene) string {
	if s.OldToken != 0 {
		return fmt.Sprintf("the old token: %d on this server", s.OldToken)
	}
	refused, passed := roles.OldTokenMeasured()
	return fmt.Sprintf("the old token: 403 on %s, 200 on %s", refused, passed)
}

// realmResource is the id of the story's realm: of one that is made, or was there.
func realmResource(s Scene) string {
	if s.Existing {
		return "data.keycloak_realm.story.id"
	}
	return "keycloak_realm.story.id"
}

// attributes are settings of a block, aligned as terraform fmt aligns them; the values are expressions.
func attributes(settings [][2]string) []string {
	width := 0
	for _, s := range settings {
		width = max(width, len(s[0]))
	}
	var lines []string
	for _, s := range settings {
		lines = append(lines, fmt.Sprintf("  %-*s = %s", width, s[0], s[1]))
	}
	return lines
}

// #nosec G101 -- the name of a variable
const askPassword = "   # and its password: read -rs ADMIN_PASSWORD"

// word is a default inside ${…:-…}: names and URLs as the inputs allow them need no quotes there.
func word(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("\"'`$\\{} \t\n", r) {
			return -1
		}
		return r
	}, s)
}

func handToken(variable string) string {
	return joinLines(change.CurlToken(variable, "$REALM", `-d grant_type=client_credentials --data-urlencode "client_id=$CLIENT_ID"`, "client_secret", "CLIENT_SECRET")...)
}

func handCall(token, comment string) string {
	return `bearer "$` + token + `" | curl -sS -o /dev/null -w '%{http_code}\n' \
  "$KEYCLOAK/admin/realms/$REALM/users/$USER_ID" -H @-   # ` + comment + "\n"
}
