//go:build unix

package live

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"fix403/flows/roles"
	"fix403/keycloak"
	"fix403/keycloak/server/servertest"
	"fix403/keycloak/testrun"
	"fix403/keycloak/version"
	"fix403/keycloak/wire"
)

// TestRealKeycloakRandomCells draws 200 cells of the role matrix at random, and asks the server for each of them: nothing that the matrix
// or the doctor calls proved is wrong there, and no role is named that the server does not have. It is meant for versions that were
// not measured: what is likely may be wrong, and is counted. FIX403_TEST_SEED draws the same cells again.
func TestRealKeycloakRandomCells(t *testing.T) {
	servertest.Each(t, func(t *testing.T, target servertest.Target) {
		credentials := keycloak.Credentials{User: target.AdminUser, Password: wire.NewSecret(target.AdminPassword)}
		for _, seed := range testrun.Seeds([]uint64{rand.Uint64()}, 1) {
			drawCells(t, Options{URL: target.URL, Credentials: credentials}, target.AdminPassword, seed, 200)
		}
	})
}

// The same on the practice server, so that what is said there of real ones does not rot.
func TestRandomCells(t *testing.T) {
	for _, seed := range testrun.Seeds([]uint64{26}, 3) {
		drawCells(t, Options{URL: server(t, "26.7.3", nil), Credentials: admin}, "admin", seed, testrun.Of(10, 40, 150))
	}
}

// drawn is a cell that was drawn, and what the server answered.
type drawn struct {
	probe  probe
	caller *caller
	path   string // with its query, as it was called
	cell   roles.Cell
	admin  answer
}

func (d *drawn) String() string {
	return d.probe.method + " " + d.path + " with " + d.caller.name() + ": " + d.cell.String()
}

// cellsRun draws the cells of one server.
type cellsRun struct {
	*testing.T
	m        *measuring
	practice bool
	password string
	matrix   *roles.Matrix
	count    map[string]int
	named    map[string]bool // all roles of realm-management that any measured version has
	sets     map[string]*caller
}

func drawCells(t *testing.T, o Options, password string, seed uint64, n int) {
	t.Helper()
	m := scratch(t, o)
	r := &cellsRun{T: t, m: m, practice: t.Name() == "TestRandomCells", password: password, matrix: roles.Shipped(), count: map[string]int{}, named: map[string]bool{}, sets: map[string]*caller{}}
	for _, v := range r.matrix.Versions() {
		for _, role := range r.matrix.Roles(v) {
			r.named[role] = true
		}
	}
	start := time.Now()
	for _, c := range r.draw(seed, n) {
		r.matrixSays(c)
		s := r.ask(c)
		r.commandSays(c, s[0])
		r.doctorSays(c, true, s[1])
		r.doctorSays(c, false, s[2])
	}
	t.Logf("%s, FIX403_TEST_SEED=%d, %.0f s: %s", m.version, seed, time.Since(start).Seconds(), counted(r.count))
	if r.count["cells"] < n {
		t.Errorf("%d cells could be drawn, want %d", r.count["cells"], n)
	}
	if r.count["doctor with admin: proved"] == 0 {
		t.Error("the doctor proved nothing")
	}
}

func counted(count map[string]int) string {
	var parts []string
	for _, what := range slices.Sorted(maps.Keys(count)) {
		parts = append(parts, fmt.Sprintf("%s %d", what, count[what]))
	}
	return strings.Join(parts, ", ")
}

