package server

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"fix403/keycloak/failure"
	"fix403/keycloak/foreign"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// DefaultVersion is started when neither version nor distribution is named: the newest measured one.
const DefaultVersion = "26.7.4"

// What [Start] misses on this machine; for errors.Is.
var (
	ErrNoJava    = errors.New("no suitable Java")
	ErrNoMaven   = errors.New("no Maven")
	ErrPortInUse = errors.New("the port is in use")
)

// The kinds of errors that only this package returns.
const (
	KindNoJava  failure.Kind = "no-java"
	KindNoMaven failure.Kind = "no-maven"
	KindStart   failure.Kind = "cannot-start" // Keycloak, or what it runs in, ended before it was ready
)

// Options of [Start]. The zero value starts [DefaultVersion] with Java on a free port, with a random password.
type Options struct {
	Version       string        // such as "26.7.3"; with Dist it may be empty
	Dist          string        // folder of an unpacked distribution, which stays as it is; "" fetches one
	Containers    bool          // without Dist: try Docker and Podman before Java
	Port          int           // 0: a free one
	AdminUser     string        // "": admin
	AdminPassword string        // "": a random one
	Timeout       time.Duration // from the start of the process until it is ready; 0: 10 minutes
	// Args are more of Keycloak's own options, such as --proxy-headers=xforwarded, where it runs as a process.
	Args []string
	// State is the folder for a record by which [End] finds the server again; "" keeps none.
	State string
	// Progress is told, from the goroutine of Start, what is going on, a line each; may be nil.
	Progress func(string)
}

// Server is a running Keycloak.
type Server struct {
	options Options
	record  Record
	host    host
	stop    sync.Once
	stopped error
	fetched string // the folder of a distribution that was downloaded; "" for one that was named
}

// host is what a Keycloak runs in.
type host interface {
	// start returns when Keycloak's process exists. Whether it worked or not, end must be called.
	start(ctx context.Context) error
	// done is closed when Keycloak has ended.
	done() <-chan struct{}
	// lines are the last ones that Keycloak wrote, at most n.
	lines(n int) string
	// release stops watching it, without ending it.
	release()
}

// startTimeout is for a busy machine: four minutes were seen on two cores with six times the work; alone Keycloak takes
// 15 to 40 s.
const startTimeout = 10 * time.Minute

// Start starts a Keycloak and returns when its realm master answers. ctx ends the start, not the server: that is what
// [Server.Stop] is for. Errors are of type [failure.Error], with Keycloak's last lines where it had begun;
// [ErrNoJava], [ErrNoMaven] and [ErrPortInUse] can be told apart. What failed or was given up has left nothing behind.
func Start(ctx context.Context, o Options) (*Server, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	if _, err := choosePorts(ctx, o.Port); err != nil { // before anything that takes long
		return nil, err
	}
	s := &Server{options: o, record: Record{ID: rand.Text(), Version: o.Version, AdminUser: o.AdminUser, Started: time.Now().UTC()}}
	launch, err := s.prepare(ctx)
	if err != nil {
		return nil, err
	}
	ports, err := choosePorts(ctx, o.Port)
	if err != nil {
		return nil, err
	}
	s.record.Port = ports[0]
	s.record.URL = "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(s.record.Port))
	if err := s.record.save(ctx, o.State); err != nil {
		return nil, err
	}
	s.host = launch(ports[1])
	err = s.host.start(ctx)
	if err == nil {
		err = s.wait(ctx)
	}
	if err != nil {
		failure := s.failure(ctx, err) // before the log is removed
		if err := s.Stop(); err != nil {
			failure.Message = msg.New("%s\nNot everything could be removed: %s", failure.Message, err)
		}
		return nil, failure
	}
	return s, nil
}

// prepare finds what Keycloak will run in, and returns how to make it, given a free port beside the server's own.
func (s *Server) prepare(ctx context.Context) (func(port int) host, error) {
	o := &s.options
	if o.Containers && o.Dist == "" {
		if engine := findEngine(ctx, o); engine != "" {
			s.record.Engine, s.record.Container = filepath.Base(engine), namePrefix+strings.ToLower(s.record.ID)
			return func(int) host { return newContainer(s, engine) }, nil
		}
	}
	if ctx.Err() != nil {
		return nil, gaveUp(ctx)
	}
	java, err := findJava(ctx)
	if err != nil {
		return nil, err
	}
	dist := o.Dist
	if dist == "" {
		if dist, err = fetch(ctx, o); err != nil {
			return nil, err
		}
		s.fetched = dist
	}
	temp, err := filepath.Abs(os.TempDir())
	if err != nil {
		return nil, err
	}
	s.record.Folder = filepath.Join(temp, namePrefix+s.record.ID)
	return func(port int) host { return newProcess(s, dist, java, port) }, nil
}

