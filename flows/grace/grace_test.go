package grace

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// What was given up goes on for the period, and no longer.
func TestContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		lasting, end := Context(ctx)
		defer end()
		cancel()
		time.Sleep(period - time.Nanosecond)
		synctest.Wait()
		if lasting.Err() != nil {
			t.Fatal("it ended early")
		}
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if lasting.Err() == nil {
			t.Error("it did not end")
		}
	})
}
