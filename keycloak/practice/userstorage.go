package practice

import (
	"net/http"
	"slices"
)

// Providers of user storage are kept as the components that they are; no directory is asked.

func (c *call) storage(missing string) error {
	if !c.auth.on(c.realm).canManageUsers() {
		return c.errForbidden()
	}
	if !slices.ContainsFunc(c.realm.components, func(m map[string]any) bool { return str(m, "id") == c.param("storage") }) {
		return errText(http.StatusNotFound, missing)
	}
	return errNotImplemented("users of other directories: it keeps the settings of a user storage, and reads or writes none")
}

func buildStorage() *class {
	component := func(c *call) error { return c.storage("Could not find component") }
	return (&class{}).
		on("GET", "{storage}/name", component).
		onAny("POST", "{storage}/sync", component).
		onAny("POST", "{storage}/unlink-users", component).
		onAny("POST", "{storage}/remove-imported-users", component).
		onAny("POST", "{storage}/mappers/{mapper}/sync", func(c *call) error { return c.storage("Parent model not found") })
}
