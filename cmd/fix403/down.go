package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fix403/cmd/fix403/flags"
	"fix403/flows/document"
	"fix403/flows/down"
	"fix403/flows/journal"
	"fix403/flows/report"
	"fix403/flows/story"
	"fix403/ui/plain"
)

// downOptions are those of down.
type downOptions struct {
	flags.Server
	flags.Names
	flags.Output
	flags.Screen
	dryRun, yes, all, anyRun bool
	onlyRealm                bool // --realm was given
}

func (o *downOptions) Groups() flags.Groups {
	return flags.Groups{Server: &o.Server, Names: &o.Names, Output: &o.Output, Screen: &o.Screen}
}

func (a *app) downCommand(run func(context.Context, *pflag.FlagSet, *downOptions) error) *cobra.Command {
	o := &downOptions{}
	cmd := &cobra.Command{
		Use:   "down",
		Short: "Remove what fix403 created, and nothing else",
		Long: `Removes what fix403 created on a server: everything in its journal on this machine, and the realm with the default name if it
is marked by fix403. With --realm it checks only that realm. Without --url it asks, on a terminal, about each server
in the journal. Nothing in master is ever removed.

It lists what it found and asks you to confirm. It asks separately about a realm whose run is not in the journal (from another
person or machine), one that was renamed, or one with users or clients that fix403 did not create, and about a change that may
not be from fix403. --yes does not answer these questions; --any-run does. What remains uncertain is left: exit code 5, and the
command to check again.

With --json it prints one object:
  {"server": "http://localhost:8080", "dry_run": false, "in_doubt": false,
   "removals": [{"kind": "realm", "realm": "403-forbidden-fix", "name": "403-forbidden-fix", "removed": true, "why": "created by fix403"}]}
and also, if there were any (--insecure, a password that cannot be masked), "warnings": ["…"].`,
		Example: `  fix403 down --url http://localhost:8080 --dry-run
  fix403 down --url http://localhost:8080 --realm my-realm --yes
  fix403 down --url http://localhost:8080 --realm fix403-ci-17 --any-run --yes   # made on another machine`,
		Args: cobra.NoArgs,
		RunE: a.command(func(cmd *cobra.Command, _ []string) error {
			o.onlyRealm = cmd.Flags().Changed("realm")
			return run(cmd.Context(), cmd.Flags(), o)
		}),
	}
	f := cmd.Flags()
	o.Server.AddFlags(f)
	o.Names.AddFlags(f, "client-id", "username", "email")
	o.Screen.AddFlags(f)
	o.AddJSONFlag(f)
	f.BoolVar(&o.dryRun, "dry-run", false, "only list what would be removed")
	f.BoolVar(&o.yes, "yes", false, "do not ask")
	f.BoolVar(&o.all, "all", false, "everything in the journal, and nothing by the default name")
	f.BoolVar(&o.anyRun, "any-run", false, "also remove what a run outside the journal created, and what is uncertain")
	return cmd
}

func (a *app) down(ctx context.Context, f *pflag.FlagSet, o *downOptions) error {
	if o.Realm == "master" {
		return flags.Usage("Name the realm that fix403 created.", "the realm master is never removed")
	}
	if o.all && o.onlyRealm {
		return flags.Usage("Give one of them.", "--all takes the whole journal, --realm one realm of it")
	}
	if err := a.complete(f, o.Groups()); err != nil {
		return err
	}
	if o.Practice {
		return flags.Usage("Name it with --url or FIX403_URL.", "down needs the address of a server; the practice server forgets everything by itself")
	}
	if o.URL == "" {
		return a.downEverywhere(ctx, f, o)
	}
	if !o.yes && !o.dryRun && !a.streams.inTTY {
		return flags.Usage("Add --yes, or check first with --dry-run.", "down asks before it removes, and there is no terminal to ask on")
	}
	story, err := a.story(ctx, &o.Server, &o.Names, f, true)
	if err != nil {
		return err
	}
	return a.downOn(ctx, o, story)
}

// downEverywhere goes through the servers of the journal. A login goes to none that was not named or agreed to.
func (a *app) downEverywhere(ctx context.Context, f *pflag.FlagSet, o *downOptions) error {
	folder, err := journal.StateFolder()
	if err != nil {
		return err
	}
	servers, err := journal.Open(folder).Servers()
	if err != nil {
		return err
	}
	var names []string
	for _, s := range servers {
		names = append(names, s.Server)
	}
	switch {
	case len(names) == 0:
		return flags.Usage("Name it with --url or FIX403_URL.", "down needs the address of a server: the journal names none; the practice server forgets everything by itself")
	case !a.streams.inTTY || o.JSON:
		return flags.Usage("Name one with --url or FIX403_URL.", "down needs the address of a server; the journal names %s", strings.Join(names, ", "))
	}
	var errs []error
	for _, s := range servers {
		a.lines().Recorded(s.Server, s.Entries)
		typed := o.all && !a.secretGiven(&o.Server) // then the question for the password is enough
		if !typed && !a.confirm(ctx, a.T("Log in to %s and check there?", s.Server)) {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			continue
		}
		there := *o
		there.URL = s.Server
		story, err := a.story(ctx, &there.Server, &there.Names, f, true)
		if err == nil {
			err = a.downOn(ctx, &there, story)
		}
		if err != nil && ctx.Err() != nil {
			return err
		}
		if err != nil {
			a.showError(err)
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return reported{err}
	}
	return nil
}

// secretGiven reports whether the admin's login needs no typing.
func (a *app) secretGiven(o *flags.Server) bool {
	return slices.ContainsFunc([]string{
		o.AdminPasswordFile, o.AdminClientSecretFile, o.AdminTokenFile,
		a.getenv("FIX403_ADMIN_PASSWORD"), a.getenv("FIX403_ADMIN_CLIENT_SECRET"), a.getenv("FIX403_ADMIN_TOKEN"),
	}, func(given string) bool { return given != "" })
}

// downOn removes what is found on one server.
func (a *app) downOn(ctx context.Context, o *downOptions, story story.Options) error {
	realm := o.Realm
	if o.all && !o.anyRun { // a realm that nothing but its name leads to is another run's
		realm = ""
	}
	d, err := down.Open(ctx, down.Options{
		URL: o.URL, Credentials: story.Credentials, TLS: o.TLS, Timeout: o.Timeout, RealmTimeout: o.Timeout,
		Realm: realm, OnlyRealm: o.onlyRealm, Journal: story.Journal,
	})
	if err != nil {
		return err
	}
	defer d.Close()
	removed, err := a.console(o.JSON).Remove(ctx, d, plain.Removing{DryRun: o.dryRun, Yes: o.yes, AnyRun: o.anyRun, Realm: realm, OnlyRealm: o.onlyRealm, Journal: story.Journal})
	if removed == nil {
		return err
	}
	if o.JSON {
		doc := document.Down{Server: d.URL(), DryRun: o.dryRun, InDoubt: d.InDoubt() != nil, Removals: report.Removals(d.Removals), Skipped: removed.Damage.Lines, Warnings: a.warnings, Error: errorReport(err)}
		if err = errors.Join(err, a.writeJSON(doc)); err != nil {
			return reported{err}
		}
		return nil
	}
	return err
}

func (a *app) confirm(ctx context.Context, question string) bool {
	a.asides().Printf("%s %s ", question, a.T("[y/N]"))
	answer, err := a.readLine(ctx)
	return err == nil && slices.Contains([]string{"y", "yes", a.T("y"), a.T("yes")}, strings.ToLower(answer))
}
