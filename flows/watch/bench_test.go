package watch

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// BenchmarkAdded measures what the proxy adds to a call: each call is made directly and through it, in turn, and the medians are
// compared. FIX403_TEST_KEYCLOAK may name a running server by its URL, with the password of its admin in FIX403_ADMIN_PASSWORD.
func BenchmarkAdded(b *testing.B) {
	b.Run("bare", func(b *testing.B) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `[{"id":"1"}]`) }))
		defer server.Close()
		added(b, server.URL, "GET", "/admin/realms/master/users?max=20", "no-token")
	})
	address := os.Getenv("FIX403_TEST_KEYCLOAK")
	if !strings.Contains(address, "://") {
		b.Log("Before a Keycloak it is measured where FIX403_TEST_KEYCLOAK is the URL of one.")
		return
	}
	b.Run("keycloak", func(b *testing.B) {
		res, err := http.PostForm(address+"/realms/master/protocol/openid-connect/token", url.Values{ // #nosec G107 -- the server that is named
			"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {"admin"}, "password": {os.Getenv("FIX403_ADMIN_PASSWORD")},
		})
		if err != nil {
			b.Fatal(err)
		}
		defer res.Body.Close()
		var answer struct {
			Token string `json:"access_token"`
		}
		if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || answer.Token == "" {
			b.Fatalf("no token: %d %v", res.StatusCode, err)
		}
		added(b, address, "GET", "/admin/realms/master/users?max=20", answer.Token)
	})
}

func added(b *testing.B, address, method, path, token string) {
	target, err := url.Parse(address)
	if err != nil {
		b.Fatal(err)
	}
	proxy := httptest.NewServer(NewProxy(target, &http.Transport{}, NewWatcher(Options{URL: address, Version: "26.7.4"})))
	defer proxy.Close()
	call := func(to string) time.Duration {
		r, err := http.NewRequestWithContext(b.Context(), method, to+path, nil)
		if err != nil {
			b.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		begun := time.Now()
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		_, err = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK {
			b.Fatalf("%d %v", res.StatusCode, err)
		}
		return time.Since(begun)
	}
	var direct, through []time.Duration
	for b.Loop() {
		direct, through = append(direct, call(address)), append(through, call(proxy.URL))
	}
	slices.Sort(direct)
	slices.Sort(through)
	d, p := direct[len(direct)/2], through[len(through)/2]
	b.ReportMetric(float64(d.Microseconds()), "direct-µs")
	b.ReportMetric(float64((p - d).Microseconds()), "added-µs")
	b.ReportMetric(100*float64(p-d)/float64(d), "added-%")
}
