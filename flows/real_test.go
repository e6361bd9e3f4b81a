package flows

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"fix403/keycloak"
	"fix403/keycloak/server/servertest"
)

// The story, its script by hand and the lab on real servers, as on the practice server.
func TestRealKeycloak(t *testing.T) {
	servertest.Each(t, func(t *testing.T, target servertest.Target) {
		o := Options{
			URL: target.URL, Credentials: keycloak.Credentials{User: target.AdminUser, Password: keycloak.NewSecret(target.AdminPassword)},
			Params: DefaultParams(), Journal: OpenJournal(t.TempDir()),
		}
		o.Params.Realm = "fix403-test-" + newRunID()
		story, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		t.Run("story", func(t *testing.T) {
			if err := doAll(t, story); err != nil {
				t.Fatal(err)
			}
			st := story.State()
			i := slices.IndexFunc(worlds, func(w world) bool { return w.version == st.Version })
			if i < 0 {
				t.Logf("%s is not among the measured versions: roles are decided %s", st.Version, st.RolesDecided)
			} else if st.RolesDecided != worlds[i].decided {
				t.Errorf("roles are decided %s, want %s", st.RolesDecided, worlds[i].decided)
			}
			again, err := New(o)
			if err != nil {
				t.Fatal(err)
			}
			if err := doAll(t, again); err != nil {
				t.Errorf("run again: %v", err)
			}
			if err := again.Cleanup(t.Context()); err != nil {
				t.Error(err)
			}
		})
		t.Run("script", func(t *testing.T) {
			st := story.State()
			if st.URL == "" || st.AdminName == "" {
				t.Skip("the story did not connect")
			}
			st.Params.Realm = "fix403-test-" + newRunID()
			script := Script(st) + "\ncurl -fsS -X DELETE \"$KEYCLOAK/admin/realms/$REALM\" -H \"Authorization: Bearer $ADMIN_TOKEN\"\n"
			cmd := exec.CommandContext(t.Context(), "sh", "-s")
			cmd.Stdin = strings.NewReader(script)
			cmd.Env = append(os.Environ(), "ADMIN_PASSWORD="+target.AdminPassword)
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			if lines := strings.Fields(string(out)); len(lines) != 3 || lines[0] != "403" || lines[2] != "200" {
				t.Errorf("printed %q", out)
			}
		})
		t.Run("lab", func(t *testing.T) {
			lab, err := NewLab(o)
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := lab.Close(t.Context()); err != nil {
					t.Error(err)
				}
			}()
			for _, e := range Experiments() {
				outcome, err := lab.Run(t.Context(), e)
				if err != nil {
					t.Fatal(err)
				}
				if outcome.Result == Different {
					t.Errorf("%s: %s, expected %s", e.ID, outcome.Observed, outcome.Expected)
				}
			}
		})
		d, err := OpenDown(t.Context(), DownOptions{URL: o.URL, Credentials: o.Credentials, Journal: o.Journal})
		if err != nil {
			t.Fatal(err)
		}
		if len(d.Removals) != 0 {
			t.Errorf("left behind: %+v", d.Removals)
		}
	})
}
