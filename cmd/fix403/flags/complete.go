package flags

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fix403/flows/audit"
	"fix403/flows/doctor/given"
	"fix403/flows/roles"
	"fix403/flows/roles/moved"
	"fix403/flows/texts"
	"fix403/keycloak/practice"
	"fix403/ui/plain"
)

// values are those of the flags that have a known set of them, of one command or of all.
var values = map[string]func() []string{
	"roles --as": roles.Versions,
	"as":         practice.Versions, "theme": func() []string { return themes }, "lang": texts.Languages, "show": plain.Forms,
	"watch --show": plain.WatchForms,
	"grant":        func() []string { return []string{given.ClientCredentials, given.PasswordGrant} },
	"call":         func() []string { return roles.Shipped().Calls() }, "role": func() []string { return roles.Shipped().Roles("") },
	"fail-on": audit.Severities,
	"changes": func() []string { return moved.Completions(roles.Versions()) },
	"fault": func() []string {
		return []string{"latency=2s", "status=503", "reset", "proxy-403", "https-required", "redirect", "clock-skew=10m"}
	},
}

// endings are those of the files that flags name; other flags for files, which end in -file, take any.
var endings = map[string][]string{
	"transcript": {"md", "html"}, "export": {"cast", "svg"}, "junit": {"xml"}, "sarif": {"sarif", "json"}, "html": {"html"}, "seed": {"json"}, "write-env": {"env"},
	"record": {"jsonl"}, "from": {"log", "har", "json", "jsonl"},
	"ca-cert": {"pem", "crt", "cer"}, "client-cert": {"pem", "crt", "cer"}, "client-key": {"pem", "key"},
}

// folders are flags that name one.
var folders = []string{"dist", "write"}

// completed completes the value of a flag: one of a known set, a file or a folder, or else nothing: it is free text.
func completed(cmd *cobra.Command, f *pflag.Flag) {
	of, endings := values[cmd.Name()+" --"+f.Name], endings[f.Name]
	if of == nil {
		of = values[f.Name]
	}
	var err error // only of a flag that is not there
	switch {
	case of != nil:
		err = cmd.RegisterFlagCompletionFunc(f.Name, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return slices.Clone(of()), cobra.ShellCompDirectiveNoFileComp
		})
	case endings != nil:
		err = cmd.MarkFlagFilename(f.Name, endings...)
	case slices.Contains(folders, f.Name):
		err = cmd.MarkFlagDirname(f.Name)
	case f.Value.Type() != "bool" && !strings.HasSuffix(f.Name, "-file"):
		err = cmd.RegisterFlagCompletionFunc(f.Name, cobra.NoFileCompletions)
	}
	if err != nil {
		panic(err)
	}
}

// Root makes the commands below root answer alike: a word that is no command is an error, each takes --lang, and the values of flags
// are completed.
func Root(root *cobra.Command) {
	root.Args = func(cmd *cobra.Command, args []string) error { return strayWord(cmd, args) }
	root.SetFlagErrorFunc(WrongFlag)
	root.SetHelpCommand(&cobra.Command{
		Use: "help [COMMAND]", Short: "Help about a command",
		RunE: func(help *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 || cmd == nil {
				return NoCommand(root, strings.Join(args, " "))
			}
			if lang := help.Flags().Lookup("lang"); lang.Changed && cmd.Flags().Lookup("lang") != nil {
				_ = cmd.Flags().Set("lang", lang.Value.String()) // which takes any text
			}
			return cmd.Help()
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			var names []string
			for _, c := range root.Commands() {
				if len(args) == 0 && c.IsAvailableCommand() {
					names = append(names, c.Name()+"\t"+c.Short)
				}
			}
			return names, cobra.ShellCompDirectiveNoFileComp
		},
	})
	group(root)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range append(root.Commands(), root) {
		if cmd.Name() == "completion" {
			cmd.Args, cmd.RunE = strayWord, func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
		if cmd != root && !strings.Contains(cmd.Use, " ") && cmd.Name() != "completion" {
			cmd.ValidArgsFunction = cobra.NoFileCompletions
			cmd.Args = func(cmd *cobra.Command, args []string) error {
				if len(args) == 0 {
					return nil
				}
				return Usage("See "+cmd.CommandPath()+" --help.", "%s takes flags alone, and %q is none", cmd.CommandPath(), args[0])
			}
		}
		if cmd.Flags().Lookup("lang") == nil {
			cmd.Flags().String("lang", "", "en or de (the locale)")
			_ = cmd.Flags().MarkHidden("lang") // fails only for a name that is not there
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) { completed(cmd, f) })
	}
}

// AtMost accepts so many arguments, and names the first one beyond them.
func AtMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) <= n {
			return nil
		}
		return Usage("Put what has spaces into quotes. See "+cmd.CommandPath()+" --help.", "%s takes %d words at most, and %q is one more", cmd.CommandPath(), n, args[n])
	}
}

var themes = []string{"auto", "dark", "light", "ansi"}

func strayWord(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return NoCommand(cmd, args[0])
}

// GroupTitles are the groups of commands, as the help has them.
var GroupTitles = map[string]texts.Text{"story": "The story:", "server": "Your own server:", "practice": "Practice and teaching:"}

// groups are the commands of each, the groups in order.
var groups = []struct {
	id       string
	commands []string
}{
	{"story", []string{"run", "wizard", "down"}}, {"server", []string{"doctor", "can", "who", "audit", "watch", "roles", "token"}}, {"practice", []string{"practice", "up", "lab", "demo"}},
}

func group(root *cobra.Command) {
	for _, g := range groups {
		root.AddGroup(&cobra.Group{ID: g.id, Title: string(GroupTitles[g.id])})
		for _, c := range root.Commands() {
			if slices.Contains(g.commands, c.Name()) {
				c.GroupID = g.id
			}
		}
	}
}
