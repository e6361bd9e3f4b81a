package main

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"fix403/flows/params"
	"fix403/flows/texts"
	"fix403/keycloak/practice"
	"fix403/keycloak/wire"
	"fix403/ui/words"
)

// serverOptions say which server a command talks to, and as which admin.
type serverOptions struct {
	practice bool
	as       string
	url      string

	adminUser, adminPasswordFile         string
	adminClientID, adminClientSecretFile string
	adminTokenFile                       string
	adminRealm                           string

	tls     wire.TLS
	timeout time.Duration
}

func (o *serverOptions) addFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.practice, "practice", false, "use the embedded practice server")
	f.StringVar(&o.as, "as", "", "version that the practice server answers as: "+strings.Join(practice.Versions(), ", "))
	f.StringVar(&o.url, "url", "", "address of a Keycloak (FIX403_URL)")
	f.StringVar(&o.adminUser, "admin-user", "admin", "name of the admin (FIX403_ADMIN_USER)")
	f.StringVar(&o.adminPasswordFile, "admin-password-file", "", "file with the admin's password, - for stdin (or FIX403_ADMIN_PASSWORD)")
	f.StringVar(&o.adminClientID, "admin-client-id", "", "log in as this client in place of a user (FIX403_ADMIN_CLIENT_ID)")
	f.StringVar(&o.adminClientSecretFile, "admin-client-secret-file", "", "file with that client's secret, - for stdin (or FIX403_ADMIN_CLIENT_SECRET)")
	f.StringVar(&o.adminTokenFile, "admin-token-file", "", "file with an admin's access token, - for stdin (or FIX403_ADMIN_TOKEN)")
	f.StringVar(&o.adminRealm, "admin-realm", "master", "realm in which the admin lives")
	f.StringVar(&o.tls.CACert, "ca-cert", "", "PEM file of the certificates to trust")
	f.StringVar(&o.tls.ClientCert, "client-cert", "", "PEM file of a client certificate")
	f.StringVar(&o.tls.ClientKey, "client-key", "", "PEM file of its key")
	f.BoolVar(&o.tls.Insecure, "insecure", false, "accept any certificate, with a warning each time")
	f.DurationVar(&o.timeout, "timeout", 0, "time for each call (default 30s, 2m for creating and deleting a realm)")
}

// embedded reports whether the server is the practice server, which it is where none is named.
func (o *serverOptions) embedded() bool { return o.practice || o.url == "" }

func (o *serverOptions) check(f *pflag.FlagSet) error {
	if f.Changed("url") && (o.practice || f.Changed("as")) {
		return usage("Give one of them.", "--url names a real server, --practice and --as the embedded one")
	}
	if f.Changed("url") {
		o.as = "" // from the configuration file
	}
	if o.as != "" {
		if !slices.Contains(practice.Versions(), o.as) {
			return usage("It can be "+strings.Join(practice.Versions(), ", ")+".", "the practice server does not answer as version %q", o.as)
		}
		o.practice, o.url = true, ""
	}
	if o.timeout < 0 {
		return usage("Give a time such as 30s.", "--timeout is negative")
	}
	return nil
}

// nameOptions are the names that a story gives to what it creates.
type nameOptions struct{ realm, clientID, username, email string }

// addFlags adds the flags with the article's names. Those that are common to all commands that talk to a server, and that the
// command does not use, are accepted and hidden.
func (o *nameOptions) addFlags(f *pflag.FlagSet, unused ...string) {
	d := params.DefaultParams()
	f.StringVar(&o.realm, "realm", d.Realm, "name of the realm")
	f.StringVar(&o.clientID, "client-id", d.ClientID, "client id")
	f.StringVar(&o.username, "username", d.Username, "name of the user")
	f.StringVar(&o.email, "email", d.Email, "e-mail address of the user")
	for _, name := range unused {
		_ = f.MarkHidden(name) // fails only for a name that is not there
	}
}

func (o *nameOptions) params() (params.Params, error) {
	return params.NewParams(o.realm, o.clientID, o.username, o.email)
}

