package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/spf13/pflag"

	"fix403/flows/journal"
	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/foreign"
	"fix403/keycloak/practice"
	"fix403/keycloak/wire"
	"fix403/ui/words"
)

// options are the flags common to the commands that talk to a server, before and after environment and configuration
// file have filled in what no flag gave.
type options struct {
	practice bool
	as       string
	url      string

	adminUser, adminPasswordFile         string
	adminClientID, adminClientSecretFile string
	adminTokenFile                       string
	adminRealm                           string

	realm, clientID, username, email string
	// anyNames is for commands that create nothing by these names: they take those of others as they are.
	anyNames bool

	tls     wire.TLS
	timeout time.Duration

	json       bool
	plain      bool
	noColor    bool
	theme      string
	lang       string
	transcript string
}

// newOptions are options with the article's names.
func newOptions() *options {
	d := params.DefaultParams()
	return &options{realm: d.Realm, clientID: d.ClientID, username: d.Username, email: d.Email}
}

func (o *options) addNameFlags(f *pflag.FlagSet) {
	f.StringVar(&o.realm, "realm", o.realm, "name of the realm")
	f.StringVar(&o.clientID, "client-id", o.clientID, "client id")
	f.StringVar(&o.username, "username", o.username, "name of the user")
	f.StringVar(&o.email, "email", o.email, "e-mail address of the user")
}

// addUnusedNameFlags accepts the flags that are common to all commands that talk to a server where they say nothing.
func (o *options) addUnusedNameFlags(f *pflag.FlagSet, unused ...string) {
	o.addNameFlags(f)
	for _, name := range unused {
		_ = f.MarkHidden(name) // fails only for a name that is not there
	}
}

func (o *options) addServerFlags(f *pflag.FlagSet) {
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

func (o *options) addOutputFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.json, "json", false, "one JSON document on stdout")
	f.StringVar(&o.transcript, "transcript", "", "write a transcript to this .md or .html file")
}

func (o *options) addScreenFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.plain, "plain", false, "line by line, without redrawing (ACCESSIBLE)")
	f.BoolVar(&o.noColor, "no-color", false, "no colours (NO_COLOR)")
	f.StringVar(&o.theme, "theme", "auto", "auto, dark, light or ansi")
	f.StringVar(&o.lang, "lang", "", "language of the lesson: en or de (the locale)")
}

// kinds are the values that flags take, by their types.
var kinds = map[string]string{"bool": "true or false", "duration": "a time such as 30s", "string": "a text"}

// plainValue reports whether a value of the configuration is one that a flag can have.
func plainValue(v any) bool {
	switch v.(type) {
	case string, bool, int64, float64:
		return true
	}
	return false
}

// maxConfig is the largest configuration file that is read; all flags together have not a hundredth of that.
const maxConfig = 64 << 10

// environment are the variables that stand in for a flag.
var environment = map[string]string{
	"url": "FIX403_URL", "admin-user": "FIX403_ADMIN_USER", "admin-client-id": "FIX403_ADMIN_CLIENT_ID",
}

// complete fills in what no flag gave: from the environment, then from the configuration file. It leaves the server
// alone where --practice says which one.
func (o *options) complete(f *pflag.FlagSet, getenv func(string) string) error {
	config, err := readConfig(getenv)
	if err != nil {
		return err
	}
	var firstErr error
	f.VisitAll(func(flag *pflag.Flag) {
		if flag.Changed || firstErr != nil {
			return
		}
		value, from := "", ""
		if name := environment[flag.Name]; name != "" && getenv(name) != "" {
			value, from = getenv(name), name
		} else if v, ok := config[flag.Name]; ok {
			value, from = fmt.Sprint(v), "the configuration file"
			if !plainValue(v) {
				firstErr = usage("Give it one value.", "the configuration file has a list or a table for %s", flag.Name)
				return
			}
		}
		if from == "" || o.practice && slices.Contains([]string{"url", "admin-user", "admin-client-id"}, flag.Name) {
			return
		}
		if err := flag.Value.Set(value); err != nil {
			// The value is not repeated: it may be a secret in the wrong place.
			firstErr = usage("Correct it there.", "%s has a bad value for %s, which is %s", from, flag.Name, kinds[flag.Value.Type()])
		}
	})
	if firstErr != nil {
		return firstErr
	}
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
		return usage("It can be "+strings.Join(texts.Languages(), " or ")+".", "there is no language %q", o.lang)
	}
	if o.json {
		o.lang = texts.Languages()[0] // a program reads it
	}
	return o.check(f)
}

// complete fills in what no flag gave, and checks it. From here on the app speaks the user's language.
func (a *app) complete(f *pflag.FlagSet, o *options) error {
	err := o.complete(f, a.getenv)
	if slices.Contains(texts.Languages(), o.lang) {
		if err := texts.Use(o.lang); err != nil {
			return err
		}
		a.Words = words.Words{Printer: texts.InUse()}
	}
	return err
}

func (o *options) check(f *pflag.FlagSet) error {
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
	if o.theme != "" && !slices.Contains([]string{"auto", "dark", "light", "ansi"}, o.theme) {
		return usage("It can be auto, dark, light or ansi.", "there is no theme %q", o.theme)
	}
	if o.transcript != "" && !slices.Contains([]string{".md", ".html"}, filepath.Ext(o.transcript)) {
		return usage("Name a file that ends in .md or .html.", "a transcript is Markdown or HTML, not %s", o.transcript)
	}
	if err := checkOutputs(f); err != nil || o.anyNames {
		return err
	}
	_, err := o.params()
	return err
}

