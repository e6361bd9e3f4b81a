package practice

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"fix403/keycloak/sift"
)

const masterRealm = "master"

// realm is one tenant. Its settings stand in rep under Keycloak's own names;
// what the rules need often has a field of its own.
type realm struct {
	room      room
	ids       *ids
	id, name  string
	rep       map[string]any
	attribs   map[string]string
	notBefore int64 // seconds; tokens issued before it are refused

	clients     map[string]*client // by id
	users       map[string]*user   // by id
	roles       map[string]*role   // realm roles by name
	defaultRole *role
	groups      map[string]*group // by id, subgroups included
	scopes      []*clientScope
	// Names of the scopes a new client gets.
	defaultScopes, optionalScopes []string
	defaultGroups                 []*group

	keys       []*realmKey
	components []map[string]any
	flows      []*authFlow      // top-level; nil until asked for
	actions    []map[string]any // required actions by priority; nil until asked for
	sessions   map[string]*session
	serial     int
	revoked    map[string]int64 // token id to expiry, seconds
	used       map[string]int64 // assertions and proofs that were used, until when, seconds
	failures   map[string]*loginFailures
	profile    map[string]any // replaced user profile, nil is the default

	providers           map[string]*identityProvider // by alias
	brokerMappers       []map[string]any
	organizations       []*organization
	events, adminEvents []map[string]any             // oldest first, bounded
	texts               map[string]map[string]string // by locale and key

	initial []map[string]any // initial access tokens, without the tokens

	adminClient  *client // realm-management, or in master the client <realm>-realm
	masterClient *client // the client <realm>-realm in the master realm
	permissions  *permissionStore
}

type role struct {
	id, name, description string
	client                *client // nil for a realm role
	realm                 *realm
	composites            []*role
	attributes            map[string][]string
}

type client struct {
	id, clientID string
	rep          map[string]any
	attribs      map[string]string
	secret       string
	registration string // the id of the token that it is changed by, once it was registered
	notBefore    int64

	roles          map[string]*role
	scopeMappings  []*role
	mappers        []*protocolMapper
	defaultScopes  []string
	optionalScopes []string
	builtIn        bool // cannot be deleted
	protected      bool // cannot be changed either
	admin          bool // realm-management or <realm>-realm: its roles are the admin roles
}

func (k *client) flag(name string) bool { return boolean(k.rep, name) }

type protocolMapper struct {
	id, name, protocol, mapper string
	config                     map[string]string
}

type clientScope struct {
	id, name, description, protocol string
	attributes                      map[string]string
	mappers                         []*protocolMapper
	scopeMappings                   []*role
}

type user struct {
	id, username               string
	firstName, lastName, email string
	emailVerified, enabled     bool
	created                    int64 // milliseconds
	attributes                 map[string][]string
	requiredActions            []string
	notBefore                  int64
	password                   *password
	roles                      []*role // direct mappings
	groups                     []*group
	serviceClient              *client // set for a service account
	federationLink             string
	links                      map[string]federatedLink // by the provider's alias
}

type group struct {
	id, name, description string
	parent                *group
	children              []*group
	attributes            map[string][]string
	roles                 []*role
}

func (g *group) path() string {
	if g.parent == nil {
		return "/" + g.name
	}
	return g.parent.path() + "/" + g.name
}

type password struct {
	id, label string
	salt      string
	sum       [32]byte
	temporary bool
	created   int64
}

func newPassword(value string, temporary bool, ms int64) *password {
	salt := rand.Text()
	return &password{id: newID(), salt: salt, sum: sha256.Sum256([]byte(salt + value)), temporary: temporary, created: ms}
}

func (p *password) matches(value string) bool {
	if p == nil {
		return false
	}
	sum := sha256.Sum256([]byte(p.salt + value))
	return subtle.ConstantTimeCompare(sum[:], p.sum[:]) == 1
}

// session is a user session; ended ones are removed.
type session struct {
	id        string
	user      *user
	started   int64 // seconds
	access    int64
	ip        string
	clients   map[string]int64 // client id to start
	offline   bool             // kept by an offline token
	refreshed struct {         // the refresh token that was used last, and how often, where the realm counts
		jti   string
		times int64
	}
	serial int // in the order of creation, for sessions of the same second
}

type loginFailures struct {
	count, lockouts int
	last            int64 // milliseconds
	until           int64 // seconds: locked out so long
	ip              string
}

// ids makes the ids of a server, from its seed if it has one.
type ids struct {
	mu   sync.Mutex
	seed string
	made uint64
}

func (i *ids) next() string {
	if i.seed == "" {
		return newID()
	}
	sum := i.sum()
	return asID([16]byte(sum[:16]))
}

// sum is 32 bytes of which no two are the same.
func (i *ids) sum() [32]byte {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.made++
	return sha256.Sum256(fmt.Appendf(nil, "%s %d", i.seed, i.made))
}

// newID makes a random UUID (RFC 9562 version 4).
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return asID(b)
}

