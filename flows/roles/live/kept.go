package live

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"fix403/flows/journal"
	"fix403/flows/kind"
	"fix403/flows/roles"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// Kept is what a run measured that did not come to its end.
type Kept struct {
	File  string // where it is kept
	Since time.Time
	Rows  int
}

// Began is the time of the run, for people.
func (k Kept) Began() string { return k.Since.UTC().Format("2006-01-02 15:04 UTC") }

// keptFor bounds how old what is taken of another run may be: the server may be set up otherwise by then.
const keptFor = 24 * time.Hour

// keptFormat is that of the lines. A change of what the scratch realm is filled with takes another number.
const keptFormat = 1

// maxKept bounds what is read of a file: some ten times what a whole measurement has.
const maxKept = 16 << 20

// keptLine is a line of the file in which a run keeps what it measured: the first one says of what, and each other is a run that went on
// or a row. A later line of a row replaces an earlier one. It holds no secrets.
type keptLine struct {
	Format  int       `json:"v,omitempty"`
	Began   time.Time `json:"began,omitzero"`
	Server  string    `json:"server,omitempty"` // base URL
	Version string    `json:"version,omitempty"`
	Probes  string    `json:"probes,omitempty"` // what tells other calls apart
	Roles   []string  `json:"roles,omitempty"`
	Run     string    `json:"run,omitempty"`
	Row     *keptRow  `json:"row,omitempty"`
}

type keptRow struct {
	Key      string                `json:"key"`
	None     roles.Cell            `json:"none"`
	Cells    map[string]roles.Cell `json:"cells"`
	Together [][]string            `json:"together,omitempty"`
	Tried    bool                  `json:"tried,omitempty"`
	Empty    bool                  `json:"empty,omitempty"`
}

// keeper writes what is measured as it comes, so that even kill -9 loses but the row at work. A nil keeper keeps nothing.
type keeper struct {
	path string

	mu     sync.Mutex
	file   *os.File
	rows   map[string]bool
	notice func(msg.Message)
}

// begin removes the scratch realms of runs that were interrupted, and looks for what they measured. The function that it
// returns ends the run.
func (m *measuring) begin(ctx context.Context) (end func(), err error) {
	if m.options.Journal == nil {
		return func() {}, nil
	}
	folder := filepath.Join(filepath.Dir(m.options.Journal.Path), "roles-live")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, unkept(err)
	}
	lock, err := os.OpenFile(running(folder, m.run), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600) // #nosec G304 -- in the state folder
	if err != nil {
		return nil, unkept(err)
	}
	end = func() {
		_ = lock.Close()
		_ = os.Remove(lock.Name())
	}
	err = journal.TryLock(lock)
	if err == nil {
		err = m.removeInterrupted(ctx, folder)
	}
	if err == nil && m.options.Only == nil && m.version != "" {
		err = m.look(folder)
	}
	if err != nil {
		end()
		return nil, err
	}
	return end, nil
}

func unkept(err error) error {
	return &failure.Error{
		Kind: failure.BadInput, Err: err, Message: msg.New("Measurements cannot be saved: %s.", err),
		Hint: msg.New("Free disk space and make its folder writable, or set XDG_STATE_HOME to another one."),
	}
}

// running is the file that a run has locked while it lives.
func running(folder, run string) string { return filepath.Join(folder, run+".running") }

// alive reports whether a run is at work on this machine.
func alive(folder, run string) bool {
	f, err := os.OpenFile(running(folder, run), os.O_RDWR, 0) // #nosec G304 -- in the state folder
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist)
	}
	defer func() { _ = f.Close() }()
	if journal.TryLock(f) != nil {
		return true
	}
	_ = os.Remove(f.Name()) // of a program that was killed
	return false
}

