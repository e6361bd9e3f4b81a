package watch

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"time"

	"fix403/cmd/fix403/flags"
	"fix403/keycloak/child"
)

// variables have the address of the proxy: those that programs for Keycloak read.
var variables = []string{"KEYCLOAK_URL", "KC_URL", "KEYCLOAK_SERVER_URL", "FIX403_WATCH_URL"}

// lastWords is how long a command may take to end once it is to.
const lastWords = 10 * time.Second

// run runs the user's command, and returns its exit code: that of a shell, where a signal ended it.
func (a App) run(ctx context.Context, o *options, address string) (int, error) {
	var more []string
	for _, name := range variables {
		more = append(more, name+"="+address)
	}
	cmd := child.Own(ctx, more, o.command[0], o.command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = a.In, a.Out, a.Err
	if o.JSON {
		cmd.Stdout = a.Err
	}
	cmd.WaitDelay = lastWords
	cmd.Cancel = func() error {
		if a.OnTerminal {
			return nil // which has told it, too
		}
		return cmd.Process.Signal(os.Interrupt)
	}
	err := cmd.Run()
	var ended *exec.ExitError
	switch {
	case errors.As(err, &ended):
		return codeOf(ended.ProcessState), nil
	case err == nil, ctx.Err() != nil && cmd.ProcessState != nil:
		return max(0, cmd.ProcessState.ExitCode()), nil
	default:
		return 0, flags.Usage("Write it as in a shell, with its arguments; a line of shell is sh -c 'LINE'.", "the command cannot be run: %v", err)
	}
}
