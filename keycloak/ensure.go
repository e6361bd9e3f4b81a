package keycloak

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/Nerzal/gocloak/v13"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// Realm is a realm as the server has it.
type Realm struct {
	Name        string
	Marker      string // value of [MarkerAttribute]; "" when fix403 did not create it
	Enabled     bool
	Reduced     bool   // the admin may not view the realm: nothing but the name is known
	SSLRequired string // all, external or none
	NotBefore   time.Time
	FineGrained bool         // permissions on single objects are switched on (adminPermissionsEnabled, from 26.2)
	Created     bool         // by this call
	Differs     []Difference // from what was asked for; nothing was changed
}

// Client is a client as the server has it.
type Client struct {
	ID              string // the uuid that paths need
	ClientID        string
	Marker          string
	Enabled         bool
	Public          bool
	BearerOnly      bool
	ServiceAccounts bool
	FullScope       bool
	Lightweight     bool        // attribute client.use.lightweight.access.token.enabled
	Authenticator   string      // how it proves who it is, such as "client-secret"
	Secret          wire.Secret // empty for a public client
	NotBefore       time.Time
	DefaultScopes   []string // sorted
	OptionalScopes  []string
	Created         bool
	Differs         []Difference
}

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

// Intent is called before an object is created, to write down that it will be; an error stops the creation. The
// returned function is called with the new object's id once it is there, or with "" when it is certain that it was not
// created. It is not called when that is in doubt.
type Intent func(kind, realm, name string) (confirm func(id string) error, err error)

func (i Intent) declare(kind, realm, name string) (func(string) error, error) {
	if i == nil {
		return func(string) error { return nil }, nil
	}
	return i(kind, realm, name)
}

// settle ends an intent by the answer to the creating call.
func (a *Admin) settle(confirm func(id string) error, got *wire.Reply, id string, err error) error {
	if err := a.created(got, id, err); err != nil {
		if got == nil || failure.NotDone(err) {
			_ = confirm("") // else the intent stands, which says no more than that it may be there
		}
		return err
	}
	return confirm(id)
}

// FindRealm reads a realm. An unknown one gives [failure.NotFound]. A caller without view-realm gets a reduced
// representation, which tells neither enabled nor attributes (FACTS, section 2): also an admin whose token is older than
// the realm, who then logs in again, once.
func (a *Admin) FindRealm(ctx context.Context, name string) (*Realm, error) {
	path, err := pathSegment("realm name", name)
	if err != nil {
		return nil, err
	}
	read := func() (r *Realm, err error) {
		got, err := a.gocloak(ctx, call{purpose: msg.New("read the realm"), realm: name}, func(ctx context.Context, api *gocloak.GoCloak, token string) error {
			_, err := api.GetRealm(ctx, token, path)
			return err
		})
		if err != nil {
			return nil, err
		}
		if r, err = realmOf(got.Body); err != nil || r.Name != name {
			return nil, got.Unusable(http.StatusOK)
		}
		return r, nil
	}
	r, err := read()
	if failure.KindOf(err) == failure.NotFound {
		a.markFresh(name) // if it is created now, it is newer than this token
	}
	if err == nil && r.Reduced && a.takeFresh(name) {
		if err := a.login(ctx, staleToken); err != nil {
			return nil, err
		}
		r, err = read()
	}
	if err != nil {
		return nil, err
	}
	if !r.Reduced {
		r.Differs = compare("enabled", true, r.Enabled)
	}
	return r, nil
}

// realmOf reads the representation of a realm. gocloak's has not all that is needed here.
func realmOf(text []byte) (*Realm, error) {
	var r struct {
		Realm       string            `json:"realm"`
		Enabled     *bool             `json:"enabled"`
		Attributes  map[string]string `json:"attributes"`
		SSLRequired string            `json:"sslRequired"`
		NotBefore   int64             `json:"notBefore"`
		FineGrained bool              `json:"adminPermissionsEnabled"`
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, err
	}
	return &Realm{Name: r.Realm, Marker: r.Attributes[MarkerAttribute], Enabled: deref(r.Enabled), Reduced: r.Enabled == nil,
		SSLRequired: r.SSLRequired, NotBefore: seconds(r.NotBefore), FineGrained: r.FineGrained}, nil
}

