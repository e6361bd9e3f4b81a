//go:build linux

package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"time"
)

// contender tells the story on the server $KEYCLOAK and leaves nothing there.
type contender struct {
	name string
	args []string
	rare bool // so slow that it is run less often

	times                 []time.Duration
	processor             []time.Duration // of the client alone
	memory                int64           // bytes of its largest process, the most of all runs
	requests, connections int
	paths                 []string
}

func (o *options) contenders() ([]*contender, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return []*contender{
		{name: "fix403 run", args: []string{o.program, "run", "--cleanup", "--realm", "bench-fix403"}},
		{name: "bare net/http program", args: []string{self, "bare"}},
		{name: "curl and jq", args: []string{"bash", filepath.Join(o.clients, "curl.sh")}},
		{name: "Node admin client", args: []string{"node", o.story}},
		{name: "python-keycloak", args: []string{o.python, filepath.Join(o.clients, "story.py")}},
		{name: "kcadm.sh", args: []string{"bash", filepath.Join(o.clients, "kcadm.sh")}, rare: true},
	}, nil
}

// run runs it once on a server. It is run by time(1): what the system says of the memory of a process begins with that of the
// one which started it.
func (c *contender) run(ctx context.Context, o *options, server string) (took, processor time.Duration, memory int64, err error) {
	home, err := os.MkdirTemp("", "fix403-bench-home-")
	if err != nil {
		return 0, 0, 0, err
	}
	defer func() { _ = os.RemoveAll(home) }()
	said := filepath.Join(home, "time")
	cmd := exec.CommandContext(ctx, "time", append([]string{"-f", "%M", "-o", said, "--"}, c.args...)...) // #nosec G204 -- of this project
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_STATE_HOME="+home, "KEYCLOAK="+server, "ADMIN_PASSWORD="+o.pass, "KCADM="+o.kcadm,
		"FIX403_URL="+server, "FIX403_ADMIN_PASSWORD="+o.pass)
	begin := time.Now()
	out, err := cmd.CombinedOutput()
	took = time.Since(begin)
	if err != nil {
		return 0, 0, 0, fmt.Errorf("%s: %w\n%s", c.name, err, out)
	}
	text, err := os.ReadFile(said) // #nosec G304 -- just made
	if err == nil {
		_, err = fmt.Sscan(string(text), &memory)
	}
	return took, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), memory << 10, err
}

// counting is a proxy in front of the server that counts, and notes the calls.
type counting struct {
	*httptest.Server
	mu          sync.Mutex
	connections int
	calls       []string
}

func newCounting(to string) (*counting, error) {
	target, err := url.Parse(to)
	if err != nil {
		return nil, err
	}
	forward := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Host = r.In.Host
	}}
	c := &counting{}
	c.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		c.calls = append(c.calls, r.Method+" "+shape(r.URL.Path))
		c.mu.Unlock()
		forward.ServeHTTP(w, r)
	}))
	c.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			c.mu.Lock()
			c.connections++
			c.mu.Unlock()
		}
	}
	c.Start()
	return c, nil
}

// tellStories has all contenders tell the story in turns on a warm server.
func (p *page) tellStories(ctx context.Context, o *options) error {
	all, err := o.contenders()
	if err != nil {
		return err
	}
	p.stories = all
	for _, c := range all {
		say("counting the requests of %s", c.name)
		proxy, err := newCounting(o.url)
		if err != nil {
			return err
		}
		_, _, _, err = c.run(ctx, o, proxy.URL)
		proxy.Close()
		if err != nil {
			return err
		}
		c.requests, c.connections, c.paths = len(proxy.calls), proxy.connections, proxy.calls
	}
	if ours, bare := all[0].paths, all[1].paths; !slices.Equal(ours, bare) {
		return fmt.Errorf("the bare program does not make the calls of fix403 run:\n%q\n%q", ours, bare)
	}
	for range o.runs { // a server that has just been started takes four times as long
		for _, c := range all[:2] {
			if _, _, _, err := c.run(ctx, o, o.url); err != nil {
				return err
			}
		}
	}
	for n := range o.runs {
		say("stories: round %d of %d", n+1, o.runs)
		// The first two differ by less than a server's answers do from run to run: they have three times as many.
		turns := slices.Concat(all, all[:2], all[:2])
		for i := range turns {
			c := turns[(i+n)%len(turns)]
			if c.rare && n%4 != 0 {
				continue
			}
			took, processor, memory, err := c.run(ctx, o, o.url)
			if err != nil {
				return err
			}
			c.times, c.processor, c.memory = append(c.times, took), append(c.processor, processor), max(c.memory, memory)
		}
	}
	return nil
}

// median of a copy of some times; quantile 0.5, and so on.
func quantile(times []time.Duration, q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(times))
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

var (
	uuid      = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	realmName = regexp.MustCompile(`/realms/bench-[0-9a-z-]+`)
	trailing  = regexp.MustCompile(`/$`)
)

// shape is a path without what differs from run to run.
func shape(path string) string {
	return trailing.ReplaceAllString(realmName.ReplaceAllString(uuid.ReplaceAllString(path, "{id}"), "/realms/{realm}"), "")
}
