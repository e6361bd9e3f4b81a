package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fix403/cmd/fix403/flags"
	"fix403/flows/problem"
	"fix403/flows/report"
	"fix403/flows/roles"
	"fix403/flows/roles/moved"
	"fix403/flows/traffic"
	"fix403/keycloak/msg"
)

// rolesOptions are those of roles.
type rolesOptions struct {
	flags.Server
	flags.Names
	flags.Output
	flags.Screen
	args      []string // a call
	calls     []string
	callsFile string
	from      string         // a recording
	of        string         // a caller in it
	lines     map[string]int // of the file of calls, by call
	role      string
	changes   string // two versions
	live      bool
	write     string // a folder
	readOnly  bool
}

func (o *rolesOptions) Groups() flags.Groups {
	return flags.Groups{Server: &o.Server, Names: &o.Names, Output: &o.Output, Screen: &o.Screen}
}

func (a *app) rolesCommand(run func(context.Context, *pflag.FlagSet, *rolesOptions) error) *cobra.Command {
	o := &rolesOptions{}
	cmd := &cobra.Command{
		Use:   "roles [METHOD PATH]",
		Short: "The smallest roles that allow a call of the admin API",
		Long: `Shows which roles of realm-management allow a call, the smallest first. It contacts no server: the answers were measured, on
the versions shown, with each role alone. A path may hold real names and ids, or names in braces. For several
calls it finds the smallest set of roles that gets each its whole response. Without a call it prints the table.

  smallest   the minimal single roles that get the whole response; also: the other ones
  filtered   roles with which the call succeeds, but hides something
  together   sets of roles, where no single one but realm-admin is enough

Among these roles, those that only view or query come first, then those that open the fewest calls. For a version (--as) that
was not measured, the answer is likely if the measured versions before and after it agree; if they differ, both are
shown, and a documented change is marked as such. Then --json adds "certainty": "likely", and "differs" with both answers.

--from FILE reads a recording, and finds the smallest set for each caller in it, or for the one of --client-id: a recording of
fix403, a HAR file, an access log of nginx or Keycloak, or Keycloak's log with admin events. --calls-file reads one as well, as a list of calls.

--changes A..B lists the calls that two versions answer differently: of the whole table, or of the calls that are named. A change is
measured if both versions were measured; a documented one and a likely one are marked.

--live measures a server with all calls of the table: in a scratch realm, which is removed at the end, with one client
for each role. It compares with the shipped table of that version, or of its neighbours, and exits with 5 if
the same version differs. Without a server's address it measures the practice server. With one or more calls, it
measures only these and prints their roles as without --live.
A failed call is repeated; if it keeps failing, its row is omitted, and the command exits with 5. Measurements
are saved for a day in fix403's state folder: the next --live on that server resumes there.
--live --write DIR adds the table of the server's version to the data file in DIR, matrix.tsv.

With --json one call gives
  {"method": "GET", "path": "/admin/realms/{realm}/users/{user-id}", "smallest": ["view-users"],
   "also": ["manage-users", "realm-admin"], "filtered": [], "together": [], "traps": ["…"], "measured_on": ["26.7.4"]}
several calls, or --calls-file,
  {"version": "26.7.4", "roles": ["view-clients", "view-users"], "opens": 90, "calls": [{…}], "not_allowed": [], "unknown": ["GET …"]}
where unknown, calls of the file that are not in the table, appears only if there are any, as does "completing":
[{"role": "manage-realm", "calls": ["GET …"]}], roles without which no call is refused, and these calls show less;
no call {"version": "26.7.4", "endpoints": [{…, "group": "…"}]}, --role
  {"version": "26.7.4", "role": "view-users", "opens": [{"method": "GET", "path": "…", "filtered": false}]}
--from
  {"version": "26.7.4", "requests": 57, "clients": [{"client": "reports", "realm": "shop", "requests": 40, "refused": 2, "roles": ["view-users"], …}],
   "skipped": {"others": 3, "unread": 1, "lines": [{"line": 17, "reason": "it holds no call"}]}}
where client and realm are empty for an unknown caller, refused counts 401 and 403, and each has the fields of several calls; --changes
  {"from": "24.0.5", "to": "26.7.4", "calls": 443, "changes": [{"method": "GET", "path": "…", "change": "roles", "known": "measured",
   "before": {"served": true, "status": 200, "smallest": ["…"], "also": [], "filtered": [], "together": []}, "after": {…},
   "gained": ["view-realm"], "lost": [], "documented": [{"since": "26.8.0", "source": "…", "says": "…"}]}], "unknown": []}
where change is appears, vanishes, roles, status (for the same roles) or told (by Keycloak's documents alone), and known measured,
documented or likely. A side with "feature" has that feature switched off by default.
--live with calls
  {…, "measured_on": ["26.7.4"], "server": {"url": "…", "version": "26.7.4", "practice": false}}
and --live
  {"tool": {…}, "server": {"url": "…", "version": "26.7.4", "practice": false}, "compared_with": "26.7.4", "same_version": true,
   "result": "as-shipped", "rows": 343, "differences": [{"method": "GET", "path": "…", "case": "", "role": "view-users",
   "shipped": "200", "measured": "403", "known": "measured", "measured_on": ["26.7.4"]}],
   "not_served": ["GET …"], "not_measured": [], "problems": [],
   "resumed": {"rows": 212, "since": "2026-11-30T03:12:45Z"}, "written": "…/matrix.tsv"}
where result is as-shipped, different, incomplete (calls of some rows failed each time) or not-comparable (another
version). compared_with then has the neighbouring measured versions, and known shows how well a row is known: between two that
agree, differing where they do not (shipped has both answers), or outside of what was measured. resumed, written and warnings appear only where they
apply (--insecure, a password that cannot be masked).`,
		Example: `  fix403 roles GET /admin/realms/my-realm/users/123
  fix403 roles --call "GET /admin/realms/r/users" --call "GET /admin/realms/r/clients" --as 24.0.5
  fix403 roles --from access.log
  fix403 roles --role view-users
  fix403 roles --changes 24.0.5..26.7.4
  fix403 roles --live --url http://localhost:8080
  fix403 roles --live GET /admin/realms/r/users --url http://localhost:8080`,
		Args: flags.AtMost(2),
		RunE: a.command(func(cmd *cobra.Command, args []string) error {
			o.args = args
			return run(cmd.Context(), cmd.Flags(), o)
		}),
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			return roles.Shipped().Completions(args), cobra.ShellCompDirectiveNoFileComp
		},
	}
	o.Server.AddFlags(cmd.Flags())
	o.Names.AddFlags(cmd.Flags(), "realm", "client-id", "username", "email")
	o.Screen.AddFlags(cmd.Flags())
	o.AddJSONFlag(cmd.Flags())
	cmd.Flags().Lookup("as").Usage = "version of Keycloak (default the newest measured one); with --live, that of the practice server"
	cmd.Flags().StringArrayVar(&o.calls, "call", nil, `a call, such as "GET /admin/realms/r/users" (repeatable)`)
	cmd.Flags().StringVar(&o.callsFile, "calls-file", "", "file of calls, one per line, # starts a comment, or a recording, - for stdin")
	cmd.Flags().StringVar(&o.from, "from", "", "recording: HAR, access log, Keycloak's log; the smallest roles for each caller; - for stdin")
	cmd.Flags().StringVar(&o.role, "role", "", "list the calls that this role opens")
	cmd.Flags().StringVar(&o.changes, "changes", "", "list what changes between two versions, such as 24.0.5..26.7.4: of all calls, or of these")
	cmd.Flags().BoolVar(&o.live, "live", false, "measure a server: the named calls, or the whole table, and compare")
	cmd.Flags().StringVar(&o.write, "write", "", "folder of the table to which --live adds its measurements")
	cmd.Flags().BoolVar(&o.readOnly, "read-only", false, "refuse --live, which changes something")
	return cmd
}

