package practice

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"fix403/keycloak/sift"
)

// What a representation of a realm brings beside its settings, roles, groups, clients and users: read when a realm is
// imported. What is not kept is named (see leftOut).

// LeftHeader names in the answer to an import what of the realm was not kept.
const LeftHeader = "X-Practice-Left-Out"

// leftOut are the parts of a realm's representation that this server does not keep, by their paths.
func leftOut(rep map[string]any) []string {
	var left []string
	given := func(v any) bool {
		switch x := v.(type) {
		case []any:
			return len(x) > 0
		case []string:
			return len(x) > 0
		case map[string]any:
			return len(x) > 0
		}
		return v != nil && v != ""
	}
	for _, f := range []string{"applicationScopeMappings", "applications", "clientTemplates", "federatedUsers", "oauthClients", "protocolMappers",
		"socialProviders", "userFederationMappers", "userFederationProviders"} {
		if given(rep[f]) {
			left = append(left, f)
		}
	}
	for f, list := range map[string]string{"clientProfiles": "profiles", "clientPolicies": "policies"} {
		if m, _ := rep[f].(map[string]any); given(m[list]) {
			left = append(left, f)
		}
	}
	within := func(list string, fields ...string) {
		for _, f := range fields {
			if slices.ContainsFunc(objects(rep[list]), func(m map[string]any) bool { return given(m[f]) }) {
				left = append(left, list+"[]."+f)
			}
		}
	}
	within("clients", "registeredNodes")
	within("users", "clientConsents", "applicationRoles", "socialLinks")
	within("organizations", "groups")
	if slices.ContainsFunc(objects(rep["users"]), func(u map[string]any) bool {
		return slices.ContainsFunc(objects(u["credentials"]), func(m map[string]any) bool { return str(m, "value") == "" })
	}) {
		left = append(left, "users[].credentials[].secretData")
	}
	types, _ := rep["components"].(map[string]any)
	for _, m := range objects(types[keyProvider]) {
		if cfg, _ := m["config"].(map[string]any); given(cfg["privateKey"]) || given(cfg["secret"]) || !slices.Contains(keyProviders, str(m, "providerId")) {
			left = append(left, "components."+keyProvider)
			break
		}
	}
	slices.Sort(left)
	return left
}

// strictly refuses, where the server is to keep everything or nothing, a realm of which something would be left out.
func (s *Server) strictly(rep map[string]any) error {
	if left := leftOut(rep); s.opt.Strict && len(left) > 0 {
		return errNotImplemented("this of a realm: " + strings.Join(left, ", "))
	}
	return nil
}

// importScopes: scopes that are given take the place of those of a new realm. To a realm of an older version Keycloak adds
// those of which tokens have had claims since, as sub.
func (s *Server) importScopes(r *realm, rep map[string]any) {
	older := r.scopes
	if given := objects(rep["clientScopes"]); len(given) > 0 {
		r.scopes = nil
		for _, m := range given {
			m = clean(scopeSchema, m)
			if str(m, "name") == "" || r.scopeByName(str(m, "name")) != nil {
				continue
			}
			x := newScope(m)
			x.id = cmp.Or(str(m, "id"), x.id)
			r.scopes = append(r.scopes, x)
		}
		r.defaultScopes, r.optionalScopes = knownScopes(r, r.defaultScopes), knownScopes(r, r.optionalScopes)
	}
	for field, names := range map[string]*[]string{"defaultDefaultClientScopes": &r.defaultScopes, "defaultOptionalClientScopes": &r.optionalScopes} {
		if _, given := rep[field]; given {
			*names = knownScopes(r, strs(rep, field))
		}
	}
	if v := majorOf(rep); v == 0 || v >= 25 || !s.behavior.serviceAccountScope {
		return
	}
	for _, x := range older {
		if (x.name == "acr" || x.name == "basic" || x.name == "service_account") && r.scopeByName(x.name) == nil {
			r.scopes = append(r.scopes, x)
			if x.name != "service_account" {
				r.defaultScopes = append(r.defaultScopes, x.name)
				for _, m := range objects(rep["clients"]) {
					if l, given := m["defaultClientScopes"].([]any); given && str(m, "protocol") != "saml" && !boolean(m, "bearerOnly") {
						m["defaultClientScopes"] = append(slices.Clone(l), x.name)
					}
				}
			}
		}
	}
}

// importScopesOf takes over the scopes, and the id, of a client that every realm has.
func (r *realm) importScopesOf(k *client, m map[string]any) {
	for field, names := range map[string]*[]string{"defaultClientScopes": &k.defaultScopes, "optionalClientScopes": &k.optionalScopes} {
		if _, given := m[field]; given {
			*names = oidcScopes(r, strs(m, field), str(k.rep, "protocol"))
		}
	}
	if id := str(m, "id"); id != "" && r.clients[id] == nil {
		delete(r.clients, k.id)
		k.id = id
		r.clients[id] = k
	}
}

// importScopeMappings reads which roles clients and client scopes may put into tokens.
func (r *realm) importScopeMappings(rep map[string]any) error {
	put := func(m map[string]any, roles map[string]*role) error {
		var to *[]*role
		if k := r.clientByClientID(str(m, "client")); k != nil {
			to = &k.scopeMappings
		} else if sc := r.scopeByName(str(m, "clientScope")); sc != nil {
			to = &sc.scopeMappings
		} else {
			return errText(http.StatusBadRequest, "Unknown client specification in scope mappings: "+cmp.Or(str(m, "client"), str(m, "clientScope")))
		}
		for _, n := range strs(m, "roles") {
			if x := roles[n]; x != nil && !slices.Contains(*to, x) {
				*to = append(*to, x)
			}
		}
		return nil
	}
	for _, m := range objects(rep["scopeMappings"]) {
		if err := put(m, r.roles); err != nil {
			return err
		}
	}
	byClient, _ := rep["clientScopeMappings"].(map[string]any)
	for id, l := range byClient {
		k := r.clientByClientID(id)
		if k == nil {
			return errText(http.StatusBadRequest, "Unknown client specification in clientScopeMappings: "+id)
		}
		for _, m := range objects(l) {
			if err := put(m, k.roles); err != nil {
				return err
			}
		}
	}
	return nil
}

