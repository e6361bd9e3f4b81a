package keycloak

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/Nerzal/gocloak/v13"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// Request is a call that is made as it stands, for experiments: gocloak makes only correct ones.
type Request struct {
	Purpose msg.Message
	Method  string
	Path    string // below the server's base URL, escaped, with a leading slash; may have a query
	// Authorization is the whole header value, such as "Bearer …"; empty sends none.
	Authorization wire.Secret
	Form          url.Values // body of a token request
	JSON          any        // body of an admin call
	AnyType       bool       // the answer may be other than JSON, as for most clients; some calls have text alone
}

// Send makes a call as it stands, once. Every answer in HTTP is a reply, whatever its status; an error means that none came.
func (s *Server) Send(ctx context.Context, r Request) (wire.Reply, error) {
	if _, token, found := strings.Cut(r.Authorization.Reveal(), " "); found {
		s.recorder.Hide(wire.NewSecret(token))
	}
	var body []byte
	contentType := ""
	switch {
	case r.Form != nil:
		body, contentType = []byte(r.Form.Encode()), "application/x-www-form-urlencoded"
		s.recorder.Hide(wire.NewSecret(r.Form.Get("client_secret")))
	case r.JSON != nil:
		var err error
		if body, err = json.Marshal(r.JSON); err != nil {
			return wire.Reply{}, failure.NewBadInput("", "The body cannot be written as JSON.")
		}
		contentType = "application/json"
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, s.url+r.Path, bytes.NewReader(body))
	if err != nil {
		return wire.Reply{}, failure.NewBadInput("", "This is no path: %s.", r.Path)
	}
	req.Header.Set("Accept", "application/json")
	if r.AnyType {
		req.Header.Set("Accept", "application/json, */*;q=0.5")
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if !r.Authorization.Empty() {
		req.Header.Set("Authorization", r.Authorization.Reveal())
	}
	a, err := s.send(ctx, call{purpose: r.Purpose, success: anyAnswer, once: true}, req)
	if err != nil {
		return wire.Reply{}, err
	}
	return *a, nil
}

// Send makes a call of the admin API, below /admin/realms/{realm}, and returns the answer's body, unmasked, and the id
// at the end of its Location. An answer outside 2xx is an error.
func (a *Admin) Send(ctx context.Context, purpose msg.Message, method, realm, path string, body any) (text []byte, id string, err error) {
	r, err := pathSegment("realm name", realm)
	if err != nil {
		return nil, "", err
	}
	got, err := a.gocloak(ctx, call{purpose: purpose, realm: realm, success: anySuccess}, func(ctx context.Context, api *gocloak.GoCloak, token string) error {
		req := api.GetRequestWithBearerAuth(ctx, token).SetHeader("Accept", "application/json")
		if body != nil {
			req.SetBody(body)
		}
		_, err := req.Execute(method, a.server.url+"/admin/realms/"+r+path)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	location := got.Header.Get("Location")
	if id = location[strings.LastIndex(location, "/")+1:]; !a.server.identifies(id) {
		id = ""
	}
	return got.Body, id, nil
}

// read makes a GET below /admin/realms/{realm} and decodes its JSON.
func (a *Admin) read(ctx context.Context, purpose msg.Message, realm, path string, into any) error {
	text, _, err := a.Send(ctx, purpose, http.MethodGet, realm, path, nil)
	if err != nil {
		return err
	}
	return Decode(purpose, text, into)
}

// Decode reads the JSON of an answer to a call that passed. What Keycloak would not answer gives [failure.UnexpectedAnswer].
func Decode(purpose msg.Message, text []byte, into any) error {
	if err := json.Unmarshal(text, into); err != nil {
		return unlikeKeycloak(purpose, err)
	}
	return nil
}

func unlikeKeycloak(purpose msg.Message, err error) error {
	return &failure.Error{Kind: failure.UnexpectedAnswer, Status: http.StatusOK, Err: err,
		Message: msg.New("The call to %s was answered 200, but not as Keycloak does.", purpose), Hint: msg.New("Check the address: something may answer in Keycloak's place.")}
}