// draw yields n different cells that the server answers, one at a time: what is asked of one comes before the next is called, since
// some calls change the realm. Reading ones come first, as when the matrix is measured.
func (r *cellsRun) draw(seed uint64, n int) func(yield func(int, *drawn) bool) {
	random := rand.New(rand.NewPCG(seed, seed))
	var probes []probe
	rounds, _ := r.m.rounds()
	for _, round := range rounds {
		for _, p := range round.probes {
			if p.kind == "" { // a row with a case is not found by a call
				probes = append(probes, p)
			}
		}
	}
	type place struct{ probe, caller int }
	var all []place
	for i := range probes {
		for j := range r.m.callers {
			all = append(all, place{i, j})
		}
	}
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return func(yield func(int, *drawn) bool) {
		for begin := 0; begin < len(all) && r.count["cells"] < n; {
			end := min(begin+n-r.count["cells"], len(all)) // those that cannot be asked for are drawn anew
			some := all[begin:end]
			begin = end
			slices.SortStableFunc(some, func(a, b place) int { return a.probe - b.probe })
			for _, at := range some {
				d, err := r.call(probes[at.probe], r.m.callers[at.caller])
				if err != nil {
					r.count["cells left out"]++
					r.Logf("%s %s with %s is left out: %v", probes[at.probe].method, probes[at.probe].template(), r.m.callers[at.caller].name(), err)
					continue
				}
				r.count["cells"]++
				if !yield(r.count["cells"], d) {
					return
				}
			}
		}
	}
}

// call asks the server for a cell.
func (r *cellsRun) call(p probe, c *caller) (*drawn, error) {
	t := &trial{m: r.m, probe: p}
	whole, err := t.call(r.Context(), r.m.realmAdmin())
	if err != nil {
		return nil, err
	}
	a, err := t.call(r.Context(), c)
	if err != nil {
		return nil, err
	}
	judged := &row{probe: p}
	judged.judge([]string{roles.RealmAdmin}, map[string]answer{roles.RealmAdmin: whole, roles.None: a})
	switch {
	case !judged.wrong.Empty():
		return nil, errors.New(judged.wrong.String())
	case t.prepared != nil:
		return nil, t.prepared
	case r.practice && !judged.cells.Served(): // a real one does
		return nil, fmt.Errorf("realm-admin gets %d", whole.status)
	}
	if t.values == nil { // the call used up what its path names
		if err := t.prepare(r.Context()); err != nil {
			return nil, err
		}
	}
	path := fillPath(p.template(), t.values)
	if p.query != "" {
		path += "?" + fill(p.query, t.values)
	}
	return &drawn{p, c, path, a.cell(whole, p.passed), whole}, nil
}

// opens reports whether a set of roles, as the service account of a client of its own, gets the whole answer of a call.
func (r *cellsRun) opens(d *drawn, set []string) bool {
	r.Helper()
	key := strings.Join(set, "+")
	c := r.sets[key]
	if c == nil {
		var err error
		if c, err = r.m.newCaller(r.Context(), set); err != nil {
			r.Fatal(err)
		}
		r.sets[key] = c
	}
	same, err := r.call(d.probe, c)
	if err != nil {
		r.Fatalf("%s with %s: %v", d, key, err)
	}
	return same.cell.Whole()
}

// missing are the roles of a list that the server does not have.
func (r *cellsRun) missing(list []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(name string) bool { return slices.Contains(r.m.names, name) })
}

// missingIn are the roles named in texts that other versions have, and the server has not.
func (r *cellsRun) missingIn(texts ...string) []string {
	var found []string
	words := strings.FieldsFunc(strings.Join(texts, "\n"), notInName)
	for name := range r.named {
		if slices.Contains(words, name) {
			found = append(found, name)
		}
	}
	return r.missing(found)
}

