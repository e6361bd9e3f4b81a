package practice

import (
	"slices"
	"strings"
)

// tokenTarget is which of the mappers' switches counts.
type tokenTarget string

const (
	forAccess      tokenTarget = "access.token.claim"
	forID          tokenTarget = "id.token.claim"
	forUserinfo    tokenTarget = "userinfo.token.claim"
	forLightweight tokenTarget = "lightweight.claim"
	forIntrospect  tokenTarget = "introspection.token.claim"
)

func (i *issue) mappers() []*protocolMapper {
	l := slices.Clone(i.client.mappers)
	for _, s := range i.scopes() {
		l = append(l, s.mappers...)
	}
	return l
}

// applyMappers runs the protocol mappers in force whose switch for the target is on.
func (s *Server) applyMappers(i *issue, target tokenTarget, cl claims) {
	roles := i.realm.rolesInScope(i.user, i.client, i.scopes())
	for _, m := range i.mappers() {
		if m.config[string(target)] != "true" {
			continue
		}
		s.applyMapper(i, m, target, roles, cl)
	}
}

func (s *Server) applyMapper(i *issue, m *protocolMapper, target tokenTarget, roles roleSet, cl claims) {
	u := i.user
	switch m.mapper {
	case "oidc-sub-mapper":
		cl["sub"] = u.id
	case "oidc-acr-mapper":
		cl["acr"] = "1"
	case "oidc-full-name-mapper":
		if n := strings.TrimSpace(u.firstName + " " + u.lastName); n != "" {
			cl["name"] = n
		}
	case "oidc-usermodel-property-mapper", "oidc-usermodel-attribute-mapper":
		if v := u.claim(m.config["user.attribute"], m.config["multivalued"] == "true"); v != nil {
			setClaim(cl, m.config["claim.name"], v)
		}
	case "oidc-usermodel-realm-role-mapper":
		names := roleNames(roles.sorted(ofClient(nil)))
		if len(names) > 0 {
			setClaim(cl, m.config["claim.name"], names)
		}
	case "oidc-usermodel-client-role-mapper":
		for _, k := range i.realm.clientList() {
			if names := roleNames(roles.sorted(ofClient(k))); len(names) > 0 {
				name := strings.ReplaceAll(m.config["claim.name"], "${client_id}", strings.ReplaceAll(k.clientID, ".", "\\."))
				setClaim(cl, name, names)
			}
		}
	case "oidc-audience-resolve-mapper":
		for _, k := range i.realm.clientList() {
			if k != i.client && len(roles.sorted(ofClient(k))) > 0 {
				addAudience(cl, k.clientID)
			}
		}
	case "oidc-audience-mapper":
		if a := m.config["included.client.audience"] + m.config["included.custom.audience"]; a != "" {
			addAudience(cl, a)
		}
	case adminAudienceMapper:
		if s.behavior.adminAudience {
			addAudience(cl, adminAPI(i.issuer))
		}
	case "oidc-hardcoded-claim-mapper":
		setClaim(cl, m.config["claim.name"], m.config["claim.value"])
	case "oidc-allowed-origins-mapper":
		if l := strs(i.client.rep, "webOrigins"); len(l) > 0 && target != forID {
			cl["allowed-origins"] = i.allowedOrigins(l)
		}
	case "oidc-address-mapper":
		if s.behavior.emptyAddress {
			cl["address"] = map[string]any{}
		}
	case "oidc-usersessionmodel-note-mapper":
		if target == forIntrospect {
			return // the notes of a transient session are gone by then
		}
		if v := i.note(m.config["user.session.note"]); v != nil {
			setClaim(cl, m.config["claim.name"], v)
		}
	}
}

// note is a user session note; only service accounts have those of their client.
func (i *issue) note(name string) any {
	if i.user.serviceClient == nil || i.kind == byNothing || i.kind == byExchange {
		return nil
	}
	switch name {
	case "clientHost", "clientAddress":
		return i.address
	case "client_id", "clientId":
		return i.client.clientID
	}
	return nil
}

// allowedOrigins resolves "+" to the origins of the redirect URIs.
func (i *issue) allowedOrigins(l []string) []string {
	out := []string{}
	for _, o := range l {
		if o == "+" {
			out = append(out, originsOf(strs(i.client.rep, "redirectUris"))...)
			continue
		}
		out = append(out, o)
	}
	return out
}

// claim is a user property or attribute as a claim's value, nil when unset.
func (u *user) claim(name string, multi bool) any {
	one := func(s string) any {
		if s == "" {
			return nil
		}
		return s
	}
	switch name {
	case "username":
		return one(u.username)
	case "firstName":
		return one(u.firstName)
	case "lastName":
		return one(u.lastName)
	case "email":
		return one(u.email)
	case "emailVerified":
		return u.emailVerified
	}
	v := u.attributes[name]
	switch {
	case len(v) == 0:
		return nil
	case multi:
		return v
	}
	return v[0]
}

// setClaim writes a claim whose name may be a path; "\." is a dot inside a step.
func setClaim(cl map[string]any, name string, v any) {
	if name == "" {
		return
	}
	const dot = "\x00"
	steps := strings.Split(strings.ReplaceAll(name, "\\.", dot), ".")
	m := cl
	for i, st := range steps {
		st = strings.ReplaceAll(st, dot, ".")
		if i == len(steps)-1 {
			m[st] = v
			return
		}
		next, ok := m[st].(map[string]any)
		if !ok {
			next = map[string]any{}
			m[st] = next
		}
		m = next
	}
}

// addAudience keeps aud a string while it has one member (RFC 7519 section 4.1.3).
//
//go:noinline // it would be 8 kB of the program
func addAudience(cl claims, a string) {
	switch x := cl["aud"].(type) {
	case nil:
		cl["aud"] = a
	case string:
		if x != a {
			cl["aud"] = []string{x, a}
		}
	case []string:
		if !slices.Contains(x, a) {
			cl["aud"] = append(x, a)
		}
	}
}

func roleNames(l []*role) []string {
	out := make([]string, 0, len(l))
	for _, x := range l {
		out = append(out, x.name)
	}
	return out
}
