//go:build unix

package main

import (
	"errors"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"fix403/keycloak/practice"
)

// job is what a test needs of a Job of Kubernetes.
type job struct {
	Kind string
	Spec struct {
		Template struct {
			Spec struct {
				RestartPolicy string `yaml:"restartPolicy"`
				Containers    []struct {
					Args         []string
					VolumeMounts []struct {
						Name      string
						MountPath string `yaml:"mountPath"`
					} `yaml:"volumeMounts"`
				}
				Volumes []struct {
					Name   string
					Secret *struct {
						Items []struct{ Key, Path string }
					}
				}
			}
		}
	}
}

// arguments are those of the Job's program, with another server, and its secret files where files of this machine take their place.
func (j job) arguments(t *testing.T, url string, secrets map[string]string) []string {
	t.Helper()
	pod := j.Spec.Template.Spec
	if j.Kind != "Job" || pod.RestartPolicy != "Never" || len(pod.Containers) != 1 {
		t.Fatalf("%+v", j)
	}
	files := map[string]string{} // in the container
	for _, mount := range pod.Containers[0].VolumeMounts {
		for _, volume := range pod.Volumes {
			if volume.Name == mount.Name && volume.Secret != nil {
				for _, item := range volume.Secret.Items {
					files[mount.MountPath+"/"+item.Path] = filepath.Join(t.TempDir(), item.Path)
					if err := os.WriteFile(files[mount.MountPath+"/"+item.Path], []byte(secrets[item.Key]), 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
	var args []string
	for _, arg := range pod.Containers[0].Args {
		name, value, _ := strings.Cut(arg, "=")
		switch {
		case name == "--url":
			arg = name + "=" + url
		case strings.HasSuffix(name, "-file"):
			if files[value] == "" {
				t.Errorf("%s: no volume has %s", arg, value)
			}
			arg = name + "=" + files[value]
		}
		args = append(args, arg)
	}
	return args
}

// TestKubernetesJobs runs what the Jobs of docs/examples run, with secrets from files, in a home of their own, on a practice server.
func TestKubernetesJobs(t *testing.T) {
	const password = "the-password"
	p, err := practice.New(practice.Options{AdminPassword: password})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(p)
	defer server.Close()
	program := built(t)
	start := func(home string, args ...string) (string, int) {
		t.Helper()
		cmd := exec.Command(program, args...)
		cmd.Env = []string{"HOME=" + home} // as in the image
		out, _ := cmd.CombinedOutput()
		return string(out), cmd.ProcessState.ExitCode()
	}
	jobs := map[string]job{}
	for _, name := range []string{"doctor", "run"} {
		text, err := os.ReadFile("../../docs/examples/kubernetes-" + name + ".yml")
		if err != nil {
			t.Fatal(err)
		}
		var j job
		if err := yaml.Unmarshal(text, &j); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		jobs[name] = j
	}

	out, code := start(t.TempDir(), jobs["run"].arguments(t, server.URL, map[string]string{"password": password + "\n"})...)
	if code != exitOK || !strings.Contains(out, "Removed again: realm fix403-job") {
		t.Errorf("run: exit code %d\n%s", code, out)
	}

	home, environment := t.TempDir(), filepath.Join(t.TempDir(), "env")
	admin := filepath.Join(home, "password")
	if err := os.WriteFile(admin, []byte(password), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := start(home, "run", "--url", server.URL, "--admin-password-file", admin, "--realm", "shop", "--client-id", "reports", "--write-env", environment); code != exitOK {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	saved, err := os.ReadFile(environment)
	if err != nil {
		t.Fatal(err)
	}
	_, secret, _ := strings.Cut(string(saved), "KEYCLOAK_CLIENT_SECRET=")
	secret, _, _ = strings.Cut(secret, "\n")
	args := jobs["doctor"].arguments(t, server.URL, map[string]string{"client-secret": strings.Trim(secret, "'") + "\n"})
	if out, code := start(t.TempDir(), args...); code != exitOK || !strings.Contains(out, "200 OK") {
		t.Errorf("doctor: exit code %d\n%s", code, out)
	}
	i := slices.Index(args, "--call=GET /admin/realms/{realm}/users")
	args[i] = "--call=GET /admin/realms/{realm}/clients"
	if out, code := start(t.TempDir(), args...); code != exitCallFails || !strings.Contains(out, "view-clients") {
		t.Errorf("doctor of a call that is not allowed: exit code %d\n%s", code, out)
	}
}

// TestManifestsAreKubernetes sends each manifest through kubectl, which reads it as Kubernetes' own types do and drops what they do not
// have: all that a manifest says has to come out again. kubectl asks no cluster for that.
func TestManifestsAreKubernetes(t *testing.T) {
	if _, err := exec.LookPath("kubectl"); err != nil {
		t.Skip(err)
	}
	files, err := filepath.Glob("../../docs/examples/kubernetes-*.yml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%q, %v", files, err)
	}
	for _, file := range files {
		cmd := exec.Command("kubectl", "set", "env", "--local", "--filename", file, "A_CHANGE=1", "--output", "yaml") // without one nothing comes out
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
		out, err := cmd.Output()
		if err != nil {
			t.Errorf("%s: %v\n%s", file, err, out)
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var ours, theirs any
		if err := errors.Join(yaml.Unmarshal(text, &ours), yaml.Unmarshal(out, &theirs)); err != nil {
			t.Fatal(err)
		}
		missing(t, file, ours, theirs)
	}
}

// missing tells what of one document is not in another.
func missing(t *testing.T, at string, ours, theirs any) {
	t.Helper()
	switch ours := ours.(type) {
	case map[string]any:
		theirs, is := theirs.(map[string]any)
		for name, value := range ours {
			if other, has := theirs[name]; is && has {
				missing(t, at+"."+name, value, other)
			} else {
				t.Errorf("%s.%s: Kubernetes knows no such field", at, name)
			}
		}
	case []any:
		theirs, _ := theirs.([]any)
		if len(ours) != len(theirs) {
			t.Errorf("%s: %v, and not %v", at, theirs, ours)
			return
		}
		for i := range ours {
			missing(t, at, ours[i], theirs[i])
		}
	default:
		if ours != theirs {
			t.Errorf("%s: %v, and not %v", at, theirs, ours)
		}
	}
}
