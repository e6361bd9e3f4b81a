package manual

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"fix403/flows/change"
	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

func lines(all ...msg.Message) []msg.Message { return all }

func joinLines(lines ...string) string { return strings.Join(lines, "\n") + "\n" }

// serverFor is the address that a text by hand names: that of the practice server is where fix403 practice serves.
func serverFor(s story.State) string {
	switch {
	case s.Practice:
		return "http://127.0.0.1:8403"
	case s.URL == "":
		return "http://localhost:8080"
	}
	return s.URL
}

// adminFor is the admin and his realm.
func adminFor(s story.State) (name, realm string) {
	if name, realm = s.AdminName, s.AdminRealm; name == "" {
		name = "admin"
	}
	if realm == "" {
		realm = "master"
	}
	return name, realm
}

// The clicks. The practice server has no Admin Console.
var handConsole = map[story.StepID]func(story.State) []msg.Message{
	story.StepConnect: func(s story.State) []msg.Message {
		name, realm := adminFor(s)
		switch {
		case s.Practice:
			return lines(msg.New("The practice server has no Admin Console. On a Keycloak of yours:"), msg.New("open its address with /admin at the end, and log in as an admin of the realm %s.", realm))
		case s.AdminIsClient:
			return lines(msg.New("Open %s, and log in as an admin of the realm %s.", serverFor(s)+"/admin", realm), msg.New("The client %s, as which fix403 is logged in, cannot log in there.", name))
		}
		return lines(msg.New("Open %s.", serverFor(s)+"/admin/"+url.PathEscape(realm)+"/console/"), msg.New("Log in as %s.", name))
	},
	story.StepRealm: func(s story.State) []msg.Message {
		if s.Existing {
			return lines(msg.New("The realm %s is there, and stays as it is.", s.Params.Realm))
		}
		return lines(
			msg.New("Press Create realm: it is under Manage realms (on 24.0.5 in the list of realms at the top left)."),
			msg.New("Enter %s as the Realm name, and leave Enabled on.", s.Params.Realm),
			msg.New("Press Create."))
	},
	story.StepClient: func(s story.State) []msg.Message {
		all := []msg.Message{
			msg.New("In the realm %s: Clients, Create client.", s.Params.Realm),
			msg.New("Leave the Client type OpenID Connect, enter %s as the Client ID, and press Next.", s.Params.ClientID),
			msg.New("Switch Client authentication on, and leave Authorization off."),
			msg.New("Check Standard flow, Direct access grants and Service account roles (on 24.0.5: Service accounts roles), and press Next."),
		}
		if len(s.Params.RedirectURIs) > 0 {
			all = append(all, msg.New("Enter %s under Valid redirect URIs.", strings.Join(s.Params.RedirectURIs, ", ")))
		}
		return lines(append(all, msg.New("Press Save. The tab Credentials has the client's secret."))...)
	},
	story.StepUser: func(s story.State) []msg.Message {
		enter := msg.New("Enter %s as the Username.", s.Params.Username)
		if s.Params.Email != "" {
			enter = msg.New("Enter %s as the Username and %s as the Email.", s.Params.Username, s.Params.Email)
		}
		return lines(
			msg.New("Users, then Create new user (Add user, once the realm has users)."),
			enter,
			msg.New("Press Create. The user's id is in the address bar, after /users/."))
	},
	story.StepFirstCall: func(s story.State) []msg.Message {
		return lines(
			msg.New("The Admin Console makes no call in a client's name: it calls with your own token. Make this one with curl or kcadm."),
			msg.New("What the call needs: the secret, from Clients, %s, Credentials; and the user's id, from Users, %s.", s.Params.ClientID, s.Params.Username))
	},
	story.StepGrant: func(s story.State) []msg.Message {
		return change.GrantConsole(s.Params.Realm, s.Params.ClientID, params.TheRole)
	},
	story.StepSecondCall: func(s story.State) []msg.Message {
		return lines(
			msg.New("Make the call again with curl or kcadm, first with the old token, then with a new one."),
			msg.New("What has changed: Clients, %s, the tab of the service account's roles lists %s; without Hide inherited roles also what comes with it.", s.Params.ClientID, params.TheRole))
	},
}