func asID(b [16]byte) string {
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// newSecret makes a client secret of n letters and digits.
func newSecret(n int) string {
	b := make([]byte, 0, n)
	var buf [64]byte
	for len(b) < n {
		_, _ = rand.Read(buf[:])
		for _, x := range buf {
			if int(x) < 4*len(alphanumeric) && len(b) < n { // no modulo bias
				b = append(b, alphanumeric[int(x)%len(alphanumeric)])
			}
		}
	}
	return string(b)
}

func (r *realm) flag(name string) bool { return boolean(r.rep, name) }

func (r *realm) isMaster() bool { return r.name == masterRealm }

func (r *realm) clientByClientID(clientID string) *client {
	for _, k := range r.clients {
		if k.clientID == clientID {
			return k
		}
	}
	return nil
}

// clientList is sorted by clientId, as Keycloak lists clients.
func (r *realm) clientList() []*client {
	l := slices.Collect(maps.Values(r.clients))
	slices.SortFunc(l, func(a, b *client) int { return strings.Compare(a.clientID, b.clientID) })
	return l
}

func (r *realm) userByName(username string) *user {
	username = strings.ToLower(username)
	for _, u := range r.users {
		if u.username == username {
			return u
		}
	}
	return nil
}

func (r *realm) userByEmail(email string) *user {
	if email == "" {
		return nil
	}
	for _, u := range r.users {
		if strings.EqualFold(u.email, email) {
			return u
		}
	}
	return nil
}

// userList is sorted by username, as Keycloak lists users.
func (r *realm) userList() []*user {
	l := slices.Collect(maps.Values(r.users))
	slices.SortFunc(l, func(a, b *user) int { return strings.Compare(a.username, b.username) })
	return l
}

func (r *realm) serviceUser(k *client) *user {
	for _, u := range r.users {
		if u.serviceClient == k {
			return u
		}
	}
	return nil
}

func (r *realm) scopeByName(name string) *clientScope {
	for _, s := range r.scopes {
		if s.name == name {
			return s
		}
	}
	return nil
}

func (r *realm) scopeByID(id string) *clientScope {
	for _, s := range r.scopes {
		if s.id == id {
			return s
		}
	}
	return nil
}

// allRoles calls f for every role of the realm and its clients.
func (r *realm) allRoles(f func(*role)) {
	for _, x := range r.roles {
		f(x)
	}
	for _, k := range r.clients {
		for _, x := range k.roles {
			f(x)
		}
	}
}

func (r *realm) roleByID(id string) *role {
	var found *role
	r.allRoles(func(x *role) {
		if x.id == id {
			found = x
		}
	})
	return found
}

func (r *realm) newRole(k *client, name, description string) *role {
	x := &role{id: r.ids.next(), name: name, description: description, client: k, realm: r, attributes: map[string][]string{}}
	if k != nil {
		k.roles[name] = x
	} else {
		r.roles[name] = x
	}
	return x
}

// removeRole deletes a role and every mapping of it.
func (r *realm) removeRole(x *role) {
	if x.client != nil {
		delete(x.client.roles, x.name)
	} else {
		delete(r.roles, x.name)
	}
	drop := func(l []*role) []*role { return sift.Out(l, func(y *role) bool { return y == x }) }
	r.allRoles(func(y *role) { y.composites = drop(y.composites) })
	for _, u := range r.users {
		u.roles = drop(u.roles)
	}
	for _, g := range r.groups {
		g.roles = drop(g.roles)
	}
	for _, k := range r.clients {
		k.scopeMappings = drop(k.scopeMappings)
	}
	for _, s := range r.scopes {
		s.scopeMappings = drop(s.scopeMappings)
	}
}

func (r *realm) removeUser(u *user) {
	delete(r.users, u.id)
	for id, s := range r.sessions {
		if s.user == u {
			delete(r.sessions, id)
		}
	}
	delete(r.failures, u.id)
	for _, o := range r.organizations {
		o.members = sift.Out(o.members, func(m *user) bool { return m == u })
	}
}

func (r *realm) removeClient(k *client) {
	if u := r.serviceUser(k); u != nil {
		r.removeUser(u)
	}
	for _, x := range slices.Collect(maps.Values(k.roles)) {
		r.removeRole(x)
	}
	delete(r.clients, k.id)
	for _, s := range r.sessions {
		delete(s.clients, k.id)
	}
}

// roleSet is a set of roles.
type roleSet map[*role]bool

// expand adds the roles that composite roles hold, at any depth.
func expand(roots ...[]*role) roleSet {
	set := roleSet{}
	var add func(*role)
	add = func(x *role) {
		if set[x] {
			return
		}
		set[x] = true
		for _, y := range x.composites {
			add(y)
		}
	}
	for _, l := range roots {
		for _, x := range l {
			add(x)
		}
	}
	return set
}

// effectiveRoles are a user's roles of this moment: direct, through groups and
// their parents, and through composites.
func (u *user) effectiveRoles() roleSet {
	lists := [][]*role{u.roles}
	for _, g := range u.groups {
		for p := g; p != nil; p = p.parent {
			lists = append(lists, p.roles)
		}
	}
	return expand(lists...)
}

// sorted lists the set by name, realm roles and client roles mixed.
func (s roleSet) sorted(keep func(*role) bool) []*role {
	out := []*role{}
	for x := range s {
		if keep == nil || keep(x) {
			out = append(out, x)
		}
	}
	sortRoles(out)
	return out
}

func sortRoles(l []*role) {
	slices.SortFunc(l, func(a, b *role) int {
		if c := strings.Compare(a.name, b.name); c != 0 {
			return c
		}
		return strings.Compare(a.id, b.id)
	})
}

func ofClient(k *client) func(*role) bool {
	return func(x *role) bool { return x.client == k }
}