func (o *Options) complete() error {
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	if o.Timeout == 0 {
		o.Timeout = startTimeout
	}
	if o.Dist != "" {
		if err := checkDist(o.Dist); err != nil {
			return err
		}
		if o.Version == "" {
			o.Version = versionOf(o.Dist)
		}
	}
	if o.Version == "" {
		o.Version = DefaultVersion
	}
	if strings.ContainsAny(o.Version, `/\:`) || strings.HasPrefix(o.Version, ".") {
		return badInput("It is a text such as "+DefaultVersion+".", "%q is not a version of Keycloak.", o.Version)
	}
	if o.AdminUser == "" {
		o.AdminUser = "admin"
	}
	if o.AdminPassword == "" {
		o.AdminPassword = rand.Text()
	}
	return nil
}

func badInput(hint, format msg.Format, args ...any) error {
	return &failure.Error{Kind: failure.BadInput, Message: msg.New(format, args...), Hint: msg.New(hint)}
}

func checkDist(dist string) error {
	if _, err := os.Stat(filepath.Join(dist, "bin", script)); err == nil {
		return nil
	}
	hint := msg.New("Name the folder that the archive of a Keycloak distribution unpacks to, such as keycloak-%s.", DefaultVersion)
	for _, inside := range []string{filepath.Join(dist, "*"), filepath.Dir(dist)} {
		if found, _ := filepath.Glob(filepath.Join(inside, "bin", script)); len(found) > 0 {
			hint = msg.New("Did you mean %s?", filepath.Dir(filepath.Dir(found[0])))
			break
		}
	}
	return &failure.Error{Kind: failure.BadInput, Message: msg.New("%s is not a Keycloak distribution: it has no bin/%s.", dist, script), Hint: hint}
}

// versionOf reads version.txt, whose text is "Keycloak - Version 26.7.3"; "" when there is none.
func versionOf(dist string) string {
	text, err := foreign.ReadOwn(filepath.Join(dist, "version.txt"), 4<<10)
	if err != nil {
		return ""
	}
	fields := strings.Fields(string(text))
	if len(fields) == 0 {
		return ""
	}
	return fields[len(fields)-1]
}

// major returns the first number of a version; 0 if it has none.
func major(version string) int {
	first, _, _ := strings.Cut(version, ".")
	n, _ := strconv.Atoi(first)
	return n
}

// adminEnvironment has the first admin: on a command line every user of the machine would see the password.
func (o *Options) adminEnvironment() []string {
	user, password := o.adminVariables()
	return []string{user + "=" + o.AdminUser, password + "=" + o.AdminPassword}
}

func (o *Options) adminVariables() (user, password string) {
	if major(o.Version) >= 26 {
		return "KC_BOOTSTRAP_ADMIN_USERNAME", "KC_BOOTSTRAP_ADMIN_PASSWORD"
	}
	return "KEYCLOAK_ADMIN", "KEYCLOAK_ADMIN_PASSWORD"
}

// Kept returns what was downloaded to run it and stays for the next time, and the command that removes it; "" where nothing was.
func (s *Server) Kept() (what string, remove []string) {
	switch {
	case s.record.Engine != "":
		return image(s.options.Version), []string{s.record.Engine, "rmi", image(s.options.Version)}
	case s.fetched != "":
		return s.fetched, []string{"rm", "-r", s.fetched}
	}
	return "", nil
}

// phases are what Keycloak does while it starts, the last first, by what it writes then.
var phases = [][2]string{
	{"KC-SERVICES0050", "it creates the realm master"},
	{"Initializing database schema", "it sets up its database"},
	{"augmentation completed", "it starts"},
	{"Updating the configuration", "it builds its configuration"},
}

// phase returns what Keycloak is doing, in our words: its log says whatever was last.
func phase(log string) string {
	for _, p := range phases {
		if strings.Contains(log, p[0]) {
			return p[1]
		}
	}
	return "it starts"
}

var errEnded = errors.New("Keycloak ended")