func (o *options) params() (params.Params, error) {
	return params.NewParams(o.realm, o.clientID, o.username, o.email)
}

// readConfig reads $XDG_CONFIG_HOME/fix403/config.toml; its keys are the flags' names. Secrets are refused there.
func readConfig(getenv func(string) string) (map[string]any, error) {
	dir := getenv("XDG_CONFIG_HOME")
	if dir == "" {
		var err error
		if dir, err = os.UserConfigDir(); err != nil {
			return nil, nil //nolint:nilerr // no home, no configuration
		}
	}
	path := filepath.Join(dir, "fix403", "config.toml")
	config := map[string]any{}
	text, err := foreign.ReadOwn(path, maxConfig)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, usage("Correct it, or move it away.", "the configuration file cannot be read: %v", err)
	}
	if _, err := toml.Decode(string(text), &config); err != nil {
		// Not the parser's own words: they quote what stands there, which may be a secret in the wrong place.
		where := ""
		var broken toml.ParseError
		if errors.As(err, &broken) {
			where = fmt.Sprintf("line %d of ", broken.Position.Line)
		}
		return nil, usage(`Write name = "value", with the quotation marks; or move the file away.`, "%sthe configuration file %s is not TOML", where, path)
	}
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	known := newOptions()
	known.addServerFlags(all)
	known.addNameFlags(all)
	known.addOutputFlags(all)
	known.addScreenFlags(all)
	for key := range config {
		if strings.Contains(key, "password") && key != "admin-password-file" || strings.HasSuffix(key, "secret") || strings.HasSuffix(key, "token") {
			return nil, usage("Remove it there, and give it by a file or the environment.", "the configuration file %s has %q: it must hold no secrets", path, key)
		}
		if all.Lookup(key) == nil {
			return nil, usage("Its keys are the names of flags.", "the configuration file %s has an unknown key %q", path, key)
		}
	}
	return config, nil
}

// story prepares the options of a story. A server that is named asks for credentials, unless ask is false: the wizard
// has a form for them.
func (a *app) story(ctx context.Context, o *options, f *pflag.FlagSet, ask bool) (story.Options, error) {
	params, err := o.params()
	if err != nil {
		return story.Options{}, err
	}
	story := story.Options{
		Practice: o.practice || o.url == "", As: o.as, URL: o.url, TLS: o.tls,
		Timeout: o.timeout, RealmTimeout: o.timeout, Params: params,
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
	if o.tls, err = a.readPipes(ctx, o.tls); err != nil {
		return story, err
	}
	story.TLS = o.tls
	if ask {
		if err := a.agreeToPlainHTTP(ctx, o.url); err != nil {
			return story, err
		}
	}
	story.Credentials, err = a.credentials(ctx, o, f, ask)
	return story, err
}

// credentials finds the admin's: what a flag names beats what the environment holds, a token beats a client, and a
// client beats a user. The password is asked for on a terminal.
func (a *app) credentials(ctx context.Context, o *options, f *pflag.FlagSet, ask bool) (keycloak.Credentials, error) {
	c, err := a.givenCredentials(ctx, o, f, ask)
	if err == nil {
		a.warnOfExposed(o, story.AdminSecrets(c)...)
	}
	return c, err
}

func (a *app) givenCredentials(ctx context.Context, o *options, f *pflag.FlagSet, ask bool) (keycloak.Credentials, error) {
	c := keycloak.Credentials{Realm: o.adminRealm}
	token, client, password := a.getenv("FIX403_ADMIN_TOKEN"), o.adminClientID, a.getenv("FIX403_ADMIN_PASSWORD")
	if f.Changed("admin-password-file") || f.Changed("admin-user") {
		token = ""
		if !f.Changed("admin-client-id") {
			client = ""
		}
	}
	if f.Changed("admin-client-id") {
		token = ""
	}
	if o.adminTokenFile != "" {
		t, err := a.readSecretFile(ctx, o.adminTokenFile)
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
		if o.adminClientSecretFile != "" {
			secret, err = a.readSecretFile(ctx, o.adminClientSecretFile)
		}
		if err == nil && secret == "" && ask {
			secret, err = a.ask(ctx, "Secret of the client "+client, "--admin-client-secret-file or FIX403_ADMIN_CLIENT_SECRET")
		}
		c.ClientSecret = wire.NewSecret(secret)
		return c, err
	}
	c.User = o.adminUser
	var err error
	if o.adminPasswordFile != "" {
		password, err = a.readSecretFile(ctx, o.adminPasswordFile)
	}
	if err == nil && password == "" && ask {
		password, err = a.ask(ctx, "Password of the admin "+o.adminUser, "--admin-password-file or FIX403_ADMIN_PASSWORD")
	}
	c.Password = wire.NewSecret(password)
	if ask {
		c.AskOTP = a.oneTimeCode()
	}
	return c, err
}

func (a *app) ask(ctx context.Context, what, otherwise string) (string, error) {
	if !a.streams.inTTY {
		return "", usage("Give it by "+otherwise+".", "%s: not given, and there is no terminal to ask on", what)
	}
	secret, err := a.streams.readSecret(ctx, what+": ")
	if err == nil && secret == "" {
		err = usage("Give it by "+otherwise+", or type it.", "%s: nothing was typed", what)
	}
	return secret, err
}