func (a *app) roles(ctx context.Context, f *pflag.FlagSet, o *rolesOptions) error {
	o.AnyVersion = !o.live
	if err := a.complete(f, o.Groups()); err != nil {
		return err
	}
	if f.Changed("client-id") {
		o.of = o.ClientID
	}
	calls, err := a.roleCalls(ctx, o)
	if err != nil {
		return err
	}
	if err := o.check(len(calls) > 0); err != nil {
		return err
	}
	if o.from != "" {
		return a.rolesRecorded(ctx, o)
	}
	if o.live {
		return a.rolesLive(ctx, f, o, calls)
	}
	if f.Changed("url") {
		a.asides().Println(a.T("No server was contacted: --url has an effect only with --live."))
	}
	if o.changes != "" {
		return a.rolesChanges(o, calls)
	}
	switch version := a.rolesVersion(o); {
	case o.role != "":
		return a.rolesOfRole(o, version, o.role)
	case len(calls) == 0 && o.callsFile == "":
		return a.rolesTable(o, version)
	case len(calls) == 1 && o.callsFile == "":
		return a.rolesOfCall(o, version, calls[0])
	default:
		return a.rolesOfCalls(o, version, calls)
	}
}

// rolesVersion is the version that is asked about.
func (a *app) rolesVersion(o *rolesOptions) string {
	m := roles.Shipped()
	version := cmp.Or(o.As, m.Table("").Version)
	if !m.Measured(version) {
		a.asides().Println(a.T("%s was not measured: answers for it are likely at best, and each shows its certainty.", version))
	}
	return version
}

