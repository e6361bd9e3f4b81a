//go:build unix

package server_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fix403/keycloak/server"
)

// spies puts programs first in the PATH that write down their call and environment, and then go on as those behind them.
func spies(t *testing.T, names ...string) (log string) {
	t.Helper()
	folder := t.TempDir()
	log = filepath.Join(folder, "log")
	rest := os.Getenv("PATH")
	for _, name := range names {
		write(t, filepath.Join(folder, "bin", name), `#!/bin/sh
{ echo "call `+name+` $*"; env; } >>'`+log+`'
PATH=${PATH#'`+folder+`/bin:'}
command -v `+name+` >/dev/null && exec `+name+` "$@"
echo 'openjdk version "21"' >&2
`)
	}
	t.Setenv("PATH", filepath.Join(folder, "bin")+":"+rest)
	return log
}

// TestChildrenGetNoSecrets looks at the environment of each program that is started: none has what is meant for fix403 or
// another server, all have what is the person's own, and the new server's password is only where it is set.
func TestChildrenGetNoSecrets(t *testing.T) {
	const planted = "planted-4711"
	secrets := []string{
		"FIX403_ADMIN_PASSWORD", "FIX403_ADMIN_TOKEN", "FIX403_ADMIN_CLIENT_SECRET", "FIX403_CLIENT_SECRET", "FIX403_ANY", "KC_BOOTSTRAP_ADMIN_PASSWORD",
		"KC_DB_PASSWORD", "KC_CLI_PASSWORD", "KEYCLOAK_ADMIN_PASSWORD", "KEYCLOAK_PASSWORD", "KEYCLOAK_CLIENT_SECRET", "ADMIN_PASSWORD", "ADMIN_TOKEN", "CLIENT_SECRET",
	}
	own := []string{"DOCKER_HOST", "MAVEN_ARGS", "HTTPS_PROXY", "LC_ALL", "SOMETHING_ELSE"}
	set := func(t *testing.T) {
		for _, name := range secrets {
			t.Setenv(name, planted)
		}
		for _, name := range own {
			t.Setenv(name, "mine")
		}
	}
	for _, c := range []struct {
		name  string
		calls []string // that must be seen
		run   func(t *testing.T, o server.Options) (password string)
	}{
		{"docker", []string{"docker ps -q", "docker image", "docker run", "docker wait", "docker logs", "docker rm"}, startAndStop},
		{"podman", []string{"docker ps -q", "podman ps -q", "podman image", "podman run", "podman wait", "podman logs", "podman rm"}, startAndStop},
		{"pulls", []string{"docker ps -q", "docker image", "docker pull", "docker run", "docker rm"}, func(t *testing.T, o server.Options) string {
			if _, err := server.Start(t.Context(), o); err == nil {
				t.Error("this container ends at once, and it started")
			}
			return ""
		}},
		{"gone", []string{"docker rm", "docker ps --all"}, func(t *testing.T, _ server.Options) string {
			r := server.Record{Engine: "docker", Container: "fix403-keycloak-aaaaaaaaaaaaaaaaaaaaaaaaaa"}
			_ = r.End(t.Context())
			return ""
		}},
		{"java", []string{"java -version", "kc.sh start-dev"}, startAndStop},
		{"maven", []string{"java -version", "mvn -q -B dependency:get", "mvn -q -B help:evaluate"}, func(t *testing.T, _ server.Options) string {
			if _, err := server.Start(t.Context(), server.Options{}); err == nil {
				t.Error("it started without a distribution")
			}
			return ""
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dist := fakeDist(t, "26.7.3", "serves")
			t.Setenv("JAVA_HOME", "")
			t.Setenv("HOME", t.TempDir())
			t.Setenv("XDG_CACHE_HOME", t.TempDir())
			set(t)
			o := server.Options{Containers: true, State: t.TempDir()}
			switch c.name {
			case "docker", "pulls", "gone":
				fakeEngine(t, "docker", map[bool]string{true: "pulls", false: "serves"}[c.name == "pulls"])
			case "podman":
				fakeEngine(t, "docker", "dead")
				fakeEngine(t, "podman", "serves")
			case "java":
				o = server.Options{Dist: dist}
			case "maven": // one that fetches nothing
				folder := t.TempDir()
				write(t, filepath.Join(folder, "mvn"), "#!/bin/sh\necho /nowhere\n")
				t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
			}
			log := spies(t, "docker", "podman", "java", "mvn", "kc.sh")
			if c.name == "java" { // it is started by its path
				script, err := os.ReadFile(filepath.Join(dist, "bin", "kc.sh"))
				if err != nil {
					t.Fatal(err)
				}
				write(t, filepath.Join(dist, "bin", "kc.sh"), strings.Replace(string(script), "\n", "\n{ echo \"call kc.sh $*\"; env; } >>'"+log+"'\n", 1))
			}
			password := c.run(t, o)
			text, err := os.ReadFile(log)
			if err != nil {
				t.Fatal(err)
			}
			calls := strings.Split(string(text), "call ")[1:]
			for _, want := range c.calls {
				seen := false
				for _, call := range calls {
					seen = seen || strings.HasPrefix(call, want)
				}
				if !seen {
					t.Errorf("%s was not called:\n%s", want, text)
				}
			}
			for _, call := range calls {
				name, env, _ := strings.Cut(call, "\n")
				for _, line := range strings.Split(env, "\n") {
					if variable, value, _ := strings.Cut(line, "="); value == planted {
						t.Errorf("%s gets %s", name, variable)
					}
				}
				for _, mine := range append(own, "PATH", "HOME") {
					if !strings.Contains("\n"+env, "\n"+mine+"=") {
						t.Errorf("%s lacks %s", name, mine)
					}
				}
				needs := strings.HasPrefix(name, "kc.sh") || strings.Contains(name, " run ")
				if password != "" && strings.Contains(env, password) != needs {
					t.Errorf("%s has the new server's password: %t", name, !needs)
				}
				if strings.Contains(name, planted) || password != "" && strings.Contains(name, password) {
					t.Errorf("a secret on a command line: %s", name)
				}
			}
		})
	}
}