// EnsureRealm finds the realm, or creates it enabled and marked with run. The enabled flag is always sent: without it
// Keycloak creates the realm disabled (FACTS, section 8).
func (a *Admin) EnsureRealm(ctx context.Context, name, run string, intent Intent) (*Realm, error) {
	r, err := a.FindRealm(ctx, name)
	if failure.KindOf(err) != failure.NotFound {
		return r, err
	}
	a.takeFresh(name) // a refusal to create it says nothing of the token's age
	confirm, err := intent.declare("realm", name, name)
	if err != nil {
		return nil, err
	}
	var id string
	got, err := a.gocloak(ctx, call{purpose: msg.New("create the realm"), realm: name, success: http.StatusCreated, timeout: a.server.options.RealmTimeout}, func(ctx context.Context, api *gocloak.GoCloak, token string) (err error) {
		id, err = api.CreateRealm(ctx, token, gocloak.RealmRepresentation{
			Realm: &name, Enabled: gocloak.BoolP(true), Attributes: marked(run),
		})
		return err
	})
	if got != nil && id != "" && err == nil {
		id = name
		a.markFresh(name)
	}
	if err := a.settle(confirm, got, id, err); err != nil {
		return nil, err
	}
	return &Realm{Name: name, Marker: run, Enabled: true, Created: true}, nil
}

// DeleteRealm deletes a realm that carries our marker. Without it, and for master, it refuses with [failure.BadInput].
func (a *Admin) DeleteRealm(ctx context.Context, name string) error {
	if name == "master" {
		return a.deleteRealm(ctx, name) // which refuses
	}
	r, err := a.FindRealm(ctx, name)
	if err != nil {
		return err
	}
	if r.Marker == "" {
		return failure.NewBadInput("If you want it gone, delete it in the Admin Console.", "The realm %s was not created by fix403: it is left as it is.", name)
	}
	return a.deleteRealm(ctx, name)
}

func (a *Admin) deleteRealm(ctx context.Context, name string) error {
	path, err := pathSegment("realm name", name)
	if err != nil {
		return err
	}
	if name == "master" {
		return failure.NewBadInput("", "The realm master is never removed.")
	}
	_, err = a.gocloak(ctx, call{purpose: msg.New("delete the realm"), realm: name, success: http.StatusNoContent, timeout: a.server.options.RealmTimeout}, func(ctx context.Context, api *gocloak.GoCloak, token string) error {
		return api.DeleteRealm(ctx, token, path)
	})
	return err
}

// FindClient finds a client by its client id. An unknown one gives [failure.NotFound].
func (a *Admin) FindClient(ctx context.Context, realm, clientID string) (*Client, error) {
	path, err := pathSegment("realm name", realm)
	if err != nil {
		return nil, err
	}
	var list []*gocloak.Client
	got, err := a.gocloak(ctx, call{purpose: msg.New("find the client %s", clientID), realm: realm}, func(ctx context.Context, api *gocloak.GoCloak, token string) (err error) {
		list, err = api.GetClients(ctx, token, path, gocloak.GetClientsParams{ClientID: &clientID})
		return err
	})
	if err != nil {
		return nil, err
	}
	if list == nil { // JSON null
		return nil, got.Unusable(http.StatusOK)
	}
	for _, c := range list {
		if c != nil && deref(c.ClientID) == clientID && deref(c.ID) != "" {
			if !a.server.identifies(*c.ID) {
				return nil, got.Unusable(http.StatusOK)
			}
			return clientOf(c), nil
		}
	}
	return nil, &failure.Error{Kind: failure.NotFound, Message: msg.New("There is no client %s in the realm %s.", clientID, realm), Hint: msg.New("Check the client id and the realm: both are case sensitive.")}
}

