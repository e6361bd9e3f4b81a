package permission

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"fix403/flows/requests"
)

// The types of objects that permissions are about.
const (
	Users         = "Users"
	Groups        = "Groups"
	Clients       = "Clients"
	Roles         = "Roles"
	Organizations = "Organizations"
)

// Ask is one thing that permissions must allow: a scope on an object.
type Ask struct {
	Type   string
	Object string // id; empty for all objects of the type
	Path   string // of a group, whose id is to be found; only in place of an id
	Scope  string
}

// Needs is what permissions must allow for a call.
type Needs struct {
	// Any are sets of which one is enough; each of a set is needed.
	Any [][]Ask
	// Query is the role that lets a call at a list, and List the type of what is then shown: the objects that permissions let the account
	// see, each by itself. Both are empty for other calls.
	Query, List string
	// Body reports that the body decides, and was not known.
	Body bool
}

// rule is what a call needs, by its path below the realm. Of a path, {0}, {1} … take the place of ids, and a ** at its end of any rest.
type rule struct {
	method string // any but GET and HEAD for "*"
	path   string
	any    []string // sets of asks: "Users/0:manage", several with a space between them; without a number all objects of the type
	query  string
	list   string
	body   func([]byte, []string) ([][]Ask, bool)
}

// rules were measured on 26.7.4, each scope alone and together on single objects and on all of a type; the first that fits decides.
// What is not here is not opened by permissions, or nobody measured it.
var rules = []rule{
	{method: "GET", path: "users", any: []string{"Users:view"}, query: "query-users", list: Users},
	{method: "GET", path: "users/count", any: []string{"Users:view"}, query: "query-users", list: Users},
	{method: "POST", path: "users", any: []string{"Users:manage"}, body: newUser},
	{method: "GET", path: "users/{0}", any: []string{"Users/0:view"}},
	{method: "GET", path: "users/{0}/role-mappings/clients/{1}", any: []string{"Users/0:view Clients/1:view"}},
	{method: "GET", path: "users/{0}/**", any: []string{"Users/0:view"}},
	{method: "GET", path: "attack-detection/brute-force/users/{0}", any: []string{"Users/0:view"}},
	{method: "PUT", path: "users/{0}/reset-password", any: []string{"Users/0:reset-password", "Users/0:manage"}},
	{method: "POST", path: "users/{0}/impersonation", any: []string{"Users/0:impersonate"}},
	{method: "PUT", path: "users/{0}/groups/{1}", any: []string{"Users/0:manage-group-membership Groups/1:manage-membership"}},
	{method: "DELETE", path: "users/{0}/groups/{1}", any: []string{"Users/0:manage-group-membership Groups/1:manage-membership"}},
	{method: "POST", path: "users/{0}/role-mappings/realm", body: mappedRoles(Users, "map-roles", "map-role", "")},
	{method: "DELETE", path: "users/{0}/role-mappings/realm", body: mappedRoles(Users, "map-roles", "map-role", "")},
	{method: "POST", path: "users/{0}/role-mappings/clients/{1}", body: mappedRoles(Users, "map-roles", "map-role", "map-roles")},
	{method: "DELETE", path: "users/{0}/role-mappings/clients/{1}", body: mappedRoles(Users, "map-roles", "map-role", "map-roles")},
	{method: "*", path: "users/{0}", any: []string{"Users/0:manage"}},
	{method: "*", path: "users/{0}/**", any: []string{"Users/0:manage"}},

	{method: "GET", path: "groups", any: []string{"Groups:view"}, query: "query-groups", list: Groups},
	{method: "GET", path: "groups/count", any: []string{"Groups:view"}, query: "query-groups", list: Groups},
	{method: "POST", path: "groups", any: []string{"Groups:manage"}},
	{method: "GET", path: "groups/{0}", any: []string{"Groups/0:view"}},
	{method: "GET", path: "groups/{0}/members", any: []string{"Groups/0:view-members"}},
	{method: "GET", path: "groups/{0}/role-mappings/**", any: []string{"Groups/0:view"}},
	{method: "PUT", path: "groups/{0}", any: []string{"Groups/0:manage"}},
	{method: "DELETE", path: "groups/{0}", any: []string{"Groups/0:manage"}},
	{method: "POST", path: "groups/{0}/children", any: []string{"Groups/0:manage"}},
	{method: "POST", path: "groups/{0}/role-mappings/realm", body: mappedRoles(Groups, "manage", "map-role", "")},
	{method: "DELETE", path: "groups/{0}/role-mappings/realm", body: mappedRoles(Groups, "manage", "map-role", "")},

	{method: "GET", path: "clients", any: []string{"Clients:view"}, query: "query-clients", list: Clients},
	{method: "POST", path: "clients", any: []string{"Clients:manage"}},
	{method: "GET", path: "clients/{0}", any: []string{"Clients/0:view"}},
	{method: "GET", path: "clients/{0}/roles/{1}/users", any: []string{"Clients/0:view Users:view"}},
	{method: "GET", path: "clients/{0}/**", any: []string{"Clients/0:view"}},
	{method: "POST", path: "clients/{0}/roles/{1}/composites", body: mappedRoles(Clients, "manage", "map-role-composite", "")},
	{method: "POST", path: "clients/{0}/scope-mappings/realm", body: mappedRoles(Clients, "manage", "map-role-client-scope", "")},
	{method: "PUT", path: "clients/{0}", any: []string{"Clients/0:manage"}},
	{method: "DELETE", path: "clients/{0}", any: []string{"Clients/0:manage"}},
	{method: "POST", path: "clients/{0}/client-secret", any: []string{"Clients/0:manage"}},
	{method: "POST", path: "clients/{0}/roles", any: []string{"Clients/0:manage"}},
	{method: "PUT", path: "clients/{0}/roles/{1}", any: []string{"Clients/0:manage"}},
	{method: "POST", path: "clients/{0}/protocol-mappers/models", any: []string{"Clients/0:manage"}},

	{method: "GET", path: "organizations", any: []string{"Organizations:view"}, query: "query-organizations", list: Organizations},
	{method: "GET", path: "organizations/{0}", any: []string{"Organizations/0:view"}},
}

