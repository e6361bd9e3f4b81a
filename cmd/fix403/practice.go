package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"fix403/cmd/fix403/flags"
	"fix403/cmd/fix403/front"
	"fix403/flows/versions"
	"fix403/keycloak"
	"fix403/keycloak/practice"
	"fix403/ui/plain"
)

// practicePort is where the practice server listens when nothing says otherwise, so that notes stay true.
const practicePort = 8403

// maxLearners bounds a class on one machine.
const maxLearners = 1000

// practiceOptions are those of practice.
type practiceOptions struct {
	as, listen, basePath string
	port, learners       int
	seeds, faults        []string
	fixedPort            bool // --port was given
	check, strict        bool
}

func (a *app) practiceCommand(run func(context.Context, *practiceOptions) error) *cobra.Command {
	o := &practiceOptions{}
	cmd := &cobra.Command{
		Use:   "practice",
		Short: "Serve the practice Keycloak on a loopback port until interrupted",
		Long: `Serves the practice Keycloak until interrupted: an embedded server that responds like Keycloak, for trying calls with
curl, kcadm.sh or any client. It prints its address and the admin's credentials, and on stderr each request with its status and
the gate that stopped it. Everything is in memory and is discarded at the end.

26.8.2 could not be measured: the server follows Keycloak's documentation, with assumptions where it leaves something open
(docs/practice-fidelity.md). Its admin API accepts only tokens meant for it.

--seed reads realm exports (realms, clients, users, roles). --learners creates a realm with its own admin for each learner.
--check serves nothing: exit code 0 if a server answers there already, 3 if not, as a container's health check asks.
--fault causes failures on demand:
  latency=2s  status=503  reset  proxy-403  https-required  redirect  clock-skew=10m
with an optional path after @, as in proxy-403@/admin/.`,
		Example: `  fix403 practice
  fix403 practice --as 24.0.5 --port 8080
  fix403 practice --learners 30 --listen 0.0.0.0`,
		Args: cobra.NoArgs,
		RunE: a.command(func(cmd *cobra.Command, _ []string) error {
			o.fixedPort = cmd.Flags().Changed("port")
			return run(cmd.Context(), o)
		}),
	}
	f := cmd.Flags()
	f.StringVar(&o.as, "as", "", "version that the practice server responds like: "+flags.Versions(nil))
	f.StringVar(&o.listen, "listen", "127.0.0.1", "address to listen on")
	f.IntVar(&o.port, "port", practicePort, "port; 0 picks a free one")
	f.StringVar(&o.basePath, "base-path", "", "path before /realms and /admin, such as /auth")
	f.StringArrayVar(&o.seeds, "seed", nil, "realm export to start with, - for stdin (repeatable)")
	f.IntVar(&o.learners, "learners", 0, "number of realms to create, each with its own admin")
	f.BoolVar(&o.check, "check", false, "only see whether a server answers there")
	f.BoolVar(&o.strict, "strict", false, "refuse a realm of which something would not be kept")
	f.StringArrayVar(&o.faults, "fault", nil, "failure to cause, see above (repeatable)")
	return cmd
}

func (a *app) practice(ctx context.Context, o *practiceOptions) error {
	if o.learners < 0 || o.learners > maxLearners {
		return flags.Usage(fmt.Sprintf("It can be 1 to %d.", maxLearners), "there cannot be %d learners", o.learners)
	}
	if o.check {
		_, err := keycloak.Open(ctx, "http://"+net.JoinHostPort(o.listen, strconv.Itoa(o.port))+o.basePath, keycloak.Options{Once: true})
		return err
	}
	faults, err := front.Faults(o.faults)
	if err != nil {
		return err
	}
	s, err := practice.New(practice.Options{Version: o.as, BasePath: o.basePath, Strict: o.strict}.ForLearners(o.learners))
	if err != nil {
		return flags.Usage("See fix403 practice --help.", "%s", strings.TrimPrefix(err.Error(), "practice: "))
	}
	for _, path := range o.seeds {
		if err := a.seed(ctx, s, path); err != nil {
			return err
		}
	}
	learners, err := s.AddLearners(o.learners)
	if err != nil {
		return err
	}
	l, err := front.Listen(ctx, o.listen, o.port, o.fixedPort)
	if err != nil {
		return err
	}
	a.sayWhere(l, o.basePath, s, learners)
	s.SetFaults(faults)
	log := a.asides()
	return s.ServeThrough(ctx, l, front.Handler(s, o.basePath, a.Say(versions.Name(s.Version())), func(r front.Seen) {
		log.Request(r.Method, r.Path, r.Client, r.Status, r.Stop)
		log.LeftOut(r.LeftOut)
	}))
}

// sayWhere says where the server is reached, with which logins, and what to try.
func (a *app) sayWhere(l net.Listener, basePath string, s *practice.Server, learners []practice.Learner) {
	on := l.Addr().(*net.TCPAddr)
	interfaces, _ := net.InterfaceAddrs() // without them the person knows their machine's name
	here, elsewhere := front.ReachedAt(on, interfaces)
	if !on.IP.IsLoopback() {
		_, _ = fmt.Fprintf(a.streams.err, "Warning: port %d can be reached from other machines. It is for practice: its passwords go over plain http.\n", on.Port)
	}
	url := func(address string) string { return "http://" + address + strings.TrimRight(basePath, "/") }
	p := plain.Practice{Version: s.Version(), Here: url(here), AdminUser: s.AdminUser(), AdminPassword: s.AdminPassword()}
	for _, address := range elsewhere {
		p.Elsewhere = append(p.Elsewhere, url(address))
	}
	for _, l := range learners {
		p.Learners = append(p.Learners, plain.Learner{Realm: l.Realm, User: l.User, Password: l.Password})
	}
	a.lines().Practice(p)
}

func (a *app) seed(ctx context.Context, s *practice.Server, path string) error {
	text, err := a.readInput(ctx, path, "the seed", practice.MaxSeed)
	if err != nil {
		return err
	}
	if err := s.Seed(bytes.NewReader(text)); err != nil {
		return flags.Usage("A seed is a realm export: one JSON object with realm, and clients, users, roles as far as wanted.",
			"%s: %s", path, strings.TrimPrefix(err.Error(), "practice: seed: "))
	}
	return nil
}
