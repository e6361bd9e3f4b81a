//go:build unix

package server_test

import (
	"encoding/json"
	"errors"
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
	"fix403/keycloak/testrun"
)

// onlyRecord returns the one record in a folder.
func onlyRecord(t *testing.T, state string) server.Record {
	t.Helper()
	records, err := server.Records(state)
	if err != nil || len(records) != 1 {
		t.Fatalf("records %v, %v", records, err)
	}
	return records[0]
}

func wantNoRecord(t *testing.T, state string) {
	t.Helper()
	if left, err := os.ReadDir(state); err != nil || len(left) > 0 {
		t.Errorf("left in the state folder: %v, %v", left, err)
	}
}

// What another process started is ended by its record, also when the process that started it, the script or the
// folder is gone.
func TestEndByTheRecord(t *testing.T) {
	for name, before := range map[string]func(t *testing.T, r server.Record, pid int){
		"running": func(*testing.T, server.Record, int) {},
		"script killed": func(t *testing.T, _ server.Record, pid int) {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		},
		"all killed": func(t *testing.T, _ server.Record, pid int) {
			if err := syscall.Kill(-pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		},
		"its process number is another's now": func(t *testing.T, r server.Record, pid int) {
			if err := syscall.Kill(-pid, syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			other := exec.Command("sleep", "1000")
			other.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
			if err := other.Start(); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(r.Folder, "fix403.pid"), strconv.Itoa(other.Process.Pid)+"\n")
			t.Cleanup(func() {
				if err := other.Process.Signal(syscall.Signal(0)); err != nil {
					t.Errorf("a process that is not ours was ended: %v", err)
				}
				_ = other.Process.Kill()
				_ = other.Wait()
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			state := filepath.Join(t.TempDir(), "state")
			s, err := server.Start(t.Context(), server.Options{Dist: fakeDist(t, "26.7.3", "serves"), State: state})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Stop() })
			s.Release()
			r := onlyRecord(t, state)
			if r.URL != s.URL() || r.Version != "26.7.3" {
				t.Errorf("record %+v", r)
			}
			text, err := os.ReadFile(filepath.Join(r.Folder, "fix403.pid"))
			if err != nil {
				t.Fatal(err)
			}
			pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
			if err != nil {
				t.Fatal(err)
			}
			before(t, r, pid)
			if err := errors.Join(r.End(t.Context()), r.End(t.Context())); err != nil {
				t.Error(err)
			}
			<-s.Done()
			http.DefaultClient.CloseIdleConnections() // one that is kept would be answered by its reset
			// A connection that it had not accepted when it ended is reset.
			if _, err := http.Get(s.URL()); !errors.Is(err, syscall.ECONNREFUSED) && !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("it still answers: %v", err)
			}
			wantNothingLeft(t)
			wantNoRecord(t, state)
		})
	}
}

func TestRecordIsPrivateAndHoldsNoPassword(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	s, err := server.Start(t.Context(), server.Options{Dist: fakeDist(t, "26.7.3", "serves"), State: state})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Stop() }()
	files, _ := filepath.Glob(filepath.Join(state, "*"))
	for path, want := range map[string]os.FileMode{
		state: 0o700, files[0]: 0o600, s.Folder(): 0o700, filepath.Join(s.Folder(), "fix403.log"): 0o600,
	} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	if text, err := os.ReadFile(files[0]); err != nil || strings.Contains(string(text), s.AdminPassword()) {
		t.Errorf("record %s, %v", text, err)
	}
}

// A process that is only about to be started finds that its place is taken, and nothing starts.
func TestEndBeforeTheProcess(t *testing.T) {
	dist := fakeDist(t, "26.7.3", "serves")
	state := filepath.Join(t.TempDir(), "state")
	var ended error
	_, err := server.Start(t.Context(), server.Options{Dist: dist, State: state, Progress: func(text string) {
		if strings.HasPrefix(text, "Starting") { // the copy is made, the process not
			r := onlyRecord(t, state)
			ended = r.End(t.Context())
		}
	}})
	if failure.KindOf(err) != server.KindStart || ended != nil {
		t.Errorf("error %v, %v", err, ended)
	}
	wantNothingLeft(t)
	wantNoRecord(t, state)
}