func startAndStop(t *testing.T, o server.Options) string {
	t.Helper()
	s, err := server.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	_ = s.LastLines()
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	return s.AdminPassword()
}

// TestChildrenAreStartedInOnePlace reads the program's source: a process is made in keycloak/child and nowhere else. The tools of
// the build and of the tests are no part of the program.
func TestChildrenAreStartedInOnePlace(t *testing.T) {
	root := filepath.Join("..", "..")
	starts := map[string][]string{
		"os/exec": {"Command", "CommandContext", "Cmd"}, "os": {"StartProcess"}, "syscall": {"Exec", "ForkExec", "StartProcess"}, "golang.org/x/sys/unix": {"Exec"},
	}
	found := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		if d.IsDir() {
			if name == filepath.Join("cmd", "bench") || name == filepath.Join("cmd", "release") || name == filepath.Join("keycloak", "testrun") || name != "." && strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		imported := map[string]string{} // by the name in the file
		for _, i := range file.Imports {
			pkg := strings.Trim(i.Path.Value, `"`)
			local := pkg[strings.LastIndex(pkg, "/")+1:]
			if i.Name != nil {
				local = i.Name.Name
			}
			imported[local] = pkg
		}
		ast.Inspect(file, func(n ast.Node) bool {
			var made ast.Expr // what makes a process: a call, or a literal exec.Cmd
			switch n := n.(type) {
			case *ast.CallExpr:
				made = n.Fun
			case *ast.CompositeLit:
				made = n.Type
			}
			if s, ok := made.(*ast.SelectorExpr); ok {
				if x, ok := s.X.(*ast.Ident); ok {
					for _, start := range starts[imported[x.Name]] {
						if s.Sel.Name != start {
							continue
						}
						if found++; name != filepath.Join("keycloak", "child", "child.go") {
							t.Errorf("%s: %s.%s starts a process; keycloak/child does that without our secrets", name, x.Name, start)
						}
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil || found == 0 {
		t.Errorf("%d starts found, %v", found, err)
	}
}
