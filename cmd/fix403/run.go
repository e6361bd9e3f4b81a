package main

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fix403/cmd/fix403/flags"
	"fix403/flows/outfile"
	"fix403/flows/report"
	"fix403/flows/story"
	"fix403/ui/plain"
)

// runOptions are those of run.
type runOptions struct {
	flags.Story
	existing, keep, cleanup, dryRun bool
	writeEnv, junit                 string
}

func (a *app) runCommand(run func(context.Context, *pflag.FlagSet, *runOptions) error) *cobra.Command {
	o := &runOptions{}
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run the whole story without questions",
		Long: `Runs the whole story without questions: realm, client and user, the call that gets 403, the role, and the same
call with 200. On the practice server it cleans up; on a real one it keeps what it created and shows how to remove it.
When run again, it uses what an earlier run created.

With --json it prints one object: the server, the names, and each step with its result. Its "server" has "measured": false
where the practice server responds like a documented version that was not measured.`,
		Example: `  fix403 run
  fix403 run --as 24.0.5
  fix403 run --url https://sso.example.com --admin-password-file FILE --cleanup --json`,
		Args: cobra.NoArgs,
		RunE: a.command(func(cmd *cobra.Command, _ []string) error {
			if o.keep && o.cleanup {
				return flags.Usage("Give one of them.", "--keep and --cleanup say the opposite")
			}
			return run(cmd.Context(), cmd.Flags(), o)
		}),
	}
	f := cmd.Flags()
	o.AddFlags(f)
	f.BoolVar(&o.existing, "existing", false, "work inside an existing realm: create only a client and a user there")
	f.StringVar(&o.writeEnv, "write-env", "", "write URL, realm, client id and secret to this file (mode 0600)")
	f.BoolVar(&o.keep, "keep", false, "keep what was created (the default on a real server)")
	f.BoolVar(&o.cleanup, "cleanup", false, "remove what was created, at the end (the default on the practice server)")
	f.BoolVar(&o.dryRun, "dry-run", false, "only show what would be done; nothing is sent")
	f.StringVar(&o.junit, "junit", "", "write a JUnit report to this file")
	return cmd
}

// tellPracticeStory is bare fix403 without a terminal: it talks to no server of the user's, whatever the environment says.
func (a *app) tellPracticeStory(ctx context.Context, f *pflag.FlagSet, o *flags.Story) error {
	as := o.As
	o.Practice, o.URL = true, ""
	err := a.run(ctx, f, &runOptions{Story: *o})
	if err == nil && !o.JSON {
		a.lines().WasPractice(as)
	}
	return err
}

func (a *app) run(ctx context.Context, f *pflag.FlagSet, o *runOptions) (err error) {
	if err := a.complete(f, o.Groups()); err != nil {
		return err
	}
	if o.writeEnv != "" && o.Embedded() {
		return flags.Usage("Name a server with --url; fix403 practice serves one that stays.", "--write-env needs a server that is there after the run")
	}
	c := a.console(o.JSON)
	var so story.Options
	if o.dryRun {
		if so.Params, err = o.Params(); err != nil {
			return err
		}
		so.Practice, so.As, so.URL = o.Embedded(), o.As, o.URL
	} else if err := a.confirmCreation(ctx, &o.Server, &o.Names, o.existing); err != nil {
		return err
	} else if so, err = a.story(ctx, &o.Server, &o.Names, f, true); err != nil {
		return err
	}
	so.Existing = o.existing
	so.Events = c.Teller()
	s, err := story.New(so)
	if err != nil {
		return err
	}
	if o.dryRun {
		c.Plan(planned(s.State(), o), o.existing)
		return a.finish(s, o, nil)
	}
	err = c.Tell(ctx, s, plain.Telling{WriteEnv: o.writeEnv, CleanUp: o.cleanup})
	return a.finish(s, o, err)
}

// finish writes the documents that were asked for, on failure too.
func (a *app) finish(story *story.Story, o *runOptions, err error) error {
	if o.Transcript != "" {
		err = errors.Join(err, a.writeTranscript(story, o.Transcript))
	}
	if o.junit != "" {
		text, xmlErr := report.JUnit(report.Run(buildVersion().Version, story.Snapshot(), err))
		err = errors.Join(err, xmlErr, writeReport(o.junit, text))
	}
	if !o.JSON {
		return err
	}
	doc := report.Run(buildVersion().Version, story.Snapshot(), err)
	doc.Warnings = a.warnings
	if err = errors.Join(err, a.writeJSON(doc)); err != nil {
		return reported{err}
	}
	return nil
}

func (a *app) writeTranscript(story *story.Story, path string) error {
	draw := report.Markdown
	if filepath.Ext(path) == ".html" {
		draw = report.HTML
	}
	return outfile.File{Name: "--transcript", Path: path}.Write([]byte(draw(a.Printer, story.Snapshot())), 0o644) // masked, and for others to read
}

// writeReport writes a JUnit report, for others to read.
func writeReport(path string, text []byte) error {
	return outfile.File{Name: "--junit", Path: path}.Write(text, 0o644)
}

// planned is the state of a story that is only planned: with the admin who would log in.
func planned(s *story.State, o *runOptions) *story.State {
	s.AdminName, s.AdminRealm, s.AdminIsClient = o.AdminUser, o.AdminRealm, o.AdminClientID != ""
	if s.AdminIsClient {
		s.AdminName = o.AdminClientID
	}
	return s
}
