package practice

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"fix403/keycloak/sift"
)

// organization groups users of a realm under domains (from 26, where the realm
// has organizationsEnabled).
type organization struct {
	id, name, alias, description, redirectURL string
	enabled                                   bool
	domains                                   []map[string]any
	attributes                                map[string][]string
	members                                   []*user // in the order they joined
}

var organizationSchema = newSchema("OrganizationRepresentation", "id name alias description redirectUrl", "enabled", "", "", "attributes", "domains members identityProviders groups")

func buildOrganizations() *class {
	org := (&class{}).
		on("GET", "", (*call).getOrganization).
		on("PUT", "", (*call).putOrganization).
		onAny("DELETE", "", (*call).deleteOrganization).
		on("GET", "members", (*call).listMembers).
		on("POST", "members", (*call).postMember).
		on("GET", "members/count", (*call).countMembers).
		onAny("POST", "members/invite-user", (*call).inviteMember).
		onAny("POST", "members/invite-existing-user", (*call).inviteMember).
		on("GET", "members/{member}", (*call).getMember).
		onAny("DELETE", "members/{member}", (*call).deleteMember).
		on("GET", "members/{member}/organizations", (*call).organizationsOfMember).
		on("GET", "identity-providers", (*call).listOrganizationProviders).
		on("POST", "identity-providers", (*call).changeOrganizationProviders).
		onAny("DELETE", "identity-providers/{provider}", (*call).changeOrganizationProviders).
		mount("invitations", (*call).enterInvitations, nil)
	return (&class{}).
		on("GET", "", (*call).listOrganizations).
		on("POST", "", (*call).postOrganization).
		on("GET", "count", (*call).countOrganizations).
		on("GET", "members/{member}/organizations", (*call).organizationsOfUser).
		mount("{org}", (*call).enterOrganization, org)
}

// Which admin roles open organizations: manage-realm, and from 26.7 roles of their own.

func (x rights) canQueryOrganizations() bool {
	return x.canViewOrganizations() || x.a.s.behavior.organizationRoles && x.any("query-organizations")
}

func (x rights) canViewOrganizations() bool {
	return x.canManageOrganizations() || x.a.s.behavior.organizationRoles && x.any("view-organizations")
}

func (x rights) canManageOrganizations() bool {
	return x.canManageRealm() || x.a.s.behavior.organizationRoles && x.any("manage-organizations")
}

// The members are users: from 26.7 they need a role over users too.

func (x rights) canViewMembers() bool {
	return x.canViewOrganizations() && (!x.a.s.behavior.organizationRoles || x.canViewUsers())
}

func (x rights) canManageMembers() bool {
	return x.canManageOrganizations() && (!x.a.s.behavior.organizationRoles || x.canManageUsers())
}

// enterOrganizations: before 26 there is nothing of that name.
func (c *call) enterOrganizations() error {
	if !c.behavior().organizations {
		return errNotFound()
	}
	return nil
}

// organizationsOn checks the role, then whether the realm has organizations.
func (c *call) organizationsOn(may bool) error {
	if !may {
		return c.errForbidden()
	}
	if !c.realm.flag("organizationsEnabled") {
		return errMessage(http.StatusNotFound, "Organizations not enabled for this realm.")
	}
	return nil
}

// enterOrganization is the locator {org}: who may query organizations learns
// whether it exists, who may view them goes on.
func (c *call) enterOrganization() error {
	x := c.auth.on(c.realm)
	if err := c.organizationsOn(x.canQueryOrganizations()); err != nil {
		return err
	}
	i := slices.IndexFunc(c.realm.organizations, func(o *organization) bool { return o.id == c.param("org") })
	if i < 0 {
		return errMessage(http.StatusNotFound, "Organization not found.")
	}
	c.org = c.realm.organizations[i]
	if !x.canViewOrganizations() {
		return c.errForbidden()
	}
	return nil
}

func (o *organization) brief() map[string]any {
	m := map[string]any{"id": o.id, "name": o.name, "alias": o.alias, "enabled": o.enabled}
	if o.description != "" {
		m["description"] = o.description
	}
	if o.redirectURL != "" {
		m["redirectUrl"] = o.redirectURL
	}
	if len(o.domains) > 0 {
		m["domains"] = o.domains
	}
	return m
}

