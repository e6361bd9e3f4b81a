package practice

import (
	"context"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"fix403/keycloak/testrun"
)

// bodies is where it is recorded what each role got from calls with bodies of all kinds, on real servers.
const bodies = "../../flows/roles/weigh/testdata"

// unlike are the recorded cases that this server does not answer: imports, mails, and others of its gaps, which are 501 here.
var unlike = []string{
	"actions-mail", "actions-mail:admin", "actions-mail:client", "idp:import-config", "import:client-roles", "import:clients", "import:empty", "import:groups",
	"ct:none", // a POST without a body: 500 on all of them, and 403 to whom 24.0.5 refuses
	"import:idps", "import:roles", "import:user-realm-admin", "import:users", "org:idp", "org:invite-existing",
}

type answered struct {
	Out map[string]struct{ Answers map[string][]string }
}

// byCaller are the answers to a case by the roles of who called.
func (a answered) byCaller(name string) map[string]string {
	out := map[string]string{}
	for status, callers := range a.Out[name].Answers {
		for _, c := range callers {
			out[c] = status
		}
	}
	return out
}

// TestBodiesDecideAsMeasured asks a practice server what measure.py asked of the real ones: calls of which the body, the query or the object decides.
func TestBodiesDecideAsMeasured(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("python3 is missing, and CI must run the script")
		}
		t.Skip("python3 is missing: measure.py cannot run")
	}
	versions := []string{"26.7.4"}
	if testrun.Whole() {
		versions = append(versions, "26.4.0", "24.0.5")
	}
	for _, version := range versions {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			const password = "measured-admin"
			s, err := New(Options{Version: version, AdminPassword: password})
			if err != nil {
				t.Fatal(err)
			}
			server := httptest.NewServer(s)
			defer server.Close()
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			defer cancel()
			file := filepath.Join(t.TempDir(), "answers.json")
			if out, err := exec.CommandContext(ctx, python, filepath.Join(bodies, "measure.py"), server.URL, file, password).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			var want, got answered
			readJSON(t, filepath.Join(bodies, version+".json"), &want)
			readJSON(t, file, &got)
			same := 0
			for name := range want.Out {
				if slices.Contains(unlike, name) {
					continue
				}
				is := got.byCaller(name)
				for caller, status := range want.byCaller(name) {
					if is[caller] != status {
						t.Errorf("%s by %s: %s, and the real server %s", name, caller, is[caller], status)
					}
				}
				same++
			}
			if same < 100 {
				t.Errorf("only %d cases were compared", same)
			}
		})
	}
}
