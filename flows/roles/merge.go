package roles

import (
	"errors"
	"fix403/keycloak/version"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Merge adds what was measured on a version to the data file of a folder, in place of what it has for that version. A row
// that was not measured this time stays as it was. Where the folder has no data file it begins with the one of the program.
func Merge(dir string, t *Table) error {
	path := filepath.Join(dir, dataFile)
	text, err := os.ReadFile(path) //nolint:gosec // the folder that was named
	switch {
	case errors.Is(err, fs.ErrNotExist):
		text = []byte(data)
	case err != nil:
		return err
	}
	m, err := parse(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := m.add(t); err != nil {
		return err
	}
	return replace(path, m.format())
}

// replace writes a file beside the one that is there, and renames it: it is there whole or as it was.
func replace(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), dataFile+".*")
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Chmod(0o644), f.Close()) //nolint:mnd // as a checkout has it
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// add puts a table among the others.
func (m *Matrix) add(t *Table) error {
	if v := version.Of(t.Version); !v.Known() || v.String() != t.Version { // a vendor's build is no version of Keycloak's
		return fmt.Errorf("no version: %q", t.Version)
	}
	own := &Table{Version: t.Version, Notes: t.Notes, Roles: t.Roles}
	seen := map[*Endpoint]bool{}
	for _, r := range t.Rows {
		r.Endpoint = m.endpoint(r.Endpoint.Group, r.Endpoint.Method, r.Endpoint.Path, r.Endpoint.Case)
		own.Rows = append(own.Rows, r)
		seen[r.Endpoint] = true
	}
	if i := slices.IndexFunc(m.tables, func(o *Table) bool { return o.Version == own.Version }); i >= 0 {
		for _, r := range m.tables[i].Rows {
			if !seen[r.Endpoint] && slices.Equal(m.tables[i].Roles, own.Roles) {
				own.Rows = append(own.Rows, r)
			}
		}
		m.tables = slices.Delete(m.tables, i, i+1)
	}
	m.tables = append(m.tables, own)
	m.index()
	return nil
}
