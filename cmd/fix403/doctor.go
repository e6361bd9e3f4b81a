package main

import (
	"context"
	"errors"
	"net/http"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fix403/cmd/fix403/flags"
	"fix403/flows/doctor"
	"fix403/flows/doctor/result"
	"fix403/flows/intake"
	"fix403/flows/journal"
	"fix403/flows/report"
	"fix403/flows/risk"
	"fix403/flows/versions"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/practice"
	"fix403/keycloak/wire"
	"fix403/ui/plain"
)

const exitCallFails = 6 // the doctor's call fails or hides something: a verdict other than ok and over-privileged

// callFails is a verdict by which the call fails or hides something.
type callFails struct {
	verdict string
	why     error // why --fix could not fix it; nil if it was not asked to
}

func (e callFails) Error() string { return e.verdict }

// doctorOptions are those of doctor.
type doctorOptions struct {
	flags.Server
	flags.Names
	flags.Output
	flags.Screen
	call, userID, curlFile, secretFile, tokenFile, junit string
	fix, undo, yes, readOnly, allowPowerful              bool
}

func (a *app) doctorCommand(run func(context.Context, *pflag.FlagSet, *doctorOptions) error) *cobra.Command {
	o := &doctorOptions{}
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Explain why your own call fails, and name the smallest fix",
		Long: `Makes one call of the admin API as your client makes it, walks the gates (reach, client, identity, realm, route, role,
object), and says at which one it was stopped, why, and what the smallest fix is: as clicks, curl, kcadm.sh and Terraform.

The call comes from --call, or from a file with the call as you have it (--curl-file, - for stdin): curl, wget, HTTPie,
kcadm.sh, Invoke-RestMethod, fetch, axios, requests, raw HTTP, HAR. The client's secret comes from --client-secret-file or
FIX403_CLIENT_SECRET; --token-file diagnoses a token that you have. With an admin's login
(FIX403_ADMIN_PASSWORD and so on) it also reads the client's configuration; without, it says what it could not see.

Passwords, secrets and tokens are sent only to a server named by --url, FIX403_URL or the configuration file. If a server
appears only in the curl command, the token or the call, you are asked on a terminal; elsewhere the call is diagnosed without
them, and not_checked says so. A secret in the curl command is sent to that command's server, and a token to its issuer.

It changes nothing without --fix: a call other than GET and HEAD is not sent, but judged by the measured roles. --fix gives
the smallest role (or lets it through) after showing what it will change, and makes the same call again; --undo takes that
back. Roles that let their holder become an admin, such as manage-users, are granted only if the verdict is proved, and
after a question that names their power; --yes needs --allow-powerful for them. realm-admin is never granted.
Between roles of which none is smaller --fix asks, and with --yes grants none. Where the whole answer takes a powerful role
and one with fewer fields does not, it asks too: --yes grants the role for fewer fields, --yes --allow-powerful the other.

With --json it prints one object:
  {"verdict": "role-missing", "certainty": "proved", "gate": "role", "status": 403, "summary": "…",
   "evidence": [{"source": "wire", "says": "…"}], "smallest_roles": ["view-users"],
   "fix": {"console": ["…"], "curl": ["…"], "kcadm": ["…"], "terraform": "…", "typescript": "…", "go": "…", "applied": false},
   "not_checked": ["…"], "after": {"status": 200, "roles_in_token": ["view-users"]}}
status is null when no answer came or the call was not sent; a form of the fix is null where it changes nothing; after is
there after --fix and --undo, error where --fix could not be done, warnings where one was given
(--insecure, a password that cannot be hidden). source is token, wire or
server; certainty is proved or likely.

Exit codes: 0 it works (ok, over-privileged), or the repeated call did what was wanted · 6 every other verdict · 4 the admin
was refused · 2 usage.`,
		Example: `  fix403 doctor --url https://sso.example.com --realm shop --client-id reports --client-secret-file FILE --call "GET /admin/realms/shop/users"
  fix403 doctor --curl-file failing.sh
  fix403 doctor --token-file token.txt --json`,
		Args: cobra.NoArgs,
		RunE: a.command(func(cmd *cobra.Command, _ []string) error { return run(cmd.Context(), cmd.Flags(), o) }),
	}
	f := cmd.Flags()
	o.Server.AddFlags(f)
	o.Names.AddFlags(f, "username", "email")
	o.Screen.AddFlags(f)
	o.AddJSONFlag(f)
	f.StringVar(&o.call, "call", "", `the call, such as "GET /admin/realms/{realm}/users/{user-id}"`)
	f.StringVar(&o.userID, "user-id", "", "value of {user-id} in the call")
	f.StringVar(&o.curlFile, "curl-file", "", "file with the call as curl, fetch, kcadm.sh, HAR or another form, - for stdin")
	f.StringVar(&o.secretFile, "client-secret-file", "", "file with the client's secret, - for stdin (or FIX403_CLIENT_SECRET)")
	f.StringVar(&o.tokenFile, "token-file", "", "file with an access token to diagnose, - for stdin")
	f.BoolVar(&o.fix, "fix", false, "make the smallest change that lets the call pass")
	f.BoolVar(&o.undo, "undo", false, "take back what --fix changed for this client")
	f.BoolVar(&o.yes, "yes", false, "do not ask before a change")
	f.BoolVar(&o.allowPowerful, "allow-powerful", false, "with --fix --yes: also grant roles that let their holder become an admin")
	f.BoolVar(&o.readOnly, "read-only", false, "refuse every request that could change something")
	f.StringVar(&o.junit, "junit", "", "write a JUnit report to this file")
	return cmd
}

