package practice

import "slices"

// adminRoles are the roles of realm-management that make their holder an admin
// of the realm in the eyes of the realm list and of serverinfo: all but
// impersonation (matrix, list-realms and serverinfo).
var adminRoles = []string{
	"create-client", "manage-authorization", "manage-clients", "manage-events", "manage-identity-providers", "manage-realm",
	"manage-users", "query-clients", "query-groups", "query-realms", "query-users", "view-authorization", "view-clients",
	"view-events", "view-identity-providers", "view-realm", "view-users", "realm-admin",
	"manage-organizations", "query-organizations", "view-organizations",
}

// on is the caller's view of one realm: the roles of realm-management for
// users of the realm itself, of the client <realm>-realm for users of master.
func (a *admin) on(r *realm) rights { return rights{a, r} }

// rights answers which admin roles a caller holds on a realm.
type rights struct {
	a *admin
	r *realm
}

func (x rights) client() *client {
	switch {
	case x.a.realm.isMaster():
		return x.r.masterClient
	case x.a.realm == x.r:
		return x.r.adminClient
	}
	return nil
}

// any reports whether the caller holds one of the named admin roles.
func (x rights) any(names ...string) bool {
	k := x.client()
	if k == nil {
		return false
	}
	for _, n := range names {
		if x.a.holds(k, n) {
			return true
		}
	}
	return false
}

func (x rights) isAdmin() bool { return x.any(adminRoles...) }

func (x rights) canViewUsers() bool   { return x.any("view-users", "manage-users") }
func (x rights) canManageUsers() bool { return x.any("manage-users") }
func (x rights) canQueryUsers() bool  { return x.any("view-users", "manage-users", "query-users") }
func (x rights) canViewClients() bool { return x.any("view-clients", "manage-clients") }
func (x rights) canViewRealm() bool   { return x.any("view-realm", "manage-realm") }
func (x rights) canManageRealm() bool { return x.any("manage-realm") }
func (x rights) canQueryGroups() bool { return x.any("view-users", "manage-users", "query-groups") }
func (x rights) canViewEvents() bool  { return x.any("view-events", "manage-events") }
func (x rights) canQueryClients() bool {
	return x.any("view-clients", "manage-clients", "query-clients")
}

func (x rights) canListClients() bool {
	return x.canQueryClients() || x.a.s.behavior.usersQueryClients && x.any("query-users")
}

func (x rights) canManageClients() bool { return x.any("manage-clients") }

func (x rights) canViewIdentityProviders() bool {
	return x.any("view-identity-providers", "manage-identity-providers")
}

// canManage reports whether a client may be changed: on 26.7.3 the client that
// holds the admin roles may not, by anyone.
func (x rights) canManageClient(k *client) bool {
	return x.canManageClients() && !k.protected && (!k.admin || !x.a.s.behavior.adminClientProtected)
}

// holds reads a role of the caller from where this version reads it.
func (a *admin) holds(k *client, name string) bool {
	x := k.roles[name]
	if x == nil {
		return false
	}
	inToken := func() bool {
		for _, n := range a.claims.roles(k.clientID) {
			if n == name {
				return true
			}
		}
		return false
	}
	return a.read(inToken, x)
}

func (a *admin) hasRealmRole(name string) bool {
	x := a.realm.roles[name]
	if x == nil {
		return false
	}
	inToken := func() bool {
		for _, n := range a.claims.roles("") {
			if n == name {
				return true
			}
		}
		return false
	}
	return a.read(inToken, x)
}

func (a *admin) read(inToken func() bool, x *role) bool {
	switch a.s.behavior.roleReading {
	case readToken:
		// Users of these two clients are looked up, whatever the token says.
		if id := a.client.clientID; id == "admin-cli" || id == "security-admin-console" {
			return a.user.effectiveRoles()[x]
		}
		return inToken()
	case readTokenOrLive:
		if a.claims.hasRoleClaims() {
			return inToken()
		}
	case readTokenAndLive:
		if a.claims.hasRoleClaims() {
			return inToken() && a.liveRoles()[x]
		}
	case readLive:
	}
	return a.liveRoles()[x]
}

