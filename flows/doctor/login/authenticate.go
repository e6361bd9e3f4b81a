package login

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"fix403/flows/doctor/proof"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// What the token endpoint says of an assertion whose algorithm or audience it does not take, though the key is right, in lower case
// (measured on 24.0.5, which says the last one, on 26.4.0 and on 26.7.4).
const (
	otherAlgorithm = "invalid signature algorithm"
	otherAudience  = "invalid token audience"
	noAudience     = "token audience doesn't match"
)

// signing is what a client's assertions are made with, as far as the server has taken them.
type signing struct {
	algorithm int    // of the key's
	audience  string // "" is the issuer that the address of the server has
	held      *proof.Holder
}

// authenticate adds what the client proves itself by. A public client has nothing to add but its id.
func (t *Tokens) authenticate(r *keycloak.Request, c caller) error {
	key := c.login.Key
	if key == nil && c.login.SecretSigns && !c.secret.Empty() {
		key = proof.SecretKey(c.secret)
	}
	switch {
	case !c.login.Assertion.Empty():
		assert(r, c.login.Assertion)
	case key != nil:
		audience := t.signing.audience
		if audience == "" {
			audience = t.server.URL() + "/realms/" + url.PathEscape(c.realm)
		}
		assertion, err := key.Assertion(c.clientID, audience, t.Algorithm(key), t.now())
		if err != nil {
			return err
		}
		assert(r, assertion)
		r.Form.Set("client_id", c.clientID)
	case c.login.Basic && !c.secret.Empty():
		pair := url.QueryEscape(c.clientID) + ":" + url.QueryEscape(c.secret.Reveal())
		r.Authorization = wire.NewSecret("Basic " + base64.StdEncoding.EncodeToString([]byte(pair)))
	default:
		r.Form.Set("client_id", c.clientID)
		if !c.secret.Empty() {
			r.Form.Set("client_secret", c.secret.Reveal())
		}
	}
	if !c.login.DPoP {
		return nil
	}
	shown, err := t.Prove(r.Method, t.server.URL()+r.Path, wire.Secret{})
	if err != nil {
		return err
	}
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set("DPoP", shown.Reveal())
	return nil
}

// Algorithm returns the one of a key's that assertions are signed with, as far as the server has taken it.
func (t *Tokens) Algorithm(key *proof.Key) string {
	return key.Algorithms[t.signing.algorithm%len(key.Algorithms)]
}

func assert(r *keycloak.Request, assertion wire.Secret) {
	r.Form.Set("client_assertion_type", proof.AssertionType)
	r.Form.Set("client_assertion", assertion.Reveal())
}

func (t *Tokens) now() time.Time {
	if t.options.Now == nil {
		return time.Now()
	}
	return t.options.Now()
}

// Prove returns a DPoP proof for a request, with the key of this diagnosis; see [keycloak.Options.Prove]. Of a token that a person gave the
// key is not known, and there is no proof.
func (t *Tokens) Prove(method, address string, access wire.Secret) (wire.Secret, error) {
	if t.signing.held == nil {
		if !access.Empty() {
			return wire.Secret{}, nil
		}
		var err error
		if t.signing.held, err = proof.NewHolder(); err != nil {
			return wire.Secret{}, err
		}
	}
	return t.signing.held.Proof(method, address, access, "", t.now())
}

// adapt reports whether the request is worth making once more: with another algorithm of the key, or for the audience that the server names
// for itself.
func (t *Tokens) adapt(ctx context.Context, c caller, reply *wire.Reply) bool {
	key := c.login.Key
	if key == nil && c.login.SecretSigns {
		key = proof.SecretKey(c.secret)
	}
	if key == nil || !c.login.Assertion.Empty() {
		return false
	}
	_, description := reply.Words()
	description = strings.ToLower(description)
	switch {
	case strings.Contains(description, otherAlgorithm):
		t.signing.algorithm++
		return t.signing.algorithm < len(key.Algorithms)
	case strings.Contains(description, otherAudience), strings.Contains(description, noAudience):
		if t.signing.audience != "" {
			return false
		}
		t.signing.audience = t.issuer(ctx, c.realm)
		return t.signing.audience != ""
	}
	return false
}

// issuer returns what the realm calls itself; "" if that cannot be read.
func (t *Tokens) issuer(ctx context.Context, realm string) string {
	reply, err := t.server.Send(ctx, keycloak.Request{Purpose: msg.New("who issues tokens here?"), Method: http.MethodGet, Path: "/realms/" + url.PathEscape(realm) + "/.well-known/openid-configuration"})
	var discovery struct{ Issuer string }
	if err != nil || reply.Exchange.Status != http.StatusOK || json.Unmarshal(reply.Body, &discovery) != nil {
		return ""
	}
	return discovery.Issuer
}