func (a *app) doctor(ctx context.Context, f *pflag.FlagSet, o *doctorOptions) error {
	if err := o.check(a); err != nil {
		return err
	}
	if err := a.complete(f, flags.Groups{Server: &o.Server, Output: &o.Output, Screen: &o.Screen}); err != nil {
		return err
	}
	prepared, err := a.doctorInput(ctx, o, f)
	if err != nil {
		return err
	}
	a.warnOfExposed(&o.Server, &o.Names, risk.GivenSecret{What: "The client's secret", Secret: prepared.Options.Secret})
	doc, err := doctor.New(prepared.Options)
	if err != nil {
		return err
	}
	if !o.Practice { // which is reached over no network
		a.warnOfInsecure(&o.Server)
		if err := a.confirmPlainHTTP(ctx, doc.URL()); err != nil {
			return err
		}
	}
	d, err := a.console(o.JSON).Diagnose(ctx, doc, plain.Diagnosing{Fix: o.fix, Undo: o.undo, Yes: o.yes, AllowPowerful: o.allowPowerful, Notes: prepared.Notes})
	if d.Diagnosis == nil {
		return errors.Join(err, o.writeJUnit(report.JUnitCase("fix403 doctor", o.call, err.Error(), doc.Milliseconds())))
	}
	var cannot *plain.CannotFixError
	if errors.As(err, &cannot) {
		err = callFails{a.Verdict(d.Diagnosis), cannot.Why}
	}
	err = errors.Join(err, o.writeJUnit(result.JUnit(d.Diagnosis, a.Printer, doc.Milliseconds())))
	if err == nil && !d.Works() {
		err = callFails{verdict: a.Verdict(d.Diagnosis)}
	}
	if o.JSON {
		r := result.Document(d.Diagnosis, d.Changed)
		r.Warnings = a.warnings
		var fails callFails
		switch {
		case errors.As(err, &fails) && fails.why != nil:
			r.Error = report.ErrorOf(fails.why)
		case err != nil && !errors.As(err, &fails):
			r.Error = report.ErrorOf(err)
		}
		if jsonErr := a.writeJSON(r); jsonErr != nil {
			return jsonErr
		}
	}
	var fails callFails
	if err != nil && (o.JSON || errors.As(err, &fails)) {
		return reported{err}
	}
	return err
}

func (o *doctorOptions) writeJUnit(text []byte, err error) error {
	if o.junit == "" || err != nil {
		return err
	}
	return writeReport(o.junit, text)
}

func (o *doctorOptions) check(a *app) error {
	switch {
	case o.fix && o.undo:
		return flags.Usage("Give one of them.", "--fix and --undo exclude each other")
	case o.readOnly && (o.fix || o.undo):
		return flags.Usage("Leave one of them away.", "--read-only forbids what --fix and --undo do")
	case (o.fix || o.undo) && !o.yes && !a.streams.inTTY:
		return flags.Usage("Add --yes, or leave --fix and --undo away to see what is wrong first.", "the doctor asks before it changes something, and there is no terminal to ask on")
	}
	stdin := 0
	for _, file := range []string{o.curlFile, o.secretFile, o.tokenFile} {
		if file == "-" {
			stdin++
		}
	}
	if stdin > 1 {
		return flags.Usage("Put one of them into a file.", "only one input can come from stdin")
	}
	return nil
}

