// Package diagnose asks for a call that fails, and shows why it does and what fixes it.
package diagnose

import (
	"maps"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/intake"
	"fix403/flows/problem"
	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/flows/versions"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
	"fix403/ui/inspect"
	"fix403/ui/kit"
	"fix403/ui/login"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// Form asks for the call that fails, in one of four ways.
type Form struct {
	env       *shell.Env
	fixed     fixes
	way       kit.Picker
	curl      *curlField
	fields    map[string]*kit.Field
	admin     kit.Picker
	login     *login.Form  // of the admin
	version   kit.Picker   // of the practice server
	story     *story.Story // of which the client is diagnosed on the practice server; nil for one that is made for that
	form      kit.Form
	err       error
	diagnosis *diagnosis // begun here and not answered yet
	text      kit.Pager
}

// The ways to name a call.
const (
	wayCurl = iota
	wayClient
	wayToken
	wayPractice
)

// New makes the screen.
func New(env *shell.Env, last login.Remembered) *Form {
	t := env.Theme
	v := &Form{env: env, curl: &curlField{}, login: login.NewForm(t, env.Now, env.Defaults, last)}
	v.form.Parts = v.parts
	choose := env.T("← and → choose.")
	v.way = kit.Picker{Label: env.T("What fails?"), Help: choose, Names: env.All([]texts.Text{"a pasted call", "a client", "a token", "practice"})}
	v.admin = kit.Picker{Label: env.T("Admin login (optional)"), Names: append([]string{env.T("none")}, env.All(login.Names[:])...),
		Help: choose + " " + env.T("With an admin login, the client's configuration is read too, and the fix can be applied. Nothing is changed without your confirmation.")}
	v.version = kit.Picker{Label: env.T("Practice: a client without a role"), Names: practiceNames(env),
		Help: choose + " " + env.T("A realm, a client and a user are created on a Keycloak inside this program, and the client's call is diagnosed there. It responds like this version.")}
	v.version.At = max(0, slices.Index(versions.All(), env.Defaults.As))
	v.fields = map[string]*kit.Field{}
	field := func(name string, q words.Question, value string, optional, secret bool) {
		f := kit.NewField(t, q.Label, q.Help, value, secret)
		f.Optional = optional
		v.fields[name] = f
	}
	url := env.Defaults.URL
	if env.Defaults.Practice {
		url = ""
	}
	field("url", words.AskURL, url, false, false)
	field("issuer", words.AskIssuer, "", true, false)
	field("realm", words.AskRealm, "", false, false)
	field("client", words.AskClient, "", false, false)
	field("secret", words.AskSecret, "", true, true)
	field("curl-client", words.AskCurlClient, "", false, false)
	field("curl-secret", words.AskCurlSecret, "", true, true)
	field("curl-user", words.AskLoginUser, "", false, false)
	field("curl-password", words.AskUserPass, "", false, true)
	field("curl-refresh", words.AskRefresh, "", false, true)
	field("token", words.AskToken, "", false, true)
	field("call", words.AskCall, "", true, false)
	field("user", words.AskUser, "", true, false)
	v.fields["url"].Check = func(value string) (msg.Message, error) {
		_, err := wire.NormalizeURL(value)
		return msg.Message{}, err
	}
	v.fields["issuer"].Check = v.fields["url"].Check
	v.form.Focus(0)
	return v
}

// Of fills the form with the client of a story.
func (v *Form) Of(s *story.Story) {
	st := s.State()
	if st.Practice {
		v.way.At, v.story, v.version.At = wayPractice, s, max(0, slices.Index(versions.All(), st.As))
		v.version.Label = v.env.T("Practice: the client of your story, or on another version one without a role")
		v.form.FocusButton()
		return
	}
	v.way.At = wayClient
	for name, value := range map[string]string{"url": st.URL, "realm": st.Params.Realm, "client": st.Params.ClientID, "secret": s.ClientSecret().Reveal(), "call": "GET " + words.Path(st.CallURL()), "user": ""} {
		v.fields[name].Input.SetValue(value)
	}
	v.form.FocusButton()
}

// focusAdmin leads to where an admin's login is chosen.
func (v *Form) focusAdmin() {
	if i := slices.Index(v.parts(), kit.Part(&v.admin)); i >= 0 {
		v.form.Focus(i)
	}
}

// practiceNames are the versions that the practice server answers as, with what they are worth.
func practiceNames(env *shell.Env) []string {
	var names []string
	for _, v := range versions.All() {
		names = append(names, env.Say(versions.Name(v)))
	}
	return names
}

// parts are those of the form, from top to bottom.
func (v *Form) parts() []kit.Part {
	out := []kit.Part{&v.way}
	add := func(names ...string) {
		for _, n := range names {
			out = append(out, v.fields[n])
		}
	}
	switch v.way.At {
	case wayCurl:
		out = append(out, v.curl)
		lacks := v.curl.lacks()
		if lacks.Client {
			add("curl-client")
		}
		if lacks.Secret {
			add("curl-secret")
		}
		if lacks.User {
			add("curl-user")
		}
		if lacks.Password {
			v.fields["curl-password"].Label(v.env.PasswordOf(v.curl.call.Login))
			add("curl-password")
		}
		if lacks.RefreshToken {
			v.fields["curl-refresh"].Label(v.env.RefreshTokenOf(v.curl.call.Login))
			add("curl-refresh")
		}
	case wayClient:
		add("url", "realm", "client", "secret", "call", "user")
	case wayToken:
		add("token", "issuer", "call", "user")
	case wayPractice:
		return append(out, &v.version)
	}
	out = append(out, &v.admin)
	if v.admin.At > 0 {
		v.login.Kind = login.Kind(v.admin.At - 1)
		for _, f := range v.login.Fields() {
			out = append(out, f)
		}
	}
	return out
}

func (v *Form) onCurl() bool { return v.form.Focused() == v.curl }

// Enter implements [shell.Screen].
func (v *Form) Enter() tea.Cmd { return nil }

// Leave implements [shell.Screen].
func (v *Form) Leave() {}

// Fixes says what stands of the fixes, as text.
func (v *Form) Fixes() string { return v.fixed.summary() }

// Typing implements [shell.Screen].
func (v *Form) Typing() bool {
	return v.form.Field() != nil || v.onCurl()
}

// Pastes reports whether what is pasted is taken while no field has the focus: it is the command, or the token.
func (v *Form) Pastes() bool {
	return v.way.At == wayCurl || v.way.At == wayToken
}

// Update implements [shell.Screen].
func (v *Form) Update(msg tea.Msg) (tea.Cmd, shell.Nav) {
	switch msg := msg.(type) {
	case shell.Done:
		return v.done(msg)
	case tea.WindowSizeMsg:
		v.form.Show()
	case tea.MouseMsg:
		v.text.Key(kit.WheelKey(msg))
	case tea.KeyMsg:
		if msg.Paste && !v.Typing() {
			v.form.Focus(1)
		}
		if !v.form.Type(msg) && v.onCurl() {
			v.curl.update(msg)
			for _, name := range []string{"curl-secret", "curl-password", "curl-refresh"} { // which were typed for another text
				v.fields[name].Input.SetValue("")
			}
			v.form.Show()
		}
	}
	return nil, shell.None()
}

// done goes to the result, or says why there is none.
func (v *Form) done(msg shell.Done) (tea.Cmd, shell.Nav) {
	answer, ok := msg.Answer.(diagnosed)
	if !ok || answer.c != v.diagnosis {
		return nil, shell.None()
	}
	v.form.Show()
	v.text.Top()
	v.err = msg.Err
	if words.Canceled(msg.Err) {
		v.err, v.diagnosis = nil, nil
		return nil, shell.Notify(v.env.T("Cancelled. There is no diagnosis."))
	}
	if msg.Err != nil {
		v.form.FocusButton()
		return nil, shell.None()
	}
	answer.c.handleResult(msg, answer)
	return nil, shell.GoTo(newResult(answer.c, v))
}

// start takes the form, and begins.
func (v *Form) start() (tea.Cmd, shell.Nav) {
	v.err = nil
	if v.way.At == wayCurl && (v.curl.err != nil || len(v.curl.text) == 0) {
		v.form.FocusOn(v.curl)
		return nil, shell.NotifyError(v.env.T("Paste the call first: a curl command, a request of a program, a HAR, kcadm."))
	}
	if !v.form.Accept() {
		return nil, shell.None()
	}
	c, err := v.asked()
	if err != nil {
		v.err = err
		v.form.Show()
		v.text.Top()
		return nil, shell.None()
	}
	risk, question := c.options.Unnamed()
	if question.Empty() {
		return v.begin(c)
	}
	return nil, shell.Ask(&shell.Dialog{
		Dialog: kit.Dialog{Ask: v.env.Say(question), Warnings: []string{v.env.Say(risk)}, Careful: true},
		Yes:    func() (tea.Cmd, shell.Nav) { return v.beginSending(c) },
		Else:   shell.Answer{Label: "do not send", Help: "diagnose the call without sending them", Do: func() (tea.Cmd, shell.Nav) { return v.begin(c) }},
	})
}

// beginSending begins with the credentials, which otherwise are left out.
func (v *Form) beginSending(c *diagnosis) (tea.Cmd, shell.Nav) {
	c.options.Confirm()
	if err := c.prepare(c.options); err != nil {
		v.err = err
		return nil, shell.None()
	}
	return v.begin(c)
}

func (v *Form) begin(c *diagnosis) (tea.Cmd, shell.Nav) {
	v.diagnosis = c
	cmd := c.begin(actionDiagnose)
	v.err = c.err
	v.text.Top()
	return cmd, shell.None()
}

// asked is what the form asks about.
func (v *Form) asked() (*diagnosis, error) {
	if v.way.At == wayPractice {
		c := newPractice(v.env, versions.All()[v.version.At])
		if v.story != nil && v.story.State().As == c.practice {
			c.story = v.story
		}
		return c, nil
	}
	value := func(name string) string { return strings.TrimSpace(v.fields[name].Input.Value()) }
	secret := func(name string) wire.Secret { return wire.NewSecret(v.fields[name].Input.Value()) }
	var q intake.Question
	switch v.way.At {
	case wayCurl:
		q = intake.Question{Curl: string(v.curl.text)}
		lacks := v.curl.lacks()
		if lacks.Client {
			q.ClientID = value("curl-client")
		}
		if lacks.Secret {
			q.Secret = secret("curl-secret")
		}
		if lacks.User {
			q.Login.User = value("curl-user")
		}
		if lacks.Password {
			q.Login.Password = secret("curl-password")
		}
		if lacks.RefreshToken {
			q.Login.RefreshToken = wire.NewSecret(pastedToken(v.fields["curl-refresh"].Input.Value()))
		}
	case wayClient:
		q = intake.Question{URL: value("url"), Realm: value("realm"), ClientID: value("client"), Secret: secret("secret"), Call: value("call"), UserID: value("user")}
	case wayToken:
		q = intake.Question{Token: wire.NewSecret(pastedToken(v.fields["token"].Input.Value())), URL: value("issuer"), Call: value("call"), UserID: value("user")}
	}
	var admin *keycloak.Credentials
	if v.admin.At > 0 {
		c := v.login.Credentials()
		admin = &c
	}
	c, err := newDiagnosis(v.env, q, admin)
	if err != nil || admin == nil {
		return c, err
	}
	f := v.login.Secret()
	if given := v.env.Defaults.URL; given != "" && f.Given && f.Input.Value() == "" && !wire.SameHost(given, c.options.URL) {
		return nil, &problem.CheckError{Kind: "bad-input", Message: msg.New("The admin login given at startup is for %s, and the call goes to %s.", given, c.options.URL),
			Hint: msg.New("Type the login of an admin of that server, or choose none.")}
	}
	return c, nil
}

// pastedToken is a token without the line breaks that it was pasted with; what may stand before it stays.
func pastedToken(text string) string {
	fields := strings.Fields(text)
	if len(fields) < 2 || strings.HasPrefix(fields[0], "{") {
		return text
	}
	head := 0
	for head < len(fields)-1 && (strings.EqualFold(fields[head], "bearer") || strings.HasSuffix(fields[head], ":")) {
		head++
	}
	return strings.Join(append(fields[:head:head], strings.Join(fields[head:], "")), " ")
}

// Keys implements [shell.Screen].
func (v *Form) Keys() []shell.Binding {
	do := func(f func()) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) { f(); return nil, shell.None() }
	}
	move := func(n int) func() (tea.Cmd, shell.Nav) {
		return do(func() { v.form.Move(n) })
	}
	var keys []shell.Binding
	switch {
	case v.form.OnButton():
		keys = append(keys, shell.Binding{Keys: []string{"enter"}, Label: "diagnose", Help: "make the call and see where it stops; nothing is changed", Do: v.start})
	case v.onCurl():
		keys = append(keys, shell.Binding{Keys: []string{"enter"}, Help: "a line break in the command", Do: do(func() { v.curl.add("\n") })})
	default:
		keys = append(keys, shell.Binding{Keys: []string{"enter"}, Label: "next field", Help: "to the next field", Do: move(1)})
	}
	keys = append(keys,
		shell.Binding{Keys: []string{"ctrl+r"}, Label: "diagnose", Help: "make the call now, from any field", Do: v.start},
		shell.Binding{Keys: []string{"tab", "down"}, Label: "move", Help: "to the next field", Do: move(1)},
		shell.Binding{Keys: []string{"shift+tab", "up"}, Help: "to the previous field", Do: move(-1)})
	if p, is := v.form.Focused().(*kit.Picker); is {
		turn := func(n int) func() (tea.Cmd, shell.Nav) {
			return do(func() { p.Turn(n); v.err = nil; v.form.Show() })
		}
		keys = append(keys,
			shell.Binding{Keys: []string{"right"}, Label: "other", Help: "the next choice", Do: turn(1)},
			shell.Binding{Keys: []string{"left"}, Help: "the previous choice", Do: turn(-1)})
	}
	if v.onCurl() {
		keys = append(keys, shell.Binding{Keys: []string{"ctrl+u"}, Label: "clear", Help: "empty the field", Do: do(v.curl.clear)})
	}
	return append(keys,
		shell.Binding{Keys: []string{"pgdown"}, Help: "scroll a page", Do: do(func() { v.text.Key("pgdown") })},
		shell.Binding{Keys: []string{"pgup"}, Help: "scroll a page back", Do: do(func() { v.text.Key("pgup") })},
		shell.Binding{Keys: []string{"esc"}, Label: "home", Help: "back to the home screen; typed or pasted secrets are forgotten", Do: v.home})
}