// importFlows: flows and required actions that are given take the place of those of a new realm.
func (s *Server) importFlows(r *realm, rep map[string]any) {
	if given := objects(rep["authenticationFlows"]); len(given) > 0 {
		r.flows = []*authFlow{}
		for _, m := range given {
			if boolean(m, "topLevel") {
				r.flows = append(r.flows, newFlow(m, given, objects(rep["authenticatorConfig"])))
			}
		}
	}
	if given := objects(rep["requiredActions"]); len(given) > 0 {
		r.actions = []map[string]any{}
		for _, m := range given {
			m = clean(requiredActionSchema, m)
			if m["config"] == nil {
				m["config"] = map[string]any{}
			}
			r.actions = append(r.actions, m)
		}
		r.sortActions()
	}
}

// importProviders reads identity providers, their mappers, and texts of the login pages.
func (s *Server) importProviders(r *realm, rep map[string]any) error {
	for _, m := range objects(rep["identityProviders"]) {
		m = clean(providerSchema, m)
		alias := str(m, "alias")
		if _, known := s.behavior.providerKind(str(m, "providerId")); !known || alias == "" {
			return errMessage(http.StatusBadRequest, "Invalid identity provider id ["+str(m, "providerId")+"]")
		}
		p := &identityProvider{id: cmp.Or(str(m, "internalId"), newID()), alias: alias}
		p.take(m, attrs(m, "config"))
		r.providers[alias] = p
	}
	for _, m := range objects(rep["identityProviderMappers"]) {
		m = clean(providerMapperSchema, m)
		m["id"] = cmp.Or(str(m, "id"), newID())
		if m["config"] == nil {
			m["config"] = map[string]any{}
		}
		r.brokerMappers = append(r.brokerMappers, m)
	}
	texts, _ := rep["localizationTexts"].(map[string]any)
	for locale := range texts {
		r.texts[locale] = attrs(texts, locale)
	}
	return nil
}

// importOrganizations needs the users, who are members, and the identity providers.
func (r *realm) importOrganizations(rep map[string]any) error {
	for _, m := range objects(rep["organizations"]) {
		o := &organization{id: cmp.Or(str(m, "id"), newID()), name: str(m, "name"), alias: cmp.Or(str(m, "alias"), str(m, "name"))}
		o.take(m)
		for _, member := range objects(m["members"]) {
			u := r.userByName(str(member, "username"))
			if u == nil {
				return errText(http.StatusBadRequest, "Unable to find organization member: "+str(member, "username"))
			}
			o.members = append(o.members, u)
		}
		for _, p := range objects(m["identityProviders"]) {
			if x := r.providers[str(p, "alias")]; x != nil {
				x.rep["organizationId"] = o.id
			}
		}
		r.organizations = append(r.organizations, o)
	}
	return nil
}

const profileProvider = "org.keycloak.userprofile.UserProfileProvider"

// importComponents: a component that is given takes the place of those of its type; the user profile is one of them. Keys are
// made anew, since an import would bring those of another realm.
func (s *Server) importComponents(r *realm, rep map[string]any) {
	types, _ := rep["components"].(map[string]any)
	for _, t := range slices.Sorted(maps.Keys(types)) {
		switch t {
		case profileProvider:
			for _, m := range objects(types[t]) {
				cfg, _ := m["config"].(map[string]any)
				var profile map[string]any
				if l := strs(cfg, "kc.user.profile.config"); len(l) > 0 && json.Unmarshal([]byte(l[0]), &profile) == nil {
					r.profile = profile
				}
			}
			continue
		case keyProvider:
			r.keys = nil
		}
		r.components = sift.Out(r.components, func(m map[string]any) bool { return str(m, "providerType") == t })
		s.importComponentsOf(r, r.id, t, objects(types[t]))
	}
	if v := majorOf(rep); v > 0 && v < 24 && types[profileProvider] == nil && s.behavior.unmanagedAttributes { // before 24 a realm kept every attribute
		profile := s.profileOf(r)
		profile["unmanagedAttributePolicy"] = "ENABLED"
		r.profile = profile
	}
}

// majorOf is the version of the Keycloak that exported a realm; 0 is unknown.
func majorOf(rep map[string]any) int64 {
	major, _, _ := strings.Cut(str(rep, "keycloakVersion"), ".")
	n, _ := json.Number(major).Int64()
	return n
}

func (s *Server) importComponentsOf(r *realm, parent, kind string, l []map[string]any) {
	for _, m := range l {
		comp := clean(componentSchema, m)
		comp["id"], comp["providerType"], comp["parentId"] = cmp.Or(str(m, "id"), newID()), kind, parent
		if comp["config"] == nil {
			comp["config"] = map[string]any{}
		}
		r.components = append(r.components, comp)
		if kind == keyProvider {
			s.addKey(r, comp)
		}
		below, _ := m["subComponents"].(map[string]any)
		for _, t := range slices.Sorted(maps.Keys(below)) {
			s.importComponentsOf(r, str(comp, "id"), t, objects(below[t]))
		}
	}
}