// doctorInput gathers what is asked about.
func (a *app) doctorInput(ctx context.Context, o *doctorOptions, f *pflag.FlagSet) (p intake.Prepared, err error) {
	q := intake.Question{URL: o.URL, Call: o.call, UserID: o.userID, DefaultRealm: o.Realm}
	if f.Changed("client-id") {
		q.ClientID = o.ClientID
	}
	if f.Changed("realm") {
		q.Realm = o.Realm
	}
	var transport http.RoundTripper
	var admin *keycloak.Credentials
	if o.Practice {
		if q.URL, transport, admin, err = practiceServer(o.As); err != nil {
			return p, err
		}
	}
	if q.Secret, err = a.clientSecret(ctx, o); err != nil {
		return p, err
	}
	if o.curlFile != "" {
		if q.Curl, err = a.readCurl(ctx, o.curlFile); err != nil {
			return p, err
		}
	}
	if o.tokenFile != "" {
		text, err := a.readSecretFile(ctx, o.tokenFile)
		if err != nil {
			return p, err
		}
		q.Token = wire.NewSecret(text)
	}
	if p, err = intake.Prepare(q); err != nil {
		return p, err
	}
	if o.Practice && !versions.Measured(o.As) {
		p.Notes = append(p.Notes, msg.New("The practice server answers as Keycloak %s: a real one may answer otherwise.", versions.Name(o.As)))
	}
	in := &p.Options
	if o.TLS, err = a.readPipes(ctx, o.TLS); err != nil {
		return p, err
	}
	in.TLS, in.Timeout, in.Write, in.Transport, in.Admin = o.TLS, o.Timeout, o.fix || o.undo, transport, admin
	if !in.Given && in.Secret.Empty() && a.streams.inTTY {
		secret, err := a.streams.readSecret(ctx, a.T("Secret of the client %s (enter for none):", in.ClientID)+" ")
		if err != nil {
			return p, err
		}
		in.Secret = wire.NewSecret(secret)
	}
	if in.Admin == nil {
		if in.Admin, err = a.doctorAdmin(ctx, o, f); err != nil {
			return p, err
		}
	}
	if err := a.confirmSending(ctx, in); err != nil {
		return p, err
	}
	folder, err := journal.StateFolder()
	if err == nil {
		in.Journal = journal.Open(folder)
	} else if in.Write {
		return p, err
	}
	return p, nil
}

func practiceServer(as string) (string, http.RoundTripper, *keycloak.Credentials, error) {
	p, err := practice.New(practice.Options{Version: as})
	if err != nil {
		return "", nil, nil, err
	}
	return p.URL(), p.Transport(), &keycloak.Credentials{User: p.AdminUser(), Password: wire.NewSecret(p.AdminPassword())}, nil
}

func (a *app) clientSecret(ctx context.Context, o *doctorOptions) (wire.Secret, error) {
	if o.secretFile == "" {
		return wire.NewSecret(a.getenv("FIX403_CLIENT_SECRET")), nil
	}
	secret, err := a.readSecretFile(ctx, o.secretFile)
	return wire.NewSecret(secret), err
}

func (a *app) readCurl(ctx context.Context, path string) (string, error) {
	text, err := a.readInput(ctx, path, "the curl command", 2<<20)
	if err == nil && len(text) == 0 {
		err = flags.Usage("Put the curl command into it.", "there is no curl command: the input is empty")
	}
	return string(text), err
}

// doctorAdmin is the admin's login, if one was given: the doctor works without, so it asks for a password only when it
// is to change something, or when a name was given.
func (a *app) doctorAdmin(ctx context.Context, o *doctorOptions, f *pflag.FlagSet) (*keycloak.Credentials, error) {
	given := false
	for _, name := range []string{"admin-user", "admin-password-file", "admin-client-id", "admin-client-secret-file", "admin-token-file"} {
		given = given || f.Changed(name)
	}
	ask := given || (o.fix || o.undo) && a.streams.inTTY
	for _, name := range []string{"FIX403_ADMIN_PASSWORD", "FIX403_ADMIN_CLIENT_SECRET", "FIX403_ADMIN_TOKEN"} {
		given = given || a.getenv(name) != ""
	}
	if !given && !ask {
		return nil, nil
	}
	c, err := a.credentials(ctx, &o.Server, &o.Names, f, ask)
	c.AskOTP = a.oneTimeCode()
	return &c, err
}
