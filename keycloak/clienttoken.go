package keycloak

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/Nerzal/gocloak/v13"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// IssuedToken is an access token as the token endpoint gave it.
type IssuedToken struct {
	Secret   wire.Secret
	Token    *token.Token  // decoded
	Lifetime time.Duration // expires_in; 0 if the answer did not tell
	refresh  wire.Secret
}

// ClientToken gets an access token by the client credentials grant (RFC 6749, section 4.4), with client id and secret
// in the form, as in the article's curl. gocloak's own login sends the secret twice, in the form and by Basic, which
// section 2.3 forbids. A refusal has [failure.ClientRefused], an unknown realm [failure.NotFound].
func (s *Server) ClientToken(ctx context.Context, realm, clientID string, secret wire.Secret) (*IssuedToken, error) {
	s.recorder.Hide(secret)
	issued, err := s.requestToken(ctx, msg.New("get a token by client credentials"), realm, map[string]string{
		"grant_type": "client_credentials", "client_id": clientID, "client_secret": secret.Reveal(),
	})
	if err != nil {
		return nil, err
	}
	return issued, nil
}

// requestToken returns *Error, so that callers can put the refusal into their own words.
func (s *Server) requestToken(ctx context.Context, purpose msg.Message, realm string, form map[string]string) (*IssuedToken, *failure.Error) {
	path, err := pathSegment("realm name", realm)
	if err != nil {
		return nil, asError(err)
	}
	var jwt gocloak.JWT
	_, err = s.gocloak(ctx, call{purpose: purpose}, func(ctx context.Context, api *gocloak.GoCloak) error {
		_, err := api.GetRequest(ctx).SetHeader("Accept", "application/json").SetFormData(form).SetResult(&jwt).
			Post(s.url + "/realms/" + path + "/protocol/openid-connect/token")
		return err
	})
	if err != nil {
		e := asError(err)
		if e.Kind == failure.NotFound {
			e.Message = msg.New("There is no realm %s on this server.", realm)
			e.Hint = msg.New("Check the realm's name: it is case sensitive.")
		} else if e.Kind == failure.AdminRefused || e.Kind == failure.Rejected && e.Status != http.StatusTooManyRequests {
			e.Kind = failure.ClientRefused
			e.Hint = msg.New("Check client id and secret, and that the client allows this grant.")
		}
		return nil, e
	}
	decoded, err := token.Decode(jwt.AccessToken)
	if err != nil {
		return nil, &failure.Error{Kind: failure.UnexpectedAnswer, Status: http.StatusOK,
			Message: msg.New("The token endpoint answered 200 without a usable access token."), Hint: msg.New("Check the address: something may answer in Keycloak's place."), Err: err}
	}
	issued := &IssuedToken{
		Secret: wire.NewSecret(jwt.AccessToken), Token: decoded, Lifetime: time.Duration(jwt.ExpiresIn) * time.Second, refresh: wire.NewSecret(jwt.RefreshToken),
	}
	s.recorder.HideIssued(issued.Secret, issued.refresh)
	return issued, nil
}

func asError(err error) *failure.Error {
	var e *failure.Error
	if errors.As(err, &e) {
		return e
	}
	return &failure.Error{Kind: failure.UnexpectedAnswer, Message: msg.Of(err), Err: err}
}

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

// Get makes a GET with a given token at a URL that a person edited. The token goes nowhere but to this server's admin
// API: any other URL gives [failure.BadInput]. Answers are returned as by [Server.GetUser].
func (s *Server) Get(ctx context.Context, purpose msg.Message, token wire.Secret, rawURL string) (wire.Exchange, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		return wire.Exchange{}, failure.NewBadInput("Edit only the part behind /admin/realms/.", "This is no URL.")
	}
	if u.User != nil || u.Fragment != "" || !strings.HasPrefix(u.String(), s.url+"/admin/") || strings.Contains(u.Path+"/", "/../") {
		return wire.Exchange{}, failure.NewBadInput("Edit only the part behind /admin/realms/.", "The token is only sent to the admin API of this server: %s/admin/…", s.url)
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
