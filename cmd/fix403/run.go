package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fix403/flows/manual"
	"fix403/flows/outfile"
	"fix403/flows/report"
	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/ui/words"
)

type runOptions struct {
	options
	existing, keep, cleanup, dryRun bool
	writeEnv, junit                 string
}

func (a *app) runCommand() *cobra.Command {
	o := &runOptions{options: *newOptions()}
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Tell the whole story without questions",
		Long: `Tells the whole story without questions: realm, client and user, the call that fails with 403, the role, and the same
call with 200. On the practice server it cleans up; on a real one it keeps what it made and says how to remove it.
Run again, it uses what an earlier run made.`,
		Example: `  fix403 run
  fix403 run --as 24.0.5
  fix403 run --url https://sso.example.com --admin-password-file FILE --cleanup --json`,
		Args: cobra.NoArgs,
		RunE: a.command(func(cmd *cobra.Command, _ []string) error {
			if o.keep && o.cleanup {
				return usage("Give one of them.", "--keep and --cleanup say the opposite")
			}
			return a.run(cmd.Context(), cmd, o)
		}),
	}
	f := cmd.Flags()
	o.addServerFlags(f)
	o.addNameFlags(f)
	o.addOutputFlags(f)
	o.addScreenFlags(f)
	f.BoolVar(&o.existing, "existing", false, "work inside a realm that fix403 did not create: make only a client and a user there")
	f.StringVar(&o.writeEnv, "write-env", "", "write URL, realm, client id and secret to this file (mode 0600)")
	f.BoolVar(&o.keep, "keep", false, "keep what was made (the default on a real server)")
	f.BoolVar(&o.cleanup, "cleanup", false, "remove what was made, at the end (the default on the practice server)")
	f.BoolVar(&o.dryRun, "dry-run", false, "only say what would be done; nothing is sent")
	f.StringVar(&o.junit, "junit", "", "write a JUnit report to this file")
	return cmd
}

// tellPracticeStory is bare fix403 without a terminal: it talks to nobody's server, whatever the environment says.
func (a *app) tellPracticeStory(ctx context.Context, cmd *cobra.Command, o *options) error {
	as := o.as
	o.practice, o.url = true, ""
	err := a.run(ctx, cmd, &runOptions{options: *o})
	if err == nil && !o.json {
		was := texts.T("This was the practice server.")
		if as != "" {
			was = texts.T("This was the practice server as %s.", as)
		}
		say(a.streams.out, "\n%s %s\n", was, texts.T("On a terminal, fix403 starts the wizard; with --url, fix403 run works on your own Keycloak."))
	}
	return err
}

func (a *app) run(ctx context.Context, cmd *cobra.Command, o *runOptions) (err error) {
	if err := o.complete(cmd.Flags(), a.getenv); err != nil {
		return err
	}
	if o.writeEnv != "" && (o.practice || o.url == "") {
		return usage("Name a server with --url; fix403 practice serves one that stays.", "--write-env needs a server that is there after the run")
	}
	out := a.streams.out
	if o.json {
		out = io.Discard
	}
	var so story.Options
	if o.dryRun {
		if so.Params, err = o.params(); err != nil {
			return err
		}
		so.Practice, so.As, so.URL = o.practice || o.url == "", o.as, o.url
	} else if err := a.agreeToCreate(ctx, &o.options, o.existing); err != nil {
		return err
	} else if so, err = a.story(ctx, &o.options, cmd.Flags(), true); err != nil {
		return err
	}
	so.Existing = o.existing
	so.Events = narrate(out)
	s, err := story.New(so)
	if err != nil {
		return err
	}
	if o.dryRun {
		return a.dryRun(s, o)
	}
	state := s.State()
	say(out, "%s\n", texts.T("From 403 to 200 on %s.", serverName(state)))
	err = tell(ctx, s)
	if err == nil {
		say(out, "\n%s", comparison(s.State()))
	}
	if o.writeEnv != "" && err == nil {
		if err = s.WriteEnv(o.writeEnv); err == nil {
			say(out, "\n%s\n", texts.T("Wrote URL, realm, client id and secret to %s (mode 0600).", o.writeEnv))
		}
	}
	if o.cleanup || state.Practice {
		err = errors.Join(err, a.cleanUp(ctx, s, out))
	} else if kept := story.Leftovers(s.State()); kept != "" {
		sayKept(a.notices(out), kept, s.State())
	}
	return a.finish(s, o, err)
}

func sayKept(out io.Writer, kept string, s story.State) {
	say(out, "\n%s\n%s\n", texts.T("Kept on the server: %s.", kept), texts.T("To remove it: %s", story.DownCommand(s)))
}

// tell does the steps one after the other and stops at the first that fails.
func tell(ctx context.Context, s *story.Story) error {
	for _, step := range story.Steps() {
		if _, err := s.Do(ctx, step.ID); err != nil {
			return err
		}
	}
	return nil
}