// matrixSays compares what the matrix says of the cell, on the server's version.
func (r *cellsRun) matrixSays(d *drawn) {
	r.Helper()
	i := slices.IndexFunc(r.matrix.Endpoints(), func(e *roles.Endpoint) bool { return e.String() == d.probe.endpoint().String() })
	if i < 0 {
		r.Errorf("%s is not in the matrix", d)
		return
	}
	is := roles.Access{Whole: d.cell.Whole(), Filtered: d.cell.Succeeds() && d.cell.Less}
	values := r.matrix.Allows(r.m.version, r.matrix.Endpoints()[i], d.caller.roles)
	right := slices.ContainsFunc(values, func(v version.Value[roles.Access]) bool { return v.Value == is })
	how := map[version.How]string{
		version.Measured: "measured", version.Between: "between two that agree", version.Differing: "between two that differ",
		version.Outside: "outside of what was measured", version.Documented: "documented",
	}[values[0].How]
	r.count["matrix: "+how]++
	if values[0].How == version.Measured && !r.matrix.Measured(r.m.version) {
		r.Errorf("%s: called measured on %s, which was not", d, r.m.version)
	}
	if right {
		return
	}
	r.count["matrix: "+how+", wrong"]++
	if values[0].How == version.Measured {
		r.Errorf("%s, measured was %+v", d, values)
	} else {
		r.Logf("%s, likely was %+v", d, values)
	}
}

// said is what a run of the program printed.
type said struct {
	code      int
	out, errs []byte
}

// ask asks fix403 roles for the call on the server's version, and the doctor why the caller's call is answered as it is: with the
// server's admin, and without.
func (r *cellsRun) ask(d *drawn) (all [3]said) {
	r.Helper()
	doctor := []string{"doctor", "--json", "--url", r.m.server.URL(), "--realm", r.m.realm, "--client-id", d.caller.id, "--call", d.probe.method + " " + d.path}
	secret := "FIX403_CLIENT_SECRET=" + d.caller.secret
	var running errgroup.Group
	running.Go(func() (err error) {
		all[0], err = r.fix403(nil, "roles", "--as", r.m.version, "--json", d.probe.method, d.probe.template())
		return err
	})
	running.Go(func() (err error) {
		all[1], err = r.fix403([]string{secret, "FIX403_ADMIN_PASSWORD=" + r.password}, doctor...)
		return err
	})
	running.Go(func() (err error) {
		all[2], err = r.fix403([]string{secret}, doctor...)
		return err
	})
	if err := running.Wait(); err != nil {
		r.Fatal(err)
	}
	return all
}

// commandSays looks at what fix403 roles says of the server's version.
func (r *cellsRun) commandSays(d *drawn, s said) {
	r.Helper()
	answer := struct {
		Smallest, Also, Filtered []string
		Together                 [][]string
		Certainty                string
	}{}
	if s.code != 0 { // it knows no such endpoint on that version
		if d.admin.status != http.StatusNotFound && d.admin.status != http.StatusMethodNotAllowed {
			r.count["roles: no answer for a call that is served"]++
			r.Logf("%s: %s", d, s.errs)
			if r.matrix.Measured(r.m.version) {
				r.Errorf("%s: %s", d, s.errs)
			}
		}
		return
	}
	if err := json.Unmarshal(s.out, &answer); err != nil {
		r.Fatalf("%v: %s", err, s.out)
	}
	if answer.Certainty == "" && !r.matrix.Measured(r.m.version) {
		r.Errorf("%s: the command says of %s what was not measured as if it was: %s", d, r.m.version, s.out)
	}
	named := slices.Concat(answer.Smallest, answer.Also, answer.Filtered, slices.Concat(answer.Together...))
	if absent := r.missing(named); len(absent) > 0 && !strings.Contains(string(s.out), `"differs"`) {
		r.Errorf("%s: the command names %s, which %s does not have: %s", d, absent, r.m.version, s.out)
	}
}

// verdict is of what the doctor says what is looked at here.
type verdict struct {
	Verdict, Certainty, Summary string
	Status                      *int
	SmallestRoles               []string `json:"smallest_roles"`
	Fix                         struct {
		Console, Curl, Kcadm []string
		Terraform            *string
	}
	NotChecked []string `json:"not_checked"`
}

