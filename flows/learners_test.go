package flows

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/keycloak"
	"fix403/keycloak/practice"
	"fix403/keycloak/testrun"
	"fix403/keycloak/wire"
)

// classroom serves one practice server with a realm for each of n learners on a loopback port until the test ends.
func classroom(tb testing.TB, n int) (url string, learners []practice.Learner) {
	tb.Helper()
	p, err := practice.New(practice.Options{}.ForLearners(n))
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
	params := params.DefaultParams()
	params.Realm = l.Realm
	s, err := story.New(story.Options{
		URL: url, Params: params, Existing: true,
		Credentials: keycloak.Credentials{Realm: l.Realm, User: l.User, Password: wire.NewSecret(l.Password)},
	})
	if err != nil {
		return err
	}
	for _, step := range story.Steps() {
		if _, err := s.Do(ctx, step.ID); err != nil {
			return fmt.Errorf("%s: %w", step.ID, err)
		}
	}
	return nil
}

// TestLearners is a course: everybody tells the story at the same time, on one server.
func TestLearners(t *testing.T) {
	t.Parallel()
	n := testrun.Of(25, 100, 100)
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

// TestOneLearnerCannotFillTheClass: what an attack did, 1,200 clients of 750 KB and then 1,200 roles, ends at the learner's own
// bound, and the neighbour tells the story.
func TestOneLearnerCannotFillTheClass(t *testing.T) {
	url, learners := classroom(t, 2)
	l := learners[0]
	token := between(post(t, url+"/realms/"+l.Realm+"/protocol/openid-connect/token", "", "application/x-www-form-urlencoded",
		"grant_type=password&client_id=admin-cli&username="+l.User+"&password="+l.Password, http.StatusOK), `"access_token":"`, `"`)
	for _, object := range []string{`/clients {"clientId":"c%d","description":"%s"}`, `/roles {"name":"c%d","description":"%s"}`} {
		path, body, _ := strings.Cut(object, " ")
		refused := ""
		for i := 0; i < 40 && refused == ""; i++ {
			refused = post(t, url+"/admin/realms/"+l.Realm+path, token, "application/json", fmt.Sprintf(body, i, strings.Repeat("x", 750<<10)), http.StatusCreated)
		}
		if !strings.Contains(refused, "practice_limit") {
			t.Errorf("40 times 750 KB of %s were taken: %.200s", path, refused)
		}
	}
	if err := tellAs(t.Context(), url, learners[1]); err != nil {
		t.Error(err)
	}
}

// post returns the body of an answer; with 201 it is empty. Any answer but that status and 507 fails the test.
func post(t *testing.T, url, token, kind, body string, want int) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != want && answer.StatusCode != http.StatusInsufficientStorage {
		t.Fatalf("%d %s %v", answer.StatusCode, text, err)
	}
	return string(text)
}
