package front

import (
	"context"
	"errors"
	"net"
	"strconv"
	"syscall"

	"fix403/cmd/fix403/flags"
)

// Listen takes the port, or a free one when the default port is taken.
func Listen(ctx context.Context, host string, port int, fixed bool) (net.Listener, error) {
	if port < 0 || port > 65535 {
		return nil, flags.Usage("A port is a number from 0 to 65535.", "there is no port %d", port)
	}
	network := "tcp"
	if ip := net.ParseIP(host); ip != nil && ip.To4() != nil {
		network = "tcp4" // 0.0.0.0 would be every address of IPv6, too
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, network, net.JoinHostPort(host, strconv.Itoa(port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		if fixed {
			return nil, flags.Usage("Take another one, or --port 0 for a free one.", "port %d is taken", port)
		}
		l, err = lc.Listen(ctx, network, net.JoinHostPort(host, "0"))
	}
	if err != nil {
		return nil, flags.Usage("Check --listen and --port.", "cannot listen: %v", err)
	}
	return l, nil
}

// ReachedAt returns the addresses at which a listener is reached: on this machine, and from other machines, of which there may
// be none. A listener on every address is reached at those of the machine.
func ReachedAt(on *net.TCPAddr, interfaces []net.Addr) (here string, elsewhere []string) {
	port := strconv.Itoa(on.Port)
	if !on.IP.IsUnspecified() {
		here = net.JoinHostPort(on.IP.String(), port)
		if !on.IP.IsLoopback() {
			elsewhere = []string{here}
		}
		return here, elsewhere
	}
	var later []string // IPv6 is harder to type
	for _, address := range interfaces {
		network, ok := address.(*net.IPNet)
		switch {
		case !ok || !network.IP.IsGlobalUnicast(): // loopback, and what is valid on one link only
		case network.IP.To4() != nil:
			elsewhere = append(elsewhere, net.JoinHostPort(network.IP.String(), port))
		case on.IP.To4() == nil:
			later = append(later, net.JoinHostPort(network.IP.String(), port))
		}
	}
	return net.JoinHostPort("localhost", port), append(elsewhere, later...)
}
