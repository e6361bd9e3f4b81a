package watch

import (
	"slices"
	"strings"

	"fix403/flows/access"
	"fix403/flows/gate"
	"fix403/flows/roles"
	"fix403/flows/roles/weigh"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/sift"
	"fix403/keycloak/version"
)

// Sum is what was seen.
type Sum struct {
	URL, Version string // the version is "" where it is not known
	Requests     int    // all that went through, also those beside the admin API
	Clients      []Client
	Uncounted    int // calls of clients and routes beyond those that are kept
}

// Client is what an account did in a realm, and the least roles that it takes.
type Client struct {
	Account   access.Account
	Realm     string // that was called
	Container string // the client whose roles open it
	Calls     int
	Routes    []Route
	// Smallest is the smallest set of roles with which each call gets its whole response, and Equal are others that are as small.
	Smallest []string
	Equal    [][]string
	How      version.How // how well that is known of the version
	Held     []string    // by the newest token, if Seen
	Surplus  []string    // what of it is more than Smallest
	Seen     bool        // the token told the roles of the account
	Notes    []msg.Message
}

// Route is a call by its route, and how often it was answered how.
type Route struct {
	Method, Path string
	Known        bool // the table has it
	Statuses     map[int]int
	Stopped      gate.Gate // where the last one that was refused was; "" for none
	Hidden       bool      // it succeeded, and hid something
	Reason       msg.Message
}

const master = "master"

func (c *client) container() string {
	if c.account.Realm == master {
		return c.realm + "-realm"
	}
	return keycloak.RealmManagement
}

func (c *client) place(w *Watcher) *access.Place {
	home := c.account.Realm
	if home == "" {
		home = c.realm
	}
	return &access.Place{Matrix: roles.Shipped(), Version: w.version, Reported: w.options.Version != "", Realm: c.realm, Home: home, Container: c.container()}
}

// subject is the account with the roles that its newest token carries.
func (c *client) subject() access.Subject {
	s := access.Subject{Account: c.account}
	if t := c.last.token; t != nil {
		s.Held, s.RealmRoles = t.Roles(c.container()), t.RealmRoles
	}
	return s
}

// Sum adds up what was seen so far.
func (w *Watcher) Sum() Sum {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := Sum{URL: w.options.URL, Version: w.options.Version, Requests: w.requests, Clients: []Client{}, Uncounted: w.uncounted}
	for _, c := range w.order {
		s.Clients = append(s.Clients, c.sum(w))
		s.Uncounted += c.uncounted
	}
	return s
}

func (c *client) sum(w *Watcher) Client {
	s := Client{Account: c.account, Realm: c.realm, Container: c.container(), Smallest: []string{}, Held: []string{}, Surplus: []string{}}
	var calls []roles.Call
	var besides [][][]string
	for _, r := range c.order {
		one := Route{Method: r.method, Path: r.path, Known: r.question != nil, Statuses: map[int]int{}, Stopped: r.stopped, Hidden: r.hidden, Reason: r.reason}
		for status, n := range r.statuses {
			one.Statuses[status] = n
			s.Calls += n
		}
		s.Routes = append(s.Routes, one)
		switch {
		case !r.needed:
		case r.question == nil:
			s.Notes = append(s.Notes, msg.New("%s is not in the table, so these roles may lack what it takes.", r.method+" "+r.path))
		case c.account.Realm == master && !strings.Contains(r.path, "{realm}"):
			s.Notes = append(s.Notes, msg.New("%s names no realm: what an account of the realm master needs for it is not among these roles.", r.method+" "+r.path))
		default:
			calls = append(calls, roles.Call{Method: r.method, Path: r.path})
			for _, d := range r.demands {
				besides = append(besides, d.Sets)
			}
			if weigh.Matters(r.method, r.path) {
				s.Notes = append(s.Notes, msg.New("%s may take more roles for other bodies, which are not looked at here.", r.method+" "+r.path))
			}
		}
	}
	c.cover(w, &s, calls, besides)
	if t := c.last.token; t != nil && t.HasRoleClaims {
		s.Seen, s.Held = true, t.Roles(s.Container)
		if c.account.Realm == master && slices.Contains(t.RealmRoles, "admin") {
			s.Held = append(s.Held, "admin")
		}
		s.Surplus = surplus(s.Held, s.Smallest)
	}
	return s
}

// cover finds the smallest roles; of sets that are as small, one that is held.
func (c *client) cover(w *Watcher, s *Client, calls []roles.Call, besides [][][]string) {
	if len(calls) == 0 {
		return
	}
	found, err := roles.Shipped().CoverAmong(w.version, calls, nil, besides...)
	if err != nil {
		return // each of them was found before
	}
	s.Smallest, s.Equal, s.How = found.Needed(), found.Equal, found.How
	if found.Both != nil {
		s.Equal = found.BothEqual
	}
	for _, one := range roles.Shipped().Completing(w.version, &found) {
		s.Notes = append(s.Notes, one.Sentence())
	}
	for _, a := range found.Blocked {
		s.Notes = append(s.Notes, msg.New("No role of the realm allows %s.", a.Method+" "+a.Path))
	}
	held := c.subject().Held
	for i, equal := range s.Equal {
		if len(without(equal, held)) == 0 && len(without(s.Smallest, held)) > 0 {
			s.Equal = append(slices.Clone(s.Equal[:i]), append([][]string{s.Smallest}, s.Equal[i+1:]...)...)
			s.Smallest = equal
			return
		}
	}
}

// composed are the roles that come with others, in Keycloak itself.
var composed = map[string][]string{"view-users": {"query-users", "query-groups"}, "view-clients": {"query-clients"}}

// surplus are the roles held beyond those that are needed, and beyond what comes with these.
func surplus(held, needed []string) []string {
	if slices.Contains(needed, roles.RealmAdmin) {
		return without(held, held)
	}
	with := slices.Clone(needed)
	for _, r := range needed {
		with = append(with, composed[r]...)
	}
	return without(held, with)
}

func without(list, remove []string) []string {
	return sift.Out(append([]string{}, list...), func(r string) bool { return slices.Contains(remove, r) })
}
