//go:build unix

package acceptance

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/creack/pty"

	"fix403/keycloak/server"
)

// front is a real nginx before a real Keycloak.
type front struct {
	t     *testing.T
	dir   string
	on    *target
	ports map[string]string
	ca    string
}

// base is the external address of one of its servers.
func (f *front) base(scheme, name string) string { return scheme + "://localhost:" + f.ports[name] }

// behindNginx starts nginx as .ci/nginx/nginx.conf has it, before a Keycloak that takes its word for the outer name.
func behindNginx(t *testing.T) *front {
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		nginx = "/usr/sbin/nginx"
	}
	if _, err := os.Stat(nginx); err != nil {
		t.Skip("nginx is not installed")
	}
	on := keycloakForNginx(t)
	f := &front{t: t, dir: t.TempDir(), ports: map[string]string{}, on: on}
	f.ca = authorityFile(t, f.dir)
	f.pair("server", "localhost", x509.ExtKeyUsageServerAuth)
	f.pair("client", "somebody", x509.ExtKeyUsageClientAuth)
	conf, err := os.ReadFile(filepath.Join("..", "..", "..", ".ci", "nginx", "nginx.conf"))
	if err != nil {
		t.Fatal(err)
	}
	words := []string{"DIR", f.dir, "KEYCLOAK", on.url}
	var listeners []net.Listener
	for _, name := range []string{"TLS", "MUTUAL", "AUTH", "REDIRECT", "FIREWALL"} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		listeners = append(listeners, l)
		_, f.ports[name], _ = net.SplitHostPort(l.Addr().String())
		words = append(words, ":"+name, ":"+f.ports[name])
	}
	file := filepath.Join(f.dir, "nginx.conf")
	for _, l := range listeners {
		_ = l.Close()
	}
	text := strings.NewReplacer(words...).Replace(string(conf))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return f.start(nginx, file)
}

// keycloakForNginx is the first of the versions that are asked for, started so that it takes a proxy's word for the outer
// name; or a running server, which takes that of the Host header.
func keycloakForNginx(t *testing.T) *target {
	t.Helper()
	version, _, _ := strings.Cut(os.Getenv("FIX403_TEST_KEYCLOAK"), ",")
	switch {
	case version == "":
		t.Skip("set FIX403_TEST_KEYCLOAK to a version that is started for it, such as 26.7.3, or to the URL of a server for tests")
	case strings.Contains(version, "://"):
		return &target{name: "real", url: strings.TrimRight(version, "/"), adminUser: cmp.Or(os.Getenv("FIX403_ADMIN_USER"), "admin"), adminPassword: os.Getenv("FIX403_ADMIN_PASSWORD")}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	s, err := server.Start(ctx, server.Options{Version: version, Args: []string{"--proxy-headers=xforwarded"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return &target{name: "real", url: s.URL(), version: s.Version(), adminUser: s.AdminUser(), adminPassword: s.AdminPassword()}
}

func (f *front) start(nginx, file string) *front {
	t := f.t
	t.Helper()
	cmd := exec.Command(nginx, "-p", f.dir, "-c", file)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	return f.started(cmd, &said)
}

// started waits until nginx takes connections; its ports were only reserved before.
func (f *front) started(cmd *exec.Cmd, said *bytes.Buffer) *front {
	t := f.t
	f.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	t.Cleanup(func() {
		if cmd.Process != nil {
			_ = cmd.Process.Signal(syscall.SIGTERM)
			_ = cmd.Wait()
		}
	})
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for {
		c, err := net.DialTimeout("tcp", "127.0.0.1:"+f.ports["FIREWALL"], time.Second)
		if err == nil {
			_ = c.Close()
			return f
		}
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(filepath.Join(f.dir, "error.log"))
			t.Fatalf("nginx does not listen: %v\n%s%s", err, said, text)
		}
	}
}

// pair writes a certificate of the tests' authority and its key.
func (f *front) pair(file, name string, use x509.ExtKeyUsage) {
	f.t.Helper()
	ca := testAuthority()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		f.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(file))), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{use},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca.cert, &key.PublicKey, ca.key)
	if err != nil {
		f.t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		f.t.Fatal(err)
	}
	for ending, block := range map[string]*pem.Block{".pem": {Type: "CERTIFICATE", Bytes: der}, ".key": {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(filepath.Join(f.dir, file+ending), pem.EncodeToMemory(block), 0o600); err != nil {
			f.t.Fatal(err)
		}
	}
}

// fix403 runs the program with the admin's login.
func (f *front) fix403(env []string, args ...string) (code int, out, errs string) {
	f.t.Helper()
	cmd := f.command(env, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		f.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()
}

func (f *front) command(env []string, args ...string) *exec.Cmd {
	f.t.Helper()
	file, err := program()
	if err != nil {
		f.t.Fatal(err)
	}
	cmd := exec.CommandContext(f.t.Context(), file, args...)
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + f.dir, "XDG_STATE_HOME=" + filepath.Join(f.dir, "state"), "XDG_CONFIG_HOME=" + f.dir, "TERM=xterm-256color",
		"FIX403_ADMIN_USER=" + f.on.adminUser,
	}, env...)
	return cmd
}

