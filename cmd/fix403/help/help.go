// Package help draws the help of each command: in the user's language, and on a terminal in lines that it has room for.
package help

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fix403/cmd/fix403/flags"
	"fix403/flows/texts"
)

// Set draws the help of root and all commands below it. Columns are those of the terminal; 0 where the help goes elsewhere: then its lines
// are those of the source.
func Set(root *cobra.Command, columns int, getenv func(string) string) {
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) {
		p := flags.Language(cmd.Flags(), getenv)
		if p.Language() != texts.Languages()[0] {
			translate(cmd, p, German())
		}
		_, _ = io.WriteString(cmd.OutOrStdout(), page{p, columns}.of(cmd))
	})
}

// page is how a help is drawn.
type page struct {
	*texts.Printer
	columns int
}

// of returns the help of a command. Without a terminal and in English it is what cobra writes.
func (p page) of(c *cobra.Command) string {
	parts := []string{p.prose(strings.TrimRight(cmp.Or(c.Long, c.Short), " \n"))}
	usage := p.T("Usage:")
	if c.Runnable() {
		usage += "\n  " + c.UseLine()
	}
	if c.HasAvailableSubCommands() {
		usage += "\n  " + c.CommandPath() + " [command]"
	}
	parts = append(parts, usage)
	if c.HasExample() {
		parts = append(parts, p.T("Examples:")+"\n"+p.examples(c.Example))
	}
	for _, g := range c.Groups() {
		parts = append(parts, p.commands(p.T(flags.GroupTitles[g.ID]), c, g.ID))
	}
	switch {
	case !c.HasAvailableSubCommands():
	case len(c.Groups()) == 0:
		parts = append(parts, p.commands(p.T("Available Commands:"), c, ""))
	default:
		parts = append(parts, p.commands(p.T("Additional Commands:"), c, ""))
	}
	if c.HasAvailableLocalFlags() {
		parts = append(parts, p.T("Flags:")+"\n"+p.flags(c.LocalFlags()))
	}
	if c.HasAvailableSubCommands() {
		parts = append(parts, p.prose(p.T(`Use "%s [command] --help" for more information about a command.`, c.CommandPath())))
	}
	return strings.Join(parts, "\n\n") + "\n"
}

// commands are those of a group.
func (p page) commands(title string, c *cobra.Command, group string) string {
	for _, sub := range c.Commands() {
		if sub.GroupID == group && (sub.IsAvailableCommand() || sub.Name() == "help") {
			title += "\n" + p.beside(fmt.Sprintf("  %-*s ", sub.NamePadding(), sub.Name()), sub.Short)
		}
	}
	return title
}

func (p page) flags(f *pflag.FlagSet) string {
	list := strings.TrimRight(f.FlagUsagesWrapped(p.columns), " \n")
	return strings.ReplaceAll(list, "(default", "("+p.T("default"))
}
