package keycloak

import (
	"context"
	"fmt"
	"slices"

	"fix403/keycloak/msg"
)

// Contents are users and clients of a realm, without those that Keycloak makes in every realm. Long lists are cut.
type Contents struct {
	Users   []User
	Clients []Client // without what differs
	More    bool     // there are more than these
}

// mostContents is how many users, and clients, are read: enough to see that a realm is in use.
const mostContents = 100

// builtInClients are those of every realm; the last one comes with the permissions of 26.2 and later.
var builtInClients = []string{"account", "account-console", "admin-cli", "broker", RealmManagement, "security-admin-console", "admin-permissions"}

// Contents reads what a realm holds. Accounts of services are not users here, as in Keycloak's own list.
func (a *Admin) Contents(ctx context.Context, realm string) (Contents, error) {
	var c Contents
	var users []struct {
		ID       string `json:"id"`
		Username string `json:"username"`
		LastName string `json:"lastName"`
	}
	if err := a.read(ctx, msg.New("list the users"), realm, fmt.Sprintf("/users?max=%d", mostContents+1), &users); err != nil {
		return c, err
	}
	for _, u := range users {
		c.Users = append(c.Users, User{ID: u.ID, Username: u.Username, Marker: userMarker(u.LastName)})
	}
	var clients []struct {
		ID         string            `json:"id"`
		ClientID   string            `json:"clientId"`
		Attributes map[string]string `json:"attributes"`
	}
	most := mostContents + len(builtInClients) + 1
	if err := a.read(ctx, msg.New("list the clients"), realm, fmt.Sprintf("/clients?max=%d", most), &clients); err != nil {
		return c, err
	}
	c.More = len(users) > mostContents || len(clients) == most
	for _, o := range clients {
		if !slices.Contains(builtInClients, o.ClientID) {
			c.Clients = append(c.Clients, Client{ID: o.ID, ClientID: o.ClientID, Marker: o.Attributes[MarkerAttribute]})
		}
	}
	return c, nil
}
