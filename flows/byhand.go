package flows

import (
	"errors"
	"fmt"
	"strings"

	"fix403/keycloak"
)

// The steps by hand are shell commands that share variables, so that joined together they are a script: see [Script].
// Values are taken from JSON with grep, so that curl is all they
// need.

// quote makes one shell word of s.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func handConnect(s State) string {
	url, user, realm := s.URL, s.AdminName, s.AdminRealm
	where := ""
	switch {
	case s.Practice:
		url, where = "http://127.0.0.1:8403", "   # where fix403 practice serves"
	case url == "":
		url = "http://localhost:8080"
	}
	if realm == "" {
		realm = "master"
	}
	if user == "" {
		user = "admin"
	}
	if s.AdminIsClient {
		return fmt.Sprintf(`KEYCLOAK=${KEYCLOAK:-%s}
ADMIN_TOKEN=$(curl -fsS "$KEYCLOAK/realms/%s/protocol/openid-connect/token" \
  -d grant_type=client_credentials --data-urlencode client_id=%s \
  --data-urlencode "client_secret=$ADMIN_PASSWORD" | grep -o '"access_token":"[^"]*"' | cut -d'"' -f4)
`, word(url), word(realm), quote(user))
	}
	return fmt.Sprintf(`KEYCLOAK=${KEYCLOAK:-%s}%s
ADMIN_USER=${ADMIN_USER:-%s}   # and export ADMIN_PASSWORD
ADMIN_TOKEN=$(curl -fsS "$KEYCLOAK/realms/%s/protocol/openid-connect/token" \
  -d grant_type=password -d client_id=admin-cli \
  --data-urlencode "username=$ADMIN_USER" --data-urlencode "password=$ADMIN_PASSWORD" |
  grep -o '"access_token":"[^"]*"' | cut -d'"' -f4)
`, word(url), where, word(user), word(realm))
}

// word is a default inside ${…:-…}: names and URLs as the inputs allow them need no quotes there.
func word(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("\"'`$\\{} \t\n", r) {
			return -1
		}
		return r
	}, s)
}

func handRealm(s State) string {
	return fmt.Sprintf(`REALM=%s
curl -fsS "$KEYCLOAK/admin/realms" -H "Authorization: Bearer $ADMIN_TOKEN" \
  -H 'Content-Type: application/json' \
  -d '{"realm":"'"$REALM"'","enabled":true}'
`, quote(s.Params.Realm))
}

func handClient(s State) string {
	redirects := ""
	if uris := s.Params.RedirectURIs; len(uris) > 0 {
		redirects = `,
       "redirectUris":["` + strings.ReplaceAll(strings.Join(uris, `","`), "'", `'\''`) + `"]`
	}
	return fmt.Sprintf(`CLIENT_ID=%s
CLIENT_UUID=$(curl -fsS -D - -o /dev/null "$KEYCLOAK/admin/realms/$REALM/clients" \
  -H "Authorization: Bearer $ADMIN_TOKEN" -H 'Content-Type: application/json' \
  -d '{"clientId":"'"$CLIENT_ID"'","protocol":"openid-connect","enabled":true,
       "publicClient":false,"authorizationServicesEnabled":false,
       "standardFlowEnabled":true,"directAccessGrantsEnabled":true,
       "serviceAccountsEnabled":true%s}' |
  tr -d '\r' | sed -n 's#^[Ll]ocation:.*/##p')
CLIENT_SECRET=$(curl -fsS "$KEYCLOAK/admin/realms/$REALM/clients/$CLIENT_UUID/client-secret" \
  -H "Authorization: Bearer $ADMIN_TOKEN" | grep -o '"value":"[^"]*"' | cut -d'"' -f4)
`, quote(s.Params.ClientID), redirects)
}

func handUser(s State) string {
	email := ""
	if s.Params.Email != "" {
		email = `"email":"` + strings.ReplaceAll(s.Params.Email, "'", `'\''`) + `",`
	}
	return fmt.Sprintf(`USERNAME=%s
USER_ID=$(curl -fsS -D - -o /dev/null "$KEYCLOAK/admin/realms/$REALM/users" \
  -H "Authorization: Bearer $ADMIN_TOKEN" -H 'Content-Type: application/json' \
  -d '{"username":"'"$USERNAME"'",%s"enabled":true}' |
  tr -d '\r' | sed -n 's#^[Ll]ocation:.*/##p')
`, quote(s.Params.Username), email)
}

// #nosec G101 -- names of variables, no credentials
const handToken = `=$(curl -fsS "$KEYCLOAK/realms/$REALM/protocol/openid-connect/token" \
  -d grant_type=client_credentials -d "client_id=$CLIENT_ID" -d "client_secret=$CLIENT_SECRET" |
  grep -o '"access_token":"[^"]*"' | cut -d'"' -f4)
`

func handCall(token, comment string) string {
	return `curl -sS -o /dev/null -w '%{http_code}\n' "$KEYCLOAK/admin/realms/$REALM/users/$USER_ID" \
  -H "Authorization: Bearer $` + token + `"   # ` + comment + "\n"
}

func handFirstCall(State) string {
	return "TOKEN" + handToken + handCall("TOKEN", "403")
}

func handGrant(State) string {
	return `SERVICE_ACCOUNT=$(curl -fsS "$KEYCLOAK/admin/realms/$REALM/clients/$CLIENT_UUID/service-account-user" \
  -H "Authorization: Bearer $ADMIN_TOKEN" | grep -o '"id":"[^"]*"' | head -n 1 | cut -d'"' -f4)
REALM_MANAGEMENT=$(curl -fsS "$KEYCLOAK/admin/realms/$REALM/clients?clientId=realm-management" \
  -H "Authorization: Bearer $ADMIN_TOKEN" | grep -o '"id":"[^"]*"' | head -n 1 | cut -d'"' -f4)
ROLE=$(curl -fsS "$KEYCLOAK/admin/realms/$REALM/clients/$REALM_MANAGEMENT/roles/` + theRole + `" \
  -H "Authorization: Bearer $ADMIN_TOKEN")
curl -fsS "$KEYCLOAK/admin/realms/$REALM/users/$SERVICE_ACCOUNT/role-mappings/clients/$REALM_MANAGEMENT" \
  -H "Authorization: Bearer $ADMIN_TOKEN" -H 'Content-Type: application/json' \
  -d "[$ROLE]"
`
}

func handSecondCall(s State) string {
	old := "the old token: 403 up to 26.7.2, 200 on 26.7.3"
	if s.OldTokenCall != nil {
		old = fmt.Sprintf("the old token: %d on this server", s.OldTokenCall.Exchange.Status)
	}
	return handCall("TOKEN", old) + "NEW_TOKEN" + handToken + handCall("NEW_TOKEN", "200")
}

// Script is the whole story as a shell script with curl. It takes the admin's password from ADMIN_PASSWORD, prints the
// three status codes, and leaves the realm there; its last line says how to remove it.
func Script(s State) string {
	var b strings.Builder
	b.WriteString("#!/bin/sh\n# From 403 to 200: the story of fix403 by hand. Needs curl, and the admin's password in ADMIN_PASSWORD.\nset -eu\n")
	for _, step := range Steps() {
		fmt.Fprintf(&b, "\n# %s\n%s", step.Title, step.ByHand(s))
	}
	b.WriteString("\n# To remove it all:\n# curl -fsS -X DELETE \"$KEYCLOAK/admin/realms/$REALM\" -H \"Authorization: Bearer $ADMIN_TOKEN\"\n")
	return b.String()
}

func asKeycloakError(err error) *keycloak.Error {
	var e *keycloak.Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}
