package ui

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/foreign"
	"fix403/ui/words"
)

// connectScreen is the form for a server of one's own, in two stages: first the address, and what is found there; then who
// the admin is. Nothing but secrets has to be typed twice: the rest is remembered.
type connectScreen struct {
	s      *session
	forLab bool

	stage   connectStage
	focus   int // over what stands in the stage; the last is the button
	url, ca *formField
	login   loginKind
	realm   *formField
	user    *formField
	client  *formField
	code    *formField // one-time, of a user
	secrets map[loginKind]*formField
	inPlain bool                 // somebody agreed to send a password over plain http
	given   keycloak.Credentials // by flags or the environment, for the server that was found
	forURL  string               // the server that was found last: what was typed was typed for it

	found    flows.Found
	err      error // of the last call
	reached  bool  // by the address that is in the field
	wire     wirePane
	showWire bool
	text     pager
	moved    bool  // the focus has moved and has to be brought into view
	starts   []int // the first lines of the stops, as drawn last, for clicks
}

type connectStage int

const (
	stageAddress connectStage = iota
	stageLogin
)

// loginKind is how the admin logs in.
type loginKind int

const (
	loginUser loginKind = iota
	loginClient
	loginToken
	loginKinds
)

// The names of the logins, on the screen and in what is remembered.
var (
	loginNames = [loginKinds]texts.Text{"user and password", "client and secret", "access token"}
	loginIDs   = [loginKinds]string{"user", "client", "token"}
)

// Answers of the form's calls.
type (
	looked   struct{ found flows.Found }
	loggedIn struct{}
)

func newConnectScreen(s *session, forLab bool) *connectScreen {
	t, last, o := s.theme, recall(s.o.Remember), s.o.Story
	pick := func(values ...string) string {
		i := slices.IndexFunc(values, func(v string) bool { return v != "" })
		if i < 0 {
			return ""
		}
		return values[i]
	}
	v := &connectScreen{s: s, forLab: forLab, wire: newWirePane(), moved: true}
	v.url = newFormField(t, "Server URL", "such as http://localhost:8080 or https://sso.example.com/auth", pick(o.URL, s.o.DefaultURL, last.URL), false)
	v.url.check = checkURL
	v.ca = newFormField(t, "Certificates to trust", "a PEM file, for a server whose certificate this machine does not know; else empty", pick(o.TLS.CACert, last.CACert), false)
	v.ca.optional, v.ca.check = true, checkFile
	v.realm = newFormField(t, "Realm of the admin", "master, unless the admin lives in another realm", pick(o.Credentials.Realm, last.Realm, "master"), false)
	v.realm.check = checkRealm
	v.user = newFormField(t, "Admin user", "who may create realms, clients and users", pick(o.Credentials.User, last.User, "admin"), false)
	v.client = newFormField(t, "Client id", "a confidential client whose service account has the rights of an admin", pick(o.Credentials.ClientID, last.ClientID), false)
	v.secrets = map[loginKind]*formField{
		loginUser:   newFormField(t, "Password", "used for this run only, stored nowhere", "", true),
		loginClient: newFormField(t, "Client secret", "used for this run only, stored nowhere", "", true),
		loginToken:  newFormField(t, "Access token", "used for this run only, stored nowhere; a user's ends soon, often after a minute", "", true),
	}
	v.code = newFormField(t, "One-time code", "only for an admin who needs one to log in; else empty", "", true)
	v.code.optional = true
	v.secrets[loginToken].check = v.checkToken
	v.giveFor(o.URL)
	switch {
	case !o.Credentials.Token.Empty():
		v.login = loginToken
	case o.Credentials.ClientID != "":
		v.login = loginClient
	case o.Credentials.Password.Empty():
		v.login = loginKind(max(0, slices.Index(loginIDs[:], last.Login)))
	}
	v.focusOn(0)
	return v
}

// giveFor offers the secrets that were given, if they were given for the server at an address.
func (v *connectScreen) giveFor(url string) {
	o := v.s.o.Story
	v.given = keycloak.Credentials{}
	if keycloak.SameHost(o.URL, url) {
		v.given = o.Credentials
	}
	v.secrets[loginUser].given = !v.given.Password.Empty()
	v.secrets[loginClient].given = !v.given.ClientSecret.Empty()
	v.secrets[loginToken].given = !v.given.Token.Empty()
}

func checkURL(value string) (string, error) {
	base, err := keycloak.NormalizeURL(value)
	if err != nil {
		return "", err
	}
	also := texts.T("under /auth")
	if strings.HasSuffix(base, "/auth") {
		also = texts.T("without /auth")
	}
	return texts.T("looks for a Keycloak at %s, and there %s", words.Line(base), also), nil
}

func checkFile(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", errors.New(texts.T("There is no such file."))
	case info.IsDir():
		return "", errors.New(texts.T("This is a folder."))
	case foreign.Check(path) != nil:
		return "", errors.New(texts.T("This is not a regular file."))
	}
	return texts.T("only certificates signed by these are accepted"), nil
}

