package keycloak

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/Nerzal/gocloak/v13"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// User is a user as the server has it: a person's account, or the service account of a client.
type User struct {
	ID        string
	Username  string
	Email     string
	Marker    string // the run that created it, where [Admin.EnsureMarkedUser] did; else ""
	Enabled   bool
	NotBefore time.Time // as [Admin.ReadUser] reads it
	// ServiceAccountOf is the uuid of the client whose service account this is; "" for a person.
	ServiceAccountOf string
	Created          bool
	Differs          []Difference
}

// FindUser finds a user by exact username and compares it with the wanted e-mail address. An unknown one gives
// [failure.NotFound].
func (a *Admin) FindUser(ctx context.Context, realm, username, wantEmail string) (*User, error) {
	path, err := pathSegment("realm name", realm)
	if err != nil {
		return nil, err
	}
	var list []*gocloak.User
	got, err := a.gocloak(ctx, call{purpose: msg.New("find the user"), realm: realm}, func(ctx context.Context, api *gocloak.GoCloak, token string) (err error) {
		list, err = api.GetUsers(ctx, token, path, gocloak.GetUsersParams{Username: &username, Exact: gocloak.BoolP(true)})
		return err
	})
	if err != nil {
		return nil, err
	}
	if list == nil { // JSON null
		return nil, got.Unusable(http.StatusOK)
	}
	for _, u := range list {
		if u != nil && deref(u.Username) == username && deref(u.ID) != "" {
			if !a.server.identifies(*u.ID) {
				return nil, got.Unusable(http.StatusOK)
			}
			user := userOf(u)
			user.Differs = append(compare("enabled", true, user.Enabled), compare("email", wantEmail, user.Email)...)
			return user, nil
		}
	}
	return nil, &failure.Error{Kind: failure.NotFound, Message: msg.New("There is no user %s in the realm %s.", username, realm), Hint: msg.New("Check the username and the realm.")}
}

func userOf(u *gocloak.User) *User {
	return &User{ID: deref(u.ID), Username: deref(u.Username), Email: deref(u.Email), Marker: userMarker(deref(u.LastName)), Enabled: deref(u.Enabled),
		ServiceAccountOf: deref(u.ServiceAccountClientID)}
}

// userMarker returns the run in the last name of a marked user, "" for any other one.
func userMarker(lastName string) string {
	if marker, marked := strings.CutPrefix(lastName, userMark); marked {
		return marker
	}
	return ""
}

// userMark begins the last name of a marked user. Users can carry no attribute of ours as realms and clients do: a user
// profile drops those that it does not know.
const userMark = "fix403 "

// EnsureUser finds the user, or creates it enabled and without a password. The enabled flag is always sent: without it
// Keycloak creates the user disabled (FACTS, section 8). Usernames are lower case in Keycloak.
func (a *Admin) EnsureUser(ctx context.Context, realm, username, email string, intent Intent) (*User, error) {
	return a.ensureUser(ctx, realm, username, email, "", intent)
}

// EnsureMarkedUser is [Admin.EnsureUser] for a realm that stays: a user that it creates has the last name "fix403 " and
// the run, by which it is known as ours also when the answer to its creation was lost.
func (a *Admin) EnsureMarkedUser(ctx context.Context, realm, username, email, run string, intent Intent) (*User, error) {
	return a.ensureUser(ctx, realm, username, email, run, intent)
}

func (a *Admin) ensureUser(ctx context.Context, realm, username, email, run string, intent Intent) (*User, error) {
	found, err := a.FindUser(ctx, realm, username, email)
	if failure.KindOf(err) != failure.NotFound {
		return found, err
	}
	path, err := pathSegment("realm name", realm)
	if err != nil {
		return nil, err
	}
	confirm, err := intent.declare("user", realm, username)
	if err != nil {
		return nil, err
	}
	user := gocloak.User{Username: &username, Enabled: gocloak.BoolP(true)}
	if email != "" {
		user.Email = &email
	}
	if run != "" {
		user.LastName = gocloak.StringP(userMark + run)
	}
	var id string
	got, err := a.gocloak(ctx, call{purpose: msg.New("create the user"), realm: realm, success: http.StatusCreated}, func(ctx context.Context, api *gocloak.GoCloak, token string) (err error) {
		id, err = api.CreateUser(ctx, token, path, user)
		return err
	})
	if err := a.settle(confirm, got, id, err); err != nil {
		return nil, err
	}
	return &User{ID: id, Username: username, Email: email, Marker: run, Enabled: true, Created: true}, nil
}

// DeleteUser deletes a user by id. The caller answers for its being ours, from its journal or by [User.Marker].
func (a *Admin) DeleteUser(ctx context.Context, realm, id string) error {
	r, i, err := realmAndID(realm, "user id", id)
	if err != nil {
		return err
	}
	_, err = a.gocloak(ctx, call{purpose: msg.New("delete the user"), realm: realm, success: http.StatusNoContent}, func(ctx context.Context, api *gocloak.GoCloak, token string) error {
		return api.DeleteUser(ctx, token, r, i)
	})
	return err
}

// ReadUser reads a user by id.
func (a *Admin) ReadUser(ctx context.Context, realm, userID string) (*User, error) {
	u, err := pathSegment("user id", userID)
	if err != nil {
		return nil, err
	}
	var r struct {
		gocloak.User
		NotBefore int64 `json:"notBefore"`
	}
	if err := a.read(ctx, msg.New("read the caller's account"), realm, "/users/"+u, &r); err != nil {
		return nil, err
	}
	user := userOf(&r.User)
	if user.ID != "" && !a.server.identifies(user.ID) {
		return nil, unlikeKeycloak(msg.New("read the caller's account"), nil)
	}
	user.NotBefore = seconds(r.NotBefore)
	return user, nil
}

// UserNamed returns the username of the user with an id.
func (a *Admin) UserNamed(ctx context.Context, realm, id string) (string, error) {
	i, err := pathSegment("user id", id)
	if err != nil {
		return "", err
	}
	var u struct {
		Username string `json:"username"`
	}
	err = a.read(ctx, msg.New("look for the user by its id"), realm, "/users/"+i, &u)
	return u.Username, err
}
