//go:build release

package main

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// Only the build that makes a release has this command: what draws manual pages is no part of the program.
func init() {
	releaseCommands = append(releaseCommands, func(root *cobra.Command) *cobra.Command {
		return &cobra.Command{
			Use: "package-texts DIR", Hidden: true, Args: cobra.ExactArgs(1),
			Short: "Write manual pages and completions for a release",
			RunE:  func(_ *cobra.Command, args []string) error { return packageTexts(root, args[0]) },
		}
	})
}

// packageTexts writes man/*.1, dated by SOURCE_DATE_EPOCH, and completions for each shell.
func packageTexts(root *cobra.Command, dir string) error {
	man, completions := filepath.Join(dir, "man"), filepath.Join(dir, "completions")
	if err := errors.Join(os.MkdirAll(man, 0o750), os.MkdirAll(completions, 0o750)); err != nil {
		return err
	}
	root.DisableAutoGenTag = true
	examplesAsCode(root)
	if err := doc.GenManTree(root, &doc.GenManHeader{Section: "1", Source: "fix403", Manual: "fix403"}, man); err != nil {
		return err
	}
	at := func(name string) string { return filepath.Join(completions, name) }
	return errors.Join(
		root.GenBashCompletionFileV2(at("fix403.bash"), true),
		root.GenZshCompletionFile(at("_fix403")),
		root.GenFishCompletionFile(at("fix403.fish"), true),
		root.GenPowerShellCompletionFileWithDesc(at("fix403.ps1")),
	)
}

// indented is a block of lines that the help indents by two.
var indented = regexp.MustCompile(`(?m)(?:^  .*\n?)+`)

// examplesAsCode has the manual pages keep the lines of examples: in Markdown, code is indented by four.
func examplesAsCode(cmd *cobra.Command) {
	cmd.Long = indented.ReplaceAllStringFunc(cmd.Long, func(block string) string {
		return "\n" + regexp.MustCompile(`(?m)^`).ReplaceAllString(block, "  ")
	})
	for _, c := range cmd.Commands() {
		examplesAsCode(c)
	}
}
