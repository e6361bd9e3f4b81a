package practice

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
)

// Texts of the login pages in the languages of a realm. Reading them needs any
// admin role, changing them manage-realm (measured on the three versions).

func buildLocalization() *class {
	return (&class{}).
		on("GET", "", (*call).listLocales).
		on("GET", "{locale}", (*call).getLocale).
		on("POST", "{locale}", (*call).postLocale).
		onAny("DELETE", "{locale}", (*call).deleteLocale).
		on("GET", "{locale}/{key}", (*call).getText).
		onText("PUT", "{locale}/{key}", (*call).putText).
		onAny("DELETE", "{locale}/{key}", (*call).deleteText)
}

func (c *call) listLocales() error {
	if !c.auth.on(c.realm).isAdmin() {
		return c.errForbidden()
	}
	c.uncached = true
	l := slices.Sorted(maps.Keys(c.realm.texts))
	if l == nil {
		l = []string{}
	}
	return c.ok(l)
}

func (c *call) getLocale() error {
	if !c.auth.on(c.realm).isAdmin() {
		return c.errForbidden()
	}
	c.uncached = true
	m := c.realm.texts[c.param("locale")]
	if m == nil {
		m = map[string]string{}
	}
	return c.ok(m)
}

func (c *call) getText() error {
	if !c.auth.on(c.realm).isAdmin() {
		return c.errForbidden()
	}
	t, ok := c.realm.texts[c.param("locale")][c.param("key")]
	if !ok {
		return errText(http.StatusNotFound, "Localization text not found")
	}
	c.uncached, c.status, c.ctype, c.raw = true, http.StatusOK, "text/plain;charset=UTF-8", []byte(t)
	return nil
}

// setText keeps one text; the number of texts is bounded.
func (c *call) setText(locale, key, text string) error {
	r := c.realm
	n := 0
	for _, m := range r.texts {
		n += len(m)
	}
	if n >= maxPerRealm {
		return errLimit("The practice Keycloak keeps no more localization texts in a realm: delete some first.")
	}
	if r.texts[locale] == nil {
		r.texts[locale] = map[string]string{}
	}
	r.texts[locale][key] = text
	return nil
}

func (c *call) putText() error {
	if !c.auth.on(c.realm).canManageRealm() {
		return c.errForbidden()
	}
	if err := c.setText(c.param("locale"), c.param("key"), string(c.body)); err != nil {
		return err
	}
	return c.noContent()
}

// postLocale adds texts to those that are there.
func (c *call) postLocale() error {
	if !c.auth.on(c.realm).canManageRealm() {
		return c.errForbidden()
	}
	var m map[string]string
	if err := json.Unmarshal(c.body, &m); err != nil {
		return c.errParse("unknown_error")
	}
	for _, k := range slices.Sorted(maps.Keys(m)) {
		if err := c.setText(c.param("locale"), k, m[k]); err != nil {
			return err
		}
	}
	return c.noContent()
}

func (c *call) deleteLocale() error {
	if !c.auth.on(c.realm).canManageRealm() {
		return c.errForbidden()
	}
	if _, ok := c.realm.texts[c.param("locale")]; !ok {
		return errText(http.StatusNotFound, "No localization texts for locale "+c.param("locale")+" found.")
	}
	delete(c.realm.texts, c.param("locale"))
	return c.noContent()
}

func (c *call) deleteText() error {
	if !c.auth.on(c.realm).canManageRealm() {
		return c.errForbidden()
	}
	m := c.realm.texts[c.param("locale")]
	if _, ok := m[c.param("key")]; !ok {
		return errText(http.StatusNotFound, "Localization text not found")
	}
	delete(m, c.param("key"))
	return c.noContent()
}
