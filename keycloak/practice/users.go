package practice

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

var userSchema = newSchema("UserRepresentation",
	`id username firstName lastName email self origin federationLink serviceAccountClientId`,
	`emailVerified enabled totp`,
	`createdTimestamp notBefore`,
	`disableableCredentialTypes requiredActions realmRoles groups`,
	`userProfileMetadata clientRoles access`,
	`attributes credentials federatedIdentities clientConsents applicationRoles socialLinks`)

// enterUser is the locator users/{id}. Whether the user exists is answered only to
// callers who may query users; others get 403 either way.
func (c *call) enterUser() error {
	u := c.realm.users[c.param("user")]
	if u == nil {
		if c.canQueryUsers() {
			return errText(http.StatusNotFound, "User not found")
		}
		return c.errForbidden()
	}
	c.user = u
	return nil
}

// canViewUser: view-users, or a fine-grained permission on this user, or on
// the members of one of its groups.
func (c *call) canViewUser(u *user) bool {
	if c.auth.on(c.realm).canViewUsers() {
		return true
	}
	return c.fineGrained("Users", u.id, "view")
}

// inUserList: lists ask less of permissions than the user itself does.
func (c *call) inUserList(u *user) bool {
	if c.auth.on(c.realm).canViewUsers() || c.fineGrainedInList("Users", u.id, "view") {
		return true
	}
	for _, g := range u.groups {
		if c.fineGrainedInList("Groups", g.id, "view-members") {
			return true
		}
	}
	return false
}

// canQueryUsers: a query role, or a permission to view all users.
func (c *call) canQueryUsers() bool {
	return c.auth.on(c.realm).canQueryUsers() || c.fineGrained("Users", "", "view")
}

func (c *call) requireViewUser() error {
	if c.canViewUser(c.user) {
		return nil
	}
	return c.errForbidden()
}

func (c *call) canManageUser(u *user) bool {
	return c.auth.on(c.realm).canManageUsers() || c.fineGrained("Users", u.id, "manage")
}

func (c *call) requireManageUser() error {
	if c.canManageUser(c.user) {
		return nil
	}
	return c.errForbidden()
}

// userAccess returns what the caller may do with a user.
func (c *call) userAccess(u *user) map[string]bool {
	x := c.auth.on(c.realm)
	all, manage := x.canManageUsers(), c.canManageUser(u)
	m := map[string]bool{
		"manageGroupMembership": all || c.fineGrained("Users", u.id, "manage-group-membership"),
		"view":                  c.canViewUser(u),
		"mapRoles":              all || c.fineGrained("Users", u.id, "map-roles"),
		"impersonate":           x.any("impersonation") || c.fineGrained("Users", u.id, "impersonate"),
		"manage":                manage,
	}
	if c.behavior().resetPasswordAccess {
		m["resetPassword"] = manage || c.fineGrained("Users", u.id, "reset-password")
	}
	return m
}

// userRep is a UserRepresentation; brief leaves out what a list does not need.
func userRep(u *user, brief bool) map[string]any {
	m := map[string]any{"id": u.id, "username": u.username, "emailVerified": u.emailVerified, "enabled": u.enabled, "createdTimestamp": u.created}
	for k, v := range map[string]string{"firstName": u.firstName, "lastName": u.lastName, "email": u.email, "federationLink": u.federationLink} {
		if v != "" {
			m[k] = v
		}
	}
	if brief {
		return m
	}
	if len(u.attributes) > 0 {
		m["attributes"] = u.attributes
	}
	actions := u.requiredActions
	if actions == nil {
		actions = []string{}
	}
	m["totp"], m["disableableCredentialTypes"], m["requiredActions"], m["notBefore"] = false, []string{}, actions, u.notBefore
	return m
}

func (c *call) getUser() error {
	if err := c.requireViewUser(); err != nil {
		return err
	}
	m := userRep(c.user, false)
	m["access"] = c.userAccess(c.user)
	if c.boolParam("userProfileMetadata") {
		m["userProfileMetadata"] = c.s.userMetadata(c.realm)
	}
	return c.ok(m)
}

// mayMakeUserIn: who may not manage all users makes one in groups that permissions open: their members and membership are managed by the
// caller, who may view them. (On 26.7.4 a group that was looked up by its path shortly before is found without view; this server always
// answers as the first time.)
func (c *call) mayMakeUserIn(groups []string) bool {
	if c.auth.on(c.realm).canManageUsers() || c.fineGrained("Users", "", "manage") {
		return true
	}
	for _, p := range groups {
		g := c.realm.groupByPath(p)
		if g == nil || !c.fineGrained("Groups", g.id, "manage-members") || !c.fineGrained("Groups", g.id, "manage-membership") || !c.fineGrained("Groups", g.id, "view") {
			return false
		}
	}
	return len(groups) > 0
}

