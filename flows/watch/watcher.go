package watch

import (
	"cmp"
	"crypto/sha256"
	"net/http"
	"strings"
	"sync"
	"time"

	"fix403/flows/access"
	"fix403/flows/gate"
	"fix403/flows/requests"
	"fix403/flows/roles"
	"fix403/flows/roles/weigh"
	"fix403/keycloak/msg"
)

// Options are what a [Watcher] is told.
type Options struct {
	URL      string // of the server
	Version  string // of the server; "" is unknown
	Watching func(Seen)
}

// Call is a call of the admin API that was seen.
type Call struct {
	Time    time.Time
	Account access.Account // of the caller, by its token; Kind is "" where that does not tell
	Method  string
	Path    string // as it was written, without its query
	Status  int    // 0 where no answer came
}

// Seen is a call with what is known of it.
type Seen struct {
	Call
	Route   string // the path in the table; that of the call where the table has none
	Stopped gate.Refusal
	Reason  msg.Message // why it was refused, or hides something; empty for neither
	Hidden  bool        // it succeeded, and hides something
}

// Watcher looks at calls, and adds them up. It keeps so many clients and so many routes of each, and counts the rest.
type Watcher struct {
	options Options
	version string

	mu        sync.Mutex
	callers   map[[sha256.Size]byte]*caller
	clients   map[clientKey]*client
	order     []*client
	tokens    int // that were decoded
	routes    int
	requests  int
	uncounted int // calls of clients beyond those that are kept
}

const (
	maxClients = 200
	maxRoutes  = 5000 // of all clients; the table has 440
)

// NewWatcher returns a watcher that has seen nothing yet.
func NewWatcher(o Options) *Watcher {
	return &Watcher{options: o, version: cmp.Or(o.Version, roles.Unknown), callers: map[[sha256.Size]byte]*caller{}, clients: map[clientKey]*client{}}
}

// clientKey is an account, and the realm that it calls: from each other one it takes other roles.
type clientKey struct{ clientID, name, home, realm string }

// client is what an account did in a realm.
type client struct {
	account   access.Account
	realm     string
	last      *caller // with its newest token
	routes    map[string]*route
	order     []*route
	uncounted int // calls of routes beyond those that are kept
}

// route is a call by its route, and how often it was answered how.
type route struct {
	method, path string
	question     *access.Question // nil for one that the table does not have
	statuses     map[int]int
	needed       bool // it came as far as its roles are asked for, or further
	stopped      gate.Gate
	hidden       bool
	reason       msg.Message
	demands      []weigh.Demand // what else it takes, by its query and its object
	judged       int            // the id of the token by whose roles decision is
	decision     access.Decision
}

// look looks at an exchange that is over; path is the one below the server's address.
func (w *Watcher) look(path string, x *exchange) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests++
	switch {
	case onAdminAPI(path):
		w.call(path, x)
	case x.status >= http.StatusBadRequest && x.method == http.MethodPost && strings.HasSuffix(path, "/protocol/openid-connect/token"):
		w.login(path, x)
	}
}

// onAdminAPI reports whether a path is one of the admin API: the console's pages are not.
func onAdminAPI(path string) bool {
	for _, root := range []string{"/admin/realms", "/admin/serverinfo", "/admin/api"} {
		if rest, found := strings.CutPrefix(path, root); found && (rest == "" || rest[0] == '/') {
			return true
		}
	}
	return false
}

// login says why a client got no token. Which client it was, the body of its request says, which is not read.
func (w *Watcher) login(path string, x *exchange) {
	s := Seen{Call: Call{Time: x.at, Method: x.method, Path: path, Status: x.status}, Route: path}
	s.Stopped = gate.Classify(x.wire(w.options.URL+path, nil))
	s.Reason = refusedLogin(x.head)
	w.say(s)
}

func (w *Watcher) say(s Seen) {
	if w.options.Watching != nil {
		w.options.Watching(s)
	}
}

func (w *Watcher) call(path string, x *exchange) {
	w.callBy(w.callerOf(x.scheme, x.credentials), path, x)
}

