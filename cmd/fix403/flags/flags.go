// Package flags has the options that commands share, and fills them in: from flags, the environment and the configuration
// file, in this order.
package flags

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"fix403/flows/outfile"
	"fix403/flows/params"
	"fix403/flows/texts"
	"fix403/flows/versions"
	"fix403/keycloak/practice"
	"fix403/keycloak/version"
	"fix403/keycloak/wire"
)

// Server says which server a command talks to, and as which admin.
type Server struct {
	Practice bool
	As       string
	URL      string

	AdminUser, AdminPasswordFile         string
	AdminClientID, AdminClientSecretFile string
	AdminTokenFile                       string
	AdminRealm                           string

	TLS     wire.TLS
	Timeout time.Duration

	AnyVersion bool // As may be any version: no server answers as it
}

// AddFlags adds the flags of a server.
func (o *Server) AddFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.Practice, "practice", false, "use the embedded practice server")
	f.StringVar(&o.As, "as", "", "version that the practice server responds like: "+Versions(nil))
	f.StringVar(&o.URL, "url", "", "address of a Keycloak (FIX403_URL)")
	f.StringVar(&o.AdminUser, "admin-user", "admin", "name of the admin (FIX403_ADMIN_USER)")
	f.StringVar(&o.AdminPasswordFile, "admin-password-file", "", "file with the admin's password, - for stdin (or FIX403_ADMIN_PASSWORD)")
	f.StringVar(&o.AdminClientID, "admin-client-id", "", "log in as this client instead of a user (FIX403_ADMIN_CLIENT_ID)")
	f.StringVar(&o.AdminClientSecretFile, "admin-client-secret-file", "", "file with that client's secret, - for stdin (or FIX403_ADMIN_CLIENT_SECRET)")
	f.StringVar(&o.AdminTokenFile, "admin-token-file", "", "file with an admin's access token, - for stdin (or FIX403_ADMIN_TOKEN)")
	f.StringVar(&o.AdminRealm, "admin-realm", "master", "realm of the admin")
	f.StringVar(&o.TLS.CACert, "ca-cert", "", "PEM file of the certificates to trust")
	f.StringVar(&o.TLS.ClientCert, "client-cert", "", "PEM file of a client certificate")
	f.StringVar(&o.TLS.ClientKey, "client-key", "", "PEM file of the client certificate's key")
	f.BoolVar(&o.TLS.Insecure, "insecure", false, "accept any certificate, with a warning each time")
	f.DurationVar(&o.Timeout, "timeout", 0, "time for each call (default 30s, 2m for creating and deleting a realm)")
}

// Versions lists those that the practice server answers as, and says which of them were not measured.
func Versions(p *texts.Printer) string {
	names := practice.Versions()
	for i, v := range names {
		names[i] = p.Say(versions.Name(v))
	}
	return strings.Join(names, ", ")
}

// Embedded reports whether the server is the practice server, which it is where none is named.
func (o *Server) Embedded() bool { return o.Practice || o.URL == "" }

func (o *Server) check(f *pflag.FlagSet) error {
	if f.Changed("url") && (o.Practice || f.Changed("as")) {
		return Usage("Give one of them.", "--url names a real server, --practice and --as the embedded one")
	}
	if f.Changed("url") {
		o.As = "" // from the configuration file
	}
	if o.As != "" {
		if !version.Of(o.As).Known() {
			return Usage("Write it as 26.5.0.", "%q is not a version of Keycloak", o.As)
		}
		if !o.AnyVersion && !slices.Contains(practice.Versions(), o.As) {
			return Usage("It can be "+strings.Join(practice.Versions(), ", ")+".", "the practice server does not answer as version %q", o.As)
		}
		o.Practice, o.URL = true, ""
	}
	if o.Timeout < 0 {
		return Usage("Give a time such as 30s.", "--timeout is negative")
	}
	return nil
}

// Names are the names of what a story creates.
type Names struct{ Realm, ClientID, Username, Email string }

// AddFlags adds the flags with the article's names. Those that are common to all commands that talk to a server, and that the
// command does not use, are accepted and hidden.
func (o *Names) AddFlags(f *pflag.FlagSet, unused ...string) {
	d := params.DefaultParams()
	f.StringVar(&o.Realm, "realm", d.Realm, "name of the realm")
	f.StringVar(&o.ClientID, "client-id", d.ClientID, "client id")
	f.StringVar(&o.Username, "username", d.Username, "username of the user")
	f.StringVar(&o.Email, "email", d.Email, "email of the user")
	for _, name := range unused {
		_ = f.MarkHidden(name) // fails only for a name that is not there
	}
}

// Params returns the names as those of a story.
func (o *Names) Params() (params.Params, error) {
	return params.NewParams(o.Realm, o.ClientID, o.Username, o.Email)
}

// Output says what a command writes beside what it says.
type Output struct {
	JSON       bool
	Transcript string
}

// AddJSONFlag adds --json alone.
func (o *Output) AddJSONFlag(f *pflag.FlagSet) {
	f.BoolVar(&o.JSON, "json", false, "one JSON document on stdout")
}

// AddFlags adds --json and --transcript.
func (o *Output) AddFlags(f *pflag.FlagSet) {
	o.AddJSONFlag(f)
	f.StringVar(&o.Transcript, "transcript", "", "write a transcript to this .md or .html file")
}

func (o *Output) check() error {
	if o.Transcript != "" && !slices.Contains([]string{".md", ".html"}, filepath.Ext(o.Transcript)) {
		return Usage("Name a file that ends in .md or .html.", "a transcript is Markdown or HTML, not %s", o.Transcript)
	}
	return nil
}

