package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"fix403/flows/gate"
	"fix403/flows/params"
	"fix403/flows/problem"
	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// fixture is what an experiment works with. The first error sticks, and what comes after it does nothing: so that an
// experiment reads as a list of what is done.
type fixture struct {
	ctx      context.Context
	lab      *Lab
	id       string // of the experiment
	state    *story.State
	err      error
	decisive *wire.Exchange // the last call that was looked at
	// contentType is what its answer was said to be.
	contentType string
	explain     texts.Text // instead of the experiment's, where the server showed that it does not hold here
}

// labClient is a confidential client of an experiment, with a service account.
type labClient struct{ uuid, id, secret, account string }

// labTokens are the tokens of an answer of the token endpoint.
type labTokens struct{ access, refresh, id string }

func (b *fixture) realm() string { return b.state.Params.Realm }

// admin makes a call of the admin API below the scratch realm, as the admin; into may be nil.
func (b *fixture) admin(purpose msg.Message, method, path string, body, into any) {
	if b.err != nil {
		return
	}
	var text []byte
	if text, _, b.err = b.lab.conn.Admin.InStep(b.id).Send(b.ctx, purpose, method, b.realm(), path, body); b.err == nil && into != nil {
		b.err = keycloak.Decode(purpose, text, into)
	}
}

// client creates a client for the experiment; change overrides settings of the article's. Where the realm has the client scope
// kc-admin-api, the client gets it: its tokens are meant for the admin API, and what stops a call is the experiment.
func (b *fixture) client(change map[string]any) labClient {
	c := b.clientWithoutScope(change)
	if b.lab.audience {
		b.scope(c, keycloak.AdminAPIScope, false)
	}
	return c
}

// scope assigns a client scope to a client.
func (b *fixture) scope(c labClient, name string, optional bool) {
	if b.err == nil {
		b.err = b.lab.conn.Admin.InStep(b.id).SetClientScope(b.ctx, b.realm(), c.uuid, name, optional, true)
	}
}

// clientWithoutScope creates a client that has the realm's default client scopes alone.
func (b *fixture) clientWithoutScope(change map[string]any) labClient {
	c := labClient{id: "lab-" + params.NewRunID(), secret: params.NewRunID() + params.NewRunID()}
	b.lab.conn.Recorder.Hide(wire.NewSecret(c.secret))
	rep := map[string]any{
		"clientId": c.id, "secret": c.secret, "enabled": true, "publicClient": false, "serviceAccountsEnabled": true,
		"standardFlowEnabled": true, "directAccessGrantsEnabled": true,
	}
	for k, v := range change {
		rep[k] = v
	}
	if b.err == nil {
		c.uuid, b.err = b.lab.conn.Admin.InStep(b.id).Create(b.ctx, msg.New("create a client for the experiment"), b.realm(), "/clients", rep)
	}
	if rep["serviceAccountsEnabled"] == true {
		var account struct{ ID string }
		b.admin(msg.New("find its service account"), http.MethodGet, "/clients/"+c.uuid+"/service-account-user", nil, &account)
		c.account = account.ID
	}
	return c
}

// clientWith creates a client whose service account has a role of realm-management.
func (b *fixture) clientWith(role string, change map[string]any) labClient {
	c := b.client(change)
	b.grant(c.account, role)
	return c
}

// change sets settings of a client, leaving the others.
func (b *fixture) change(c labClient, what msg.Format, change map[string]any) {
	rep := map[string]any{}
	b.admin(msg.New("read the client"), http.MethodGet, "/clients/"+c.uuid, nil, &rep)
	for k, v := range change {
		rep[k] = v
	}
	b.admin(msg.New(what), http.MethodPut, "/clients/"+c.uuid, rep, nil)
}

func (b *fixture) mappingOf(user string) string {
	return "/users/" + user + "/role-mappings/clients/" + b.lab.realmManagement
}

func (b *fixture) roleBody(name string) []map[string]string {
	r, found := b.lab.roles[name]
	if !found && b.err == nil {
		b.err = problem.CheckFailed("", "The client realm-management has no role %s.", name)
	}
	return []map[string]string{{"id": r.ID, "name": r.Name}}
}

