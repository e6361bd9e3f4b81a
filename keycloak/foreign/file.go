package foreign

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"fix403/keycloak/msg"
)

// ReadFile returns what a file that a person names holds, which may be a pipe, as the shell makes one of <(command). A file
// of more than most bytes is refused, and so is one that is neither a regular file nor a pipe. A pipe is waited for until
// ctx ends.
func ReadFile(ctx context.Context, path string, most int64) ([]byte, error) {
	return within(ctx, path, func() ([]byte, error) { return readFile(path, most, true) })
}

// ReadOwn reads as [ReadFile] does a file that is never a pipe: our own ones, and the configuration.
func ReadOwn(path string, most int64) ([]byte, error) { return readFile(path, most, false) }

// ReadAll reads as [ReadFile] does what is open already, such as stdin; name says what it is.
func ReadAll(ctx context.Context, in io.Reader, name string, most int64) ([]byte, error) {
	return within(ctx, name, func() ([]byte, error) { return readAll(in, name, most) })
}

// Check reports why a file is not one to be read, without reading it: it is not there, or not a regular file or pipe.
func Check(path string) error { return check(path, true) }

// IsPipe reports whether a path is a pipe.
func IsPipe(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode()&fs.ModeNamedPipe != 0
}

// within gives up reading when ctx ends. What reads is left behind then: neither opening a pipe nor reading from a
// terminal can be interrupted.
func within(ctx context.Context, name string, read func() ([]byte, error)) ([]byte, error) {
	type result struct {
		text []byte
		err  error
	}
	done := make(chan result, 1)
	go func() {
		text, err := read()
		done <- result{text, err}
	}()
	select {
	case r := <-done:
		return r.text, r.err
	case <-ctx.Done():
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil, &Error{msg.New("%s did not end in time", name), ctx.Err()}
	}
	return nil, ctx.Err()
}

// Error is why a file is not read: a sentence that names it.
type Error struct {
	message msg.Message
	err     error
}

func (e *Error) Error() string { return e.message.String() }

// Sentence returns what is wrong, to be rendered in a language.
func (e *Error) Sentence() msg.Message { return e.message }

func (e *Error) Unwrap() error { return e.err }

func refused(format msg.Format, args ...any) error { return &Error{message: msg.New(format, args...)} }

func check(path string, pipe bool) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode&fs.ModeNamedPipe != 0:
		if pipe {
			return nil
		}
		return refused("%s is a pipe", path)
	case mode.IsDir():
		return refused("%s is a folder", path)
	case mode&fs.ModeSocket != 0:
		return refused("%s is a socket", path)
	default:
		return refused("%s is a device", path)
	}
}

func readFile(path string, most int64, pipe bool) ([]byte, error) {
	if err := check(path, pipe); err != nil { // before it is opened: opening some devices does something
		return nil, err
	}
	f, err := os.Open(path) // #nosec G304 -- the person names the file, or it is one of ours
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return readAll(f, path, most)
}

func readAll(in io.Reader, name string, most int64) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(in, most+1))
	if err == nil && int64(len(text)) > most {
		return nil, refused("%s is larger than %s", name, size(most))
	}
	return text, err
}

func size(n int64) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}
