package main

import (
	"fix403/cmd/fix403/flags"
	"fix403/flows/document"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is set by the build: -ldflags "-X main.version=1.2.3".
var version string

func buildVersion() document.Version {
	r := document.Version{Name: "fix403", Version: version, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				r.Commit = s.Value
			}
		}
		if r.Version == "" && info.Main.Version != "" && info.Main.Version != "(devel)" {
			r.Version = info.Main.Version
		}
	}
	if r.Version == "" {
		r.Version = "devel"
	}
	return r
}

func (a *app) versionCommand(run func(*flags.Output) error) *cobra.Command {
	o := &flags.Output{}
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Long: `Prints the version. With --json it prints one object:
  {"name": "fix403", "version": "1.0.0", "commit": "…", "go": "go1.26", "os": "linux", "arch": "amd64"}`,
		Args: cobra.NoArgs,
		RunE: a.command(func(*cobra.Command, []string) error { return run(o) }),
	}
	cmd.Flags().BoolVar(&o.JSON, "json", false, "one JSON document")
	return cmd
}

func (a *app) version(o *flags.Output) error {
	v := buildVersion()
	if o.JSON {
		return a.writeJSON(v)
	}
	_, err := fmt.Fprintln(a.streams.out, "fix403 "+v.Version)
	return err
}