// grant gives a role of realm-management to a user.
func (b *fixture) grant(user, role string) {
	b.admin(msg.New("grant the role %s", role), http.MethodPost, b.mappingOf(user), b.roleBody(role), nil)
}

func (b *fixture) revoke(user, role string) {
	b.admin(msg.New("revoke the role %s", role), http.MethodDelete, b.mappingOf(user), b.roleBody(role), nil)
}

// send makes a call that the experiment looks at.
func (b *fixture) send(r keycloak.Request) (int, []byte) {
	if b.err != nil {
		return 0, nil
	}
	var reply wire.Reply
	if reply, b.err = b.lab.conn.Server.InStep(b.id).Send(b.ctx, r); b.err != nil {
		return 0, nil
	}
	b.decisive = &reply.Exchange
	return reply.Exchange.Status, reply.Body
}

// tokenRequest asks the token endpoint and returns status and body.
func (b *fixture) tokenRequest(c labClient, extra url.Values) (int, []byte) {
	purpose := msg.New("get a token with client credentials")
	if extra.Has("subject_token") {
		purpose = msg.New("exchange the token for one with another audience")
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.id}}
	if c.secret != "" {
		form.Set("client_secret", c.secret)
	}
	for k, v := range extra {
		form[k] = v
	}
	return b.send(keycloak.Request{
		Purpose: purpose, Method: http.MethodPost,
		Path: "/realms/" + url.PathEscape(b.realm()) + "/protocol/openid-connect/token", Form: form,
	})
}

// token gets tokens, which must succeed.
func (b *fixture) token(c labClient, extra url.Values) labTokens {
	status, body := b.tokenRequest(c, extra)
	if b.err == nil && status != http.StatusOK {
		b.err = problem.CheckFailed("", "The token endpoint answered %d where the experiment needs a token.", status)
	}
	return b.tokensOf(body)
}

// tokensOf reads the tokens of an answer, which must have an access token.
func (b *fixture) tokensOf(body []byte) labTokens {
	var t struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
		ID      string `json:"id_token"`
	}
	if b.err == nil && (json.Unmarshal(body, &t) != nil || t.Access == "") {
		b.err = problem.CheckFailed("", "The token endpoint answered without a token where the experiment needs one.")
	}
	return labTokens{t.Access, t.Refresh, t.ID}
}

// as is a path of the scratch realm's admin API, and who calls it.
func (b *fixture) as(purpose msg.Message, method, path, token string, body any) (int, []byte) {
	auth := wire.Secret{}
	if token != "" {
		auth = wire.NewSecret("Bearer " + token)
	}
	return b.send(keycloak.Request{Purpose: purpose, Method: method, Path: "/admin/realms/" + path, Authorization: auth, JSON: body})
}

// readUser makes the story's call with a bearer and returns its status as an observation.
func (b *fixture) readUser(purpose msg.Format, token string) string {
	status, _ := b.as(msg.New(purpose), http.MethodGet, url.PathEscape(b.realm())+"/users/"+b.state.User.ID, token, nil)
	return fmt.Sprint(status)
}

// control makes the story's call with a good token, before a token that is not: only where this one passes does a 401 of the other show
// what the experiment is about.
func (b *fixture) control(token string) {
	status, _ := b.as(msg.New("read the user with a good token first"), http.MethodGet, url.PathEscape(b.realm())+"/users/"+b.state.User.ID, token, nil)
	if b.err != nil || status == http.StatusOK {
		return
	}
	hint := msg.Format("Something differs from a fresh Keycloak, on this server or in front of it.")
	if !b.lab.scopesSeen {
		hint = "The lab could not list the realm's client scopes. If the server checks the audience of tokens, the lab's clients need the client scope kc-admin-api: use an admin that may assign it."
	}
	b.err = problem.CheckFailed(hint, "The control call failed: a genuine token whose account has view-users got %d, not 200. So this experiment could not show anything.", status)
}

// wait lets the server's clock go on.
func (b *fixture) wait(d time.Duration) {
	if b.err != nil {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-b.ctx.Done():
		b.err = b.ctx.Err()
	}
}

