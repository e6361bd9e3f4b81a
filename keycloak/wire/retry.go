package wire

import (
	"context"
	"errors"
	"net"
	"net/http"
	"slices"
	"strconv"
	"syscall"
	"time"

	"fix403/keycloak/msg"
)

const (
	tries         = 4                      // of one request, with the first
	firstPause    = 500 * time.Millisecond // doubled after each try
	longestPause  = 20 * time.Second
	retryAfterKey = "Retry-After"
)

// again returns how long to wait before a request is sent again, and why that is done; empty for not at all.
func (c *Call) again(req *http.Request, try int) (wait time.Duration, why msg.Message) {
	a, t := c.Reply, c.Transport
	if t.Once || c.Once || c.Quiet || try >= tries || req.Context().Err() != nil {
		return 0, msg.Message{}
	}
	wait = firstPause << (try - 1)
	switch {
	case req.Method == http.MethodGet && errors.Is(a.Err, syscall.ECONNREFUSED) && !atProxy(a.Err):
		return wait, msg.New("nothing listens there")
	case a.Err != nil:
		return 0, msg.Message{}
	case req.Method == http.MethodGet && slices.Contains([]int{http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout}, a.Exchange.Status):
	case a.Exchange.Status == http.StatusTooManyRequests && reads(req) && a.Header.Get(retryAfterKey) != "":
	default:
		return 0, msg.Message{}
	}
	if named := a.retryAfter(t.Now()); named > 0 {
		wait = named
	}
	if wait > longestPause {
		return 0, msg.Message{}
	}
	return wait, msg.New("answered %d", a.Exchange.Status)
}

// atProxy reports whether a connection failed at the proxy, which is no server that is being started.
func atProxy(err error) bool {
	var e *net.OpError
	return errors.As(err, &e) && e.Op == "proxyconnect"
}

// retryAfter returns how long the server asks to wait (RFC 9110, section 10.2.3), 0 if it does not. A date is read by the
// server's own clock, as far as the answer tells that.
func (a *Reply) retryAfter(now time.Time) time.Duration {
	text := a.Header.Get(retryAfterKey)
	if n, err := strconv.Atoi(text); err == nil {
		return time.Duration(max(0, min(n, 1e6))) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(a.Header.Get("Date")); err == nil {
		now = date
	}
	return max(0, at.Sub(now))
}

// fits reports whether a wait leaves time for the answer before the call's time is over.
func fits(ctx context.Context, wait time.Duration) bool {
	deadline, limited := ctx.Deadline()
	return !limited || wait < time.Until(deadline)
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// copyOf returns the request as one that can be sent once more.
func copyOf(req *http.Request) (*http.Request, error) {
	next := req.Clone(req.Context())
	if req.Body == nil || req.Body == http.NoBody {
		return next, nil
	}
	if req.GetBody == nil {
		return nil, errors.New("the body of the request cannot be read again")
	}
	var err error
	next.Body, err = req.GetBody()
	return next, err
}

// purpose returns the call's purpose, with the number of a try that is not the first.
func (c *Call) purpose(try int) msg.Message {
	if try == 1 {
		return c.Purpose
	}
	return msg.New("%s (try %d of %d)", c.Purpose, try, tries)
}
