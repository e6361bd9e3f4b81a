package server

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Names in the folder of a server, beside the copy of the distribution.
const (
	pidFile = "fix403.pid"
	logFile = "fix403.log"
)

// quickJava leaves it at Java's quick compiler, which takes half the processor's time until Keycloak is ready, and is fast
// enough for practice. What the person has in JAVA_OPTS_APPEND comes after it, and counts.
const quickJava = "-XX:TieredStopAtLevel=1"

// process runs Keycloak with this machine's Java, from a copy of the distribution.
type process struct {
	options    *Options
	record     *Record
	dist, java string
	port       int // a free one, for Keycloak's management
	ended      chan struct{}
}

func newProcess(s *Server, dist, java string, port int) *process {
	return &process{&s.options, &s.record, dist, java, port, make(chan struct{})}
}

func (p *process) start(ctx context.Context) error {
	dir := p.record.Folder
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	if err := cloneDist(ctx, p.dist, dir); err != nil {
		return err
	}
	// A file, not a pipe to us: Keycloak must outlive us when it is left alone.
	log, err := os.OpenFile(filepath.Join(dir, logFile), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600) // #nosec G304 -- our own folder
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	// The database is in memory: on 24.0.5 the one in a file listens on all addresses of the machine.
	args := []string{"start-dev", "--http-host", "127.0.0.1", "--http-port", strconv.Itoa(p.record.Port), "--db", "dev-mem"}
	if major(p.options.Version) >= 25 {
		args = append(args, "--http-management-port", strconv.Itoa(p.port))
	}
	args = append(args, p.options.Args...)
	p.options.Progress("Starting Keycloak " + p.options.Version + " with " + p.java)
	cmd := scriptCommand(context.WithoutCancel(ctx), append(p.options.adminEnvironment(),
		"JAVA="+p.java, "JAVA_OPTS_APPEND="+strings.TrimSpace(quickJava+" "+os.Getenv("JAVA_OPTS_APPEND"))), dir, args)
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = log, log
	ownSession(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() {
		_ = cmd.Wait() // how it ended is in its log
		close(p.ended)
	}()
	return recordProcess(cmd, filepath.Join(dir, pidFile))
}

func (p *process) done() <-chan struct{} { return p.ended }

func (p *process) release() {}

// lines reads the end of the log.
func (p *process) lines(n int) string {
	f, err := os.Open(filepath.Join(p.record.Folder, logFile))
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	const most = 64 << 10
	if info, err := f.Stat(); err == nil && info.Size() > most {
		_, _ = f.Seek(-most, io.SeekEnd)
	}
	text, _ := io.ReadAll(io.LimitReader(f, most))
	return lastLines(string(text), n)
}

// stopGrace is how long Keycloak may take to end by itself.
const stopGrace = 20 * time.Second

// endProcess ends the Keycloak that runs from a folder, and removes the folder. One that was about to be started in
// there is not started any more.
func endProcess(ctx context.Context, folder string) error {
	p, err := readPID(ctx, folder)
	if err != nil {
		return err
	}
	if p.pid != 0 {
		if p.runs(filepath.Base(folder)) {
			p.terminate()
			if !p.gone(ctx, filepath.Base(folder), stopGrace) {
				p.kill()
			}
		}
		if !p.gone(ctx, filepath.Base(folder), stopGrace) {
			return errors.New("process " + strconv.Itoa(p.pid) + " does not end")
		}
	}
	// Out of the way in one step: a shell that is about to write its process id finds neither the file nor the folder, and
	// starts nothing. Removed file by file, it could write in between.
	away := folder + "-ended"
	if err := os.Rename(folder, away); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.RemoveAll(away)
}

// gone waits until nothing of it runs any more.
func (p startedProcess) gone(ctx context.Context, folder string, most time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	for p.runs(folder) {
		if !pause(ctx, 20*time.Millisecond) {
			return !p.runs(folder)
		}
	}
	return true
}

// pause waits, and reports whether ctx still holds.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// startedProcess is what the file pidFile names.
type startedProcess struct {
	pid     int
	created string // when, where that tells it from another process with the same number; "" where another way does
}

// readPID reads which process was started from a folder. When none was, it takes the place of its file: a program that wants
// to start one must make that file first, and fails. The zero value is returned then, and for a folder that is gone.
func readPID(ctx context.Context, folder string) (startedProcess, error) {
	file := filepath.Join(folder, pidFile)
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) // #nosec G304 -- our own folder
	if err == nil {
		return startedProcess{}, f.Close()
	}
	if errors.Is(err, os.ErrNotExist) {
		return startedProcess{}, nil
	}
	if !errors.Is(err, os.ErrExist) {
		return startedProcess{}, err
	}
	for range 20 { // it may be about to be written
		text, err := os.ReadFile(file) // #nosec G304 -- our own folder
		if err != nil {
			return startedProcess{}, err
		}
		if fields := strings.Fields(string(text)); len(fields) > 0 && strings.HasSuffix(string(text), "\n") {
			pid, err := strconv.Atoi(fields[0])
			if err != nil || pid <= 1 {
				return startedProcess{}, errors.New(file + " names no process")
			}
			return startedProcess{pid, strings.Join(fields[1:], " ")}, nil
		}
		if !pause(ctx, 50*time.Millisecond) {
			return startedProcess{}, ctx.Err()
		}
	}
	return startedProcess{}, nil // an earlier End took its place
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")), "\n")
	lines = lines[max(0, len(lines)-n):]
	const most = 2000 // bytes of a line
	for i, line := range lines {
		if len(line) > most {
			lines[i] = line[:most]
		}
	}
	return strings.Join(lines, "\n")
}
