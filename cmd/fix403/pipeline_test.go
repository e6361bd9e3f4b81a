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
			Name, Shell, Run, If, Uses string
			Env, With                  map[string]string
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

// pipeline is a runner: a folder, a practice server, and the program's archive.
type pipeline struct {
	*testing.T
	dir, url, archive, sha256 string
}

const pipelinePassword = "the-password"

func newPipeline(t *testing.T) *pipeline {
	t.Helper()
	for _, tool := range []string{"curl", "sha256sum"} {
		if _, err := exec.LookPath(tool); err != nil && os.Getenv("CI") == "" {
			t.Skip(err)
		}
	}
	s, err := practice.New(practice.Options{AdminPassword: pipelinePassword})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	p := &pipeline{T: t, dir: t.TempDir(), url: server.URL}
	p.must(`mkdir -p pack/fix403_1 && cp "$PROGRAM" pack/fix403_1/fix403 && tar czf a.tar.gz -C pack fix403_1`, map[string]string{"PROGRAM": built(t)})
	archive, err := os.ReadFile(filepath.Join(p.dir, "a.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(archive)
	p.sha256, p.archive = hex.EncodeToString(sum[:]), "file://"+filepath.Join(p.dir, "a.tar.gz")
	return p
}

// run is a script with nothing but these variables.
func (p *pipeline) run(script string, env map[string]string) (string, int) {
	p.Helper()
	cmd := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script)
	cmd.Dir, cmd.Env = p.dir, []string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.dir, "LC_ALL=C"}
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

func (p *pipeline) must(script string, env map[string]string) string {
	p.Helper()
	out, code := p.run(script, env)
	if code != 0 {
		p.Fatalf("%s: exit code %d\n%s", script, code, out)
	}
	return out
}

// composite is an action with what a workflow gives it, and what of that its scripts have read.
type composite struct {
	*pipeline
	action
	given, path map[string]string
	used        map[string]bool
}

// uses is the action of a workflow, with these inputs instead of some of the workflow's.
func (p *pipeline) uses(name, by, job string, given map[string]string) *composite {
	p.Helper()
	c := &composite{pipeline: p, given: given, path: map[string]string{"GITHUB_PATH": filepath.Join(p.dir, "path")}, used: map[string]bool{}}
	readExample(p.T, name, &c.action)
	var w workflow
	readExample(p.T, by, &w)
	uses := 0
	for _, step := range w.Jobs[job].Steps {
		if strings.HasPrefix(step.Uses, "./") {
			uses++
			for name, value := range step.With {
				if _, is := c.Inputs[name]; !is {
					p.Errorf("no input %s", name)
				}
				if given[name] == "" {
					given[name] = value
				}
			}
		}
	}
	for name, in := range c.Inputs {
		if given[name] == "" && in.Required {
			p.Errorf("the workflow does not give %s", name)
		}
		if given[name] == "" {
			given[name] = in.Default
		}
	}
	if uses != 1 || c.Runs.Using != "composite" {
		p.Fatalf("%+v", c.action)
	}
	return c
}

// step runs a step of the action as its server would.
func (c *composite) step(i int) (string, int) {
	c.Helper()
	s, env := c.Runs.Steps[i], maps.Clone(c.path)
	if s.Shell != "bash" || strings.Contains(s.Run, "${{") {
		c.Errorf("%s: %s", s.Shell, s.Run)
	}
	for name, value := range s.Env {
		m := input.FindStringSubmatch(value)
		if m == nil {
			c.Fatalf("%s: %s", name, value)
		}
		c.used[m[1]], env[name] = true, c.given[m[1]]
	}
	if folder, err := os.ReadFile(c.path["GITHUB_PATH"]); err == nil {
		env["PATH"] = strings.TrimSpace(string(folder)) + ":" + os.Getenv("PATH")
	}
	return c.run(s.Run, env)
}

// installs is the first step, which takes no other archive.
func (c *composite) installs() {
	c.Helper()
	sum := c.given["sha256"]
	c.given["sha256"] = strings.Repeat("0", 64)
	if out, code := c.step(0); code == 0 {
		c.Errorf("another archive is installed:\n%s", out)
	}
	c.given["sha256"] = sum
	if out, code := c.step(0); code != 0 {
		c.Fatalf("exit code %d\n%s", code, out)
	}
}

func (c *composite) allUsed() {
	c.Helper()
	for name := range c.Inputs {
		if !c.used[name] {
			c.Errorf("nothing reads the input %s", name)
		}
	}
}

// template is the job of a GitLab template: its variables with some more, and its script.
func (p *pipeline) template(file, name string, env map[string]string) (map[string]string, string) {
	p.Helper()
	var jobs map[string]struct {
		Variables    map[string]string
		BeforeScript []string `yaml:"before_script"`
		Script       []string
	}
	readExample(p.T, file, &jobs)
	job, is := jobs[name]
	if !is {
		p.Fatalf("%+v", jobs)
	}
	all := maps.Clone(job.Variables)
	maps.Copy(all, env)
	maps.Copy(all, map[string]string{"FIX403_URL": p.url, "FIX403_ARCHIVE": p.archive, "FIX403_SHA256": p.sha256})
	return all, strings.Join(slices.Concat(job.BeforeScript, job.Script), "\n")
}

// TestPipelineExamples runs the steps of the action and the template as their servers would, up to the program's archive: on a practice
// server with a client that may make a call, and one that it may not.
func TestPipelineExamples(t *testing.T) {
	p := newPipeline(t)
	p.must(`"$PROGRAM" run --realm shop --client-id reports --write-env .env`, map[string]string{"PROGRAM": built(t), "FIX403_URL": p.url, "FIX403_ADMIN_PASSWORD": pipelinePassword})
	secret := p.must(`. ./.env; printf %s "$KEYCLOAK_CLIENT_SECRET"`, nil)
	// The name of the file is a command to a script into which it were written.
	calls := `calls "$(touch pwned)".txt`
	write := func(t *testing.T, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(p.dir, calls), []byte(text), 0o600); err != nil {
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
			_ = os.Remove(filepath.Join(p.dir, "keycloak-rights.xml"))
			out, code := check()
			if code != want.code || !regexp.MustCompile(want.says).MatchString(out) {
				t.Errorf("%s: exit code %d\n%s", text, code, out)
			}
			report, err := os.ReadFile(filepath.Join(p.dir, "keycloak-rights.xml"))
			if n := strings.Count(string(report), "<testcase"); err != nil || n != strings.Count(text, "\n") || strings.Contains(string(report), "<failure") != (want.code != exitOK) {
				t.Errorf("%s: its report: %v\n%s", text, err, report)
			}
		}
		if _, err := os.Stat(filepath.Join(p.dir, "pwned")); err == nil {
			t.Error("a value was run")
		}
	}

	t.Run("github", func(t *testing.T) {
		p := &pipeline{t, p.dir, p.url, p.archive, p.sha256}
		c := p.uses("github-action/action.yml", "github-keycloak-calls.yml", "calls",
			map[string]string{"url": p.url, "client-secret": secret, "calls-file": calls, "archive": p.archive, "sha256": p.sha256})
		if len(c.Runs.Steps) != 2 {
			t.Fatalf("%+v", c.Runs)
		}
		c.installs()
		judge(t, func() (string, int) { return c.step(1) })
		c.allUsed()
	})

	t.Run("gitlab", func(t *testing.T) {
		p := &pipeline{t, p.dir, p.url, p.archive, p.sha256}
		env, script := p.template("gitlab-keycloak-calls.yml", ".keycloak-rights", map[string]string{"FIX403_CLIENT_SECRET": secret, "REALM": "shop", "CLIENT_ID": "reports", "CALLS": calls})
		judge(t, func() (string, int) { return p.run(script, env) })
		env["FIX403_SHA256"] = strings.Repeat("0", 64)
		if out, code := p.run(script, env); code == 0 || code == exitCallFails {
			t.Errorf("another archive is installed: %d\n%s", code, out)
		}
	})
}
