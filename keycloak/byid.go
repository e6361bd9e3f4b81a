package keycloak

import (
	"context"

	"fix403/keycloak/msg"
)

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