// otherServer returns a token of another Keycloak: an embedded one, with a realm and a client of the same names.
func (b *fixture) otherServer() string {
	if b.err != nil {
		return ""
	}
	other, err := story.New(story.Options{Practice: true, Params: b.state.Params})
	if err != nil {
		b.err = err
		return ""
	}
	if b.err = other.DoThrough(b.ctx, story.StepUser); b.err != nil {
		return ""
	}
	token, err := other.Conn().Server.InStep(b.id).ClientToken(b.ctx, b.realm(), b.state.Params.ClientID, other.ClientSecret())
	if err != nil {
		b.err = err
		return ""
	}
	b.lab.conn.Recorder.Hide(token.Secret)
	return token.Secret.Reveal()
}

// firewall answers 403 in front of the server, as a rule "no /admin from outside" would.
type firewall struct{ next http.RoundTripper }

func (f firewall) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.Contains(r.URL.Path, "/admin/") {
		return f.next.RoundTrip(r)
	}
	return &http.Response{
		Status: "403 Forbidden", StatusCode: http.StatusForbidden, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"text/html"}, "Server": {"pretended-firewall"}},
		Body:   io.NopCloser(strings.NewReader("<html><head><title>403 Forbidden</title></head><body><h1>403 Forbidden</h1></body></html>\n")),
	}, nil
}

// throughFirewall makes the story's call through a pretended firewall.
func (b *fixture) throughFirewall(token string) int {
	if b.err != nil {
		return 0
	}
	server, err := keycloak.Open(b.ctx, b.state.URL, keycloak.Options{Step: b.id,
		Transport: firewall{b.lab.conn.Transport}, Recorder: b.lab.conn.Recorder, Timeout: b.lab.conn.Timeout, Now: b.lab.conn.Now,
	})
	if err != nil {
		b.err = err
		return 0
	}
	reply, err := server.Send(b.ctx, keycloak.Request{
		Purpose: msg.New("read the user, through a simulated firewall"), Method: http.MethodGet,
		Path:          "/admin/realms/" + url.PathEscape(b.realm()) + "/users/" + b.state.User.ID,
		Authorization: wire.NewSecret("Bearer " + token),
	})
	if err != nil {
		b.err = err
		return 0
	}
	b.decisive, b.contentType = &reply.Exchange, reply.Header.Get("Content-Type")
	return reply.Exchange.Status
}

// withReason is a status and the OAuth error of the body.
func withReason(status int, body []byte) string {
	if status == http.StatusOK {
		return "200"
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", status, gate.OauthError(body)))
}

// tampered changes a character in the middle of the signature; the last one has unused bits.
func tampered(token string) string {
	i := strings.LastIndexByte(token, '.') + 10
	if i >= len(token) {
		return token
	}
	other := byte('A')
	if token[i] == other {
		other = 'B'
	}
	return token[:i] + string(other) + token[i+1:]
}

// createAndDelete tries both with a client that has one role; the user to delete is made by the admin where the client
// may not.
func (b *fixture) createAndDelete(role string) string {
	c := b.clientWith(role, nil)
	token := b.token(c, nil).access
	name := "somebody-" + params.NewRunID()
	created, _ := b.as(msg.New("create a user, with %s", role), http.MethodPost, b.realm()+"/users", token, map[string]any{"username": name, "enabled": true})
	if created != http.StatusCreated {
		b.admin(msg.New("create the user as the admin"), http.MethodPost, "/users", map[string]any{"username": name, "enabled": true}, nil)
	}
	var found []struct{ ID string }
	b.admin(msg.New("find the user"), http.MethodGet, "/users?exact=true&username="+name, nil, &found)
	if b.err == nil && len(found) != 1 {
		b.err = problem.CheckFailed("", "The created user cannot be found.")
	}
	if b.err != nil {
		return ""
	}
	deleted, _ := b.as(msg.New("delete the user, with %s", role), http.MethodDelete, b.realm()+"/users/"+found[0].ID, token, nil)
	return fmt.Sprintf("%d %d", created, deleted)
}
