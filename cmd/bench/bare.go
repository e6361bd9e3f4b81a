//go:build linux

package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// bareProgram makes the requests of fix403 run --cleanup with nothing but net/http: no record, no journal, no check. The
// first error sticks.
type bareProgram struct {
	client http.Client
	base   string
	admin  string // bearer token
	err    error
}

func (p *bareProgram) send(req *http.Request, err error, want ...int) (http.Header, []byte) {
	if p.err != nil {
		return nil, nil
	}
	if err != nil {
		p.err = err
		return nil, nil
	}
	res, err := p.client.Do(req)
	if err != nil {
		p.err = err
		return nil, nil
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.err = err
		return nil, nil
	}
	for _, status := range want {
		if res.StatusCode == status {
			return res.Header, text
		}
	}
	p.err = fmt.Errorf("%s %s: %d %s", req.Method, req.URL, res.StatusCode, text)
	return nil, nil
}

func (p *bareProgram) call(method, path, token string, body any, want ...int) (http.Header, []byte) {
	var text []byte
	if body != nil {
		text, _ = json.Marshal(body)
	}
	req, err := http.NewRequest(method, p.base+path, bytes.NewReader(text)) //nolint:noctx // ends with the program
	if err == nil {
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		req.Header.Set("Content-Type", "application/json")
	}
	return p.send(req, err, want...)
}

func (p *bareProgram) token(realm string, form url.Values) string {
	req, err := http.NewRequest(http.MethodPost, p.base+"/realms/"+realm+"/protocol/openid-connect/token", strings.NewReader(form.Encode())) //nolint:noctx // as above
	if err == nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	_, text := p.send(req, err, http.StatusOK)
	return decoded[struct {
		AccessToken string `json:"access_token"`
	}](p, text).AccessToken
}

func decoded[T any](p *bareProgram, text []byte) (v T) {
	if p.err == nil {
		p.err = json.Unmarshal(text, &v)
	}
	return v
}

type object struct{ ID, Name, Value string }

func last(h http.Header) string {
	l := h.Get("Location")
	return l[strings.LastIndex(l, "/")+1:]
}

// tellBare tells the story in a realm of its own, which it removes.
func tellBare(base, user, password string) error {
	const get, post, role = http.MethodGet, http.MethodPost, "view-users"
	p := &bareProgram{base: base}
	realm := "bench-" + strings.ToLower(rand.Text()[:12])
	r := "/admin/realms/" + realm
	p.call(get, "/realms/master", "", nil, 200)
	p.admin = p.token("master", url.Values{"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {user}, "password": {password}})
	p.call(get, "/admin/serverinfo", p.admin, nil, 200)
	p.call(get, "/admin/realms/master/users?exact=true&username="+user, p.admin, nil, 200)
	p.call(get, r, p.admin, nil, 404)
	p.call(post, "/admin/realms", p.admin, map[string]any{"realm": realm, "enabled": true}, 201)
	p.call(get, r, p.admin, nil, 200)
	p.call(get, r+"/clients?clientId=c", p.admin, nil, 200)
	h, _ := p.call(post, r+"/clients", p.admin, map[string]any{
		"clientId": "c", "enabled": true, "publicClient": false,
		"standardFlowEnabled": true, "directAccessGrantsEnabled": true, "serviceAccountsEnabled": true,
	}, 201)
	client := last(h)
	p.call(get, r+"/clients?clientId=c", p.admin, nil, 200)
	_, text := p.call(get, r+"/clients/"+client+"/client-secret", p.admin, nil, 200)
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"c"}, "client_secret": {decoded[object](p, text).Value}}
	p.call(get, r+"/users?exact=true&username=john-doe", p.admin, nil, 200)
	h, _ = p.call(post, r+"/users", p.admin, map[string]any{"username": "john-doe", "email": "john-doe@example.com", "enabled": true}, 201)
	john := r + "/users/" + last(h)
	p.call(get, r+"/users?exact=true&username=john-doe", p.admin, nil, 200)
	old := p.token(realm, form)
	p.call(get, john, "", nil, 401)
	p.call(get, john, old+"A", nil, 401) // damaged
	p.call(get, john, old, nil, 403)
	_, text = p.call(get, r+"/clients/"+client+"/service-account-user", p.admin, nil, 200)
	account := decoded[object](p, text).ID
	_, text = p.call(get, r+"/clients?clientId=realm-management", p.admin, nil, 200)
	management := ""
	for _, o := range decoded[[]object](p, text) {
		management = o.ID
	}
	_, text = p.call(get, r+"/clients/"+management+"/roles", p.admin, nil, 200)
	var found object
	for _, o := range decoded[[]object](p, text) {
		if o.Name == role {
			found = o
		}
	}
	mapping := fmt.Sprintf("%s/users/%s/role-mappings/clients/%s", r, account, management)
	p.call(post, mapping, p.admin, []map[string]string{{"id": found.ID, "name": found.Name}}, 204)
	p.call(get, mapping, p.admin, nil, 200)
	p.call(get, mapping+"/composite", p.admin, nil, 200)
	p.call(get, john, old, nil, 200, 403) // by version
	p.call(get, john, p.token(realm, form), nil, 200)
	p.call(get, r, p.admin, nil, 200)
	p.call(http.MethodDelete, r, p.admin, nil, 204)
	return p.err
}
