package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"syscall"

	"github.com/spf13/cobra"

	"fix403/keycloak/practice"
)

// practicePort is where the practice server listens when nothing says otherwise, so that notes stay true.
const practicePort = 8403

func (a *app) practiceCommand() *cobra.Command {
	var (
		as, listen string
		port       int
	)
	cmd := &cobra.Command{
		Use:   "practice",
		Short: "Serve the practice Keycloak on a loopback port until interrupted",
		Long: `Serves the practice Keycloak until interrupted: an embedded server that answers as Keycloak does, for trying calls with
curl or any client. It prints its address and the admin's credentials. Everything is in memory and gone at the end.`,
		Args: cobra.NoArgs,
		RunE: a.command(func(cmd *cobra.Command, _ []string) error {
			l, err := listenOn(cmd.Context(), listen, port, cmd.Flags().Changed("port"))
			if err != nil {
				return err
			}
			s, err := practice.New(practice.Options{Version: as})
			if err != nil {
				return usage("It can be one of those in --help.", "%v", err)
			}
			if !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
				_, _ = fmt.Fprintf(a.streams.err, "Warning: %s can be reached from other machines. It is for practice: its password goes over plain http.\n", l.Addr())
			}
			base := "http://" + l.Addr().String()
			say(a.streams.out, practiceText, s.Version(), base, s.AdminUser(), s.AdminPassword(), base, base)
			return s.Serve(cmd.Context(), l)
		}),
	}
	f := cmd.Flags()
	f.StringVar(&as, "as", "", "version to answer as")
	f.StringVar(&listen, "listen", "127.0.0.1", "address to listen on")
	f.IntVar(&port, "port", practicePort, "port; 0 takes a free one")
	return cmd
}

const practiceText = `The practice Keycloak answers as %s at
  %s
  admin user      %s
  admin password  %s

Try it (ADMIN_PASSWORD in the environment):
  TOKEN=$(curl -fsS %s/realms/master/protocol/openid-connect/token \
    -d grant_type=password -d client_id=admin-cli -d username=admin \
    --data-urlencode "password=$ADMIN_PASSWORD" | sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p')
  curl -i -H "Authorization: Bearer $TOKEN" %s/admin/realms/master/users

ctrl+c ends it, and everything in it is gone.
`

// listenOn takes the port, or a free one when the default port is taken.
func listenOn(ctx context.Context, host string, port int, fixed bool) (net.Listener, error) {
	if port < 0 || port > 65535 {
		return nil, usage("A port is a number from 0 to 65535.", "there is no port %d", port)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		if fixed {
			return nil, usage("Take another one, or --port 0 for a free one.", "port %d is taken", port)
		}
		l, err = lc.Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	}
	if err != nil {
		return nil, usage("Check --listen and --port.", "can not listen: %v", err)
	}
	return l, nil
}
