package flags

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fix403/flows/near"
	"fix403/flows/sh"
)

// UsageError is a mistake in the command line, or in a value that the environment or a file gives for a part of it. It is in English.
type UsageError struct{ Message, Hint string }

func (e *UsageError) Error() string { return e.Message }

// Usage returns a [UsageError]. The message is a clause: it has no full stop.
//
//go:noinline // it would be 8 kB of the program
func Usage(hint, format string, args ...any) error {
	return &UsageError{fmt.Sprintf(format, args...), hint}
}

// Sentence is the message of a mistake, which is a clause, as a sentence.
func Sentence(clause string) string {
	first, _, _ := strings.Cut(clause, " ")
	if first != "" && strings.Trim(first, "abcdefghijklmnopqrstuvwxyz") == "" {
		clause = strings.ToUpper(clause[:1]) + clause[1:]
	}
	if clause == "" || strings.ContainsAny(clause[len(clause)-1:], ".?!:") {
		return clause
	}
	return clause + "."
}

// Meant is a hint that begins with what a misspelt word may have been meant to be.
func Meant(word string, among []string, hint string) string {
	if near := near.Of(word, among); near != nil {
		return "Did you mean " + strings.Join(near, " or ") + "? " + hint
	}
	return hint
}

// WrongFlag is the error for a flag that a command does not have, or that lacks its value.
func WrongFlag(cmd *cobra.Command, err error) error {
	hint := "See " + cmd.CommandPath() + " --help."
	if name, unknown := strings.CutPrefix(err.Error(), "unknown flag: --"); unknown {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if !f.Hidden {
				names = append(names, "--"+f.Name)
			}
		})
		hint = Meant("--"+name, names, hint)
	}
	return Usage(hint, "%s", err)
}

// NoCommand is the error for a word that is no command below cmd.
func NoCommand(cmd *cobra.Command, word string) error {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return Usage(Meant(word, names, "See "+cmd.CommandPath()+" --help."), "%s has no command %q", cmd.CommandPath(), word)
}

// Again returns the command that was given, with other flags in the place of some of its own. What came from stdin has to come from
// a file then.
func Again(f *pflag.FlagSet, args, leftOut []string, more ...string) string {
	command := []string{"fix403"}
	for i := 0; i < len(args); i++ {
		name, value, whole := strings.Cut(strings.TrimPrefix(args[i], "--"), "=")
		flag := f.Lookup(name)
		isFlag := flag != nil && strings.HasPrefix(args[i], "--")
		takes := isFlag && !whole && flag.NoOptDefVal == "" && i+1 < len(args)
		switch {
		case isFlag && slices.Contains(leftOut, name):
		case takes:
			command = append(command, args[i], word(args[i+1]))
		case isFlag && whole:
			command = append(command, "--"+name+"="+word(value))
		default:
			command = append(command, word(args[i]))
		}
		if takes {
			i++
		}
	}
	return strings.Join(append(command, more...), " ")
}

func word(value string) string {
	if value == "-" {
		return "FILE"
	}
	return sh.Word(value)
}
