package lab

import (
	"os"
	"strings"
	"testing"

	"fix403/keycloak/version"
)

// factsTable returns the cells of the table of a section of docs/FACTS.md, the titles first. Its marks for what stands out are left out.
func factsTable(t *testing.T, section string) [][]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/FACTS.md")
	if err != nil {
		t.Fatal(err)
	}
	_, below, _ := strings.Cut(string(text), "\n## "+section+". ")
	below, _, _ = strings.Cut(below, "\n## ")
	var rows [][]string
	for line := range strings.Lines(below) {
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.ReplaceAll(line, "**", ""), "| \n"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		rows = append(rows, cells)
	}
	if len(rows) < 2 {
		t.Fatalf("section %s of docs/FACTS.md has no table", section)
	}
	return rows
}

// What docs/FACTS.md says of where roles are read from is what the lab compares with.
func TestFactsAreThoseOfTheLab(t *testing.T) {
	holds := func(id, on, cell string) {
		t.Helper()
		on, _, _ = strings.Cut(on, " ") // what stands behind the version is a remark
		answer := ExperimentByID(id).Known(version.Of(on)).measured()
		if first, _, _ := strings.Cut(answer, ","); first != cell {
			t.Errorf("%s on %s: docs/FACTS.md has %s, and the lab %q", id, on, cell, answer)
		}
	}
	rows := factsTable(t, "14")
	ids := map[string]string{
		"old token after the grant": "old-token-after-grant", "token with the role, after the revoke": "old-token-after-revoke",
		"`roles` scope removed, role granted": "roles-scope-removed", "full scope off": "full-scope-off",
	}
	held := 0
	for i, title := range rows[0] {
		for _, row := range rows[1:] {
			if id := ids[title]; id != "" {
				held++
				holds(id, row[0], row[i])
			}
		}
	}
	if want := len(ids) * (len(rows) - 1); held != want {
		t.Errorf("%d cells of section 14 were compared, want %d: its titles are %q", held, want, rows[0])
	}
	rows = factsTable(t, "13")
	ids = map[string]string{
		"old token after the grant": "old-token-after-grant", "old token after the revoke": "old-token-after-revoke", "lightweight token with role": "lightweight-token",
	}
	held = 0
	for _, row := range rows[1:] {
		for i, on := range rows[0][1:] {
			if id := ids[row[0]]; id != "" {
				held++
				holds(id, on, row[i+1])
			}
		}
	}
	if want := len(ids) * (len(rows[0]) - 1); held != want {
		t.Errorf("%d cells of section 13 were compared, want %d", held, want)
	}
}
