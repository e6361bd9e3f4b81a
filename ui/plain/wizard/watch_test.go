package wizard

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"fix403/keycloak/practice"
)

// calling types lines; at the word call it first makes a call through the proxy that was named in the output.
type calling struct {
	t     *testing.T
	lines []string
	out   bytes.Buffer

	called bool
}

// Write takes what the program writes.
func (c *calling) Write(p []byte) (int, error) { return c.out.Write(p) }

// Read implements [io.Reader].
func (c *calling) Read(p []byte) (int, error) {
	if c.called && !strings.Contains(c.out.String(), "401 GET") { // the proxy looks at a call once it has passed
		runtime.Gosched()
		return copy(p, "\n"), nil
	}
	if len(c.lines) == 0 {
		return 0, io.EOF
	}
	line := c.lines[0]
	c.lines = c.lines[1:]
	if line == "call" {
		line, c.called = "", true
		_, address, _ := strings.Cut(c.out.String(), "Listening at ")
		address, _, _ = strings.Cut(address, ",")
		res, err := http.Get(address + "/admin/realms/master/users")
		if err != nil {
			c.t.Error(err)
			return 0, io.EOF
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
	}
	return copy(p, line+"\n"), nil
}

// TestWatchInLines listens in front of a server, says a call that came meanwhile, and the roles; stop leads to the menu.
func TestWatchInLines(t *testing.T) {
	p, err := practice.New(practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(p)
	defer server.Close()
	in := &calling{t: t, lines: []string{"watch", "help", "ftp://nowhere", server.URL, "call", "", "help", "roles", "stop", "quit"}}
	_, finished, err := tell(t, "", func(o *Options) { o.In, o.Out = in, in })
	if err != nil || finished {
		t.Fatal(finished, err, in.out.String())
	}
	wants(t, in.out.String(), "Server URL> for example http://localhost:8080", "5 Watch: what a program of yours calls", "Listening at http://127.0.0.1:", ", in front of "+server.URL,
		"401 GET /admin/realms/{realm}/users, stopped at the gate identity The call carries no access token",
		"a caller without a token that can be read, in the realm master GET /admin/realms/{realm}/users, 1 × 401", "Stopped. Nothing listens any more.")
	if strings.Count(in.out.String(), "What do you want to do?") != 2 {
		t.Errorf("stop does not lead to the menu:\n%s", in.out.String())
	}
}
