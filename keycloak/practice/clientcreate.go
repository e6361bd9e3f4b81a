package practice

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:noinline // it would be 6 kB of the program
func clientDefaults() map[string]any {
	return map[string]any{
		"surrogateAuthRequired": false, "enabled": true, "alwaysDisplayInConsole": false, "clientAuthenticatorType": "client-secret",
		"redirectUris": []string{}, "webOrigins": []string{}, "bearerOnly": false, "consentRequired": false,
		"standardFlowEnabled": true, "implicitFlowEnabled": false, "directAccessGrantsEnabled": false, "serviceAccountsEnabled": false,
		"publicClient": false, "frontchannelLogout": false, "protocol": "openid-connect", "authenticationFlowBindingOverrides": map[string]any{},
		"fullScopeAllowed": true, "nodeReRegistrationTimeout": int64(-1),
	}
}

// giveScopes gives the client the realm's default and optional scopes.
func (r *realm) giveScopes(k *client) {
	k.defaultScopes = oidcScopes(r, r.defaultScopes, str(k.rep, "protocol"))
	k.optionalScopes = oidcScopes(r, r.optionalScopes, str(k.rep, "protocol"))
}

func oidcScopes(r *realm, names []string, protocol string) []string {
	out := []string{}
	for _, n := range names {
		if sc := r.scopeByName(n); sc != nil && sc.protocol == protocol {
			out = append(out, n)
		}
	}
	return out
}

// createClient makes a client from a checked representation.
func (s *Server) createClient(r *realm, rep map[string]any, now time.Time) *client {
	k := &client{id: s.ids.next(), roles: map[string]*role{}, attribs: map[string]string{}, rep: clientDefaults()}
	if id := str(rep, "id"); id != "" && r.clients[id] == nil {
		k.id = id
	}
	k.clientID = k.id
	if id, given := rep["clientId"].(string); given {
		k.clientID = id
	}
	if s.behavior.serviceAccountScope {
		k.attribs["realm_client"] = "false"
	}
	s.applyClient(k, rep)
	r.giveScopes(k)
	if l, ok := rep["defaultClientScopes"]; ok && l != nil {
		k.defaultScopes = oidcScopes(r, strs(rep, "defaultClientScopes"), str(k.rep, "protocol"))
		if _, ok := rep["optionalClientScopes"]; !ok {
			k.optionalScopes = []string{}
		}
	}
	if l, ok := rep["optionalClientScopes"]; ok && l != nil {
		if rep["defaultClientScopes"] == nil {
			k.defaultScopes = []string{}
		}
		k.optionalScopes = oidcScopes(r, strs(rep, "optionalClientScopes"), str(k.rep, "protocol"))
	}
	if _, given := rep["secret"]; !given && !k.flag("publicClient") && (s.behavior.bearerOnlySecret || !k.flag("bearerOnly")) {
		s.newClientSecret(k, now)
	}
	// A protocol named outright brings that protocol's own defaults: what the
	// representation leaves open is then public, with direct access grants.
	if str(rep, "protocol") == "openid-connect" {
		for _, n := range []string{"publicClient", "directAccessGrantsEnabled"} {
			if _, given := rep[n]; !given && !k.flag("bearerOnly") {
				k.rep[n] = true
			}
		}
		for n, v := range map[string]string{"backchannel.logout.session.required": "true", "backchannel.logout.revoke.offline.tokens": "false"} {
			if _, given := k.attribs[n]; !given {
				k.attribs[n] = v
			}
		}
	}
	r.addClient(k)
	if k.flag("serviceAccountsEnabled") {
		s.createServiceUser(r, k, now)
	}
	return k
}

func knownScopes(r *realm, names []string) []string {
	out := []string{}
	for _, n := range names {
		if r.scopeByName(n) != nil {
			out = append(out, n)
		}
	}
	return out
}

func (s *Server) newClientSecret(k *client, now time.Time) {
	k.secret = newSecret(s.behavior.secretLength)
	k.attribs["client.secret.creation.time"] = strconv.FormatInt(now.Unix(), 10)
}

// applyClient changes what a representation names and leaves the rest.
func (s *Server) applyClient(k *client, rep map[string]any) {
	for f, v := range rep {
		switch f {
		case "id", "clientId", "secret", "notBefore", "attributes", "defaultClientScopes", "optionalClientScopes", "protocolMappers",
			"access", "registrationAccessToken", "authorizationSettings", "origin":
			continue
		case "authorizationServicesEnabled":
			if v == false {
				delete(k.rep, f)
				continue
			}
		}
		k.rep[f] = v
	}
	if v := str(rep, "secret"); v != "" {
		k.secret = v
	}
	if _, ok := rep["notBefore"]; ok {
		k.notBefore = num(rep, "notBefore")
	}
	for n, v := range attrs(rep, "attributes") {
		if v == "" {
			delete(k.attribs, n)
			continue
		}
		k.attribs[n] = v
	}
	if _, ok := rep["webOrigins"]; !ok && len(strs(k.rep, "webOrigins")) == 0 {
		if l := originsOf(strs(rep, "redirectUris")); len(l) > 0 {
			k.rep["webOrigins"] = l
		}
	}
	if l, ok := rep["protocolMappers"].([]any); ok {
		k.mappers = readMappers(l)
	}
}

// originsOf are the origins of absolute redirect URIs.
func originsOf(uris []string) []string {
	out := []string{}
	for _, s := range uris {
		u, err := url.Parse(strings.TrimSuffix(s, "*"))
		if err != nil || u.Scheme == "" || u.Host == "" {
			continue
		}
		if o := u.Scheme + "://" + u.Host; !slices.Contains(out, o) {
			out = append(out, o)
		}
	}
	return out
}

// createServiceUser makes the service account of a client, and what puts the
// client into its tokens: a client scope from 25, mappers on the client before.
func (s *Server) createServiceUser(r *realm, k *client, now time.Time) *user {
	u := &user{id: s.ids.next(), username: "service-account-" + strings.ToLower(k.clientID), enabled: true, created: now.UnixMilli(),
		attributes: map[string][]string{}, roles: []*role{r.defaultRole}, serviceClient: k}
	r.users[u.id] = u
	if s.behavior.serviceAccountScope {
		if r.scopeByName("service_account") != nil && !slices.Contains(k.defaultScopes, "service_account") {
			k.defaultScopes = append(k.defaultScopes, "service_account")
		}
		return u
	}
	for _, m := range []struct{ name, note string }{{"Client ID", "client_id"}, {"Client Host", "clientHost"}, {"Client IP Address", "clientAddress"}} {
		if slices.ContainsFunc(k.mappers, func(x *protocolMapper) bool { return x.name == m.name }) {
			continue
		}
		k.mappers = append(k.mappers, &protocolMapper{id: s.ids.next(), name: m.name, protocol: "openid-connect", mapper: "oidc-usersessionmodel-note-mapper",
			config: map[string]string{"user.session.note": m.note, "claim.name": m.note, "jsonType.label": "String",
				"id.token.claim": "true", "access.token.claim": "true", "introspection.token.claim": "true"}})
	}
	return u
}