// home leaves, and forgets what is secret.
func (v *Form) home() (tea.Cmd, shell.Nav) {
	v.curl.clear()
	fields := slices.Collect(maps.Values(v.fields))
	for v.login.Kind = range login.Kinds {
		fields = append(fields, v.login.Fields()...)
	}
	for _, f := range fields {
		if f.Input.EchoMode == textinput.EchoPassword {
			f.Input.SetValue("")
		}
	}
	v.diagnosis, v.err = nil, nil
	v.form.Focus(0)
	return nil, shell.Open(shell.Route{To: shell.Home})
}

// Layout implements [shell.Screen].
func (v *Form) Layout(w, h int) *shell.Frame {
	t := v.env.Theme
	head := []string{words.Fit(" "+t.Title.Render(v.env.T("Diagnose"))+"  "+t.Dim.Render(v.env.T("why a call fails, and the smallest fix")), w), t.Dim.Render(strings.Repeat(t.Glyphs.Rule, w))}
	h -= len(head)
	inner := w - 2
	if v.env.Work.Busy() {
		lines := v.env.ProgressLines(v.diagnosis.exchanges(), v.diagnosis.url(), inner)
		v.text.Key("end")
		body := shell.Lines(v.text.Window(t, lines, inner, h-1))
		return shell.Page(head, body.WithLine(v.env.Progress(v.diagnosis.url(), inner)))
	}
	laid := v.form.Layout(t, v.failure(min(inner, 76)), min(inner, 76))
	v.form.Follow(&v.text, laid, h-1)
	body := shell.Lines(v.text.Window(t, laid.Lines, inner, h-1)).WithForm(&v.form, laid, &v.text)
	return shell.Page(head, body.WithButton(t, v.button(), inner))
}

