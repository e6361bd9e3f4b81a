package practice

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"fix403/docs/pagetest"
	"fix403/keycloak/testrun"
)

var update = flag.Bool("update", false, "write docs/practice-fidelity.md anew")

// recording is what testdata/probe.py writes.
type recording struct {
	Cases map[string]recordedCase `json:"cases"`
}

type recordedCase struct {
	Status  any            `json:"status"`
	Error   string         `json:"error"`
	Headers map[string]any `json:"headers"`
	Body    any            `json:"body"`
	Facts   any            `json:"facts"`
}

// exception is a case that this server answers otherwise on purpose.
type exception struct {
	Case    string `json:"case"`
	Version string `json:"version"`
	Reason  string `json:"reason"`
}

func (a recordedCase) sameStatus(b recordedCase) bool {
	if a.Status == nil {
		return b.Status == nil && reflect.DeepEqual(a.Facts, b.Facts) && a.Error == b.Error
	}
	return a.Error == b.Error && a.Status == b.Status
}

// sameFull is compare.py's level "full" with --headers.
func (a recordedCase) sameFull(b recordedCase) bool {
	return a.sameStatus(b) && reflect.DeepEqual(a.Body, b.Body) && reflect.DeepEqual(a.Facts, b.Facts) && reflect.DeepEqual(a.Headers, b.Headers)
}

type groupScore struct{ cases, status, full int }

// recordings are what real servers answered, by version. The answers of 26.7.4 were equal to those of 26.7.3 in each case but for those
// of a recording of its own, and are kept once. There are none of 26.8.2.
var recordings = map[string]string{"24.0.5": "24.0.5", "26.4.0": "26.4.0", "26.7.3": "26.7.3", "26.7.4": "26.7.3"}

// TestFidelity asks a practice server of each measured version what was asked
// of the real one, and compares answer by answer; plain go test asks the newest one alone.
func TestFidelity(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("python3 is missing, and CI must run the probe")
		}
		t.Skip("python3 is missing: the probe in testdata/probe.py cannot run")
	}
	var exceptions []exception
	readJSON(t, "testdata/exceptions.json", &exceptions)
	var mu sync.Mutex
	scores := map[string]map[string]*groupScore{}
	versions := slices.Sorted(maps.Keys(recordings))
	all := len(versions)
	if !testrun.Whole() && !*update {
		versions = versions[all-1:]
	}
	t.Run("versions", func(t *testing.T) {
		for _, version := range versions {
			t.Run(version, func(t *testing.T) {
				t.Parallel()
				s := compareWithRecording(t, python, version, exceptions)
				mu.Lock()
				defer mu.Unlock()
				scores[version] = s
			})
		}
	})
	if t.Failed() && !*update || len(versions) < all {
		return
	}
	report := fidelityText(versions, scores, exceptions)
	pagetest.Current(t, *update, "practice-fidelity.md", report, "go test ./keycloak/practice -run TestFidelity -update")
}

func readJSON(t *testing.T, file string, v any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Clean(file))
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(file, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if _, err := out.ReadFrom(z); err != nil {
			t.Fatal(err)
		}
		b = out.Bytes()
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatal(err)
	}
}

// probeParts are groups of the probe that are asked at the same time, each of a server of its own.
var probeParts = []string{"unauth", "token", "story,order,oracle,notintoken,fresh,bad,matrix,fgap,evaluate,builtins", "logins,beside,impersonation"}

// movedClock is a clock that the probe moves on in place of waiting, at its path.
type movedClock struct{ by atomic.Int64 }

const clockPath = "/clock-of-the-test"

func (c *movedClock) now() time.Time { return time.Now().Add(time.Duration(c.by.Load())) }

func (c *movedClock) in(server http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != clockPath {
			server.ServeHTTP(w, r)
			return
		}
		by, err := strconv.ParseInt(r.URL.Query().Get("by"), 10, 64)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		c.by.Add(by * int64(time.Millisecond))
	})
}

