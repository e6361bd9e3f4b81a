package watch

import (
	"bytes"
	"context"
	"errors"
	"os"

	"fix403/flows/outfile"
	"fix403/flows/traffic"
	"fix403/flows/watch"
)

// recording is the file of --record; nil for none. What could not be written is said at the end: the program goes on.
type recording struct {
	file *os.File
	to   *traffic.Writer
	err  error
}

func record(path string) (*recording, error) {
	if path == "" {
		return nil, nil //nolint:nilnil // nothing is recorded
	}
	failed := func(err error) error {
		return &outfile.Error{File: outfile.File{Name: "--record", Path: path}, Err: err}
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) // #nosec G304 -- the user names it
	if err != nil {
		return nil, failed(err)
	}
	to, err := traffic.NewWriter(file)
	if err != nil {
		return nil, failed(err)
	}
	return &recording{file: file, to: to}, nil
}

// add adds a call. The watcher says one at a time.
func (r *recording) add(s watch.Seen) {
	if r != nil && r.err == nil {
		r.err = r.to.Write(s.Recorded())
	}
}

func (r *recording) end() error {
	if r == nil {
		return nil
	}
	if err := errors.Join(r.err, r.file.Close()); err != nil {
		return &outfile.Error{File: outfile.File{Name: "--record", Path: r.file.Name()}, Err: err}
	}
	return nil
}

// recorded adds up the calls of a recording.
func (a App) recorded(ctx context.Context, o *options) error {
	text, err := a.Read(ctx, o.from)
	if err != nil {
		return err
	}
	calls, skipped, err := traffic.Read(bytes.NewReader(text))
	if err != nil {
		return err
	}
	a.Asides().Unread(o.from, skipped)
	w := watch.NewWatcher(watch.Options{Version: o.As})
	for _, c := range calls {
		w.Take(c)
	}
	return a.sum(o, w.Sum(), -1)
}
