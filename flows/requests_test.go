package flows

import (
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/keycloak"
	"fix403/keycloak/practice"
	"fix403/keycloak/wire"
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
	s, err := story.New(story.Options{URL: web.URL, Params: params.DefaultParams(), Credentials: keycloak.Credentials{User: p.AdminUser(), Password: wire.NewSecret(p.AdminPassword())}})
	if err != nil {
		t.Fatal(err)
	}
	if err := doAll(t, s); err != nil {
		t.Fatal(err)
	}
	got := map[story.StepID][]string{}
	for _, e := range s.Exchanges() {
		got[story.StepID(e.Step)] = append(got[story.StepID(e.Step)], e.Method)
	}
	want := map[story.StepID][]string{
		story.StepConnect:    {"GET", "POST", "GET", "GET"},               // is it a Keycloak; log in; the version is the check; is the admin a temporary one
		story.StepRealm:      {"GET", "POST", "GET"},                      // is it there; create; check
		story.StepClient:     {"GET", "POST", "GET", "GET"},               // is it there; create; check; the secret
		story.StepUser:       {"GET", "POST", "GET"},                      // is it there; create; check
		story.StepFirstCall:  {"POST", "GET", "GET", "GET"},               // token; the call without one, with a damaged one, and with it
		story.StepGrant:      {"GET", "GET", "GET", "POST", "GET", "GET"}, // service account; realm-management; its roles; give; check direct and effective
		story.StepSecondCall: {"GET", "POST", "GET"},                      // old token; new token; the call
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
