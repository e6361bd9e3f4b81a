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
	"fix403/cmd/fix403/help"
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
	calls                                                                 []string // of the file behind the first
	lines                                                                 []int    // of all of the file
	call, callsFile, userID, curlFile, secretFile, tokenFile, junit, show string
	fix, undo, yes, send, readOnly, allowPowerful                         bool
	caller                                                                flags.Caller
	proof                                                                 flags.Proof
}

func (a *app) doctorCommand(run func(context.Context, *pflag.FlagSet, *doctorOptions) error) *cobra.Command {
	o := &doctorOptions{}
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Explain why your own call fails, and name the smallest fix",
		Long:  help.Doctor,
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
	f.StringVar(&o.callsFile, "calls-file", "", "file of calls, one per line, # starts a comment, or a recording, - for stdin")
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
	if o.callsFile != "" {
		of := ""
		if f.Changed("client-id") {
			of = o.ClientID
		}
		lines, err := a.callLines(ctx, o.callsFile, of)
		if err != nil {
			return err
		}
		o.calls, o.lines = flags.Split(lines)
		o.call, o.calls = o.calls[0], o.calls[1:]
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
	if o.callsFile != "" {
		return a.doctorCalls(ctx, o, prepared)
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
	case o.callsFile != "" && (o.fix || o.undo || o.send || o.call != "" || o.show != ""):
		return flags.Usage("Leave them away, or diagnose one call with --call.", "--calls-file only looks at its calls: no --call, --fix, --undo, --send or --show goes with it")
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
	for _, file := range []string{o.callsFile, o.curlFile, o.secretFile, o.tokenFile, o.caller.PasswordFile, o.proof.KeyFile, o.proof.AssertionFile} {
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
	q := intake.Question{URL: o.URL, Call: o.call, UserID: o.userID, DefaultRealm: o.Realm, More: o.calls, Lines: o.lines, File: o.callsFile}
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

// doctorCalls diagnoses all calls of a file: the exit code is that of the worst.
func (a *app) doctorCalls(ctx context.Context, o *doctorOptions, p intake.Prepared) error {
	all, err := a.console(o.JSON).DiagnoseAll(ctx, p)
	if err != nil {
		return err
	}
	if err := o.writeJUnit(all.JUnit(a.Printer)); err != nil {
		return err
	}
	if o.JSON {
		if err := a.writeJSON(all.Document(a.warnings)); err != nil {
			return err
		}
	}
	if worst := all.Worst(); !worst.Verdict.Works() {
		return reported{callFails{verdict: a.Verdict(worst), wouldPass: worst.Verdict.WouldWork()}}
	}
	return nil
}
