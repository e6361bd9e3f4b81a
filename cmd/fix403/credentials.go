package main

import (
	"context"
	"fmt"
	"net/http"

	"fix403/cmd/fix403/flags"
	"fix403/cmd/fix403/rights"
	"fix403/cmd/fix403/watch"
	"fix403/flows/access"
	"fix403/flows/journal"
	"fix403/flows/problem"
	"fix403/flows/risk"
	"fix403/flows/roles"
	"fix403/flows/story"
	"fix403/flows/traffic"
	"fix403/keycloak"
	"fix403/keycloak/wire"

	"github.com/spf13/pflag"
)

// story prepares the options of a story. A server that is named asks for credentials, unless ask is false: the wizard
// has a form for them.
func (a *app) story(ctx context.Context, o *flags.Server, names *flags.Names, f *pflag.FlagSet, ask bool) (story.Options, error) {
	params, err := names.Params()
	if err != nil {
		return story.Options{}, err
	}
	story := story.Options{
		Practice: o.Embedded(), As: o.As, URL: o.URL, TLS: o.TLS,
		Timeout: o.Timeout, RealmTimeout: o.Timeout, Params: params,
	}
	if story.Practice && ask {
		return story, nil
	}
	a.warnOfInsecure(o)
	folder, err := journal.StateFolder()
	if err != nil {
		return story, err
	}
	story.Journal = journal.Open(folder)
	if story.Practice {
		return story, nil
	}
	if o.TLS, err = a.readPipes(ctx, o.TLS); err != nil {
		return story, err
	}
	story.TLS = o.TLS
	if ask {
		if err := a.confirmPlainHTTP(ctx, o.URL); err != nil {
			return story, err
		}
	}
	story.Credentials, err = a.credentials(ctx, o, names, f, ask)
	return story, err
}

// credentials finds the admin's: what a flag names beats what the environment holds, a token beats a client, and a
// client beats a user. The password is asked for on a terminal.
func (a *app) credentials(ctx context.Context, o *flags.Server, names *flags.Names, f *pflag.FlagSet, ask bool) (keycloak.Credentials, error) {
	c, err := a.givenCredentials(ctx, o, f, ask)
	if err == nil {
		a.warnOfExposed(o, names, risk.AdminSecrets(c)...)
	}
	return c, err
}

func (a *app) givenCredentials(ctx context.Context, o *flags.Server, f *pflag.FlagSet, ask bool) (keycloak.Credentials, error) {
	c := keycloak.Credentials{Realm: o.AdminRealm}
	token, client, password := a.getenv("FIX403_ADMIN_TOKEN"), o.AdminClientID, a.getenv("FIX403_ADMIN_PASSWORD")
	if f.Changed("admin-password-file") || f.Changed("admin-user") {
		token = ""
		if !f.Changed("admin-client-id") {
			client = ""
		}
	}
	if f.Changed("admin-client-id") {
		token = ""
	}
	if o.AdminTokenFile != "" {
		t, err := a.readSecretFile(ctx, o.AdminTokenFile)
		c.Token = wire.NewSecret(t)
		return c, err
	}
	if token != "" {
		c.Token = wire.NewSecret(token)
		return c, nil
	}
	if client != "" {
		c.ClientID = client
		secret := a.getenv("FIX403_ADMIN_CLIENT_SECRET")
		var err error
		if o.AdminClientSecretFile != "" {
			secret, err = a.readSecretFile(ctx, o.AdminClientSecretFile)
		}
		if err == nil && secret == "" && ask {
			secret, err = a.ask(ctx, fmt.Sprintf("Secret of the client %s (realm %s at %s)", client, o.AdminRealm, o.URL), "--admin-client-secret-file or FIX403_ADMIN_CLIENT_SECRET")
		}
		c.ClientSecret = wire.NewSecret(secret)
		return c, err
	}
	c.User = o.AdminUser
	var err error
	if o.AdminPasswordFile != "" {
		password, err = a.readSecretFile(ctx, o.AdminPasswordFile)
	}
	if err == nil && password == "" && ask {
		password, err = a.ask(ctx, fmt.Sprintf("Password of the admin %s (realm %s at %s)", o.AdminUser, o.AdminRealm, o.URL), "--admin-password-file or FIX403_ADMIN_PASSWORD")
	}
	c.Password = wire.NewSecret(password)
	if ask {
		c.AskOTP = a.oneTimeCode()
	}
	return c, err
}

