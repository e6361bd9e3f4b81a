package roles

import (
	"bytes"
	"flag"
	"testing"

	"fix403/docs/pagetest"
)

var update = flag.Bool("update", false, "write docs/roles.md")

func TestPageIsCurrent(t *testing.T) {
	var page bytes.Buffer
	if err := Shipped().WritePage(&page); err != nil {
		t.Fatal(err)
	}
	pagetest.Current(t, *update, "roles.md", page.String(), "go test ./flows/roles -update")
}
