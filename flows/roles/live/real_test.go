package live

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"fix403/flows/down"
	"fix403/flows/journal"
	"fix403/flows/roles"
	"fix403/keycloak"
	"fix403/keycloak/server/servertest"
	"fix403/keycloak/wire"
)

func TestMain(m *testing.M) { os.Exit(servertest.Tests{M: m}.Run()) }

// A real server answers as the shipped matrix of its version says, and the scratch realm is gone afterwards.
func TestRealKeycloak(t *testing.T) {
	servertest.Each(t, func(t *testing.T, target servertest.Target) {
		journal := journal.Open(t.TempDir())
		credentials := keycloak.Credentials{User: target.AdminUser, Password: wire.NewSecret(target.AdminPassword)}
		start := time.Now()
		r, err := Measure(t.Context(), Options{URL: target.URL, Credentials: credentials, Journal: journal, Timeout: 3 * time.Minute}) // servers make keys slowly under load
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%d endpoints of %s in %.0f s", len(r.Table.Rows), r.Version, time.Since(start).Seconds())
		for _, p := range r.Problems {
			t.Log(p)
		}
		d, err := down.Open(t.Context(), down.Options{URL: target.URL, Credentials: credentials, Journal: journal})
		if err != nil {
			t.Fatal(err)
		}
		if len(d.Removals) != 0 {
			t.Errorf("left behind: %+v", d.Removals)
		}
		shipped := roles.Shipped().Table(r.Version)
		if shipped.Version != r.Version {
			t.Logf("nothing is shipped for %s", r.Version)
		} else {
			c := roles.Shipped().Compare(r.Version, r.Table)
			for _, d := range c.Differences {
				t.Errorf("%s with %s: %q, shipped is %q", d.Endpoint, d.Role, d.Measured, d.Shipped)
			}
			if len(c.NotServed)+len(c.NotMeasured) != 0 {
				t.Errorf("not served: %v; not measured: %v", c.NotServed, c.NotMeasured)
			}
			for _, row := range shipped.Rows { // rows that are measured with a feature switched on need such a server
				if strings.HasPrefix(row.Endpoint.Case, "with the feature ") {
					continue
				}
				if !slices.ContainsFunc(r.Table.Rows, func(is roles.Row) bool { return is.Endpoint.String() == row.Endpoint.String() }) {
					t.Errorf("shipped, and not measured: %s", row.Endpoint)
				}
			}
		}
	})
}
