//go:build unix

package acceptance

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"fix403/keycloak/practice"
)

// What the pages say that their reader has.

// put writes a file of the reader's.
func put(t *testing.T, home, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(home, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// ownServer is sso.example.com, found through a proxy, so that the commands run as they stand: a Keycloak behind /auth with a
// certificate of ca.pem, the realm shop in it, and the admins of the page with their secrets in files.
func ownServer(t *testing.T, home string) []string {
	t.Helper()
	on := practiceTarget(t, practice.Options{BasePath: "/auth"})
	s := newScene(t, on)
	s.must(http.MethodPost, "/admin/realms", map[string]any{"realm": "shop", "enabled": true})
	s.realm = "shop"
	carol := s.user("carol")
	s.must(http.MethodPut, s.at("/users/"+carol+"/reset-password"), map[string]any{"type": "password", "value": "carol-secret", "temporary": false})
	s.grant(carol, "realm-admin")
	put(t, home, "carol-password", "carol-secret\n")

	s.realm = "master"
	ops := s.client("ops", nil)
	admin := mustJSON[named](t, s.must(http.MethodGet, s.at("/roles/admin"), nil))
	s.must(http.MethodPost, s.at("/users/"+ops.account+"/role-mappings/realm"), []named{admin})
	put(t, home, "ops-secret", ops.secret)
	authorityFile(t, home)
	proxy, person := ssoExampleCom(t, on)
	answer := person("master", url.Values{"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {on.adminUser}, "password": {on.adminPassword}})
	put(t, home, "admin-token", field(answer, "access_token"))
	return []string{proxy}
}

// ssoExampleCom is a server by that name, over TLS: the variable of the proxy that finds it, and how to get a token there.
func ssoExampleCom(t *testing.T, on *target) (proxy string, login func(realm string, form url.Values) []byte) {
	t.Helper()
	front := httptest.NewUnstartedServer(on.practice)
	front.Config.ErrorLog = quiet // for the certificate that is not trusted
	overTLS(t, "sso.example.com", time.Now().Add(time.Hour))(front)
	t.Cleanup(front.Close)
	way := newForward(t, "", strings.TrimPrefix(front.URL, "https://"), "")
	address, err := url.Parse(way.URL)
	if err != nil {
		t.Fatal(err)
	}
	base, err := url.Parse(on.url)
	if err != nil {
		t.Fatal(err)
	}
	return "HTTPS_PROXY=" + way.URL, func(realm string, form url.Values) []byte {
		t.Helper()
		person := http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(address), TLSClientConfig: trustingConfig()}}
		defer person.CloseIdleConnections()
		answer, err := person.PostForm("https://sso.example.com"+base.Path+"/realms/"+realm+"/protocol/openid-connect/token", form)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
}

// publicCA has the certificate of sso.example.com trusted as one of a public authority is.
func publicCA(t *testing.T) string {
	t.Helper()
	if runtime.GOOS == "darwin" {
		t.Skip("the authorities of the system cannot be chosen here")
	}
	return "SSL_CERT_FILE=" + authorityFile(t, t.TempDir())
}

const reportsSecret = "the secret of reports"

// failingClient is sso.example.com with clients that lack a role, and what their owners have of them.
func failingClient(t *testing.T, home string) []string {
	t.Helper()
	ca := publicCA(t)
	on := practiceTarget(t, practice.Options{})
	s := newScene(t, on)
	s.newRealm("shop", nil)
	s.client("reports", map[string]any{"secret": reportsSecret})
	newsletter := s.client("newsletter", nil)
	s.grant(newsletter.account, "query-users")
	put(t, home, "newsletter-secret", newsletter.secret)
	jo := field(s.must(http.MethodGet, s.at("/users/"+s.user("jo-roe")), nil), "id")
	s.must(http.MethodPut, s.at("/users/"+jo), map[string]any{"firstName": "Jo", "lastName": "Roe", "email": "jo@example.com", "enabled": true, "emailVerified": true})
	s.must(http.MethodPut, s.at("/users/"+jo+"/reset-password"), map[string]any{"type": "password", "value": "the password of jo", "temporary": false})
	put(t, home, "jo-password", "the password of jo\n")
	proxy, login := ssoExampleCom(t, on)
	token := field(login("shop", url.Values{"grant_type": {"client_credentials"}, "client_id": {"reports"}, "client_secret": {reportsSecret}}), "access_token")
	put(t, home, "token.txt", token+"\n")
	put(t, home, "failing.sh", "curl 'https://sso.example.com/admin/realms/shop/users' \\\n  -H 'Authorization: Bearer "+token+"'\n")
	return []string{proxy, ca}
}

// cluster is sso.example.com, with what is in the secrets of the cluster as files.
func cluster(t *testing.T, home string) []string {
	t.Helper()
	environment := failingClient(t, home)
	put(t, home, "reports-secret", reportsSecret+"\n")
	put(t, home, "admin-password", planted+"\n")
	return environment
}

// newcomer has Go with what it has fetched, a call that fails, and calls to come.
func newcomer(t *testing.T, home string) []string {
	t.Helper()
	telemetry := filepath.Join(home, ".config/go/telemetry") // whose process would outlive the test
	if err := os.MkdirAll(telemetry, 0o750); err != nil {
		t.Fatal(err)
	}
	put(t, telemetry, "mode", "off")
	put(t, home, "calls.txt", "GET /admin/realms/shop/users\nGET /admin/realms/shop/clients\n")
	environment := append(failingClient(t, home), "GOFLAGS=-buildvcs=false") // the checkout may be another's
	for _, name := range []string{"GOMODCACHE", "GOCACHE", "CGO_ENABLED"} {  // so that nothing is fetched or compiled again
		folder, err := exec.Command("go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		environment = append(environment, name+"="+strings.TrimSpace(string(folder)))
	}
	return environment
}

// pipeline is what the page has a pipeline set, for a server with a client that may read users.
func pipeline(t *testing.T, _ string) []string {
	t.Helper()
	on := practiceTarget(t, practice.Options{})
	s := newScene(t, on)
	s.newRealm("shop", nil)
	reports := s.client("reports", nil)
	s.grant(reports.account, "view-users")
	return []string{"FIX403_URL=" + on.url, "FIX403_CLIENT_SECRET=" + reports.secret, "FIX403_ADMIN_PASSWORD=" + on.adminPassword, "CI_PIPELINE_ID=17"}
}

// classroom is teacher.example.com: this machine, at the port that the server took.
func classroom(t *testing.T, home string) []string {
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		text, err := os.ReadFile(filepath.Join(home, "class.txt"))
		_, after, found := strings.Cut(string(text), "http://localhost:")
		if port, _, ended := strings.Cut(after, "\n"); found && ended {
			r.Out.URL.Host, r.Out.Host = "127.0.0.1:"+port, r.In.Host
		} else {
			t.Errorf("class.txt names no port: %v\n%s", err, text)
		}
	}})
	t.Cleanup(proxy.Close)
	return []string{"HTTP_PROXY=" + proxy.URL, "http_proxy=" + proxy.URL} // curl knows the second
}

// distribution is one of Keycloak in the home, whose server is the practice server, and a Java that it does not need.
func distribution(t *testing.T, home string) []string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Symlink(self, filepath.Join(dir, "a-keycloak")); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{
		filepath.Join(home, "keycloak-26.7.4/version.txt"): "Keycloak - Version 26.7.4\n",
		filepath.Join(home, "keycloak-26.7.4/bin/kc.sh"):   "#!/bin/sh\nexec '" + dir + "/a-keycloak' \"$@\" \"$0\"\n", // $0 names its folder, as Java's options do
		filepath.Join(dir, "bin/java"):                     "#!/bin/sh\necho 'openjdk version \"21\"' >&2\n",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	environment := []string{"JAVA_HOME=" + dir}
	t.Cleanup(func() { // what a page that stopped has left
		file, _ := program()
		cmd := exec.Command(file, "up", "--stop")
		cmd.Env = append(environment, "HOME="+home)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
	return environment
}