// TestRealKeycloakBehindNginx has run, doctor and the wizard's form say what a real proxy does.
func TestRealKeycloakBehindNginx(t *testing.T) {
	f := behindNginx(t)
	admin := []string{"FIX403_ADMIN_PASSWORD=" + f.on.adminPassword}
	mine := filepath.Join(f.dir, "client.pem")
	key := filepath.Join(f.dir, "client.key")
	t.Cleanup(func() { f.on.removeSpares(t) })
	s := newScene(t, f.on)
	s.scratch(nil)
	c := s.service("view-users")
	john := s.john
	for _, tt := range []struct {
		name    string
		url     string
		args    []string
		code    int // of run
		says    string
		verdict string // of the doctor
		form    string // what the wizard's form says after the look; "" where it has no field for what is needed
	}{
		{"private CA", f.base("https", "TLS"), []string{"--ca-cert", f.ca}, 0, "200", "ok", "Keycloak found at"},
		{"private CA, not named", f.base("https", "TLS"), nil, 3, "--ca-cert", "tls-untrusted", "Or enter the CA's"},
		{"not checked", f.base("https", "TLS"), []string{"--insecure"}, 0, "not checked", "ok", "Keycloak found at"},
		{"client certificate", f.base("https", "MUTUAL"), []string{"--ca-cert", f.ca, "--client-cert", mine, "--client-key", key}, 0, "200", "ok", "Keycloak found at"},
		{"client certificate, none", f.base("https", "MUTUAL"), []string{"--ca-cert", f.ca}, 3, "--client-cert", "tls-untrusted", "requires a client certificate"},
		{"auth", f.base("https", "AUTH") + "/auth", []string{"--ca-cert", f.ca}, 0, "200", "ok", "Keycloak found at"},
		{"auth, not named", f.base("https", "AUTH"), []string{"--ca-cert", f.ca}, 0, "was found at " + f.base("https", "AUTH") + "/auth", "wrong-base-path", "Keycloak found at"},
		{"redirect", f.base("http", "REDIRECT"), []string{"--ca-cert", f.ca}, 3, "redirects (301) to " + f.base("https", "TLS"), "redirected", "redirects (301)"},
		{"firewall", f.base("https", "FIREWALL"), []string{"--ca-cert", f.ca}, 3, "something in front of it", "foreign-403", "Keycloak found at"},
		{"plain to TLS", f.base("http", "TLS"), nil, 3, "https", "https-required", "is an https port"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := append([]string{"--url", tt.url}, tt.args...)
			code, out, errs := f.fix403(admin, append([]string{"run", "--cleanup", "--realm", "nginx-" + suffix(), "--transcript", filepath.Join(f.dir, "story.md")}, args...)...)
			if code != tt.code || !strings.Contains(out+errs, tt.says) {
				t.Errorf("run ends with %d, want %d and %q:\n%s%s", code, tt.code, tt.says, out, errs)
			}
			t.Logf("run: %s", strings.TrimSpace(errs))
			if tt.code == 0 {
				f.speaks(t, "HTTP/1.1")
			}
			_, doc, errs := f.fix403([]string{"FIX403_CLIENT_SECRET=" + c.secret}, append([]string{
				"doctor", "--json", "--realm", s.realm, "--client-id", c.id, "--call", "GET /admin/realms/{realm}/users/{user-id}", "--user-id", john}, args...)...)
			var d diagnosis
			if err := json.Unmarshal([]byte(doc), &d); err != nil {
				t.Fatalf("%v: %s%s", err, doc, errs)
			}
			if d.Verdict != tt.verdict {
				t.Errorf("the doctor says %s, want %s: %s", d.Verdict, tt.verdict, d.Summary)
			}
			t.Logf("doctor: %s: %s", d.Verdict, d.Summary)
			if tt.form != "" {
				f.wizardSays(t, tt.form, args...)
			}
		})
	}
	t.Run("a token for the other name", func(t *testing.T) {
		status, answer := postForm(t, f.on.url+"/realms/"+s.realm+"/protocol/openid-connect/token", map[string][]string{
			"grant_type": {"client_credentials"}, "client_id": {c.id}, "client_secret": {c.secret},
		})
		if status != http.StatusOK {
			t.Fatal(status)
		}
		file := filepath.Join(f.dir, "token")
		if err := os.WriteFile(file, []byte(field(answer, "access_token")), 0o600); err != nil {
			t.Fatal(err)
		}
		_, doc, errs := f.fix403(nil, "doctor", "--json", "--url", f.base("https", "TLS"), "--ca-cert", f.ca, "--token-file", file, "--call", "GET /admin/realms/"+s.realm+"/users/"+john)
		var d diagnosis
		if err := json.Unmarshal([]byte(doc), &d); err != nil || d.Verdict != "issuer-mismatch" {
			t.Errorf("%s %s %v %s", d.Verdict, d.Summary, err, errs)
		}
		t.Logf("doctor: %s", d.Summary)
	})
}