func clientOf(c *gocloak.Client) *Client {
	out := &Client{
		ID: deref(c.ID), ClientID: deref(c.ClientID), Marker: markerIn(c.Attributes), Enabled: deref(c.Enabled), Public: deref(c.PublicClient),
		BearerOnly: deref(c.BearerOnly), ServiceAccounts: deref(c.ServiceAccountsEnabled), FullScope: deref(c.FullScopeAllowed),
		Lightweight: deref(c.Attributes)[lightweightAttribute] == "true", Authenticator: deref(c.ClientAuthenticatorType),
		Secret: wire.NewSecret(deref(c.Secret)), NotBefore: seconds(int64(deref(c.NotBefore))),
		DefaultScopes: deref(c.DefaultClientScopes), OptionalScopes: deref(c.OptionalClientScopes),
	}
	slices.Sort(out.DefaultScopes)
	for _, setting := range []struct {
		name string
		want bool
		have *bool
	}{
		{"enabled", true, c.Enabled},
		{"client authentication", true, gocloak.BoolP(!deref(c.PublicClient))},
		{"authorization", false, c.AuthorizationServicesEnabled},
		{"standard flow", true, c.StandardFlowEnabled},
		{"direct access grants", true, c.DirectAccessGrantsEnabled},
		{"service account roles", true, c.ServiceAccountsEnabled},
		{"full scope allowed", true, c.FullScopeAllowed},
	} {
		out.Differs = append(out.Differs, compare(setting.name, onOff(setting.want), onOff(deref(setting.have)))...)
	}
	return out
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// EnsureClient finds the client, or creates the article's: confidential, without authorization services, with
// standard flow, direct access grants and a service account, marked with run. redirectURIs may be empty.
func (a *Admin) EnsureClient(ctx context.Context, realm, clientID string, redirectURIs []string, run string, intent Intent) (*Client, error) {
	found, err := a.FindClient(ctx, realm, clientID)
	if failure.KindOf(err) != failure.NotFound {
		return found, err
	}
	path, err := pathSegment("realm name", realm)
	if err != nil {
		return nil, err
	}
	confirm, err := intent.declare("client", realm, clientID)
	if err != nil {
		return nil, err
	}
	client := gocloak.Client{
		ClientID: &clientID, Protocol: gocloak.StringP("openid-connect"), Enabled: gocloak.BoolP(true),
		PublicClient: gocloak.BoolP(false), AuthorizationServicesEnabled: gocloak.BoolP(false),
		StandardFlowEnabled: gocloak.BoolP(true), DirectAccessGrantsEnabled: gocloak.BoolP(true),
		ServiceAccountsEnabled: gocloak.BoolP(true), Attributes: marked(run),
	}
	if len(redirectURIs) > 0 {
		client.RedirectURIs = &redirectURIs
	}
	var id string
	got, err := a.gocloak(ctx, call{purpose: msg.New("create the client"), realm: realm, success: http.StatusCreated}, func(ctx context.Context, api *gocloak.GoCloak, token string) (err error) {
		id, err = api.CreateClient(ctx, token, path, client)
		return err
	})
	if err := a.settle(confirm, got, id, err); err != nil {
		return nil, err
	}
	return &Client{ID: id, ClientID: clientID, Marker: run, Created: true}, nil
}

// created checks that a success carries the new object's id at the end of its Location.
func (a *Admin) created(got *wire.Reply, id string, err error) error {
	if err != nil {
		return err
	}
	if !a.server.identifies(id) {
		return &failure.Error{Kind: failure.UnexpectedAnswer, Status: got.Exchange.Status,
			Message: msg.New("%s answered %d without the new object's address (Location header).", got.Exchange.URL, got.Exchange.Status),
			Hint:    msg.New("Something between here and Keycloak changes its answers, or this is no Keycloak.")}
	}
	return nil
}

// DeleteClient deletes a client that carries our marker; without it, it refuses with [failure.BadInput].
func (a *Admin) DeleteClient(ctx context.Context, realm, clientID string) error {
	r, err := pathSegment("realm name", realm)
	if err != nil {
		return err
	}
	c, err := a.FindClient(ctx, realm, clientID)
	if err != nil {
		return err
	}
	if c.Marker == "" {
		return failure.NewBadInput("", "The client %s was not created by fix403: it is left as it is.", clientID)
	}
	_, err = a.gocloak(ctx, call{purpose: msg.New("delete the client"), realm: realm, success: http.StatusNoContent}, func(ctx context.Context, api *gocloak.GoCloak, token string) error {
		return api.DeleteClient(ctx, token, r, c.ID)
	})
	return err
}

// ClientSecret reads the secret of a client by its uuid. Answers that hold it are masked in the record.
func (a *Admin) ClientSecret(ctx context.Context, realm, id string) (wire.Secret, error) {
	r, i, err := realmAndID(realm, "client uuid", id)
	if err != nil {
		return wire.Secret{}, err
	}
	var c *gocloak.CredentialRepresentation
	got, err := a.gocloak(ctx, call{purpose: msg.New("read the client secret"), realm: realm}, func(ctx context.Context, api *gocloak.GoCloak, token string) (err error) {
		c, err = api.GetClientSecret(ctx, token, r, i)
		return err
	})
	if err != nil {
		return wire.Secret{}, err
	}
	secret := wire.NewSecret(deref(c.Value))
	if secret.Empty() {
		return wire.Secret{}, &failure.Error{Kind: failure.UnexpectedAnswer, Status: got.Exchange.Status, Message: msg.New("The client has no secret."),
			Hint: msg.New("Switch client authentication on: a public client has none.")}
	}
	a.server.recorder.Hide(secret)
	return secret, nil
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

func realmAndID(realm string, what msg.Format, id string) (string, string, error) {
	r, err := pathSegment("realm name", realm)
	if err != nil {
		return "", "", err
	}
	i, err := pathSegment(what, id)
	return r, i, err
}
