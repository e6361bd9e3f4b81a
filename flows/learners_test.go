package flows

import (
	"context"
	"fmt"
	"net"
	"runtime"
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

// BenchmarkLearners tells what a course costs: all learners at the same time on one server, client side included.
// heap/learner is what the server still holds for a learner afterwards.
//
//	go test ./flows -run '^$' -bench Learners -benchtime 3x
func BenchmarkLearners(b *testing.B) {
	for _, n := range []int{1, 10, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var took time.Duration
			var heap uint64
			for range b.N {
				b.StopTimer()
				before := heapInUse()
				url, learners := classroom(b, n)
				errs := make(chan error, n)
				b.StartTimer()
				start := time.Now()
				for _, l := range learners {
					go func() { errs <- tellAs(b.Context(), url, l) }()
				}
				for range learners {
					if err := <-errs; err != nil {
						b.Error(err)
					}
				}
				took += time.Since(start)
				b.StopTimer()
				if after := heapInUse(); after > before {
					heap += after - before
				}
				b.StartTimer()
			}
			stories := float64(b.N * n)
			b.ReportMetric(float64(took.Milliseconds())/stories, "ms/story")
			b.ReportMetric(float64(heap)/1024/stories, "heapKB/learner")
		})
	}
}

func heapInUse() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
