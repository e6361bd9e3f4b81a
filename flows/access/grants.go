package access

import (
	"slices"
	"strings"

	"fix403/keycloak/msg"
)

// Role is a role of a realm, or of one of its clients.
type Role struct {
	ID, Name string
	Client   string // client id; "" for a role of the realm
	Default  bool   // the realm gives it to every new account
	client   string // uuid
	holds    []string
}

// Origin is how an account gets a role: directly, or through a group that it is in.
type Origin struct {
	Role  string // id
	Group string // path; "" for a role that is granted directly
}

// Holder is an account that holds roles of the container, and the roles by which it does.
type Holder struct {
	Subject
	Origins []Origin
	enabled bool
}

// Enabled reports whether the account itself is enabled; whether its client is, [Client] tells.
func (h *Holder) Enabled() bool { return h.enabled }

// Grants is who holds roles of the container, and by which way.
type Grants struct {
	Container string
	Holders   []*Holder // by kind and name
	Clients   []Client  // of the realm, by client id
	Notes     []msg.Message

	roles map[string]*Role // by id: those of the container, and all that include one of them
}

// createRealm and admin are the realm roles of master that open calls by themselves.
const createRealm, admin = "create-realm", "admin"

// Through returns which roles of the container a role includes, itself among them; sorted.
func (g *Grants) Through(id string) []string { return g.through(id, g.Container) }

// through returns which roles of a client a role includes; of the realm, for none.
func (g *Grants) through(id, client string) []string {
	found, seen := map[string]bool{}, map[string]bool{}
	var walk func(id string)
	walk = func(id string) {
		role := g.roles[id]
		if role == nil || seen[id] {
			return
		}
		seen[id] = true
		if role.Client == client {
			found[role.Name] = true
		}
		for _, in := range role.holds {
			walk(in)
		}
	}
	walk(id)
	return sorted(found)
}

// Role returns a role by its id: of the container, or one that includes such a role; else nil.
func (g *Grants) Role(id string) *Role { return g.roles[id] }

// Includes returns which roles of the container are in one of it, itself among them; sorted.
func (g *Grants) Includes(name string) []string {
	for id, role := range g.roles {
		if role.Client == g.Container && role.Name == name {
			return g.Through(id)
		}
	}
	return nil
}

// ByDefault returns the roles of the container that the realm gives to every new account.
func (g *Grants) ByDefault() []string {
	for id, role := range g.roles {
		if role.Default {
			return g.Through(id)
		}
	}
	return nil
}

// Way says which roles of the container come from an origin, and how, as in "view-users, through group /ops".
func (g *Grants) Way(o Origin) msg.Message {
	names := g.Through(o.Role)
	if len(names) == 0 {
		names = []string{g.roles[o.Role].Name} // admin of master
	}
	return g.way(o, names)
}

// Effective returns the roles of the container that an account holds, by all ways; sorted.
func (g *Grants) Effective(origins []Origin) []string { return g.effective(origins, g.Container) }

func (g *Grants) effective(origins []Origin, client string) []string {
	found := map[string]bool{}
	for _, o := range origins {
		for _, name := range g.through(o.Role, client) {
			found[name] = true
		}
	}
	return sorted(found)
}

// way says how roles come from an origin, as in "view-users, through group /ops".
func (g *Grants) way(o Origin, names []string) msg.Message {
	role := g.roles[o.Role]
	var through []msg.Message
	if o.Group != "" {
		through = append(through, msg.New("group %s", o.Group))
	}
	switch {
	case role.Default:
		through = append(through, msg.New("the default role %s", role.Name))
	case role.Client == "" && slices.Equal(names, []string{role.Name}): // admin of master
	case role.Client == "":
		through = append(through, msg.New("realm role %s", role.Name))
	case role.Client != g.Container:
		through = append(through, msg.New("role %s of the client %s", role.Name, role.Client))
	default:
		names = []string{role.Name}
	}
	if len(through) == 0 {
		return msg.Verbatim(strings.Join(names, " + "))
	}
	return msg.New("%s, through %s", strings.Join(names, " + "), msg.List(", ", through...))
}

// including returns the ids of the roles from which one that counts is reached, those that count among them.
func including(all map[string]*Role, counts func(*Role) bool) []string {
	parents := map[string][]string{}
	var next []string
	for id, role := range all {
		for _, in := range role.holds {
			parents[in] = append(parents[in], id)
		}
		if counts(role) {
			next = append(next, id)
		}
	}
	seen := map[string]bool{}
	for len(next) > 0 {
		id := next[0]
		if next = next[1:]; !seen[id] {
			seen[id] = true
			next = append(next, parents[id]...)
		}
	}
	return sorted(seen)
}

func sorted(set map[string]bool) []string {
	var all []string
	for name := range set {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}
