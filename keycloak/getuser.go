package keycloak

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/Nerzal/gocloak/v13"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// UserURL returns the URL of the call that everything here is about, GET a user by id, on the server with a base URL.
func UserURL(base, realm, userID string) string {
	return base + "/admin/realms/" + url.PathEscape(realm) + "/users/" + url.PathEscape(userID)
}

// GetUser makes the call GET /admin/realms/{realm}/users/{user-id} with a given token and returns what came over the
// wire. Refusals (401, 403, 404) are answers here, not errors; an error means that Keycloak gave none: no connection, a
// redirect, another server's page, or a 200 without a user.
func (s *Server) GetUser(ctx context.Context, purpose msg.Message, token wire.Secret, realm, userID string) (wire.Exchange, error) {
	r, err := pathSegment("realm name", realm)
	if err != nil {
		return wire.Exchange{}, err
	}
	u, err := pathSegment("user id", userID)
	if err != nil {
		return wire.Exchange{}, err
	}
	s.recorder.Hide(token)
	var user *gocloak.User
	got, err := s.gocloak(ctx, call{purpose: purpose}, func(ctx context.Context, api *gocloak.GoCloak) (err error) {
		user, err = api.GetUserByID(ctx, token.Reveal(), r, u)
		return err
	})
	if err == nil && deref(user.ID) == "" {
		err = got.Unusable(http.StatusOK)
	}
	return observed(got, err)
}

// Damaged returns a token with another character in its signature.
func Damaged(token wire.Secret) wire.Secret {
	text := []byte(token.Reveal())
	if i := strings.LastIndexByte(token.Reveal(), '.') + 10; i < len(text) { // not the last one, which has unused bits
		text[i] = map[bool]byte{true: 'B', false: 'A'}[text[i] == 'A']
	}
	return wire.NewSecret(string(text))
}

// Get makes a GET with a given token at a URL that a person edited. The token goes nowhere but to this server's admin
// API: any other URL gives [failure.BadInput]. Answers are returned as by [Server.GetUser].
func (s *Server) Get(ctx context.Context, purpose msg.Message, token wire.Secret, rawURL string) (wire.Exchange, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return wire.Exchange{}, failure.NewBadInput("Edit only the part after /admin/realms/.", "This is not a URL.")
	}
	if u.User != nil || u.Fragment != "" || !strings.HasPrefix(u.String(), s.url+"/admin/") || strings.Contains(u.Path+"/", "/../") {
		return wire.Exchange{}, failure.NewBadInput("Edit only the part after /admin/realms/.", "The token is only sent to the admin API of this server: %s/admin/…", s.url)
	}
	s.recorder.Hide(token)
	got, err := s.gocloak(ctx, call{purpose: purpose}, func(ctx context.Context, api *gocloak.GoCloak) error {
		_, err := api.GetRequest(ctx).SetAuthToken(token.Reveal()).SetHeader("Accept", "application/json").Get(u.String())
		return err
	})
	return observed(got, err)
}

// observed keeps an answer by which Keycloak itself refuses from being an error.
func observed(got *wire.Reply, err error) (wire.Exchange, error) {
	if got == nil {
		return wire.Exchange{}, err
	}
	refusals := []failure.Kind{failure.AdminRefused, failure.NotFound, failure.Rejected, failure.Conflict}
	if slices.Contains(refusals, failure.KindOf(err)) && got.Exchange.Status != http.StatusTooManyRequests {
		return got.Exchange, nil
	}
	return got.Exchange, err
}
