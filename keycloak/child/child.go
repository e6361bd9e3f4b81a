// Package child makes the processes that fix403 starts.
package child

import (
	"context"
	"os"
	"os/exec"
	"strings"

	"fix403/keycloak/sift"
)

// Command returns a program that is to be started, in our environment without the secrets in it, and with more variables. Each
// program that fix403 starts is made here: an engine, Java, Maven and a browser have no business with what fix403 was told.
func Command(ctx context.Context, more []string, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...) // #nosec G204 G702 -- a program that was looked up, with arguments made here
	cmd.Env = append(environment(), more...)
	return cmd
}

// Own returns a program of the user's own that is to be started, in the environment that it would have without us: what is meant for it
// is there, and with more variables; what is meant for fix403, such as an admin's password, is not.
func Own(ctx context.Context, more []string, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...) // #nosec G204 G702 -- the user's command, which is what is to be run
	cmd.Env = append(sift.Out(os.Environ(), func(e string) bool {
		name, _, _ := strings.Cut(e, "=")
		return strings.HasPrefix(strings.ToUpper(name), "FIX403_")
	}), more...)
	return cmd
}

// environment returns ours without what is meant for fix403, for another Keycloak, or for the texts by hand.
func environment() []string {
	return sift.Out(os.Environ(), func(e string) bool {
		name, _, _ := strings.Cut(e, "=")
		name = strings.ToUpper(name) // on Windows they are the same
		for _, prefix := range []string{"FIX403_", "KC_", "KEYCLOAK_", "QUARKUS_"} {
			if strings.HasPrefix(name, prefix) {
				return true
			}
		}
		switch name {
		case "ADMIN_PASSWORD", "ADMIN_TOKEN", "CLIENT_SECRET": // a person exports them for a script of ours
			return true
		case "JAVA", "DEBUG", "DEBUG_PORT", "DEBUG_SUSPEND": // read by kc.sh
			return true
		}
		return false
	})
}
