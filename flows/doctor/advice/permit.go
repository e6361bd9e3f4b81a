package advice

import (
	"encoding/json"
	"fmt"
	"slices"

	"fix403/flows/change"
	"fix403/flows/sh"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// Permit is a permission that is missing: scopes on one object, or on all of a type.
type Permit struct {
	Type, Object string // of a type, and the object's id; "" for all of the type
	Scopes       []string
	What         msg.Message // the object, in words
}

// Permissions adds a policy for an account, and a permission with it for each object. They are made by hand alone.
func (d *Draft) Permissions(realm, account, username string, list []Permit) {
	name := "for " + username
	server := change.CurlRealm(realm) + `"/clients/$PERMISSIONS/authz/resource-server`
	d.admin = true
	d.console = append(d.console, msg.New("Choose the realm %s (top left), then Permissions. On the tab Policies, create a policy of the type User for %s.", realm, username))
	d.curl = append(d.curl, change.CurlClient("PERMISSIONS", realm, keycloak.AdminPermissions)...)
	d.curl = append(d.curl, slices.Concat([]string{"POLICY=$(" + change.CurlAdmin + server + `/policy/user"` + change.CurlByPipe + ` \`},
		[]string{`  -H 'Content-Type: application/json' -d ` + sh.Quote(body(map[string]any{"name": name, "users": []string{account}, "logic": "POSITIVE"})) + ` | ` + change.FirstID + `)`})...)
	for i, p := range list {
		d.console = append(d.console, msg.New("On the tab Permissions, create one for %s with the scopes %s, on %s, and choose that policy.", p.Type, texts.Commas(p.Scopes), p.What))
		objects := []string{}
		if p.Object != "" {
			objects = append(objects, p.Object)
		}
		of := fmt.Sprintf("%s (%d)", name, i+1)
		text := body(map[string]any{"name": of, "resourceType": p.Type, "scopes": p.Scopes, "resources": objects, "policies": []string{"POLICY_ID"}})
		d.curl = append(d.curl, change.CurlAdmin+server+`/permission/scope"`+change.CurlByPipe+` \`,
			`  -H 'Content-Type: application/json' -d "$(printf %s `+sh.Quote(text)+` | sed "s/POLICY_ID/$POLICY/")"`)
	}
}

func body(v any) string {
	text, _ := json.Marshal(v) // texts and lists of them always can be
	return string(text)
}
