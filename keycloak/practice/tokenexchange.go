package practice

import (
	"net/http"
	"net/url"
	"slices"
)

const (
	exchangeAttribute = "standard.token.exchange.enabled"
	accessTokenType   = "urn:ietf:params:oauth:token-type:access_token" // #nosec G101 -- the name of a type
)

// grantExchange is the standard token exchange (RFC 8693) of an access token for one with a smaller audience (measured on 26.2.5
// and 26.7.4).
func (c *call) grantExchange(form url.Values) error {
	bad := func(code, description string) error { return errOAuth(http.StatusBadRequest, code, description) }
	if c.client.attribs[exchangeAttribute] != "true" {
		return bad("invalid_request", "Standard token exchange is not enabled for the requested client")
	}
	for _, name := range []string{"subject_token", "subject_token_type"} {
		if form.Get(name) == "" {
			return bad("invalid_request", "Parameter '"+name+"' required for standard token exchange")
		}
	}
	if form.Get("subject_token_type") != accessTokenType {
		return bad("invalid_request", "Parameter 'subject_token' supports access tokens only")
	}
	if wanted := form.Get("requested_token_type"); wanted != "" && wanted != accessTokenType {
		return bad("invalid_request", "requested_token_type unsupported")
	}
	j, err := parseJWS(form.Get("subject_token"))
	if err != nil {
		return bad("invalid_request", "Invalid token")
	}
	v, ok := c.validate(c.realm, j, "Bearer")
	if !ok {
		return bad("invalid_request", "Invalid token")
	}
	if v.client != c.client && !slices.Contains(j.claims.audience(), c.client.clientID) {
		return errOAuth(http.StatusForbidden, "access_denied", "Client is not within the token audience")
	}
	if err := c.checkScope(form); err != nil {
		return err
	}
	i := c.issueFor(v.user, v.session, form.Get("scope"), byExchange)
	if i.audience = form["audience"]; len(i.audience) > 0 {
		available := c.s.accessClaims(c.issueFor(v.user, v.session, form.Get("scope"), byExchange)).audience()
		for _, name := range i.audience {
			switch {
			case c.realm.clientByClientID(name) == nil:
				return bad("invalid_client", "Audience not found")
			case !slices.Contains(available, name):
				return bad("invalid_request", "Requested audience not available: "+name)
			}
		}
	}
	if err := c.tokenAnswer(i, false); err != nil {
		return err
	}
	c.payload.(map[string]any)["issued_token_type"] = accessTokenType
	return nil
}

// narrow leaves an exchanged token the audience that was asked for, and the client roles of that alone.
func (i *issue) narrow(cl claims) {
	if i.kind != byExchange || len(i.audience) == 0 {
		return
	}
	had := cl.audience()
	delete(cl, "aud")
	for _, name := range had {
		if slices.Contains(i.audience, name) {
			addAudience(cl, name)
		}
	}
	access, _ := cl["resource_access"].(map[string]any)
	for name := range access {
		if !slices.Contains(i.audience, name) {
			delete(access, name)
		}
	}
}

// audience returns the members of aud.
func (cl claims) audience() []string {
	switch aud := cl["aud"].(type) {
	case string:
		return []string{aud}
	case []string:
		return aud
	case []any:
		var names []string
		for _, name := range aud {
			if text, ok := name.(string); ok {
				names = append(names, text)
			}
		}
		return names
	}
	return nil
}