// removeInterrupted removes the scratch realms that the journal has of runs that live no longer. What cannot be removed is left to
// fix403 down.
func (m *measuring) removeInterrupted(ctx context.Context, folder string) error {
	outstanding, err := m.options.Journal.Outstanding(m.server.URL())
	if err != nil {
		return err
	}
	for _, e := range outstanding {
		if e.Kind != kind.Realm || e.Run == "" || e.Name != scratchPrefix+e.Run || alive(folder, e.Run) {
			continue
		}
		err := m.admin.DeleteMarkedRealm(ctx, e.Name, e.Run)
		switch {
		case err == nil:
			m.options.Notice(msg.New("The scratch realm %s of an interrupted measurement was removed.", e.Name))
		case ctx.Err() != nil:
			return ctx.Err()
		case failure.KindOf(err) != failure.NotFound:
			m.options.Notice(msg.New("The scratch realm %s of an interrupted measurement still exists: %s. To remove it: fix403 down.", e.Name, msg.Of(err).Clause()))
			continue
		case e.Pending(time.Now()):
			continue // it may still come
		}
		if err := m.options.Journal.Gone(e.Run, m.server.URL(), e.Name); err != nil {
			return err
		}
	}
	return nil
}

// look finds what was kept of this server and version, and has it be asked about.
func (m *measuring) look(folder string) error {
	key := sha256.Sum256([]byte(journal.ServerKey(m.server.URL()) + " " + m.version))
	k := &keeper{path: filepath.Join(folder, hex.EncodeToString(key[:8])+".jsonl"), rows: map[string]bool{}, notice: m.options.Notice}
	lines, err := k.read()
	if err != nil {
		m.options.Notice(msg.New("Measurements are not saved: %s.", msg.Of(err).Clause()))
		return nil
	}
	for _, l := range slices.Backward(lines) {
		if l.Run != "" {
			if alive(folder, l.Run) { // it writes there
				return nil
			}
			break
		}
	}
	m.kept = k
	if len(lines) == 0 {
		return nil
	}
	first := lines[0]
	age := time.Since(first.Began)
	if first.Format != keptFormat || first.Version != m.version || !journal.SameServer(first.Server, m.server.URL()) || first.Probes != fingerprint() || age > keptFor || age < 0 {
		return nil
	}
	found := map[string]*keptRow{}
	for _, l := range lines[1:] {
		if l.Row != nil {
			found[l.Row.Key] = l.Row
		}
	}
	kept := Kept{File: k.path, Since: first.Began, Rows: len(found)}
	if kept.Rows == 0 {
		return nil
	}
	if m.options.GoOn != nil {
		if yes, err := m.options.GoOn(kept); err != nil || !yes {
			return err
		}
	}
	m.taken, m.found, m.knew = kept, found, first.Roles
	return nil
}

// take takes over the rows of an interrupted run, if the server has the same roles still, and opens the file for those to come.
func (m *measuring) take() {
	goesOn := m.taken.Rows > 0
	if goesOn && !slices.Equal(m.knew, m.names) {
		m.options.Notice(msg.New("The saved rows of an interrupted measurement are not used: the roles of realm-management have changed."))
		goesOn, m.taken = false, Kept{}
	}
	if goesOn {
		m.taken.Rows = 0
		for _, p := range allProbes() {
			if r := m.found[p.key()]; r != nil && r.whole(m.names) {
				m.rows[p.key()] = r.row(p)
				m.taken.Rows++
			}
		}
		m.options.Notice(msg.New("Resuming the measurement of %s: %d rows are already measured. To measure everything again, first remove %s.",
			m.taken.Began(), m.taken.Rows, m.taken.File))
	}
	m.kept.open(goesOn, keptLine{Format: keptFormat, Began: time.Now().UTC(), Server: m.server.URL(), Version: m.version, Probes: fingerprint(), Roles: m.names, Run: m.run})
	for key := range m.rows {
		m.kept.rows[key] = true
	}
}

// whole reports whether a row has a cell for each role.
func (r *keptRow) whole(names []string) bool {
	return len(r.Cells) == len(names) && !slices.ContainsFunc(names, func(n string) bool { return r.Cells[n].Status == 0 }) && r.None.Status != 0
}

