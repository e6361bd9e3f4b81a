package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"time"

	"fix403/keycloak/failure"
	"fix403/keycloak/foreign"
	"fix403/keycloak/msg"
)

// Record is what is needed to end a server that another process started. It holds no secret.
type Record struct {
	ID        string    `json:"id"` // random
	URL       string    `json:"url"`
	Port      int       `json:"port"` // of 127.0.0.1
	Version   string    `json:"version"`
	AdminUser string    `json:"admin_user"`
	Started   time.Time `json:"started"`
	Engine    string    `json:"engine,omitempty"` // docker or podman; "" for a process of this machine
	Container string    `json:"container,omitempty"`
	Folder    string    `json:"folder,omitempty"` // of the process, with its data

	file string // of the record itself; "" keeps none
}

// serverName guards what is removed: a record that was damaged must not name something else.
var serverName = regexp.MustCompile(`^` + namePrefix + `[A-Za-z0-9]{20,}$`)

func (r *Record) valid() bool {
	if r.Engine != "" {
		return (r.Engine == "docker" || r.Engine == "podman") && serverName.MatchString(r.Container)
	}
	return filepath.IsAbs(r.Folder) && serverName.MatchString(filepath.Base(r.Folder))
}

// save writes the record into a folder, before there is anything that it names. There is one for a port: of a server
// that is gone it is replaced, of another one it is in the way.
func (r *Record) save(ctx context.Context, state string) error {
	if state == "" {
		return nil
	}
	text, err := json.Marshal(r)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(state, 0o700); err != nil {
		return noRecord(err)
	}
	file := filepath.Join(state, fmt.Sprintf("up-%d.json", r.Port))
	for range 2 {
		var f *os.File
		f, err = os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) // #nosec G304 -- the state folder
		if err == nil {
			r.file = file
			_, err = f.Write(append(text, '\n'))
			if err = errors.Join(err, f.Close()); err != nil {
				_ = os.Remove(file)
				return noRecord(err)
			}
			return nil
		}
		if !errors.Is(err, os.ErrExist) {
			break
		}
		old, readErr := readRecord(file)
		if errors.Is(readErr, os.ErrNotExist) {
			continue
		}
		if readErr != nil || !old.gone(ctx) {
			return &failure.Error{
				Kind: failure.BadInput, Message: msg.New("A Keycloak started earlier on port %d is still running, or starting.", r.Port),
				Hint: msg.New("Stop it first, or choose another port."), Err: ErrPortInUse,
			}
		}
		if err := old.End(ctx); err != nil {
			return err
		}
	}
	return noRecord(err)
}

func noRecord(err error) error {
	return &failure.Error{
		Kind: KindStart, Message: msg.New("Nothing was started, since what is needed to stop it cannot be saved: %v", err),
		Hint: msg.New("Set XDG_STATE_HOME to a writable folder."), Err: err,
	}
}

// gone reports whether the server has certainly ended: its process is known and does not run, or its folder or container
// is not there.
func (r *Record) gone(ctx context.Context) bool {
	if r.Engine != "" {
		return !exists(ctx, r.Engine, r.Container)
	}
	if _, err := os.Stat(r.Folder); errors.Is(err, os.ErrNotExist) {
		return time.Since(r.Started) > time.Minute // else it may be about to be made
	}
	if _, err := os.Stat(filepath.Join(r.Folder, pidFile)); err != nil {
		return false
	}
	p, err := readPID(ctx, r.Folder)
	return err == nil && !p.runs(filepath.Base(r.Folder))
}

// End ends the server, and removes its data and this record, also when it or a part of it is gone already. When it
// fails, the record stays, for another try.
func (r *Record) End(ctx context.Context) error {
	var err error
	switch {
	case !r.valid():
		return fmt.Errorf("the record %s names nothing that fix403 starts: look at it, and remove it by hand", r.file)
	case r.Engine != "":
		err = endContainer(ctx, r.Engine, r.Container, time.Since(r.Started) < engineTime)
	default:
		err = endProcess(ctx, r.Folder)
	}
	if err != nil || r.file == "" {
		return err
	}
	if now, _ := readRecord(r.file); now.ID != r.ID { // ended, and perhaps followed by another, meanwhile
		return nil
	}
	return os.Remove(r.file)
}

// Records returns the servers that are recorded in a folder, by port; a record that cannot be read is an error, beside
// those that can.
func Records(state string) ([]Record, error) {
	files, err := filepath.Glob(filepath.Join(state, "up-*.json"))
	if err != nil {
		return nil, err
	}
	var records []Record
	var errs []error
	for _, file := range files {
		r, err := readRecord(file)
		switch {
		case err == nil:
			records = append(records, r)
		case !errors.Is(err, os.ErrNotExist):
			errs = append(errs, err)
		}
	}
	sort.Slice(records, func(i, j int) bool { return records[i].Port < records[j].Port })
	return records, errors.Join(errs...)
}

// readRecord also removes a record that its writer was killed over: nothing had been started then.
func readRecord(file string) (Record, error) {
	text, err := foreign.ReadOwn(file, 64<<10)
	if err != nil {
		return Record{}, err
	}
	if info, err := os.Stat(file); err == nil && len(text) == 0 && time.Since(info.ModTime()) > time.Minute {
		return Record{}, errors.Join(os.ErrNotExist, os.Remove(file))
	}
	r := Record{file: file}
	if err := json.Unmarshal(text, &r); err != nil || !r.valid() {
		return Record{}, fmt.Errorf("the record %s is damaged: look at it, and remove it by hand", file)
	}
	return r, nil
}