// probed returns what a practice server answers to some groups of the probe.
func probed(ctx context.Context, python, version, groups, out string) (got recording, err error) {
	var clock movedClock
	s, err := New(Options{Version: version, AdminPassword: "probe-admin", Now: clock.now})
	if err != nil {
		return got, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return got, err
	}
	ctx, stop := context.WithTimeout(ctx, 5*time.Minute)
	served := make(chan error, 1)
	go func() { served <- s.ServeThrough(ctx, l, clock.in(s)) }()
	defer func() {
		stop()
		err = errors.Join(err, <-served)
	}()
	cmd := exec.CommandContext(ctx, python, "testdata/probe.py", "--base", "http://"+l.Addr().String(),
		"--admin-user", "admin", "--admin-password", "probe-admin", "--realm-prefix", "probe-", "--only", groups, "--out", out, "--clock", clockPath)
	if b, err := cmd.CombinedOutput(); err != nil {
		return got, fmt.Errorf("probe of %s: %w\n%s", groups, err, b)
	}
	b, err := os.ReadFile(filepath.Clean(out))
	if err != nil {
		return got, err
	}
	return got, json.Unmarshal(b, &got)
}

func compareWithRecording(t *testing.T, python, version string, exceptions []exception) map[string]*groupScore {
	t.Helper()
	parts, dir := make([]recording, len(probeParts)), t.TempDir()
	var all errgroup.Group
	for i, groups := range probeParts {
		all.Go(func() (err error) {
			parts[i], err = probed(t.Context(), python, version, groups, filepath.Join(dir, fmt.Sprint(i)+".json"))
			return err
		})
	}
	if err := all.Wait(); err != nil {
		t.Fatal(err)
	}
	got := recording{Cases: map[string]recordedCase{}}
	for _, part := range parts {
		maps.Copy(got.Cases, part.Cases)
	}
	var want recording
	readJSON(t, "testdata/keycloak-"+recordings[version]+".json.gz", &want)
	if own := "testdata/keycloak-" + version + ".json.gz"; recordings[version] != version {
		var differing recording
		readJSON(t, own, &differing)
		maps.Copy(want.Cases, differing.Cases)
	}

	excused := map[string]bool{}
	for _, e := range exceptions {
		if e.Version == "" || e.Version == recordings[version] {
			excused[e.Case] = true
		}
	}
	scores := map[string]*groupScore{}
	for _, id := range slices.Sorted(maps.Keys(want.Cases)) {
		group, _, _ := strings.Cut(id, "/")
		g := scores[group]
		if g == nil {
			g = &groupScore{}
			scores[group] = g
		}
		w, h := want.Cases[id], got.Cases[id]
		g.cases++
		if w.sameStatus(h) {
			g.status++
		}
		same := w.sameFull(h)
		if same {
			g.full++
		}
		switch {
		case same && excused[id]:
			t.Errorf("%s agrees: take it off testdata/exceptions.json", id)
		case !same && !excused[id]:
			t.Errorf("%s\n real     %s\n practice %s", id, compact(w), compact(h))
		}
	}
	return scores
}

func compact(c recordedCase) string {
	b, err := json.Marshal(c)
	if err != nil {
		return err.Error()
	}
	if len(b) > 700 {
		b = append(b[:700], "..."...)
	}
	return string(b)
}

func fidelityText(versions []string, scores map[string]map[string]*groupScore, exceptions []exception) string {
	var b strings.Builder
	b.WriteString("# How true the practice server is\n\n")
	b.WriteString("Generated by `go test ./keycloak/practice -run TestFidelity -update`. `keycloak/practice/testdata/probe.py` asked real Keycloak\n")
	b.WriteString("servers and the practice server the same questions. *Status* counts the cases with the same status code, *full* those that\n")
	b.WriteString("also agree in the shape of the body, the content type, `Location`, `WWW-Authenticate`, `Cache-Control` and what the probe\nderived from the answer.\n")
	for _, v := range versions {
		fmt.Fprintf(&b, "\n## %s\n\n", v)
		if r := recordings[v]; r != v {
			fmt.Fprintf(&b, "Compared with the recording of %s, since a real %s answered the same, but for the cases of a recording of its own.\n\n", r, v)
		}
		b.WriteString("| group | cases | status | full |\n|---|---:|---:|---:|\n")
		sum := groupScore{}
		row := func(name string, g groupScore) {
			fmt.Fprintf(&b, "| %s | %d | %s | %s |\n", name, g.cases, percent(g.status, g.cases), percent(g.full, g.cases))
		}
		for _, name := range slices.Sorted(maps.Keys(scores[v])) {
			g := scores[v][name]
			row(name, *g)
			sum.cases, sum.status, sum.full = sum.cases+g.cases, sum.status+g.status, sum.full+g.full
		}
		row("**all**", sum)
	}
	for _, v := range Versions() {
		if !Measured(v) {
			b.WriteString(documentedText(v))
		}
	}
	b.WriteString("\n## Different on purpose\n\n")
	if len(exceptions) == 0 {
		b.WriteString("No recorded case. Beyond the recordings:\n\n")
	}
	for _, e := range exceptions {
		fmt.Fprintf(&b, "- `%s` %s: %s\n", e.Case, e.Version, e.Reason)
	}
	for _, d := range differences {
		fmt.Fprintf(&b, "- %s\n", d)
	}
	return b.String()
}