// Of returns what permissions must allow for a call, by its path below the realm; false for one that permissions do not open, or of which
// that is not known. The body may be nil for one that is not known.
func Of(method, below string, body []byte) (Needs, bool) {
	path, _, _ := strings.Cut(below, "?")
	path = strings.Trim(path, "/")
	if method == http.MethodHead {
		method = http.MethodGet
	}
	for _, r := range rules {
		ids, fits := r.fits(method, path)
		if !fits {
			continue
		}
		n := Needs{Query: r.query, List: r.list}
		for _, set := range r.any {
			n.Any = append(n.Any, asks(set, ids))
		}
		if r.body != nil {
			sets, known := r.body(body, ids)
			n.Any, n.Body = append(sets, n.Any...), !known
		}
		return n, len(n.Any) > 0 || n.Body
	}
	return Needs{}, false
}

func (r *rule) fits(method, path string) (ids []string, _ bool) {
	if r.method != method && (r.method != "*" || method == http.MethodGet) {
		return nil, false
	}
	have, want := strings.Split(path, "/"), strings.Split(r.path, "/")
	for i, w := range want {
		switch {
		case w == "**":
			return ids, i < len(have) || i > 0
		case i >= len(have):
			return nil, false
		case strings.HasPrefix(w, "{"):
			ids = append(ids, requests.Unescape(have[i]))
		case w != have[i]:
			return nil, false
		}
	}
	return ids, len(have) == len(want)
}

// asks reads a set, such as "Users/0:manage Groups/1:manage-membership".
func asks(set string, ids []string) []Ask {
	var out []Ask
	for _, text := range strings.Fields(set) {
		of, scope, _ := strings.Cut(text, ":")
		kind, number, one := strings.Cut(of, "/")
		a := Ask{Type: kind, Scope: scope}
		if one {
			a.Object = ids[number[0]-'0']
		}
		out = append(out, a)
	}
	return out
}

// newUser returns what puts a new user into the groups of its body, for who may not manage all users.
func newUser(body []byte, _ []string) ([][]Ask, bool) {
	if len(body) == 0 {
		return nil, false
	}
	var user struct{ Groups []string }
	if json.Unmarshal(body, &user) != nil {
		return nil, false
	}
	return NewUserIn(user.Groups), true
}

// NewUserIn returns the set of what permissions must allow to make a user in groups, given by their paths; none for no group. Keycloak
// looks a group up by its path as the caller sees it: without view it is not found, and the answer is 403.
func NewUserIn(groups []string) [][]Ask {
	var set []Ask
	for _, path := range groups {
		for _, scope := range []string{"manage-members", "manage-membership", "view"} {
			set = append(set, Ask{Type: Groups, Path: path, Scope: scope})
		}
	}
	if set == nil {
		return nil
	}
	return [][]Ask{set}
}

// mappedRoles returns what gives or takes the roles of a body: a scope at the account, group or client that gets them, and one at each role,
// or where the path names a client that has them all, one at that client.
func mappedRoles(kind, at, each, atClient string) func([]byte, []string) ([][]Ask, bool) {
	return func(body []byte, ids []string) ([][]Ask, bool) {
		return asksOfRoles(body, ids, kind, at, each, atClient)
	}
}

func asksOfRoles(body []byte, ids []string, kind, at, each, atClient string) ([][]Ask, bool) {
	first := Ask{Type: kind, Object: ids[0], Scope: at}
	var sets [][]Ask
	if atClient != "" && kind != Clients {
		sets = append(sets, []Ask{first, {Type: Clients, Object: ids[1], Scope: atClient}})
	}
	var roles []struct{ ID string }
	if len(body) == 0 || json.Unmarshal(body, &roles) != nil || len(roles) == 0 {
		return append(sets, []Ask{first}), false
	}
	set := []Ask{first}
	for _, r := range roles {
		if ask := (Ask{Type: Roles, Object: r.ID, Scope: each}); !slices.Contains(set, ask) {
			set = append(set, ask)
		}
	}
	return append([][]Ask{set}, sets...), true
}
