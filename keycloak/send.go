package keycloak

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
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
	Form          url.Values  // body of a token request
	JSON          any         // body of an admin call
	Body          wire.Secret // or as it is, with its type
	ContentType   string
	Header        http.Header // more headers, as a person's program sends them; see [passable]
	AnyType       bool        // the answer may be other than JSON, as for most clients; some calls have text alone
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
		for _, name := range []string{"client_secret", "client_assertion", "password", "refresh_token", "subject_token"} {
			s.recorder.Hide(wire.NewSecret(r.Form.Get(name)))
		}
	case r.JSON != nil:
		var err error
		if body, err = json.Marshal(r.JSON); err != nil {
			return wire.Reply{}, failure.NewBadInput("", "The body cannot be written as JSON.")
		}
		contentType = "application/json"
	case !r.Body.Empty():
		body, contentType = []byte(r.Body.Reveal()), r.ContentType
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, s.url, bytes.NewReader(body))
	if err == nil {
		err = asWritten(req.URL, r.Path)
	}
	if err != nil {
		return wire.Reply{}, failure.NewBadInput("", "This is not a path: %s.", r.Path)
	}
	req.Header.Set("Accept", "application/json")
	if r.AnyType {
		req.Header.Set("Accept", "application/json, */*;q=0.5")
	}
	for name, values := range r.Header {
		if passable(name, values) {
			req.Header[textproto.CanonicalMIMEHeaderKey(name)] = values
		}
	}
	if host := r.Header.Get("Host"); host != "" && req.Header.Get("Host") != "" {
		req.Host = host
		req.Header.Del("Host")
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if !r.Authorization.Empty() {
		req.Header.Set("Authorization", r.Authorization.Reveal())
	}
	if err := s.prove(req, r.Authorization); err != nil {
		return wire.Reply{}, err
	}
	s.recorder.Hide(wire.NewSecret(req.Header.Get("DPoP")))
	a, err := s.send(ctx, call{purpose: r.Purpose, success: anyAnswer, once: true}, req)
	if err != nil {
		return wire.Reply{}, err
	}
	return *a, nil
}

// prove adds the DPoP proof to a request whose token goes with one, see [Options.Prove]. One that the request brings stays.
func (s *Server) prove(req *http.Request, authorization wire.Secret) error {
	scheme, access, _ := strings.Cut(authorization.Reveal(), " ")
	if s.options.Prove == nil || !strings.EqualFold(scheme, "DPoP") || req.Header.Get("DPoP") != "" {
		return nil
	}
	proof, err := s.options.Prove(req.Method, req.URL.String(), wire.NewSecret(strings.TrimSpace(access)))
	if err == nil && !proof.Empty() {
		req.Header.Set("DPoP", proof.Reveal())
	}
	return err
}

// asWritten adds a path to an address, as it is written: with escapes that stand for nothing, and the like, since a server may answer
// just that.
func asWritten(u *url.URL, path string) error {
	target := u.EscapedPath() + path
	if strings.ContainsFunc(target, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
		return errors.New("not the target of a request")
	}
	whole, err := url.Parse(u.Scheme + "://" + u.Host + target)
	switch {
	case err == nil && whole.RequestURI() == target, err == nil && strings.HasPrefix(target, "//"):
		*u = *whole
	case strings.HasPrefix(target, "//"):
		return err
	default:
		u.Opaque, u.Path, u.RawPath = target, "", ""
	}
	return nil
}

// passable reports whether a header of a person's program is sent: not one with control characters, nor one that this package sets
// itself, nor a cookie.
func passable(name string, values []string) bool {
	switch textproto.CanonicalMIMEHeaderKey(name) {
	case "Authorization", "Proxy-Authorization", "Cookie", "Content-Length", "Content-Type", "Transfer-Encoding", "Connection", "Upgrade", "Te", "Trailer", "Expect":
		return false
	}
	return !slices.ContainsFunc(append([]string{name}, values...), func(text string) bool {
		return text == "" || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r >= 0x7f })
	})
}

// Send makes a call of the admin API, below /admin/realms/{realm}, and returns the answer's body, unmasked, and the id
// at the end of its Location. An answer outside 2xx is an error.
func (a *Admin) Send(ctx context.Context, purpose msg.Message, method, realm, path string, body any) (text []byte, id string, err error) {
	got, id, err := a.perform(ctx, purpose, method, realm, path, body)
	if err != nil {
		return nil, "", err
	}
	return got.Body, id, nil
}

func (a *Admin) perform(ctx context.Context, purpose msg.Message, method, realm, path string, body any) (got *wire.Reply, id string, err error) {
	r, err := pathSegment("realm name", realm)
	if err != nil {
		return nil, "", err
	}
	got, err = a.gocloak(ctx, call{purpose: purpose, realm: realm, success: anySuccess}, func(ctx context.Context, api *gocloak.GoCloak, token string) error {
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
	return got, id, nil
}

// Create makes a POST of the admin API and returns the new object's id. Without one that can be its id, what answered is no Keycloak
// ([failure.UnexpectedAnswer]): the calls that follow would be of another object.
func (a *Admin) Create(ctx context.Context, purpose msg.Message, realm, path string, body any) (id string, err error) {
	got, id, err := a.perform(ctx, purpose, http.MethodPost, realm, path, body)
	if err == nil && (id == "" || got.Exchange.Status != http.StatusCreated) {
		return "", got.Unusable(http.StatusCreated)
	}
	return id, err
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
		Message: msg.New("The call to %s got 200, but not a Keycloak response.", purpose), Hint: msg.New("Check the address: something may answer in Keycloak's place.")}
}