// liveRoles are the user's roles of this moment, within the client's scope.
func (a *admin) liveRoles() roleSet {
	if a.live == nil {
		a.live = a.realm.rolesInScope(a.user, a.client, a.realm.scopesOf(a.client, a.claims.str("scope")))
	}
	return a.live
}

// adminOfAnything opens serverinfo and the reduced representation of a realm:
// any admin role in the own realm, for users of master in any realm, or create-realm.
func (a *admin) adminOfAnything() bool {
	if !a.realm.isMaster() {
		return a.on(a.realm).isAdmin()
	}
	if a.hasRealmRole("create-realm") || a.hasRealmRole("admin") {
		return true
	}
	for _, r := range a.s.realms {
		if a.on(r).isAdmin() {
			return true
		}
	}
	return false
}

// holdsAdminRolesOf reports whether the caller holds every role of the realm's admin API that a user holds, through groups and
// composites too. Measured on 26.7.4: to may what a role may is not enough, such as manage-users for view-users, and roles
// over other realms, which users of master have, do not count.
func (x rights) holdsAdminRolesOf(u *user) bool {
	if x.a.realm.isMaster() && x.a.hasRealmRole("admin") {
		return true
	}
	for role := range u.effectiveRoles() {
		switch {
		case role.client == nil && x.r.isMaster() && (role.name == "admin" || role.name == "create-realm") && !x.a.hasRealmRole(role.name),
			role.client != nil && role.client == x.r.adminClient && !x.any(role.name):
			return false
		}
	}
	return true
}

// mayMap reports whether the caller may hand out (or take) a role. A role that
// opens the admin API may be mapped only by who holds it, or has the rights it
// gives (measured on the three versions, see docs/practice-fidelity.md).
func (x rights) mayMap(target *role) bool {
	return x.canManageUsers() && x.mayHandOut(target)
}

// mayHandOut is the part of mayMap about the role itself.
func (x rights) mayHandOut(target *role) bool {
	if target.client == nil || !target.client.admin || target.client != x.r.adminClient {
		if target.client != nil && target.client.admin {
			// An admin role of master over some realm.
			return x.a.user.effectiveRoles()[target]
		}
		if x.r.isMaster() && (target.name == "admin" || target.name == "create-realm") {
			return x.a.user.effectiveRoles()[target]
		}
		named := target.client == nil && x.a.s.behavior.brokenAdminRoleMapping && slices.Contains(adminRoles, target.name)
		return !named || x.a.realm.isMaster() && x.a.hasRealmRole("admin")
	}
	b := x.a.s.behavior
	if b.brokenAdminRoleMapping && (!x.a.realm.isMaster() || !x.a.hasRealmRole("admin")) {
		return false
	}
	if x.a.user.effectiveRoles()[target] {
		return true
	}
	if x.a.realm.isMaster() && x.a.hasRealmRole("admin") {
		return true
	}
	switch target.name {
	case "query-users", "query-clients", "query-groups", "query-realms", "query-organizations":
		return true
	case "manage-clients", "create-client":
		return x.canManageClients()
	case "view-clients":
		return x.canViewClients()
	case "manage-authorization":
		return x.any("manage-authorization", "manage-clients")
	case "view-authorization":
		return x.any("view-authorization", "manage-authorization") || b.mapViewAuthorization && x.canViewClients()
	case "manage-users":
		return x.canManageUsers()
	case "view-users":
		return x.canViewUsers()
	case "manage-realm":
		return x.canManageRealm()
	case "view-realm":
		return x.canViewRealm()
	case "manage-events":
		return x.any("manage-events")
	case "view-events":
		return x.canViewEvents()
	case "manage-identity-providers":
		return x.any("manage-identity-providers")
	case "view-identity-providers":
		return x.canViewIdentityProviders()
	case "manage-organizations":
		return x.any("manage-organizations", "manage-realm")
	case "view-organizations":
		return x.any("view-organizations", "manage-organizations", "manage-realm")
	case "impersonation":
		return x.any("impersonation")
	}
	return false // realm-admin: only who holds it
}
