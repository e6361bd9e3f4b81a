package roles

import (
	"bytes"
	"flag"
	"testing"

	"fix403/docs/pagetest"
)

var update = flag.Bool("update", false, "write docs/roles.md, docs/realm-management.md and the checksums of the tables")

func TestPageIsCurrent(t *testing.T) {
	m, err := parse(readFile(t, "data/matrix.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if err := m.writePage(&page); err != nil {
		t.Fatal(err)
	}
	pagetest.Current(t, *update, "roles.md", page.String(), "go test ./flows/roles -update")
}
