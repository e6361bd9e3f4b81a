package rights

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fix403/cmd/fix403/flags"
	"fix403/flows/access"
)

// Who returns the command who.
func Who(a App) *cobra.Command {
	o := &options{}
	cmd := &cobra.Command{
		Use:   "who METHOD PATH",
		Short: "Which clients, users and groups of yours may make a call, and by which grants",
		Long: `Reads, as an admin, who holds roles that open a call: service accounts, users and groups of the realm, directly, through
groups, composites and the default role, within the scope of the client. It is the inverse of fix403 can. Everything it
sends is GET. It reads up to 5,000 objects of each list, and says where there are more.

The realm is the one in the path, or --realm. Accounts of another realm, such as the admins of master: --token-realm.
A user is taken to log in through a client with full scope. Admin permissions (fine-grained) are not evaluated here, and said.

With --json it prints
  {"method": "GET", "path": "/admin/realms/{realm}/users", "accounts": [{"kind": "service-account",
     "name": "service-account-reports", "client_id": "reports", "realm": "shop", "answer": "whole", "certainty": "proved",
     "by": ["view-users, through group /ops"]}], "not_checked": ["…"]}
kind is service-account, user or group; answer is whole, filtered or unknown. Each grant in by is enough alone, unless the
call takes several roles that come from several grants: then they are listed together.

Exit codes: 0, also where nobody may; 5 for a call that was not measured.`,
		Example: `  fix403 who GET /admin/realms/shop/users --url https://sso.example.com
  fix403 who GET /admin/realms/shop/users/123 --url https://sso.example.com --json
  fix403 who DELETE /admin/realms/shop --url https://sso.example.com --token-realm master`,
		Args: flags.AtMost(2),
	}
	o.add(cmd, "client-id")
	cmd.RunE = a.Command(func(cmd *cobra.Command, args []string) error { return a.who(cmd.Context(), cmd.Flags(), o, args) })
	return cmd
}

func (a App) who(ctx context.Context, f *pflag.FlagSet, o *options, args []string) error {
	c, err := a.Call(strings.Join(args, " "))
	if err != nil {
		return err
	}
	r, err := a.open(ctx, f, o, &c)
	if err != nil {
		return err
	}
	q, err := r.Ask(c)
	if err != nil {
		return a.Unknown(err)
	}
	grants, err := r.Holders(ctx)
	if err != nil {
		return err
	}
	found, further := grants.Who(q)
	if o.JSON {
		d := access.WhoDocument(q, found, further)
		d.Warnings = a.Warnings()
		return a.JSON(d)
	}
	a.Lines().Who(q, found, further)
	return nil
}