func (r *keptRow) row(p probe) *row {
	return &row{
		probe: p, empty: r.Empty, tried: r.Tried,
		cells: roles.Row{Endpoint: p.endpoint(), None: r.None, Cells: r.Cells, Together: r.Together},
	}
}

// allProbes are the probes of a whole measurement.
func allProbes() []probe {
	return slices.Concat(firstProbes(), readProbes(), writeProbes(), last, []probe{realmDeletion})
}

// fingerprint tells apart what other versions of this program measure.
func fingerprint() string {
	h := sha256.New()
	for _, p := range allProbes() {
		_, _ = fmt.Fprintf(h, "%q\n", []string{p.key(), p.query, p.body, fmt.Sprint(p.passed)})
		for _, st := range p.fresh {
			_, _ = fmt.Fprintf(h, "%q\n", []string{st.method, st.path, st.body, st.id, st.name, st.value})
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// read returns the lines that can be read; the last one may be torn.
func (k *keeper) read() ([]keptLine, error) {
	info, err := os.Lstat(k.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil && !info.Mode().IsRegular() {
		err = msg.Error("%s is not a regular file", k.path)
	}
	if err != nil {
		return nil, err
	}
	f, err := os.Open(k.path)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxKept))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	var lines []keptLine
	for line := range bytes.Lines(text) {
		var l keptLine
		if json.Unmarshal(line, &l) == nil {
			lines = append(lines, l)
		} else if len(lines) == 0 {
			return nil, nil // it does not say of what it is
		}
	}
	return lines, nil
}

// open opens the file, after what is there or anew.
func (k *keeper) open(goesOn bool, first keptLine) {
	if k == nil {
		return
	}
	flag := os.O_CREATE | os.O_WRONLY | os.O_APPEND
	if !goesOn {
		flag |= os.O_TRUNC
	}
	f, err := os.OpenFile(k.path, flag, 0o600)
	if err == nil {
		err = f.Chmod(0o600)
	}
	if err != nil {
		k.notice(msg.New("Measurements are not saved: %s.", msg.Of(err).Clause()))
		return
	}
	k.file = f
	if goesOn { // the last line may be torn
		first = keptLine{Run: first.Run}
		_, _ = f.WriteString("\n")
	}
	k.write(first)
}

// write appends a line. Where that fails nothing more is kept; the measurement goes on.
func (k *keeper) write(l keptLine) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.file == nil {
		return
	}
	line, err := json.Marshal(l)
	if err == nil {
		_, err = k.file.Write(append(line, '\n'))
	}
	if err != nil {
		k.notice(msg.New("Measurements are not saved: %s.", msg.Of(err).Clause()))
		_ = k.file.Close()
		k.file = nil
	}
	if l.Row != nil && err == nil {
		k.rows[l.Row.Key] = true
	}
}

func (k *keeper) row(r *row) {
	if k == nil {
		return
	}
	k.write(keptLine{Row: &keptRow{Key: r.probe.key(), None: r.cells.None, Cells: r.cells.Cells, Together: r.cells.Together, Tried: r.tried, Empty: r.empty}})
}

// close leaves the file for a later run, or removes it.
func (k *keeper) close(keep bool) error {
	if k == nil || k.file == nil {
		return nil
	}
	err := k.file.Close()
	if !keep || len(k.rows) == 0 {
		err = errors.Join(err, os.Remove(k.path))
	}
	return err
}

// sayKept says what a later run needs not measure again.
func (m *measuring) sayKept() {
	if m.kept == nil || m.kept.file == nil || len(m.kept.rows) == 0 {
		return
	}
	m.options.Notice(msg.New("Saved for %[2]d hours: %[1]d measured rows. fix403 roles --live on this server resumes there.", len(m.kept.rows), int(keptFor.Hours())))
}

func (p probe) endpoint() *roles.Endpoint {
	return &roles.Endpoint{Method: p.method, Path: p.template(), Group: p.group, Case: p.kind}
}
