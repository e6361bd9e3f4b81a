package practice

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
)

// partialImport adds clients, roles, identity providers, groups and users to a realm, and skips or overwrites those that were
// there before, as asked (measured on 26.7.4).
func (c *call) partialImport() error {
	var rep map[string]any
	rep, err := c.anyObject()
	if err != nil {
		return err
	}
	if !c.auth.on(c.realm).canManageRealm() {
		return c.errForbidden()
	}
	r := c.realm
	policy := str(rep, "ifResourceExists")
	switch policy {
	case "":
		policy = "FAIL"
	case "FAIL", "SKIP", "OVERWRITE":
	default:
		f := c.errParse("unknown_error")
		f.status = http.StatusInternalServerError
		return f
	}
	if len(objects(rep["identityProviders"]))+len(objects(rep["identityProviderMappers"])) > 0 {
		return errNotImplemented("identity providers in a partial import")
	}
	pieces, err := c.pieces(rep)
	if err != nil {
		return err
	}
	counts, there := map[string]int{}, make([]bool, len(pieces))
	for i, p := range pieces {
		if there[i] = p.is() != ""; there[i] && policy == "FAIL" {
			return errMessage(http.StatusConflict, p.conflict)
		}
	}
	if len(r.clients)+len(r.users)+len(r.groups)+len(pieces) > maxPerRealm || len(r.users)+len(objects(rep["users"])) > c.s.opt.MaxUsers {
		return errLimit("The practice Keycloak keeps no more in a realm: delete something first.")
	}
	results := []any{}
	for i, p := range pieces {
		action := "ADDED"
		if there[i] {
			if action = "SKIPPED"; policy == "OVERWRITE" {
				action = "OVERWRITTEN"
			}
		}
		if action == "OVERWRITTEN" && p.is() != "" { // a role goes with its client
			p.remove()
		}
		if action != "SKIPPED" {
			if err := p.add(); err != nil {
				return err
			}
		}
		counts[action]++
		results = append(results, map[string]any{"action": action, "resourceType": p.kind, "resourceName": p.name, "id": p.is()})
	}
	return c.ok(map[string]any{"overwritten": counts["OVERWRITTEN"], "added": counts["ADDED"], "skipped": counts["SKIPPED"], "results": results})
}

// piece is one object of a partial import.
type piece struct {
	kind, name, conflict string
	is                   func() string // its id, if it is there
	remove               func()
	add                  func() error
}

// pieces lists what a partial import is to add, in an order in which each finds what it needs.
func (c *call) pieces(rep map[string]any) ([]piece, error) {
	r, s := c.realm, c.s
	var out []piece
	for _, m := range objects(rep["clients"]) {
		id := str(m, "clientId")
		if k := r.clientByClientID(id); k != nil && k.builtIn { // those that every realm has stay as they are
			continue
		}
		out = append(out, piece{kind: "CLIENT", name: id, conflict: fmt.Sprintf("Client id '%s' already exists", id),
			is: func() string {
				if k := r.clientByClientID(id); k != nil {
					return k.id
				}
				return ""
			},
			remove: func() { r.removeClient(r.clientByClientID(id)) },
			add: func() error {
				rep := clean(clientSchema, m)
				delete(rep, "id")
				s.createClient(r, rep, c.now)
				return nil
			}})
	}
	roles, _ := rep["roles"].(map[string]any)
	role := func(of func() *client, m map[string]any, p piece) piece {
		name := str(m, "name")
		set := func() map[string]*role {
			if k := of(); k != nil {
				return k.roles
			}
			return r.roles
		}
		p.is = func() string {
			if x := set()[name]; x != nil {
				return x.id
			}
			return ""
		}
		p.remove = func() { r.removeRole(set()[name]) }
		p.add = func() error {
			r.newRole(of(), name, str(m, "description")).attributes = listAttributes(m["attributes"])
			return nil
		}
		return p
	}
	for _, m := range objects(roles["realm"]) {
		n := str(m, "name")
		out = append(out, role(func() *client { return nil }, m, piece{kind: "REALM_ROLE", name: n, conflict: fmt.Sprintf("Realm role '%s' already exists.", n)}))
	}
	byClient, _ := roles["client"].(map[string]any)
	for _, id := range slices.Sorted(maps.Keys(byClient)) {
		if r.clientByClientID(id) == nil && !slices.ContainsFunc(out, func(p piece) bool { return p.kind == "CLIENT" && p.name == id }) {
			return nil, errMessage(http.StatusPreconditionFailed, "Can not import client roles for nonexistent client named "+id)
		}
		for _, m := range objects(byClient[id]) {
			n := str(m, "name")
			out = append(out, role(func() *client { return r.clientByClientID(id) }, m,
				piece{kind: "CLIENT_ROLE", name: id + "-->" + n, conflict: fmt.Sprintf("Client role '%s' for client '%s' already exists.", n, id)}))
		}
	}
	for _, m := range objects(rep["groups"]) {
		path := str(m, "path")
		if path == "" {
			return nil, c.errInternal()
		}
		out = append(out, piece{kind: "GROUP", name: str(m, "name"), conflict: fmt.Sprintf("Group '%s' already exists", path),
			is: func() string {
				if g := r.groupByPath(path); g != nil {
					return g.id
				}
				return ""
			},
			remove: func() { r.removeGroup(r.groupByPath(path)) },
			add:    func() error { return s.importGroups(r, nil, []map[string]any{m}) }})
	}
	for _, m := range objects(rep["users"]) {
		name := lower(str(m, "username"))
		out = append(out, piece{kind: "USER", name: name, conflict: "User with user name " + name + " already exists.",
			is: func() string {
				if u := r.userByName(name); u != nil {
					return u.id
				}
				return ""
			},
			remove: func() { r.removeUser(r.userByName(name)) },
			add:    func() error { return s.importUser(r, clean(userSchema, m)) }})
	}
	return out, nil
}