func checkRealm(name string) (string, error) {
	if strings.ContainsAny(name, "/\\?#% ") {
		return "", errors.New(texts.T("A realm's name has no such characters. It is case sensitive."))
	}
	return "", nil
}

// checkToken tells whose token it is, and how long it can be used.
func (v *connectScreen) checkToken(raw string) (string, error) {
	token, err := keycloak.DecodeToken(oneWord(raw))
	if err != nil {
		return "", err
	}
	who := token.Username
	if who == "" {
		who = token.AuthorizedParty
	}
	now := v.s.now()
	if !token.ExpiresAt.IsZero() && !token.ExpiresAt.After(now) {
		return "", errors.New(texts.T("This token expired at %s. Get a new one.", clockTime(token.ExpiresAt)))
	}
	return words.Line(texts.T("a token of %s in the realm %s", who, token.Realm()) + ", " + left(token.ExpiresAt, now)), nil
}

// oneWord is for tokens that were pasted with line breaks in them.
func oneWord(s string) string { return strings.Join(strings.Fields(s), "") }

// fields are those of the stage, from top to bottom.
func (v *connectScreen) fields() []*formField {
	if v.stage == stageAddress {
		return []*formField{v.url, v.ca}
	}
	switch v.login {
	case loginClient:
		return []*formField{v.realm, v.client, v.secrets[loginClient]}
	case loginToken:
		return []*formField{v.secrets[loginToken]}
	case loginUser, loginKinds:
	}
	return []*formField{v.realm, v.user, v.secrets[loginUser], v.code}
}

// choosing tells whether the choice of the login has the focus. It stands before the fields.
func (v *connectScreen) choosing() bool { return v.stage == stageLogin && v.focus == 0 }

// before is how many stops there are before the fields.
func (v *connectScreen) before() int {
	if v.stage == stageLogin {
		return 1
	}
	return 0
}

func (v *connectScreen) button() int { return v.before() + len(v.fields()) }

func (v *connectScreen) focused() *formField {
	if i := v.focus - v.before(); i >= 0 && i < len(v.fields()) {
		return v.fields()[i]
	}
	return nil
}

func (v *connectScreen) focusOn(i int) {
	v.moved = true
	v.focus = max(0, min(i, v.button()))
	for _, f := range v.fields() {
		f.text.Blur()
	}
	if f := v.focused(); f != nil {
		f.text.Focus()
	}
}

// enterStage goes to a stage, at the first field that is still needed.
func (v *connectScreen) enterStage(stage connectStage) {
	v.stage, v.err = stage, nil
	if stage == stageAddress {
		v.focusOn(0)
		return
	}
	v.focusOn(v.firstEmpty())
}

// firstEmpty is the first field of the stage that must not be empty and is; the button if there is none.
func (v *connectScreen) firstEmpty() int {
	i := slices.IndexFunc(v.fields(), func(f *formField) bool { return f.text.Value() == "" && !f.given && !f.optional })
	if i < 0 {
		return v.button()
	}
	return v.before() + i
}

// Enter implements [Screen].
func (v *connectScreen) Enter() tea.Cmd { return nil }

// Leave implements [Screen].
func (v *connectScreen) Leave() { v.showWire = false }

// Typing implements [Screen].
func (v *connectScreen) Typing() bool {
	if v.showWire {
		return v.wire.typing()
	}
	return v.focused() != nil
}

// Update implements [Screen].
func (v *connectScreen) Update(msg tea.Msg) (tea.Cmd, Nav) {
	switch msg := msg.(type) {
	case doneMsg:
		return v.done(msg)
	case tea.WindowSizeMsg:
		v.moved = true
	case tea.MouseMsg:
		v.scroll(wheelKey(msg))
	case tea.KeyMsg:
		if v.showWire {
			v.wire.find.update(msg)
			return nil, stay()
		}
		if f := v.focused(); f != nil {
			before := f.text.Value()
			f.text, _ = f.text.Update(msg)
			f.wrong = ""
			if f == v.url || f == v.ca {
				v.reached = v.reached && before == f.text.Value()
			}
		}
	}
	return nil, stay()
}

func (v *connectScreen) scroll(key string) {
	if v.showWire {
		v.wire.key(key, len(v.exchanges()))
		return
	}
	v.text.key(key)
}

// exchanges are those of the look, and of the last login.
func (v *connectScreen) exchanges() []keycloak.Exchange {
	all := slices.Clone(v.found.Exchanges)
	if v.stage == stageLogin && v.s.story != nil && !v.s.told.Practice {
		all = append(all, v.s.story.Exchanges()...)
		for i := range all {
			all[i].ID = i + 1 // of two recorders
		}
	}
	return all
}

// take checks all fields of the stage, and goes to the first that is wrong.
func (v *connectScreen) take() bool {
	for i, f := range v.fields() {
		if !f.take() {
			v.focusOn(v.before() + i)
			return false
		}
	}
	return true
}

func capital(s string) string {
	_, first := utf8.DecodeRuneInString(s)
	return strings.ToUpper(s[:first]) + s[first:]
}

