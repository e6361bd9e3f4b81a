package flows

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"fix403/keycloak"
	"fix403/keycloak/practice"
)

// BenchmarkStory compares the story with a bare net/http program that makes the same requests, on the same server: a
// real one where FIX403_TEST_KEYCLOAK names its URL, else a practice server on a loopback port. The two alternate, so
// that a server that warms up favours neither.
//
//	go test ./flows -run '^$' -bench Story -benchtime 20x
func BenchmarkStory(b *testing.B) {
	base, user, password := os.Getenv("FIX403_TEST_KEYCLOAK"), os.Getenv("FIX403_ADMIN_USER"), os.Getenv("FIX403_ADMIN_PASSWORD")
	if !strings.HasPrefix(base, "http") {
		p, err := practice.New(practice.Options{})
		if err != nil {
			b.Fatal(err)
		}
		web := httptest.NewServer(p)
		defer web.Close()
		base, user, password = web.URL, p.AdminUser(), p.AdminPassword()
	}
	if user == "" {
		user = "admin"
	}
	ours := func() {
		params := DefaultParams()
		params.Realm = "bench-" + newRunID()
		s, err := New(Options{URL: base, Params: params, Credentials: keycloak.Credentials{User: user, Password: keycloak.NewSecret(password)}})
		if err != nil {
			b.Fatal(err)
		}
		for _, step := range Steps() {
			if _, err := s.Do(context.Background(), step.ID); err != nil {
				b.Fatal(err)
			}
		}
		b.StopTimer()
		defer b.StartTimer()
		if err := s.Cleanup(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
	bare := func() {
		p := &bareProgram{b: b, base: base, user: user, password: password, realm: "bench-" + newRunID()}
		p.tell()
		b.StopTimer()
		defer b.StartTimer()
		p.call(http.MethodDelete, "/admin/realms/"+p.realm, p.admin, nil, http.StatusNoContent)
	}
	ours() // both meet a warm server
	for _, c := range []struct {
		name string
		f    func()
	}{{"fix403", ours}, {"bare", bare}, {"fix403", ours}, {"bare", bare}} {
		b.Run(c.name, func(b *testing.B) {
			for range b.N {
				c.f()
			}
		})
	}
}

// bareProgram makes the requests of a run with nothing but net/http.
type bareProgram struct {
	b                           *testing.B
	client                      http.Client
	base, user, password, realm string
	admin                       string
}

func (p *bareProgram) send(req *http.Request, want int) (http.Header, []byte) {
	res, err := p.client.Do(req)
	if err != nil {
		p.b.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.b.Fatal(err)
	}
	if want != 0 && res.StatusCode != want {
		p.b.Fatalf("%s %s: %d %s", req.Method, req.URL, res.StatusCode, text)
	}
	return res.Header, text
}

func (p *bareProgram) call(method, path, token string, body any, want int) (http.Header, []byte) {
	var text []byte
	if body != nil {
		text, _ = json.Marshal(body)
	}
	req, err := http.NewRequest(method, p.base+path, bytes.NewReader(text))
	if err != nil {
		p.b.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	req.Header.Set("Content-Type", "application/json")
	return p.send(req, want)
}

func (p *bareProgram) token(realm string, form url.Values) string {
	req, err := http.NewRequest(http.MethodPost, p.base+"/realms/"+realm+"/protocol/openid-connect/token", strings.NewReader(form.Encode()))
	if err != nil {
		p.b.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	_, text := p.send(req, http.StatusOK)
	return field[struct {
		AccessToken string `json:"access_token"`
	}](p.b, text).AccessToken
}

func field[T any](b *testing.B, text []byte) (v T) {
	if err := json.Unmarshal(text, &v); err != nil {
		b.Fatal(err)
	}
	return v
}

type object struct{ ID, Name, Value string }

func last(h http.Header) string {
	l := h.Get("Location")
	return l[strings.LastIndex(l, "/")+1:]
}

func (p *bareProgram) tell() {
	const get, post = http.MethodGet, http.MethodPost
	r := "/admin/realms/" + p.realm
	p.call(get, "/realms/master", "", nil, 200)
	p.admin = p.token("master", url.Values{"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {p.user}, "password": {p.password}})
	p.call(get, "/admin/serverinfo", p.admin, nil, 200)
	p.call(get, r, p.admin, nil, 404)
	p.call(post, "/admin/realms", p.admin, map[string]any{"realm": p.realm, "enabled": true}, 201)
	p.call(get, r, p.admin, nil, 200)
	p.call(get, r+"/clients?clientId=c", p.admin, nil, 200)
	h, _ := p.call(post, r+"/clients", p.admin, map[string]any{"clientId": "c", "enabled": true, "publicClient": false,
		"standardFlowEnabled": true, "directAccessGrantsEnabled": true, "serviceAccountsEnabled": true}, 201)
	client := last(h)
	p.call(get, r+"/clients?clientId=c", p.admin, nil, 200)
	_, text := p.call(get, r+"/clients/"+client+"/client-secret", p.admin, nil, 200)
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {"c"}, "client_secret": {field[object](p.b, text).Value}}
	p.call(get, r+"/users?exact=true&username=john-doe", p.admin, nil, 200)
	h, _ = p.call(post, r+"/users", p.admin, map[string]any{"username": "john-doe", "email": "john-doe@example.com", "enabled": true}, 201)
	user := r + "/users/" + last(h)
	p.call(get, r+"/users?exact=true&username=john-doe", p.admin, nil, 200)
	old := p.token(p.realm, form)
	p.call(get, user, old, nil, 403)
	_, text = p.call(get, r+"/clients/"+client+"/service-account-user", p.admin, nil, 200)
	account := field[object](p.b, text).ID
	_, text = p.call(get, r+"/clients?clientId=realm-management", p.admin, nil, 200)
	rm := field[[]object](p.b, text)[0].ID
	_, text = p.call(get, r+"/clients/"+rm+"/roles", p.admin, nil, 200)
	var role object
	for _, o := range field[[]object](p.b, text) {
		if o.Name == theRole {
			role = o
		}
	}
	mapping := fmt.Sprintf("%s/users/%s/role-mappings/clients/%s", r, account, rm)
	p.call(post, mapping, p.admin, []map[string]string{{"id": role.ID, "name": role.Name}}, 204)
	p.call(get, mapping, p.admin, nil, 200)
	p.call(get, mapping+"/composite", p.admin, nil, 200)
	p.call(get, user, old, nil, 0) // 403 or 200, by version
	p.call(get, user, p.token(p.realm, form), nil, 200)
}
