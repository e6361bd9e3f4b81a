package practice

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// FuzzRequest: whatever comes in, the server answers with a status of HTTP and does not panic.
func FuzzRequest(f *testing.F) {
	f.Add("GET", "/admin/realms/lesson/users?max=1", `{"username":"x"}`, "application/json", true)
	f.Add("POST", "/admin/realms", `{"realm":"a","roles":{"realm":[{"name":"b","composites":{"realm":[1]}}]}}`, "", true)
	f.Add("POST", "/realms/lesson/protocol/openid-connect/token", "grant_type=password&client_id=admin-cli&username=%zz", "application/x-www-form-urlencoded", false)
	f.Add("PUT", "/admin/realms/lesson", `{"attributes":{"a":[1]},"notBefore":1e99}`, "application/json", true)
	f.Add("POST", "/admin/realms/lesson/clients", `{"clientId":"c","protocolMappers":[{"config":{"a":{}}}],"defaultClientScopes":[null]}`, "application/json", true)
	f.Add("DELETE", "/admin/realms/lesson/roles/default-roles-lesson/composites", `[{"id":5}]`, "application/json", true)
	f.Add("PATCH", "/%2e%2e//;/x", "\x00", "text/plain", false)
	f.Add("PUT", "/admin/realms/lesson/users/profile", `{"attributes":[{"name":1}],"groups":{}}`, "application/json", true)
	for _, x := range [][3]string{
		{"POST", "/admin/realms/lesson/identity-provider/instances", `{"alias":"a","providerId":"oidc","config":{"tokenUrl":"http://[","clientSecret":5}}`},
		{"GET", "/admin/realms/lesson/identity-provider/instances?search=**a*&first=-1&max=-5", ""},
		{"POST", "/admin/realms/lesson/organizations", `{"name":"a","domains":[{"name":"-"},5],"attributes":{"k":[1]}}`},
		{"GET", "/admin/realms/lesson/organizations?q=a:b:c&search=&first=9", ""},
		{"PUT", "/admin/realms/lesson/localization/de/k", "text"},
		{"POST", "/admin/realms/lesson/authentication/flows/browser/copy", `{"newName":1}`},
		{"PUT", "/admin/realms/lesson/authentication/flows/browser/executions", `{"id":"x","requirement":[]}`},
		{"POST", "/admin/realms/lesson/authentication/register-required-action", "null"},
		{"GET", "/admin/realms/lesson/events?dateFrom=9999999999999999999&type=LOGIN&direction=asc", ""},
		{"GET", "/admin/realms/lesson/admin-events?resourcePath=*&authUser=x", ""},
		{"POST", "/admin/realms/lesson/partial-export?exportClients=true&exportGroupsAndRoles=true", ""},
	} {
		f.Add(x[0], x[1], x[2], "application/json", true)
	}
	s, err := New(Options{MaxRealms: 20, MaxUsers: 50, MaxBody: 1 << 16})
	if err != nil {
		f.Fatal(err)
	}
	s.mu.Lock()
	s.createRealm("lesson", map[string]any{"enabled": true, "organizationsEnabled": true, "eventsEnabled": true, "adminEventsEnabled": true, "adminEventsDetailsEnabled": true})
	s.mu.Unlock()
	form := url.Values{"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {"admin"}, "password": {s.AdminPassword()}}
	f.Fuzz(func(t *testing.T, verb, path, body, ctype string, admin bool) {
		u, err := url.Parse("http://practice.fix403.invalid/")
		if err != nil {
			t.Fatal(err)
		}
		u.Path, u.RawQuery, _ = strings.Cut(path, "?")
		if u.Path == "/admin/realms/master" && verb != http.MethodGet {
			return // would change the admin's own realm
		}
		c := &caller{t: t, s: s, http: &http.Client{Transport: s.Transport()}}
		if !strings.HasPrefix(path, "/") {
			u.Path = "/" + u.Path
		}
		header := http.Header{"Content-Type": {ctype}}
		if admin {
			a := c.token("master", form)
			if a.status != 200 {
				t.Skip("an earlier input changed the admin")
			}
			header.Set("Authorization", "Bearer "+a.obj(t)["access_token"].(string))
		}
		w := &recorder{header: http.Header{}}
		r := &http.Request{Method: verb, URL: u, RequestURI: u.RequestURI(), Host: u.Host, Header: header, RemoteAddr: "127.0.0.1:1",
			Body: http.NoBody, ProtoMajor: 1, ProtoMinor: 1}
		if body != "" {
			r.Body = readCloser{strings.NewReader(body)}
		}
		s.ServeHTTP(w, r)
		if n := s.panics.Swap(0); n > 0 {
			t.Errorf("%d panics", n)
		}
		if w.status < 200 || w.status > 599 {
			t.Errorf("status %d", w.status)
		}
	})
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

// FuzzToken: no token but an issued one opens anything.
func FuzzToken(f *testing.F) {
	s, err := New(Options{})
	if err != nil {
		f.Fatal(err)
	}
	c := &caller{t: &testing.T{}, s: s, http: &http.Client{Transport: s.Transport()}}
	good := c.admin()
	f.Add("")
	f.Add("a.b.c")
	f.Add(good[:len(good)-2])
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOjV9.AA")
	f.Fuzz(func(t *testing.T, tok string) {
		if tok == good || strings.ContainsAny(tok, "\r\n\x00") {
			return
		}
		w := &recorder{header: http.Header{}}
		s.ServeHTTP(w, &http.Request{Method: http.MethodGet, URL: &url.URL{Path: "/admin/realms"}, RequestURI: "/admin/realms", Host: "practice.fix403.invalid",
			Header: http.Header{"Authorization": {"Bearer " + tok}}, Body: http.NoBody})
		if w.status != http.StatusUnauthorized && w.status != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("status %d for %q", w.status, tok)
		}
	})
}

// FuzzParseJWS: a token that parses has three parts and claims, and no realm takes it for its own.
func FuzzParseJWS(f *testing.F) {
	s, err := New(Options{})
	if err != nil {
		f.Fatal(err)
	}
	r := s.realms[masterRealm]
	r.activeKey("RS256").get()
	for _, t := range []string{"", "..", "e30.e30.", "eyJhbGciOiJIUzUxMiIsImtpZCI6IiJ9.e30.AA", "e30.bnVsbA.AA", "eyJhbGciOiJSUzI1NiJ9.eyJyZWFsbV9hY2Nlc3MiOnsicm9sZXMiOlsxXX19.AA"} {
		f.Add(t)
	}
	f.Fuzz(func(t *testing.T, token string) {
		j, err := parseJWS(token)
		if err != nil {
			return
		}
		if strings.Count(token, ".") != 2 || j.claims == nil {
			t.Errorf("%q parses", token)
		}
		_ = j.claims.roles("")
		_ = j.claims.roles("realm-management")
		_, _ = j.claims.str("sub"), j.claims.num("exp")
		if j.verify(r) {
			t.Errorf("%q verifies", token)
		}
	})
}
