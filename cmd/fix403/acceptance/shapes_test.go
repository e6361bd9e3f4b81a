//go:build unix

package acceptance

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"fix403/flows/document"
	"fix403/keycloak/server"
	"fix403/keycloak/version"
)

// installation is a way in which a Keycloak is run.
type installation struct {
	name  string
	since string   // version from which Keycloak has these options
	until string   // version before which it has them; "" is all
	path  string   // its base path
	mode  string   // of kc.sh; "" is start-dev
	args  []string // of kc.sh; DIR is the folder with certificates, TLS a port
	tls   bool     // it is reached by https, with a private CA
}

var installations = []installation{
	{name: "under /auth", path: "/auth", args: []string{"--http-relative-path=/auth"}},
	{name: "names of its own", since: "25.0.0", args: []string{"--hostname=https://sso.example.com", "--hostname-admin=https://admin.example.com"}},
	{name: "names of its own, older options", until: "25.0.0", args: []string{"--hostname-url=https://sso.example.com", "--hostname-admin-url=https://admin.example.com"}},
	{name: "features switched off", args: []string{"--features-disabled=impersonation,ciba,device-flow"}},
	{name: "production with TLS", mode: "start", tls: true, args: []string{"--hostname-strict=false", "--http-enabled=true", "--https-port=TLS",
		"--https-certificate-file=DIR/server.pem", "--https-certificate-key-file=DIR/server.key"}},
	{name: "production with TLS under /auth", mode: "start", tls: true, path: "/auth", args: []string{"--hostname-strict=false", "--http-enabled=true", "--https-port=TLS",
		"--http-relative-path=/auth", "--https-certificate-file=DIR/server.pem", "--https-certificate-key-file=DIR/server.key"}},
}

// TestRealKeycloakInstallations runs the story, the doctor and the look of the wizard's form on servers that are not run as
// a newcomer's is.
func TestRealKeycloakInstallations(t *testing.T) {
	needsDoctor(t)
	list := os.Getenv("FIX403_TEST_KEYCLOAK")
	if list == "" || strings.Contains(list, "://") {
		t.Skip("set FIX403_TEST_KEYCLOAK to a version, such as 26.7.4: servers are started for it in several ways")
	}
	for of := range strings.SplitSeq(strings.ReplaceAll(list, " ", ""), ",") {
		t.Run(of, func(t *testing.T) {
			own := begin(t, server.Options{Version: of, AdminPassword: planted})
			dist := filepath.Join(t.TempDir(), "keycloak")
			err := os.CopyFS(dist, os.DirFS(own.Folder()))
			if stopped := own.Stop(); err != nil || stopped != nil {
				t.Fatal(err, stopped)
			}
			v := version.Of(of)
			for _, in := range installations {
				if in.since != "" && version.Compare(v, version.Of(in.since)) < 0 || in.until != "" && version.Compare(v, version.Of(in.until)) >= 0 {
					continue
				}
				t.Run(in.name, func(t *testing.T) {
					f := &front{t: t, dir: t.TempDir(), ports: map[string]string{}}
					f.ca = authorityFile(t, f.dir)
					f.pair("server", "localhost", x509.ExtKeyUsageServerAuth)
					f.on = in.start(t, dist, f)
					f.tellsTheStory(t, in)
				})
			}
		})
	}
}

// start runs kc.sh, and returns when it answers.
func (in installation) start(t *testing.T, dist string, f *front) *target {
	t.Helper()
	var ports []string
	var reserved []net.Listener
	for range 3 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		reserved = append(reserved, l)
		_, port, _ := net.SplitHostPort(l.Addr().String())
		ports = append(ports, port)
	}
	for _, l := range reserved {
		_ = l.Close()
	}
	f.ports["TLS"] = ports[1]
	mode := in.mode
	if mode == "" {
		mode = "start-dev"
	}
	args := []string{mode, "--http-host", "127.0.0.1", "--http-port", ports[0], "--db", "dev-mem"}
	if hasManagementPort(dist) {
		args = append(args, "--http-management-port", ports[2])
	}
	for _, a := range in.args {
		args = append(args, strings.NewReplacer("DIR", f.dir, "TLS", ports[1]).Replace(a))
	}
	cmd := exec.Command(filepath.Join(dist, "bin", "kc.sh"), args...)
	cmd.Env = append(os.Environ(), "KC_BOOTSTRAP_ADMIN_USERNAME=admin", "KC_BOOTSTRAP_ADMIN_PASSWORD="+planted, "KEYCLOAK_ADMIN=admin", "KEYCLOAK_ADMIN_PASSWORD="+planted)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		<-ended
	})
	on := &target{name: "real", url: "http://127.0.0.1:" + ports[0] + in.path, adminUser: "admin", adminPassword: planted}
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			t.Fatalf("it ended: %s", lastLines(log.String(), 10))
		case <-ctx.Done():
			t.Fatal("it was not ready in time")
		case <-tick.C:
		}
		if status, _, err := send(http.MethodGet, on.url+"/realms/master", "", nil); err == nil && status == http.StatusOK {
			return on
		}
	}
}