func (c *call) postUser() error {
	rep, err := c.object(userSchema)
	if err != nil {
		return err
	}
	if !c.mayMakeUserIn(strs(rep, "groups")) {
		return c.errForbidden()
	}
	r := c.realm
	name := strings.ToLower(str(rep, "username"))
	if r.flag("registrationEmailAsUsername") {
		name = strings.ToLower(strings.TrimSpace(str(rep, "email")))
	}
	if name == "" {
		return errMessage(http.StatusBadRequest, "User name is missing")
	}
	if email := str(rep, "email"); email != "" && !r.flag("duplicateEmailsAllowed") && r.userByEmail(email) != nil {
		// With both taken, Keycloak names the email.
		return errMessage(http.StatusConflict, "User exists with same email")
	}
	if r.userByName(name) != nil {
		return errMessage(http.StatusConflict, "User exists with same username")
	}
	if f := validateUser(name, rep); f != nil {
		return f
	}
	if len(r.users) >= c.s.opt.MaxUsers {
		return errLimit(fmt.Sprintf("The practice Keycloak keeps at most %d users in a realm: delete one first.", c.s.opt.MaxUsers))
	}
	u := &user{id: c.s.ids.next(), username: name, created: c.now.UnixMilli(), attributes: map[string][]string{}, roles: []*role{r.defaultRole}, groups: slices.Clone(r.defaultGroups)}
	c.s.updateUser(r, u, rep, c.now)
	for _, p := range strs(rep, "groups") {
		g := r.groupByPath(p)
		if g == nil {
			return c.errInternal()
		}
		if !c.mayPutInto(g) {
			return c.errForbidden()
		}
		u.groups = append(u.groups, g)
	}
	for _, m := range objects(rep["credentials"]) {
		// A credential without a value is an internal error from 26, one with an empty value before.
		if _, given := m["value"]; given == c.behavior().emptyPassword500 && str(m, "value") == "" {
			return c.errInternal()
		}
	}
	r.users[u.id] = u
	return c.created(u.id)
}

// updateUser sets what rep names and leaves the rest.
func (s *Server) updateUser(r *realm, u *user, rep map[string]any, now time.Time) {
	// A representation with attributes is taken as whole: names and email it
	// leaves out are removed. Without attributes they stay.
	_, whole := rep["attributes"]
	for k, p := range map[string]*string{"firstName": &u.firstName, "lastName": &u.lastName, "email": &u.email} {
		if _, ok := rep[k]; ok || whole {
			*p = str(rep, k)
		}
	}
	u.email = strings.ToLower(u.email)
	for k, p := range map[string]*bool{"enabled": &u.enabled, "emailVerified": &u.emailVerified} {
		if _, ok := rep[k]; ok {
			*p = boolean(rep, k)
		}
	}
	if _, ok := rep["notBefore"]; ok {
		u.notBefore = num(rep, "notBefore")
	}
	if _, ok := rep["requiredActions"]; ok {
		u.requiredActions = s.knownActions(strs(rep, "requiredActions"))
	}
	if _, ok := rep["attributes"]; ok {
		u.attributes = s.managedAttributes(r, rep["attributes"])
	}
	if creds, ok := rep["credentials"].([]any); ok {
		for _, x := range creds {
			m, _ := x.(map[string]any)
			if v := str(m, "value"); v != "" {
				u.setPassword(v, boolean(m, "temporary"), now)
			}
		}
	}
}

func (c *call) putUser() error {
	rep, err := c.object(userSchema)
	if err != nil {
		return err
	}
	if err := c.requireManageUser(); err != nil {
		return err
	}
	r, u := c.realm, c.user
	if n, given := rep["username"].(string); given && strings.TrimSpace(n) == "" {
		return errMessage(http.StatusBadRequest, "User name is missing")
	}
	if n := strings.ToLower(str(rep, "username")); n != "" && n != u.username {
		if !r.flag("editUsernameAllowed") {
			return errField("username", "error-user-attribute-read-only")
		}
		if r.userByName(n) != nil {
			return errMessage(http.StatusConflict, "User exists with same username")
		}
		if f := validateUser(n, rep); f != nil {
			return f
		}
		u.username = n
	}
	if e := str(rep, "email"); e != "" && !r.flag("duplicateEmailsAllowed") {
		if o := r.userByEmail(e); o != nil && o != u {
			return errMessage(http.StatusConflict, "User exists with same email")
		}
	}
	if f := validateUser(u.username, rep); f != nil && u.serviceClient == nil {
		return f
	}
	locked := u.attributes[disabledReason]
	c.s.updateUser(r, u, rep, c.now)
	if locked != nil {
		if u.attributes[disabledReason] = locked; u.enabled {
			r.letIn(u)
		}
	}
	return c.noContent()
}

func (c *call) deleteUser() error {
	if err := c.requireManageUser(); err != nil {
		return err
	}
	c.realm.removeUser(c.user)
	c.noCache()
	return c.noContent()
}

// unmanagedAttributes are those the user profile does not name (from 26).
func (c *call) unmanagedAttributes() error {
	if !c.behavior().unmanagedAttributes {
		return errNotFound()
	}
	if err := c.requireViewUser(); err != nil {
		return err
	}
	return c.ok(c.s.unmanaged(c.realm, c.user))
}

// viewUserEmpty answers with an empty list: what this server keeps nothing of.
func (c *call) viewUserEmpty() error {
	if err := c.requireViewUser(); err != nil {
		return err
	}
	return c.ok([]any{})
}
