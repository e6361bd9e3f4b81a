package main

import (
	"bytes"
	"flag"
	"os"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "pack again")

// TestPacked holds what is embedded to the files that people read and change.
func TestPacked(t *testing.T) {
	for folder, packed := range map[string]string{
		"../../flows/roles/data":           "../../flows/roles/data.zip",
		"../../keycloak/practice/defaults": "../../keycloak/practice/defaults.zip",
		"../../flows/texts/de":             "../../flows/texts/de.zip",
	} {
		files, err := filesIn(folder)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", folder, len(files), err)
		}
		want, err := zipped(files, time.Unix(1<<30, 0).UTC())
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(packed, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(packed); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is not what %s holds (%v): go test ./cmd/release -run Packed -update", packed, folder, err)
		}
	}
}
