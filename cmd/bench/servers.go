//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"fix403/flows/params"
	"fix403/flows/roles/live"
	"fix403/flows/story"
	"fix403/keycloak"
	"fix403/keycloak/wire"
)

// measured is one measuring of the role matrix.
type measured struct {
	practice           bool
	cores, connections int
	took               time.Duration
}

// measureRoles measures the matrix with more and more connections, and on one core and all.
func (p *page) measureRoles(ctx context.Context, o *options) error {
	all := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(all)
	measure := func(practice bool, cores, connections int) error {
		say("roles --live: practice %v, %d cores, %d connections", practice, cores, connections)
		runtime.GOMAXPROCS(cores)
		options := live.Options{Practice: practice, Workers: connections, Timeout: 2 * time.Minute}
		if !practice {
			options.URL, options.Credentials = o.url, keycloak.Credentials{User: o.user, Password: wire.NewSecret(o.pass)}
		}
		begin := time.Now()
		if _, err := live.Measure(ctx, options); err != nil {
			return err
		}
		p.roles = append(p.roles, measured{practice, cores, connections, time.Since(begin)})
		return nil
	}
	for _, connections := range []int{1, 2, 4, 8, 16} {
		if err := measure(false, all, connections); err != nil {
			return err
		}
	}
	for cores := 1; cores <= all; cores *= 2 {
		for _, connections := range []int{1, 8} {
			if err := measure(true, cores, connections); err != nil {
				return err
			}
		}
	}
	return nil
}

// practiceServer is fix403 practice as a process.
type practiceServer struct {
	cmd           *exec.Cmd
	url, password string
	learners      [][2]string // realm, which is the user's name as well, and password
}

var (
	adminLine   = regexp.MustCompile(`admin password +(\S+)`)
	learnerLine = regexp.MustCompile(`realm (\S+) +user \S+ +password (\S+)`)
)

func startPractice(ctx context.Context, o *options, args ...string) (*practiceServer, error) {
	s := &practiceServer{cmd: exec.CommandContext(ctx, o.program, append([]string{"practice"}, args...)...)} // #nosec G204 -- just built
	s.cmd.Cancel = func() error { return s.cmd.Process.Signal(os.Interrupt) }
	out, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		return nil, err
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := lines.Text()
		if i := strings.Index(line, "http://"); i >= 0 && s.url == "" {
			s.url = line[i:]
		}
		if m := adminLine.FindStringSubmatch(line); m != nil {
			s.password = m[1]
		}
		if m := learnerLine.FindStringSubmatch(line); m != nil {
			s.learners = append(s.learners, [2]string{m[1], m[2]})
		}
		if strings.HasPrefix(line, "ctrl+c") {
			return s, nil
		}
	}
	return nil, errors.Join(fmt.Errorf("%v printed no end", args), s.stop())
}

func (s *practiceServer) stop() error {
	_ = s.cmd.Process.Signal(os.Interrupt)
	var exit *exec.ExitError
	if err := s.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		return err
	}
	return nil
}

// memory is what the server has now and had at most, in bytes.
func (s *practiceServer) memory() (now, most int64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		name, value, _ := strings.Cut(line, ":")
		var kib int64
		_, _ = fmt.Sscan(value, &kib)
		switch name {
		case "VmRSS":
			now = kib << 10
		case "VmHWM":
			most = kib << 10
		}
	}
	return now, most, nil
}

