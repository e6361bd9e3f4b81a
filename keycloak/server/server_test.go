//go:build unix

package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"fix403/keycloak/failure"
	"fix403/keycloak/server"
)

// TestMain lets the test binary play Keycloak, as the program that a distribution's script starts.
func TestMain(m *testing.M) {
	switch os.Getenv("TEST_KEYCLOAK") {
	case "":
		os.Exit(m.Run())
	case "serves":
		serve()
	case "hangs":
		fmt.Println("still augmenting")
		time.Sleep(time.Hour)
	case "fails":
		fmt.Println("first line\nERROR: Failed to start, password is " + os.Getenv("KC_BOOTSTRAP_ADMIN_PASSWORD"))
		os.Exit(2)
	}
}

// serve answers as far as Start looks, and tells how it was started.
func serve() {
	i := slices.Index(os.Args, "--http-port")
	address := net.JoinHostPort("127.0.0.1", os.Args[i+1])
	http.HandleFunc("/realms/master", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"args": os.Args[1:], "env": os.Environ()})
	})
	fmt.Println("started")
	fmt.Println(http.ListenAndServe(address, nil))
}

type started struct{ Args, Env []string }

// fakeDist makes a distribution whose script starts the test binary as a child, like kc.sh with its folder in the
// arguments, and a Java.
func fakeDist(t *testing.T, version, how string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dist := t.TempDir()
	write(t, filepath.Join(dist, "bin", "kc.sh"), "#!/bin/sh\nTEST_KEYCLOAK="+how+" '"+self+"' \"$@\" \"-Dkc.home.dir=$0\"\nexit $?\n")
	write(t, filepath.Join(dist, "version.txt"), "Keycloak - Version "+version+"\n")
	fakeJava(t, `openjdk version "21.0.1" 2023-10-17`)
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "with space"))
	if err := os.Mkdir(os.TempDir(), 0o750); err != nil {
		t.Fatal(err)
	}
	return dist
}

func fakeJava(t *testing.T, says string) {
	t.Helper()
	home := t.TempDir()
	write(t, filepath.Join(home, "bin", "java"), "#!/bin/sh\necho '"+says+"' >&2\n")
	t.Setenv("JAVA_HOME", home)
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
}

func wantNothingLeft(t *testing.T) {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "fix403-keycloak-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

func TestStartAndStop(t *testing.T) {
	for _, tt := range []struct {
		version, user, password string
		management              bool
	}{
		{"26.7.3", "KC_BOOTSTRAP_ADMIN_USERNAME", "KC_BOOTSTRAP_ADMIN_PASSWORD", true},
		{"25.0.6", "KEYCLOAK_ADMIN", "KEYCLOAK_ADMIN_PASSWORD", true},
		{"24.0.5", "KEYCLOAK_ADMIN", "KEYCLOAK_ADMIN_PASSWORD", false},
	} {
		t.Run(tt.version, func(t *testing.T) {
			dist := fakeDist(t, tt.version, "serves")
			t.Setenv("KC_DB", "postgres")
			t.Setenv("FIX403_ADMIN_PASSWORD", "of another server")
			s, err := server.Start(t.Context(), server.Options{Dist: dist, AdminUser: "boss"})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Stop() })
			if s.Version() != tt.version || s.AdminUser() != "boss" || len(s.AdminPassword()) < 20 {
				t.Errorf("version %q, admin %q, password of %d characters", s.Version(), s.AdminUser(), len(s.AdminPassword()))
			}
			how := ask(t, s.URL())
			if !slices.Contains(how.Env, tt.user+"=boss") || !slices.Contains(how.Env, tt.password+"="+s.AdminPassword()) {
				t.Errorf("the admin is not in the environment: %q", how.Env)
			}
			if slices.Contains(how.Env, "KC_DB=postgres") || slices.Contains(how.Env, "FIX403_ADMIN_PASSWORD=of another server") {
				t.Error("settings for another Keycloak reach this one")
			}
			if args := strings.Join(how.Args, " "); strings.Contains(args, s.AdminPassword()) ||
				!strings.HasPrefix(args, "start-dev --http-host 127.0.0.1 --http-port ") || strings.Contains(args, "--http-management-port") != tt.management {
				t.Errorf("arguments %q", args)
			}
			if err := errors.Join(s.Stop(), s.Stop()); err != nil {
				t.Errorf("stop: %v", err)
			}
			<-s.Done()
			if _, err := http.Get(s.URL()); !errors.Is(err, syscall.ECONNREFUSED) {
				t.Errorf("the script's child still answers: %v", err)
			}
			wantNothingLeft(t)
		})
	}
}

