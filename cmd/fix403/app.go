package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"fix403/cmd/fix403/flags"
	"fix403/cmd/fix403/help"
	"fix403/cmd/fix403/rights"
	"fix403/cmd/fix403/terminal"
	"fix403/cmd/fix403/watch"
	"fix403/flows/crash"
	"fix403/flows/document"
	"fix403/flows/problem"
	"fix403/flows/report"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/server"
	"fix403/ui/plain"
	"fix403/ui/words"
)

// streams are where the program reads and writes; tests replace them.
type streams struct {
	in            io.Reader
	out, err      io.Writer
	inTTY, outTTY bool
	errTTY        bool
	columns       int // of the terminal; 0 where it does not say
	// readSecret asks on the terminal without echo. When ctx ends, the terminal is as it was before.
	readSecret func(ctx context.Context, prompt string) (string, error)
}

func systemStreams() streams {
	s := streams{
		in: os.Stdin, out: os.Stdout, err: os.Stderr,
		inTTY: term.IsTerminal(int(os.Stdin.Fd())), outTTY: term.IsTerminal(int(os.Stdout.Fd())), // #nosec G115 -- file descriptors are small
	}
	s.errTTY = term.IsTerminal(int(os.Stderr.Fd()))     // #nosec G115 -- file descriptors are small
	s.columns, _, _ = term.GetSize(int(os.Stdout.Fd())) // #nosec G115 -- file descriptors are small
	s.readSecret = terminal.ReadSecret
	return s
}

// readLine reads one line from the terminal, without the spaces around it.
func (a *app) readLine(ctx context.Context) (string, error) {
	line, err := terminal.UntilDone(ctx, func() (string, error) { return bufio.NewReader(a.streams.in).ReadString('\n') })
	return strings.TrimSpace(line), err
}

// app is one invocation of the program.
type app struct {
	words.Words // in the language of --lang, or of the locale
	streams     streams
	getenv      func(string) string
	started     bool // a command's own code runs: what fails now is not an error of usage
	json        bool
	flags       *pflag.FlagSet // of the command that runs
	args        []string
	// warnings are those that were said on stderr; they are in the JSON document, too.
	warnings []string
	output   *output   // around streams.out while a command runs
	screen   io.Writer // streams.out itself, for what draws on a terminal
	drawing  atomic.Bool
}

// The exit codes, a contract.
const (
	exitOK          = 0   // done, and shown what it set out to show
	exitUnexpected  = 1   // something unexpected failed
	exitUsage       = 2   // the command line, or a value in it, is wrong
	exitUnreachable = 3   // no server at the address, or not a Keycloak
	exitRefused     = 4   // the admin was refused
	exitCheckFailed = 5   // a check failed: the server did not respond as the story expects, or as measured
	exitTimeout     = 124 // timed out
	exitPipe        = 141 // the reader of the output had read enough, as after SIGPIPE
	exitInterrupted = 130 // interrupted
)

// reported wraps an error that the command has already shown in its own form.
type reported struct{ error }

func (e reported) Unwrap() error { return e.error }

func exitCode(err error) int {
	var wrong *flags.UsageError
	var check *problem.CheckError
	var fails callFails
	var ended exits
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &ended):
		return int(ended)
	case errors.As(err, &fails) && fails.wouldPass:
		return exitWouldPass
	case errors.As(err, &fails):
		return exitCallFails
	case errors.As(err, &wrong):
		return exitUsage
	case errors.As(err, &check):
		return exitCheckFailed
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.Is(err, context.DeadlineExceeded):
		return exitTimeout
	}
	switch failure.KindOf(err) {
	case failure.BadInput:
		return exitUsage
	case failure.Unreachable, failure.TLS, failure.Redirected, failure.NotKeycloak, failure.HTTPSRequired:
		return exitUnreachable
	case failure.AdminRefused:
		return exitRefused
	case failure.ClientRefused:
		return exitCheckFailed
	case failure.Timeout:
		return exitTimeout
	case failure.Canceled:
		return exitInterrupted
	case failure.NotFound, failure.Conflict, failure.Rejected, failure.ServerError, failure.UnexpectedAnswer:
	}
	return exitUnexpected
}

func (a *app) execute(ctx context.Context, args []string) int {
	a.args, a.json = args, slices.Contains(args, "--json") // so that an error in the flags is JSON, too
	signalled, stop := a.untilSignalled(ctx)
	defer stop()
	ctx, end := context.WithCancel(signalled)
	defer end()
	a.screen = a.streams.out
	a.output = &output{Writer: a.screen, failed: func(error) { end() }} // what cannot be read is not gone on with
	a.streams.out = a.output
	defer func() { a.streams.out = a.screen }()
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetIn(a.streams.in)
	root.SetOut(a.streams.out)
	root.SetErr(a.streams.err)
	err := crash.Guarded(func() error { return root.ExecuteContext(ctx) })
	if err != nil && !a.started {
		var wrong *flags.UsageError
		if !errors.As(err, &wrong) {
			err = flags.Usage("See fix403 --help.", "%s", strings.TrimSuffix(err.Error(), "."))
		}
	}
	var done reported
	if err != nil && a.output.err == nil && !errors.As(err, &done) {
		a.showError(err)
	}
	if a.output.err != nil && signalled.Err() == nil {
		return a.lostOutput(err)
	}
	return exitCode(err)
}

func (a *app) showError(err error) {
	if a.json {
		doc := document.Failure{Error: errorReport(err), Warnings: a.warnings}
		_ = a.writeJSON(doc)
		return
	}
	a.sayError(err)
}