func (w *Watcher) callBy(from *caller, path string, x *exchange) {
	s := Seen{Call: Call{Time: x.at, Account: from.account, Method: x.method, Path: short(path), Status: x.status}}
	s.Stopped = gate.Classify(x.wire(w.options.URL+path, from.token))
	c := w.clientOf(from, path)
	if c == nil {
		w.uncounted++
		c = w.newClient(from, path) // which is looked at, and not kept
	}
	r := c.routeOf(w, roles.Call{Method: x.method, Path: path})
	if r == nil {
		c.uncounted++
		r = w.newRoute(c, roles.Call{Method: x.method, Path: path})
	}
	s.Route = r.path
	r.statuses[x.status]++
	r.needed = r.needed || reachedRoles(s.Stopped)
	w.weigh(r, path, x.query)
	if r.question != nil && r.judged != from.id {
		r.judged, r.decision = from.id, r.question.Decide(c.subject())
	}
	s.Reason, s.Hidden = w.reason(c, r, from, x, s.Stopped)
	switch {
	case s.Hidden:
		r.stopped, r.hidden, r.reason = gate.Role, true, s.Reason
	case s.Stopped.Gate != gate.None:
		r.stopped, r.hidden, r.reason = s.Stopped.Gate, false, s.Reason
	}
	w.say(s)
}

// reachedRoles reports whether a call came as far as to the question of roles.
func reachedRoles(s gate.Refusal) bool {
	switch s.Gate {
	case gate.None, gate.Role, gate.Object:
		return true
	case gate.Route: // the call's own mistake, such as a body that is not accepted
		return s.Status != http.StatusNotFound && s.Status != http.StatusMethodNotAllowed
	case gate.Reach:
		return s.Status >= http.StatusInternalServerError && s.Status != http.StatusNotImplemented && s.Status != http.StatusBadGateway
	default:
		return false
	}
}

// realmIn returns the realm that a path is about; "" for none.
func realmIn(path string) string {
	below, found := strings.CutPrefix(path, "/admin/realms/")
	name, _, _ := strings.Cut(below, "/")
	if !found {
		return ""
	}
	return requests.Unescape(name)
}

func (w *Watcher) clientOf(from *caller, path string) *client {
	a := from.account
	key := clientKey{a.ClientID, a.Name, a.Realm, short(cmp.Or(realmIn(path), a.Realm))}
	c := w.clients[key]
	if c == nil && len(w.clients) < maxClients {
		c = w.newClient(from, path)
		w.clients[key], w.order = c, append(w.order, c)
	}
	if c != nil {
		c.last = from
	}
	return c
}

func (w *Watcher) newClient(from *caller, path string) *client {
	return &client{account: from.account, realm: short(cmp.Or(realmIn(path), from.account.Realm)), last: from, routes: map[string]*route{}}
}

// routeOf returns the route of a call; nil where there are too many.
func (c *client) routeOf(w *Watcher, call roles.Call) *route {
	r := w.newRoute(c, call)
	key := r.method + " " + r.path
	if known := c.routes[key]; known != nil {
		return known
	}
	if w.routes >= maxRoutes {
		return nil
	}
	w.routes++
	c.routes[key], c.order = r, append(c.order, r)
	return r
}

func (w *Watcher) newRoute(c *client, call roles.Call) *route {
	r := &route{method: short(call.Method), path: short(call.Path), statuses: map[int]int{}}
	e, err := roles.Shipped().Match(call)
	if err != nil {
		return r
	}
	r.path = e.Path
	if known := c.routes[r.method+" "+r.path]; known != nil {
		return known
	}
	if q, err := c.place(w).Ask(call); err == nil {
		r.question = q
	}
	return r
}

// weigh adds what a call takes by its query and the names in its path.
func (w *Watcher) weigh(r *route, path, query string) {
	const most = 20
	if r.question == nil || len(r.demands) >= most {
		return
	}
	weighed := weigh.Weigh(w.version, weigh.Request{Method: r.method, Template: r.path, Path: path + "?" + query})
	for _, d := range weighed.Demands {
		known := false
		for _, other := range r.demands {
			known = known || other.Why.String() == d.Why.String()
		}
		if !known {
			r.demands = append(r.demands, d)
		}
	}
}