// documentedText is what the page says of a version that nobody measured.
func documentedText(v string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n## %[1]s: as documented, not measured\n\nNo real %[1]s was available: there is no recording, and nothing here was measured. It is %[2]s with what Keycloak's documentation\n", v, newestMeasured)
	b.WriteString("states for later versions (the [guide to upgrading](https://www.keycloak.org/docs/26.8.2/upgrading/) and the javadoc of 26.8.2), and with assumptions where they\n")
	b.WriteString("leave something open. `TestDocumented…` keeps it.\n\n| since | what |\n|---|---|\n")
	for _, d := range documentedBehaviors {
		fmt.Fprintf(&b, "| %s | %s |\n", d.since, d.says)
	}
	b.WriteString("\nNot done: rotation of client secrets, and what 26.7.5 does about disabled clients in tokens. Once a real one is available: record it with `testdata/probe.py`, run the\n")
	b.WriteString("suites on it (`FIX403_TEST_KEYCLOAK=" + v + "`), and turn each line of `documentedBehaviors` into a measured line of `behaviorOf`.\n")
	return b.String()
}

func percent(n, of int) string { return fmt.Sprintf("%d (%.2f %%)", n, 100*float64(n)/float64(of)) }

// differences are known beyond the recorded cases.
var differences = []string{
	"An endpoint that a real Keycloak has and this server has not answers **501** with a sentence (`not_implemented`), most of them after the role was checked: " +
		"pages for browsers (login, account, console, consent), SAML and docker, CIBA, device and token exchange grants that are switched on, client registration with its initial access tokens, registration access tokens and policies, " +
		"mail, partial import, client policies, client certificates and installation files, the settings of authenticators, of required actions and of social identity providers, the kinds of identity provider mappers, " +
		"reading an identity provider's settings from elsewhere, identity providers of an organization and invitations to it, sub component types, user storage, workflows, client types, " +
		"fine-grained permissions of the first kind (before 26), authorization services of ordinary clients.",
	"Identity providers, authentication flows and required actions are kept and shown, and have no effect: no user can log in through them.",
	"Beyond the recordings, identity providers, organizations, events, localization, authentication and the partial export were compared call by call with every role of realm-management alone: all statuses agree but the 501 above (`TestRoleGates` keeps them).",
	"The number of objects, the memory of a realm and of all realms, and the size of a body are bounded: 507 or 413 with a sentence (`practice_limit`).",
	"`DELETE /admin/realms/master` is refused with 400 on every version. A real 24.0.5 deletes it and cannot be administered afterwards.",
	"26.7.2 is 26.7.3 in everything but where roles are read from (FACTS section 14) and who sees client role mappings; it is not probed.",
	"26.7.4 is 26.7.3 but for `POST users/{id}/impersonation`: callers that do not hold every role of realm-management that the user holds, including through groups and composites, get 403 (measured on both with each kind of caller and user).",
	"Fine-grained permissions know policies by user, role and group, and decide about users, groups, clients and the giving of roles. Their evaluation answers for one account, one object and named scopes; permissions on organizations, other policies and other ways to ask answer 501. A group that a real server has in its cache is found by its path without the scope view, too; this one never finds it so.",
	"The last 1000 events and the last 1000 admin events of a realm are kept. The representation in an admin event is the body as it was sent, without secrets; Keycloak writes it anew, with defaults, and on 26.7.3 for some deletions too. Creating and deleting a realm leave no admin event.",
	"`sslRequired` \"external\" counts every caller as local; only \"all\" refuses plain HTTP.",
}
