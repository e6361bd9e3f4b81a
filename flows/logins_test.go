package flows

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"fix403/flows/down"
	"fix403/flows/journal"
	"fix403/flows/params"
	"fix403/flows/problem"
	"fix403/flows/story"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/server/servertest"
	"fix403/keycloak/testrun"
	"fix403/keycloak/wire"
)

// TestAdminLogins tells the story with each kind of admin, and removes it as the same one; in plain go test on the newest version.
func TestAdminLogins(t *testing.T) {
	for _, version := range testrun.Sampled([]string{"26.7.4", "26.4.0", "24.0.5"}, 3) {
		t.Run(version, func(t *testing.T) {
			server := serve(t, version)
			adminLogins(t, &loginScene{served: server, version: version, code: func(user string) (string, string) {
				behind, err := url.Parse(server.url)
				if err != nil {
					t.Fatal(err)
				}
				web := httptest.NewServer(servertest.NeedsCode(httputil.NewSingleHostReverseProxy(behind), user, "123456"))
				t.Cleanup(web.Close)
				return web.URL, "123456"
			}})
		})
	}
}

func TestRealKeycloakAdminLogins(t *testing.T) {
	servertest.Each(t, func(t *testing.T, target servertest.Target) {
		server := &served{t: t, url: target.URL, admin: target.AdminUser, pass: target.AdminPassword, journal: journal.Open(t.TempDir())}
		s := server.story()
		mustDo(t, s, story.StepConnect)
		adminLogins(t, &loginScene{served: server, version: s.State().Version, real: true, code: func(string) (string, string) {
			return target.URL, oneTimeCode(time.Now())
		}})
	})
}

// loginScene makes admins. In master it touches nothing but users and clients that it made itself.
type loginScene struct {
	*served
	version string
	real    bool
	code    func(user string) (url, code string) // of a user whose code is counted from otpSecret
	clock   time.Duration                        // how far the program's clock is ahead
}

const otpSecret = "AAAABBBBCCCCDDDD1234" // #nosec G101 -- of accounts that the test makes

// oneTimeCode is RFC 6238 with Keycloak's defaults.
func oneTimeCode(now time.Time) string {
	mac := hmac.New(sha1.New, []byte(otpSecret))
	_ = binary.Write(mac, binary.BigEndian, now.Unix()/30)
	sum := mac.Sum(nil)
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[sum[19]&15:])&0x7fffffff%1_000_000)
}

const loginPassword = "login-password-1" // #nosec G101 -- of accounts that the test makes

func (l *loginScene) read(path string, into any) {
	l.t.Helper()
	if status, _, text := l.api(http.MethodGet, path, nil); status != http.StatusOK || json.Unmarshal([]byte(text), into) != nil {
		l.t.Fatalf("GET %s: %d %s", path, status, text)
	}
}

func (l *loginScene) gone(path string) {
	l.t.Cleanup(func() {
		if status, _, text := l.api(http.MethodDelete, path, nil); status != http.StatusNoContent {
			l.t.Errorf("DELETE %s: %d %s", path, status, text)
		}
	})
}

// user makes one with a password and a role of the realm; with code it needs a one-time code, too.
func (l *loginScene) user(realm, role string, code bool) keycloak.Credentials {
	l.t.Helper()
	name := "fix403-test-" + params.NewRunID()
	credentials := []map[string]any{{"type": "password", "value": loginPassword, "temporary": false}}
	if code && l.real {
		credentials = append(credentials, map[string]any{
			"type": "otp", "secretData": `{"value":"` + otpSecret + `"}`,
			"credentialData": `{"subType":"totp","digits":6,"counter":0,"period":30,"algorithm":"HmacSHA1"}`,
		})
	}
	id := l.make("/"+realm+"/users", map[string]any{
		"username": name, "enabled": true, "firstName": "F", "lastName": "L", "email": name + "@example.com", "emailVerified": true, "credentials": credentials,
	})
	if realm == "master" {
		l.gone("/master/users/" + id)
		l.give(id, role)
	} else {
		giveAdminRoles(l.served, realm, name, strings.Fields(role)...)
	}
	return keycloak.Credentials{Realm: realm, User: name, Password: wire.NewSecret(loginPassword)}
}