func ask(t *testing.T, url string) started {
	t.Helper()
	res, err := http.Get(url + "/realms/master")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var how started
	if err := json.NewDecoder(res.Body).Decode(&how); err != nil {
		t.Fatal(err)
	}
	return how
}

func TestStartQuotesTheLogOfAFailure(t *testing.T) {
	dist := fakeDist(t, "26.7.3", "fails")
	_, err := server.Start(t.Context(), server.Options{Dist: dist, AdminPassword: "hunter2secret"})
	if err == nil || !strings.Contains(err.Error(), "first line\nERROR: Failed to start, password is ***") || failure.KindOf(err) != server.KindStart {
		t.Errorf("error %v", err)
	}
	wantNothingLeft(t)
}

func TestStartGivenUp(t *testing.T) {
	dist := fakeDist(t, "26.7.3", "hangs")
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err := server.Start(ctx, server.Options{Dist: dist})
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "still augmenting") || failure.KindOf(err) != failure.Timeout {
		t.Errorf("error %v", err)
	}
	wantNothingLeft(t)
	_, err = server.Start(t.Context(), server.Options{Dist: dist, Timeout: time.Second})
	if !errors.Is(err, context.DeadlineExceeded) || failure.KindOf(err) != failure.Timeout || !strings.Contains(whole(err), "later") {
		t.Errorf("error %v", err)
	}
	wantNothingLeft(t)
}

// whole is what a person reads of an error: what happened, and what to do.
func whole(err error) string {
	var e *failure.Error
	if !errors.As(err, &e) {
		return ""
	}
	return e.Message.String() + " " + e.Hint.String()
}

func TestStartOnAUsedPort(t *testing.T) {
	dist := fakeDist(t, "26.7.3", "serves")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	port := l.Addr().(*net.TCPAddr).Port
	if _, err := server.Start(t.Context(), server.Options{Dist: dist, Port: port}); !errors.Is(err, server.ErrPortInUse) || !strings.Contains(whole(err), strconv.Itoa(port)) {
		t.Errorf("error %v", err)
	}
}

func TestStartWithoutJava(t *testing.T) {
	dist := fakeDist(t, "26.7.3", "serves")
	for name, prepare := range map[string]func(t *testing.T){
		"none":    func(t *testing.T) { t.Setenv("JAVA_HOME", "") },
		"old":     func(t *testing.T) { fakeJava(t, `openjdk version "11.0.2" 2019-01-15`) },
		"ancient": func(t *testing.T) { fakeJava(t, `java version "1.8.0_292"`) },
		"broken":  func(t *testing.T) { t.Setenv("JAVA_HOME", t.TempDir()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("PATH", without(t, "java"))
			prepare(t)
			_, err := server.Start(t.Context(), server.Options{Dist: dist})
			if !errors.Is(err, server.ErrNoJava) || !strings.Contains(whole(err), "Install one") {
				t.Errorf("error %v", err)
			}
		})
	}
}

// A JAVA_HOME that is too old does not hide the java in the PATH.
func TestStartTakesTheJavaThatFits(t *testing.T) {
	dist := fakeDist(t, "26.7.3", "serves")
	good := os.Getenv("JAVA_HOME")
	t.Setenv("PATH", filepath.Join(good, "bin")+":"+without(t, "java"))
	fakeJava(t, `openjdk version "11.0.2" 2019-01-15`)
	s, err := server.Start(t.Context(), server.Options{Dist: dist})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Stop() }()
	if how := ask(t, s.URL()); !slices.Contains(how.Env, "JAVA="+filepath.Join(good, "bin", "java")) {
		t.Errorf("environment %q", how.Env)
	}
}