func (o *rolesOptions) check(calls bool) error {
	if o.live && o.readOnly {
		return flags.Usage("Leave one of them away: --live measures in a scratch realm, which it creates.", "--read-only forbids what --live does")
	}
	calls = calls || o.callsFile != ""
	switch {
	case o.role != "" && (calls || o.live):
		return flags.Usage("Ask one thing at a time.", "--role and --live exclude each other, as do --role and calls")
	case o.changes != "" && (o.live || o.role != "" || o.As != ""):
		return flags.Usage("Ask one thing at a time.", "--changes excludes --live, --role and --as")
	case o.from != "" && (calls || o.live || o.role != ""):
		return flags.Usage("Ask one thing at a time; --calls-file reads a recording as a list of calls.", "--from excludes calls, --calls-file, --live and --role")
	case o.write != "" && !o.live:
		return flags.Usage("Add --live.", "--write writes what --live measures")
	case o.write != "" && calls:
		return flags.Usage("Leave the calls out, to measure the whole table.", "--write writes a whole table, not that of single calls")
	case o.write != "" && o.Embedded():
		return flags.Usage("Name a real server by --url.", "--write writes what real servers answer, and the practice server is none: it answers by that table")
	}
	return nil
}

// roleCalls are the calls of the arguments, of --call and of the file.
func (a *app) roleCalls(ctx context.Context, o *rolesOptions) ([]roles.Call, error) {
	texts := slices.Clone(o.calls)
	if len(o.args) > 0 {
		texts = append([]string{strings.Join(o.args, " ")}, texts...)
	}
	var calls []roles.Call
	for _, text := range texts {
		c, err := a.parseRoleCall(text, "")
		if err != nil {
			return nil, err
		}
		calls = append(calls, c)
	}
	if o.callsFile == "" {
		return calls, nil
	}
	lines, err := a.callLines(ctx, o.callsFile, o.of)
	o.lines = map[string]int{}
	for _, line := range lines {
		c, err := a.parseRoleCall(line.Text, fmt.Sprintf("line %d of %s: ", line.Line, o.callsFile))
		if err != nil {
			return nil, err
		}
		o.lines[c.String()] = line.Line
		calls = append(calls, c)
	}
	return calls, err
}

func (a *app) callLines(ctx context.Context, path, of string) ([]flags.CallLine, error) {
	text, err := a.readInput(ctx, path, "the calls", traffic.Most)
	if err != nil {
		return nil, err
	}
	lines, skipped, err := flags.CallLines(text, path, of)
	a.asides().Unread(path, skipped)
	return lines, err
}

// recorded are the calls of a recording; what cannot be read in it is said.
// Of one caller alone, where of is one.
func (a *app) recorded(text []byte, path, of string) ([]traffic.Call, traffic.Skipped, error) {
	calls, skipped, err := flags.Recording(text, path, of)
	a.asides().Unread(path, skipped)
	return calls, skipped, err
}