// give gives a realm role of master.
func (l *loginScene) give(user, role string) {
	l.t.Helper()
	var r struct{ ID, Name string }
	l.read("/master/roles/"+role, &r)
	if status, _, text := l.api(http.MethodPost, "/master/users/"+user+"/role-mappings/realm", []map[string]string{{"id": r.ID, "name": r.Name}}); status != http.StatusNoContent {
		l.t.Fatalf("%d %s", status, text)
	}
}

// client makes one of master with a service account that has a realm role.
func (l *loginScene) client(role string, attributes map[string]string) keycloak.Credentials {
	l.t.Helper()
	name := "fix403-test-" + params.NewRunID()
	id := l.make("/master/clients", map[string]any{
		"clientId": name, "secret": loginPassword, "publicClient": false, "serviceAccountsEnabled": true, "enabled": true, "attributes": attributes,
	})
	l.gone("/master/clients/" + id)
	var account struct{ ID string }
	l.read("/master/clients/"+id+"/service-account-user", &account)
	l.give(account.ID, role)
	return keycloak.Credentials{ClientID: name, ClientSecret: wire.NewSecret(loginPassword)}
}

// token is an access token of a client.
func (l *loginScene) token(c keycloak.Credentials) keycloak.Credentials {
	l.t.Helper()
	s, err := keycloak.Open(l.t.Context(), l.url, keycloak.Options{})
	if err != nil {
		l.t.Fatal(err)
	}
	issued, err := s.ClientToken(l.t.Context(), "master", c.ClientID, c.ClientSecret)
	if err != nil {
		l.t.Fatal(err)
	}
	return keycloak.Credentials{Token: issued.Secret}
}

