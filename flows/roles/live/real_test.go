package live

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"fix403/flows"
	"fix403/flows/roles"
	"fix403/keycloak"
	"fix403/keycloak/server/servertest"
)

var update = flag.Bool("update", false, "write what is measured to the data files of the package roles")

// A real server answers as the shipped matrix of its version says, and the scratch realm is gone afterwards.
func TestRealKeycloak(t *testing.T) {
	servertest.Each(t, func(t *testing.T, target servertest.Target) {
		journal := flows.OpenJournal(t.TempDir())
		credentials := keycloak.Credentials{User: target.AdminUser, Password: keycloak.NewSecret(target.AdminPassword)}
		start := time.Now()
		r, err := Measure(t.Context(), Options{URL: target.URL, Credentials: credentials, Journal: journal})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d endpoints of %s in %.0f s", len(r.Table.Rows), r.Version, time.Since(start).Seconds())
		for _, p := range r.Problems {
			t.Log(p)
		}
		d, err := flows.OpenDown(t.Context(), flows.DownOptions{URL: target.URL, Credentials: credentials, Journal: journal})
		if err != nil {
			t.Fatal(err)
		}
		if len(d.Removals) != 0 {
			t.Errorf("left behind: %+v", d.Removals)
		}
		if *update {
			write := func(f *os.File) error { return roles.WriteTable(f, r.Table) }
			r.Table.Notes = []string{
				fmt.Sprintf("Keycloak %s as realms of it answered on %s: development mode, http, a fresh server, Keycloak's own roles.", r.Version, start.UTC().Format("2006-01-02")),
			}
			f, err := os.Create(filepath.Join("..", "data", r.Version+".csv"))
			if err != nil {
				t.Fatal(err)
			}
			if err := write(f); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
