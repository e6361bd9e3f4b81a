package practice

import (
	"net/http"
)

// organizations: off in every new realm, so the answer is the one of a realm without them.
func (c *call) enterOrganizations() error {
	if !c.p().organizations {
		return errNotFound()
	}
	x := c.auth.on(c.realm)
	if !x.any("manage-realm") && (!c.p().organizationRoles || !x.any("manage-organizations", "view-organizations", "query-organizations")) {
		return c.errForbidden()
	}
	if !c.realm.flag("organizationsEnabled") {
		return errMessage(http.StatusNotFound, "Organizations not enabled for this realm.")
	}
	return errNotImplemented("organizations")
}
