package main

import (
	"context"
	"reflect"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"fix403/flows/lab"
)

// What is given on the command line reaches what runs the command, as its options. Nothing is run.
func TestOptionsOfCommands(t *testing.T) {
	a := &app{}
	var got map[string]any
	with := func(o map[string]any) error { got = o; return nil }
	run := a.runCommand(func(_ context.Context, _ *pflag.FlagSet, o *runOptions) error {
		return with(map[string]any{"url": o.URL, "existing": o.existing, "cleanup": o.cleanup, "realm": o.Realm, "timeout": o.Timeout.String()})
	})
	diagnose := a.doctorCommand(func(_ context.Context, _ *pflag.FlagSet, o *doctorOptions) error {
		return with(map[string]any{"call": o.call, "fix": o.fix, "json": o.JSON})
	})
	experiments := a.labCommand(func(_ context.Context, _ *pflag.FlagSet, o *labOptions) error {
		var ids []string
		for _, e := range o.chosen {
			ids = append(ids, e.ID)
		}
		return with(map[string]any{"chosen": ids})
	})
	all := a.labCommand(func(_ context.Context, _ *pflag.FlagSet, o *labOptions) error {
		return with(map[string]any{"chosen": len(o.chosen)})
	})
	roles := a.rolesCommand(func(_ context.Context, _ *pflag.FlagSet, o *rolesOptions) error {
		return with(map[string]any{"args": o.args, "calls": o.calls, "as": o.As})
	})
	token := a.tokenCommand(func(_ context.Context, o *tokenOptions) error {
		return with(map[string]any{"files": o.files, "json": o.JSON})
	})
	down := a.downCommand(func(_ context.Context, _ *pflag.FlagSet, o *downOptions) error {
		return with(map[string]any{"only": o.onlyRealm, "realm": o.Realm, "yes": o.yes})
	})
	practice := a.practiceCommand(func(_ context.Context, o *practiceOptions) error {
		return with(map[string]any{"port": o.port, "fixed": o.fixedPort, "faults": o.faults})
	})
	up := a.upCommand(func(_ context.Context, o *upOptions) error {
		return with(map[string]any{"stop": o.stop, "only": o.onlyPort, "port": o.port})
	})
	wizard := a.wizardCommand(func(_ context.Context, _ *pflag.FlagSet, o *wizardOptions) error {
		return with(map[string]any{"first": o.atFirstStep, "mouse": o.mouse, "lang": o.Lang})
	})
	demo := a.demoCommand(func(_ context.Context, _ *pflag.FlagSet, o *demoOptions) error {
		return with(map[string]any{"speed": o.Speed, "transcript": o.Transcript})
	})
	for name, tt := range map[string]struct {
		cmd  *cobra.Command
		args []string
		want map[string]any // nil: it is refused
	}{
		"run":               {run, []string{"--url", "http://kc", "--existing", "--timeout", "5s"}, map[string]any{"url": "http://kc", "existing": true, "cleanup": false, "realm": "403-forbidden-fix", "timeout": "5s"}},
		"run, both":         {a.runCommand(nil), []string{"--keep", "--cleanup"}, nil},
		"doctor":            {diagnose, []string{"--call", "GET /x", "--fix", "--json"}, map[string]any{"call": "GET /x", "fix": true, "json": true}},
		"lab":               {experiments, []string{"no-token", "id-token"}, map[string]any{"chosen": []string{"no-token", "id-token"}}},
		"lab, all":          {all, []string{"--all"}, map[string]any{"chosen": len(lab.Experiments())}},
		"lab, unknown":      {a.labCommand(nil), []string{"no-such"}, nil},
		"roles":             {roles, []string{"GET", "/x", "--call", "GET /y", "--as", "24.0.5"}, map[string]any{"args": []string{"GET", "/x"}, "calls": []string{"GET /y"}, "as": "24.0.5"}},
		"token":             {token, []string{"a", "b", "--json"}, map[string]any{"files": []string{"a", "b"}, "json": true}},
		"token, three":      {a.tokenCommand(nil), []string{"a", "b", "c"}, nil},
		"down":              {down, []string{"--realm", "r", "--yes"}, map[string]any{"only": true, "realm": "r", "yes": true}},
		"practice":          {practice, []string{"--port", "8403", "--fault", "reset"}, map[string]any{"port": 8403, "fixed": true, "faults": []string{"reset"}}},
		"up":                {up, []string{"--stop"}, map[string]any{"stop": true, "only": false, "port": upPort}},
		"wizard":            {wizard, []string{"--mouse", "--lang", "de"}, map[string]any{"first": true, "mouse": true, "lang": "de"}},
		"demo":              {demo, []string{"--speed", "2", "--transcript", "t.md"}, map[string]any{"speed": 2.0, "transcript": "t.md"}},
		"version, argument": {a.versionCommand(nil), []string{"x"}, nil},
	} {
		got = nil
		tt.cmd.SilenceUsage, tt.cmd.SilenceErrors = true, true
		tt.cmd.SetArgs(tt.args)
		err := tt.cmd.ExecuteContext(t.Context())
		if (err == nil) != (tt.want != nil) || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %v, %v, want %v", name, got, err, tt.want)
		}
	}
}
