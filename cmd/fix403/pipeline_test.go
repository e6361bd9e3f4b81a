//go:build unix

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"fix403/keycloak/practice"
)

// action is what a test needs of a composite action, and workflow of one that uses it.
type action struct {
	Inputs map[string]struct {
		Required bool
		Default  string
	}
	Runs struct {
		Using string
		Steps []struct {
			Name, Shell, Run string
			Env              map[string]string
		}
	}
}

type workflow struct {
	Jobs map[string]struct {
		Steps []struct {
			Uses string
			With map[string]string
		}
	}
}

func readExample(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../docs/examples", name))
	if err == nil {
		err = yaml.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

var input = regexp.MustCompile(`^\$\{\{ inputs\.([a-z0-9-]+) \}\}$`)

// TestPipelineExamples runs the steps of the action and the template as their servers would, up to the program's archive: on a practice
// server with a client that may make a call, and one that it may not.
func TestPipelineExamples(t *testing.T) {
	const password = "the-password"
	p, err := practice.New(practice.Options{AdminPassword: password})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(p)
	defer server.Close()
	for _, tool := range []string{"curl", "sha256sum"} {
		if _, err := exec.LookPath(tool); err != nil && os.Getenv("CI") == "" {
			t.Skip(err)
		}
	}
	dir := t.TempDir()
	// run is a script with nothing but these variables.
	run := func(script string, env map[string]string) (string, int) {
		t.Helper()
		cmd := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script)
		cmd.Dir, cmd.Env = dir, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LC_ALL=C"}
		for name, value := range env {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	must := func(script string, env map[string]string) string {
		t.Helper()
		out, code := run(script, env)
		if code != 0 {
			t.Fatalf("%s: exit code %d\n%s", script, code, out)
		}
		return out
	}
	must(`mkdir -p pack/fix403_1 && cp "$PROGRAM" pack/fix403_1/fix403 && tar czf a.tar.gz -C pack fix403_1`, map[string]string{"PROGRAM": built(t)})
	archive, err := os.ReadFile(filepath.Join(dir, "a.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(archive)
	checksum, from := hex.EncodeToString(sum[:]), "file://"+filepath.Join(dir, "a.tar.gz")
	must(`"$PROGRAM" run --realm shop --client-id reports --write-env .env`, map[string]string{"PROGRAM": built(t), "FIX403_URL": server.URL, "FIX403_ADMIN_PASSWORD": password})
	secret := must(`. ./.env; printf %s "$KEYCLOAK_CLIENT_SECRET"`, nil)
	// The name of the file is a command to a script into which it were written.
	calls := `calls "$(touch pwned)".txt`
	write := func(t *testing.T, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, calls), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	judge := func(t *testing.T, check func() (string, int)) {
		t.Helper()
		for text, want := range map[string]struct {
			code int
			says string
		}{
			"GET /admin/realms/shop/users\n":                                 {exitOK, "over-privileged|ok"},
			"GET /admin/realms/shop/users\nGET /admin/realms/shop/clients\n": {exitCallFails, "view-clients"},
		} {
			write(t, text)
			_ = os.Remove(filepath.Join(dir, "keycloak-rights.xml"))
			out, code := check()
			if code != want.code || !regexp.MustCompile(want.says).MatchString(out) {
				t.Errorf("%s: exit code %d\n%s", text, code, out)
			}
			report, err := os.ReadFile(filepath.Join(dir, "keycloak-rights.xml"))
			if n := strings.Count(string(report), "<testcase"); err != nil || n != strings.Count(text, "\n") || strings.Contains(string(report), "<failure") != (want.code != exitOK) {
				t.Errorf("%s: its report: %v\n%s", text, err, report)
			}
		}
		if _, err := os.Stat(filepath.Join(dir, "pwned")); err == nil {
			t.Error("a value was run")
		}
	}

	var a action
	var w workflow
	readExample(t, "github-action/action.yml", &a)
	readExample(t, "github-keycloak-calls.yml", &w)
	t.Run("github", func(t *testing.T) {
		given := map[string]string{"url": server.URL, "client-secret": secret, "calls-file": calls, "archive": from, "sha256": checksum}
		uses := 0
		for _, step := range w.Jobs["calls"].Steps {
			if strings.HasPrefix(step.Uses, "./") {
				uses++
				for name, value := range step.With {
					if _, is := a.Inputs[name]; !is {
						t.Errorf("no input %s", name)
					}
					if given[name] == "" {
						given[name] = value
					}
				}
			}
		}
		used := map[string]bool{}
		for name, in := range a.Inputs {
			if given[name] == "" && in.Required {
				t.Errorf("the workflow does not give %s", name)
			}
			if given[name] == "" {
				given[name] = in.Default
			}
		}
		if uses != 1 || a.Runs.Using != "composite" || len(a.Runs.Steps) != 2 {
			t.Fatalf("%+v", a)
		}
		step := func(i int, more map[string]string) (string, int) {
			t.Helper()
			s, env := a.Runs.Steps[i], map[string]string{}
			maps.Copy(env, more)
			if s.Shell != "bash" || strings.Contains(s.Run, "${{") {
				t.Errorf("%s: %s", s.Shell, s.Run)
			}
			for name, value := range s.Env {
				m := input.FindStringSubmatch(value)
				if m == nil {
					t.Fatalf("%s: %s", name, value)
				}
				used[m[1]], env[name] = true, given[m[1]]
			}
			return run(s.Run, env)
		}
		path := map[string]string{"GITHUB_PATH": filepath.Join(dir, "path")}
		if out, code := step(0, path); code != 0 {
			t.Fatalf("exit code %d\n%s", code, out)
		}
		folder, err := os.ReadFile(path["GITHUB_PATH"])
		if err != nil {
			t.Fatal(err)
		}
		judge(t, func() (string, int) {
			return step(1, map[string]string{"PATH": strings.TrimSpace(string(folder)) + ":" + os.Getenv("PATH")})
		})
		given["sha256"] = strings.Repeat("0", 64)
		if out, code := step(0, path); code == 0 {
			t.Errorf("another archive is installed:\n%s", out)
		}
		for name := range a.Inputs {
			if !used[name] {
				t.Errorf("nothing reads the input %s", name)
			}
		}
	})

	t.Run("gitlab", func(t *testing.T) {
		var jobs map[string]struct {
			Variables    map[string]string
			BeforeScript []string `yaml:"before_script"`
			Script       []string
		}
		readExample(t, "gitlab-keycloak-calls.yml", &jobs)
		job, is := jobs[".keycloak-rights"]
		if !is {
			t.Fatalf("%+v", jobs)
		}
		env := maps.Clone(job.Variables)
		maps.Copy(env, map[string]string{"FIX403_URL": server.URL, "FIX403_CLIENT_SECRET": secret, "REALM": "shop", "CLIENT_ID": "reports", "CALLS": calls, "FIX403_ARCHIVE": from, "FIX403_SHA256": checksum})
		script := strings.Join(slices.Concat(job.BeforeScript, job.Script), "\n")
		judge(t, func() (string, int) { return run(script, env) })
		env["FIX403_SHA256"] = strings.Repeat("0", 64)
		if out, code := run(script, env); code == 0 || code == exitCallFails {
			t.Errorf("another archive is installed: %d\n%s", code, out)
		}
	})
}
