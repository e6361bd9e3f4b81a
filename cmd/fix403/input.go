package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"fix403/cmd/fix403/flags"
	"fix403/keycloak/failure"
	"fix403/keycloak/foreign"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// pipeTime is how long a pipe may take where --timeout does not say.
const pipeTime = 30 * time.Second

// patience bounds the wait for a pipe.
func (a *app) patience(ctx context.Context) (context.Context, context.CancelFunc) {
	wait := pipeTime
	if a.flags != nil {
		if given, err := a.flags.GetDuration("timeout"); err == nil && given > 0 {
			wait = given
		}
	}
	return context.WithTimeout(ctx, wait)
}

// readInput reads a file that the user names, or stdin for -, of most bytes; what is the thing in it, for the error. A pipe is
// waited for as long as for an answer, and stdin until it ends or the person gives up.
func (a *app) readInput(ctx context.Context, path, what string, most int64) ([]byte, error) {
	if path == "-" {
		text, err := foreign.ReadAll(ctx, a.streams.in, "stdin", most)
		return text, notRead(err, what, "Give it less, or name a file.")
	}
	ctx, cancel := a.patience(ctx)
	defer cancel()
	text, err := foreign.ReadFile(ctx, path, most)
	return text, notRead(err, what, "Name a readable file, a pipe such as <(command), or - for stdin.")
}

// readPipes reads those files of certificates that are pipes.
func (a *app) readPipes(ctx context.Context, tls wire.TLS) (wire.TLS, error) {
	ctx, cancel := a.patience(ctx)
	defer cancel()
	tls, err := tls.ReadPipes(ctx)
	return tls, notRead(err, "the certificate or its key", "Name a readable PEM file, or a pipe such as <(command).")
}

// notRead is the error for an input that could not be read.
func notRead(err error, what, hint string) error {
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return &failure.Error{Kind: failure.Timeout, Err: err,
			Message: msg.Verbatim(what + " cannot be read: " + err.Error()), Hint: msg.Verbatim("Allow more time with --timeout, or write it into a file.")}
	}
	return flags.Usage(hint, "%s cannot be read: %v", what, err)
}

// readSecretFile reads a secret without the line break that editors add.
func (a *app) readSecretFile(ctx context.Context, path string) (string, error) {
	text, err := a.readInput(ctx, path, "the secret", 1<<20)
	if err != nil {
		return "", err
	}
	secret := strings.TrimRight(string(text), "\r\n")
	if secret == "" {
		return "", flags.Usage("Write the secret into it.", "%s holds no secret", path)
	}
	return secret, nil
}
