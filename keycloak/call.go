package keycloak

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/Nerzal/gocloak/v13"
	"github.com/go-resty/resty/v2"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// call is one call: why it is made, on which realm, and what its success must be.
type call struct {
	purpose msg.Message
	realm   string        // of an admin's call
	success int           // 0: 200 with JSON
	timeout time.Duration // 0: the server's usual one
	once    bool          // is not sent again
}

// What a caller reads itself, in the place of a status in call.success.
const (
	anySuccess = -1 // an answer of 2xx
	anyAnswer  = -2 // an answer
)

// client makes one call at a time, and its transport is that call: gocloak has no other way to hand one on.
type client struct {
	*wire.Call
	http *http.Client
	api  *gocloak.GoCloak
}

// newClients returns where the clients of a server are kept between calls: to make one takes longer than to use it.
func newClients(base string) *sync.Pool {
	return &sync.Pool{New: func() any {
		c := &client{api: new(gocloak.GoCloak)}
		for _, set := range paths {
			set(c.api)
		}
		c.http = &http.Client{Transport: c, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		c.api.SetRestyClient(resty.NewWithClient(c.http).SetBaseURL(base).SetLogger(silent{}).SetHeader("User-Agent", "fix403"))
		return c
	}}
}

// paths are those that gocloak.NewClient sets. It is not called, since it makes a resty client of its own, with a cookie jar and
// the list of public suffixes, which are 100 KB of the program that nothing would use.
var paths = []func(*gocloak.GoCloak){
	gocloak.SetAuthRealms("realms"), gocloak.SetAuthAdminRealms("admin/realms"), gocloak.SetTokenEndpoint("protocol/openid-connect/token"),
	gocloak.SetLogoutEndpoint("protocol/openid-connect/logout"), gocloak.SetRevokeEndpoint("protocol/openid-connect/revoke"),
	gocloak.SetOpenIDConnectEndpoint("protocol/openid-connect"),
}

// gocloak makes one call by gocloak, see [Server.do].
func (s *Server) gocloak(ctx context.Context, c call, f func(context.Context, *gocloak.GoCloak) error) (*wire.Reply, error) {
	return s.do(ctx, c, func(ctx context.Context, by *client) error { return f(ctx, by.api) })
}

// send makes one call with a request as it stands, see [Server.do].
func (s *Server) send(ctx context.Context, c call, req *http.Request) (*wire.Reply, error) {
	return s.do(ctx, c, func(ctx context.Context, by *client) error {
		req = req.WithContext(ctx)
		req.Header.Set("User-Agent", "fix403")
		res, err := by.http.Do(req) // #nosec G704 -- the address is the person's own choice
		if err == nil {
			_ = res.Body.Close()
		}
		return err
	})
}

// do makes one call and judges it by what went over the wire, since gocloak does not tell. It returns an error for every answer outside
// 2xx; with success 200 also for one without valid JSON, and else for every other status than success.
func (s *Server) do(ctx context.Context, c call, f func(context.Context, *client) error) (*wire.Reply, error) {
	if err := ctx.Err(); err != nil {
		return nil, wire.NoAnswer(ctx, s.url, err)
	}
	if c.timeout == 0 {
		c.timeout = s.options.Timeout
	}
	if c.success == 0 {
		c.success = http.StatusOK
	}
	by := s.clients.Get().(*client)
	defer func() {
		by.Call = nil
		s.clients.Put(by)
	}()
	by.Call = &wire.Call{Transport: s.transport, Purpose: c.purpose, Step: s.options.Step, Quiet: s.quiet, Once: c.once}
	callCtx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	err := f(callCtx, by)
	a := by.Reply
	switch {
	case a == nil && err != nil:
		return nil, &failure.Error{Kind: failure.BadInput, Message: msg.New("The request could not be sent: %s.", s.recorder.Mask(err.Error())), Err: err}
	case a == nil:
		return nil, &failure.Error{Kind: failure.UnexpectedAnswer, Message: msg.New("The request was not sent.")}
	case a.Err != nil:
		return a, s.withoutSecrets(wire.NoAnswer(ctx, wire.Origin(s.url), a.Err))
	case c.success == anyAnswer: // also where http.Client does not like the address in it
		return a, nil
	}
	if e := a.Refusal(); e != nil {
		return a, e
	}
	if c.success != anySuccess && (c.success != http.StatusOK && a.Exchange.Status != c.success || c.success == http.StatusOK && !a.IsJSON()) {
		return a, a.Unusable(c.success)
	}
	if err != nil {
		e := a.Unusable(c.success)
		e.Err = err
		return a, e
	}
	return a, nil
}

// withoutSecrets masks an error's message: it quotes the server, which may repeat what it was sent.
func (s *Server) withoutSecrets(e *failure.Error) *failure.Error {
	e.Mask(s.recorder.Mask)
	return e
}

// silent keeps resty from writing to standard error in the middle of a screen.
type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}

// gocloak makes a call by gocloak with a current token. When a call on a realm made with this very token is refused, it logs in
// again, once and as a recorded exchange: on 24.0.5 and 26.4.0 the ordinary token of a confidential client is stale
// for a realm created after it (FACTS, belief g). A token that is not meant for the admin API is replaced by one that is, see
// [Admin.seekAudience]. No other 401 or 403 is tried again.
func (a *Admin) gocloak(ctx context.Context, c call, f func(ctx context.Context, api *gocloak.GoCloak, token string) error) (*wire.Reply, error) {
	once := func() (*wire.Reply, error) {
		token, err := a.currentToken(ctx)
		if err != nil {
			return nil, err
		}
		return a.server.gocloak(ctx, c, func(ctx context.Context, api *gocloak.GoCloak) error { return f(ctx, api, token) })
	}
	got, err := once()
	if err != nil && got != nil && got.Exchange.Status == http.StatusForbidden && failure.KindOf(err) == failure.AdminRefused && a.takeFresh(c.realm) {
		if err := a.login(ctx, staleToken); err != nil {
			return nil, err
		}
		got, err = once()
	}
	if err != nil && got != nil && got.Exchange.Status == http.StatusUnauthorized {
		again, seekErr := a.seekAudience(ctx)
		if seekErr != nil {
			return got, seekErr
		}
		if again {
			got, err = once()
		}
	}
	if e, ok := err.(*failure.Error); ok && e.Kind == failure.AdminRefused && got != nil { //nolint:errorlint // do returns the bare type
		e.Message = msg.New("The admin %s was refused by the call to %s: %s", a.Name(), c.purpose, e.Message)
		e.Hint = msg.New("Use an admin of the master realm with its realm role admin, or one with the roles for this call: fix403 roles %s names them.", a.server.line(got.Exchange))
		if e.Status == http.StatusUnauthorized {
			a.mu.Lock()
			a.refused = true
			a.mu.Unlock()
			e.Hint = msg.New("The server may have been restarted, or the session ended: try again, and fix403 logs in first. What was created so far is used again.")
		}
		if e.Status == http.StatusUnauthorized && !a.credentials.Token.Empty() {
			e.Hint = msg.New("The given token has expired or was revoked, and cannot be renewed: start again with a new one. What was created so far is used again.")
		}
	}
	return got, err
}

// line returns method and path of a call, without query.
func (s *Server) line(e wire.Exchange) string {
	path, _, _ := strings.Cut(strings.TrimPrefix(e.URL, s.url), "?")
	return e.Method + " " + path
}