// userToken is an access token of the first admin, from admin-cli.
func (l *loginScene) userToken() keycloak.Credentials {
	l.t.Helper()
	var issued struct {
		AccessToken string `json:"access_token"`
	}
	l.post("token", url.Values{"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {l.admin}, "password": {l.pass}}, &issued)
	return keycloak.Credentials{Token: wire.NewSecret(issued.AccessToken)}
}

// revoke ends a token of admin-cli (RFC 7009).
func (l *loginScene) revoke(c keycloak.Credentials) {
	l.t.Helper()
	l.post("revoke", url.Values{"token": {c.Token.Reveal()}, "client_id": {"admin-cli"}}, nil)
}

func (l *loginScene) post(endpoint string, form url.Values, into any) {
	l.t.Helper()
	res, err := http.PostForm(l.url+"/realms/master/protocol/openid-connect/"+endpoint, form)
	if err != nil {
		l.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || into != nil && json.NewDecoder(res.Body).Decode(into) != nil {
		l.t.Fatal(res.Status)
	}
}

func (l *loginScene) begin(at string, existing bool, realm string, c keycloak.Credentials) *story.Story {
	l.t.Helper()
	return l.story(func(o *story.Options) {
		o.URL, o.Existing, o.Params.Realm, o.Credentials = at, existing, realm, c
		o.Now = func() time.Time { return time.Now().Add(l.clock) }
	})
}

// loginCase is an admin who tells the story.
type loginCase struct {
	name     string
	existing bool // in a realm that is there
	admin    func(l *loginScene, realm string) (at string, c keycloak.Credentials)
	refused  map[string]string                           // by version: what the refusal says before anything is created
	late     map[string]string                           // also, once the realm is created
	midway   func(l *loginScene, c keycloak.Credentials) // done once the realm is created
	then     string                                      // what the refusal after that says
	note     func(l *loginScene) string                  // of the connection
	untold   string                                      // versions that do not tell themselves to this admin
}

func loginCases() []loginCase {
	at := func(f func(l *loginScene, realm string) keycloak.Credentials) func(*loginScene, string) (string, keycloak.Credentials) {
		return func(l *loginScene, realm string) (string, keycloak.Credentials) { return l.url, f(l, realm) }
	}
	const noGrants = "realm role admin"
	return []loginCase{
		{name: "the first admin, with a password", admin: at(func(l *loginScene, _ string) keycloak.Credentials { return l.options().Credentials }), note: func(l *loginScene) string {
			if l.real && strings.HasPrefix(l.version, "26.") {
				return "temporary" // the one of the server's first start
			}
			return ""
		}},
		{name: "another admin, with a password", admin: at(func(l *loginScene, _ string) keycloak.Credentials { return l.user("master", "admin", false) })},
		{name: "password and one-time code", admin: func(l *loginScene, _ string) (string, keycloak.Credentials) {
			c := l.user("master", "admin", true)
			url, code := l.code(c.User)
			c.AskOTP = func(context.Context) (wire.Secret, error) { return wire.NewSecret(code), nil }
			return url, c
		}},
		{
			name: "a user with create-realm alone", refused: map[string]string{"26.4.0": noGrants}, untold: "26.7.3 26.7.4",
			admin: at(func(l *loginScene, _ string) keycloak.Credentials { return l.user("master", "create-realm", false) }),
		},
		{
			name: "a service account with create-realm alone", refused: map[string]string{"26.4.0": noGrants}, untold: "26.7.3 26.7.4",
			admin: at(func(l *loginScene, _ string) keycloak.Credentials { return l.client("create-realm", nil) }),
		},
		{
			name: "a temporary service account", admin: at(func(l *loginScene, _ string) keycloak.Credentials {
				return l.client("admin", map[string]string{"is_temporary_admin": "true"})
			}),
			note: func(l *loginScene) string {
				if strings.HasPrefix(l.version, "26.") {
					return "temporary"
				}
				return ""
			},
		},
		{name: "a given token of admin-cli", admin: at(func(l *loginScene, _ string) keycloak.Credentials { return l.userToken() })},
		{
			name: "a given token of a client", late: map[string]string{"24.0.5": "older than the realm", "26.4.0": "older than the realm"}, // FACTS, belief g
			admin: at(func(l *loginScene, _ string) keycloak.Credentials { return l.token(l.client("admin", nil)) }),
		},
		{
			name: "a given token that ends midway", then: "has expired", midway: func(l *loginScene, _ keycloak.Credentials) { l.clock = time.Hour },
			admin: at(func(l *loginScene, _ string) keycloak.Credentials { return l.userToken() }),
		},
		{
			name: "a given token that is revoked midway", then: "expired or was revoked", midway: (*loginScene).revoke,
			admin: at(func(l *loginScene, _ string) keycloak.Credentials { return l.userToken() }),
		},
		{
			name: "an admin of the realm", existing: true, refused: map[string]string{"26.4.0": noGrants}, untold: "26.4.0",
			admin: at(func(l *loginScene, realm string) keycloak.Credentials { return l.user(realm, "realm-admin", false) }),
		},
		{
			name: "an admin of the realm, with what is needed", existing: true, refused: map[string]string{"26.4.0": noGrants}, untold: "26.4.0 26.7.3 26.7.4",
			admin: at(func(l *loginScene, realm string) keycloak.Credentials {
				return l.user(realm, "manage-clients manage-users", false)
			}),
		},
		{
			name: "an admin of the realm, with too little", existing: true, untold: "26.4.0 26.7.3 26.7.4", refused: map[string]string{
				"24.0.5": "manage-clients", "26.4.0": "manage-clients", "26.7.3": "manage-clients", "26.7.4": "manage-clients",
			},
			admin: at(func(l *loginScene, realm string) keycloak.Credentials { return l.user(realm, "manage-users", false) }),
		},
	}
}

func adminLogins(t *testing.T, l *loginScene) {
	for _, c := range loginCases() {
		t.Run(c.name, func(t *testing.T) {
			l.t, l.clock = t, 0
			realm := "fix403-test-" + params.NewRunID()
			if c.existing {
				l.make("", map[string]any{"realm": realm, "enabled": true})
			}
			t.Cleanup(func() { // by a test that failed
				if _, _, text := l.api(http.MethodDelete, "/"+realm, nil); c.existing && text != "" {
					t.Error(text)
				}
			})
			at, credentials := c.admin(l, realm)
			s := l.begin(at, c.existing, realm, credentials)
			defer s.Close()
			if c.tell(t, l, s, credentials); t.Failed() {
				return
			}
			credentials = s.Server().Credentials
			if c.midway != nil || c.late[l.version] != "" { // what was made so far is used again
				l.clock = 0
				again := l.begin(at, false, realm, l.userToken())
				defer again.Close()
				if err := doAll(t, again); err != nil {
					t.Error(err)
				}
				credentials = l.userToken()
			}
			c.takeAway(t, l, at, realm, credentials)
		})
	}
}

// tell tells the story, as far as this admin gets on this version.
func (c loginCase) tell(t *testing.T, l *loginScene, s *story.Story, credentials keycloak.Credentials) {
	t.Helper()
	mustDo(t, s, story.StepConnect)
	st := s.State()
	notes := msg.List(" ", st.Results[story.StepConnect].Notes...).String()
	if c.note == nil && notes != "" || c.note != nil && !strings.Contains(notes, c.note(l)) {
		t.Errorf("notes of the connection: %q", notes)
	}
	if (st.Version == "") != strings.Contains(c.untold, l.version) || st.Version != "" && st.Version != l.version {
		t.Errorf("told the version %q of %s", st.Version, l.version)
	}
	if says, refused := c.refused[l.version]; refused {
		c.refusal(t, s, says)
		return
	}
	_, err := s.Do(t.Context(), story.StepRealm)
	then := c.late[l.version]
	if c.midway != nil && err == nil {
		c.midway(l, credentials)
		_, err = s.Do(t.Context(), story.StepClient)
		then = c.then
	}
	if then != "" {
		if e := problem.AsKeycloakError(err); e == nil || e.Kind != failure.AdminRefused || !strings.Contains(e.Message.String()+e.Hint.String(), then) || !strings.Contains(e.Hint.String(), "used again") {
			t.Errorf("got %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	mustDo(t, s, stepIDs()[2:]...)
}

// refusal wants the story to end before anything is written, saying what is missing.
func (c loginCase) refusal(t *testing.T, s *story.Story, says string) {
	t.Helper()
	e := problem.AsKeycloakError(doAll(t, s))
	if e == nil || e.Kind != failure.AdminRefused || !strings.Contains(e.Message.String()+" "+e.Hint.String(), says) {
		t.Errorf("got %v", e)
		return
	}
	if next, _ := s.Next(); next != story.StepRealm {
		t.Errorf("stopped at %s: %v", next, e)
	}
	for _, x := range s.Exchanges() {
		if x.Method != http.MethodGet && !strings.HasSuffix(x.URL, "/token") {
			t.Errorf("%s %s was sent", x.Method, x.URL)
		}
	}
	t.Logf("%s %s", e.Message, e.Hint)
}

// takeAway removes all.
func (c loginCase) takeAway(t *testing.T, l *loginScene, at, realm string, credentials keycloak.Credentials) {
	t.Helper()
	d, err := down.Open(t.Context(), down.Options{URL: at, Credentials: credentials, Realm: realm, Journal: l.journal})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Remove(t.Context()); err != nil {
		t.Errorf("down: %v", err)
	}
	for _, r := range d.Removals {
		if r.Remove != r.Removed || r.Err != nil {
			t.Errorf("%s %s: %s, %v", r.Kind, r.Name, r.Why, r.Err)
		}
	}
	var left []struct{ Username string }
	status, _, text := l.api(http.MethodGet, "/"+realm+"/users?username=john-doe", nil)
	switch {
	case c.existing && json.Unmarshal([]byte(text), &left) == nil && len(left) > 0:
		t.Errorf("left: %v", left)
	case !c.existing && status != http.StatusNotFound:
		t.Errorf("the realm stands: %d", status)
	}
	if standing, err := l.journal.Outstanding(at); err != nil || slices.ContainsFunc(standing, func(e journal.Entry) bool { return e.Realm == realm }) {
		t.Errorf("the journal says that there is still %v, %v", standing, err)
	}
}

// A server that is reached past its reverse proxy has another name than the address.
func TestServerOfAnotherName(t *testing.T) {
	server := serve(t, "26.7.3")
	behind, err := url.Parse(server.url)
	if err != nil {
		t.Fatal(err)
	}
	for _, keeps := range []bool{true, false} { // the Host header
		web := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(behind)
			if keeps {
				r.Out.Host = r.In.Host
			}
		}})
		s := server.story(func(o *story.Options) { o.URL = web.URL })
		if err := doAll(t, s); err != nil {
			t.Fatal(err)
		}
		notes := msg.List(" ", s.State().Results[story.StepConnect].Notes...).String()
		if strings.Contains(notes, "The issuer of the server's tokens is "+server.url+",") == keeps {
			t.Errorf("notes %q", notes)
		}
		if err := s.Cleanup(t.Context()); err != nil {
			t.Error(err)
		}
		s.Close()
		web.Close()
	}
}
