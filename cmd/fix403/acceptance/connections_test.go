package acceptance

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fix403/keycloak/practice"
)

// How the built program gets to a server: through a proxy that the environment names, over IPv6, by few connections.

func TestConnections(t *testing.T) {
	t.Parallel()
	connections(t, practiceTarget(t, practice.Options{Version: "26.7.3"}))
}

func TestRealKeycloakConnections(t *testing.T) { eachReal(t, connections) }

func connections(t *testing.T, on *target) {
	t.Run("proxy", func(t *testing.T) { throughProxy(t, on) })
	t.Run("IPv6", func(t *testing.T) { overIPv6(t, on) })
	t.Run("kept alive", func(t *testing.T) { keptAlive(t, on) })
}

// forward is a forward proxy that records what it is asked for, and finds every name at one address.
type forward struct {
	*httptest.Server
	login string // "user:password", if it wants one

	mu   sync.Mutex
	seen []string // "METHOD scheme://host" and "CONNECT host:port"
}

func newForward(t *testing.T, plainTo, tlsTo, login string) *forward {
	t.Helper()
	f := &forward{login: login}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Host, r.Out.Host = plainTo, r.In.Host
	}}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := r.Method + " " + r.URL.Scheme + "://" + r.URL.Host
		if r.Method == http.MethodConnect {
			asked = r.Method + " " + r.Host
		}
		f.mu.Lock()
		f.seen = append(f.seen, asked)
		f.mu.Unlock()
		user, password, _ := (&http.Request{Header: http.Header{"Authorization": r.Header["Proxy-Authorization"]}}).BasicAuth()
		switch {
		case f.login != "" && user+":"+password != f.login:
			w.Header().Set("Proxy-Authenticate", "Basic")
			w.WriteHeader(http.StatusProxyAuthRequired)
		case r.Method == http.MethodConnect:
			tunnel(t, w, tlsTo)
		default:
			proxy.ServeHTTP(w, r)
		}
	}))
	f.Config.ErrorLog = quiet
	t.Cleanup(f.Close)
	return f
}

// tunnel joins the client's connection with one to an address.
func tunnel(t *testing.T, w http.ResponseWriter, to string) {
	out, err := net.Dial("tcp", to)
	if err != nil {
		t.Error(err)
		return
	}
	defer out.Close()
	in, early, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	defer in.Close()
	_, _ = io.WriteString(in, "HTTP/1.1 200 OK\r\n\r\n")
	go func() {
		_, _ = io.Copy(out, early) // the server may have read the first bytes already
		_ = out.Close()
	}()
	_, _ = io.Copy(in, out)
}

func (f *forward) took() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	seen := f.seen
	f.seen = nil
	slices.Sort(seen)
	return slices.Compact(seen)
}

