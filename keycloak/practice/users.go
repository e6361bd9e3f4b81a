package practice

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

var userSchema = newSchema("UserRepresentation",
	`id username firstName lastName email self origin federationLink serviceAccountClientId`,
	`emailVerified enabled totp`,
	`createdTimestamp notBefore`,
	`disableableCredentialTypes requiredActions realmRoles groups`,
	`userProfileMetadata clientRoles access`,
	`attributes credentials federatedIdentities clientConsents applicationRoles socialLinks`)

// enterUser is the locator users/{id}. Whether the user exists is told only to
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
	if decided, granted := c.fineGrainedDecision("Users", u.id, "view"); decided {
		return granted
	}
	for _, g := range u.groups {
		if c.fineGrained("Groups", g.id, "view-members") {
			return true
		}
	}
	return false
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

// userAccess tells what the caller may do with a user.
func (c *call) userAccess(u *user) map[string]bool {
	x := c.auth.on(c.realm)
	manage := c.canManageUser(u)
	m := map[string]bool{
		"manageGroupMembership": manage || c.fineGrained("Users", u.id, "manage-group-membership"),
		"view":                  c.canViewUser(u),
		"mapRoles":              manage || c.fineGrained("Users", u.id, "map-roles"),
		"impersonate":           x.any("impersonation") || c.fineGrained("Users", u.id, "impersonate"),
		"manage":                manage,
	}
	if c.p().resetPasswordAccess {
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

// userFilter is the query of a user list.
type userFilter struct {
	search                               string
	username, email, firstName, lastName string
	exact, any                           bool
	enabled, emailVerified               *bool
	attributes                           map[string]string
	serviceAccounts                      bool
	none                                 bool // asks for linked users, which there are none of
}

func (c *call) userFilter() userFilter {
	q := c.query
	f := userFilter{search: strings.TrimSpace(q.Get("search")), username: q.Get("username"), email: q.Get("email"),
		firstName: q.Get("firstName"), lastName: q.Get("lastName"), exact: c.boolParam("exact")}
	for name, p := range map[string]**bool{"enabled": &f.enabled, "emailVerified": &f.emailVerified} {
		if q.Has(name) {
			b := c.boolParam(name)
			*p = &b
		}
	}
	f.none = q.Has("idpAlias") || q.Has("idpUserId")
	f.attributes = searchQuery(q.Get("q"))
	f.any = f.username != "" || f.email != "" || f.firstName != "" || f.lastName != "" || f.enabled != nil || f.emailVerified != nil || len(f.attributes) > 0
	// A service account is found by its name, but stands in no plain list.
	f.serviceAccounts = f.search == "" && f.any
	return f
}

// searchQuery reads q=key:value key2:value2.
func searchQuery(q string) map[string]string {
	m := map[string]string{}
	for part := range strings.FieldsSeq(q) {
		if k, v, ok := strings.Cut(part, ":"); ok {
			m[strings.Trim(k, `"`)] = strings.Trim(v, `"`)
		}
	}
	return m
}

func (f *userFilter) matches(u *user) bool {
	if f.none || u.serviceClient != nil && !f.serviceAccounts {
		return false
	}
	if f.search != "" {
		for term := range strings.FieldsSeq(f.search) {
			if !searchTerm(term, u.username) && !searchTerm(term, u.email) && !searchTerm(term, u.firstName) && !searchTerm(term, u.lastName) {
				return false
			}
		}
		return true
	}
	for _, p := range []struct{ want, have string }{{f.username, u.username}, {f.email, u.email}, {f.firstName, u.firstName}, {f.lastName, u.lastName}} {
		if p.want == "" {
			continue
		}
		want, have := strings.ToLower(p.want), strings.ToLower(p.have)
		if f.exact && want != have || !strings.Contains(have, want) {
			return false
		}
	}
	if f.enabled != nil && *f.enabled != u.enabled || f.emailVerified != nil && *f.emailVerified != u.emailVerified {
		return false
	}
	for k, v := range f.attributes {
		if !slices.Contains(u.attributes[k], v) {
			return false
		}
	}
	return true
}

// searchTerm: a word matches a prefix, "word" the whole, *word* anywhere.
func searchTerm(term, value string) bool {
	term, value = strings.ToLower(term), strings.ToLower(value)
	if value == "" {
		return false
	}
	if len(term) > 1 && strings.HasPrefix(term, `"`) && strings.HasSuffix(term, `"`) {
		return value == strings.Trim(term, `"`)
	}
	if strings.HasPrefix(term, "*") {
		return strings.Contains(value, strings.Trim(term, "*"))
	}
	return strings.HasPrefix(value, strings.TrimSuffix(term, "*"))
}

func (c *call) listUsers() error {
	first, err := c.intParam("first", 0)
	if err != nil {
		return err
	}
	limit, err := c.intParam("max", 100)
	if err != nil {
		return err
	}
	if !c.canQueryUsers() {
		return c.errForbidden()
	}
	brief := c.boolParam("briefRepresentation") && !c.p().listProfileMetadata
	found := []*user{}
	if f := c.userFilter(); strings.HasPrefix(f.search, "id:") {
		for id := range strings.FieldsSeq(strings.TrimPrefix(f.search, "id:")) {
			if u := c.realm.users[id]; u != nil {
				found = append(found, u)
			}
		}
	} else {
		for _, u := range c.realm.userList() {
			if f.matches(u) {
				found = append(found, u)
			}
		}
	}
	// Callers who may only query get the users they may view: none, as a rule.
	found = slices.DeleteFunc(found, func(u *user) bool { return !c.inUserList(u) })
	out := []any{}
	for _, u := range page(found, first, limit) {
		out = append(out, c.userInList(u, brief))
	}
	return c.ok(out)
}

func (c *call) userInList(u *user, brief bool) map[string]any {
	m := userRep(u, brief)
	if c.p().listAccessFull {
		m["access"] = c.userAccess(u)
	} else {
		m["access"] = map[string]bool{"manage": c.canManageUser(u)}
	}
	if c.p().listProfileMetadata && !brief {
		m["userProfileMetadata"] = c.s.userMetadata(c.realm)
	}
	return m
}

func (c *call) countUsers() error {
	x := c.auth.on(c.realm)
	if !c.canQueryUsers() {
		return c.errForbidden()
	}
	f := c.userFilter()
	if !c.p().strictLists {
		f.none = false
	}
	if c.p().countLoose {
		// 24.0.5 counts by other rules than it lists: service accounts as soon
		// as there is a criterion, and exact is not one.
		f.exact = false
		f.serviceAccounts = f.any || c.query.Has("search")
	}
	n := 0
	for _, u := range c.realm.users {
		if f.matches(u) && (x.canViewUsers() || c.permissionsOn() == nil && c.p().queryCountsAll || c.inUserList(u)) {
			n++
		}
	}
	return c.ok(n)
}

func (c *call) postUser() error {
	rep, err := c.object(userSchema)
	if err != nil {
		return err
	}
	if !c.auth.on(c.realm).canManageUsers() {
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
	u := &user{id: newID(), username: name, created: c.now.UnixMilli(), attributes: map[string][]string{}, roles: []*role{r.defaultRole}, groups: slices.Clone(r.defaultGroups)}
	if f := c.s.updateUser(r, u, rep, c.now); f != nil {
		return f
	}
	for _, p := range strs(rep, "groups") {
		g := r.groupByPath(p)
		if g == nil {
			return c.errInternal()
		}
		u.groups = append(u.groups, g)
	}
	for _, m := range objects(rep["credentials"]) {
		// A credential without a value is an internal error from 26, one with an empty value before.
		if _, given := m["value"]; given == c.p().debugDescription && str(m, "value") == "" {
			return c.errInternal()
		}
	}
	r.users[u.id] = u
	return c.created(u.id)
}

// validateUser follows the default user profile's validators.
func validateUser(name string, rep map[string]any) *failure {
	if n := utf8.RuneCountInString(name); n < 3 || n > 255 {
		return errField("username", "error-invalid-length", 3, 255)
	}
	for _, ch := range name {
		if unicode.IsSpace(ch) || strings.ContainsRune("<>&\"$%!#?§;*~/\\|^=[]{}()`'", ch) || unicode.IsControl(ch) {
			return errField("username", "error-username-invalid-character")
		}
	}
	if e := str(rep, "email"); e != "" {
		a, err := mail.ParseAddress(e)
		if err != nil || a.Address != e || !strings.Contains(e, "@") {
			return errField("email", "error-invalid-email", e)
		}
		if len(e) > 255 {
			return errField("email", "error-invalid-length-too-long", nil, 255)
		}
	}
	for _, k := range []string{"firstName", "lastName"} {
		v := str(rep, k)
		if utf8.RuneCountInString(v) > 255 {
			return errField(k, "error-invalid-length-too-long", nil, 255)
		}
		if strings.ContainsAny(v, "<>&\"$%!#?§;*~/\\|^=[]{}()") {
			return errField(k, "error-person-name-invalid-character")
		}
	}
	return nil
}

// updateUser sets what rep names and leaves the rest.
func (s *Server) updateUser(r *realm, u *user, rep map[string]any, now time.Time) *failure {
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
	return nil
}

// knownActions drops what is no required action.
func (s *Server) knownActions(l []string) []string {
	var known []struct {
		Alias string `json:"alias"`
	}
	_ = json.Unmarshal(s.def.RequiredActions, &known)
	out := []string{}
	for _, a := range l {
		for _, k := range known {
			if k.Alias == a {
				out = append(out, a)
			}
		}
	}
	return out
}

// managedAttributes keeps the attributes the user profile knows, or all where
// it allows unmanaged ones. By default those are dropped without a word (FACTS section 8).
func (s *Server) managedAttributes(r *realm, v any) map[string][]string {
	out := map[string][]string{}
	given, _ := v.(map[string]any)
	known, all := s.profileAttributes(r)
	for k := range given {
		if !all && !known[k] || builtInAttribute(k) {
			continue
		}
		if l := strs(given, k); len(l) > 0 {
			out[k] = l
		} else if x := str(given, k); x != "" {
			out[k] = []string{x}
		}
	}
	return out
}

func builtInAttribute(k string) bool {
	return k == "username" || k == "email" || k == "firstName" || k == "lastName"
}

// profileOf is the realm's user profile configuration.
func (s *Server) profileOf(r *realm) map[string]any {
	if r.profile != nil {
		return r.profile
	}
	var m map[string]any
	_ = json.Unmarshal(s.def.Profile, &m)
	return m
}

func (s *Server) profileAttributes(r *realm) (known map[string]bool, all bool) {
	known = map[string]bool{}
	p := s.profileOf(r)
	l, _ := p["attributes"].([]any)
	for _, x := range l {
		m, _ := x.(map[string]any)
		known[str(m, "name")] = true
	}
	policy := str(p, "unmanagedAttributePolicy")
	return known, policy == "ENABLED" || policy == "ADMIN_EDIT"
}

func (s *Server) profileMetadata(r *realm) any {
	if r.profile == nil {
		return s.def.ProfileMetadata
	}
	l := []any{}
	attrs, _ := r.profile["attributes"].([]any)
	for _, x := range attrs {
		m, _ := x.(map[string]any)
		l = append(l, map[string]any{"name": m["name"], "displayName": m["displayName"], "required": m["required"] != nil, "readOnly": false,
			"validators": m["validations"], "multivalued": boolean(m, "multivalued")})
	}
	return map[string]any{"attributes": l, "groups": []any{}}
}

// userMetadata is the profile as it applies to an existing user: the username
// is read-only unless the realm lets it be edited.
func (s *Server) userMetadata(r *realm) any {
	b, err := json.Marshal(s.profileMetadata(r))
	if err != nil {
		return nil
	}
	var m map[string]any
	_ = json.Unmarshal(b, &m)
	for _, a := range objects(m["attributes"]) {
		if str(a, "name") == "username" {
			a["readOnly"] = !r.flag("editUsernameAllowed")
		}
	}
	return m
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
	if f := c.s.updateUser(r, u, rep, c.now); f != nil {
		return f
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

var credentialSchema = newSchema("CredentialRepresentation",
	"id type userLabel secretData credentialData value device hashedSaltedValue salt algorithm federationLink", "temporary",
	"createdDate priority hashIterations counter digits period", "", "config", "")

func (c *call) resetPassword() error {
	rep, err := c.object(credentialSchema)
	if err != nil {
		return err
	}
	if !c.canManageUser(c.user) && !c.fineGrained("Users", c.user.id, "reset-password") {
		return c.errForbidden()
	}
	v := str(rep, "value")
	if v == "" {
		return errText(http.StatusBadRequest, "No password provided")
	}
	c.user.setPassword(v, boolean(rep, "temporary"), c.now)
	return c.noContent()
}

// setPassword: a temporary password leaves the user the action to change it.
func (u *user) setPassword(value string, temporary bool, now time.Time) {
	u.password = newPassword(value, temporary, now.UnixMilli())
	u.requiredActions = slices.DeleteFunc(slices.Clone(u.requiredActions), func(a string) bool { return a == updatePassword })
	if temporary {
		u.requiredActions = append(u.requiredActions, updatePassword)
	}
}

const updatePassword = "UPDATE_PASSWORD"

func (c *call) listCredentials() error {
	if err := c.requireViewUser(); err != nil {
		return err
	}
	out := []any{}
	if p := c.user.password; p != nil {
		out = append(out, map[string]any{"id": p.id, "type": "password", "createdDate": p.created,
			"credentialData": c.p().credentialData})
	}
	return c.ok(out)
}

func (c *call) deleteCredential() error {
	if err := c.requireManageUser(); err != nil {
		return err
	}
	if p := c.user.password; p == nil || p.id != c.param("credential") {
		return errText(http.StatusNotFound, "Credential not found")
	}
	c.user.password = nil
	return c.noContent()
}

func (s *session) rep(r *realm, transientTold bool) map[string]any {
	ks := map[string]string{}
	for id := range s.clients {
		if k := r.clients[id]; k != nil {
			ks[id] = k.clientID
		}
	}
	m := map[string]any{"id": s.id, "username": s.user.username, "userId": s.user.id, "ipAddress": s.ip,
		"start": s.started * 1000, "lastAccess": s.access * 1000, "rememberMe": false, "clients": ks}
	if transientTold {
		m["transientUser"] = false
	}
	return m
}

// sessionsWhere lists the live sessions by start.
func (c *call) sessionsWhere(keep func(*session) bool) []any {
	l := []*session{}
	for _, s := range c.realm.sessions {
		if !c.realm.expired(s, c.now.Unix()) && keep(s) {
			l = append(l, s)
		}
	}
	slices.SortFunc(l, func(a, b *session) int { return strings.Compare(a.id, b.id) })
	slices.SortStableFunc(l, func(a, b *session) int { return int(a.started - b.started) })
	out := []any{}
	for _, s := range l {
		out = append(out, s.rep(c.realm, !c.p().countLoose))
	}
	return out
}

func (c *call) userSessions() error {
	if err := c.requireViewUser(); err != nil {
		return err
	}
	return c.ok(c.sessionsWhere(func(s *session) bool { return s.user == c.user }))
}

// viewUserEmpty stands for the lists this server keeps nothing for.
func (c *call) viewUserEmpty() error {
	if err := c.requireViewUser(); err != nil {
		return err
	}
	return c.ok([]any{})
}

// logoutUser ends the user's sessions. Session-less service account tokens go
// on working (unauth/service-account-logout).
func (c *call) logoutUser() error {
	if err := c.requireManageUser(); err != nil {
		return err
	}
	for id, s := range c.realm.sessions {
		if s.user == c.user {
			delete(c.realm.sessions, id)
		}
	}
	return c.noContent()
}

func (c *call) impersonate() error {
	x := c.auth.on(c.realm)
	if !x.any("impersonation") && !c.fineGrained("Users", c.user.id, "impersonate") {
		return c.errForbidden()
	}
	if !c.user.enabled {
		return errMessage(http.StatusBadRequest, "User is disabled")
	}
	c.noCache()
	// sameRealm is about the admin's own session, which a service account has
	// not; it makes room for the impersonated one.
	sid := c.auth.claims.str("sid")
	same := c.auth.realm == c.realm && sid != ""
	if same {
		delete(c.realm.sessions, sid)
	}
	c.newSession(c.realm, c.user, nil)
	return c.ok(map[string]any{"sameRealm": same, "redirect": c.issuer(c.realm) + "/account"})
}

func (c *call) userGroups() error {
	if err := c.requireViewUser(); err != nil {
		return err
	}
	out := []any{}
	for _, g := range c.user.groups {
		out = append(out, groupRep(g, true))
	}
	return c.ok(out)
}

func (c *call) userGroupsCount() error {
	if err := c.requireViewUser(); err != nil {
		return err
	}
	return c.ok(map[string]any{"count": len(c.user.groups)})
}

// membership checks user and group: a fine-grained caller needs a permission on both.
func (c *call) membership() (*group, error) {
	id := c.user.id
	g := c.realm.groups[c.param("group")]
	manage := c.auth.on(c.realm).canManageUsers()
	if !manage && !c.canManageUser(c.user) && !c.fineGrained("Users", id, "manage-group-membership") {
		return nil, c.errForbidden()
	}
	if g == nil {
		return nil, errText(http.StatusNotFound, "Group not found")
	}
	if !manage && !c.fineGrained("Groups", g.id, "manage-membership") {
		return nil, c.errForbidden()
	}
	return g, nil
}

func (c *call) joinGroup() error {
	g, err := c.membership()
	if err != nil {
		return err
	}
	if !slices.Contains(c.user.groups, g) {
		c.user.groups = append(c.user.groups, g)
	}
	c.noCache()
	return c.noContent()
}

func (c *call) leaveGroup() error {
	g, err := c.membership()
	if err != nil {
		return err
	}
	c.user.groups = slices.DeleteFunc(c.user.groups, func(x *group) bool { return x == g })
	c.noCache()
	return c.noContent()
}
