//go:build linux

package main

import (
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/keycloak"
	"fix403/keycloak/practice"
	"fix403/keycloak/wire"
)

// The bare program is a fair rival: it makes the calls of a run with --cleanup, all of them, and no other.
func TestBareProgramMakesTheCallsOfARun(t *testing.T) {
	for _, version := range []string{"24.0.5", "26.7.3"} {
		p, err := practice.New(practice.Options{Version: version})
		if err != nil {
			t.Fatal(err)
		}
		web := httptest.NewServer(p)
		t.Cleanup(web.Close)
		calls := func(tell func(url string) error) []string {
			proxy, err := newCounting(web.URL)
			if err != nil {
				t.Fatal(err)
			}
			defer proxy.Close()
			if err := tell(proxy.URL); err != nil {
				t.Fatal(err)
			}
			if proxy.connections != 1 {
				t.Errorf("%d connections", proxy.connections)
			}
			return proxy.calls
		}
		bare := calls(func(url string) error { return tellBare(url, p.AdminUser(), p.AdminPassword()) })
		ours := calls(func(url string) error {
			params := params.DefaultParams()
			params.Realm = "bench-test"
			s, err := story.New(story.Options{URL: url, Params: params, Credentials: keycloak.Credentials{User: p.AdminUser(), Password: wire.NewSecret(p.AdminPassword())}})
			if err != nil {
				return err
			}
			defer s.Close()
			for _, step := range story.Steps() {
				if _, err := s.Do(t.Context(), step.ID); err != nil {
					return err
				}
			}
			return s.Cleanup(t.Context())
		})
		if !slices.Equal(ours, bare) {
			t.Errorf("%s: fix403 calls\n%q\nthe bare program\n%q", version, ours, bare)
		}
	}
}

func TestShape(t *testing.T) {
	for path, want := range map[string]string{
		"/admin/realms/":                       "/admin/realms",
		"/admin/realms/bench-fix403/users/0aF": "/admin/realms/{realm}/users/0aF",
		"/admin/realms/bench-x2/users/b0dda295-2029-43a6-a6a6-3c00db29d675": "/admin/realms/{realm}/users/{id}",
	} {
		if got := shape(path); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestFigures(t *testing.T) {
	v := valuesOf("4781230 ns/op	         9.215 ms-p95	  135000 B/op	    1285 allocs/op")
	if v["ns/op"] != 4781230 || v["ms-p95"] != 9.215 || v["allocs/op"] != 1285 {
		t.Error(v)
	}
	times := []time.Duration{5, 1, 4, 2, 3}
	if m, p, most := quantile(times, 0.5), quantile(times, 0.9), quantile(times, 1); m != 3 || p != 5 || most != 5 || times[0] != 5 {
		t.Error(m, p, most, times)
	}
	if ms(1500*time.Microsecond) != "1.50 ms" || ms(553*time.Millisecond) != "553 ms" || mib(12<<20) != "12.0 MiB" {
		t.Error(ms(1500*time.Microsecond), ms(553*time.Millisecond), mib(12<<20))
	}
}