// hasManagementPort reports whether the distribution's kc.sh takes the option for it, by its own help.
func hasManagementPort(dist string) bool {
	out, _ := exec.Command(filepath.Join(dist, "bin", "kc.sh"), "start-dev", "--help-all").Output()
	return bytes.Contains(out, []byte("--http-management-port "))
}

// tellsTheStory runs the commands at the address that a person has.
func (f *front) tellsTheStory(t *testing.T, in installation) {
	base, trust := f.on.url, []string{}
	if in.tls {
		base, trust = f.base("https", "TLS")+in.path, []string{"--ca-cert", f.ca}
	}
	args := append([]string{"--url", base}, trust...)
	realm := "fix403-shape-" + suffix()
	code, out, errs := f.fix403([]string{"FIX403_ADMIN_PASSWORD=" + planted}, append([]string{"run", "--keep", "--json", "--realm", realm}, args...)...)
	doc := mustJSON[document.Run](t, []byte(out))
	if code != 0 || doc.Result != "passed" || doc.SecondCall == nil || doc.SecondCall.Status != http.StatusOK {
		t.Fatalf("run ends with %d: %s %+v\n%s", code, doc.Result, doc.Error, errs)
	}
	f.diagnoses(t, realm, args)
	f.wizardSays(t, "Keycloak found at", args...)
	code, out, errs = f.fix403([]string{"FIX403_ADMIN_PASSWORD=" + planted}, append([]string{"down", "--yes", "--any-run", "--realm", realm}, args...)...)
	if status, _ := f.on.admin(t, http.MethodGet, "/admin/realms/"+realm, nil); code != 0 || status != http.StatusNotFound {
		t.Errorf("down ends with %d, and the realm is %d:\n%s%s", code, status, out, errs)
	}
}

// diagnoses has the doctor look at a client that works, and at one without a role.
func (f *front) diagnoses(t *testing.T, realm string, args []string) {
	t.Helper()
	s := newScene(t, f.on)
	s.realm = realm
	john := s.id("/users?exact=true&username=john-doe")
	// Where just one other account holds the role, the doctor names that one.
	for want, roles := range map[string][]string{"ok": {"view-users"}, "role-missing|role-on-wrong-account": nil} {
		c := s.client("svc-"+want[:2], nil)
		if roles != nil {
			s.grant(c.account, roles...)
		}
		_, out, errs := f.fix403([]string{"FIX403_CLIENT_SECRET=" + c.secret, "FIX403_ADMIN_PASSWORD=" + f.on.adminPassword}, append([]string{
			"doctor", "--json", "--realm", realm, "--client-id", c.id, "--call", getUser, "--user-id", john}, args...)...)
		var d diagnosis
		if err := json.Unmarshal([]byte(out), &d); err != nil || !slices.Contains(strings.Split(want, "|"), d.Verdict) {
			t.Errorf("the doctor says %s, want %s: %s %v%s", d.Verdict, want, d.Summary, err, errs)
		}
	}
}

// realms and clients are names that people give, and that break programs. The story itself takes plain client ids alone.
var (
	oddRealms  = []string{"with.dots", "with space", "Käse-Ärger"}
	oddClients = []string{"svc.with.dots", "svc with space", "Prüf-Dienst", "urn:example:svc", "https://svc.example.com/app", "svc+plus&amp=1"}
)

// TestRealKeycloakNames tells the story in realms with such names, and asks the doctor about such clients.
func TestRealKeycloakNames(t *testing.T) {
	needsDoctor(t)
	eachReal(t, func(t *testing.T, on *target) {
		for _, name := range oddRealms {
			t.Run(name, func(t *testing.T) {
				s := newScene(t, on)
				f := &front{t: t, dir: s.dir, on: on}
				realm := name + "-" + suffix()
				args := []string{"--url", on.url}
				password := []string{"FIX403_ADMIN_PASSWORD=" + on.adminPassword}
				code, out, errs := f.fix403(password, append([]string{"run", "--keep", "--json", "--realm", realm}, args...)...)
				doc := mustJSON[document.Run](t, []byte(out))
				t.Logf("run: %d %s", code, doc.Result)
				switch {
				case code == 0:
					f.diagnoses(t, realm, args)
				case doc.Error == nil || doc.Error.Message == "" || !refusesOwnTokens(t, on, name):
					t.Errorf("run ends with %d: %+v\n%s", code, doc.Error, errs)
				}
				code, out, errs = f.fix403(password, append([]string{"down", "--yes", "--any-run", "--realm", realm}, args...)...)
				if status, _ := on.admin(t, http.MethodGet, "/admin/realms/"+url.PathEscape(realm), nil); code != 0 || status != http.StatusNotFound {
					t.Errorf("down ends with %d, and the realm is %d:\n%s%s", code, status, out, errs)
				}
			})
		}
		t.Run("clients", func(t *testing.T) {
			s := newScene(t, on)
			s.scratch(map[string]any{})
			for _, id := range oddClients {
				c := s.client(id, nil)
				s.grant(c.account, "view-users")
				s.diagnose(t, s.ask(c), true, expected{verdict: "ok", gate: "none"}, http.StatusOK)
			}
		})
	})
}

