package flows

import (
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"fix403/keycloak"
	"fix403/keycloak/practice"
)

// A run makes the requests that the story needs and one read for each check, over one connection.
func TestRequestsOfARun(t *testing.T) {
	p, err := practice.New(practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	connections := 0
	web := httptest.NewUnstartedServer(p)
	web.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		mu.Lock()
		defer mu.Unlock()
		if s == http.StateNew {
			connections++
		}
	}
	web.Start()
	defer web.Close()
	s, err := New(Options{URL: web.URL, Params: DefaultParams(), Credentials: keycloak.Credentials{User: p.AdminUser(), Password: keycloak.NewSecret(p.AdminPassword())}})
	if err != nil {
		t.Fatal(err)
	}
	if err := doAll(t, s); err != nil {
		t.Fatal(err)
	}
	got := map[StepID][]string{}
	for _, e := range s.Exchanges() {
		got[StepID(e.Step)] = append(got[StepID(e.Step)], e.Method)
	}
	want := map[StepID][]string{
		StepConnect:    {"GET", "POST", "GET", "GET"},               // is it a Keycloak; log in; the version is the check; is the admin a temporary one
		StepRealm:      {"GET", "POST", "GET"},                      // is it there; create; check
		StepClient:     {"GET", "POST", "GET", "GET"},               // is it there; create; check; the secret
		StepUser:       {"GET", "POST", "GET"},                      // is it there; create; check
		StepFirstCall:  {"POST", "GET"},                             // token; the call
		StepGrant:      {"GET", "GET", "GET", "POST", "GET", "GET"}, // service account; realm-management; its roles; give; check direct and effective
		StepSecondCall: {"GET", "POST", "GET"},                      // old token; new token; the call
	}
	for step, methods := range want {
		if !slices.Equal(got[step], methods) {
			t.Errorf("%s: %v, want %v", step, got[step], methods)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	if connections != 1 {
		t.Errorf("%d connections", connections)
	}
}
