package keycloak

import (
	"context"
	"errors"
	"net/http"
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
	issued, err := s.requestToken(ctx, msg.New("get a token with client credentials"), realm, map[string]string{
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
			e.Message = msg.New("This server has no realm %s.", realm)
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
