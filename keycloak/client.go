package keycloak

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/Nerzal/gocloak/v13"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

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
	WebOrigins      []string // from which browsers may call with its tokens
	Created         bool
	Differs         []Difference
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
		DefaultScopes: deref(c.DefaultClientScopes), OptionalScopes: deref(c.OptionalClientScopes), WebOrigins: deref(c.WebOrigins),
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
		return failure.NewBadInput("", "The client %s was not created by fix403: it was left unchanged.", clientID)
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

// ReadClient reads a client by its client id; [failure.NotFound] if there is none that the admin may see.
func (a *Admin) ReadClient(ctx context.Context, realm, clientID string) (*Client, error) {
	var list []*gocloak.Client
	if err := a.read(ctx, msg.New("find the client"), realm, "/clients?clientId="+url.QueryEscape(clientID), &list); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(c *gocloak.Client) bool { return c != nil && deref(c.ClientID) == clientID })
	if i < 0 {
		return nil, &failure.Error{Kind: failure.NotFound, Message: msg.New("There is no client %s in realm %s that this admin may see.", clientID, realm)}
	}
	c := clientOf(list[i])
	if !a.server.identifies(c.ID) {
		return nil, unlikeKeycloak(msg.New("find the client"), nil)
	}
	a.server.recorder.Hide(c.Secret)
	return c, nil
}

// ClientIDs lists the client ids of a realm, at most the first 1000.
func (a *Admin) ClientIDs(ctx context.Context, realm string) ([]string, error) {
	var list []struct {
		ClientID string `json:"clientId"`
	}
	err := a.read(ctx, msg.New("list the clients"), realm, "/clients?max=1000", &list)
	var ids []string
	for _, c := range list {
		ids = append(ids, c.ClientID)
	}
	return ids, err
}

// ClientNamed returns the client id of the client with a uuid.
func (a *Admin) ClientNamed(ctx context.Context, realm, uuid string) (string, error) {
	i, err := pathSegment("client uuid", uuid)
	if err != nil {
		return "", err
	}
	var c struct {
		ClientID string `json:"clientId"`
	}
	err = a.read(ctx, msg.New("look for the client by its uuid"), realm, "/clients/"+i, &c)
	return c.ClientID, err
}
