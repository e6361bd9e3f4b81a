//go:build unix

package acceptance

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fix403/flows/document"
	"fix403/keycloak/server/servertest"
	"fix403/keycloak/version"
)

var update = flag.Bool("update", false, "write the rows of docs/versions.md")

// TestRealKeycloakTwoWalls has the stand-in of 26.8.2 before each server that is asked for: the story meets 401 for the audience,
// then 403, and the doctor, the lab and down know of it. What it assumes of 26.8.2 is said at servertest.AudienceGate.
func TestRealKeycloakTwoWalls(t *testing.T) {
	needsDoctor(t)
	eachReal(t, func(t *testing.T, behind *target) {
		t.Run("gated", func(t *testing.T) { meetsBothWalls(t, behind) }) // what it leaves is removed before the server ends
	})
}

// behindGate is the stand-in of 26.8.2 before a server, which is not reached at a place yet: see [servertest.AudienceGate.Move].
func behindGate(t *testing.T, behind *target) (*target, *servertest.AudienceGate) {
	t.Helper()
	to, err := url.Parse(behind.url)
	if err != nil {
		t.Fatal(err)
	}
	pass := httputil.NewSingleHostReverseProxy(to) // the Host header stays that of the gate, and so the issuer of tokens
	gate := &servertest.AudienceGate{Next: pass, User: behind.adminUser, Password: behind.adminPassword, As: "26.8.2"}
	gated := httptest.NewServer(gate)
	t.Cleanup(gated.Close)
	t.Cleanup(func() {
		if gate.Base != "" {
			gate.Close()
		}
	})
	return &target{name: "gated", url: gated.URL, version: "26.8.2", adminUser: behind.adminUser, adminPassword: behind.adminPassword, gated: true}, gate
}

func meetsBothWalls(t *testing.T, behind *target) {
	on, gate := behindGate(t, behind)
	gate.Move(on.url)
	f := &front{t: t, on: on, dir: t.TempDir()}
	env := []string{"FIX403_ADMIN_PASSWORD=" + on.adminPassword}
	realm := "fix403-gated-" + suffix()
	code, out, errs := f.fix403(env, "run", "--url", on.url, "--keep", "--json", "--realm", realm)
	run := mustJSON[document.Run](t, []byte(out))
	if code != 0 || run.AudienceCall == nil || run.AudienceCall.Status != 401 || run.FirstCall == nil || run.FirstCall.Status != 403 || run.SecondCall == nil || run.SecondCall.Status != 200 {
		t.Errorf("run: exit %d, %+v, %+v, %+v, %+v\n%s", code, run.AudienceCall, run.FirstCall, run.SecondCall, run.Error, errs)
	}
	s := newScene(t, on)
	s.scratch(map[string]any{})
	c := s.plainClient("without", nil)
	env = append(env, "FIX403_CLIENT_SECRET="+c.secret)
	for _, want := range []string{"audience-missing", "role-missing", "ok"} {
		_, out, errs = f.fix403(env, "doctor", "--url", on.url, "--json", "--realm", s.realm, "--client-id", c.id, "--call", getUser, "--user-id", s.john)
		d := mustJSON[diagnosis](t, []byte(out))
		if d.Verdict != want {
			t.Errorf("the doctor says %s, want %s: %s\n%s", d.Verdict, want, d.Summary, errs)
		}
		switch want {
		case "audience-missing":
			s.assign(c, "default")
		case "role-missing":
			s.grant(c.account, "view-users")
		}
	}
	code, out, errs = f.fix403(env, "lab", "--url", on.url, "--all", "--json")
	for _, o := range mustJSON[document.Lab](t, []byte(out)).Experiments {
		if o.Result == "different" {
			t.Errorf("lab: %s: %s", o.ID, o.Observed)
		}
	}
	if code != 0 {
		t.Errorf("lab: exit %d %s", code, errs)
	}
	code, out, errs = f.fix403(env, "down", "--url", on.url, "--yes", "--any-run", "--realm", realm)
	if status, _ := on.admin(t, "GET", "/admin/realms/"+realm, nil); code != 0 || status != 404 {
		t.Errorf("down: exit %d, and the realm is %d\n%s%s", code, status, out, errs)
	}
}

