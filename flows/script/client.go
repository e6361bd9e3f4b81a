package script

import (
	"fmt"
	"strings"

	"fix403/flows/change"
	"fix403/flows/console"
	"fix403/flows/sh"
	"fix403/keycloak/msg"
)

// Client creates the client.
var Client = Step{Console: clientConsole, Curl: clientCurl, Kcadm: clientKcadm, Terraform: clientTerraform, TypeScript: clientTypeScript}

func clientConsole(s Scene) []msg.Message {
	all := []msg.Message{
		msg.New("In the realm %s: Clients, Create client.", s.Params.Realm),
		msg.New("Leave the Client type OpenID Connect, enter %s as the Client ID, and press Next.", s.Params.ClientID),
		msg.New("Switch Client authentication on, and leave Authorization off."),
		msg.New("Check Standard flow, Direct access grants and %s, and press Next.", console.Of(s.Version).ServiceAccountRoles),
	}
	if len(s.Params.RedirectURIs) > 0 {
		all = append(all, msg.New("Enter %s under Valid redirect URIs.", strings.Join(s.Params.RedirectURIs, ", ")))
	}
	return lines(append(all, msg.New("Press Save. The tab Credentials has the client's secret."))...)
}

func clientCurl(s Scene) string {
	redirects := ""
	if uris := s.Params.RedirectURIs; len(uris) > 0 {
		redirects = `,
       "redirectUris":["` + strings.ReplaceAll(strings.Join(uris, `","`), "'", `'\''`) + `"]`
	}
	return fmt.Sprintf(`CLIENT_ID=%s
CLIENT_UUID=$(bearer "$ADMIN_TOKEN" |
  curl -fsS -D - -o /dev/null "$KEYCLOAK/admin/realms/$REALM/clients" \
  -H @- -H 'Content-Type: application/json' \
  -d '{"clientId":"'"$CLIENT_ID"'","protocol":"openid-connect","enabled":true,
       "publicClient":false,"authorizationServicesEnabled":false,
       "standardFlowEnabled":true,"directAccessGrantsEnabled":true,
       "serviceAccountsEnabled":true%s}' |
  tr -d '\r' | sed -n 's#^[Ll]ocation:.*/##p')
CLIENT_SECRET=$(bearer "$ADMIN_TOKEN" |
  curl -fsS "$KEYCLOAK/admin/realms/$REALM/clients/$CLIENT_UUID/client-secret" -H @- |
  grep -o '"value":"[^"]*"' | cut -d'"' -f4)
`, sh.Quote(s.Params.ClientID), redirects)
}

func clientKcadm(s Scene) string {
	last := `  -s directAccessGrantsEnabled=true -s serviceAccountsEnabled=true)`
	if uris := s.Params.RedirectURIs; len(uris) > 0 {
		last = strings.TrimSuffix(last, ")") + ` \` + "\n  -s " + sh.Quote(`redirectUris=["`+strings.Join(uris, `","`)+`"]`) + ")"
	}
	return joinLines(
		"CLIENT_ID="+sh.Quote(s.Params.ClientID),
		`CLIENT_UUID=$(kcadm.sh create clients -r "$REALM" -i -s "clientId=$CLIENT_ID" \`,
		`  -s protocol=openid-connect -s enabled=true -s publicClient=false \`,
		`  -s authorizationServicesEnabled=false -s standardFlowEnabled=true \`,
		last,
		`CLIENT_SECRET=$(kcadm.sh get "clients/$CLIENT_UUID/client-secret" -r "$REALM" \`,
		`  --fields value --format csv --noquotes)`)
}

func clientTerraform(s Scene) string {
	lines := []string{`resource "keycloak_openid_client" "client" {`}
	settings := [][2]string{
		{"realm_id", realmResource(s)}, {"client_id", change.HCL(s.Params.ClientID)}, {"access_type", `"CONFIDENTIAL"`},
		{"direct_access_grants_enabled", "true"}, {"service_accounts_enabled", "true"}, {"full_scope_allowed", "true"},
	}
	if uris := s.Params.RedirectURIs; len(uris) > 0 {
		var quoted []string
		for _, u := range uris {
			quoted = append(quoted, change.HCL(u))
		}
		settings = append(settings, [2]string{"standard_flow_enabled", "true"}, [2]string{"valid_redirect_uris", "[" + strings.Join(quoted, ", ") + "]"})
	} else {
		lines = []string{"# No standard flow: with it, the provider demands a redirect URI.", lines[0]}
	}
	return joinLines(append(append(lines, attributes(settings)...), `}`)...)
}
