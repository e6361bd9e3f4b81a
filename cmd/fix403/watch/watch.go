// Package watch has the command watch: a proxy before a Keycloak that looks at what a program calls.
package watch

import (
	"cmp"
	"context"
	"io"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fix403/cmd/fix403/flags"
	"fix403/cmd/fix403/front"
	"fix403/flows/report"
	"fix403/flows/watch"
	"fix403/keycloak"
	"fix403/keycloak/wire"
	"fix403/ui/plain"
)

// App is what the command takes from the program.
type App struct {
	Command func(run func(*cobra.Command, []string) error) func(*cobra.Command, []string) error
	// Complete fills in what no flag gave.
	Complete func(*pflag.FlagSet, flags.Groups) error
	// Admin logs the admin in, for requests that change nothing; nil where no login was given.
	Admin func(context.Context, *pflag.FlagSet, *flags.Server, *flags.Names) (*keycloak.Admin, error)
	// Lines write to stdout, Asides to stderr.
	Lines, Asides func() plain.Lines
	JSON          func(any) error
	Report        func(path string, text []byte) error
	// Read reads a file, - is stdin.
	Read     func(ctx context.Context, path string) ([]byte, error)
	Warnings func() []string
	// Exit is the error with which the program ends as the user's command did.
	Exit func(code int) error
	// In, Out and Err are the streams of the user's command; OnTerminal reports whether it is started from a terminal.
	In         io.Reader
	Out, Err   io.Writer
	OnTerminal bool
}

type options struct {
	flags.Server
	flags.Names
	flags.Output
	flags.Screen
	listen, junit, show string
	record, from        string
	port                int
	fixedPort           bool
	command             []string
}

// Command returns the command.
func Command(a App) *cobra.Command {
	o := &options{}
	cmd := &cobra.Command{
		Use:   "watch [-- COMMAND...]",
		Short: "Watch what a program of yours calls, why a call is refused, and which roles it needs",
		Long: `Listens on a loopback port, passes everything on to the Keycloak at --url unchanged, and shows each call of the admin API:
who calls, the route, the status, and for a refused call or one that hides something the gate and the reason. At the end it
prints for each client the smallest set of roles for what it called, and what its token carries beyond that.

Point the base URL of your program at the address that is printed. With -- COMMAND fix403 runs it, with that address in
KEYCLOAK_URL, KC_URL, KEYCLOAK_SERVER_URL and FIX403_WATCH_URL, and ends with its exit code. What fix403 itself was told
(FIX403_...) is not in its environment. All output of fix403 itself is on stderr then.

The server is called by its own name (Host), so the issuer of tokens and the links in its responses are as without the proxy.
It makes no calls with the tokens that it sees, and keeps neither them nor bodies. A reason comes from the response, the
token and the table of roles. With an admin's login the server's version is read at the start; without, the roles are likely.
--record writes the calls to a file, one a line, without tokens, bodies and the values of queries. --from reads such a file, a
HAR file or an access log of nginx or Keycloak in the place of a proxy, and contacts no server: --as names the version.
The proxy speaks plain http, and does what its callers may: --listen with another address opens it to other machines.

With --json it prints at the end, on stdout (a command's own output then goes to stderr),
  {"server": {"url": "…", "version": "26.7.4", "practice": false}, "requests": 57, "clients": [{"client_id": "reports",
     "account": {"kind": "service-account", "name": "service-account-reports", "client_id": "reports", "realm": "shop"},
     "realm": "shop", "calls": [{"method": "GET", "path": "/admin/realms/{realm}/users", "known": true,
       "statuses": {"200": 3, "403": 1}, "stopped_at": "role", "reason": "…"}], "roles_of": "realm-management",
     "smallest_roles": ["view-users"], "roles_seen": true, "surplus_roles": ["manage-users"],
     "fix": {"curl": ["…"], "kcadm": ["…"], "terraform": "…"}}], "exit_code": 0}
realm is that of the calls; an account of the realm master that calls several has an entry for each. equal_roles are sets that are
as small; certainty is likely where the version was not measured or is not known. known is false for a call that is not in the
table: it is not in the set. roles_seen is false where the token carries no roles. statuses counts no response as 0.
equal_roles, certainty, stopped_at, reason, notes, fix, uncounted, exit_code and warnings appear only where they apply.

Exit codes: that of the command, 2 if it cannot be started; without one 0, when you end it.`,
		Example: `  fix403 watch --url https://sso.example.com
  fix403 watch --url https://sso.example.com -- python3 nightly.py
  fix403 watch --from access.log --as 26.7.4
  fix403 watch --url https://sso.example.com --junit rights.xml --show terraform -- npm test`,
	}
	f := cmd.Flags()
	o.Server.AddFlags(f)
	o.Names.AddFlags(f, "realm", "client-id", "username", "email")
	o.Screen.AddFlags(f)
	o.AddJSONFlag(f)
	for _, unused := range []string{"practice", "timeout"} {
		_ = f.MarkHidden(unused) // fails only for a name that is not there
	}
	f.StringVar(&o.listen, "listen", "127.0.0.1", "address to listen on")
	f.IntVar(&o.port, "port", watch.DefaultPort, "port; 0 picks a free one")
	f.StringVar(&o.junit, "junit", "", "write a JUnit XML report to this file: a test for each call of each client")
	f.StringVar(&o.record, "record", "", "write the calls that are seen to this file")
	f.StringVar(&o.from, "from", "", "recording to take the calls from, instead of a proxy, - for stdin")
	f.Lookup("as").Usage = "version of Keycloak whose roles are meant, with --from"
	f.StringVar(&o.show, "show", "", "also print lines that grant the roles: "+strings.Join(plain.WatchForms(), ", "))
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if at := cmd.ArgsLenAtDash(); len(args) > 0 && at != 0 {
			return flags.Usage("Write fix403 watch --url URL -- COMMAND.", "the command to run stands behind --, and %q does not", args[0])
		}
		return nil
	}
	cmd.ValidArgsFunction = cobra.NoFileCompletions
	cmd.RunE = a.Command(func(cmd *cobra.Command, args []string) error {
		o.command, o.fixedPort = args, f.Changed("port")
		return a.watch(cmd.Context(), f, o)
	})
	return cmd
}