// doctorSays looks at what the doctor says of the caller's call.
func (r *cellsRun) doctorSays(d *drawn, withAdmin bool, s said) {
	r.Helper()
	who := map[bool]string{true: "doctor with admin: ", false: "doctor alone: "}[withAdmin]
	var v verdict
	if err := json.Unmarshal(s.out, &v); err != nil {
		r.Errorf("%s, %sno document: %v\n%s%s", d, who, err, s.out, s.errs)
		return
	}
	fail := func(format string, args ...any) {
		r.Helper()
		r.Errorf("%s, %s%s %s: %s\n%s", d, who, v.Verdict, v.Certainty, fmt.Sprintf(format, args...), s.out)
	}
	if d.probe.method == http.MethodGet && (v.Status == nil || *v.Status != d.cell.Status) {
		fail("the status is %d", d.cell.Status)
	}
	named := r.missingIn(append(slices.Concat(v.SmallestRoles, v.Fix.Console, v.Fix.Curl, v.Fix.Kcadm), v.Summary)...)
	if unsaid := !slices.ContainsFunc(v.NotChecked, func(s string) bool { return strings.Contains(s, "has these roles") }); len(named) > 0 && (withAdmin || unsaid) {
		fail("it names %s, which the server does not have", named)
	}
	r.count[who+v.Certainty]++
	why := r.disproved(d, &v)
	switch {
	case why == "":
	case v.Certainty == "proved":
		fail("%s", why)
	default:
		r.count[who+v.Certainty+", wrong"]++
		r.Logf("%s, %s%s %s: %s: %s", d, who, v.Verdict, v.Certainty, why, v.Summary)
	}
}

// disproved says what is wrong with a verdict; "" for nothing.
func (r *cellsRun) disproved(d *drawn, v *verdict) string {
	gone := d.admin.status == http.StatusNotFound || d.admin.status == http.StatusMethodNotAllowed
	suffices := func(otherwise string) string {
		if len(v.SmallestRoles) == 0 {
			return otherwise
		}
		if named := r.missing(v.SmallestRoles); len(named) > 0 {
			return fmt.Sprintf("the server has no %s", named)
		}
		if !r.opens(d, v.SmallestRoles) {
			return fmt.Sprintf("%s does not open it", v.SmallestRoles)
		}
		return ""
	}
	switch v.Verdict {
	case "ok":
		if !d.cell.Whole() {
			return "the answer is not whole"
		}
	case "over-privileged":
		if !d.cell.Whole() {
			return "the answer is not whole"
		}
		return suffices("")
	case "role-missing", "role-on-wrong-account":
		if d.cell.Succeeds() {
			return "it is let in"
		}
		if gone {
			return "the endpoint does not exist"
		}
		return suffices(map[bool]string{true: "realm-admin is let in"}[d.admin.cell(d.admin, d.probe.passed).Succeeds()])
	case "filtered-list":
		if !d.cell.Less {
			return "nothing is hidden"
		}
		return suffices("no role is named")
	case "object-not-found", "no-such-endpoint", "method-not-allowed":
		if !gone {
			return fmt.Sprintf("realm-admin gets %d", d.admin.status)
		}
	case "undetermined":
		if v.Certainty == "proved" {
			return "nothing is proved by it"
		}
	default:
		return "nothing of that kind is set up"
	}
	return ""
}

// fix403 runs the program, without anything of the developer's own.
func (r *cellsRun) fix403(env []string, args ...string) (said, error) {
	file, err := testrun.Program()
	if err != nil {
		return said{}, err
	}
	cmd := exec.CommandContext(r.Context(), file, args...)
	dir := r.TempDir()
	cmd.Dir = dir
	cmd.Env = append([]string{"HOME=" + dir, "XDG_STATE_HOME=" + dir, "XDG_CONFIG_HOME=" + dir, "NO_COLOR=1", "PATH=" + os.Getenv("PATH")}, env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		return said{}, err
	}
	return said{cmd.ProcessState.ExitCode(), stdout.Bytes(), stderr.Bytes()}, nil
}
