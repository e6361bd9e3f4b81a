package flows

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"time"

	"fix403/keycloak"
)

// Journal is the list of what fix403 created on servers, one JSON object a line: an intent before each creating call,
// a confirmation after it, and the removal. It holds no secrets. A nil journal writes nothing.
type Journal struct {
	path string
	mu   sync.Mutex
}

// Entry is a line of the journal.
type Entry struct {
	Time   time.Time   `json:"time"`
	Event  string      `json:"event"` // intent, confirmed or removed; of a story also by-hand and finished
	Run    string      `json:"run"`
	Server string      `json:"server"` // base URL
	Kind   string      `json:"kind"`   // realm, client, user or role
	Realm  string      `json:"realm"`
	Name   string      `json:"name"`
	ID     string      `json:"id,omitempty"`
	Story  *StoryNames `json:"story,omitempty"` // with an intent of a story
	// Of a [Change]: the client whose account or scope it changes, and the client that the role belongs to.
	Client    string `json:"client,omitempty"`
	Container string `json:"container,omitempty"`
}

// The events of an [Entry].
const (
	eventIntent    = "intent"
	eventConfirmed = "confirmed"
	eventRemoved   = "removed"
	eventByHand    = "by-hand"  // made by hand while the run waited for it
	eventFinished  = "finished" // the story in this realm came to its end
)

// OpenJournal returns the journal in a folder, which is made when the first entry is written.
func OpenJournal(folder string) *Journal {
	return &Journal{path: filepath.Join(folder, "journal.jsonl")}
}

// StateFolder is where the journal lives: $XDG_STATE_HOME/fix403, by default ~/.local/state/fix403, on Windows
// %LocalAppData%\fix403.
func StateFolder() (string, error) {
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "fix403"), nil
	}
	if dir := os.Getenv("LocalAppData"); runtime.GOOS == "windows" && dir != "" {
		return filepath.Join(dir, "fix403"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", badInput("Set XDG_STATE_HOME to an absolute path.", "There is no home folder to keep the journal in.")
	}
	return filepath.Join(home, ".local", "state", "fix403"), nil
}

// Declare returns the intent that journals what a run creates on the server with a base URL.
func (j *Journal) Declare(run, server string) keycloak.Intent {
	return func(kind, realm, name string) (func(string) error, error) {
		e := Entry{Run: run, Server: server, Kind: kind, Realm: realm, Name: name}
		return func(id string) error {
			e.ID = id
			return j.confirmed(e)
		}, j.intent(e)
	}
}

// Gone journals that a realm that a run created is there no longer.
func (j *Journal) Gone(run, server, realm string) error {
	return j.removed(Entry{Run: run, Server: server, Kind: "realm", Realm: realm, Name: realm})
}

func (j *Journal) intent(e Entry) error    { return j.write(eventIntent, e) }
func (j *Journal) confirmed(e Entry) error { return j.write(eventConfirmed, e) }
func (j *Journal) removed(e Entry) error   { return j.write(eventRemoved, e) }

// write appends one line and has it on the disk before it returns: the call that it announces comes after.
func (j *Journal) write(event string, e Entry) (err error) {
	if j == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	defer func() {
		if err != nil {
			err = fmt.Errorf("the journal can not be written, so nothing is created: %w", err)
		}
	}()
	e.Event, e.Time = event, time.Now().UTC()
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(j.path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(j.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	return errors.Join(err, f.Sync(), f.Close())
}

// Standing returns what a server may still hold of what was announced and not removed, in the order of creation. An
// intent without confirmation counts: the answer to the creating call may have been lost. Lines that can not be read,
// such as the last one after a crash, are skipped.
func (j *Journal) Standing(server string) ([]Entry, error) {
	var standing []Entry
	err := j.each(func(e Entry) {
		if e.Server != server {
			return
		}
		switch e.Event {
		case eventIntent:
			if !slices.ContainsFunc(standing, e.same) {
				standing = append(standing, e)
			}
		case eventConfirmed:
			if i := slices.IndexFunc(standing, e.same); i >= 0 {
				standing[i] = e
			}
		case eventRemoved:
			standing = slices.DeleteFunc(standing, func(o Entry) bool { return e.same(o) || e.Kind == "realm" && o.Realm == e.Realm })
		}
	})
	return standing, err
}