// outputOptions say what a command writes beside what it says.
type outputOptions struct {
	json       bool
	transcript string
}

func (o *outputOptions) addJSONFlag(f *pflag.FlagSet) {
	f.BoolVar(&o.json, "json", false, "one JSON document on stdout")
}

func (o *outputOptions) addFlags(f *pflag.FlagSet) {
	o.addJSONFlag(f)
	f.StringVar(&o.transcript, "transcript", "", "write a transcript to this .md or .html file")
}

func (o *outputOptions) check() error {
	if o.transcript != "" && !slices.Contains([]string{".md", ".html"}, filepath.Ext(o.transcript)) {
		return usage("Name a file that ends in .md or .html.", "a transcript is Markdown or HTML, not %s", o.transcript)
	}
	return nil
}

// screenOptions say how a command looks, and in which language it speaks.
type screenOptions struct {
	plain   bool
	noColor bool
	theme   string
	lang    string
}

func (o *screenOptions) addFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.plain, "plain", false, "line by line, without redrawing (ACCESSIBLE)")
	f.BoolVar(&o.noColor, "no-color", false, "no colours (NO_COLOR)")
	f.StringVar(&o.theme, "theme", "auto", "auto, dark, light or ansi")
	f.StringVar(&o.lang, "lang", "", "language of the lesson: en or de (the locale)")
}

// complete takes from the environment what no flag said, and returns the printer of the language.
func (o *screenOptions) complete(getenv func(string) string) (*texts.Printer, error) {
	if getenv("NO_COLOR") != "" {
		o.noColor = true
	}
	if getenv("ACCESSIBLE") != "" || getenv("TERM") == "dumb" {
		o.plain = true
	}
	if o.lang == "" {
		o.lang = texts.Of(getenv("LC_ALL"), getenv("LC_MESSAGES"), getenv("LANG"))
	}
	if !slices.Contains(texts.Languages(), o.lang) {
		return nil, usage("It can be "+strings.Join(texts.Languages(), " or ")+".", "there is no language %q", o.lang)
	}
	return texts.In(o.lang)
}

func (o *screenOptions) check() error {
	if o.theme != "" && !slices.Contains([]string{"auto", "dark", "light", "ansi"}, o.theme) {
		return usage("It can be auto, dark, light or ansi.", "there is no theme %q", o.theme)
	}
	return nil
}

// storyOptions are what the commands have that tell a story.
type storyOptions struct {
	serverOptions
	nameOptions
	outputOptions
	screenOptions
}

func addStoryFlags(f *pflag.FlagSet, o *storyOptions) {
	o.serverOptions.addFlags(f)
	o.nameOptions.addFlags(f)
	o.outputOptions.addFlags(f)
	o.screenOptions.addFlags(f)
}

// groups are the options of a command that are completed and checked. Names are nil for a command that creates nothing by them:
// it takes those of others as they are.
type groups struct {
	server *serverOptions
	names  *nameOptions
	output *outputOptions
	screen *screenOptions
}

func (o *storyOptions) groups() groups {
	return groups{&o.serverOptions, &o.nameOptions, &o.outputOptions, &o.screenOptions}
}

// complete fills in what no flag gave, and checks it. From here on the app speaks the user's language.
func (a *app) complete(f *pflag.FlagSet, g groups) error {
	if err := fillIn(f, &g.server.practice, a.getenv); err != nil {
		return err
	}
	printer, err := g.screen.complete(a.getenv)
	if err != nil {
		return err
	}
	if g.output.json {
		printer = nil // a program reads it: English
	}
	a.Words = words.Words{Printer: printer}
	if err := texts.Use(printer.Language()); err != nil {
		return err
	}
	for _, check := range []func() error{
		func() error { return g.server.check(f) }, g.screen.check, g.output.check, func() error { return checkOutputs(f) },
	} {
		if err := check(); err != nil {
			return err
		}
	}
	if g.names == nil {
		return nil
	}
	_, err = g.names.params()
	return err
}
