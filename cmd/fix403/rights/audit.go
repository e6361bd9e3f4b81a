package rights

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fix403/cmd/fix403/flags"
	"fix403/flows/audit"
	"fix403/flows/outfile"
	"fix403/flows/roles"
	"fix403/flows/traffic"
	"fix403/keycloak/msg"
)

// auditing are the options of audit.
type auditing struct {
	options
	failOn, recording, junit, sarif, html string
	secretAge                             int
}

// Audit returns the command audit.
func Audit(a App) *cobra.Command {
	o := &auditing{}
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Which accounts of a realm of yours hold more than they should, and what a newer Keycloak will refuse",
		Long: `Reads, as an admin, who holds roles of the admin API in a realm: service accounts and users, directly, through groups,
composites and the default role, within the scope of the client. Everything it sends is GET. It reads no secret out, and
makes none of the changes that it proposes.

  realm-admin          the account may do everything
  escalates            a role that leads to more: which accounts, by which way, and where that was measured
  reads-secrets        view-clients, where a client whose secret it reads may do more
  default-role         every new account gets roles of the admin API
  full-scope           full scope is on where admin roles are held, or where admins log in
  unused-roles         roles that no known call requires (with --from)
  secret-age           a secret older than --secret-age days
  secret-expired       a secret past its expiry by the realm's policy for rotation
  disabled-account     a disabled account that still holds roles
  outside-scope        roles that the client's scope keeps out
  audience-missing     the realm has the client scope kc-admin-api, and the client lacks it
  breaks-next-version  what Keycloak 26.8 refuses, as documented: the audience, the secrets for view-clients, mappers

--from is what clients call: a recording (of fix403 watch, a HAR file, an access log, Keycloak's log with admin events), or a
list with the client id and the call on each line. Accounts of another realm, such as the admins of master: --token-realm. Admin permissions (fine-grained) are not audited.

With --json it prints
  {"realm": "shop", "version": "26.7.4", "accounts": 12, "findings": [{"id": "escalates", "severity": "high",
     "account": {"kind": "service-account", "name": "service-account-reports", "client_id": "reports", "realm": "shop"},
     "reason": "…", "evidence": ["…"], "fix": "…", "commands": ["kcadm.sh …"], "certainty": "proved", "sources": ["…"]}],
   "not_checked": ["…"]}
severity is high, medium, low or info; the kind of an account also client or realm; certainty is proved (the grants seen on
this server, the rest measured on its version) or likely; commands, sources and not_checked appear only where they apply.

Exit codes: 0, also with findings; 5 where one is as severe as --fail-on.`,
		Example: `  fix403 audit --url https://sso.example.com --realm shop
  fix403 audit --url https://sso.example.com --realm shop --fail-on high --sarif audit.sarif --html audit.html
  fix403 audit --url https://sso.example.com --realm shop --from watched.jsonl --json`,
	}
	o.add(cmd, "client-id")
	f := cmd.Flags()
	f.StringVar(&o.failOn, "fail-on", "", "exit with 5 on findings of this severity or more: "+strings.Join(audit.Severities(), ", "))
	f.StringVar(&o.recording, "from", "", "recording of what clients call, or a list with the client id before each call, - for stdin")
	f.IntVar(&o.secretAge, "secret-age", 365, "days after which a secret is old, 0 for never")
	f.StringVar(&o.junit, "junit", "", "write a JUnit report to this file")
	f.StringVar(&o.sarif, "sarif", "", "write the findings as SARIF 2.1.0 to this file")
	f.StringVar(&o.html, "html", "", "write a page with who holds what as a picture to this file")
	cmd.RunE = a.Command(func(cmd *cobra.Command, _ []string) error { return a.audit(cmd.Context(), cmd.Flags(), o) })
	return cmd
}

func (a App) audit(ctx context.Context, f *pflag.FlagSet, o *auditing) error {
	from, known := audit.SeverityOf(o.failOn)
	switch {
	case o.failOn != "" && !known:
		return flags.Usage("It can be "+strings.Join(audit.Severities(), ", ")+".", "--fail-on knows no severity %q", o.failOn)
	case o.secretAge < 0:
		return flags.Usage("Give a number of days.", "--secret-age is negative")
	}
	calls, err := a.calls(ctx, o.recording)
	if err != nil {
		return err
	}
	begun := time.Now()
	r, err := a.open(ctx, f, &o.options, nil)
	if err != nil {
		return err
	}
	found, err := audit.Run(ctx, r, audit.Options{Now: begun, SecretAge: time.Duration(o.secretAge) * 24 * time.Hour, Calls: calls})
	if err != nil {
		return err
	}
	lines := a.Lines()
	if o.JSON {
		d := found.Document()
		d.Warnings = a.Warnings()
		err = a.JSON(d)
	} else {
		lines.Audit(found)
	}
	if err == nil {
		err = a.write(found, lines.HTML(found), o, time.Since(begun).Milliseconds())
	}
	if n := found.Reach(from); err == nil && o.failOn != "" && n > 0 {
		return a.Found(n)
	}
	return err
}

// write writes the reports that were asked for.
func (a App) write(found *audit.Audit, page string, o *auditing, milliseconds int64) error {
	least := audit.Low
	if o.failOn != "" {
		least, _ = audit.SeverityOf(o.failOn)
	}
	for _, report := range []struct {
		flag, path string
		text       func() ([]byte, error)
	}{
		{"--junit", o.junit, func() ([]byte, error) { return found.JUnit(least, milliseconds) }},
		{"--sarif", o.sarif, func() ([]byte, error) { return json.MarshalIndent(found.SARIF(a.Version), "", "  ") }},
		{"--html", o.html, func() ([]byte, error) { return []byte(page), nil }},
	} {
		if report.path == "" {
			continue
		}
		text, err := report.text()
		if err == nil {
			err = outfile.File{Name: report.flag, Path: report.path}.Write(text, 0o644)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// calls reads which client makes which calls.
func (a App) calls(ctx context.Context, path string) (map[string][]roles.Call, error) {
	if path == "" {
		return nil, nil //nolint:nilnil // nothing is known of them
	}
	text, err := a.Recording(ctx, path)
	if err != nil {
		return nil, err
	}
	all := map[string][]roles.Call{}
	if traffic.Recorded(text) {
		calls, err := a.Recorded(text, path)
		for _, c := range calls {
			all[c.Client] = append(all[c.Client], traffic.Calls([]traffic.Call{c})...)
		}
		return all, err
	}
	lines, _, err := flags.CallLines(text, path, "")
	if err != nil {
		return nil, err
	}
	for _, line := range lines {
		client, call, _ := strings.Cut(line.Text, " ")
		call = strings.TrimSpace(call)
		c, err := roles.ParseCall(call)
		if err == nil && !strings.Contains(call, " ") {
			err = msg.Error("it has two words")
		}
		if err != nil {
			return nil, flags.Usage(`Write the client id before the call, such as "reports GET /admin/realms/shop/users".`, "line %d of %s: %v", line.Line, path, err)
		}
		if !slices.Contains(all[client], c) {
			all[client] = append(all[client], c)
		}
	}
	return all, nil
}
