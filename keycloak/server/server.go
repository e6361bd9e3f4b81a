package server

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// DefaultVersion is started when neither version nor distribution is named.
const DefaultVersion = "26.7.3"

// What [Start] misses on this machine; for errors.Is. The error's text says what to install.
var (
	ErrNoJava    = errors.New("no suitable Java")
	ErrNoMaven   = errors.New("no Maven")
	ErrPortInUse = errors.New("the port is in use")
)

// Options of [Start]. The zero value starts [DefaultVersion] on a free port, with a random password.
type Options struct {
	Version       string    // such as "26.7.3"; with Dist it may be empty
	Dist          string    // folder of an unpacked distribution, which stays as it is; "" fetches one
	Port          int       // 0: a free one
	AdminUser     string    // "": admin
	AdminPassword string    // "": a random one
	Log           io.Writer // gets Keycloak's output while it runs; may be nil
}

// Server is a running Keycloak.
type Server struct {
	options Options
	dir     string // removed by Stop
	cmd     *exec.Cmd
	log     *tail
	done    chan struct{} // closed when the process has ended
	ended   error         // how; read after done
	stop    sync.Once
	stopped error
}

var errEnded = errors.New("exit status 0")

// startTimeout bounds the time until Keycloak is ready, for callers without a deadline; it takes 15 to 40 s on two cores.
const startTimeout = 5 * time.Minute

// stopGrace is how long Keycloak may take to end by itself.
const stopGrace = 20 * time.Second

// Start starts a Keycloak and returns when it answers. ctx ends the start, not the server: that is what [Server.Stop] is
// for. Errors quote the last lines of Keycloak's output; [ErrNoJava], [ErrNoMaven] and [ErrPortInUse] can be told apart.
func Start(ctx context.Context, o Options) (*Server, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	java, err := findJava(ctx)
	if err != nil {
		return nil, err
	}
	dist := o.Dist
	if dist == "" {
		if dist, err = fetch(ctx, o.Version); err != nil {
			return nil, err
		}
	}
	ports, err := choosePorts(ctx, o.Port)
	if err != nil {
		return nil, err
	}
	o.Port = ports[0]
	dir, err := os.MkdirTemp("", "fix403-keycloak-")
	if err != nil {
		return nil, err
	}
	s := &Server{options: o, dir: dir, log: newTail(o.Log), done: make(chan struct{})}
	if err := s.run(ctx, dist, java, ports[1]); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := s.wait(ctx); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

func (o *Options) complete() error {
	if o.Dist != "" {
		if _, err := os.Stat(filepath.Join(o.Dist, "bin", script)); err != nil {
			return fmt.Errorf("%s is no Keycloak distribution: it has no bin/%s", o.Dist, script)
		}
		if o.Version == "" {
			o.Version = versionOf(o.Dist)
		}
	}
	if o.Version == "" {
		o.Version = DefaultVersion
	}
	if strings.ContainsAny(o.Version, `/\:`) || strings.HasPrefix(o.Version, ".") {
		return fmt.Errorf("%q is no version of Keycloak", o.Version)
	}
	if o.AdminUser == "" {
		o.AdminUser = "admin"
	}
	if o.AdminPassword == "" {
		o.AdminPassword = rand.Text()
	}
	return nil
}

// versionOf reads version.txt, whose text is "Keycloak - Version 26.7.3"; "" when there is none.
func versionOf(dist string) string {
	text, err := os.ReadFile(filepath.Join(dist, "version.txt")) // #nosec G304 -- the folder is the caller's choice
	if err != nil {
		return ""
	}
	fields := strings.Fields(string(text))
	if len(fields) == 0 {
		return ""
	}
	return fields[len(fields)-1]
}

// major is the first number of a version; 0 if it has none.
func major(version string) int {
	first, _, _ := strings.Cut(version, ".")
	n, _ := strconv.Atoi(first)
	return n
}

func (s *Server) run(ctx context.Context, dist, java string, managementPort int) error {
	if err := cloneDist(dist, s.dir); err != nil {
		return fmt.Errorf("the distribution can not be copied to %s: %w", s.dir, err)
	}
	args := []string{"start-dev", "--http-host", "127.0.0.1", "--http-port", strconv.Itoa(s.options.Port)}
	if major(s.options.Version) >= 25 {
		args = append(args, "--http-management-port", strconv.Itoa(managementPort))
	}
	s.cmd = exec.CommandContext(context.WithoutCancel(ctx), filepath.Join(s.dir, "bin", script), args...) // #nosec G204 -- our own copy
	s.cmd.Dir = s.dir
	s.cmd.Env = s.environment(java)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	s.cmd.WaitDelay = 5 * time.Second
	ownGroup(s.cmd)
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("Keycloak can not be started: %w", err)
	}
	go func() {
		s.ended = s.cmd.Wait()
		close(s.done)
	}()
	return nil
}

