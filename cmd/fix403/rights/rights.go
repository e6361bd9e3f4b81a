// Package rights has the commands about who may make which call: can, who and audit.
package rights

import (
	"cmp"
	"context"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fix403/cmd/fix403/flags"
	"fix403/flows/access"
	"fix403/flows/requests"
	"fix403/flows/roles"
	"fix403/flows/traffic"
	"fix403/keycloak"
	"fix403/ui/plain"
)

// App is what these commands take from the program.
type App struct {
	Command func(run func(*cobra.Command, []string) error) func(*cobra.Command, []string) error
	// Complete fills in what no flag gave.
	Complete func(*pflag.FlagSet, flags.Groups) error
	// Admin logs the admin in, for requests that change nothing.
	Admin func(context.Context, *pflag.FlagSet, *flags.Server, *flags.Names) (*keycloak.Admin, error)
	// Call reads a call; Unknown is the error for one that the matrix does not have.
	Call     func(text string) (roles.Call, error)
	Unknown  func(error) error
	Lines    func() plain.Lines
	JSON     func(any) error
	Warnings func() []string
	// No is the error of an answer other than yes, which was shown.
	No func(answer string) error
	// Found is the error of findings that a pipeline shall fail on, which were shown.
	Found func(n int) error
	// Recording reads a file of calls; Recorded is what it has, where it is a recording.
	Recording func(ctx context.Context, path string) ([]byte, error)
	Recorded  func(text []byte, path string) ([]traffic.Call, error)
	Version   string // of the program
}

// options are those of these commands.
type options struct {
	flags.Server
	flags.Names
	flags.Output
	flags.Screen
	user, tokenRealm string
}

func (o *options) add(cmd *cobra.Command, unused ...string) {
	f := cmd.Flags()
	o.Server.AddFlags(f)
	o.Names.AddFlags(f, append(unused, "username", "email")...)
	o.Screen.AddFlags(f)
	o.AddJSONFlag(f)
	f.StringVar(&o.tokenRealm, "token-realm", "", "realm in which the accounts live, such as master (default: that of the calls)")
	cmd.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		return roles.Shipped().Completions(args), cobra.ShellCompDirectiveNoFileComp
	}
}

// open logs in and looks at the place of a call; of the zero call at that of all calls.
func (a App) open(ctx context.Context, f *pflag.FlagSet, o *options, c *roles.Call) (*access.Reader, error) {
	if err := a.Complete(f, flags.Groups{Server: &o.Server, Output: &o.Output, Screen: &o.Screen}); err != nil {
		return nil, err
	}
	if o.URL == "" && !o.Practice {
		return nil, flags.Usage("Name it by --url or FIX403_URL.", "the server is not named, and the practice server has no accounts to ask about")
	}
	admin, err := a.Admin(ctx, f, &o.Server, &o.Names)
	if err != nil {
		return nil, err
	}
	home, realm := o.tokenRealm, o.Realm
	if named := realmOf(c); named != "" {
		realm = named
		if f.Changed("realm") {
			home = cmp.Or(home, o.Realm)
		}
	}
	if c != nil {
		c.Path = strings.ReplaceAll(c.Path, "{realm}", realm)
	}
	return access.Open(ctx, admin, home, realm)
}

// realmOf returns the realm that the path of a call names; "" for none.
func realmOf(c *roles.Call) string {
	if c == nil {
		return ""
	}
	below, found := strings.CutPrefix(c.Path, "/admin/realms/")
	name, _, _ := strings.Cut(strings.SplitN(below, "?", 2)[0], "/")
	if !found || strings.HasPrefix(name, "{") {
		return ""
	}
	return requests.Unescape(name)
}
