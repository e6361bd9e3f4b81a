package flows

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"fix403/keycloak"
	"fix403/keycloak/practice"
)

// classroom serves one practice server with a realm for each of n learners on a loopback port until the test ends.
func classroom(tb testing.TB, n int) (url string, learners []practice.Learner) {
	tb.Helper()
	p, err := practice.New(practice.Options{MaxRealms: n + 1})
	if err != nil {
		tb.Fatal(err)
	}
	learners, err = p.AddLearners(n)
	if err != nil {
		tb.Fatal(err)
	}
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Serve(ctx, l) }()
	tb.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			tb.Error(err)
		}
	})
	return "http://" + l.Addr().String(), learners
}

// tellAs tells the whole story in a learner's own realm, as its admin.
func tellAs(ctx context.Context, url string, l practice.Learner) error {
	params := DefaultParams()
	params.Realm = l.Realm
	s, err := New(Options{
		URL: url, Params: params, Existing: true,
		Credentials: keycloak.Credentials{Realm: l.Realm, User: l.User, Password: keycloak.NewSecret(l.Password)},
	})
	if err != nil {
		return err
	}
	for _, step := range Steps() {
		if _, err := s.Do(ctx, step.ID); err != nil {
			return fmt.Errorf("%s: %w", step.ID, err)
		}
	}
	return nil
}

// TestLearners is a course: everybody tells the story at the same time, on one server.
func TestLearners(t *testing.T) {
	t.Parallel()
	n := 100
	if testing.Short() {
		n = 10
	}
	url, learners := classroom(t, n)
	var wg sync.WaitGroup
	start := time.Now()
	for _, l := range learners {
		wg.Go(func() {
			if err := tellAs(t.Context(), url, l); err != nil {
				t.Errorf("%s: %v", l.Realm, err)
			}
		})
	}
	wg.Wait()
	t.Logf("%d learners: %v", n, time.Since(start).Round(time.Millisecond))
}