// The record of a server that is gone makes room; that of one that stands does not, though the port is free.
func TestRecordsOfOnePort(t *testing.T) {
	dist := fakeDist(t, "26.7.3", "serves")
	state := filepath.Join(t.TempDir(), "state")
	s, err := server.Start(t.Context(), server.Options{Dist: dist, State: state})
	if err != nil {
		t.Fatal(err)
	}
	first := onlyRecord(t, state)
	pid, err := os.ReadFile(filepath.Join(first.Folder, "fix403.pid"))
	if err != nil {
		t.Fatal(err)
	}
	n, _ := strconv.Atoi(strings.TrimSpace(string(pid)))
	if err := syscall.Kill(-n, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-s.Done()
	second, err := server.Start(t.Context(), server.Options{Dist: dist, State: state, Port: first.Port})
	for errors.Is(err, server.ErrPortInUse) { // what the script started ends a little later
		second, err = server.Start(t.Context(), server.Options{Dist: dist, State: state, Port: first.Port})
	}
	if err != nil {
		t.Fatal(err)
	}
	if onlyRecord(t, state).ID == first.ID {
		t.Error("it has no record of its own")
	}
	if err := errors.Join(s.Stop(), second.Stop()); err != nil { // the first has nothing left to end
		t.Error(err)
	}
	wantNothingLeft(t)
	wantNoRecord(t, state)

	text, err := json.Marshal(server.Record{ID: first.ID, Port: first.Port, Folder: first.Folder, Started: first.Started})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(first.Folder, 0o700); err != nil { // as if its process were about to be started
		t.Fatal(err)
	}
	write(t, filepath.Join(state, "up-"+strconv.Itoa(first.Port)+".json"), string(text))
	if _, err := server.Start(t.Context(), server.Options{Dist: dist, State: state, Port: first.Port}); !errors.Is(err, server.ErrPortInUse) {
		t.Errorf("error %v", err)
	}
	if onlyRecord(t, state).ID != first.ID {
		t.Error("the record of another one was replaced")
	}
}

// A damaged record is reported, and nothing that it names is touched.
func TestDamagedRecords(t *testing.T) {
	precious := filepath.Join(t.TempDir(), "precious")
	write(t, filepath.Join(precious, "file"), "x")
	for _, text := range []string{
		"{", "[]", "{}", `{"folder": ` + strconv.Quote(precious) + `}`, `{"folder": "fix403-keycloak-AAAAAAAAAAAAAAAAAAAAAAAAAA"}`,
		`{"folder": ` + strconv.Quote(precious+"/fix403-keycloak-AAAAAAAAAAAAAAAAAAAAAAAAAA/..") + `}`,
		`{"engine": "rm", "container": "fix403-keycloak-aaaaaaaaaaaaaaaaaaaaaaaaaa"}`, `{"engine": "docker", "container": "database"}`,
	} {
		state := t.TempDir()
		write(t, filepath.Join(state, "up-8080.json"), text)
		if records, err := server.Records(state); len(records) > 0 || err == nil || !strings.Contains(err.Error(), "up-8080.json") {
			t.Errorf("%s: %v, %v", text, records, err)
		}
	}
	for _, folder := range []string{precious, ""} {
		r := server.Record{Folder: folder}
		if err := r.End(t.Context()); err == nil {
			t.Errorf("%q was ended", folder)
		}
	}
	if _, err := os.Stat(filepath.Join(precious, "file")); err != nil {
		t.Error(err)
	}
}

// fakeEngine puts a docker into the PATH that keeps notes of its arguments and environment, and plays Keycloak's
// container with the test binary.
func fakeEngine(t *testing.T, name, how string) (notes string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	notes = filepath.Join(folder, "notes")
	write(t, filepath.Join(folder, "bin", name), `#!/bin/sh
cd '`+folder+`'
echo "$@" >>notes
case $1 in
ps) [ '`+how+`' != dead ] || { echo 'Cannot connect to the daemon' >&2; exit 1; }; cat names 2>/dev/null; exit 0 ;;
image) [ '`+how+`' != pulls ] ;;
pull) echo 'no such host' >&2; [ '`+how+`' != offline ] ;;
run)
  env >env
  while [ $# -gt 0 ]; do
    case $1 in
    --name) echo "$2" >names ;;
    --publish) port=${2#127.0.0.1:}; port=${port%:8080} ;;
    esac
    shift
  done
  TEST_KEYCLOAK='`+how+`' '`+self+`' --http-port "$port" >log 2>&1 &
  echo $! >pid
  echo 0123456789abcdef ;;
wait) while kill -0 "$(cat pid)" 2>/dev/null; do sleep 0.1; done; echo 0 ;;
logs) cat log ;;
rm) [ -e names ] || exit 1; kill "$(cat pid)" 2>/dev/null; rm -f names ;;
esac
`)
	t.Setenv("PATH", filepath.Join(folder, "bin")+":"+os.Getenv("PATH"))
	return notes
}

func TestContainer(t *testing.T) {
	fakeDist(t, "26.7.3", "fails") // for its temporary folder
	for _, name := range []string{"docker", "podman"} {
		t.Run(name, func(t *testing.T) {
			if name == "podman" {
				fakeEngine(t, "docker", "dead")
			}
			notes := fakeEngine(t, name, "serves")
			state := filepath.Join(t.TempDir(), "state")
			t.Setenv("FIX403_ADMIN_PASSWORD", "of another server")
			s, err := server.Start(t.Context(), server.Options{Containers: true, State: state})
			if err != nil {
				t.Fatal(err)
			}
			s.Release()
			r := onlyRecord(t, state)
			if r.Engine != name || r.Folder != "" || r.Version != server.DefaultVersion {
				t.Errorf("record %+v", r)
			}
			said, err := os.ReadFile(notes)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{
				"--publish 127.0.0.1:" + strconv.Itoa(r.Port) + ":8080 ", "--env KC_BOOTSTRAP_ADMIN_USERNAME --env KC_BOOTSTRAP_ADMIN_PASSWORD --env JAVA_OPTS_APPEND=-XX:",
				" quay.io/keycloak/keycloak:26.7.4 start-dev\n",
			} {
				if !strings.Contains(string(said), want) {
					t.Errorf("arguments without %q:\n%s", want, said)
				}
			}
			if strings.Contains(string(said), s.AdminPassword()) {
				t.Error("the password is an argument")
			}
			env, err := os.ReadFile(filepath.Join(filepath.Dir(notes), "env"))
			if err != nil || !slices.Contains(strings.Split(string(env), "\n"), "KC_BOOTSTRAP_ADMIN_PASSWORD="+s.AdminPassword()) || strings.Contains(string(env), "of another server") {
				t.Errorf("environment %s, %v", env, err)
			}
			if err := r.End(t.Context()); err != nil {
				t.Error(err)
			}
			if !testrun.Whole() {
				r.Started = r.Started.Add(-time.Hour) // a young one that is not there is waited for
			}
			if err := r.End(t.Context()); err != nil {
				t.Error(err)
			}
			if said, _ = os.ReadFile(notes); !strings.Contains(string(said), "\nrm --force --volumes "+r.Container+"\n") {
				t.Errorf("it was not removed:\n%s", said)
			}
			wantNoRecord(t, state)
		})
	}
}

// A container that the engine makes only now, since its starter was killed over it, is removed, too.
func TestEndOfAContainerThatComesLate(t *testing.T) {
	const name = "fix403-keycloak-aaaaaaaaaaaaaaaaaaaaaaaaaa"
	folder := t.TempDir()
	write(t, filepath.Join(folder, "docker"), `#!/bin/sh
cd '`+folder+`'
case $1 in
ps) if [ -e asked ]; then echo `+name+`; else touch asked; fi ;;
rm) [ -e asked ] && touch removed ;;
esac
`)
	t.Setenv("PATH", folder+":"+os.Getenv("PATH"))
	r := server.Record{Engine: "docker", Container: name, Started: time.Now()}
	if err := r.End(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(folder, "removed")); err != nil {
		t.Errorf("the container is left: %v", err)
	}
}

func TestContainerThatEnds(t *testing.T) {
	fakeDist(t, "26.7.3", "fails")
	notes := fakeEngine(t, "docker", "fails")
	_, err := server.Start(t.Context(), server.Options{Containers: true, AdminPassword: "hunter2secret"})
	if failure.KindOf(err) != server.KindStart || !strings.Contains(err.Error(), "ERROR: Failed to start, password is ***") {
		t.Errorf("error %v", err)
	}
	if said, _ := os.ReadFile(notes); !strings.Contains(string(said), "\nrm ") {
		t.Errorf("the container is left:\n%s", said)
	}
}

// Without an engine that works, or with one that cannot fetch the image, it goes on to Java.
func TestNoContainer(t *testing.T) {
	for how, want := range map[string]string{"dead": "does not work: Cannot connect", "pulls": "Fetching the image"} {
		fakeDist(t, "26.7.3", "fails")
		t.Setenv("JAVA_HOME", "")
		t.Setenv("PATH", without(t, "java"))
		fakeEngine(t, "docker", how)
		var told []string
		_, err := server.Start(t.Context(), server.Options{Containers: true, Timeout: 1, Progress: func(text string) { told = append(told, text) }})
		if !strings.Contains(strings.Join(told, "\n"), want) {
			t.Errorf("%s: told %q", how, told)
		}
		if how == "dead" && !errors.Is(err, server.ErrNoJava) {
			t.Errorf("%s: %v", how, err)
		}
	}
}