func (a *app) ask(ctx context.Context, what, otherwise string) (string, error) {
	if !a.streams.inTTY {
		return "", flags.Usage("Give it by "+otherwise+".", "%s: not given, and there is no terminal to ask on", what)
	}
	secret, err := a.streams.readSecret(ctx, what+": ")
	if err == nil && secret == "" {
		err = flags.Usage("Give it by "+otherwise+", or type it.", "%s: nothing was typed", what)
	}
	return secret, err
}

// rights are what the commands about who may call what take from the app.
func (a *app) rights() rights.App {
	return rights.App{
		Command: a.command, Complete: a.complete, Admin: a.lookingAdmin, Lines: a.lines, JSON: a.writeJSON, Unknown: notMeasured,
		Call: func(text string) (roles.Call, error) { return a.parseRoleCall(text, "") }, Warnings: func() []string { return a.warnings },
		No: func(answer string) error { return reported{callFails{verdict: answer}} }, Version: buildVersion().Version,
		Recording: func(ctx context.Context, path string) ([]byte, error) {
			return a.readInput(ctx, path, "the calls", traffic.Most)
		},
		Recorded: func(text []byte, path string) ([]traffic.Call, error) {
			calls, _, err := a.recorded(text, path, "")
			return calls, err
		},
		Found: func(n int) error {
			return reported{problem.CheckFailed("", "Findings of this severity: %d.", n)}
		},
	}
}

// watching is what the command watch takes from the app.
func (a *app) watching() watch.App {
	return watch.App{
		Command: a.command, Complete: a.complete, Lines: a.lines, Asides: a.asides, JSON: a.writeJSON, Report: writeReport,
		Warnings: func() []string { return a.warnings }, Exit: func(code int) error { return reported{exits(code)} },
		In: a.streams.in, Out: a.screen, Err: a.streams.err, OnTerminal: a.streams.inTTY,
		Read: func(ctx context.Context, path string) ([]byte, error) {
			return a.readInput(ctx, path, "the recording", traffic.Most)
		},
		Admin: func(ctx context.Context, f *pflag.FlagSet, o *flags.Server, names *flags.Names) (*keycloak.Admin, error) {
			if !a.adminGiven(f) {
				var err error
				o.TLS, err = a.readPipes(ctx, o.TLS)
				a.warnOfInsecure(o)
				return nil, err
			}
			return a.lookingAdmin(ctx, f, o, names)
		},
	}
}

// exits is the exit code of a command that was run for the user.
type exits int

func (e exits) Error() string { return fmt.Sprintf("the command ended with %d", int(e)) }

// adminGiven reports whether an admin's login is given, in whole or by its name.
func (a *app) adminGiven(f *pflag.FlagSet) bool {
	for _, name := range []string{"admin-user", "admin-password-file", "admin-client-id", "admin-client-secret-file", "admin-token-file"} {
		if f.Changed(name) {
			return true
		}
	}
	for _, name := range []string{"FIX403_ADMIN_PASSWORD", "FIX403_ADMIN_CLIENT_SECRET", "FIX403_ADMIN_TOKEN"} {
		if a.getenv(name) != "" {
			return true
		}
	}
	return false
}

// lookingAdmin logs an admin in whose requests change nothing.
func (a *app) lookingAdmin(ctx context.Context, f *pflag.FlagSet, o *flags.Server, names *flags.Names) (*keycloak.Admin, error) {
	url, transport, admin, err := o.URL, http.RoundTripper(nil), (*keycloak.Credentials)(nil), error(nil)
	if o.Practice {
		url, transport, admin, err = practiceServer(o.As)
	} else if o.TLS, err = a.readPipes(ctx, o.TLS); err == nil {
		a.warnOfInsecure(o)
		if err = a.confirmPlainHTTP(ctx, url); err == nil {
			transport, err = wire.NewTransport(o.TLS)
		}
	}
	if err == nil && admin == nil {
		var given keycloak.Credentials
		given, err = a.credentials(ctx, o, names, f, true)
		admin = &given
	}
	if err != nil {
		return nil, err
	}
	return access.Login(ctx, url, *admin, keycloak.Options{Transport: transport, Timeout: o.Timeout})
}
