package rights

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fix403/cmd/fix403/flags"
	"fix403/flows/access"
	"fix403/flows/roles"
)

// Can returns the command can.
func Can(a App) *cobra.Command {
	o := &options{}
	cmd := &cobra.Command{
		Use:   "can [METHOD PATH]",
		Short: "What an account of yours may call, and what it may not for want of which role",
		Long: `Reads, as an admin, which roles an account holds: directly, through groups and composites, within the scope of its
client. Then it lists what these roles get from each call of the admin API, by the table measured on the server's version;
with METHOD PATH it answers for that call alone. It makes none of these calls, and changes nothing: all it sends is GET,
and for a path with ids in a realm with admin permissions (fine-grained), the request that has the server evaluate them.

The account is the service account of --client-id, or --user; with both, the user who logs in through that client.
The realm is --realm, or the one in the path. An account of another realm, such as master: --token-realm.

  whole      the call succeeds, with all that it gives to realm-admin
  filtered   it succeeds, and hides something
  refused    403, or no token at all
  unknown    what decides cannot be known here, such as a policy by time: said, and not guessed

With --json it prints
  {"account": {"kind": "service-account", "name": "service-account-reports", "client_id": "reports", "realm": "shop"},
   "version": "26.7.4", "roles": ["query-groups", "query-users", "view-users"],
   "calls": [{"method": "GET", "path": "/admin/realms/{realm}/users", "answer": "whole", "certainty": "proved",
     "missing": [], "why": ["…"]}], "not_checked": ["…"]}
and for one call that call, with "account" and "roles". certainty is proved (measured on this version, with roles seen on
this server), predicted (a call that changes something: its body and object may decide as well) or likely. missing are the
roles to add for the whole response; why, not_checked and warnings appear only where they apply.

Exit codes: without a call 0; with one 0 for whole, 6 for filtered, refused and unknown, 5 for a call that was not measured.`,
		Example: `  fix403 can --url https://sso.example.com --realm shop --client-id reports
  fix403 can GET /admin/realms/shop/users --url https://sso.example.com --client-id reports
  fix403 can DELETE /admin/realms/shop/users/123 --url https://sso.example.com --user john`,
		Args: flags.AtMost(2),
	}
	o.add(cmd)
	cmd.Flags().StringVar(&o.user, "user", "", "username of the account to ask about")
	cmd.RunE = a.Command(func(cmd *cobra.Command, args []string) error { return a.can(cmd.Context(), cmd.Flags(), o, args) })
	return cmd
}

func (a App) can(ctx context.Context, f *pflag.FlagSet, o *options, args []string) error {
	if o.user == "" && !f.Changed("client-id") {
		return flags.Usage("Name a client (--client-id) or a user (--user).", "no account is named")
	}
	var call *roles.Call
	if len(args) > 0 {
		c, err := a.Call(strings.Join(args, " "))
		if err != nil {
			return err
		}
		call = &c
	}
	r, err := a.open(ctx, f, o, call)
	if err != nil {
		return err
	}
	var q *access.Question
	if call != nil {
		if q, err = r.Ask(*call); err != nil {
			return a.Unknown(err)
		}
	}
	s, err := a.subject(ctx, r, f, o)
	if err != nil {
		return err
	}
	if q == nil {
		var all []access.Decision
		for _, q := range r.Questions() {
			all = append(all, q.Decide(s))
		}
		if o.JSON {
			d := access.Document(r.Place, s, all)
			d.Warnings = a.Warnings()
			return a.JSON(d)
		}
		a.Lines().Can(r.Place, s, all)
		return nil
	}
	return a.canCall(ctx, r, q, s, o.JSON)
}

func (a App) canCall(ctx context.Context, r *access.Reader, q *access.Question, s access.Subject, asJSON bool) error {
	d := q.Decide(s)
	if err := r.Evaluate(ctx, q, s, &d); err != nil {
		return err
	}
	if asJSON {
		doc := access.CallDocument(r.Place, s, d)
		doc.Warnings = a.Warnings()
		if err := a.JSON(doc); err != nil {
			return err
		}
	} else {
		a.Lines().CanCall(r.Place, s, d)
	}
	if d.Answer != access.Whole {
		return a.No(string(d.Answer))
	}
	return nil
}

func (a App) subject(ctx context.Context, r *access.Reader, f *pflag.FlagSet, o *options) (access.Subject, error) {
	switch {
	case o.user == "":
		return r.Client(ctx, o.ClientID)
	case f.Changed("client-id"):
		return r.User(ctx, o.user, o.ClientID)
	default:
		return r.User(ctx, o.user, "")
	}
}
