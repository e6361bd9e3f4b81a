package roles

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"fix403/keycloak/failure"
	"fix403/keycloak/version"
)

// ShippedWith returns the matrix of the program with what was just measured on a version in place of what it has for it. Where
// rows of that version are missing, those of the measured version beside it decide which role is smaller. A table of no known version
// counts as one of the newest.
func ShippedWith(t *Table) (*Matrix, error) {
	m, err := parse(data)
	if err != nil {
		return nil, err
	}
	base := m.Table(t.Version)
	own := &Table{Version: t.Version, Roles: t.Roles, Rows: append([]Row{}, t.Rows...)}
	if !version.Of(t.Version).Known() {
		own.Version = base.Version
	}
	seen := map[string]bool{}
	for _, r := range t.Rows {
		seen[r.Endpoint.String()] = true
	}
	for _, r := range base.Rows {
		if !seen[r.Endpoint.String()] {
			own.Rows = append(own.Rows, r)
		}
	}
	return m, m.add(own)
}

// DataFile returns the file of a folder that [Merge] writes.
func DataFile(dir string) string { return filepath.Join(dir, dataFile) }

// CanMerge makes sure that [Merge] can write to a folder, before a table is measured for it. An error has [failure.BadInput].
func CanMerge(dir string) error {
	const hint = "Name a folder that can be written to, such as flows/roles/data of fix403's source."
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return failure.NewBadInput(hint, "The folder %s cannot be used: %v.", dir, errors.Unwrap(err))
	case !info.IsDir():
		return failure.NewBadInput(hint, "%s is not a folder.", dir)
	}
	text, err := os.ReadFile(DataFile(dir))
	if err == nil {
		_, err = parse(string(text))
	} else if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err != nil {
		return failure.NewBadInput("Name another folder.", "%s cannot be read as a table: %v.", DataFile(dir), err)
	}
	f, err := os.CreateTemp(dir, dataFile+".*")
	if err != nil {
		return failure.NewBadInput(hint, "The folder %s cannot be used: %v.", dir, errors.Unwrap(err))
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}
