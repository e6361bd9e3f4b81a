//go:build unix

package main

import (
	"encoding/xml"
	"errors"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"fix403/flows/story"
	"fix403/keycloak/practice"
)

// TestExampleWorkflows runs what the examples run, on a server that has what they ask about, and once on one that has not.
func TestExampleWorkflows(t *testing.T) {
	var github struct {
		Jobs map[string]struct {
			Steps []struct{ Name, Run string }
		}
	}
	var gitlab map[string]struct{ Script []string }
	for name, into := range map[string]any{"github-keycloak-check.yml": &github, "gitlab-keycloak-check.yml": &gitlab} {
		text, err := os.ReadFile(filepath.Join("../../docs/examples", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(text, into); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	const password = "the-password"
	p, err := practice.New(practice.Options{AdminPassword: password})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(p)
	defer server.Close()
	if _, err := exec.LookPath("jq"); err != nil && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	dir, program := t.TempDir(), built(t)
	env := []string{"PATH=" + filepath.Dir(program) + ":" + os.Getenv("PATH"), "HOME=" + dir, "LC_ALL=C", "FIX403_URL=" + server.URL, "FIX403_ADMIN_PASSWORD=" + password, "CI_PIPELINE_ID=17"}
	sh := func(script string) (string, error) {
		cmd := exec.Command("bash", "-eu", "-o", "pipefail", "-c", script)
		cmd.Dir, cmd.Env = dir, env
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := sh("fix403 run --realm shop --client-id reports --write-env .env"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	saved, err := os.ReadFile(filepath.Join(dir, ".env"))
	if err != nil {
		t.Fatal(err)
	}
	secret := regexp.MustCompile(`KEYCLOAK_CLIENT_SECRET='?(\w+)`).FindSubmatch(saved)
	if secret == nil {
		t.Fatalf("no secret in %s", saved)
	}
	env = append(env, "FIX403_CLIENT_SECRET="+string(secret[1]))

	var scripts []string
	for _, step := range github.Jobs["rights"].Steps {
		if step.Run != "" && !strings.HasPrefix(step.Name, "Install") {
			scripts = append(scripts, step.Run)
		}
	}
	scripts = append(scripts, gitlab["keycloak story"].Script...)
	if len(scripts) != 3 {
		t.Fatalf("%d scripts: %q", len(scripts), scripts)
	}
	for _, script := range scripts {
		out, err := sh(script)
		if err != nil {
			t.Errorf("%s: %v\n%s", script, err, out)
		}
		if strings.Contains(out, "\x1b") {
			t.Errorf("%s: colours in a log: %q", script, out)
		}
	}
	for name, tests := range map[string]int{"doctor.xml": 1, "story.xml": len(story.Steps())} {
		var suite struct {
			Tests    int `xml:"tests,attr"`
			Failures int `xml:"failures,attr"`
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err == nil {
			err = xml.Unmarshal(text, &suite)
		}
		if err != nil || suite.Tests != tests || suite.Failures != 0 {
			t.Errorf("%s: %v %+v\n%s", name, err, suite, text)
		}
	}

	env = append(env, "FIX403_CLIENT_SECRET=wrong")
	var exit *exec.ExitError
	if out, err := sh(scripts[0]); !errors.As(err, &exit) || exit.ExitCode() != exitCallFails {
		t.Errorf("with a wrong secret: %v\n%s", err, out)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "doctor.xml")); err != nil || !strings.Contains(string(text), "bad-client-credentials") {
		t.Errorf("its report: %v\n%s", err, text)
	}
}

// TestUnwritableReport is told before anything is sent.
func TestUnwritableReport(t *testing.T) {
	for _, args := range [][]string{
		{"run", "--practice", "--junit", "no/such/folder/x.xml"}, {"run", "--practice", "--transcript", "no/such/folder/x.md"},
		{"doctor", "--url", "http://127.0.0.1:1", "--realm", "r", "--client-id", "c", "--call", "GET /admin/realms/r/users", "--junit", "no/such/folder/x.xml"},
	} {
		var out, errs strings.Builder
		a := &app{streams: streams{in: strings.NewReader(""), out: &out, err: &errs}, getenv: func(name string) string { return map[string]string{"FIX403_CLIENT_SECRET": "s"}[name] }}
		if code := a.execute(t.Context(), args); code != exitUsage || out.Len() > 0 || !strings.Contains(errs.String(), "cannot be written") {
			t.Errorf("%q: exit code %d\n%s\n%s", args, code, &out, &errs)
		}
	}
}
