package keycloak_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/practice"
	"fix403/keycloak/wire"
)

// needsCode is a practice server whose admin needs a one-time code: each counts once, and one that is missing or wrong is
// refused as a wrong password is (measured on 24.0.5, 26.4.0 and 26.7.3).
func needsCode(t *testing.T, now func() time.Time, codes ...string) (server *practice.Server, transport http.RoundTripper, grants *[]string) {
	t.Helper()
	p, err := practice.New(practice.Options{AdminPassword: planted.password, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	grants = &[]string{}
	return p, roundTrip(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/token") {
			body, _ := io.ReadAll(r.Body)
			form, _ := url.ParseQuery(string(body))
			*grants = append(*grants, form.Get("grant_type"))
			i := slices.Index(codes, form.Get("totp"))
			if form.Get("grant_type") == "password" && i < 0 {
				w := httptest.NewRecorder()
				reply(w, 400, jsonType, `{"error":"invalid_grant","error_description":"Invalid user credentials"}`)
				return w.Result(), nil
			}
			if i >= 0 {
				codes = slices.Delete(codes, i, i+1)
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		return p.Transport().RoundTrip(r)
	}), grants
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestOneTimeCode(t *testing.T) {
	for name, tt := range map[string]struct {
		given, asked string
		noTerminal   bool
		wrong        bool // password
		refused      bool
		logins       int
	}{
		"given":             {given: "123456", logins: 1},
		"asked for":         {asked: "123456", logins: 2},
		"asked, none":       {refused: true, logins: 1},
		"asked, wrong":      {asked: "000000", refused: true, logins: 2},
		"nobody to ask":     {noTerminal: true, refused: true, logins: 1},
		"given, and wrong":  {given: "000000", asked: "123456", refused: true, logins: 1},
		"the code was used": {given: "used", refused: true, logins: 1},
	} {
		t.Run(name, func(t *testing.T) {
			p, transport, grants := needsCode(t, nil, "123456")
			s, err := keycloak.Open(t.Context(), p.URL(), keycloak.Options{Transport: transport})
			if err != nil {
				t.Fatal(err)
			}
			c := keycloak.Credentials{User: p.AdminUser(), Password: wire.NewSecret(planted.password), OTP: wire.NewSecret(tt.given)}
			if !tt.noTerminal {
				c.AskOTP = func(context.Context) (wire.Secret, error) { return wire.NewSecret(tt.asked), nil }
			}
			_, err = s.Login(t.Context(), c)
			if (err != nil) != tt.refused {
				t.Errorf("got %v", err)
			}
			if err != nil {
				wantRefused(t, err, "one-time code")
			}
			if len(*grants) != tt.logins {
				t.Errorf("logins: %q", *grants)
			}
			for _, e := range s.Recorder().Exchanges() {
				if strings.Contains(e.RequestBody, "123456") {
					t.Errorf("the code is shown: %s", e.RequestBody)
				}
			}
		})
	}
}

// A code works only once, so a session with one goes on by its refresh token, which is hidden like the others.
func TestSessionWithOneTimeCodeGoesOn(t *testing.T) {
	var c clock
	p, transport, grants := needsCode(t, c.now, "123456")
	s, err := keycloak.Open(t.Context(), p.URL(), keycloak.Options{Transport: transport, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	a, err := s.Login(t.Context(), keycloak.Credentials{User: p.AdminUser(), Password: wire.NewSecret(planted.password), OTP: wire.NewSecret("123456")})
	if err != nil {
		t.Fatal(err)
	}
	again := a.Credentials()
	if !again.Password.Empty() || !again.OTP.Empty() || !again.HasPassword() {
		t.Errorf("for another login: %+v", again)
	}
	if _, err := s.Login(t.Context(), again); err != nil {
		t.Errorf("another login of the session: %v", err)
	}
	*grants = (*grants)[:1]
	for range 3 {
		c.advance(58 * time.Second)
		if _, err := a.FindRealm(t.Context(), "master"); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"password", "refresh_token", "refresh_token", "refresh_token"}; !slices.Equal(*grants, want) {
		t.Errorf("logins: %q", *grants)
	}
	for _, e := range s.Recorder().Exchanges() {
		if strings.Contains(e.RequestBody+e.ResponseBody, "eyJhbGciOiJ") {
			t.Errorf("a token is shown: %s %s", e.RequestBody, e.ResponseBody)
		}
	}
	c.advance(24 * time.Hour)
	_, err = a.FindRealm(t.Context(), "master")
	wantRefused(t, err, "works only once")
}

func wantRefused(t *testing.T, err error, hint string) {
	t.Helper()
	var e *failure.Error
	if !errors.As(err, &e) || e.Kind != failure.AdminRefused || !strings.Contains(e.Hint.String(), hint) {
		t.Errorf("got %#v", err)
	}
}
