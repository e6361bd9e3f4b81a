package server

import (
	"context"
	"fix403/keycloak/child"
	"strings"
	"time"
)

// quietly runs a program to its end, without the terminal's interrupt, and returns what it wrote.
func quietly(ctx context.Context, more []string, name string, args ...string) (string, error) {
	cmd := child.Command(ctx, more, name, args...)
	cmd.WaitDelay = 5 * time.Second
	ownSession(cmd)
	cmd.Cancel = func() error { killSession(cmd); return nil }
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}
