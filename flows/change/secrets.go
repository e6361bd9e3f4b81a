package change

// On a command line, every user of a machine can read a secret while the command runs. So the texts by hand give curl its
// secrets through a pipe: printf is part of the shell, and starts no process that could be looked at.

// CurlBearer returns the lines that explain and define the shell function bearer. What follows it sends a token by
// bearer "$TOKEN" | curl … -H @-
func CurlBearer() []string {
	return []string{
		`# Secrets reach curl through a pipe: every user of this machine can read its command line.`,
		`bearer() { printf 'Authorization: Bearer %s\n' "$1"; }`,
	}
}

// CurlAdmin begins a command with curl that the admin makes, and CurlByPipe ends its options.
const (
	CurlAdmin  = `bearer "$ADMIN_TOKEN" | curl -fsS `
	CurlByPipe = ` -H @-`
)

// CurlToken returns the lines that put an access token of a realm into a shell variable. The realm is a shell word that
// goes on; the form's field of the secret gets what is in the variable of the secret.
func CurlToken(variable, realm, form, field, secret string) []string {
	return []string{
		variable + `=$(printf %s "$` + secret + `" |`,
		`  curl -fsS "$KEYCLOAK/realms/` + realm + `/protocol/openid-connect/token" \`,
		`  ` + form + ` \`,
		`  --data-urlencode ` + field + `@- |`,
		`  grep -o '"access_token":"[^"]*"' | cut -d'"' -f4)`,
	}
}

// CurlEdit returns the lines that read an object as the admin, let sed edit it, and send it back. They keep it in a file
// that only its owner can read: the settings of a client hold its secret, and curl reads one thing only through a pipe.
func CurlEdit(url, sed string) []string {
	return []string{
		`SETTINGS=$(mktemp) && trap 'rm -f "$SETTINGS"' EXIT   # they may hold a secret`,
		CurlAdmin + url + CurlByPipe + ` |`,
		`  sed ` + sed + ` >"$SETTINGS"`,
		CurlAdmin + `-X PUT ` + url + CurlByPipe + ` \`,
		`  -H 'Content-Type: application/json' -d @"$SETTINGS"`,
	}
}

// KcadmLogin returns the login that kcadm.sh keeps in its configuration file. The account is that of an option of kcadm.sh
// and its value; the secret is in a shell variable.
func KcadmLogin(server, realm, option, account, secret, config string) []string {
	environment := "KC_CLI_PASSWORD"
	if option == "--client" {
		environment = "KC_CLI_CLIENT_SECRET"
	}
	return []string{
		`printf '%s\n' "$` + secret + `" | ` + environment + `=$` + secret + ` \`,
		`  kcadm.sh config credentials ` + config + `--server ` + server + ` --realm ` + realm + ` \`,
		`  ` + option + ` ` + account + ` >/dev/null`,
	}
}

// KcadmSecrets explains [KcadmLogin], measured on 24.0.5, 25.0.6 and 26.7.3.
var KcadmSecrets = []string{
	`# kcadm.sh takes a secret from the environment (24.0.5: from stdin), or asks for it on a terminal.`,
	`# Every user of this machine can read its command line.`,
}
