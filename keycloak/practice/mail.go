package practice

import (
	"encoding/json"
	"net/http"
	"slices"
)

// This server sends no mail. A realm without a mail server cannot either, and says so as Keycloak does (measured on 26.7.4).

func sendMail(actions, verify bool) handler {
	return func(c *call) error {
		if err := c.requireManageUser(); err != nil {
			return err
		}
		u := c.user
		var wanted []string
		if actions && len(c.body) > 0 && json.Unmarshal(c.body, &wanted) != nil {
			return c.errParse("unknown_error")
		}
		switch mail, _ := c.realm.rep["smtpServer"].(map[string]any); {
		case u.email == "":
			return errMessage(http.StatusBadRequest, "User email missing")
		case !u.enabled:
			return errMessage(http.StatusBadRequest, "User is disabled")
		case slices.ContainsFunc(wanted, func(a string) bool { return len(c.s.knownActions([]string{a})) == 0 }):
			return errMessage(http.StatusBadRequest, "Provided invalid required actions")
		case str(mail, "from") != "" || c.behavior().mailFailure == "":
			return errNotImplemented("mail")
		case verify:
			return errMessage(http.StatusInternalServerError, "Failed to send verify email")
		}
		return errMessage(http.StatusInternalServerError, c.behavior().mailFailure)
	}
}
