package roles

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"
)

// read adds the table of a version. Its form is that of [writeTable].
func (m *Matrix) read(version string, in io.Reader) error {
	text, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	t := &Table{Version: version}
	body := string(text)
	for strings.HasPrefix(body, "#") {
		note, rest, _ := strings.Cut(body, "\n")
		t.Notes, body = append(t.Notes, strings.TrimSpace(strings.TrimPrefix(note, "#"))), rest
	}
	lines, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		return err
	}
	const before = 5 // columns before the roles
	if len(lines) == 0 || len(lines[0]) < before+2 || !slices.Equal(lines[0][:before], []string{"group", "method", "path", "case", None}) {
		return fmt.Errorf("the line of column names is not as it should be")
	}
	t.Roles = lines[0][before : len(lines[0])-1]
	cells := map[string]Cell{}
	for _, l := range lines[1:] {
		row := Row{Endpoint: m.endpoint(l[0], l[1], l[2], l[3]), Cells: make(map[string]Cell, len(t.Roles))}
		if row.None, err = parseCell(l[4]); err != nil {
			return fmt.Errorf("%s: %w", row.Endpoint, err)
		}
		for i, role := range t.Roles {
			text := l[before+i]
			cell, known := cells[text]
			if !known {
				if cell, err = parseCell(text); err != nil {
					return fmt.Errorf("%s, %s: %w", row.Endpoint, role, err)
				}
				cells[text] = cell
			}
			row.Cells[role] = cell
		}
		for set := range strings.FieldsSeq(l[len(l)-1]) {
			row.Together = append(row.Together, strings.Split(set, "+"))
		}
		t.Rows = append(t.Rows, row)
	}
	m.tables = append(m.tables, t)
	return nil
}

// writeTable writes a table as in the data files: lines of notes, then CSV.
func writeTable(out io.Writer, t *Table) error {
	for _, n := range t.Notes {
		if _, err := fmt.Fprintln(out, "# "+n); err != nil {
			return err
		}
	}
	w := csv.NewWriter(out)
	lines := [][]string{append(append([]string{"group", "method", "path", "case", None}, t.Roles...), "together")}
	for _, r := range t.Rows {
		line := []string{r.Endpoint.Group, r.Endpoint.Method, r.Endpoint.Path, r.Endpoint.Case, r.None.String()}
		for _, role := range t.Roles {
			line = append(line, r.Cells[role].String())
		}
		lines = append(lines, append(line, setsText(r.Together)))
	}
	if err := w.WriteAll(lines); err != nil {
		return err
	}
	return w.Error()
}
