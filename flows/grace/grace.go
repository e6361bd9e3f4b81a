// Package grace waits for what goes on, on a server, once it was given up here.
package grace

import (
	"context"
	"time"
)

// period is how long the answer to such a call is waited for.
const period = 15 * time.Second

// Context returns a context that outlives ctx by a while, and a function that ends it.
func Context(ctx context.Context) (context.Context, func()) {
	lasting, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(period, giveUp) })
	return lasting, func() {
		stop()
		giveUp()
	}
}
