package practice

import (
	"net/http"
	"slices"
	"time"

	"fix403/keycloak/sift"
)

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
	c.user.requiredActions = sift.Out(c.user.requiredActions, func(a string) bool { return a == updatePassword })
	c.user.setPassword(v, boolean(rep, "temporary"), c.now)
	return c.noContent()
}

// setPassword: a temporary password leaves the user the action to change it.
func (u *user) setPassword(value string, temporary bool, now time.Time) {
	u.password = newPassword(value, temporary, now.UnixMilli())
	if temporary && !slices.Contains(u.requiredActions, updatePassword) {
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
		m := map[string]any{"id": p.id, "type": "password", "createdDate": p.created, "credentialData": c.behavior().credentialData}
		if p.label != "" {
			m["userLabel"] = p.label
		}
		out = append(out, m)
	}
	return c.ok(out)
}

// labelCredential takes the label as plain text.
func (c *call) labelCredential() error {
	if err := c.requireManageUser(); err != nil {
		return err
	}
	if p := c.user.password; p == nil || p.id != c.param("credential") {
		return errText(http.StatusNotFound, "Credential not found")
	}
	c.user.password.label = string(c.body)
	return c.noContent()
}

// disableCredentialTypes: a password cannot be disabled, and there is nothing else.
func (c *call) disableCredentialTypes() error {
	if err := c.requireManageUser(); err != nil {
		return err
	}
	return c.noContent()
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
