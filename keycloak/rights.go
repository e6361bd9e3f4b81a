package keycloak

import (
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// Right is what is known of something that an admin may do or not.
type Right int

// The states of a [Right]; [RightUnknown] is the zero value.
const (
	RightUnknown Right = iota
	RightHeld
	RightMissing
)

// Rights is what an admin may do in a realm: create clients, create users, and give roles of realm-management.
type Rights struct{ Clients, Users, Grants Right }

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

// Rights finds out what the admin may do in a realm, by reading alone: Keycloak says beside each object whether the caller
// may manage it, and lists which roles the caller can give (measured with single roles on 24.0.5, 26.4.0 and 26.7.3; on
// 26.4.0 that list is empty for every admin of the realm itself).
func (a *Admin) Rights(ctx context.Context, realm string) (Rights, error) {
	var r Rights
	var clients, users []access
	// On 26.7.3 realm-management itself can be managed by nobody but realm-admin: account is a client like any other.
	if err := a.read(ctx, msg.New("see whether the admin may manage clients"), realm, "/clients?clientId="+url.QueryEscape("account"), &clients); err != nil {
		if failure.KindOf(err) != failure.AdminRefused {
			return r, err
		}
	}
	rm, err := a.FindClient(ctx, realm, RealmManagement)
	switch kind := failure.KindOf(err); {
	case kind == failure.NotFound, kind == failure.AdminRefused:
		r.Clients = RightMissing // it is there: the admin does not see it, or only in an empty list
	case err != nil:
		return r, err
	case len(clients) > 0:
		r.Clients = clients[0].right()
	}
	// The admin's own account where that is in the realm: a caller who may not view it finds an empty list, too.
	self := ""
	query := "max=1"
	if a.Realm() == realm {
		if self = a.username(); self != "" {
			query = "exact=true&username=" + url.QueryEscape(self)
		}
	}
	err = a.read(ctx, msg.New("see whether the admin may manage users"), realm, "/users?briefRepresentation=true&"+query, &users)
	switch {
	case failure.KindOf(err) == failure.AdminRefused, err == nil && len(users) == 0 && self != "":
		r.Users = RightMissing
	case err != nil:
		return r, err
	case len(users) > 0:
		r.Users = users[0].right()
	}
	if r.Users != RightHeld || r.Clients != RightHeld || len(users) == 0 {
		return r, nil
	}
	var available []Role
	if err := a.read(ctx, msg.New("see which roles the admin may grant"), realm, "/users/"+url.PathEscape(users[0].ID)+"/role-mappings/clients/"+url.PathEscape(rm.ID)+"/available", &available); err != nil {
		if failure.KindOf(err) == failure.AdminRefused {
			err = nil
		}
		return r, err
	}
	r.Grants = RightHeld
	if len(available) == 0 {
		r.Grants = RightMissing
	}
	return r, nil
}

// username returns the name of the admin's account, "" where it is not known: a token need not tell, and one may log in with an
// e-mail address.
func (a *Admin) username() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch c := a.credentials; {
	case a.decoded != nil && a.decoded.Username != "":
		return a.decoded.Username
	case c.ClientID != "":
		return "service-account-" + strings.ToLower(c.ClientID)
	case strings.Contains(c.User, "@"):
		return ""
	default:
		return strings.ToLower(c.User)
	}
}

// Temporary reports whether the admin is one that Keycloak made at its first start or by bootstrap-admin, and that it wants
// replaced: from 26.0 on such users, and in place of a service account its client, carry an attribute (seen on 26.4.0 and
// 26.7.3). An admin who may not look at himself counts as lasting.
func (a *Admin) Temporary(ctx context.Context) (bool, error) {
	path := "/users?exact=true&username=" + url.QueryEscape(a.username())
	if id := a.credentials.ClientID; id != "" {
		path = "/clients?clientId=" + url.QueryEscape(id)
	} else if a.username() == "" {
		return false, nil
	}
	var list []struct {
		Attributes struct {
			Temporary oneOrMore `json:"is_temporary_admin"`
		} `json:"attributes"`
	}
	err := a.read(ctx, msg.New("see whether this admin is temporary"), a.Realm(), path, &list)
	if kind := failure.KindOf(err); kind == failure.AdminRefused || kind == failure.NotFound {
		return false, nil
	}
	return len(list) == 1 && slices.Equal(list[0].Attributes.Temporary, oneOrMore{"true"}), err
}

// oneOrMore is the value of an attribute: a text of a client's, a list of a user's.
type oneOrMore []string

// UnmarshalJSON implements [json.Unmarshaler].
func (o *oneOrMore) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '[' {
		return json.Unmarshal(text, (*[]string)(o))
	}
	var one string
	err := json.Unmarshal(text, &one)
	*o = oneOrMore{one}
	return err
}
