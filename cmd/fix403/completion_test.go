package main

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// freeText are the flags whose values nobody can list.
var freeText = []string{
	"admin-client-id", "admin-realm", "admin-user", "base-path", "client-id", "email", "learners", "listen", "port", "realm", "secret-age", "speed", "timeout",
	"token-realm", "url", "user", "user-id", "username",
}

// TestEachFlagIsCompleted: a flag takes one of a known set, a file or a folder, and the shell offers it; or it is listed as free text, for
// which the shell offers nothing.
func TestEachFlagIsCompleted(t *testing.T) {
	free := map[string]bool{}
	for _, c := range commandTree() {
		for _, f := range shownFlags(c) {
			if f.Value.Type() == "bool" || strings.HasSuffix(f.Name, "-file") {
				continue
			}
			offered, folder := offers(c, f)
			if slices.Contains(freeText, f.Name) {
				free[f.Name] = true
				if len(offered) > 0 || folder != cobra.ShellCompDirectiveNoFileComp {
					t.Errorf("%s --%s is free text, and %q is offered (%d)", c.CommandPath(), f.Name, offered, folder)
				}
				continue
			}
			if len(offered) == 0 && folder != cobra.ShellCompDirectiveFilterDirs {
				t.Errorf("%s --%s is neither completed nor listed as free text", c.CommandPath(), f.Name)
			}
		}
	}
	for _, name := range freeText {
		if !free[name] {
			t.Errorf("no command has --%s", name)
		}
	}
}

// offers are the values of a flag that a shell offers, or the endings of files.
func offers(c *cobra.Command, f *pflag.Flag) ([]string, cobra.ShellCompDirective) {
	if complete, ok := c.GetFlagCompletionFunc(f.Name); ok {
		return complete(c, nil, "")
	}
	if endings := f.Annotations[cobra.BashCompFilenameExt]; endings != nil {
		return endings, cobra.ShellCompDirectiveFilterFileExt
	}
	if f.Annotations[cobra.BashCompSubdirsInDir] != nil {
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	return nil, cobra.ShellCompDirectiveDefault
}

// TestCompletedValues: what a shell offers is taken.
func TestCompletedValues(t *testing.T) {
	for line, want := range map[string]string{
		"doctor --grant ": "password", "doctor --call ": "GET /admin/realms/{realm}/users/{user-id}", "roles --call ": "GET /admin/realms/{realm}/users",
		"roles --as ": "26.7.3", "run --as ": "24.0.5", "roles --role ": "view-users", "practice --fault ": "proxy-403", "demo --export ": "svg",
		"doctor --show ": "terraform", "roles GET ": "/admin/realms/{realm}/users", "lab ": "no-token\tNo token", "help ": "run\tRun the whole story without questions",
	} {
		var out, errs strings.Builder
		a := &app{streams: streams{in: strings.NewReader(""), out: &out, err: &errs}, getenv: func(string) string { return "" }}
		a.execute(t.Context(), append([]string{"__complete"}, strings.Split(line, " ")...))
		if !slices.ContainsFunc(strings.Split(out.String(), "\n"), func(offered string) bool { return strings.HasPrefix(offered, want) }) {
			t.Errorf("%q offers no %q\n%s%s", line, want, &out, &errs)
		}
	}
	for _, complete := range []string{"practice --fault", "doctor --grant"} {
		name, flag, _ := strings.Cut(complete, " --")
		for _, c := range commandTree() {
			if c.Name() != name {
				continue
			}
			offered, _ := offers(c, c.Flags().Lookup(flag))
			for _, value := range offered {
				o := &doctorOptions{}
				if flag == "grant" {
					o.caller.Grant = value
				}
				err := o.caller.Check()
				if flag == "fault" && !strings.Contains(c.Long, value) {
					err = errors.New("the help does not name it")
				}
				if err != nil {
					t.Errorf("--%s %s: %v", flag, value, err)
				}
			}
		}
	}
}