// wait returns nil once the realm master answers 200.
func (s *Server) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.options.Timeout)
	defer cancel()
	client := &http.Client{
		Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true},
		Timeout:   5 * time.Second,
	}
	tick, tell, begun := time.NewTicker(50*time.Millisecond), time.NewTicker(10*time.Second), time.Now()
	defer tick.Stop()
	defer tell.Stop()
	for {
		select {
		case <-s.host.done():
			return errEnded
		case <-ctx.Done():
			return ctx.Err()
		case <-tell.C:
			s.options.Progress(fmt.Sprintf("… %s: %s", time.Since(begun).Round(time.Second), phase(s.lines(keptLines))))
			continue
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

// failure returns the error that a user reads where a start failed.
func (s *Server) failure(ctx context.Context, err error) *failure.Error {
	last := " It wrote nothing."
	if lines := s.lines(keptLines); lines != "" {
		last = " Its last lines:\n" + lines
	}
	e := &failure.Error{Kind: KindStart, Err: err}
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return gaveUp(ctx)
	case errors.Is(err, errEnded):
		e.Message = msg.New("Keycloak %s ended before it was ready.%s", s.options.Version, last)
		e.Hint = msg.New("These lines show the cause. Another version, port or Java may help.")
	case errors.Is(err, context.DeadlineExceeded):
		e.Kind = failure.Timeout
		e.Message = msg.New("Keycloak %s was not ready in time.%s", s.options.Version, last)
		e.Hint = msg.New("On a busy machine, try again later; otherwise these lines show what it was waiting for.")
	default:
		e.Message = msg.New("Keycloak %s cannot be started: %s", s.options.Version, s.mask(err.Error()))
		e.Hint = msg.New("Check the disk space, and that the named program can run.")
	}
	return e
}

func gaveUp(ctx context.Context) *failure.Error {
	return &failure.Error{Kind: failure.Canceled, Message: msg.New("Starting Keycloak was cancelled."), Err: ctx.Err()}
}

func (s *Server) lines(n int) string { return s.mask(s.host.lines(n)) }

func (s *Server) mask(text string) string {
	return strings.ReplaceAll(text, s.options.AdminPassword, wire.Masked)
}

// LastLines returns the last lines that Keycloak wrote, with the admin's password masked.
func (s *Server) LastLines() string { return s.lines(keptLines) }

// keptLines is how many of its last lines an error quotes; a stack trace of Keycloak names its cause within them.
const keptLines = 20

// URL returns the base URL.
func (s *Server) URL() string { return s.record.URL }

// AdminUser returns the name of the first admin, of the realm master.
func (s *Server) AdminUser() string { return s.options.AdminUser }

// AdminPassword of [Server.AdminUser].
func (s *Server) AdminPassword() string { return s.options.AdminPassword }

// Version returns the version that was asked for, or read from the distribution.
func (s *Server) Version() string { return s.options.Version }

// Folder returns the folder of the server's own copy of the distribution, with its tools in bin; "" in a container.
func (s *Server) Folder() string { return s.record.Folder }

// Record returns where the server runs.
func (s *Server) Record() Record { return s.record }

// Done returns what is closed when Keycloak has ended, by [Server.Stop] or otherwise.
func (s *Server) Done() <-chan struct{} { return s.host.done() }

// Release leaves the server to [End]: it goes on when this process ends.
func (s *Server) Release() { s.host.release() }

// Stop ends Keycloak with everything it started, and removes its data and record. Only the first call does something;
// each returns the first one's error.
func (s *Server) Stop() error {
	s.stop.Do(func() {
		s.stopped = s.record.End(context.Background())
		s.host.release()
	})
	return s.stopped
}

// choosePorts returns the wanted port, or a free one, and another free one.
func choosePorts(ctx context.Context, wanted int) ([2]int, error) {
	var ports [2]int
	var listeners [2]net.Listener
	if wanted < 0 || wanted > 65535 {
		return ports, badInput("A port is a number from 0 to 65535.", "There is no port %d.", wanted)
	}
	for i, port := range []int{wanted, 0} {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
		// Where a server listens on all addresses, some systems let another one listen on this one beside it.
		err := errors.New("something answers there")
		var l net.Listener
		if port == 0 || !answers(ctx, address) {
			l, err = (&net.ListenConfig{}).Listen(ctx, "tcp", address)
		}
		if ctx.Err() != nil {
			return ports, gaveUp(ctx)
		}
		if err != nil {
			return ports, &failure.Error{
				Kind: failure.BadInput, Message: msg.New("Port %d of 127.0.0.1 is in use, or cannot be opened.", port),
				Hint: msg.New("Choose another port, or 0 for a free one."), Err: fmt.Errorf("%w: %w", ErrPortInUse, err),
			}
		}
		defer func() { _ = l.Close() }()
		listeners[i] = l
	}
	for i, l := range listeners {
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports, nil
}

func answers(ctx context.Context, address string) bool {
	c, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", address)
	if err != nil {
		return false
	}
	_ = c.Close()
	return true
}