func (o *organization) full() map[string]any {
	m := o.brief()
	if len(o.attributes) > 0 {
		m["attributes"] = o.attributes
	}
	return m
}

// foundOrganizations are those that the query asks for, by name: part of name
// or domain, the whole with exact, or attributes with q.
func (c *call) foundOrganizations() []*organization {
	search, exact := strings.ToLower(c.query.Get("search")), c.boolParam("exact")
	hit := func(v string) bool {
		v = strings.ToLower(v)
		return exact && v == search || !exact && strings.Contains(v, search)
	}
	var found []*organization
	for _, o := range c.realm.organizations {
		if !c.auth.on(c.realm).canViewOrganizations() {
			break // query-organizations alone finds none, and counts 0
		}
		ok := search == "" || hit(o.name) || slices.ContainsFunc(o.domains, func(d map[string]any) bool { return hit(str(d, "name")) })
		for _, pair := range strings.Fields(c.query.Get("q")) {
			k, v, _ := strings.Cut(pair, ":")
			ok = ok && slices.Contains(o.attributes[k], v)
		}
		if ok {
			found = append(found, o)
		}
	}
	slices.SortFunc(found, func(a, b *organization) int { return strings.Compare(a.name, b.name) })
	return found
}

func (c *call) listOrganizations() error {
	first, limit, err := c.pageParams(0, 10)
	if err != nil {
		return err
	}
	if err := c.organizationsOn(c.auth.on(c.realm).canQueryOrganizations()); err != nil {
		return err
	}
	out := []any{}
	for _, o := range page(c.foundOrganizations(), first, limit) {
		if c.query.Get("briefRepresentation") == "false" {
			out = append(out, o.full())
		} else {
			out = append(out, o.brief())
		}
	}
	return c.ok(out)
}

func (c *call) countOrganizations() error {
	if err := c.organizationsOn(c.auth.on(c.realm).canQueryOrganizations()); err != nil {
		return err
	}
	return c.ok(len(c.foundOrganizations()))
}

func (c *call) postOrganization() error {
	rep, err := c.object(organizationSchema)
	if err != nil {
		return err
	}
	if err := c.organizationsOn(c.auth.on(c.realm).canManageOrganizations()); err != nil {
		return err
	}
	o := &organization{id: newID(), name: strings.TrimSpace(str(rep, "name")), alias: str(rep, "alias")}
	if o.name == "" {
		return errMessage(http.StatusBadRequest, "Name can not be null")
	}
	if f := c.checkOrganizationAlias(o); f != nil {
		return f
	}
	for _, other := range c.realm.organizations {
		if other.name == o.name {
			return errMessage(http.StatusConflict, "A organization with the same name already exists.")
		}
		if other.alias == o.alias {
			return errMessage(http.StatusConflict, "A organization with the same alias already exists")
		}
	}
	if err := c.setOrganization(o, rep); err != nil {
		return err
	}
	if len(c.realm.organizations) >= maxPerRealm {
		return errLimit("The practice Keycloak keeps no more organizations in a realm: delete one first.")
	}
	c.realm.organizations = append(c.realm.organizations, o)
	return c.created(o.id)
}

// checkOrganizationAlias: without an alias the name is it, and must be fit for it.
func (c *call) checkOrganizationAlias(o *organization) *failure {
	if o.alias != "" {
		return checkAlias(o.alias)
	}
	o.alias = o.name
	f := checkAlias(o.name)
	switch {
	case f == nil:
		return nil
	case c.behavior().organizationErrors:
		return errMessage(http.StatusBadRequest, "Name cannot be used as alias: "+str(f.body, "error"))
	}
	return errMessage(http.StatusBadRequest, "Name contains a reserved character and cannot be used as alias")
}