// TestRealKeycloakCommands runs each command that tells something of a server, on each server that is asked for: what a line
// of Keycloak has to pass. With -update its row in docs/versions.md is written.
func TestRealKeycloakCommands(t *testing.T) {
	needsDoctor(t)
	eachReal(t, func(t *testing.T, on *target) {
		row := map[string]string{}
		s := newScene(t, on) // one for all commands: the journal knows what was made at its address
		check := func(column string, f func(*testing.T, *scene) string) {
			row[column] = "failed"
			t.Run(column, func(t *testing.T) {
				if said := f(t, s); !t.Failed() {
					row[column] = said
				}
			})
		}
		realm := "fix403-line-" + suffix()
		command := func(t *testing.T, s *scene, args ...string) (code int, doc []byte) {
			made, _ := s.asAdmin(args...)
			cmd := exec.CommandContext(t.Context(), made.Path, made.Args[1:]...) // a matrix on a busy machine takes longer than one call may
			cmd.Env, cmd.Dir = made.Env, made.Dir
			doc, err := cmd.Output()
			if e := (*exec.ExitError)(nil); errors.As(err, &e) {
				t.Logf("%s ends with %d: %s", args[0], e.ExitCode(), e.Stderr)
				return e.ExitCode(), doc
			}
			if err != nil {
				t.Fatal(err)
			}
			return 0, doc
		}
		address := func(s *scene) []string { return []string{"--url", s.base(), "--json"} }
		for _, column := range []string{"run", "run again"} {
			check(column, func(t *testing.T, s *scene) string {
				code, out := command(t, s, "run", "--json", "--keep", "--realm", realm)
				doc := mustJSON[document.Run](t, out)
				if code != 0 || doc.Result != "passed" || doc.FirstCall == nil || doc.FirstCall.Status != 403 || doc.SecondCall == nil || doc.SecondCall.Status != 200 {
					t.Errorf("exit %d, %s, %+v, %+v, %+v", code, doc.Result, doc.FirstCall, doc.SecondCall, doc.Error)
				}
				return "403, then 200"
			})
		}
		check("down", func(t *testing.T, s *scene) string {
			code, _ := command(t, s, append([]string{"down", "--realm", realm, "--yes"}, address(s)...)...)
			if status, _ := on.admin(t, "GET", "/admin/realms/"+realm, nil); code != 0 || status != 404 {
				t.Errorf("exit %d, and the realm is %d", code, status)
			}
			return "removed"
		})
		check("lab --all", func(t *testing.T, s *scene) string {
			code, out := command(t, s, append([]string{"lab", "--all"}, address(s)...)...)
			doc := mustJSON[document.Lab](t, out)
			results := map[string]int{}
			for _, o := range doc.Experiments {
				results[o.Result]++
				switch o.Result {
				case "different":
					t.Errorf("%s: %s", o.ID, o.Observed)
				case "not-measured":
					t.Logf("%s: %s", o.ID, o.Observed)
				}
			}
			if code != 0 || len(doc.Experiments) == 0 {
				t.Errorf("exit %d, %+v", code, doc.Error)
			}
			return counted(results)
		})
		check("doctor", func(t *testing.T, _ *scene) string {
			some := oneForEachVerdict(allBroken())
			n := 0
			for _, c := range some {
				if c.on == nil || c.on(on) {
					n++
				}
			}
			examine(t, on, some, allHealthy()[:1])
			return fmt.Sprintf("%d set-ups", n)
		})
		check("roles --live", func(t *testing.T, s *scene) string {
			code, out := command(t, s, append([]string{"roles", "--live", "--timeout", "2m"}, address(s)...)...)
			doc := mustJSON[document.Live](t, out)
			if code != 0 || doc.SameVersion && doc.Result != "as-shipped" {
				t.Errorf("exit %d, %s, %d differences, %+v", code, doc.Result, len(doc.Differences), doc.Error)
			}
			if !doc.SameVersion {
				return fmt.Sprintf("%d rows, not shipped", doc.Rows)
			}
			return fmt.Sprintf("%d rows, as shipped", doc.Rows)
		})
		t.Logf("%s: %v", on.version, row)
		if *update {
			writeVersionRow(t, on.version, row)
		}
	})
}

func counted(results map[string]int) string {
	var parts []string
	for _, r := range slices.Sorted(maps.Keys(results)) {
		parts = append(parts, fmt.Sprintf("%d %s", results[r], strings.Replace(strings.ReplaceAll(r, "-", " "), "as expected", "as measured", 1)))
	}
	return strings.Join(parts, ", ")
}

var versionColumns = []string{"run", "run again", "down", "lab --all", "doctor", "roles --live"}

// writeVersionRow puts a row into the table of docs/versions.md, in the place of the version's older one.
func writeVersionRow(t *testing.T, of string, row map[string]string) {
	t.Helper()
	file := filepath.Join("..", "..", "..", "docs", "versions.md")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	const separator = "|---|---|---|---|---|---|---|---|\n"
	before, after, found := strings.Cut(string(text), separator)
	if !found {
		t.Fatalf("%s has no table", file)
	}
	line := "| " + of
	for _, c := range versionColumns {
		line += " | " + row[c]
	}
	rows := []string{line + " | " + time.Now().UTC().Format("2006-01-02") + " |"}
	rest := after
	for strings.HasPrefix(rest, "|") {
		var old string
		old, rest, _ = strings.Cut(rest, "\n")
		if !strings.HasPrefix(old, "| "+of+" |") {
			rows = append(rows, old)
		}
	}
	versionOf := func(row string) version.Version { return version.Of(strings.Fields(row)[1]) }
	slices.SortFunc(rows, func(a, b string) int { return version.Compare(versionOf(a), versionOf(b)) })
	if err := os.WriteFile(file, []byte(before+separator+strings.Join(rows, "\n")+"\n"+rest), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A row replaces the one of its version, and the table stays in order.
func TestVersionTableIsInOrder(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "versions.md"))
	if err != nil {
		t.Fatal(err)
	}
	table, _, _ := strings.Cut(string(text), "\n## ")
	var last version.Version
	n := 0
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) < 3 {
			continue
		}
		v, known := version.Parse(strings.TrimSpace(cells[1]))
		if !known {
			continue
		}
		if n++; version.Compare(last, v) >= 0 {
			t.Errorf("%s stands behind %s", v, last)
		}
		if len(cells) != len(versionColumns)+4 {
			t.Errorf("%s has %d cells", v, len(cells)-2)
		}
		last = v
	}
	if n == 0 {
		t.Error("there is no row")
	}
}