// startUp is the time from the start of the process until it has answered /realms/master.
func (p *page) startUp(ctx context.Context, o *options) error {
	say("starting the practice server")
	for range 5 * o.runs {
		port, err := freePort(ctx)
		if err != nil {
			return err
		}
		cmd := exec.CommandContext(ctx, o.program, "practice", "--port", fmt.Sprint(port)) // #nosec G204 -- just built
		begin := time.Now()
		if err := cmd.Start(); err != nil {
			return err
		}
		for {
			res, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/realms/master", port)) //nolint:noctx // the process is ended below
			if err == nil {
				_, err = io.Copy(io.Discard, res.Body)
				_ = res.Body.Close()
			}
			if err == nil && res.StatusCode == http.StatusOK {
				break
			}
			if took := time.Since(begin); took > 10*time.Second {
				return fmt.Errorf("practice does not answer: %w", err)
			}
			time.Sleep(100 * time.Microsecond)
		}
		p.starts = append(p.starts, time.Since(begin))
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	return nil
}

func freePort(ctx context.Context) (int, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// class is a class of learners who all tell the story at the same time.
type class struct {
	learners  int
	took      time.Duration
	requests  int
	now, most int64 // bytes of the server, after the story and at most
}

// teachClasses lets every learner tell the whole story at the same time; the learners themselves run in this process, on
// the same cores.
func (p *page) teachClasses(ctx context.Context, o *options) error {
	for n := 1; n <= o.learners; n *= 10 {
		say("a class of %d", n)
		s, err := startPractice(ctx, o, "--port", "0", "--learners", fmt.Sprint(n))
		if err != nil {
			return err
		}
		c := class{learners: n}
		var requests atomic.Int64
		var failed atomic.Pointer[error]
		var ended sync.WaitGroup
		begin := time.Now()
		for _, l := range s.learners {
			ended.Go(func() {
				made, err := tellAs(ctx, s.url, l)
				requests.Add(int64(made))
				if err != nil {
					failed.Store(&err)
				}
			})
		}
		ended.Wait()
		c.took, c.requests = time.Since(begin), int(requests.Load())
		if c.now, c.most, err = s.memory(); failed.Load() != nil {
			err = errors.Join(err, *failed.Load())
		}
		if err := errors.Join(err, s.stop()); err != nil {
			return err
		}
		p.classes = append(p.classes, c)
	}
	return nil
}

func tellAs(ctx context.Context, server string, l [2]string) (requests int, err error) {
	params := params.DefaultParams()
	params.Realm = l[0]
	s, err := story.New(story.Options{
		URL: server, Params: params, Existing: true, Timeout: 5 * time.Minute,
		Credentials: keycloak.Credentials{Realm: l[0], User: l[0], Password: wire.NewSecret(l[1])},
	})
	if err != nil {
		return 0, err
	}
	defer s.Close()
	for _, step := range story.Steps() {
		if _, err := s.Do(ctx, step.ID); err != nil {
			return 0, fmt.Errorf("%s, %s: %w", l[0], step.ID, err)
		}
	}
	return len(s.Exchanges()), nil
}

// load is the throughput of the practice server.
type load struct {
	connections int
	perSecond   float64
}

// loadPractice reads one user as fast as it goes.
func (p *page) loadPractice(ctx context.Context, o *options) error {
	s, err := startPractice(ctx, o, "--port", "0")
	if err != nil {
		return err
	}
	defer func() { _ = s.stop() }()
	b := &bareProgram{base: s.url}
	b.admin = b.token("master", url.Values{"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {"admin"}, "password": {s.password}})
	_, text := b.call(http.MethodGet, "/admin/realms/master/users", b.admin, nil, 200)
	users := decoded[[]object](b, text)
	if b.err != nil || len(users) == 0 {
		return errors.Join(b.err, errors.New("no user"))
	}
	path := "/admin/realms/master/users/" + users[0].ID
	for _, connections := range []int{1, 8, 64} {
		say("practice: %d connections", connections)
		const lasts = 2 * time.Second
		var requests atomic.Int64
		var failed atomic.Pointer[error]
		var ended sync.WaitGroup
		begin := time.Now()
		for range connections {
			ended.Go(func() {
				one := &bareProgram{base: s.url, client: http.Client{Transport: &http.Transport{}}}
				for time.Since(begin) < lasts && one.err == nil {
					_, text := one.call(http.MethodGet, path, b.admin, nil, 200)
					if !json.Valid(bytes.TrimSpace(text)) {
						one.err = fmt.Errorf("no JSON: %s", text)
					}
					requests.Add(1)
				}
				if one.err != nil {
					failed.Store(&one.err)
				}
			})
		}
		ended.Wait()
		if err := failed.Load(); err != nil {
			return *err
		}
		p.loads = append(p.loads, load{connections, float64(requests.Load()) / time.Since(begin).Seconds()})
	}
	return nil
}
