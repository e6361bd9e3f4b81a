package keycloak_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
	"fix403/keycloak/wire/wiretest"
)

// clock is a time that a test moves.
type clock struct{ nanos atomic.Int64 }

func (c *clock) now() time.Time          { return time.Unix(1_700_000_000, c.nanos.Load()) }
func (c *clock) advance(d time.Duration) { c.nanos.Add(int64(d)) }

func TestAdminTokenIsRenewedBeforeItExpires(t *testing.T) {
	for _, tt := range []struct {
		name     string
		lifetime int
		passed   time.Duration
		logins   int
	}{
		{"fresh", 60, 0, 1},
		{"long before", 60, 54 * time.Second, 1},
		{"about to expire", 60, 55 * time.Second, 2},
		{"expired", 60, time.Hour, 2},
		{"lifetime not told", -1, time.Hour, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var bearer atomic.Value
			h := newHostile(t, func(w http.ResponseWriter, r *http.Request) {
				bearer.Store(r.Header.Get("Authorization"))
				reply(w, 200, jsonType, `{"realm":"demo","enabled":true}`)
			})
			h.lifetime = tt.lifetime
			var c clock
			_, a := h.open(keycloak.Options{Now: c.now})
			c.advance(tt.passed)
			if _, err := a.FindRealm(t.Context(), "demo"); err != nil {
				t.Fatal(err)
			}
			if _, logins := h.seen(); logins != tt.logins {
				t.Errorf("%d logins, want %d", logins, tt.logins)
			}
			token, err := token.Decode(bearer.Load().(string))
			if err != nil || token.ID != fmt.Sprint("admin-", tt.logins) {
				t.Errorf("token %+v, %v: want the one of login %d", token, err, tt.logins)
			}
		})
	}
}

func TestRenewalIsRecordedAndItsRefusalReported(t *testing.T) {
	h := newHostile(t, always(200, jsonType, `{"realm":"demo","enabled":true}`))
	var c clock
	s, a := h.open(keycloak.Options{Now: c.now})
	c.advance(time.Hour)
	h.login = always(401, jsonType, `{"error":"invalid_grant","error_description":"Account disabled"}`)
	_, err := a.FindRealm(t.Context(), "demo")
	wiretest.CheckError(t, err, failure.AdminRefused)
	if !strings.Contains(err.Error(), "Account disabled") {
		t.Errorf("%q does not hold the reason", err)
	}
	all := s.Recorder().Exchanges()
	if last := all[len(all)-1]; !strings.Contains(last.Purpose.String(), "again") || last.Status != 401 {
		t.Errorf("last exchange: %q, %d", last.Purpose, last.Status)
	}
	if requests, _ := h.seen(); len(requests) != 0 {
		t.Errorf("requests after a refused renewal: %q", requests)
	}
}

func TestGivenToken(t *testing.T) {
	var c clock
	given := func(expires time.Time) keycloak.Credentials {
		return keycloak.Credentials{Token: wire.NewSecret(jwt(map[string]any{"preferred_username": "ops", "exp": expires.Unix()}))}
	}
	h := newHostile(t, always(200, jsonType, `{"realm":"demo","enabled":true}`))
	s, _ := h.open(keycloak.Options{Now: c.now})

	if _, err := s.Login(t.Context(), given(c.now().Add(-time.Second))); true {
		wiretest.CheckError(t, err, failure.AdminRefused)
	}
	if _, err := s.Login(t.Context(), keycloak.Credentials{Token: wire.NewSecret("opaque")}); true {
		wiretest.CheckError(t, err, failure.BadInput)
	}
	a, err := s.Login(t.Context(), given(c.now().Add(time.Minute)))
	if err != nil || a.Name() != "ops" {
		t.Fatalf("%v, %v", a, err)
	}
	c.advance(58 * time.Second) // within the time in which others are renewed
	if _, err := a.FindRealm(t.Context(), "demo"); err != nil {
		t.Error(err)
	}
	c.advance(2 * time.Second)
	_, err = a.FindRealm(t.Context(), "demo")
	wiretest.CheckError(t, err, failure.AdminRefused)
	if requests, logins := h.seen(); len(requests) != 1 || logins != 1 { // the login of open
		t.Errorf("requests %q, %d logins: a given token is never renewed, and not sent when expired", requests, logins)
	}
}

// staleUntilLogin refuses calls on users of the realm "new" until the admin has logged in so many times.
func staleUntilLogin(h *hostile, logins int) http.HandlerFunc {
	create := lookups(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", h.URL+r.URL.Path+"/new-uuid")
		w.WriteHeader(http.StatusCreated)
	})
	return func(w http.ResponseWriter, r *http.Request) {
		if _, n := h.seen(); strings.Contains(r.URL.Path, "/new/users") && n < logins {
			reply(w, 403, jsonType, `{"error":"HTTP 403 Forbidden"}`)
			return
		}
		create(w, r)
	}
}

