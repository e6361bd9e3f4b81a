package roles

import (
	"bytes"
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write docs/roles.md")

func TestPageIsCurrent(t *testing.T) {
	const path = "../../docs/roles.md"
	var page bytes.Buffer
	if err := Shipped().WritePage(&page); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, page.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, page.Bytes()) {
		t.Errorf("%s is stale: go test ./flows/roles -update", path)
	}
}
