package main

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fix403/docs/pagetest"
)

var update = flag.Bool("update", false, "write docs/commands.md")

// commandTree are the root and all commands below it that are shown, in the order of the help.
func commandTree() []*cobra.Command {
	a := &app{getenv: func(string) string { return "" }}
	root := a.rootCommand()
	root.InitDefaultCompletionCmd()
	var all []*cobra.Command
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		all = append(all, c)
		for _, sub := range c.Commands() {
			if !sub.Hidden {
				walk(sub)
			}
		}
	}
	walk(root)
	return all
}

// depth is how many commands stand above one.
func depth(c *cobra.Command) int { return strings.Count(c.CommandPath(), " ") }

// shownFlags are the flags of a command, without hidden ones and --help.
func shownFlags(c *cobra.Command) map[string]*pflag.Flag {
	shown := map[string]*pflag.Flag{}
	for _, set := range []*pflag.FlagSet{c.Flags(), c.InheritedFlags()} {
		set.VisitAll(func(f *pflag.Flag) {
			if !f.Hidden && f.Name != "help" {
				shown[f.Name] = f
			}
		})
	}
	return shown
}

// flagRow is a flag as a line of a table: its name and value, the default where it is not empty, and what it does.
func flagRow(f *pflag.Flag) string {
	value, usage := pflag.UnquoteUsage(f)
	name := strings.TrimSpace("--" + f.Name + " " + value)
	if f.Shorthand != "" {
		name = "-" + f.Shorthand + ", " + name
	}
	normal := "`" + f.DefValue + "`"
	if slices.Contains([]string{"", "false", "0", "0s", "[]"}, f.DefValue) {
		normal = ""
	}
	return fmt.Sprintf("| `%s` | %s | %s |\n", name, normal, strings.ReplaceAll(markdown(usage), "|", `\|`))
}

// markdown is plain text with the characters that mean something in Markdown taken as they are.
func markdown(text string) string { return regexp.MustCompile("[*<`]").ReplaceAllString(text, `\$0`) }

// prose is a help text: lines that it indents are code, all others are text.
func prose(text string) string {
	var b strings.Builder
	code := false
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		indented := strings.HasPrefix(line, "  ") || strings.HasPrefix(line, "\t")
		switch {
		case indented && !code:
			b.WriteString("\n```text\n")
		case code && !indented:
			b.WriteString("```\n\n")
		}
		if code = indented; code {
			line = strings.TrimPrefix(strings.TrimPrefix(line, "  "), "\t")
		} else {
			line = markdown(strings.TrimLeft(line, "# ")) // cobra's texts have headings of their own
		}
		b.WriteString(line + "\n")
	}
	if code {
		b.WriteString("```\n")
	}
	return regexp.MustCompile(`\n{3,}`).ReplaceAllString(b.String(), "\n\n")
}

// exitCodes are the constants of the package whose names begin with exit, by their numbers, and their comments.
func exitCodes(t *testing.T) map[int]string {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	codes := map[int]string{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || !strings.HasPrefix(spec.Names[0].Name, "exit") || len(spec.Values) != 1 {
				return true
			}
			literal, ok := spec.Values[0].(*ast.BasicLit)
			if !ok || literal.Kind != token.INT {
				return true
			}
			code, err := strconv.Atoi(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			if codes[code] = strings.TrimSpace(spec.Comment.Text()); codes[code] == "" {
				t.Errorf("%s has no comment", spec.Names[0].Name)
			}
			return true
		})
	}
	return codes
}

// commandPage is docs/commands.md.
func commandPage(t *testing.T) string {
	commands := commandTree()
	// A flag that several commands have in the same words stands in one table for them all.
	const several = 3
	count := map[string]int{}
	for _, c := range commands {
		if depth(c) > 1 {
			continue
		}
		for _, f := range shownFlags(c) {
			count[flagRow(f)]++
		}
	}
	var b strings.Builder
	b.WriteString(`# Commands

This page is made from the program's own commands: ` + "`go test ./cmd/fix403 -run TestCommandPage -update`" + `. ` + "`fix403 COMMAND --help`" + ` shows the same.
`)
	table := func(list []string) {
		b.WriteString("\n| flag | default | what it does |\n|---|---|---|\n" + strings.Join(list, ""))
	}
	for _, c := range commands {
		fmt.Fprintf(&b, "\n%s %s\n", strings.Repeat("#", max(2, 1+depth(c))), c.CommandPath())
		if c.Runnable() {
			fmt.Fprintf(&b, "\n```text\n%s\n```\n", c.UseLine())
		}
		fmt.Fprintf(&b, "\n%s.\n", strings.TrimSuffix(markdown(c.Short), "."))
		if c.Long != "" {
			b.WriteString("\n" + prose(c.Long))
		}
		if c.Example != "" {
			fmt.Fprintf(&b, "\n```sh\n%s\n```\n", regexp.MustCompile("(?m)^  ").ReplaceAllString(strings.TrimRight(c.Example, "\n"), ""))
		}
		var own, common []string
		shown := shownFlags(c)
		for _, name := range slices.Sorted(maps.Keys(shown)) {
			if row := flagRow(shown[name]); count[row] < several {
				own = append(own, row)
			} else {
				common = append(common, "`--"+name+"`")
			}
		}
		if len(own) > 0 {
			table(own)
		}
		if len(common) > 0 {
			fmt.Fprintf(&b, "\nOf the [common flags](#common-flags): %s.\n", strings.Join(common, ", "))
		}
	}
	b.WriteString("\n## Common flags\n")
	var list []string
	for _, row := range slices.Sorted(maps.Keys(count)) {
		if count[row] >= several {
			list = append(list, row)
		}
	}
	table(list)
	b.WriteString("\n## Exit codes\n\n| code | meaning |\n|---|---|\n")
	codes := exitCodes(t)
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		fmt.Fprintf(&b, "| %d | %s |\n", code, codes[code])
	}
	return b.String()
}

func TestCommandPage(t *testing.T) {
	page := commandPage(t)
	for _, line := range strings.Split(page, "\n") {
		if home, err := os.UserHomeDir(); err == nil && len(home) > 1 && strings.Contains(line, home) {
			t.Errorf("it depends on the machine: %s", line)
		}
	}
	pagetest.Current(t, *update, "commands.md", page, "go test ./cmd/fix403 -run TestCommandPage -update")
}
