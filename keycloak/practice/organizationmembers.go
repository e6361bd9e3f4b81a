package practice

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"fix403/keycloak/sift"
)

// memberRep is a user as a member. 26.7 lists members in brief.
func memberRep(u *user, brief bool) map[string]any {
	m := userRep(u, brief)
	m["membershipType"] = "UNMANAGED"
	return m
}

func (c *call) listMembers() error {
	first, limit, err := c.pageParams(0, 10)
	if err != nil {
		return err
	}
	if !c.auth.on(c.realm).canViewMembers() {
		return c.errForbidden()
	}
	search, exact := strings.ToLower(c.query.Get("search")), c.boolParam("exact")
	var found []*user
	for _, u := range c.org.members {
		hit := search == ""
		for _, v := range []string{u.username, u.email, strings.ToLower(u.firstName), strings.ToLower(u.lastName)} {
			hit = hit || exact && v == search || !exact && strings.Contains(v, search)
		}
		if hit {
			found = append(found, u)
		}
	}
	slices.SortFunc(found, func(a, b *user) int { return strings.Compare(a.username, b.username) })
	out := []any{}
	for _, u := range page(found, first, limit) {
		out = append(out, memberRep(u, c.behavior().memberListBrief))
	}
	return c.ok(out)
}

func (c *call) countMembers() error {
	if !c.auth.on(c.realm).canViewMembers() {
		return c.errForbidden()
	}
	return c.ok(len(c.org.members))
}

// postMember takes a user's id, as a JSON string or bare.
func (c *call) postMember() error {
	if !c.auth.on(c.realm).canManageMembers() {
		return c.errForbidden()
	}
	id := strings.TrimSpace(string(c.body))
	var quoted string
	if json.Unmarshal(c.body, &quoted) == nil {
		id = quoted
	}
	u := c.realm.users[id]
	switch {
	case u == nil && c.behavior().memberUnknown404:
		return errNotFound()
	case u == nil:
		return errMessage(http.StatusBadRequest, "User does not exist")
	case slices.Contains(c.org.members, u):
		return errMessage(http.StatusConflict, "User is already a member of the organization.")
	}
	c.org.members = append(c.org.members, u)
	return c.created(u.id)
}

func (c *call) theMember(may bool) (*user, error) {
	if !may {
		return nil, c.errForbidden()
	}
	u := c.realm.users[c.param("member")]
	if u == nil || !slices.Contains(c.org.members, u) {
		return nil, errNotFound()
	}
	return u, nil
}

func (c *call) getMember() error {
	u, err := c.theMember(c.auth.on(c.realm).canViewMembers())
	if err != nil {
		return err
	}
	return c.ok(memberRep(u, false))
}

func (c *call) deleteMember() error {
	u, err := c.theMember(c.auth.on(c.realm).canManageMembers())
	if err != nil {
		return err
	}
	c.org.members = sift.Out(c.org.members, func(m *user) bool { return m == u })
	return c.noContent()
}

func (c *call) organizationsOfMember() error {
	u, err := c.theMember(c.auth.on(c.realm).canViewMembers())
	if err != nil {
		return err
	}
	return c.ok(c.realm.organizationsOf(u))
}

// inviteMember would send a mail.
func (c *call) inviteMember() error {
	if !c.auth.on(c.realm).canManageOrganizations() {
		return c.errForbidden()
	}
	return errNotImplemented("invitations by mail")
}
