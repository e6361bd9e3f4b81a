package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"fix403/flows"
	"fix403/flows/texts"
	"fix403/keycloak/msg"
)

func (a *app) downCommand() *cobra.Command {
	o := newOptions()
	var dryRun, yes bool
	cmd := &cobra.Command{
		Use:   "down",
		Short: "Remove what fix403 created, and nothing else",
		Long: `Removes what fix403 created on a server: what its journal on this machine names, and the realm of --realm. A realm goes
only if it carries the mark of fix403, whoever asks; master never.

With --json it prints one object:
  {"server": "http://localhost:8080", "dry_run": false,
   "removals": [{"kind": "realm", "realm": "403-forbidden-fix", "name": "403-forbidden-fix", "removed": true, "why": "created by fix403"}]}
and with --insecure also "warnings": ["…"].`,
		Args: cobra.NoArgs,
		RunE: a.command(func(cmd *cobra.Command, _ []string) error { return a.down(cmd, o, dryRun, yes) }),
	}
	f := cmd.Flags()
	o.addServerFlags(f)
	o.addUnusedNameFlags(f, "client-id", "username", "email")
	o.addScreenFlags(f)
	f.BoolVar(&o.json, "json", false, "one JSON document on stdout")
	f.BoolVar(&dryRun, "dry-run", false, "only say what would be removed")
	f.BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

func (a *app) down(cmd *cobra.Command, o *options, dryRun, yes bool) error {
	ctx := cmd.Context()
	if o.realm == "master" {
		return usage("Name the realm that fix403 created.", "the realm master is never removed")
	}
	if err := o.complete(cmd.Flags(), a.getenv); err != nil {
		return err
	}
	if o.practice || o.url == "" {
		return usage("Name it with --url or FIX403_URL.", "down needs the address of a server; the practice server forgets everything by itself")
	}
	if !yes && !dryRun && !a.streams.inTTY {
		return usage("Add --yes, or look first with --dry-run.", "down asks before it removes, and there is no terminal to ask on")
	}
	story, err := a.story(ctx, o, cmd.Flags(), true)
	if err != nil {
		return err
	}
	d, err := flows.OpenDown(ctx, flows.DownOptions{
		URL: o.url, Credentials: story.Credentials, TLS: o.tls, Timeout: o.timeout, RealmTimeout: o.timeout, Realm: o.realm, Journal: story.Journal,
	})
	if err != nil {
		return err
	}
	defer d.Close()
	n := 0
	for _, r := range d.Removals {
		if r.Remove {
			n++
		}
	}
	if !o.json {
		for _, r := range d.Removals {
			say(a.streams.out, "%-8s %s: %s\n", flows.KindWord(r.Kind), r.Name, r.Why)
		}
		switch {
		case n == 0 && d.Refused() != nil:
			say(a.streams.out, "%s\n", texts.T("This admin can remove nothing of it on %s.", d.URL()))
		case n == 0:
			say(a.streams.out, "%s\n", texts.T("There is nothing to remove on %s.", d.URL()))
		}
	}
	var removeErr error
	if !dryRun {
		if n == 0 || yes || a.confirm(ctx, texts.T("Remove %d of these from %s?", n, d.URL())) {
			removeErr = d.Remove(ctx)
		} else {
			_, _ = fmt.Fprintln(a.streams.err, texts.T("Nothing was removed."))
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	err = errors.Join(removeErr, d.Refused())
	within := slices.ContainsFunc(d.Removals, func(r flows.Removal) bool { return r.Remove && r.Realm == o.realm })
	if refused := refusedRealm(d, o.realm); err == nil && refused != nil && (n == 0 || cmd.Flags().Changed("realm") && !within) {
		err = refused
	}
	if o.json {
		jsonErr := a.writeJSON(struct {
			Server   string             `json:"server"`
			DryRun   bool               `json:"dry_run"`
			Removals []flows.Removal    `json:"removals"`
			Warnings []string           `json:"warnings,omitempty"`
			Error    *flows.ReportError `json:"error,omitempty"`
		}{d.URL(), dryRun, append([]flows.Removal{}, d.Removals...), a.warnings, errorReport(err)})
		if err = errors.Join(err, jsonErr); err != nil {
			return reported{err}
		}
		return nil
	}
	for _, r := range d.Removals {
		if r.Removed {
			say(a.streams.out, "%s\n", r.Done())
		}
	}
	return err
}

// refusedRealm is the error for a realm that was named, is there, and is not ours.
func refusedRealm(d *flows.Down, realm string) error {
	for _, r := range d.Removals {
		if r.Kind == "realm" && r.Name == realm && r.Left {
			return &flows.CheckError{
				Kind: "not-ours", Message: msg.New("The realm %s was not created by fix403: it was left as it is.", realm),
				Hint: msg.New("If you want it gone, delete it in the Admin Console."),
			}
		}
	}
	return nil
}

func (a *app) confirm(ctx context.Context, question string) bool {
	_, _ = fmt.Fprintf(a.streams.err, "%s %s ", question, texts.T("[y/N]"))
	answer, err := a.readLine(ctx)
	return err == nil && slices.Contains([]string{"y", "yes", texts.T("y"), texts.T("yes")}, strings.ToLower(answer))
}