// environment is ours without settings for another Keycloak, and with the first admin: on a command line every user of
// the machine would see the password.
func (s *Server) environment(java string) []string {
	var env []string
	for _, e := range os.Environ() {
		name, _, _ := strings.Cut(e, "=")
		if !strings.HasPrefix(name, "KC_") && !strings.HasPrefix(name, "KEYCLOAK_") && !strings.HasPrefix(name, "QUARKUS_") && name != "JAVA" {
			env = append(env, e)
		}
	}
	env = append(env, "JAVA="+java)
	if major(s.options.Version) >= 26 {
		return append(env, "KC_BOOTSTRAP_ADMIN_USERNAME="+s.options.AdminUser, "KC_BOOTSTRAP_ADMIN_PASSWORD="+s.options.AdminPassword)
	}
	return append(env, "KEYCLOAK_ADMIN="+s.options.AdminUser, "KEYCLOAK_ADMIN_PASSWORD="+s.options.AdminPassword)
}

// wait returns nil once the realm master answers 200.
func (s *Server) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	client := &http.Client{
		Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true},
		Timeout:   5 * time.Second,
	}
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-s.done:
			return fmt.Errorf("Keycloak %s ended before it was ready: %w.%s", s.options.Version, cmp.Or(s.ended, errEnded), s.lastLines())
		case <-ctx.Done():
			return fmt.Errorf("Keycloak %s was not ready in time: %w.%s", s.options.Version, ctx.Err(), s.lastLines())
		case <-tick.C:
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL()+"/realms/master", nil)
		if err != nil {
			return err
		}
		res, err := client.Do(req)
		if err != nil {
			continue
		}
		_ = res.Body.Close()
		if res.StatusCode == http.StatusOK {
			return nil
		}
	}
}

func (s *Server) lastLines() string {
	lines := strings.ReplaceAll(s.log.String(), s.options.AdminPassword, "***")
	if lines == "" {
		return " It wrote nothing."
	}
	return " Its last lines:\n" + lines
}

// URL is the base URL.
func (s *Server) URL() string {
	return "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(s.options.Port))
}

// AdminUser is the name of the first admin, of the realm master.
func (s *Server) AdminUser() string { return s.options.AdminUser }

// AdminPassword of [Server.AdminUser].
func (s *Server) AdminPassword() string { return s.options.AdminPassword }

// Version is the version that was asked for, or read from the distribution.
func (s *Server) Version() string { return s.options.Version }

// Folder returns the folder of the server's own copy of the distribution, with its tools in bin.
func (s *Server) Folder() string { return s.dir }

// Done is closed when Keycloak has ended, by [Server.Stop] or by itself.
func (s *Server) Done() <-chan struct{} { return s.done }

// Stop ends Keycloak with everything it started, and removes its data. Only the first call does something; each returns
// the first one's error.
func (s *Server) Stop() error {
	s.stop.Do(func() {
		terminate(s.cmd)
		select {
		case <-s.done:
		case <-time.After(stopGrace):
		}
		kill(s.cmd) // also what is left of the group
		<-s.done
		s.stopped = os.RemoveAll(s.dir)
	})
	return s.stopped
}

// choosePorts returns the wanted port, or a free one, and another free one.
func choosePorts(ctx context.Context, wanted int) ([2]int, error) {
	var ports [2]int
	var listeners [2]net.Listener
	for i, port := range []int{wanted, 0} {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			return ports, fmt.Errorf("%w: 127.0.0.1:%d can not be opened: %w", ErrPortInUse, port, err)
		}
		defer func() { _ = l.Close() }()
		listeners[i] = l
	}
	for i, l := range listeners {
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports, nil
}
