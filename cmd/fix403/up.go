package main

import (
	"context"
	"errors"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"fix403/cmd/fix403/flags"
	"fix403/flows/document"
	"fix403/flows/journal"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/server"
)

// upPort is Keycloak's own default.
const upPort = 8080

// upOptions are those of up.
type upOptions struct {
	flags.Output
	dist         string
	port         int
	detach, stop bool
	onlyPort     bool // --port was given
}

func (a *app) upCommand(run func(context.Context, *upOptions) error) *cobra.Command {
	o := &upOptions{}
	cmd := &cobra.Command{
		Use:   "up",
		Short: "Start a real Keycloak for practice; what was in it is gone afterwards",
		Long: `Starts a real Keycloak ` + server.DefaultVersion + ` on a loopback port, and prints its address and a generated admin password. It runs in
Docker or Podman, or otherwise with Java 17 or newer (JAVA_HOME, or java in the PATH) from a distribution: the one
of --dist, which is not changed, or one fetched by Maven.

ctrl+c ends it, data and all; the download stays for the next time, in the cache folder or as an image. With --detach it goes
on after fix403 has ended, until up --stop; --stop also ends what an up that was killed has left behind.

With --json it prints one object when the server is ready, for --stop another one:
  {"url": "http://127.0.0.1:8080", "version": "26.7.4", "admin_user": "admin", "admin_password": "…",
   "runs_in": "docker", "stop": "fix403 up --stop --port 8080"}
  {"stopped": [{"url": "http://127.0.0.1:8080", "version": "26.7.4"}]}`,
		Example: `  fix403 up
  fix403 up --dist ~/keycloak-26.7.4 --port 8180
  fix403 up --detach
  fix403 up --stop`,
		Args: cobra.NoArgs,
		RunE: a.command(func(cmd *cobra.Command, _ []string) error {
			o.onlyPort = cmd.Flags().Changed("port")
			return run(cmd.Context(), o)
		}),
	}
	f := cmd.Flags()
	f.StringVar(&o.dist, "dist", "", "folder of an unpacked Keycloak distribution to run instead of a container")
	f.IntVar(&o.port, "port", upPort, "port of 127.0.0.1; 0 picks a free one")
	f.BoolVar(&o.detach, "detach", false, "return once it is ready, and leave it running")
	f.BoolVar(&o.stop, "stop", false, "stop the servers that up started, or only the one on --port")
	o.AddJSONFlag(f)
	return cmd
}

func (a *app) up(ctx context.Context, o *upOptions) error {
	if o.stop {
		if o.detach || o.dist != "" {
			return flags.Usage("Give --stop alone, or with --port.", "--stop ends a server, --detach and --dist start one")
		}
		return a.stopUp(ctx, o)
	}
	return a.startUp(ctx, o)
}

func (a *app) startUp(ctx context.Context, o *upOptions) error {
	state, err := journal.StateFolder()
	if err != nil {
		return err
	}
	ends := a.output.failed
	a.output.failed = func(err error) {
		if !errors.Is(err, syscall.EPIPE) { // a reader that went away does not end the server
			ends(err)
		}
	}
	begun := time.Now()
	s, err := server.Start(ctx, server.Options{
		Dist: o.dist, Containers: true, Port: o.port, State: state,
		Progress: func(text string) { a.asides().Printf("%s\n", text) },
	})
	if err != nil {
		return upHint(err, state, o.port)
	}
	err = a.sayReady(o, s, time.Since(begun))
	if o.detach && err == nil && ctx.Err() == nil {
		s.Release()
		return nil
	}
	endedItself := false
	if err == nil {
		select {
		case <-ctx.Done():
		case <-s.Done():
			endedItself = true
		}
	}
	last := s.LastLines()
	a.asides().Printf("Ending Keycloak.\n")
	if err := errors.Join(err, s.Stop()); err != nil {
		return err
	}
	if endedItself {
		return &failure.Error{Kind: server.KindStart, Message: msg.New("Keycloak has stopped or was stopped; its data is gone. Its last lines:\n%s", last)}
	}
	a.asides().UpEnded(s.Kept())
	return nil
}

func (a *app) sayReady(o *upOptions, s *server.Server, took time.Duration) error {
	r := s.Record()
	end := "fix403 up --stop --port " + strconv.Itoa(r.Port)
	a.asides().Printf("Ready after %s.\n", took.Round(time.Second))
	up := document.Up{URL: s.URL(), Version: s.Version(), AdminUser: s.AdminUser(), AdminPassword: s.AdminPassword(), RunsIn: "java", Stop: end}
	if r.Engine != "" {
		up.RunsIn = r.Engine
	}
	if o.JSON {
		return a.writeJSON(up)
	}
	a.lines().Up(up, o.detach)
	return nil
}

// upHint names the flags that help, where the error's own hint cannot.
func upHint(err error, state string, port int) error {
	var e *failure.Error
	if !errors.As(err, &e) {
		return err
	}
	told := *e
	switch {
	case errors.Is(err, server.ErrPortInUse):
		told.Hint = msg.New("Choose another with --port; 0 picks a free one.")
		records, _ := server.Records(state) // a damaged one is a matter of --stop
		for _, r := range records {
			if r.Port == port {
				told.Hint = msg.New("This may be a Keycloak that fix403 up started earlier: fix403 up --stop --port %d stops it. %s", port, told.Hint)
			}
		}
	case told.Kind == server.KindNoMaven:
		told.Hint = msg.New("%s That is --dist.", told.Hint)
	}
	return &told
}

func (a *app) stopUp(ctx context.Context, o *upOptions) error {
	state, err := journal.StateFolder()
	if err != nil {
		return err
	}
	records, err := server.Records(state)
	stopped := []document.UpStopped{}
	for _, r := range records {
		if o.onlyPort && r.Port != o.port {
			continue
		}
		if endErr := r.End(ctx); endErr != nil {
			err = errors.Join(err, endErr)
			continue
		}
		stopped = append(stopped, document.UpStopped{URL: r.URL, Version: r.Version})
		if !o.JSON {
			a.lines().UpStopped(stopped[len(stopped)-1])
		}
	}
	switch {
	case o.JSON && err != nil:
		return reported{errors.Join(err, a.writeJSON(document.UpStops{Stopped: stopped, Error: errorReport(err)}))}
	case o.JSON:
		return a.writeJSON(document.UpStops{Stopped: stopped})
	case err == nil && len(stopped) == 0:
		a.lines().NothingToStop()
	}
	return err
}