// refusesOwnTokens reports whether a server refuses the tokens that it issues in a realm of such a name, as 24.0.5 does, which does
// not unescape the realm in their issuer: a call that the account may make is answered with 401.
func refusesOwnTokens(t *testing.T, on *target, name string) bool {
	t.Helper()
	s := newScene(t, on)
	s.newRealm(name+"-"+suffix(), nil)
	status, _, _ := send(http.MethodGet, s.base()+s.at("/users/"+s.john), "Bearer "+s.token(s.service("view-users")), nil)
	return status == http.StatusUnauthorized
}

// TestRealKeycloakRealms tells the story in realms that are not as a new one is.
func TestRealKeycloakRealms(t *testing.T) {
	needsDoctor(t)
	eachReal(t, func(t *testing.T, on *target) {
		existing := func(t *testing.T, s *scene) {
			t.Helper()
			f := &front{t: t, dir: s.dir, on: on}
			args := []string{"--url", on.url}
			password := []string{"FIX403_ADMIN_PASSWORD=" + on.adminPassword}
			code, out, errs := f.fix403(password, append([]string{"run", "--existing", "--keep", "--json", "--realm", s.realm, "--username", "jane-doe", "--email", "jane@example.com"}, args...)...)
			doc := mustJSON[document.Run](t, []byte(out))
			if code != 0 || doc.Result != "passed" || doc.FirstCall == nil || doc.FirstCall.Status != http.StatusForbidden {
				t.Fatalf("run ends with %d: %s %+v\n%s", code, doc.Result, doc.Error, errs)
			}
			f.diagnoses(t, s.realm, args)
			if code, out, errs := f.fix403(password, append([]string{"down", "--yes", "--realm", s.realm}, args...)...); code != 0 {
				t.Errorf("down ends with %d:\n%s%s", code, out, errs)
			}
			left := mustJSON[[]struct{ ClientID string }](t, s.must(http.MethodGet, s.at("/clients?clientId=403-forbidden-fix-client"), nil))
			if len(left) != 0 {
				t.Error("down left the client")
			}
		}
		t.Run("without the default scope roles", func(t *testing.T) {
			s := newScene(t, on)
			s.scratch(map[string]any{})
			s.must(http.MethodDelete, s.at("/default-default-client-scopes/"+s.scopeID("roles")), nil)
			// The doctor finds the scope missing where the server reads roles from the token: see its own set-ups.
			f := &front{t: t, dir: s.dir, on: on}
			code, out, errs := f.fix403([]string{"FIX403_ADMIN_PASSWORD=" + on.adminPassword}, "run", "--existing", "--keep", "--json", "--realm", s.realm, "--username", "jane-doe", "--email", "jane@example.com", "--url", on.url)
			doc := mustJSON[document.Run](t, []byte(out))
			t.Logf("run: %d %s %+v", code, doc.Result, doc.SecondCall)
			if doc.FirstCall == nil || doc.FirstCall.Status != http.StatusForbidden {
				t.Errorf("the first call: %+v %s", doc.FirstCall, errs)
			}
			if code != 0 && (doc.Error == nil || !strings.Contains(doc.Error.Message+doc.Error.Hint, "roles")) {
				t.Errorf("run ends with %d and does not say that the scope roles is missing: %+v", code, doc.Error)
			}
		})
		t.Run("1,000 users and 200 clients", func(t *testing.T) {
			s := newScene(t, on)
			s.scratch(map[string]any{})
			var users, clients []any
			for i := range 1000 {
				users = append(users, map[string]any{"username": fmt.Sprintf("user-%04d", i), "enabled": true, "email": fmt.Sprintf("u%04d@example.com", i)})
			}
			for i := range 200 {
				clients = append(clients, map[string]any{"clientId": fmt.Sprintf("client-%03d", i), "enabled": true, "publicClient": true})
			}
			for chunk := range slices.Chunk(users, 100) {
				s.must(http.MethodPost, s.at("/partialImport"), map[string]any{"ifResourceExists": "SKIP", "users": chunk})
			}
			s.must(http.MethodPost, s.at("/partialImport"), map[string]any{"ifResourceExists": "SKIP", "clients": clients})
			existing(t, s)
		})
	})
}
