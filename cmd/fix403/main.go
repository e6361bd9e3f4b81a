// Command fix403 takes a person through the most common wall before Keycloak's admin API: 403 Forbidden for a client
// with perfectly good credentials. See README.md.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(mainCode()) }

func mainCode() int {
	withoutCores()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// The first signal ends the work in order; a second one ends the program at once.
	context.AfterFunc(ctx, stop)
	a := &app{streams: systemStreams(), getenv: os.Getenv}
	return a.execute(ctx, os.Args[1:])
}