func TestReloginOnFreshRealm(t *testing.T) {
	h := newHostile(t, nil)
	h.answer = staleUntilLogin(h, 2)
	s, a := h.open(keycloak.Options{})
	if _, err := a.EnsureRealm(t.Context(), "new", "run-1", nil); err != nil {
		t.Fatal(err)
	}
	user, err := a.EnsureUser(t.Context(), "new", "john-doe", "", nil)
	if err != nil || user.ID != "new-uuid" {
		t.Fatalf("%+v, %v", user, err)
	}
	var statuses []string
	for _, e := range s.Recorder().Exchanges()[4:] { // behind open, login, and the realm's GET and POST
		statuses = append(statuses, fmt.Sprint(e.Method, " ", e.Status))
	}
	if got, want := strings.Join(statuses, ", "), "GET 403, POST 200, GET 200, POST 201"; got != want {
		t.Errorf("exchanges %s, want %s", got, want)
	}
}

func TestPersistent403IsReportedAfterOneRelogin(t *testing.T) {
	h := newHostile(t, nil)
	h.answer = staleUntilLogin(h, 1000)
	_, a := h.open(keycloak.Options{})
	if _, err := a.EnsureRealm(t.Context(), "new", "run-1", nil); err != nil {
		t.Fatal(err)
	}
	for range 3 { // later calls do not log in again
		_, err := a.FindUser(t.Context(), "new", "john-doe", "")
		wiretest.CheckError(t, err, failure.AdminRefused)
	}
	requests, logins := h.seen()
	if logins != 2 {
		t.Errorf("%d logins, want 2", logins)
	}
	if len(requests) != 2+2+1+1 { // realm; first call and its repetition; the later calls
		t.Errorf("requests %q", requests)
	}
}

func TestNoReloginElsewhere(t *testing.T) {
	refused := always(403, jsonType, `{"error":"HTTP 403 Forbidden"}`)
	t.Run("realm that was there", func(t *testing.T) {
		h := newHostile(t, func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "/users") {
				refused(w, r)
				return
			}
			lookups(refused)(w, r)
		})
		_, a := h.open(keycloak.Options{})
		if r, err := a.EnsureRealm(t.Context(), "ours", "run-1", nil); err != nil || r.Created {
			t.Fatalf("%+v, %v", r, err)
		}
		_, err := a.FindUser(t.Context(), "ours", "john-doe", "")
		wiretest.CheckError(t, err, failure.AdminRefused)
		if _, logins := h.seen(); logins != 1 {
			t.Errorf("%d logins, want 1", logins)
		}
	})
	t.Run("401", func(t *testing.T) {
		h := newHostile(t, nil)
		stale := staleUntilLogin(h, 1)
		h.answer = func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "/users") {
				reply(w, 401, jsonType, `{"error":"HTTP 401 Unauthorized"}`)
				return
			}
			stale(w, r)
		}
		_, a := h.open(keycloak.Options{})
		if _, err := a.EnsureRealm(t.Context(), "new", "run-1", nil); err != nil {
			t.Fatal(err)
		}
		_, err := a.FindUser(t.Context(), "new", "john-doe", "")
		wiretest.CheckError(t, err, failure.AdminRefused)
		if _, logins := h.seen(); logins != 1 {
			t.Errorf("%d logins, want 1", logins)
		}
	})
	t.Run("given token", func(t *testing.T) {
		h := newHostile(t, nil)
		h.answer = staleUntilLogin(h, 1000)
		s, _ := h.open(keycloak.Options{})
		a, err := s.Login(t.Context(), keycloak.Credentials{Token: clientToken})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.EnsureRealm(t.Context(), "new", "run-1", nil); err != nil {
			t.Fatal(err)
		}
		_, err = a.FindUser(t.Context(), "new", "john-doe", "")
		wiretest.CheckError(t, err, failure.AdminRefused)
		if _, logins := h.seen(); logins != 1 {
			t.Errorf("%d logins, want 1", logins)
		}
	})
}

func TestLoginForms(t *testing.T) {
	for _, tt := range []struct {
		name        string
		credentials keycloak.Credentials
		realm, form string
	}{
		{"user", keycloak.Credentials{User: "admin", Password: wire.NewSecret("p w&d")}, "master",
			"client_id=admin-cli&grant_type=password&password=p+w%26d&username=admin"},
		{"user of another realm", keycloak.Credentials{Realm: "ops", User: "boss", Password: wire.NewSecret("pw")}, "ops",
			"client_id=admin-cli&grant_type=password&password=pw&username=boss"},
		{"client", keycloak.Credentials{ClientID: "robot", ClientSecret: wire.NewSecret("s+/="), User: "ignored"}, "master",
			"client_id=robot&client_secret=s%2B%2F%3D&grant_type=client_credentials"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var path, form, auth string
			take := func(w http.ResponseWriter, r *http.Request) {
				_ = r.ParseForm()
				path, form, auth = r.URL.Path, r.PostForm.Encode(), r.Header.Get("Authorization")
				reply(w, 200, jsonType, `{"access_token":"`+clientToken.Reveal()+`","expires_in":60}`)
			}
			h := newHostile(t, take)
			s, _ := h.open(keycloak.Options{})
			h.login = take
			a, err := s.Login(t.Context(), tt.credentials)
			if err != nil {
				t.Fatal(err)
			}
			if want := "/realms/" + tt.realm + "/protocol/openid-connect/token"; path != want || form != tt.form || auth != "" || a.Realm() != tt.realm {
				t.Errorf("POST %s %q, Authorization %q; want %s %q, none", path, form, auth, want, tt.form)
			}
		})
	}
}
