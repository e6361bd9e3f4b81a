package wizard

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/ui/words"
)

func TestDemoKeepsItsPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := story.New(story.Options{Practice: true, Params: params.DefaultParams()})
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		start := time.Now() // fake
		if err := Demo(t.Context(), DemoOptions{Out: &out, Story: s, Speed: 2}); err != nil {
			t.Fatal(err)
		}
		var want time.Duration
		flat := strings.Join(strings.Fields(out.String()), " ")
		for _, m := range story.Moments(&story.State{}) {
			caption := m.Say(s.State())
			want += words.Pace(caption.String()) / 2
			if !strings.Contains(flat, "Caption: "+caption.String()) {
				t.Errorf("the caption %q is missing", caption)
			}
		}
		if got := time.Since(start); got != want {
			t.Errorf("it took %s, want %s", got, want)
		}
		if kept := story.Leftovers(s.State()); !kept.Empty() {
			t.Errorf("it left %s", kept)
		}
	})
}

func TestDemoCanBeInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		story, err := story.New(story.Options{Practice: true, Params: params.DefaultParams()})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err = Demo(ctx, DemoOptions{Out: &strings.Builder{}, Story: story, Speed: 1})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the error is %v", err)
		}
		if _, open := story.Next(); !open {
			t.Error("it played on")
		}
	})
}
