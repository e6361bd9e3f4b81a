package console

import "net/url"

// ClientPage returns the address of the page of a client's service account roles; "" where a part of it is not known. adminRealm is
// where the admin lives. The routes are those of the console that 22.0.5 to 26.7.4 ship.
func ClientPage(base, adminRealm, realm, id string) string {
	return page(base, adminRealm, realm, "clients", id, "serviceAccount")
}

// UserPage returns the address of the page of a user's roles; "" where a part of it is not known.
func UserPage(base, adminRealm, realm, id string) string {
	return page(base, adminRealm, realm, "users", id, "role-mapping")
}

func page(base, adminRealm, realm, kind, id, tab string) string {
	if base == "" || realm == "" || id == "" {
		return ""
	}
	if adminRealm == "" {
		adminRealm = "master"
	}
	e := url.PathEscape
	return base + "/admin/" + e(adminRealm) + "/console/#/" + e(realm) + "/" + kind + "/" + e(id) + "/" + tab
}

const documentation = "https://www.keycloak.org/docs/latest/server_admin/"

var documented = map[string]string{
	"reach": "https://www.keycloak.org/server/reverseproxy", "client": documentation + "#_service_accounts", "identity": documentation + "#_timeouts",
	"realm": documentation + "#configuring-realms", "role": documentation + "#_per_realm_admin_permissions",
}

const (
	development = "https://www.keycloak.org/docs/latest/server_development/"
	reference   = "https://www.keycloak.org/docs-api/latest/rest-api/index.html"
)

var guides = map[string]string{
	"connect": development + "#authenticating-with-a-username-and-password", "realm": documentation + "#configuring-realms", "client": documentation + "#_service_accounts",
	"user": documentation + "#assembly-managing-users_server_administration_guide", "first-call": reference + "#_users", "grant": documentation + "#_per_realm_admin_permissions",
	"second-call": development + "#authenticating-with-a-service-account",
}

// Guide returns the page of Keycloak's documentation on what a step of the story does.
func Guide(step string) string { return guides[step] }

// Documentation returns the page of Keycloak's documentation about what a gate checks.
func Documentation(gate string) string {
	if at, known := documented[gate]; known {
		return at
	}
	return reference
}
