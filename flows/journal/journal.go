// Package journal is the list of what fix403 created on servers, and what of it is outstanding.
package journal

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"fix403/flows/kind"
	"fix403/flows/problem"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// Journal is the list of what fix403 created on servers, one JSON object a line: an intent before each creating call,
// a confirmation after it, and the removal. It holds no secrets. A nil journal writes nothing.
type Journal struct {
	Path string
	mu   sync.Mutex
}

// Entry is a line of the journal.
type Entry struct {
	Time   time.Time   `json:"time"`
	Event  string      `json:"event"` // intent, confirmed, not-done or removed; of a story also by-hand and finished
	Run    string      `json:"run"`
	Server string      `json:"server"` // base URL
	Kind   kind.Kind   `json:"kind"`   // realm, client, user or role
	Realm  string      `json:"realm"`
	Name   string      `json:"name"`
	ID     string      `json:"id,omitempty"`
	Story  *StoryNames `json:"story,omitempty"` // with an intent of a story
	// Of a [change.Change] and of a role: the client whose account or scope it changes, the client that the role belongs to, and the
	// uuid of that account or client, so that one of the same name that was made later is left alone.
	Client    string `json:"client,omitempty"`
	Container string `json:"container,omitempty"`
	Object    string `json:"object,omitempty"`
	// Format is [entryFormat]; 0 in lines of versions that wrote none.
	Format int `json:"v,omitempty"`

	Stood bool // an intent, after an earlier confirmation that nothing took back
}

// entryFormat marks lines whose removal is of their own run's objects. One without it took those of every run.
const entryFormat = 2

// The events of an [Entry].
const (
	EventIntent    = "intent"
	EventConfirmed = "confirmed"
	eventNotDone   = "not-done" // what was intended certainly did not come about
	eventRemoved   = "removed"
	EventByHand    = "by-hand"  // made by hand while the run waited for it
	EventFinished  = "finished" // the story in this realm came to its end
	EventReopened  = "reopened" // the run that told it undoes some of it
)

// Open returns the journal in a folder, which is made when the first entry is written.
func Open(folder string) *Journal {
	return &Journal{Path: filepath.Join(folder, "journal.jsonl")}
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
	if err != nil || home == "" {
		return "", problem.BadInput("Set XDG_STATE_HOME to an absolute path.", "There is no home folder for the journal.")
	}
	if !filepath.IsAbs(home) { // it would be another folder in every working folder
		return "", problem.BadInput("Set HOME or XDG_STATE_HOME to an absolute path.", "The home folder %q is not an absolute path, so there is no place for the journal.", home)
	}
	return filepath.Join(home, ".local", "state", "fix403"), nil
}

// Declare returns the intent that journals what a run creates on the server with a base URL.
func (j *Journal) Declare(run, server string) keycloak.Intent {
	return func(k, realm, name string) (func(string) error, error) {
		e := Entry{Run: run, Server: server, Kind: kind.Kind(k), Realm: realm, Name: name}
		return func(id string) error {
			return j.Settled(e, id)
		}, j.Intent(e)
	}
}

// Gone journals that a realm that a run created is there no longer.
func (j *Journal) Gone(run, server, realm string) error {
	return j.Removed(Entry{Run: run, Server: server, Kind: kind.Realm, Realm: realm, Name: realm})
}

// Intent notes that something is about to be made.
func (j *Journal) Intent(e Entry) error { return j.Write(EventIntent, e) }

// Confirmed notes that what was announced is there.
func (j *Journal) Confirmed(e Entry) error { return j.Write(EventConfirmed, e) }

// NotDone notes that what was announced certainly did not come about.
func (j *Journal) NotDone(e Entry) error { return j.Write(eventNotDone, e) }

// Removed notes that something is there no longer.
func (j *Journal) Removed(e Entry) error { return j.Write(eventRemoved, e) }

// Settled ends an intent as [keycloak.Intent] has it.
func (j *Journal) Settled(e Entry, id string) error {
	if id == "" {
		return j.NotDone(e)
	}
	e.ID = id
	return j.Confirmed(e)
}

// Write appends one line and has it on the disk before it returns: the call that it announces comes after.
func (j *Journal) Write(event string, e Entry) (err error) {
	if j == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	defer func() {
		if err != nil {
			err = unwritable(event, err)
		}
	}()
	e.Event, e.Time, e.Format = event, time.Now().UTC(), entryFormat
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(j.Path), 0o700); err != nil {
		return err
	}
	unlock, _ := j.lock()
	defer unlock()
	f, err := openJournal(j.Path, os.O_APPEND|os.O_CREATE|os.O_RDWR)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	size, torn := ending(f)
	if torn {
		line = append([]byte{'\n'}, line...)
	}
	if event == EventIntent && size+int64(len(line)) > maxJournal { // what it says could not be read back
		return errors.Join(tooLarge(j.Path), f.Close())
	}
	_, err = f.Write(line)
	return errors.Join(err, f.Chmod(0o600), f.Sync(), f.Close())
}

// unwritable says what it means that an event could not be written down.
func unwritable(event string, err error) error {
	var own *failure.Error
	if event == EventIntent && errors.As(err, &own) {
		return own // it says what is wrong with the file
	}
	e := &failure.Error{
		Kind: failure.BadInput, Err: err, Message: msg.New("The journal cannot be written, so nothing is created: %s.", err),
		Hint: msg.New("Free disk space and make its folder writable, or set XDG_STATE_HOME to another one."),
	}
	if event != EventIntent {
		e.Message = msg.New("The journal cannot be written: %s. It does not record what was done.", err)
		e.Hint = msg.New("Free disk space and make its folder writable. fix403 down looks for everything announced there, done or not.")
	}
	return e
}

// ending returns the size of the journal and reports whether its last line has no end, as after a crash: the next one
// must not be lost with it.
func ending(f *os.File) (size int64, torn bool) {
	var last [1]byte
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return 0, false
	}
	_, err = f.ReadAt(last[:], info.Size()-1)
	return info.Size(), err == nil && last[0] != '\n'
}
