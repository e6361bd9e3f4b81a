package servertest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// AudienceGate is the check that Keycloak 26.8.2 is documented to make in front of its admin API, before a Keycloak that does not
// make it. Each realm gets a client scope kc-admin-api whose mapper adds base/admin/realms/REALM to the audience, as a default
// scope of admin-cli and security-admin-console alone: the realm master with the first request, others when they are created.
// A call of the admin API with a token of this server that lacks the audience of its own realm is answered 401.
//
// It proves nothing about Keycloak. Three things are assumed: the body of the 401, the exact audience, and that aud alone is
// looked at.
type AudienceGate struct {
	Base           string       // the URL at which it is reached
	Next           http.Handler // the Keycloak behind it
	User, Password string       // of its admin
	As             string       // the version that serverinfo names; "" leaves it

	master sync.Once
}

const adminAPIScope = "kc-admin-api"

// Move has the gate be reached at another URL from now on, whose admin API is the audience that it asks for. What was furnished
// for the URL before is taken from the realm master.
func (g *AudienceGate) Move(base string) {
	if g.Base != "" {
		g.Close()
	}
	g.Base, g.master = base, sync.Once{}
}

func (g *AudienceGate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.master.Do(func() { g.furnish("master") })
	path := r.URL.Path
	if r.Method != http.MethodOptions && (strings.HasPrefix(path, "/admin/realms") || strings.HasPrefix(path, "/admin/serverinfo")) && g.refuses(r.Header.Get("Authorization")) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error":"HTTP 401 Unauthorized"}`)
		return
	}
	creates := r.Method == http.MethodPost && strings.TrimRight(path, "/") == "/admin/realms"
	names := path == "/admin/serverinfo" && g.As != ""
	if !creates && !names {
		g.Next.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	r.Header.Del("Accept-Encoding")
	answer := httptest.NewRecorder()
	g.Next.ServeHTTP(answer, r)
	text := answer.Body.Bytes()
	if creates && answer.Code == http.StatusCreated {
		var realm struct{ Realm string }
		if json.Unmarshal(body, &realm) == nil {
			g.furnish(realm.Realm)
		}
	}
	if names {
		text = g.named(text)
	}
	for name, values := range answer.Header() {
		if name != "Content-Length" {
			w.Header()[name] = values
		}
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(text) //nolint:gosec // a server for tests, whose answers are JSON
}

// refuses reports whether a token is one of this server that is not meant for the admin API.
func (g *AudienceGate) refuses(authorization string) bool {
	_, token, _ := strings.Cut(authorization, " ")
	parts := strings.Split(strings.TrimSpace(token), ".")
	if len(parts) != 3 {
		return false
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return false
	}
	var claims struct {
		Issuer   string          `json:"iss"`
		Audience json.RawMessage `json:"aud"`
	}
	if json.Unmarshal(payload, &claims) != nil || !strings.HasPrefix(claims.Issuer, g.Base) {
		return false
	}
	var one string
	var all []string
	if json.Unmarshal(claims.Audience, &one) == nil {
		all = []string{one}
	} else {
		_ = json.Unmarshal(claims.Audience, &all)
	}
	return !slices.Contains(all, g.Base+"/admin/realms/"+claims.Issuer[strings.LastIndex(claims.Issuer, "/")+1:])
}

// furnish gives a realm the client scope, and its two built-in clients.
func (g *AudienceGate) furnish(realm string) {
	path := "/admin/realms/" + url.PathEscape(realm)
	var scopes []struct{ ID, Name string }
	g.call(http.MethodGet, path+"/client-scopes", nil, &scopes)
	id := ""
	for _, s := range scopes {
		if s.Name == adminAPIScope {
			id = s.ID
		}
	}
	if id == "" {
		created := g.call(http.MethodPost, path+"/client-scopes", map[string]any{
			"name": adminAPIScope, "protocol": "openid-connect",
			"attributes": map[string]string{"include.in.token.scope": "true", "display.on.consent.screen": "false"},
		}, nil)
		location := created.Get("Location")
		id = location[strings.LastIndex(location, "/")+1:]
	}
	mappers := path + "/client-scopes/" + id + "/protocol-mappers/models"
	var there []struct{ Name string }
	g.call(http.MethodGet, mappers, nil, &there)
	if name := "admin api audience of " + g.Base; !slices.Contains(there, struct{ Name string }{name}) {
		g.call(http.MethodPost, mappers, map[string]any{
			"name": name, "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper",
			"config": map[string]string{"included.custom.audience": g.Base + path, "access.token.claim": "true",
				"introspection.token.claim": "true", "lightweight.claim": "true", "id.token.claim": "false"},
		}, nil)
	}
	for _, client := range []string{"admin-cli", "security-admin-console"} {
		var found []struct{ ID string }
		g.call(http.MethodGet, path+"/clients?clientId="+client, nil, &found)
		for _, c := range found {
			g.call(http.MethodPut, path+"/clients/"+c.ID+"/default-client-scopes/"+id, nil, nil)
		}
	}
}

// Close takes the client scope from the realm master again: the Keycloak behind the gate goes on without it.
func (g *AudienceGate) Close() {
	const path = "/admin/realms/master/client-scopes"
	var scopes []struct{ ID, Name string }
	g.call(http.MethodGet, path, nil, &scopes)
	for _, s := range scopes {
		if s.Name == adminAPIScope {
			g.call(http.MethodDelete, path+"/"+s.ID, nil, nil)
		}
	}
}

// call makes a call of the Keycloak behind the gate as its admin.
func (g *AudienceGate) call(method, path string, body, into any) http.Header {
	form := url.Values{"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {g.User}, "password": {g.Password}}
	var login struct {
		Token string `json:"access_token"`
	}
	answer := g.send(http.MethodPost, "/realms/master/protocol/openid-connect/token", "application/x-www-form-urlencoded", "", []byte(form.Encode()))
	if err := json.Unmarshal(answer.Body.Bytes(), &login); err != nil || login.Token == "" {
		panic(fmt.Sprintf("the login of the gate's admin was answered %d", answer.Code))
	}
	var text []byte
	if body != nil {
		text, _ = json.Marshal(body)
	}
	answer = g.send(method, path, "application/json", login.Token, text)
	if answer.Code/100 != 2 {
		panic(fmt.Sprintf("%s %s of the gate was answered %d", method, path, answer.Code))
	}
	if into != nil {
		if err := json.Unmarshal(answer.Body.Bytes(), into); err != nil {
			panic(err)
		}
	}
	return answer.Header()
}

func (g *AudienceGate) send(method, path, contentType, token string, body []byte) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(context.Background(), method, g.Base+path, bytes.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer := httptest.NewRecorder()
	g.Next.ServeHTTP(answer, r)
	return answer
}

// named puts the version into a serverinfo document.
func (g *AudienceGate) named(text []byte) []byte {
	var info map[string]any
	if json.Unmarshal(text, &info) != nil {
		return text
	}
	system, _ := info["systemInfo"].(map[string]any)
	if system == nil {
		return text
	}
	system["version"] = g.As
	named, err := json.Marshal(info)
	if err != nil {
		return text
	}
	return named
}
