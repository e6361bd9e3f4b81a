package practice

import (
	"net/http"
	"strings"
)

// What follows is of Keycloak 26.8.0 to 26.8.2, none of which could be measured. It is taken from the guide to upgrading
// (https://www.keycloak.org/docs/26.8.2/upgrading/) and the javadoc of 26.8.2 (AdminApiAudienceMapper, MigrateTo26_8_2):
//
//   - every realm has the client scope kc-admin-api, a default scope of admin-cli and security-admin-console alone;
//   - its mapper puts the address of the realm's admin API into aud, in access tokens, lightweight ones too, and introspection;
//   - an admin API call with a token without it is answered 401.
//
// They leave open, and it is assumed here: the id and the name of the mapper; the exact address, {base}/admin/realms/{realm};
// that it is the one of the token's realm whatever realm is called; that aud alone is looked at, not scope; that the body of
// the 401 is the usual one; that serverinfo checks as well; that the scope is not assigned to other clients as an optional
// one; and that its name goes into the token's scope.
const (
	adminAPIScope       = "kc-admin-api"
	adminAudienceMapper = "oidc-admin-api-audience-mapper" // assumed
)

// adminAPIClients have the client scope by default.
var adminAPIClients = []string{"admin-cli", "security-admin-console"}

// adminAPI returns the audience of the admin API of the realm that an issuer is of.
func adminAPI(issuer string) string {
	base, realm := issuer, ""
	if i := strings.LastIndex(issuer, "/realms/"); i >= 0 {
		base, realm = issuer[:i], issuer[i:]
	}
	return base + "/admin" + realm
}

func (s *Server) newAdminAPIScope() *clientScope {
	return &clientScope{
		id: s.ids.next(), name: adminAPIScope, description: "Adds the address of the admin API to the audience", protocol: "openid-connect",
		attributes: map[string]string{"include.in.token.scope": "true", "display.on.consent.screen": "false"},
		mappers: s.newMappers([]mapperDefault{{
			Name: "admin api audience", Protocol: "openid-connect", ProtocolMapper: adminAudienceMapper,
			Config: map[string]string{"access.token.claim": "true", "introspection.token.claim": "true", "lightweight.claim": "true"},
		}}),
	}
}

// mayReadSecret reports whether the caller, who may view a client, sees its secret: only who may manage the client, from
// 26.8.0.
func (c *call) mayReadSecret(k *client) bool {
	return !c.behavior().secretsHidden || c.auth.on(c.realm).canManageClients() || c.fineGrained("Clients", k.id, "manage")
}

// visibleScopes are a client's client scopes, or none for a caller who may not view client scopes, from 26.8.0. Who views
// clients views client scopes (measured up to 26.7.4), so that only fine-grained permissions show the difference.
func (c *call) visibleScopes(names []string) []string {
	if c.behavior().scopeListsByViewers && !c.auth.on(c.realm).canViewClients() {
		return []string{}
	}
	return names
}

// mayPutInto reports whether the caller may put a user into a group: from 26.8.1 not into one that gives the role realm-admin,
// for who may not map it. That this is 403, and that the role admin of the realm master counts as well, is assumed.
func (c *call) mayPutInto(g *group) bool {
	if !c.behavior().adminGroupsClosed {
		return true
	}
	var roles []*role
	for ; g != nil; g = g.parent {
		roles = append(roles, g.roles...)
	}
	for x := range expand(roles) {
		if c.realm.opensEverything(x) && !c.auth.on(c.realm).mayHandOut(x) {
			return false
		}
	}
	return true
}

// opensEverything reports whether a role is realm-admin, or admin in the realm master.
func (r *realm) opensEverything(x *role) bool {
	if r.isMaster() {
		return x == r.roles["admin"]
	}
	return x == r.adminClient.roles["realm-admin"]
}

// mayMapProtocol reports whether the caller may create what a representation describes: from 26.8.2 protocol mappers in it take
// manage-realm, which is assumed to be wanted beside manage on the client or client scope. A list of kinds of mappers can be
// exempted on a real server; that is not done here, nor is the same asked for PUT clients/{id}, of which the guide says nothing.
func (c *call) mayMapProtocol(rep map[string]any) bool {
	l, _ := rep["protocolMappers"].([]any)
	return len(l) == 0 || !c.behavior().mappersByRealm || c.auth.on(c.realm).canManageRealm()
}

// notMeasuredPage is / of a release that nobody measured: JSON, or a page for browsers. No Keycloak answers so.
func (c *call) notMeasuredPage() error {
	v := c.s.Version()
	if !wantsHTML(c.r) {
		return c.ok(map[string]any{"practice": true, "version": v, "measured": false})
	}
	c.status, c.ctype = http.StatusOK, "text/html;charset=utf-8"
	c.raw = []byte("<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>Practice Keycloak " + v + "</title></head>\n<body>\n" +
		"<h1>The practice Keycloak of fix403</h1>\n<p>It answers as Keycloak " + v + ", as documented, not measured: nobody could compare it with a real one.</p>\n</body>\n</html>\n")
	return nil
}

// documentedBehaviors are the behaviors of releases that nobody measured: the field of [behavior], the version since which it
// is documented, and what docs/practice-fidelity.md says of it.
var documentedBehaviors = []struct{ field, since, says string }{
	{"adminAudience", "26.8.2", "The admin API takes only tokens with its address in `aud`. The client scope `kc-admin-api` puts it there; admin-cli and security-admin-console have it by default. " +
		"Assumed: the address (`{base}/admin/realms/{realm}` of the token's realm), the id of the mapper, the usual body of the 401, that `scope` is not looked at, that `/admin/serverinfo` asks for it too, and that no client has the scope as an optional one."},
	{"secretsHidden", "26.8.0", "A client's secret is `**********` for callers that may only view clients; callers that may manage it see it, and read `client-secret`."},
	{"scopeListsByViewers", "26.8.0", "A client's lists of client scopes are empty for callers that may not view client scopes. Assumed: view-clients is enough to view them, as on 26.7.4."},
	{"scopesManaged", "26.8.0", "Assigning a client scope to a client also requires manage on the client scope."},
	{"sessionsByUsers", "26.8.0", "A client's sessions are those of users that the caller may view."},
	{"adminGroupsClosed", "26.8.1", "Callers that may not map realm-admin cannot put a user into a group that carries it. Assumed: 403, and the same for the role admin of the realm master."},
	{"mappersByRealm", "26.8.2", "Protocol mappers are made, changed and deleted with manage-realm, also within a new client or client scope. Assumed: beside manage on the client or client scope. The list of exempted kinds is not done."},
}
