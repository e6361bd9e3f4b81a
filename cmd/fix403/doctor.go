package main

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fix403/cmd/fix403/flags"
	"fix403/flows/doctor"
	"fix403/flows/doctor/result"
	"fix403/flows/intake"
	"fix403/flows/journal"
	"fix403/flows/report"
	"fix403/flows/versions"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/practice"
	"fix403/keycloak/wire"
	"fix403/ui/plain"
)

const (
	exitCallFails = 6 // the doctor's call fails or hides something: a verdict other than ok, over-privileged and would-pass
	exitWouldPass = 7 // the doctor's call is not sent, and would pass
)

// callFails is a verdict by which the call fails or hides something, or would pass and was not sent.
type callFails struct {
	verdict   string
	wouldPass bool
	why       error // why --fix could not fix it; nil if it was not asked to
}

func (e callFails) Error() string { return e.verdict }

// doctorOptions are those of doctor.
type doctorOptions struct {
	flags.Server
	flags.Names
	flags.Output
	flags.Screen
	call, userID, curlFile, secretFile, tokenFile, junit, show string
	fix, undo, yes, send, readOnly, allowPowerful              bool
	caller                                                     flags.Caller
	proof                                                      flags.Proof
}

func (a *app) doctorCommand(run func(context.Context, *pflag.FlagSet, *doctorOptions) error) *cobra.Command {
	o := &doctorOptions{}
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Explain why your own call fails, and name the smallest fix",
		Long: `Makes one call of the admin API as your client does, checks the gates (reach, client, identity, realm, route, role,
object), and reports where it stopped, why, and the smallest fix, on one screen. --show adds the rest: the fix as
curl, kcadm.sh, Terraform, TypeScript or Go, the evidence, or everything.

The call comes from --call, or from a file with the call in any of these forms (--curl-file, - for stdin): curl, wget, HTTPie,
kcadm.sh, Invoke-RestMethod, fetch, axios, requests, raw HTTP, HAR. The client's secret comes from --client-secret-file or
FIX403_CLIENT_SECRET; --token-file diagnoses an existing token. For a user's call, use --grant password and --user
(the password from --user-password-file or FIX403_USER_PASSWORD; without --client-id through admin-cli); for a login in a
realm other than the call's, such as master, --token-realm. A client without a plain secret authenticates with its private key
(--client-key-file), a ready assertion (--client-assertion-file), a JWT signed with its secret (--client-secret-jwt) or a
certificate (--client-cert, --client-key); --dpop makes DPoP proofs for tokens that are bound to a key. With an admin login
(FIX403_ADMIN_PASSWORD and so on) it also reads the client's configuration; without, it lists what it could not see.

Passwords, secrets and tokens are sent only to a server named by --url, FIX403_URL or the configuration file. If a server
appears only in the pasted call, the token or the call, you are asked on a terminal; elsewhere the call is diagnosed without
them, and not_checked lists that. A secret in the pasted call is sent to the server named there, and a token to its issuer.

It changes nothing without --fix or --send: a call other than GET and HEAD is not sent, but judged by the measured roles,
with its body and query weighed (predicted; would-pass where nothing would stop it). --send sends it, once you confirm or with
--yes, with the body of the pasted command; fix403 cannot undo what it does. --fix grants
the smallest role (or adds a scope mapping) after showing the change, and makes the same call again; --undo undoes that. Roles that let their holder become an admin, such as manage-users, are granted only if the verdict is proved, and
after you confirm their power; --yes also requires --allow-powerful. realm-admin is never granted.
If several roles are equally small, --fix asks, and with --yes grants none. If the whole response requires a powerful role
and one with fewer fields does not, it also asks: --yes grants the role for fewer fields, --yes --allow-powerful the other.

With --json it prints one object:
  {"verdict": "role-missing", "certainty": "proved", "gate": "role", "status": 403,
   "caller": {"kind": "service-account", "name": "service-account-reports", "client_id": "reports", "realm": "shop"}, "summary": "…",
   "evidence": [{"source": "wire", "says": "…"}], "smallest_roles": ["view-users"],
   "fix": {"console": ["…"], "curl": ["…"], "kcadm": ["…"], "terraform": "…", "typescript": "…", "go": "…", "applied": false},
   "not_checked": ["…"], "after": {"status": 200, "roles_in_token": ["view-users"]}}
status is null without a response or if the call was not sent; a form of the fix is null where it changes nothing; after is
present after --fix and --undo, error if --fix failed, warnings if there were any
(--insecure, a password that cannot be masked). source is token, wire or
server; certainty is proved, likely, or predicted for a call that was not sent.

Exit codes: 0 it works (ok, over-privileged), or the repeated call had the intended result · 7 would-pass: not sent, and allowed · 6 every other
verdict · 4 the admin
was refused · 2 usage.`,
		Example: `  fix403 doctor --url https://sso.example.com --realm shop --client-id reports --client-secret-file FILE --call "GET /admin/realms/shop/users"
  fix403 doctor --curl-file failing.sh
  fix403 doctor --url https://sso.example.com --grant password --user john --call "GET /admin/realms/shop/users"
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
	o.caller.Add(f)
	o.proof.Add(f)
	f.BoolVar(&o.fix, "fix", false, "make the smallest change that lets the call pass")
	f.BoolVar(&o.undo, "undo", false, "undo what --fix changed for this client")
	f.BoolVar(&o.yes, "yes", false, "do not ask before a change")
	f.BoolVar(&o.allowPowerful, "allow-powerful", false, "with --fix --yes: also grant roles that let their holder become an admin")
	f.BoolVar(&o.send, "send", false, "also send a call that could change something, once you confirm")
	f.BoolVar(&o.readOnly, "read-only", false, "refuse every request that could change something")
	f.StringVar(&o.junit, "junit", "", "write a JUnit report to this file")
	f.StringVar(&o.show, "show", "", "show more than a screen: "+strings.Join(plain.Forms(), ", "))
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
	a.warnOfExposed(&o.Server, &o.Names, callersSecrets(&prepared.Options)...)
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
	d, err := a.console(o.JSON).Diagnose(ctx, doc, plain.Diagnosing{Send: o.send, Fix: o.fix, Undo: o.undo, Yes: o.yes, AllowPowerful: o.allowPowerful, Notes: prepared.Notes, Show: o.show, Again: func(more ...string) string {
		return flags.Again(f, a.args, []string{"fix", "undo", "send", "yes", "show", "json", "read-only", "allow-powerful"}, more...)
	}})
	if d.Diagnosis == nil {
		return errors.Join(err, o.writeJUnit(report.JUnitCase("fix403 doctor", o.call, err.Error(), doc.Milliseconds())))
	}
	var cannot *plain.CannotFixError
	if errors.As(err, &cannot) {
		err = callFails{verdict: a.Verdict(d.Diagnosis), why: cannot.Why}
	}
	err = errors.Join(err, o.writeJUnit(result.JUnit(d.Diagnosis, a.Printer, doc.Milliseconds())))
	if err == nil && !d.Works() {
		err = callFails{verdict: a.Verdict(d.Diagnosis), wouldPass: d.WouldPass()}
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
	case o.show != "" && !slices.Contains(plain.Forms(), o.show):
		return flags.Usage("It can be "+strings.Join(plain.Forms(), ", ")+".", "--show shows no %q", o.show)
	case o.fix && o.undo:
		return flags.Usage("Give one of them.", "--fix and --undo exclude each other")
	case o.readOnly && (o.fix || o.undo):
		return flags.Usage("Leave one of them away.", "--read-only forbids what --fix and --undo do")
	case o.readOnly && o.send:
		return flags.Usage("Leave one of them away.", "--read-only forbids what --send does")
	case o.send && !o.yes && !a.streams.inTTY:
		return flags.Usage("Add --yes, or leave --send away to see what the measured roles say of the call.", "the doctor asks before it sends a call that could change something, and there is no terminal to ask on")
	case o.send && o.call == "" && o.curlFile == "":
		return flags.Usage("Name the call (--call or --curl-file).", "--send sends the call that you name, and none was named")
	case (o.fix || o.undo) && !o.yes && !a.streams.inTTY:
		return flags.Usage("Add --yes, or leave --fix and --undo away to see what is wrong first.", "the doctor asks before it changes something, and there is no terminal to ask on")
	}
	stdin := 0
	for _, file := range []string{o.curlFile, o.secretFile, o.tokenFile, o.caller.PasswordFile, o.proof.KeyFile, o.proof.AssertionFile} {
		if file == "-" {
			stdin++
		}
	}
	if stdin > 1 {
		return flags.Usage("Put one of them into a file.", "only one input can come from stdin")
	}
	if err := o.proof.Check(); err != nil {
		return err
	}
	return o.caller.Check()
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
	if err := a.callerLogin(ctx, o, &q); err != nil {
		return p, err
	}
	if p, err = intake.Prepare(q); err != nil {
		return p, err
	}
	if o.Practice && !versions.Measured(o.As) {
		p.Notes = append(p.Notes, msg.New("The practice server responds like Keycloak %s; a real one may differ.", versions.Name(o.As)))
	}
	in := &p.Options
	if o.TLS, err = a.readPipes(ctx, o.TLS); err != nil {
		return p, err
	}
	in.TLS, in.Timeout, in.Write, in.Transport, in.Admin = o.TLS, o.Timeout, o.fix || o.undo || o.send, transport, admin
	in.Send = o.send
	if err := a.askCaller(ctx, in); err != nil {
		return p, err
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
	text, err := a.readInput(ctx, path, "the pasted call", 2<<20)
	if err == nil && len(text) == 0 {
		err = flags.Usage("Put the call into it, such as a curl command.", "there is no call: the input is empty")
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
