package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// A mistake in the program is an error like another: exit code 1, in the form that was asked for, and no secret.
func TestCrash(t *testing.T) {
	before := releaseCommands
	t.Cleanup(func() { releaseCommands = before })
	for _, args := range [][]string{{"crash"}, {"crash", "--json"}} {
		var out, errs bytes.Buffer
		a := &app{streams: streams{in: strings.NewReader(""), out: &out, err: &errs}, getenv: func(string) string { return "" }}
		releaseCommands = []func(*cobra.Command) *cobra.Command{func(*cobra.Command) *cobra.Command {
			c := &cobra.Command{Use: "crash", RunE: a.command(func(*cobra.Command, []string) error { panic("secret-password") })}
			c.Flags().Bool("json", false, "")
			return c
		}}
		code := a.execute(t.Context(), args)
		said := errs.String()
		if len(args) > 1 {
			var doc struct {
				Error struct{ Kind, Message, Hint string }
			}
			if err := json.Unmarshal(out.Bytes(), &doc); err != nil || doc.Error.Kind != "unexpected" {
				t.Errorf("%v: %v %q", args, err, out.String())
			}
			said = doc.Error.Message + doc.Error.Hint
		}
		if code != exitUnexpected || !strings.Contains(said, "fix403 itself failed") || !strings.Contains(said, "TestCrash") || strings.Contains(out.String()+errs.String(), "secret-password") {
			t.Errorf("%v: exit %d, %q %q", args, code, out.String(), errs.String())
		}
	}
}
