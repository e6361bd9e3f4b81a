//go:build unix

package main

import (
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