// without makes a PATH with the programs that scripts need, and without some.
func without(t *testing.T, names ...string) string {
	t.Helper()
	tools := t.TempDir()
	for _, name := range []string{"sh", "cat", "mvn", "java"} {
		if slices.Contains(names, name) {
			continue
		}
		if path, err := exec.LookPath(name); err == nil {
			if err := os.Symlink(path, filepath.Join(tools, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return tools
}

func TestStartWithoutMaven(t *testing.T) {
	fakeDist(t, "26.7.3", "serves") // for its Java
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("MAVEN_ARGS", "")
	t.Setenv("MAVEN_OPTS", "")
	t.Setenv("PATH", without(t, "mvn"))
	fetching := func(line string) { t.Errorf("%s, with what?", line) }
	if _, err := server.Start(t.Context(), server.Options{Progress: fetching}); !errors.Is(err, server.ErrNoMaven) || !strings.Contains(whole(err), "Install Docker, Podman or Maven") {
		t.Errorf("error %v", err)
	}
}

// Maven ends colours even where it uses none; its last lines are shown without that.
func TestStartMavenFails(t *testing.T) {
	fakeDist(t, "26.7.3", "serves") // for its Java
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	tools := without(t, "mvn")
	write(t, filepath.Join(tools, "mvn"), "#!/bin/sh\nprintf '\\033[0m\\033[0m[ERROR] no network\\n\\033[0m'\nexit 1\n")
	t.Setenv("PATH", tools)
	if _, err := server.Start(t.Context(), server.Options{}); err == nil || !strings.Contains(whole(err), "\n[ERROR] no network") || strings.ContainsAny(whole(err), "\x1b") {
		t.Errorf("error %q", whole(err))
	}
}

func TestStartRefuses(t *testing.T) {
	fakeDist(t, "26.7.3", "serves")
	for _, o := range []server.Options{
		{Dist: t.TempDir()}, {Version: "../../etc"}, {Version: "1:2"}, {Version: ".."}, {Version: `a\b`}, {Port: -1}, {Port: 65536},
	} {
		if _, err := server.Start(t.Context(), o); failure.KindOf(err) != failure.BadInput {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// TestRealKeycloak starts the versions that FIX403_TEST_KEYCLOAK lists, two servers of the first one at the same time.
func TestRealKeycloak(t *testing.T) {
	list := os.Getenv("FIX403_TEST_KEYCLOAK")
	if list == "" || strings.Contains(list, "://") {
		t.Skip("set FIX403_TEST_KEYCLOAK to versions, such as 26.7.3,24.0.5, to start real Keycloak servers")
	}
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	versions := strings.Split(list, ",")
	for i, version := range append(versions[:1:1], versions...) {
		t.Run(fmt.Sprint(version, " ", i), func(t *testing.T) {
			if i < 2 {
				t.Parallel()
			}
			ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
			defer cancel()
			s, err := server.Start(ctx, server.Options{Version: strings.TrimSpace(version)})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = s.Stop() }()
			res, err := http.PostForm(s.URL()+"/realms/master/protocol/openid-connect/token", map[string][]string{
				"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {s.AdminUser()}, "password": {s.AdminPassword()},
			})
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			if res.StatusCode != http.StatusOK {
				t.Errorf("the admin's login is answered with %d", res.StatusCode)
			}
			if err := s.Stop(); err != nil {
				t.Errorf("stop: %v", err)
			}
			if _, err := http.Get(s.URL()); !errors.Is(err, syscall.ECONNREFUSED) {
				t.Errorf("after the stop: %v", err)
			}
		})
	}
	t.Cleanup(func() {
		if left, err := os.ReadDir(temp); err != nil || slices.ContainsFunc(left, func(e os.DirEntry) bool { return strings.HasPrefix(e.Name(), "fix403-") }) {
			t.Errorf("left behind: %v, %v", left, err)
		}
	})
}