func (a App) watch(ctx context.Context, f *pflag.FlagSet, o *options) error {
	o.AnyVersion = o.from != ""
	if err := a.Complete(f, flags.Groups{Server: &o.Server, Output: &o.Output, Screen: &o.Screen}); err != nil {
		return err
	}
	switch {
	case o.from != "" && (len(o.command) > 0 || o.record != "" || f.Changed("url")):
		return flags.Usage("Leave them away: a recording is read, and no server is called.", "--from goes with no command, and not with --url or --record")
	case o.show != "" && !slices.Contains(plain.WatchForms(), o.show):
		return flags.Usage("It can be "+strings.Join(plain.WatchForms(), ", ")+".", "--show shows no %q", o.show)
	case o.from != "":
		return a.recorded(ctx, o)
	case o.Practice || o.URL == "":
		return flags.Usage("Name it by --url or FIX403_URL. fix403 practice serves one for practice, and prints its address.", "the server to pass on to is not named")
	}
	version, base, err := a.server(ctx, f, o)
	if err != nil {
		return err
	}
	target, err := url.Parse(base)
	if err != nil {
		return err
	}
	transport, err := wire.NewTransport(o.TLS)
	if err != nil {
		return err
	}
	defer transport.CloseIdleConnections()
	l, err := front.Listen(ctx, o.listen, o.port, o.fixedPort)
	if err != nil {
		return err
	}
	recording, err := record(o.record)
	if err != nil {
		return err
	}
	shown := a.showing(o)
	w := watch.NewWatcher(watch.Options{URL: base, Version: version, Watching: func(s watch.Seen) {
		recording.add(s)
		shown.add(s)
	}})
	code, err := a.serve(ctx, o, l, watch.NewProxy(target, transport, w), target)
	shown.end()
	err = cmp.Or(err, recording.end())
	if err != nil {
		return err
	}
	return a.sum(o, w.Sum(), code)
}

