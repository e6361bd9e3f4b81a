package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"fix403/flows/kind"
	"fix403/flows/outfile"
	"fix403/flows/problem"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// maxJournal bounds what is read of a journal: some hundred thousand creations.
const maxJournal = 64 << 20

func tooLarge(path string) error {
	return problem.BadInput("Remove what it names with fix403 down, then move the file away.", "The journal %s is larger than %d MB.", path, maxJournal>>20)
}

// openJournal opens the journal, which is a regular file of its own: a link could have another file written and its mode
// changed, and a pipe would be waited for. An error for one that is not there is [fs.ErrNotExist].
func openJournal(path string, flag int) (*os.File, error) {
	before, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && flag&os.O_CREATE != 0:
		flag |= os.O_EXCL
	case err != nil:
		return nil, err
	case !before.Mode().IsRegular():
		return nil, problem.BadInput("Move it away, or set XDG_STATE_HOME to another folder.", "The journal %s is not a regular file.", path)
	}
	f, err := os.OpenFile(path, flag, 0o600)                // #nosec G304 -- in the state folder
	if errors.Is(err, fs.ErrExist) && flag&os.O_EXCL != 0 { // another run made it in between
		return openJournal(path, flag&^os.O_EXCL)
	}
	if err != nil || before == nil {
		return f, err
	}
	if after, err := f.Stat(); err != nil || !os.SameFile(before, after) {
		return nil, errors.Join(err, f.Close(), fmt.Errorf("%s: %w", path, fs.ErrInvalid))
	}
	return f, nil
}

// content reads the journal; nil where there is none.
func (j *Journal) content() ([]byte, error) {
	f, err := openJournal(j.Path, os.O_RDONLY)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, unreadable(err)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxJournal+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, unreadable(err)
	}
	if len(text) > maxJournal {
		return nil, tooLarge(j.Path)
	}
	return text, nil
}

func unreadable(err error) error {
	if failure.KindOf(err) == failure.BadInput {
		return err
	}
	return &failure.Error{
		Kind: failure.BadInput, Err: err, Message: msg.New("The journal cannot be read: %s.", err),
		Hint: msg.New("Make it readable, or set XDG_STATE_HOME to another folder."),
	}
}

// each calls f for every line of the journal that can be read, in order, and returns how many cannot.
func (j *Journal) each(f func(Entry)) (damaged int, err error) {
	if j == nil {
		return 0, nil
	}
	text, err := j.content()
	for line := range bytes.Lines(text) {
		if e, ok := readEntry(line); ok {
			f(e)
		} else if len(bytes.TrimSpace(line)) > 0 {
			damaged++
		}
	}
	return damaged, err
}

// readEntry reads a line. It refuses names that no call could be made with, so that one bad line stops nothing.
func readEntry(line []byte) (e Entry, ok bool) {
	if json.Unmarshal(line, &e) != nil || e.Event == "" || e.Server == "" || e.Kind == "" {
		return e, false
	}
	for _, name := range []string{e.Realm, e.Name, e.Client, e.Container, e.ID, e.Object, e.Run, e.Server} {
		if strings.ContainsFunc(name, unicode.IsControl) {
			return e, false
		}
	}
	for _, part := range []string{e.Realm, e.ID, e.Object} { // of a path
		if part == "." || part == ".." || strings.ContainsAny(part, `/\`) {
			return e, false
		}
	}
	return e, e.Realm != "" && (e.Name != "" || e.Kind == kind.Kind(ChangeHeavyweight)) && (e.Kind != kind.Realm || e.Name == e.Realm)
}

// Damage is what could not be read of a journal.
type Damage struct {
	File  string // the journal
	Lines int    // 0: none
	Copy  string // the journal as it was, "" if it was not repaired
}

// Repair takes the lines that cannot be read out of the journal and keeps it as it was beside it.
func (j *Journal) Repair() (d Damage, err error) {
	if j == nil {
		return d, nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	unlock, held := j.lock()
	defer unlock()
	d.File = j.Path
	text, err := j.content()
	if err != nil {
		return d, err
	}
	var good []byte
	for line := range bytes.Lines(text) {
		if _, ok := readEntry(line); ok {
			good = append(append(good, bytes.TrimRight(line, "\n")...), '\n')
		} else if len(bytes.TrimSpace(line)) > 0 {
			d.Lines++
		}
	}
	if d.Lines == 0 || !held { // what another run writes meanwhile would be lost
		return d, nil
	}
	for n := 1; d.Copy == ""; n++ {
		name := fmt.Sprintf("%s.damaged-%d", j.Path, n)
		err := outfile.WriteNew(name, string(text), 0o600)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return d, unwritable(eventRemoved, err)
		}
		if err == nil {
			d.Copy = name
		}
	}
	whole := fmt.Sprintf("%s.new-%d", j.Path, os.Getpid())
	_ = os.Remove(whole) // of a program that ended in between
	if err := outfile.WriteNew(whole, string(good), 0o600); err != nil {
		return d, unwritable(eventRemoved, err)
	}
	return d, os.Rename(whole, j.Path)
}

// lockWait bounds how long a run waits for another one's line: a process that was stopped keeps its lock.
const lockWait = 5 * time.Second

// lock keeps other runs from writing to the journal until the returned function is called. It only guards against
// [Journal.Repair], since an append is one write: where the lock cannot be had, the line is written all the same.
func (j *Journal) lock() (unlock func(), held bool) {
	f, err := openJournal(filepath.Join(filepath.Dir(j.Path), "journal.lock"), os.O_CREATE|os.O_RDWR)
	if err != nil {
		return func() {}, false
	}
	end := time.Now().Add(lockWait)
	for err = TryLock(f); err != nil && time.Now().Before(end); err = TryLock(f) {
		time.Sleep(10 * time.Millisecond)
	}
	return func() { _ = f.Close() }, err == nil // closing it ends the lock
}

// Knows reports whether a run made an object, by the journal, removed or not.
func (l Ledger) Knows(run string, k kind.Kind, realm, name string) bool {
	return run != "" && l.made[creation{run, k, realm, name}]
}

// RealmsOf lists the names of the realms that a run made, sorted.
func (l Ledger) RealmsOf(run string) []string {
	var names []string
	for c := range l.made {
		if c.run == run && c.kind == kind.Realm && run != "" {
			names = append(names, c.name)
		}
	}
	slices.Sort(names)
	return names
}

// story reports whether any run made an object, or a person by hand for its story.
func (l Ledger) story(k kind.Kind, realm, name string) bool {
	for c := range l.made {
		if c.kind == k && c.realm == realm && c.name == name {
			return true
		}
	}
	return false
}

// Err is the error for lines that could not be read, nil for none.
func (d Damage) Err() error {
	if d.Lines == 0 {
		return nil
	}
	hint := msg.New("To remove a realm that only they named: fix403 down --realm NAME.")
	if d.Copy != "" {
		hint = msg.New("The original journal is kept as %s. To remove a realm that only the omitted lines named: fix403 down --realm NAME.", d.Copy)
	}
	return &problem.CheckError{Kind: "journal-damaged", Message: msg.New("Lines of the journal %s that cannot be read: %d. They were skipped.", d.File, d.Lines), Hint: hint}
}