// rolesRecorded is what the callers of a recording require, or which of its calls change.
func (a *app) rolesRecorded(ctx context.Context, o *rolesOptions) error {
	text, err := a.readInput(ctx, o.from, "the recording", traffic.Most)
	if err != nil {
		return err
	}
	calls, skipped, err := a.recorded(text, o.from, o.of)
	switch {
	case err != nil:
		return err
	case o.changes != "":
		return a.rolesChanges(o, traffic.Calls(calls))
	}
	version := a.rolesVersion(o)
	needs, err := traffic.Needs(version, calls)
	switch {
	case err != nil:
		return notMeasured(err)
	case o.JSON:
		return a.writeJSON(report.Recorded(version, needs, skipped))
	}
	a.lines().RecordedCalls(version, needs, skipped)
	return nil
}

func (a *app) parseRoleCall(text, where string) (roles.Call, error) {
	c, err := roles.ParseCall(text)
	var wrong *roles.CallError
	if errors.As(err, &wrong) {
		return c, flags.Usage(a.Say(wrong.Hint), "%s%s", where, strings.TrimSuffix(a.Say(wrong.Message), "."))
	}
	return c, err
}

// notMeasured makes the error that the matrix knows nothing into a check that failed.
func notMeasured(err error) error {
	var unknown *roles.NotMeasuredError
	if errors.As(err, &unknown) {
		return &problem.CheckError{Kind: "not-measured", Message: unknown.Message, Hint: unknown.Hint}
	}
	return err
}

func (a *app) rolesOfCall(o *rolesOptions, version string, c roles.Call) error {
	answer, err := roles.Shipped().Find(version, c)
	if err != nil {
		return notMeasured(err)
	}
	if o.JSON {
		return a.writeJSON(report.Answer(answer))
	}
	a.lines().Answer(answer)
	return nil
}

// atLine is the error about calls that the table does not have, with the lines that they are on.
func (o *rolesOptions) atLine(unknown []roles.Call, err error) error {
	var failed *problem.CheckError
	var lines []string
	for _, c := range unknown {
		if n, of := o.lines[c.String()]; of {
			lines = append(lines, strconv.Itoa(n))
		}
	}
	if len(lines) == 0 || !errors.As(err, &failed) {
		return err
	}
	at := *failed
	at.Message = msg.New("Lines of %s: %s. %s", o.callsFile, strings.Join(lines, ", "), failed.Message)
	return &at
}

func (a *app) rolesOfCalls(o *rolesOptions, version string, calls []roles.Call) error {
	known, unknown, err := moved.Known(roles.Shipped(), version, calls)
	if err != nil && (o.callsFile == "" || len(known) == 0) {
		return o.atLine(unknown, notMeasured(err))
	}
	cover, err := roles.Shipped().Cover(version, known)
	if err != nil {
		return notMeasured(err)
	}
	if o.JSON {
		return a.writeJSON(report.CoverOf(version, cover, unknown))
	}
	a.lines().CoverOf(version, cover, unknown)
	return nil
}

func (a *app) rolesChanges(o *rolesOptions, calls []roles.Call) error {
	c, err := moved.Of(roles.Shipped(), o.changes, calls)
	if err != nil {
		return flags.Usage(a.Say(moved.Hint), "--changes: %v", err)
	}
	if o.JSON {
		return a.writeJSON(report.RoleChanges(c))
	}
	a.lines().RoleChanges(c)
	return nil
}

func (a *app) rolesTable(o *rolesOptions, version string) error {
	answers := report.Answers(version)
	if o.JSON {
		return a.writeJSON(report.RoleTable(version, answers))
	}
	a.lines().Table(version, answers)
	return nil
}

func (a *app) rolesOfRole(o *rolesOptions, version, role string) error {
	m := roles.Shipped()
	if known := m.Roles(version); !slices.Contains(known, role) {
		return flags.Usage(flags.Meant(role, known, "It has "+strings.Join(known, ", ")+"."), "realm-management of %s has no role %q", version, role)
	}
	opens := m.Opens(version, role)
	if o.JSON {
		return a.writeJSON(report.Role(version, role, opens))
	}
	a.lines().Opens(version, role, opens)
	return nil
}
