package practice

import (
	"slices"
	"strings"

	"fix403/keycloak/sift"
)

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
	// A service account is found by its name, but is in no plain list.
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
	first, limit, err := c.pageParams(0, 100)
	if err != nil {
		return err
	}
	if !c.canQueryUsers() {
		return c.errForbidden()
	}
	brief := c.boolParam("briefRepresentation") && !c.behavior().listProfileMetadata
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
	found = sift.Out(found, func(u *user) bool { return !c.inUserList(u) })
	out := []any{}
	for _, u := range page(found, first, limit) {
		out = append(out, c.userInList(u, brief))
	}
	return c.ok(out)
}

func (c *call) userInList(u *user, brief bool) map[string]any {
	m := userRep(u, brief)
	if c.behavior().listAccessFull {
		m["access"] = c.userAccess(u)
	} else {
		m["access"] = map[string]bool{"manage": c.canManageUser(u)}
	}
	if c.behavior().listProfileMetadata && !brief {
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
	if !c.behavior().countByLinkedProvider {
		f.none = false
	}
	if c.behavior().countLoose {
		// 24.0.5 counts by other rules than it lists: service accounts as soon
		// as there is a criterion, and exact is not one.
		f.exact = false
		f.serviceAccounts = f.any || c.query.Has("search")
	}
	n := 0
	for _, u := range c.realm.users {
		if f.matches(u) && (x.canViewUsers() || c.permissionsOn() == nil && c.behavior().queryCountsAll || c.inUserList(u)) {
			n++
		}
	}
	return c.ok(n)
}
