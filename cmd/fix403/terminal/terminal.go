// Package terminal reads from a terminal what a person types: a line, or a secret that is not shown.
package terminal

import (
	"context"
	"fmt"
	"io"
	"os"
	"unicode/utf8"

	"golang.org/x/term"

	"fix403/keycloak/foreign"
)

// ReadSecret asks on the terminal without echo. When ctx ends, the terminal is as it was before.
func ReadSecret(ctx context.Context, prompt string) (string, error) {
	fd := int(os.Stdin.Fd()) // #nosec G115 -- file descriptors are small
	// Before the prompt: what is typed as soon as it is there must not be echoed.
	before, err := term.MakeRaw(fd)
	if err != nil {
		return "", err
	}
	defer func() {
		_ = term.Restore(fd, before)
		_, _ = fmt.Fprintln(os.Stderr)
	}()
	if _, err := fmt.Fprint(os.Stderr, foreign.Line(prompt)); err != nil {
		return "", err
	}
	return UntilDone(ctx, func() (string, error) { return readHidden(os.Stdin) })
}

// readHidden reads a line from a terminal in raw mode, where the keys that edit it are bytes like any others.
func readHidden(in io.Reader) (string, error) {
	const ctrlC, ctrlD, backspace, ctrlU, del = 3, 4, 8, 21, 127
	var line []byte
	key := make([]byte, 1)
	for {
		if n, err := in.Read(key); n == 0 {
			if err == nil {
				continue
			}
			return "", err
		}
		switch key[0] {
		case '\r', '\n':
			return string(line), nil
		case ctrlC:
			return "", context.Canceled
		case ctrlD:
			if len(line) == 0 {
				return "", io.EOF
			}
		case backspace, del:
			_, size := utf8.DecodeLastRune(line)
			line = line[:len(line)-size]
		case ctrlU:
			line = line[:0]
		default:
			line = append(line, key[0])
		}
	}
}

// UntilDone reads from a terminal, which cannot be interrupted, and gives up when ctx ends.
func UntilDone(ctx context.Context, read func() (string, error)) (string, error) {
	type answer struct {
		text string
		err  error
	}
	answers := make(chan answer, 1)
	go func() {
		text, err := read()
		answers <- answer{text, err}
	}()
	select {
	case a := <-answers:
		return a.text, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