// cleanUp works although the run was interrupted: it removes what stands half-made.
func (a *app) cleanUp(ctx context.Context, s *story.Story, out io.Writer) error {
	state := s.State()
	kept := story.Leftovers(state)
	if kept == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
	defer cancel()
	if err := s.Cleanup(ctx); err != nil {
		return err
	}
	after := s.State()
	if after.RealmStays != "" {
		say(out, "\n%s\n", after.RealmStays)
	}
	if left := story.Leftovers(after); left != "" {
		sayKept(a.notices(out), left, after)
	} else if !state.Practice {
		say(out, "\n%s\n", texts.T("Removed again: %s.", kept))
	}
	return nil
}

// finish writes the documents that were asked for, on failure too.
func (a *app) finish(story *story.Story, o *runOptions, err error) error {
	if o.transcript != "" {
		err = errors.Join(err, writeTranscript(story, o.transcript))
	}
	if o.junit != "" {
		text, xmlErr := report.JUnit(report.Run(buildVersion().Version, story, err))
		err = errors.Join(err, xmlErr, writeReport(o.junit, text))
	}
	if !o.json {
		return err
	}
	doc := report.Run(buildVersion().Version, story, err)
	doc.Warnings = a.warnings
	if err = errors.Join(err, a.writeJSON(doc)); err != nil {
		return reported{err}
	}
	return nil
}

func writeTranscript(story *story.Story, path string) error {
	draw := report.Markdown
	if filepath.Ext(path) == ".html" {
		draw = report.HTML
	}
	return outfile.File{Name: "--transcript", Path: path}.Write([]byte(draw(story)), 0o644) // masked, and for others to read
}

// writeReport writes a JUnit report, for others to read.
func writeReport(path string, text []byte) error {
	return outfile.File{Name: "--junit", Path: path}.Write(text, 0o644)
}

// say writes text with values in it. A value is on one line, so that what a server says begins no line of its own; what has
// several is a [block].
func say(out io.Writer, format string, args ...any) {
	for i, arg := range args {
		if s, isText := arg.(string); isText {
			args[i] = words.Line(s)
		}
	}
	_, _ = fmt.Fprint(out, words.Clean(fmt.Sprintf(format, args...)))
}

// block is a text of our own making of several lines.
type block string

func serverName(s story.State) string {
	if s.Practice {
		return texts.T("the practice server, which answers as Keycloak %s", s.As)
	}
	return s.URL
}

// narrate writes what happens as lines of text.
func narrate(out io.Writer) func(story.Event) {
	return func(e story.Event) {
		step := story.StepByID(e.Step)
		if step == nil {
			return
		}
		switch {
		case e.Started:
			say(out, "\n%s\n", texts.T(step.Title))
		case e.Request != nil && !e.Request.Again.Empty():
			say(out, "  ... %s\n", texts.Say(e.Request.Again))
		case e.Exchange != nil:
			say(out, "  %-3s %-6s %s  (%s)\n", status(e.Exchange.Status), e.Exchange.Method, words.Path(e.Exchange.URL), texts.Say(e.Exchange.Purpose))
		case e.Result != nil:
			for _, note := range e.Result.Notes {
				say(out, "  %s\n", texts.T("note: %s", note))
			}
			if e.Result.Err == nil {
				say(out, "  ok: %s\n", e.Result.Checked)
			}
		}
	}
}

func status(code int) string {
	if code == 0 {
		return "---"
	}
	return fmt.Sprint(code)
}

// comparison is the end of the story: the three calls side by side, and what they mean.
func comparison(s story.State) block {
	var b strings.Builder
	row := func(label texts.Text, c *story.Call) {
		roles := words.RoleNames(c.Token.Roles(keycloak.RealmManagement))
		if roles == "" {
			roles = texts.T("none")
		}
		fmt.Fprintf(&b, "%s %d %-12s %s\n", words.Pad(texts.T(label), 26), c.Exchange.Status, http.StatusText(c.Exchange.Status), texts.T("roles in the token: %s", roles))
	}
	row("before the grant", s.FirstCall)
	row("old token after the grant", s.OldTokenCall)
	row("new token after the grant", s.SecondCall)
	fmt.Fprintf(&b, "\n%s\n\n%s\n", wrap(story.StepByID(story.StepFirstCall).Explain(s)), wrap(story.StepByID(story.StepSecondCall).Explain(s)))
	return block(b.String())
}

func (a *app) dryRun(told *story.Story, o *runOptions) error {
	if o.json {
		return a.finish(told, o, nil)
	}
	s := told.State()
	s.AdminName, s.AdminRealm, s.AdminIsClient = o.adminUser, o.adminRealm, o.adminClientID != ""
	if s.AdminIsClient {
		s.AdminName = o.adminClientID
	}
	say(a.streams.out, "%s\n", texts.T("Would tell the story on %s. Nothing was sent.", serverName(s)))
	if o.existing {
		say(a.streams.out, "%s\n", texts.T("The realm %s would be used as it is; client and user would be created in it.", s.Params.Realm))
	}
	for _, step := range story.Steps() {
		say(a.streams.out, "\n%s: %s\n\n%s", texts.T(step.Title), texts.T(step.Goal), indent(manual.Step(step, manual.FormCurl, s)))
	}
	return nil
}

func indent(s string) block {
	return block("  " + strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n  ") + "\n")
}
