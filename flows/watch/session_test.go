package watch

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"fix403/keycloak/practice"
)

// A session keeps the newest calls and counts all, ends with its context, and is stopped once.
func TestSession(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	defer server.Close()
	target, err := url.Parse(server.URL + "/auth")
	if err != nil {
		t.Fatal(err)
	}
	var news atomic.Int32
	s, err := listen(t.Context(), target, "0", &http.Transport{}, "26.7.4", func() { news.Add(1) })
	if err != nil {
		t.Fatal(err)
	}
	const calls = mostSeen + 20
	for range calls {
		res, err := http.Get(s.Address + "/admin/realms/a/users")
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
	}
	s.Stop()
	s.Stop()
	if newest, all := s.Seen(); len(newest) != mostSeen || all != calls || news.Load() != calls || s.Listening() {
		t.Errorf("%d kept of %d, with %d news, listening %t", len(newest), all, news.Load(), s.Listening())
	}
	if sum := s.Sum(); sum.Requests != calls || sum.Clients[0].Routes[0].Statuses[403] != calls {
		t.Errorf("the sum is %+v", sum)
	}
	host := strings.TrimSuffix(strings.TrimPrefix(s.Address, "http://"), "/auth")
	if c, err := net.Dial("tcp", host); err == nil {
		_ = c.Close()
		t.Error("something still listens")
	}
}

// Begin wants a Keycloak at the address, and takes another port than the default where that is taken.
func TestBegin(t *testing.T) {
	p, err := practice.New(practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(p)
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	if _, err := Begin(ctx, ctx, Place{URL: other.URL}, nil); err == nil {
		t.Error("it listens in front of something that is no Keycloak")
	}
	first, err := Begin(ctx, ctx, Place{URL: server.URL}, nil)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Begin(ctx, ctx, Place{URL: server.URL, Versions: map[string]string{server.URL: "26.7.4"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if first.Address == second.Address || second.Sum().Version != "26.7.4" || first.Sum().Version != "" {
		t.Errorf("%s and %s, %q", first.Address, second.Address, second.Sum().Version)
	}
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(first.Address, "http://"))
	if _, err := Begin(ctx, ctx, Place{URL: server.URL, Port: port}, nil); err == nil {
		t.Error("a port that is taken was chosen, and it listens elsewhere")
	}
	first.Stop()
	second.Stop()
}
