// Command fix403 takes its user through the most common wall before Keycloak's admin API: 403 Forbidden for a client
// with perfectly good credentials. See README.md.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"runtime/debug"

	"fix403/cmd/fix403/cores"
)

// memoryGoal is what the program keeps to as long as it does not need more; a run on a common server takes 20 MB.
const memoryGoal = 160 << 20

func main() { os.Exit(mainCode()) }

func mainCode() int {
	cores.Disable()
	log.SetOutput(io.Discard) // net/http writes there what a server sends without having been asked
	if os.Getenv("GOMEMLIMIT") == "" {
		// What was read is collected before it piles up: many large answers may come at once.
		debug.SetMemoryLimit(memoryGoal)
	}
	a := &app{streams: systemStreams(), getenv: os.Getenv}
	return a.execute(context.Background(), os.Args[1:])
}
