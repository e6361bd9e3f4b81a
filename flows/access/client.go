package access

import (
	"fmt"
	"strconv"
	"time"
)

// Client is what of a client matters besides its roles. It has no secret.
type Client struct {
	ID, ClientID                               string
	Enabled, Public, FullScope, ServiceAccount bool
	Logins                                     bool // users log in through it
	BySecret                                   bool // it proves itself by a secret that an admin can read
	DefaultScopes                              []string
	// SecretMade and SecretExpires are zero where the server does not tell.
	SecretMade, SecretExpires time.Time
}

func (c *object) described() Client {
	d := Client{ID: c.ID, ClientID: c.ClientID, Enabled: c.Enabled, Public: c.Public, FullScope: c.FullScope, ServiceAccount: c.ServiceAccounts, DefaultScopes: c.DefaultClientScopes,
		Logins:   !c.BearerOnly && (c.Standard || c.Implicit || c.Direct || c.Attributes.Device == "true"),
		BySecret: !c.Public && !c.BearerOnly && (c.Authenticator == "" || c.Authenticator == "client-secret" || c.Authenticator == "client-secret-jwt")}
	if d.BySecret {
		d.SecretMade, d.SecretExpires = moment(c.Attributes.Made), moment(c.Attributes.Expires)
	}
	return d
}

// moment reads seconds since 1970; what is none, or 0, is the zero time.
func moment(v any) time.Time {
	seconds, err := strconv.ParseInt(fmt.Sprint(v), 10, 64)
	if err != nil || seconds <= 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
