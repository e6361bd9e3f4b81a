package keycloak

import (
	"context"
	"net/url"
)

// Right is what is known of something that an admin may do or not.
type Right int

// The states of a [Right]; [RightUnknown] is the zero value.
const (
	RightUnknown Right = iota
	RightHeld
	RightMissing
)

// Rights is what an admin may create in a realm.
type Rights struct{ Clients, Users Right }

// access is what Keycloak says of the caller's rights beside an object.
type access struct {
	ID     string `json:"id"`
	Access *struct {
		Manage bool `json:"manage"`
	} `json:"access"`
}

func (o access) right() Right {
	switch {
	case o.Access == nil:
		return RightUnknown
	case o.Access.Manage:
		return RightHeld
	}
	return RightMissing
}

// Rights finds out what the admin may create in a realm, by reading alone: Keycloak says beside each object whether the
// caller may manage it (measured with single roles on 24.0.5, 26.4.0 and 26.7.3).
func (a *Admin) Rights(ctx context.Context, realm string) (Rights, error) {
	var r Rights
	var clients, users []access
	// On 26.7.3 realm-management itself can be managed by nobody but realm-admin: account is a client like any other.
	if err := a.read(ctx, "see whether the admin may manage clients", realm, "/clients?clientId="+url.QueryEscape("account"), &clients); err != nil {
		if KindOf(err) != KindAdminRefused {
			return r, err
		}
		r.Clients = RightMissing
	}
	if len(clients) > 0 {
		r.Clients = clients[0].right()
	}
	if err := a.read(ctx, "see whether the admin may manage users", realm, "/users?max=1&briefRepresentation=true", &users); err != nil {
		if KindOf(err) != KindAdminRefused {
			return r, err
		}
		r.Users = RightMissing
	}
	if len(users) > 0 {
		r.Users = users[0].right()
	}
	if r.Users != RightUnknown || a.Realm() != realm || a.subject() == "" {
		return r, nil
	}
	// The list is empty for who may only query users, and does not hold service accounts.
	var self access
	switch err := a.read(ctx, "see whether the admin may manage users", realm, "/users/"+url.PathEscape(a.subject()), &self); {
	case err == nil:
		r.Users = self.right()
	case KindOf(err) == KindAdminRefused:
		r.Users = RightMissing
	case KindOf(err) != KindNotFound:
		return r, err
	}
	return r, nil
}

// subject is the id of the admin's user, "" where the token does not tell.
func (a *Admin) subject() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.decoded == nil {
		return ""
	}
	return a.decoded.Subject
}

// Temporary tells whether the admin is the one that Keycloak made at its first start or by bootstrap-admin, and that it
// wants replaced: from 26.0 on such accounts carry an attribute (seen on 26.4.0 and 26.7.3). An admin who may not look at
// himself counts as lasting.
func (a *Admin) Temporary(ctx context.Context) (bool, error) {
	if a.subject() == "" {
		return false, nil
	}
	var u struct {
		Attributes map[string][]string `json:"attributes"`
	}
	err := a.read(ctx, "see whether this admin is a temporary one", a.Realm(), "/users/"+url.PathEscape(a.subject()), &u)
	if kind := KindOf(err); kind == KindAdminRefused || kind == KindNotFound {
		return false, nil
	}
	value := u.Attributes["is_temporary_admin"]
	return len(value) == 1 && value[0] == "true", err
}
