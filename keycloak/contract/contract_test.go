package contract_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"fix403/keycloak/contract"
	"fix403/keycloak/practice"
	"fix403/keycloak/server/servertest"
)

func TestMain(m *testing.M) { os.Exit(servertest.Tests{M: m}.Run()) }

func TestPractice(t *testing.T) {
	for _, version := range practice.Versions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			var passed atomic.Int64 // on top of the real clock
			s, err := practice.New(practice.Options{Version: version, Now: func() time.Time { return time.Now().Add(time.Duration(passed.Load())) }})
			if err != nil {
				t.Fatal(err)
			}
			contract.Run(t, contract.Target{
				URL: s.URL(), Transport: s.Transport(), AdminUser: s.AdminUser(), AdminPassword: s.AdminPassword(), Version: s.Version(),
				Sleep: func(d time.Duration) { passed.Add(int64(d)) },
			})
		})
	}
}

// TestRealKeycloak runs the suite on real servers: on one that runs, or on some that are started for it.
func TestRealKeycloak(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s servertest.Target) {
		target := contract.Target{URL: s.URL, Transport: newTransport(t), AdminUser: s.AdminUser, AdminPassword: s.AdminPassword, Version: s.Version}
		if target.Version == "" {
			target.Version = askVersion(t, target)
			t.Logf("the server is a Keycloak %s", target.Version)
		}
		contract.Run(t, target)
	})
}

func newTransport(t *testing.T) http.RoundTripper {
	t.Helper()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// askVersion asks a running server for its version.
func askVersion(t *testing.T, target contract.Target) string {
	t.Helper()
	client := &http.Client{Transport: target.Transport, Timeout: time.Minute}
	decode := func(res *http.Response, err error, into any) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		if res.StatusCode != http.StatusOK {
			t.Fatalf("%s answers %s", res.Request.URL, res.Status)
		}
		if err := json.NewDecoder(res.Body).Decode(into); err != nil {
			t.Fatal(err)
		}
	}
	var token struct {
		AccessToken string `json:"access_token"`
	}
	res, err := client.PostForm(target.URL+"/realms/master/protocol/openid-connect/token", url.Values{
		"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {target.AdminUser}, "password": {target.AdminPassword},
	})
	decode(res, err, &token)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target.URL+"/admin/serverinfo", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token.AccessToken)
	var info struct {
		SystemInfo struct {
			Version string `json:"version"`
		} `json:"systemInfo"`
	}
	res, err = client.Do(req)
	decode(res, err, &info)
	return info.SystemInfo.Version
}