// Screen says how a command looks, and in which language it speaks.
type Screen struct {
	Plain   bool
	NoColor bool
	Theme   string
	Lang    string
}

// AddFlags adds the flags of a screen.
func (o *Screen) AddFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.Plain, "plain", false, "line by line, without redrawing (ACCESSIBLE)")
	f.BoolVar(&o.NoColor, "no-color", false, "no colours (NO_COLOR)")
	f.StringVar(&o.Theme, "theme", "auto", "auto, dark, light or ansi")
	f.StringVar(&o.Lang, "lang", "", "language: en or de (default: your locale)")
}

// ScreenOf returns what the flags of a command say of how it looks: a command may have none of them.
func ScreenOf(f *pflag.FlagSet) (o Screen) {
	o.Plain, _ = f.GetBool("plain")
	o.NoColor, _ = f.GetBool("no-color")
	o.Theme, _ = f.GetString("theme")
	return o
}

// FromEnvironment takes from the environment what it says of how a command looks.
func (o *Screen) FromEnvironment(getenv func(string) string) {
	o.NoColor = o.NoColor || getenv("NO_COLOR") != ""
	o.Plain = o.Plain || getenv("ACCESSIBLE") != "" || getenv("TERM") == "dumb"
}

// Language returns the printer of a command whose flags were read and nothing else of it: with a wrong value it is English.
func Language(f *pflag.FlagSet, getenv func(string) string) *texts.Printer {
	var o Screen
	o.Lang, _ = f.GetString("lang")
	if o.Lang == "" {
		config, _ := readConfig(getenv)
		o.Lang = config["lang"].text
	}
	p, err := o.complete(getenv)
	if err != nil {
		return nil
	}
	return p
}

// complete takes from the environment what no flag said, and returns the printer of the language.
func (o *Screen) complete(getenv func(string) string) (*texts.Printer, error) {
	o.FromEnvironment(getenv)
	if o.Lang == "" {
		o.Lang = texts.Of(getenv("LC_ALL"), getenv("LC_MESSAGES"), getenv("LANG"))
	}
	if !slices.Contains(texts.Languages(), o.Lang) {
		return nil, Usage("It can be "+strings.Join(texts.Languages(), " or ")+".", "there is no language %q", o.Lang)
	}
	return texts.In(o.Lang)
}

func (o *Screen) check() error {
	if o.Theme != "" && !slices.Contains(themes, o.Theme) {
		return Usage("It can be auto, dark, light or ansi.", "there is no theme %q", o.Theme)
	}
	return nil
}

// Story is what the commands have that tell a story.
type Story struct {
	Server
	Names
	Output
	Screen
}

// AddFlags adds the flags of all groups.
func (o *Story) AddFlags(f *pflag.FlagSet) {
	o.Server.AddFlags(f)
	o.Names.AddFlags(f)
	o.Output.AddFlags(f)
	o.Screen.AddFlags(f)
}

// Groups are the options of a command that are completed and checked. Names are nil for a command that creates nothing by them:
// it takes those of others as they are.
type Groups struct {
	Server *Server
	Names  *Names
	Output *Output
	Screen *Screen
}

// Groups returns all of them.
func (o *Story) Groups() Groups {
	return Groups{&o.Server, &o.Names, &o.Output, &o.Screen}
}

// Complete fills in what no flag gave, and checks it. It returns the printer of the language, with an error too: nil is English,
// which is also for JSON.
func Complete(f *pflag.FlagSet, getenv func(string) string, g Groups) (*texts.Printer, error) {
	if err := fillIn(f, &g.Server.Practice, getenv); err != nil {
		return nil, err
	}
	printer, err := g.Screen.complete(getenv)
	if err != nil {
		return nil, err
	}
	if g.Output.JSON {
		printer = nil // a program reads it
	}
	for _, check := range []func() error{
		func() error { return g.Server.check(f) }, g.Screen.check, g.Output.check, func() error { return checkOutputs(f) },
	} {
		if err := check(); err != nil {
			return printer, err
		}
	}
	if g.Names == nil {
		return printer, nil
	}
	_, err = g.Names.Params()
	return printer, err
}

// outputFlags name files that a command writes; inputFlags, and all that end in -file, name some that it reads.
var (
	outputFlags = []string{"transcript", "junit", "write-env", "export", "record", "sarif", "html"}
	inputFlags  = []string{"ca-cert", "client-cert", "client-key", "from"}
)

// checkOutputs makes sure, before anything is asked or sent, that what a command writes in the end can be written, each
// into a file of its own.
func checkOutputs(f *pflag.FlagSet) error {
	var outputs, taken []outfile.File
	f.VisitAll(func(flag *pflag.Flag) {
		o := outfile.File{Name: "--" + flag.Name, Path: flag.Value.String()}
		switch {
		case o.Path == "":
		case slices.Contains(outputFlags, flag.Name):
			outputs = append(outputs, o)
		case slices.Contains(inputFlags, flag.Name), strings.HasSuffix(flag.Name, "-file"):
			taken = append(taken, o)
		}
	})
	if outputs == nil {
		return nil
	}
	// Where these names do not exist, nothing is found under them.
	taken = append(taken, outfile.File{Name: "stdout", Path: "/dev/stdout"}, outfile.File{Name: "stderr", Path: "/dev/stderr"})
	return outfile.Check(outputs, taken)
}