// throughProxy: hosts that are this machine itself are never asked for through a proxy, so that the server has another
// name here, which only the proxy can find.
func throughProxy(t *testing.T, on *target) {
	s := newScene(t, on)
	s.scratch(nil)
	c := s.service("view-users")
	overTLS := newDoor(t, on.url, overTLS(t, "keycloak.test", time.Now().Add(time.Hour)))
	address := func(raw string) string { u, _ := url.Parse(raw); return u.Host }
	open := newForward(t, address(on.url), address(overTLS.URL), "")
	closed := newForward(t, address(on.url), address(overTLS.URL), "bob:proxy-secret-99")
	nobody := httptest.NewServer(http.NotFoundHandler())
	nobody.Close()
	ca := authorityFile(t, s.dir)
	base, _ := url.Parse(on.url)
	plain, secure := "http://keycloak.test"+base.Path, "https://keycloak.test"+base.Path
	withLogin := strings.Replace(closed.URL, "http://", "http://bob:proxy-secret-99@", 1)
	for _, tt := range []struct {
		name, url string
		env       []string
		code      int // of run
		says      string
		verdict   string // of the doctor
		asked     string // of the proxy
	}{
		{"http", plain, []string{"HTTP_PROXY=" + open.URL}, 0, "200", "ok", "GET http://keycloak.test"},
		{"https", secure, []string{"HTTPS_PROXY=" + open.URL}, 0, "200", "ok", "CONNECT keycloak.test:443"},
		{"small letters", secure, []string{"https_proxy=" + open.URL}, 0, "200", "ok", "CONNECT keycloak.test:443"},
		{"the other's variable", plain, []string{"HTTPS_PROXY=" + open.URL}, 3, "no host of the name keycloak.test", "unreachable", ""},
		{"NO_PROXY", secure, []string{"HTTPS_PROXY=" + open.URL, "NO_PROXY=example.com,.test"}, 3, "no host of the name keycloak.test", "unreachable", ""},
		{"with its login, http", plain, []string{"HTTP_PROXY=" + withLogin}, 0, "200", "ok", "GET http://keycloak.test"},
		{"with its login, https", secure, []string{"HTTPS_PROXY=" + withLogin}, 0, "200", "ok", "CONNECT keycloak.test:443"},
		{"without its login, http", plain, []string{"HTTP_PROXY=" + closed.URL}, 3, "requires a login (407)", "foreign-403", "GET http://keycloak.test"},
		{"without its login, https", secure, []string{"HTTPS_PROXY=" + closed.URL}, 3, "requires a login (407)", "unreachable", "CONNECT keycloak.test:443"},
		{"nobody there, http", plain, []string{"HTTP_PROXY=" + nobody.URL}, 3, "The proxy on the way to http://keycloak.test cannot be reached", "unreachable", ""},
		{"nobody there, https", secure, []string{"HTTPS_PROXY=" + nobody.URL}, 3, "HTTPS_PROXY or HTTP_PROXY", "unreachable", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s.t = t
			open.took()
			closed.took()
			cmd, out := s.asAdmin("run", "--cleanup", "--realm", "fix403-test-"+suffix(), "--ca-cert", ca)
			cmd.Args[slices.Index(cmd.Args, "--url")+1] = tt.url
			cmd.Env = append(cmd.Env, tt.env...)
			_ = cmd.Run()
			if code := cmd.ProcessState.ExitCode(); code != tt.code || !strings.Contains(out.String(), tt.says) {
				t.Errorf("run ends with %d, want %d and %q:\n%s", code, tt.code, tt.says, out)
			}
			if asked := append(open.took(), closed.took()...); tt.asked == "" && len(asked) > 0 || tt.asked != "" && !slices.Contains(asked, tt.asked) {
				t.Errorf("the proxy was asked for %q, want %q", asked, tt.asked)
			}
			a := s.ask(c)
			a.url, a.env, a.args = tt.url, tt.env, []string{"--ca-cert", ca}
			r := s.doctor(a, false)
			d := mustJSON[diagnosis](t, []byte(r.stdout))
			if d.Verdict != tt.verdict {
				t.Errorf("the doctor says %s, want %s: %s", d.Verdict, tt.verdict, d.Summary)
			}
			t.Logf("%s\n%s: %s", lastLines(out.String(), 2), d.Verdict, d.Summary)
			if all := out.String() + r.stdout + r.stderr; strings.Contains(all, "proxy-secret-99") {
				t.Errorf("the proxy's password is shown:\n%s", all)
			}
		})
	}
	s.t = t
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// overIPv6 keeps what it made, and removes it by another name of this machine.
func overIPv6(t *testing.T, on *target) {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skip("no IPv6 here: ", err)
	}
	s := newScene(t, on)
	s.door = newDoor(t, on.url, func(server *httptest.Server) {
		_ = server.Listener.Close()
		server.Listener = l
		server.Start()
	})
	if !strings.HasPrefix(s.base(), "http://[::1]:") {
		t.Fatal(s.base())
	}
	s.realm = "fix403-test-" + suffix()
	t.Cleanup(func() { on.admin(t, http.MethodDelete, s.at(""), nil) })
	cmd, out := s.asAdmin("run", "--keep", "--realm", s.realm)
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if text, err := os.ReadFile(filepath.Join(s.dir, "state", "fix403", "journal.jsonl")); err != nil || !strings.Contains(string(text), `"server":"http://[::1]:`) {
		t.Errorf("the journal: %s %v", text, err)
	}
	if !strings.Contains(out.String(), "To remove it: fix403 down --url 'http://[::1]:") {
		t.Errorf("the way back: %s", lastLines(out.String(), 1))
	}
	t.Log(lastLines(out.String(), 2))
	u, _ := url.Parse(s.base())
	cmd, out = s.asAdmin("down", "--yes", "--url", "http://[0:0:0:0:0:0:0:1]:"+u.Port())
	if err := cmd.Run(); err != nil || !strings.Contains(out.String(), "Removed the realm "+s.realm) {
		t.Errorf("down: %v\n%s", err, out)
	}
}

// keptAlive counts the connections of a run: one, whichever version of HTTP.
func keptAlive(t *testing.T, on *target) {
	for name, proto := range map[string]string{"http": "HTTP/1.1", "https": "HTTP/1.1", "https, HTTP/2 offered": "HTTP/1.1"} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			n, spoken := 0, map[string]bool{}
			s := newScene(t, on)
			s.door = newDoor(t, on.url, func(server *httptest.Server) {
				server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
					mu.Lock()
					defer mu.Unlock()
					if state == http.StateNew {
						n++
					}
				}
				if server.EnableHTTP2 = strings.Contains(name, "HTTP/2"); name == "http" {
					server.Start()
					return
				}
				overTLS(t, "127.0.0.1", time.Now().Add(time.Hour))(server)
			})
			s.door.catch(func(_ http.ResponseWriter, r *http.Request) bool {
				mu.Lock()
				defer mu.Unlock()
				spoken[r.Proto] = true
				return false
			})
			cmd, out := s.asAdmin("run", "--cleanup", "--realm", "fix403-test-"+suffix(), "--ca-cert", authorityFile(t, s.dir))
			if err := cmd.Run(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			mu.Lock()
			defer mu.Unlock()
			if n != 1 || len(spoken) != 1 || !spoken[proto] {
				t.Errorf("%d connections, which spoke %v", n, spoken)
			}
		})
	}
}
