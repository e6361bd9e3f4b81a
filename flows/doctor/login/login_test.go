package login

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"fix403/flows/doctor/given"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// endpoint answers token requests, and keeps them.
type endpoint struct {
	asked   []string
	answers []string
}

func (e *endpoint) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	form, _ := url.ParseQuery(string(body))
	user, secret, _ := r.BasicAuth()
	if user != "" {
		user = " as " + user + ":" + secret
	}
	e.asked = append(e.asked, r.URL.String()+" "+form.Encode()+user)
	text := `{"access_token":"access-of-the-answer"}`
	if len(e.answers) > 0 {
		text, e.answers = e.answers[0], e.answers[1:]
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(text)), Request: r}, nil
}

// The token is asked for by the grant, in the realm and at the server of the login, and by nothing else.
func TestAsk(t *testing.T) {
	secret := wire.NewSecret
	for name, c := range map[string]struct {
		options given.Options
		want    []string
	}{
		"a client's own": {given.Options{Realm: "shop", ClientID: "app", Secret: secret("geheim 1")},
			[]string{"http://kc:1/realms/shop/protocol/openid-connect/token client_id=app&client_secret=geheim+1&grant_type=client_credentials"}},
		"in the header": {given.Options{Realm: "shop", ClientID: "a:b", Secret: secret("geheim1"), Login: given.Login{Basic: true}},
			[]string{"http://kc:1/realms/shop/protocol/openid-connect/token grant_type=client_credentials as a%3Ab:geheim1"}},
		"password": {given.Options{Realm: "master", ClientID: "admin-cli", Scope: "openid", Login: given.Login{Grant: given.PasswordGrant, User: "john", Password: secret("geheim2")}},
			[]string{"http://kc:1/realms/master/protocol/openid-connect/token client_id=admin-cli&grant_type=password&password=geheim2&scope=openid&username=john"}},
		"refresh": {given.Options{Realm: "shop", ClientID: "app", Login: given.Login{Grant: given.RefreshGrant, RefreshToken: secret("geheim3")}},
			[]string{"http://kc:1/realms/shop/protocol/openid-connect/token client_id=app&grant_type=refresh_token&refresh_token=geheim3"}},
		"at another server": {given.Options{Realm: "shop", ClientID: "app", Login: given.Login{URL: "http://localhost:1"}},
			[]string{"http://localhost:1/realms/shop/protocol/openid-connect/token client_id=app&grant_type=client_credentials"}},
		"exchange": {given.Options{Realm: "shop", ClientID: "gateway", Secret: secret("geheim4"), Login: given.Login{
			Grant: given.TokenExchange, Form: url.Values{"audience": {"a", "b"}},
			Subject: &given.Subject{Realm: "shop", ClientID: "front", Secret: secret("geheim5")},
		}}, []string{
			"http://kc:1/realms/shop/protocol/openid-connect/token client_id=front&client_secret=geheim5&grant_type=client_credentials",
			"http://kc:1/realms/shop/protocol/openid-connect/token audience=a&audience=b&client_id=gateway&client_secret=geheim4&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=access-of-the-answer&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			at := &endpoint{}
			tokens := newTokens(t, &c.options, at)
			got, err := tokens.Ask(context.Background(), msg.New("get a token"), c.options.Scope)
			if err != nil || got.Access.Reveal() != "access-of-the-answer" || got.Subject {
				t.Fatalf("%+v, %v", got, err)
			}
			if strings.Join(at.asked, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("asked\n%s\nwant\n%s", strings.Join(at.asked, "\n"), strings.Join(c.want, "\n"))
			}
			for _, e := range c.options.Recorder.Exchanges() {
				if strings.Contains(e.RequestBody+e.ResponseBody, "geheim") || strings.Contains(e.ResponseBody, "access-of") {
					t.Errorf("a secret is recorded: %s %s", e.RequestBody, e.ResponseBody)
				}
			}
		})
	}
}

func newTokens(t *testing.T, o *given.Options, transport http.RoundTripper) *Tokens {
	t.Helper()
	o.URL, o.Origin, o.Path, o.Transport = "http://kc:1", given.Named, "/admin/realms/shop/users", transport
	if _, err := o.Prepare(); err != nil {
		t.Fatal(err)
	}
	server, err := keycloak.NewServer(o.URL, keycloak.Options{Transport: o.Transport, Recorder: o.Recorder, ReadOnly: true, Once: true})
	if err != nil {
		t.Fatal(err)
	}
	tokens, err := New(o, server)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

// A realm may take each refresh token only once: the next request sends the one that came last.
func TestAskTakesTheNewRefreshToken(t *testing.T) {
	at := &endpoint{answers: []string{`{"access_token":"a1","refresh_token":"second-token"}`}}
	o := given.Options{Realm: "shop", ClientID: "app", Login: given.Login{Grant: given.RefreshGrant, RefreshToken: wire.NewSecret("first-token")}}
	tokens := newTokens(t, &o, at)
	for range 2 {
		if _, err := tokens.Ask(context.Background(), msg.New("get a token"), ""); err != nil {
			t.Fatal(err)
		}
	}
	if len(at.asked) != 2 || !strings.Contains(at.asked[0], "first-token") || !strings.Contains(at.asked[1], "second-token") {
		t.Errorf("%q", at.asked)
	}
}

// Where the login is refused whose token is to be exchanged, that answer is the last one.
func TestAskStopsAtTheSubject(t *testing.T) {
	at := &endpoint{answers: []string{`{"error":"invalid_client","error_description":"no"}`}}
	o := given.Options{Realm: "shop", ClientID: "app", Login: given.Login{Grant: given.TokenExchange, Subject: &given.Subject{Realm: "shop", ClientID: "front"}}}
	got, err := newTokens(t, &o, at).Ask(context.Background(), msg.New("get a token"), "")
	if err != nil || !got.Subject || !got.Access.Empty() || len(at.asked) != 1 {
		t.Errorf("%+v %v, %q", got, err, at.asked)
	}
}
