package flags

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fix403/flows/texts"
	"fix403/keycloak/practice"
)

// Root makes the commands below root answer alike: a word that is no command is an error, each takes --lang, and the values of flags
// with a closed set are completed, with those in more.
func Root(root *cobra.Command, more map[string][]string) {
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
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	values := map[string][]string{"as": practice.Versions(), "theme": themes, "lang": texts.Languages()}
	for name, of := range more {
		values[name] = of
	}
	for _, cmd := range append(root.Commands(), root) {
		if cmd.Name() == "completion" {
			cmd.Args, cmd.RunE = strayWord, func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
		if cmd != root && !strings.Contains(cmd.Use, " ") && cmd.Name() != "completion" {
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
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if of := values[f.Name]; of != nil {
				_ = cmd.RegisterFlagCompletionFunc(f.Name, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
					return slices.Clone(of), cobra.ShellCompDirectiveNoFileComp
				})
			}
		})
	}
}

var themes = []string{"auto", "dark", "light", "ansi"}

func strayWord(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return NoCommand(cmd, args[0])
}
