package practice

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"fix403/keycloak/sift"
)

// Client registration in Keycloak's own format, by a role, by an initial access token, or by the token that a client was given
// when it was registered (measured on 26.7.4).

const (
	initialToken      = "InitialAccessToken"
	registrationToken = "RegistrationAccessToken"
)

// registrarToken is a token of these kinds that this realm signed, if the caller has one.
func (c *call) registrarToken(typ string) (claims, bool) {
	t, ok := c.bearer()
	if !ok {
		return nil, false
	}
	j, err := parseJWS(t)
	if err != nil || !j.verify(c.realm) || j.claims.str("typ") != typ || j.claims.str("iss") != c.issuer(c.realm) {
		return nil, false
	}
	exp := j.claims.num("exp")
	return j.claims, exp == 0 || c.now.Unix() < exp
}

// signRegistrar makes a token that is for registrations alone.
func (c *call) signRegistrar(typ, id string, exp int64, more claims) (string, error) {
	cl := claims{"exp": exp, "iat": c.now.Unix(), "jti": id, "iss": c.issuer(c.realm), "aud": c.issuer(c.realm), "typ": typ}
	maps.Copy(cl, more)
	c.s.fallbackKey(c.realm)
	return signToken(c.realm, "HS512", cl)
}

// registeredRep is a client with a new token to change it by.
func (c *call) registeredRep(k *client, renew bool) (map[string]any, error) {
	if renew || k.registration == "" {
		k.registration = c.s.ids.next()
	}
	t, err := c.signRegistrar(registrationToken, k.registration, 0, claims{"registration_auth": "authenticated", "allowed-origins": []string{}})
	if err != nil {
		return nil, c.errInternal()
	}
	m := fullClient(k)
	m["registrationAccessToken"], m["defaultRoles"] = t, []string{}
	return m, nil
}

// registerClient is client registration (RFC 7591).
func (c *call) registerClient() error {
	var initial map[string]any
	if cl, ok := c.registrarToken(initialToken); ok && c.checkRealmOpen() == nil && slices.Contains(registrationKinds, c.param("kind")) {
		i := slices.IndexFunc(c.realm.initial, func(m map[string]any) bool { return str(m, "id") == cl.str("jti") })
		if i < 0 || num(c.realm.initial[i], "remainingCount") < 1 {
			return errOAuth(http.StatusUnauthorized, "invalid_token", "No remaining count on initial access token")
		}
		initial = c.realm.initial[i]
	} else if err := c.registrar("create-client", "manage-clients"); err != nil {
		return err
	}
	if c.param("kind") != "default" {
		return errNotImplemented("client registration of the kind " + c.param("kind"))
	}
	rep, err := c.object(clientSchema)
	if err != nil {
		return err
	}
	if id := str(rep, "clientId"); id != "" && c.realm.clientByClientID(id) != nil {
		return errOAuth(http.StatusBadRequest, "invalid_client_metadata", "Client Identifier in use")
	}
	if f := c.checkClient(rep); f != nil {
		return f
	}
	if len(c.realm.clients) >= maxPerRealm {
		return errLimit("The practice Keycloak keeps no more clients in a realm: delete one first.")
	}
	k := c.s.createClient(c.realm, rep, c.now)
	if initial != nil {
		initial["remainingCount"] = num(initial, "remainingCount") - 1
	}
	m, err := c.registeredRep(k, true)
	if err != nil {
		return err
	}
	if err := c.created(k.clientID); err != nil {
		return err
	}
	c.payload, c.ctype = m, jsonCharset
	return nil
}

// registeredClient reads, changes or deletes a client by its registration.
func (c *call) registeredClient() error {
	k := c.realm.clientByClientID(c.param("id"))
	cl, ok := c.registrarToken(registrationToken)
	own := ok && k != nil && cl.str("jti") == k.registration
	switch {
	case ok && !own && c.r.Method == http.MethodGet:
		return errOAuth(http.StatusUnauthorized, "invalid_token", "Not authorized to view client. Not valid token or client credentials provided.")
	case ok && !own:
		return errOAuth(http.StatusUnauthorized, "invalid_token", "Not authorized to update client. Maybe missing token or bad token type.")
	case !ok:
		roles := []string{"manage-clients"}
		if c.r.Method == http.MethodGet {
			roles = append(roles, "view-clients")
		}
		if err := c.registrar(roles...); err != nil {
			return err
		}
		if k == nil || c.param("kind") != "default" {
			return errNotImplemented("client registration of this kind")
		}
	}
	if err := c.checkRealmOpen(); err != nil {
		return err
	}
	switch kind := c.param("kind"); {
	case kind == "install" && c.r.Method == http.MethodGet:
		c.client = k
		return c.ok(json.RawMessage(c.adapterJSON()))
	case kind != "default":
		return errNotImplemented("client registration of the kind " + kind)
	case c.r.Method == http.MethodDelete:
		if k.builtIn {
			return errNotImplemented("to delete what every realm has by registration")
		}
		c.realm.removeClient(k)
		return c.noContent()
	case c.r.Method == http.MethodPut:
		rep, err := c.object(clientSchema)
		if err != nil {
			return err
		}
		if str(rep, "clientId") != k.clientID {
			return errOAuth(http.StatusBadRequest, "invalid_client_metadata", "Client Identifier modified")
		}
		if f := c.checkClient(rep); f != nil {
			return f
		}
		c.s.applyClient(k, rep)
	case !own:
		return c.ok(fullClient(k))
	}
	m, err := c.registeredRep(k, c.r.Method == http.MethodPut)
	if err != nil {
		return err
	}
	return c.ok(m)
}

var initialSchema = newSchema("ClientInitialAccessCreatePresentation", "", "", "expiration count", "webOrigins", "", "")

func (c *call) listInitialAccess() error {
	if !c.auth.on(c.realm).canViewClients() {
		return c.errForbidden()
	}
	c.uncached = true
	return c.ok(append([]map[string]any{}, c.realm.initial...))
}

// postInitialAccess makes a token by which clients may be registered, so many of them and so long.
func (c *call) postInitialAccess() error {
	rep, err := c.object(initialSchema)
	if err != nil {
		return err
	}
	if err := c.requireManageClients(); err != nil {
		return err
	}
	if len(c.realm.initial) >= maxPerRealm {
		return errLimit("The practice Keycloak keeps no more initial access tokens in a realm: delete one first.")
	}
	count, life, now := max(num(rep, "count"), 1), num(rep, "expiration"), c.now.Unix()
	kept := map[string]any{"id": c.s.ids.next(), "timestamp": now, "expiration": life, "count": count, "remainingCount": count}
	exp := int64(0)
	if life > 0 {
		exp = now + life
	}
	t, err := c.signRegistrar(initialToken, str(kept, "id"), exp, nil)
	if err != nil {
		return c.errInternal()
	}
	c.realm.initial = append(c.realm.initial, kept)
	m := maps.Clone(kept)
	m["token"] = t
	if err := c.ok(m); err != nil {
		return err
	}
	if c.behavior().initialCreated {
		c.status = http.StatusCreated
	}
	return nil
}

func (c *call) deleteInitialAccess() error {
	if err := c.requireManageClients(); err != nil {
		return err
	}
	c.realm.initial = sift.Out(c.realm.initial, func(m map[string]any) bool { return str(m, "id") == c.param("id") })
	return c.noContent()
}

// postRegistrationToken gives a client another token to change it by.
func (c *call) postRegistrationToken() error {
	if err := c.requireManageClient(); err != nil {
		return err
	}
	m, err := c.registeredRep(c.client, true)
	if err != nil {
		return err
	}
	return c.ok(m)
}