// setOrganization takes over everything but name and alias. What the body
// leaves out is emptied, attributes apart.
func (c *call) setOrganization(o *organization, rep map[string]any) error {
	for _, d := range objects(rep["domains"]) {
		name := strings.ToLower(str(d, "name"))
		if !validDomain(name) {
			text := "The specified domain is invalid: "
			if c.behavior().organizationErrors {
				text = "Invalid domain format: "
			}
			return errMessage(http.StatusBadRequest, text+name)
		}
		for _, other := range c.realm.organizations {
			if other == o || !slices.ContainsFunc(other.domains, func(x map[string]any) bool { return str(x, "name") == name }) {
				continue
			}
			whose := "another organization"
			if c.behavior().organizationErrors {
				whose = "organization " + other.name
			}
			return errMessage(http.StatusBadRequest, fmt.Sprintf("Domain %s is already linked to %s in realm %s", name, whose, c.realm.name))
		}
	}
	o.take(rep)
	return nil
}

// take keeps the settings as they are given.
func (o *organization) take(rep map[string]any) {
	o.domains, o.description, o.redirectURL = nil, str(rep, "description"), str(rep, "redirectUrl")
	for _, d := range objects(rep["domains"]) {
		o.domains = append(o.domains, map[string]any{"name": strings.ToLower(str(d, "name")), "verified": boolean(d, "verified")})
	}
	o.enabled = rep["enabled"] == nil || boolean(rep, "enabled")
	if a, ok := rep["attributes"].(map[string]any); ok {
		o.attributes = map[string][]string{}
		for k := range a {
			o.attributes[k] = strs(a, k)
		}
	}
}

// validDomain: letters, digits and dashes between dots.
func validDomain(name string) bool {
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
	}
	return true
}

func (c *call) getOrganization() error { return c.ok(c.org.full()) }

func (c *call) putOrganization() error {
	rep, err := c.object(organizationSchema)
	if err != nil {
		return err
	}
	if !c.auth.on(c.realm).canManageOrganizations() {
		return c.errForbidden()
	}
	name := strings.TrimSpace(str(rep, "name"))
	alias := str(rep, "alias")
	if alias == "" {
		alias = name
	}
	if alias != c.org.alias {
		return errMessage(http.StatusBadRequest, "Cannot change the alias")
	}
	for _, o := range c.realm.organizations {
		if name == "" || o != c.org && o.name == name {
			return errMessage(http.StatusConflict, "A organization with the same name already exists.")
		}
	}
	if err := c.setOrganization(c.org, rep); err != nil {
		return err
	}
	c.org.name = name
	return c.noContent()
}

func (c *call) deleteOrganization() error {
	if !c.auth.on(c.realm).canManageOrganizations() {
		return c.errForbidden()
	}
	c.realm.organizations = sift.Out(c.realm.organizations, func(o *organization) bool { return o == c.org })
	return c.noContent()
}

// listOrganizationProviders: this server links none.
func (c *call) listOrganizationProviders() error {
	x := c.auth.on(c.realm)
	if !x.canViewOrganizations() || c.behavior().organizationRoles && !x.canViewIdentityProviders() {
		return c.errForbidden()
	}
	return c.ok([]any{})
}

func (c *call) changeOrganizationProviders() error {
	x := c.auth.on(c.realm)
	if !x.canManageOrganizations() || c.behavior().organizationRoles && !x.canManageIdentityProviders() {
		return c.errForbidden()
	}
	return errNotImplemented("identity providers of an organization")
}

// organizationsOf are the brief representations of those the user is a member of.
func (r *realm) organizationsOf(u *user) []any {
	out := []any{}
	for _, o := range r.organizations {
		if slices.Contains(o.members, u) {
			out = append(out, o.brief())
		}
	}
	return out
}

// organizationsOfUser is organizations/members/{member}/organizations. 26.4.0
// shows it to every caller of the realm.
func (c *call) organizationsOfUser() error {
	if err := c.organizationsOn(!c.behavior().organizationRoles || c.auth.on(c.realm).canViewMembers()); err != nil {
		return err
	}
	u := c.realm.users[c.param("member")]
	if u == nil {
		return errNotFound()
	}
	return c.ok(c.realm.organizationsOf(u))
}
