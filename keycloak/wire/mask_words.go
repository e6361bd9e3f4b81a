package wire

import (
	"slices"
	"strings"
)

// Exposure is why a secret is shown where a server repeats it, though it is known.
type Exposure string

// The reasons; [NotExposed] is a secret that is hidden wherever it is.
const (
	NotExposed   Exposure = ""
	ExposedShort Exposure = "short" // it has fewer than 4 characters, which stand in any text
	ExposedWord  Exposure = "word"  // it is a word or a name that everybody sees: to mask it would say that it is the secret
)

// Exposure returns why a secret cannot be hidden; names are those that are shown anyhow, such as the admin's and the realm's.
func (s Secret) Exposure(names ...string) Exposure {
	same := func(word string) bool { return strings.EqualFold(word, s.value) }
	switch {
	case s.value == "":
		return NotExposed
	case len(s.value) < minWord:
		return ExposedShort
	case slices.ContainsFunc(commonWords, same), slices.ContainsFunc(names, same):
		return ExposedWord
	}
	return NotExposed
}

// commonWords stand in the requests of this program, in the answers of each Keycloak and in what is said of them.
var commonWords = append(strings.Fields(`
	admin administrator keycloak master root test demo user users username client clients clientid client_id realm realms role roles
	group groups name email password passwort secret secrets token tokens account accounts broker server localhost local
	access access_token refresh_token id_token client_secret client_credentials grant_type admin-cli security-admin-console
	realm-management account-console realm-admin impersonation create-client create-realm
	view-users query-users query-groups query-clients query-realms manage-users manage-clients manage-realm view-realm view-clients
	view-events manage-events view-identity-providers manage-identity-providers view-authorization manage-authorization
	offline_access uma_authorization default-roles service-account service_account openid profile scope
	bearer basic refresh offline true false null none error error_description errormessage errors forbidden unauthorized
	application/json application/x-www-form-urlencoded text/html text/plain charset utf-8 json html http https form
	content-type content-length cache-control no-store no-cache no-referrer nosniff sameorigin pragma accept authorization cookie set-cookie
	location referrer-policy strict-transport-security x-content-type-options x-frame-options x-xss-protection date host connection keep-alive
	user-agent fix403 post delete options head path query protocol openid-connect auth certs
	unauthorized_client invalid_client invalid_grant invalid_request
	passed failed skipped proved likely expected observed enabled disabled public confidential
	type value values id created updated code state status message reason page body header headers call calls step steps
	this that with from have what when where which there here your they them been were will would could should
`), "Not Found", "Invalid user credentials")

// Known returns how many secrets and names the recorder knows: what was masked when it knew fewer may be masked again.
func (r *Recorder) Known() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.masks.secrets) + len(r.masks.names)
}

// Public has names shown that a person gave, such as those of the server, the realm and the admin, although a secret is in
// one of them: what is known anyhow tells nothing, and a *** in its place would.
func (r *Recorder) Public(names ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.masks.public(names)
}