// speaks looks in the last transcript for the version of HTTP.
func (f *front) speaks(t *testing.T, version string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(f.dir, "story.md"))
	if err != nil || !strings.Contains(string(text), version+" 200") {
		t.Errorf("no %s in the transcript, %v", version, err)
	}
}

// wizardSays opens the wizard's form on a terminal, looks for the server, and waits for a text.
func (f *front) wizardSays(t *testing.T, want string, args ...string) {
	t.Helper()
	cmd := f.command(nil, append([]string{"wizard"}, args...)...)
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = terminal.Close()
	}()
	late := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	var seen bytes.Buffer
	entered := false
	part := make([]byte, 1<<14)
	for {
		n, err := terminal.Read(part)
		seen.Write(part[:n])
		if strings.Contains(plainText(seen.String()), want) {
			return
		}
		if !entered && strings.Contains(seen.String(), "Server URL") {
			entered = true
			if _, err := fmt.Fprint(terminal, "\r"); err != nil {
				t.Fatal(err)
			}
		}
		if err != nil {
			t.Fatalf("the wizard does not say %q: %.3000q", want, plainText(seen.String()))
		}
	}
}

// plainText is what was drawn, without control sequences.
func plainText(s string) string { return ansi.Strip(s) }

// TestRealKeycloakExternalName starts a server whose own name is another one than the address at which it is reached, as
// behind a reverse proxy that the program goes past.
func TestRealKeycloakExternalName(t *testing.T) {
	list := os.Getenv("FIX403_TEST_KEYCLOAK")
	if list == "" || strings.Contains(list, "://") {
		t.Skip("set FIX403_TEST_KEYCLOAK to a version, such as 26.7.3: a server is started for it with a name of its own")
	}
	const name = "https://sso.example.com/outer"
	for version := range strings.SplitSeq(strings.ReplaceAll(list, " ", ""), ",") {
		t.Run(version, func(t *testing.T) {
			option := "--hostname=" + name
			if strings.HasPrefix(version, "24.") {
				option = "--hostname-url=" + name
			}
			own := begin(t, server.Options{Version: version, AdminPassword: planted, Args: []string{option}})
			defer func() {
				if err := own.Stop(); err != nil {
					t.Error(err)
				}
			}()
			on := &target{name: "real", url: own.URL(), version: version, adminUser: own.AdminUser(), adminPassword: planted}
			s := newScene(t, on)
			s.realm = "fix403-test-" + suffix()
			cmd, out := s.asAdmin("run", "--keep", "--realm", s.realm)
			if err := cmd.Run(); err != nil || !strings.Contains(out.String(), "The issuer of the server's tokens is "+name) {
				t.Fatalf("%v\n%s", err, out)
			}
			s.john = s.id("/users?exact=true&username=john-doe")
			c := s.service("view-users")
			for _, a := range []ask{s.ask(c), s.askToken(c, s.token(c))} {
				r := s.doctor(a, true)
				if d := mustJSON[diagnosis](t, []byte(r.stdout)); d.Verdict != "ok" {
					t.Errorf("the doctor says %s: %s", d.Verdict, d.Summary)
				}
			}
			(&front{t: t, dir: s.dir, on: on}).wizardSays(t, "Keycloak found at", "--url", s.base())
			// The realm holds a client that fix403 did not make: the one for the doctor.
			if out := s.down(0, []string{"--any-run"}, nil); !strings.Contains(out, "Removed the realm "+s.realm) {
				t.Errorf("down: %s", out)
			}
		})
	}
}