// The steps with kcadm.sh. It keeps the admin's login in its own file in the home folder, and that of the client in one
// beside it.
var handKcadm = map[story.StepID]func(story.State) string{
	story.StepConnect: func(s story.State) string {
		name, realm := adminFor(s)
		lines := []string{"KEYCLOAK=${KEYCLOAK:-" + word(serverFor(s)) + "}"}
		option, account := "--client", params.Quote(name)
		if !s.AdminIsClient {
			lines = append(lines, "ADMIN_USER=${ADMIN_USER:-"+word(name)+"}"+askPassword)
			option, account = "--user", `"$ADMIN_USER"`
		}
		return joinLines(slices.Concat(lines, change.KcadmSecrets, change.KcadmLogin(`"$KEYCLOAK"`, params.Quote(realm), option, account, "ADMIN_PASSWORD", ""))...)
	},
	story.StepRealm: func(s story.State) string {
		if s.Existing {
			return handRealm(s)
		}
		return joinLines("REALM="+params.Quote(s.Params.Realm), `kcadm.sh create realms -s "realm=$REALM" -s enabled=true`)
	},
	story.StepClient: func(s story.State) string {
		last := `  -s directAccessGrantsEnabled=true -s serviceAccountsEnabled=true)`
		if uris := s.Params.RedirectURIs; len(uris) > 0 {
			last = strings.TrimSuffix(last, ")") + ` \` + "\n  -s " + params.Quote(`redirectUris=["`+strings.Join(uris, `","`)+`"]`) + ")"
		}
		return joinLines(
			"CLIENT_ID="+params.Quote(s.Params.ClientID),
			`CLIENT_UUID=$(kcadm.sh create clients -r "$REALM" -i -s "clientId=$CLIENT_ID" \`,
			`  -s protocol=openid-connect -s enabled=true -s publicClient=false \`,
			`  -s authorizationServicesEnabled=false -s standardFlowEnabled=true \`,
			last,
			`CLIENT_SECRET=$(kcadm.sh get "clients/$CLIENT_UUID/client-secret" -r "$REALM" \`,
			`  --fields value --format csv --noquotes)`)
	},
	story.StepUser: func(s story.State) string {
		email := ""
		if s.Params.Email != "" {
			email = " -s " + params.Quote("email="+s.Params.Email)
		}
		return joinLines(
			"USERNAME="+params.Quote(s.Params.Username),
			`USER_ID=$(kcadm.sh create users -r "$REALM" -i -s "username=$USERNAME"`+email+` \`,
			`  -s enabled=true)`)
	},
	story.StepFirstCall: func(story.State) string {
		return joinLines(slices.Concat([]string{`CLIENT_LOGIN=$(mktemp)   # beside the admin's login`}, kcadmClientLogin, kcadmCall("403"))...)
	},
	story.StepGrant: func(s story.State) string {
		return joinLines(change.GrantKcadm(s.Params.Realm, s.Params.ClientID, params.TheRole)...)
	},
	story.StepSecondCall: func(s story.State) string {
		return joinLines(slices.Concat(kcadmCall(oldTokenGets(s)), kcadmClientLogin, kcadmCall("a new token: 200"), []string{`rm "$CLIENT_LOGIN"`})...)
	},
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
func oldTokenGets(s story.State) string {
	if s.OldTokenCall != nil {
		return fmt.Sprintf("the old token: %d on this server", s.OldTokenCall.Exchange.Status)
	}
	return "the old token: 403 up to 26.7.2, 200 on 26.7.3"
}

// The blocks for Terraform: the names of resources are the same in all steps.
var handTerraform = map[story.StepID]func(story.State) string{
	story.StepConnect: func(s story.State) string {
		name, realm := adminFor(s)
		base, path := serverFor(s), ""
		if u, err := url.Parse(base); err == nil && strings.Trim(u.Path, "/") != "" {
			path = strings.TrimRight(u.Path, "/")
			base = strings.TrimSuffix(strings.TrimRight(base, "/"), path)
		}
		settings := [][2]string{{"url", change.HCL(base)}}
		if path != "" {
			settings = append(settings, [2]string{"base_path", change.HCL(path)})
		}
		if realm != "master" {
			settings = append(settings, [2]string{"realm", change.HCL(realm)})
		}
		secret := "KEYCLOAK_PASSWORD"
		if s.AdminIsClient {
			settings, secret = append(settings, [2]string{"client_id", change.HCL(name)}), "KEYCLOAK_CLIENT_SECRET"
		} else {
			settings = append(settings, [2]string{"client_id", `"admin-cli"`}, [2]string{"username", change.HCL(name)})
		}
		lines := []string{
			`terraform {`, `  required_providers {`, `    keycloak = {`, `      source = "keycloak/keycloak"`, `    }`, `  }`, `}`, ``,
			`# The secret is taken from ` + secret + `.`, `provider "keycloak" {`,
		}
		return joinLines(append(append(lines, attributes(settings)...), `}`)...)
	},
	story.StepRealm: func(s story.State) string {
		if s.Existing {
			return joinLines(`data "keycloak_realm" "story" {`, `  realm = `+change.HCL(s.Params.Realm), `}`)
		}
		return joinLines(`resource "keycloak_realm" "story" {`, `  realm   = `+change.HCL(s.Params.Realm), `  enabled = true`, `}`)
	},
	story.StepClient: func(s story.State) string {
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
	},
	story.StepUser: func(s story.State) string {
		settings := [][2]string{{"realm_id", realmResource(s)}, {"username", change.HCL(s.Params.Username)}}
		if s.Params.Email != "" {
			settings = append(settings, [2]string{"email", change.HCL(s.Params.Email)})
		}
		return joinLines(append(append([]string{`resource "keycloak_user" "user" {`}, attributes(settings)...), `}`)...)
	},
	story.StepFirstCall: func(story.State) string {
		return joinLines(
			`output "client_secret" {`, `  value     = keycloak_openid_client.client.client_secret`, `  sensitive = true`, `}`, ``,
			`output "user_id" {`, `  value = keycloak_user.user.id`, `}`, ``,
			`# Terraform makes no call in the client's name. Apply all but the role:`,
			`#   terraform apply -target keycloak_openid_client.client -target keycloak_user.user`,
			`#   CLIENT_SECRET=$(terraform output -raw client_secret)`,
			`#   USER_ID=$(terraform output -raw user_id)`,
			`# and make the call with curl: 403.`)
	},
	story.StepGrant: func(s story.State) string {
		lines := append(change.DataClient("realm_management", realmResource(s), keycloak.RealmManagement), "")
		return joinLines(append(lines, change.GrantResources(realmResource(s), "keycloak_openid_client.client", []string{params.TheRole})...)...)
	},
	story.StepSecondCall: func(s story.State) string {
		return joinLines("# terraform apply, now with the role. Then the call with curl again.", "# "+oldTokenGets(s)+".", "# A new token: 200.")
	},
}

// realmResource is the id of the story's realm: of one that is made, or was there.
func realmResource(s story.State) string {
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
