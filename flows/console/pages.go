package console

import "net/url"

// Page is a page of the Admin Console, by its path behind the realm.
type Page []string

// The pages of the story's steps.
var (
	Realm = Page{"realm-settings", "general"}
	Users = Page{"users"}
)

// Client is the tab of a client that shows what it may do: the roles of its service account.
func Client(uuid, tab string) Page { return Page{"clients", uuid, tab} }

// User is the page of a user.
func User(id string) Page { return Page{"users", id, "settings"} }

// URL returns the address of a page, for an admin who logs in to a realm.
func (p Page) URL(base, adminRealm, realm string) string {
	out := base + "/admin/" + url.PathEscape(adminRealm) + "/console/#/" + url.PathEscape(realm)
	for _, part := range p {
		out += "/" + url.PathEscape(part)
	}
	return out
}