// failure says why there is no diagnosis.
func (v *Form) failure(w int) []string {
	if v.err == nil {
		return nil
	}
	t := v.env.Theme
	mask := func(text string) string { return text }
	var sent []wire.Exchange
	if v.diagnosis != nil {
		mask, sent = v.diagnosis.mask, v.diagnosis.exchanges()
	}
	message, hint := v.env.FailureInForm(v.err)
	out := t.Item(t.Glyphs.Failed, t.Bad, mask(message), w)
	if hint != "" {
		out = append(out, t.Item(t.Glyphs.Arrow, t.Warn, hint, w)...)
	}
	if len(sent) > 0 {
		e := sent[len(sent)-1]
		out = append(out, t.Lines(t.Dim, v.env.T("The last request: %s %s, answered with %s", words.Line(e.Method), words.Path(e.URL), inspect.StopCode(e.Status)), w)...)
	}
	return append(out, "")
}

// button is what enter does on it.
func (v *Form) button() *kit.Button {
	if v.form.OnButton() {
		return &kit.Button{Label: v.env.T("Diagnose"), Hint: v.env.T("  press enter")}
	}
	return &kit.Button{Label: v.env.T("Diagnose"), Hint: v.env.T("  ^R, or tab leads to it"), Unfocused: true}
}