// options are those of a story at the address in the form.
func (v *connectScreen) options() flows.Options {
	o := v.s.o.Story
	o.Practice, o.As = false, ""
	o.URL, o.TLS.CACert = v.url.text.Value(), v.ca.text.Value()
	return o
}

// look asks the address for a Keycloak.
func (v *connectScreen) look() (tea.Cmd, Nav) {
	if !v.take() {
		return nil, stay()
	}
	v.err, v.reached, v.found, v.inPlain = nil, false, flows.Found{}, false
	o := v.s.wired(v.options())
	return v.s.work.begin(flows.StepConnect, texts.T("Look for a Keycloak"), func(ctx context.Context) (any, error) {
		found, err := flows.Look(ctx, o)
		return looked{found}, err
	}), stay()
}

// logIn begins a story on the server that was found, and does its first step.
func (v *connectScreen) logIn() (tea.Cmd, Nav) {
	if !v.take() {
		return nil, stay()
	}
	if !v.inPlain && flows.PlainHTTP(v.found.URL) != "" {
		v.inPlain = true
		v.focusOn(v.button())
		return nil, say(texts.T("%s Press enter again.", plainHTTP))
	}
	v.err = nil
	o := v.options()
	o.URL, o.Credentials = v.found.URL, v.credentials()
	if err := v.s.retell(o); err != nil {
		return nil, complain(err.Error())
	}
	story := v.s.story
	return v.s.work.begin(flows.StepConnect, texts.T("Log in"), func(ctx context.Context) (any, error) {
		_, err := story.Do(ctx, flows.StepConnect)
		return loggedIn{}, err
	}), stay()
}

func (v *connectScreen) credentials() keycloak.Credentials {
	secret := func(kind loginKind, given keycloak.Secret) keycloak.Secret {
		if typed := v.secrets[kind].text.Value(); typed != "" {
			return keycloak.NewSecret(typed)
		}
		return given
	}
	c := keycloak.Credentials{Realm: v.realm.text.Value()}
	switch v.login {
	case loginClient:
		c.ClientID, c.ClientSecret = v.client.text.Value(), secret(loginClient, v.given.ClientSecret)
	case loginToken:
		c.Token = v.given.Token
		if typed := oneWord(v.secrets[loginToken].text.Value()); typed != "" {
			c.Token = keycloak.NewSecret(typed)
		}
	case loginUser, loginKinds:
		c.User, c.Password = v.user.text.Value(), secret(loginUser, v.given.Password)
		c.OTP = keycloak.NewSecret(v.code.text.Value())
	}
	return c
}

// done takes the answer of one of the form's calls.
func (v *connectScreen) done(msg doneMsg) (tea.Cmd, Nav) {
	v.wire.selected, v.moved = -1, true
	v.text.top()
	if answer, ok := msg.answer.(looked); ok {
		v.found = answer.found
		if v.forURL != "" && !keycloak.SameHost(v.forURL, v.found.URL) {
			v.forget()
		}
		v.forURL = v.found.URL
		v.giveFor(v.found.URL)
	}
	if words.Canceled(msg.err) {
		return nil, say(texts.T("Cancelled. Enter does it again."))
	}
	if msg.err != nil {
		v.failed(msg.err)
		return nil, stay()
	}
	if _, ok := msg.answer.(looked); ok {
		v.reached = true
		v.enterStage(stageLogin)
		return nil, stay()
	}
	nav := goTo(v.s.step(flows.StepConnect))
	if v.forLab {
		nav = v.s.enterLabHere()
	}
	if err := v.remembers().keep(v.s.o.Remember); err != nil {
		nav.say = texts.T("The address could not be remembered: %v", err)
	}
	v.forget()
	return nil, nav
}

// forget empties the fields of secrets.
func (v *connectScreen) forget() {
	for _, f := range v.secrets {
		f.text.SetValue("")
	}
	v.code.text.SetValue("")
}

// failed goes to the field that most likely has to be changed.
func (v *connectScreen) failed(err error) {
	kind := keycloak.KindOf(err)
	if v.stage == stageLogin && (kind == keycloak.KindAdminRefused || kind == keycloak.KindNotFound || kind == keycloak.KindBadInput) {
		v.focusOn(v.before() + slices.Index(v.fields(), v.secrets[v.login]))
		v.code.text.SetValue("") // it counts only once
		if kind == keycloak.KindNotFound && v.login != loginToken {
			v.focusOn(v.before()) // the realm
		}
	} else if kind == keycloak.KindTLS {
		v.stage = stageAddress
		v.focusOn(1)
	} else {
		v.focusOn(v.button())
		if v.stage == stageAddress {
			v.focusOn(0)
		}
	}
	v.err = err
}

func (v *connectScreen) remembers() remembered {
	return remembered{
		URL: v.found.URL, CACert: v.ca.text.Value(), Login: loginIDs[v.login],
		Realm: v.realm.text.Value(), User: v.user.text.Value(), ClientID: v.client.text.Value(),
	}
}