// server returns the version of the server, "" where nobody is logged in or it does not tell, and its base URL. It looks whether there is
// a Keycloak first: a command that calls none fails in a way that is harder to read.
func (a App) server(ctx context.Context, f *pflag.FlagSet, o *options) (version, base string, err error) {
	admin, err := a.Admin(ctx, f, &o.Server, &o.Names)
	if err == nil && admin != nil {
		version, err = admin.Version(ctx)
	}
	if err != nil {
		return "", "", err
	}
	transport, err := wire.NewTransport(o.TLS)
	if err != nil {
		return "", "", err
	}
	defer transport.CloseIdleConnections()
	server, err := keycloak.Open(ctx, o.URL, keycloak.Options{Transport: transport, Timeout: o.Timeout, ReadOnly: true})
	if err != nil {
		return "", "", err
	}
	return version, server.URL(), nil
}

// serve serves the proxy until the command, or who started it, ends it. The code is that of the command, -1 for none.
func (a App) serve(ctx context.Context, o *options, l net.Listener, p *watch.Proxy, target *url.URL) (code int, err error) {
	interfaces, _ := net.InterfaceAddrs() // without them the person knows their machine's name
	here, elsewhere := front.ReachedAt(l.Addr().(*net.TCPAddr), interfaces)
	address := "http://" + here + strings.TrimRight(target.Path, "/")
	say := a.Asides()
	if len(elsewhere) > 0 {
		say.Warning(say.T("Other machines can reach the proxy at %s. Tokens and passwords go to it in plain http.", strings.Join(elsewhere, ", ")))
	}
	say.Watching(address, target.String())
	served, stop := context.WithCancel(ctx)
	defer stop()
	if len(o.command) == 0 {
		return -1, p.Serve(served, l)
	}
	ended := make(chan error, 1)
	go func() { ended <- p.Serve(served, l) }()
	code, err = a.run(ctx, o, address)
	stop()
	return code, cmp.Or(err, <-ended)
}

// sum prints what was seen.
func (a App) sum(o *options, s watch.Sum, code int) error {
	if o.junit != "" {
		var cases []report.Case
		for _, t := range s.Tests(a.Asides().Printer) {
			cases = append(cases, report.Case{Name: t.Name, Failure: t.Failure})
		}
		text, err := report.JUnitCases("fix403 watch", cases)
		if err == nil {
			err = a.Report(o.junit, text)
		}
		if err != nil {
			return err
		}
	}
	switch {
	case o.JSON:
		d := s.Document(o.AdminRealm, o.AdminUser)
		d.Warnings = a.Warnings()
		if code >= 0 {
			d.ExitCode = &code
		}
		if err := a.JSON(d); err != nil {
			return err
		}
	case len(o.command) > 0:
		a.Asides().WatchSum(s, o.show, o.AdminRealm, o.AdminUser)
	default:
		a.Lines().WatchSum(s, o.show, o.AdminRealm, o.AdminUser)
	}
	if code > 0 {
		return a.Exit(code)
	}
	return nil
}

// showing shows calls as they are seen, and keeps none of them waiting: what a terminal does not take in time is only counted.
type showing struct {
	calls chan watch.Seen
	done  sync.WaitGroup
	mu    sync.Mutex
	left  int
}

func (a App) showing(o *options) *showing {
	const most = 1000
	s := &showing{calls: make(chan watch.Seen, most)}
	say := a.Asides()
	if o.JSON {
		say.Out = io.Discard
	}
	s.done.Go(func() {
		for call := range s.calls {
			say.Watched(call)
			s.mu.Lock()
			left := s.left
			s.left = 0
			s.mu.Unlock()
			if left > 0 {
				say.NotShown(left)
			}
		}
	})
	return s
}

func (s *showing) add(call watch.Seen) {
	select {
	case s.calls <- call:
	default:
		s.mu.Lock()
		s.left++
		s.mu.Unlock()
	}
}

// end waits until all is shown. Nothing may be added any more.
func (s *showing) end() {
	close(s.calls)
	s.done.Wait()
}