func (a *app) sayError(err error) {
	f := failureOf(err)
	var message any = a.Say(f.Message)
	if f.Kind == "usage" {
		message = flags.Sentence(a.Say(f.Message))
	}
	if f.Kind == string(server.KindStart) { // which quotes the last lines of a log
		message = plain.Block(a.Say(f.Message))
	}
	a.asides().Failure(message, a.Say(f.Hint))
}

// lines write to stdout, asides to stderr.
func (a *app) lines() plain.Lines {
	return plain.Lines{Words: a.Words, Out: a.streams.out, Look: a.look(a.streams.outTTY)}
}
func (a *app) asides() plain.Lines {
	return plain.Lines{Words: a.Words, Out: a.streams.err, Look: a.look(a.streams.errTTY)}
}

// look is how lines look on a terminal, and elsewhere.
func (a *app) look(terminal bool) plain.Look {
	if !terminal {
		return plain.Look{}
	}
	o := flags.Screen{Theme: "auto"}
	if a.flags != nil {
		o = flags.ScreenOf(a.flags)
	}
	o.FromEnvironment(a.getenv)
	return plain.Terminal{Columns: a.streams.columns, Plain: o.Plain, NoColor: o.NoColor, Theme: o.Theme, Getenv: a.getenv}.Look()
}

// console is the command's front end; with documents, nothing but the document goes to stdout.
func (a *app) console(documents bool) plain.Console {
	c := plain.Console{Lines: a.lines(), Asides: a.asides(), Confirm: a.confirm, Fail: a.showError}
	if a.streams.inTTY {
		c.ReadLine = a.readLine
	}
	c.Lasting = func() plain.Lines { return a.notices(c.Lines) }
	if documents {
		c.Out, c.ReadLine, c.Fail, c.Lasting = io.Discard, nil, nil, nil
	}
	return c
}

// errorReport returns the document of an error, in English; nil for none.
func errorReport(err error) *document.Error {
	if err == nil {
		return nil
	}
	f := failureOf(err)
	return &document.Error{Kind: f.Kind, Message: f.Message.String(), Hint: f.Hint.String()}
}

// failureOf returns what an error means for the user of the command line.
func failureOf(err error) report.Failure {
	var wrong *flags.UsageError
	if errors.As(err, &wrong) {
		return report.Failure{Kind: "usage", Message: msg.Verbatim(wrong.Message), Hint: msg.Verbatim(wrong.Hint)}
	}
	f := report.FailureOf(err)
	if f.Kind == "unexpected" && errors.Is(err, context.Canceled) {
		return report.Failure{Kind: string(failure.Canceled), Message: msg.New("Interrupted.")}
	}
	return f
}

// complete fills in what no flag gave, and checks it. From here on the app speaks the user's language.
func (a *app) complete(f *pflag.FlagSet, g flags.Groups) error {
	printer, err := flags.Complete(f, a.getenv, g)
	a.Words = words.Words{Printer: printer}
	return err
}

func (a *app) rootCommand() *cobra.Command {
	o, version := &wizardOptions{mouse: true}, false
	root := &cobra.Command{
		Use:   "fix403",
		Short: "Why Keycloak's admin API answers 403, shown and fixed step by step",
		Long: `fix403 shows the most common obstacle with Keycloak's admin API: GET /admin/realms/{realm}/users/{user-id} answers
403 Forbidden to a client with valid credentials. It builds the situation, makes the failing call, grants the
missing role view-users to the client's service account, and makes the same call pass.

Without a server's address it uses a practice server inside this program.`,
		Example: `  fix403                                     the wizard, on a terminal
  fix403 run --practice                      the whole story without questions
  fix403 run --url http://localhost:8080     on your server; prompts for the admin password
  fix403 down --url http://localhost:8080    remove what it created`,
		SilenceUsage: true, SilenceErrors: true,
		Args: cobra.NoArgs,
		RunE: a.command(func(cmd *cobra.Command, _ []string) error {
			if version {
				_, err := fmt.Fprintln(a.streams.out, "fix403 "+buildVersion().Version)
				return err
			}
			if a.streams.inTTY && a.streams.outTTY {
				return a.wizard(cmd.Context(), cmd.Flags(), o)
			}
			return a.tellPracticeStory(cmd.Context(), cmd.Flags(), &o.Story)
		}),
	}
	// Not cobra's own: its template alone makes the program a fifth larger (text/template calls methods by name, so that
	// the linker keeps them all).
	root.Flags().BoolVar(&version, "version", false, "the version of fix403")
	o.AddFlags(root.Flags())
	root.AddCommand(a.runCommand(a.run), a.doctorCommand(a.doctor), a.wizardCommand(a.wizard), a.labCommand(a.lab), a.rolesCommand(a.roles), rights.Can(a.rights()), rights.Who(a.rights()), rights.Audit(a.rights()), watch.Command(a.watching()), a.demoCommand(a.demo), a.tokenCommand(a.token), a.practiceCommand(a.practice), a.upCommand(a.up), a.downCommand(a.down), a.versionCommand(a.version))
	for _, more := range releaseCommands {
		root.AddCommand(more(root))
	}
	flags.Root(root)
	help.Set(root, a.streams.columns, a.getenv)
	return root
}

// releaseCommands are of the build that makes a release, see package.go.
var releaseCommands []func(root *cobra.Command) *cobra.Command

// command marks that a command's own code runs.
func (a *app) command(f func(*cobra.Command, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		a.started, a.flags = true, cmd.Flags()
		return f(cmd, args)
	}
}
