// Package diagnose asks for a call that fails, and shows why it does and what mends it.
package diagnose

import (
	"maps"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/intake"
	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/flows/texts"
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
	Way       kit.Picker
	Curl      *curlField
	Fields    map[string]*kit.Field
	Admin     kit.Picker
	Login     *login.Form // of the admin
	version   kit.Picker  // of the practice server
	focus     int         // over the stops; the last is the button
	Err       error
	Diagnosis *Diagnosis // begun here and not answered yet
	Asking    *Diagnosis // begun once it is said whether credentials go to its server
	text      kit.Pager
	moved     bool // the focus has moved and has to be brought into view
}

// The ways to name a call.
const (
	wayCurl = iota
	WayClient
	wayToken
	WayPractice
)

// stop is something in the form that can have the focus.
type stop struct {
	field  *kit.Field
	curl   *curlField
	picker *kit.Picker
}

// New makes the screen.
func New(env *shell.Env, last login.Remembered) *Form {
	t := env.Theme
	v := &Form{env: env, Curl: &curlField{}, Login: login.NewForm(t, env.Now, env.Defaults, last), moved: true}
	choose := env.T("← and → choose.")
	v.Way = kit.Picker{Label: env.T("What fails?"), Help: choose, Names: env.All([]texts.Text{"a curl command", "a client", "a token", "practice"})}
	v.Admin = kit.Picker{Label: env.T("An admin's eyes"), Names: append([]string{env.T("none")}, env.All(login.Names[:])...),
		Help: choose + " " + env.T("With an admin's login the client's configuration is read too, and the fix can be applied. Nothing is changed without a confirmation.")}
	v.version = kit.Picker{Label: env.T("Practice: a client without a role"), Names: story.PracticeVersions(),
		Help: choose + " " + env.T("A realm, a client and a user are made on a Keycloak inside this program, and the client's call is diagnosed there. This is the version that it answers as.")}
	v.version.At = max(0, slices.Index(v.version.Names, env.Defaults.As))
	v.Fields = map[string]*kit.Field{}
	field := func(name string, q words.Question, value string, optional, secret bool) {
		f := kit.NewField(t, q.Label, q.Help, value, secret)
		f.Optional = optional
		v.Fields[name] = f
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
	field("token", words.AskToken, "", false, true)
	field("call", words.AskCall, "", true, false)
	field("user", words.AskUser, "", true, false)
	v.Fields["url"].Check = func(value string) (msg.Message, error) {
		_, err := wire.NormalizeURL(value)
		return msg.Message{}, err
	}
	v.Fields["issuer"].Check = v.Fields["url"].Check
	v.FocusOn(0)
	return v
}

// stops are the parts of the form, from top to bottom, without the button.
func (v *Form) stops() []stop {
	out := []stop{{picker: &v.Way}}
	add := func(names ...string) {
		for _, n := range names {
			out = append(out, stop{field: v.Fields[n]})
		}
	}
	switch v.Way.At {
	case wayCurl:
		out = append(out, stop{curl: v.Curl})
		client, secret := v.Curl.lacks()
		if client {
			add("curl-client")
		}
		if secret {
			add("curl-secret")
		}
	case WayClient:
		add("url", "realm", "client", "secret", "call", "user")
	case wayToken:
		add("token", "issuer", "call", "user")
	case WayPractice:
		return append(out, stop{picker: &v.version})
	}
	out = append(out, stop{picker: &v.Admin})
	if v.Admin.At > 0 {
		v.Login.Kind = login.Kind(v.Admin.At - 1)
		for _, f := range v.Login.Fields() {
			out = append(out, stop{field: f})
		}
	}
	return out
}

func (v *Form) focused() stop {
	if all := v.stops(); v.focus < len(all) {
		return all[v.focus]
	}
	return stop{}
}

// FocusOn puts the focus on a stop; the last is the button.
func (v *Form) FocusOn(i int) {
	v.moved = true
	all := v.stops()
	v.focus = max(0, min(i, len(all)))
	for i, st := range all {
		switch {
		case st.field == nil:
		case i == v.focus:
			st.field.Input.Focus()
		default:
			st.field.Input.Blur()
		}
	}
}

// Enter implements [shell.Screen].
func (v *Form) Enter() tea.Cmd { return nil }

// Leave implements [shell.Screen].
func (v *Form) Leave() { v.Asking = nil }

// Fixes says what stands of the fixes, as text.
func (v *Form) Fixes() string { return v.fixed.summary() }

// Typing implements [Screen].
func (v *Form) Typing() bool {
	f := v.focused()
	return v.Asking == nil && (f.field != nil || f.curl != nil)
}

// Pastes implements [pasting]: what is pasted onto the form is the command, or the token.
func (v *Form) Pastes() bool {
	return v.Asking == nil && v.Way.At == wayCurl || v.Way.At == wayToken
}

// Update implements [Screen].
func (v *Form) Update(msg tea.Msg) (tea.Cmd, shell.Nav) {
	switch msg := msg.(type) {
	case shell.Done:
		return v.done(msg)
	case tea.WindowSizeMsg:
		v.moved = true
	case tea.MouseMsg:
		v.text.Key(kit.WheelKey(msg))
	case tea.KeyMsg:
		if v.Asking != nil {
			break
		}
		if msg.Paste && !v.Typing() {
			v.FocusOn(1)
		}
		switch f := v.focused(); {
		case f.field != nil:
			f.field.Input, _ = f.field.Input.Update(msg)
			f.field.Wrong = ""
		case f.curl != nil:
			f.curl.update(msg)
			v.moved = true
		}
	}
	return nil, shell.None()
}

// done goes to the result, or says why there is none.
func (v *Form) done(msg shell.Done) (tea.Cmd, shell.Nav) {
	answer, ok := msg.Answer.(diagnosed)
	if !ok || answer.c != v.Diagnosis {
		return nil, shell.None()
	}
	v.moved = true
	v.text.Top()
	v.Err = msg.Err
	if words.Canceled(msg.Err) {
		v.Err, v.Diagnosis = nil, nil
		return nil, shell.Notify(v.env.T("Cancelled. There is no diagnosis."))
	}
	if msg.Err != nil {
		v.FocusOn(len(v.stops()))
		return nil, shell.None()
	}
	answer.c.handleResult(msg, answer)
	return nil, shell.GoTo(NewResult(answer.c, v))
}

// Start takes the form, and begins.
func (v *Form) Start() (tea.Cmd, shell.Nav) {
	v.Err = nil
	for i, st := range v.stops() {
		if st.field != nil && !st.field.Accept() {
			v.FocusOn(i)
			return nil, shell.None()
		}
		if st.curl != nil && st.curl.err != nil || st.curl != nil && len(st.curl.Text) == 0 {
			v.FocusOn(i)
			return nil, shell.NotifyError(v.env.T("Paste a curl command first."))
		}
	}
	c, err := v.asked()
	if err != nil {
		v.Err, v.moved = err, true
		v.text.Top()
		return nil, shell.None()
	}
	if _, question := c.Options.Unnamed(); !question.Empty() {
		v.Asking = c
		v.text.Top()
		return nil, shell.None()
	}
	return v.begin(c)
}

// answered begins what was asked about, with the credentials or without.
func (v *Form) answered(send bool) func() (tea.Cmd, shell.Nav) {
	return func() (tea.Cmd, shell.Nav) {
		c := v.Asking
		v.Asking = nil
		if send {
			c.Options.Confirm()
			if err := c.prepare(c.Options); err != nil {
				v.Err = err
				return nil, shell.None()
			}
		}
		return v.begin(c)
	}
}

func (v *Form) begin(c *Diagnosis) (tea.Cmd, shell.Nav) {
	v.Diagnosis = c
	cmd := c.begin(actionDiagnose)
	v.Err = c.err
	v.text.Top()
	return cmd, shell.None()
}

// asked is what the form asks about.
func (v *Form) asked() (*Diagnosis, error) {
	if v.Way.At == WayPractice {
		return NewPractice(v.env, v.version.Names[v.version.At]), nil
	}
	value := func(name string) string { return strings.TrimSpace(v.Fields[name].Input.Value()) }
	secret := func(name string) wire.Secret { return wire.NewSecret(v.Fields[name].Input.Value()) }
	var q intake.Question
	switch v.Way.At {
	case wayCurl:
		q = intake.Question{Curl: string(v.Curl.Text)}
		lacksClient, lacksSecret := v.Curl.lacks()
		if lacksClient {
			q.ClientID = value("curl-client")
		}
		if lacksSecret {
			q.Secret = secret("curl-secret")
		}
	case WayClient:
		q = intake.Question{URL: value("url"), Realm: value("realm"), ClientID: value("client"), Secret: secret("secret"), Call: value("call"), UserID: value("user")}
	case wayToken:
		q = intake.Question{Token: wire.NewSecret(pastedToken(v.Fields["token"].Input.Value())), URL: value("issuer"), Call: value("call"), UserID: value("user")}
	}
	var admin *keycloak.Credentials
	if v.Admin.At > 0 {
		c := v.Login.Credentials()
		admin = &c
	}
	c, err := newDiagnosis(v.env, q, admin)
	if err != nil || admin == nil {
		return c, err
	}
	f := v.Login.Secret()
	if given := v.env.Defaults.URL; given != "" && f.Given && f.Input.Value() == "" && !wire.SameHost(given, c.Options.URL) {
		return nil, &params.CheckError{Kind: "bad-input", Message: msg.New("The admin's login that was given when the program started is for %s, and the call goes to %s.", given, c.Options.URL),
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

// Keys implements [Screen].
func (v *Form) Keys() []shell.Binding {
	do := func(f func()) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) { f(); return nil, shell.None() }
	}
	move := func(n int) func() (tea.Cmd, shell.Nav) {
		return do(func() { all := len(v.stops()) + 1; v.FocusOn((v.focus + n + all) % all) })
	}
	if v.Asking != nil {
		return []shell.Binding{
			{Keys: []string{"y"}, Label: "send", Help: "send the credentials to this server, and diagnose the call", Do: v.answered(true)},
			{Keys: []string{"n"}, Label: "do not send", Help: "diagnose the call without sending them", Do: v.answered(false)},
			{Keys: []string{"esc"}, Label: "back", Help: "back to the form; nothing is sent", Do: do(func() { v.Asking = nil })},
		}
	}
	at := v.focused()
	var keys []shell.Binding
	switch {
	case v.focus == len(v.stops()):
		keys = append(keys, shell.Binding{Keys: []string{"enter"}, Label: "diagnose", Help: "make the call, and look where it is stopped; nothing is changed", Do: v.Start})
	case at.curl != nil:
		keys = append(keys, shell.Binding{Keys: []string{"enter"}, Help: "a line break in the command", Do: do(func() { v.Curl.Add("\n") })})
	default:
		keys = append(keys, shell.Binding{Keys: []string{"enter"}, Label: "next field", Help: "on to the next field", Do: move(1)})
	}
	keys = append(keys,
		shell.Binding{Keys: []string{"ctrl+r"}, Label: "diagnose", Help: "make the call now, from any field", Do: v.Start},
		shell.Binding{Keys: []string{"tab", "down"}, Label: "move", Help: "to the next field", Do: move(1)},
		shell.Binding{Keys: []string{"shift+tab", "up"}, Help: "to the one before", Do: move(-1)})
	if p := at.picker; p != nil {
		turn := func(n int) func() (tea.Cmd, shell.Nav) {
			return do(func() { p.Turn(n); v.Err = nil; v.FocusOn(v.focus) })
		}
		keys = append(keys,
			shell.Binding{Keys: []string{"right"}, Label: "other", Help: "the next choice", Do: turn(1)},
			shell.Binding{Keys: []string{"left"}, Help: "the choice before", Do: turn(-1)})
	}
	if at.curl != nil {
		keys = append(keys, shell.Binding{Keys: []string{"ctrl+u"}, Label: "clear", Help: "empty the field", Do: do(v.Curl.clear)})
	}
	return append(keys,
		shell.Binding{Keys: []string{"pgdown"}, Help: "scroll a page", Do: do(func() { v.text.Key("pgdown") })},
		shell.Binding{Keys: []string{"pgup"}, Help: "scroll a page back", Do: do(func() { v.text.Key("pgup") })},
		shell.Binding{Keys: []string{"esc"}, Label: "home", Help: "back to the home screen; secrets that were typed or pasted are forgotten", Do: v.home})
}

// home leaves, and forgets what is secret.
func (v *Form) home() (tea.Cmd, shell.Nav) {
	v.Curl.clear()
	fields := slices.Collect(maps.Values(v.Fields))
	for v.Login.Kind = range login.Kinds {
		fields = append(fields, v.Login.Fields()...)
	}
	for _, f := range fields {
		if f.Input.EchoMode == textinput.EchoPassword {
			f.Input.SetValue("")
		}
	}
	v.Diagnosis, v.Err = nil, nil
	v.FocusOn(0)
	return nil, shell.Open(shell.Route{To: shell.PlaceHome})
}

// Layout implements [shell.Screen].
func (v *Form) Layout(w, h int) shell.Frame {
	t := v.env.Theme
	head := []string{words.Fit(" "+t.Title.Render(v.env.T("Diagnose"))+"  "+t.Dim.Render(v.env.T("why a call fails, and the smallest fix")), w), t.Dim.Render(strings.Repeat(t.Glyphs.Rule, w))}
	h -= len(head)
	inner := w - 2
	if v.env.Work.Busy() {
		lines := v.env.ProgressLines(v.Diagnosis.Exchanges(), v.Diagnosis.url(), inner)
		v.text.Key("end")
		body := shell.Lines(v.text.Window(t, lines, inner, h-1))
		return shell.Page(head, body.WithLine(v.env.Progress(v.Diagnosis.url(), inner)))
	}
	if v.Asking != nil {
		risk, question := v.Asking.Options.Unnamed()
		lines := slices.Concat(t.Item("!", t.Warn, words.Line(v.env.Say(risk)), min(inner, 76)), t.Lines(t.Heading, words.Line(v.env.Say(question)), min(inner, 76)))
		return shell.Page(head, shell.Lines(v.text.Window(t, lines, inner, h)))
	}
	lines, starts, first, last := v.body(min(inner, 76))
	if v.moved {
		v.text.Follow(first, last, h-1)
		v.moved = false
	}
	body := shell.Lines(v.text.Window(t, lines, inner, h-1))
	body = body.WithRows(&v.text, starts, len(lines), func(i int) (tea.Cmd, shell.Nav) { v.FocusOn(i); return nil, shell.None() })
	return shell.Page(head, body.WithButton(t, v.Button(), inner))
}

// body are the lines of the form, where its stops start, and which of them have the focus.
func (v *Form) body(w int) (lines []string, starts []int, first, last int) {
	t := v.env.Theme
	add := func(more ...string) { lines = append(lines, more...) }
	if v.Err != nil {
		mask := func(text string) string { return text }
		var sent []wire.Exchange
		if v.Diagnosis != nil {
			mask, sent = v.Diagnosis.mask, v.Diagnosis.Exchanges()
		}
		message, hint := v.env.FailureInForm(v.Err)
		add(t.Item(t.Glyphs.Failed, t.Bad, mask(message), w)...)
		if hint != "" {
			add(t.Item(t.Glyphs.Arrow, t.Warn, hint, w)...)
		}
		if len(sent) > 0 {
			e := sent[len(sent)-1]
			add(t.Lines(t.Dim, v.env.T("The last request: %s %s, answered with %s", words.Line(e.Method), words.Path(e.URL), inspect.StopCode(e.Status)), w)...)
		}
		add("")
	}
	for i, st := range v.stops() {
		from := len(lines)
		starts = append(starts, from)
		here := i == v.focus
		switch {
		case st.field != nil:
			add(st.field.Lines(here, w)...)
		case st.curl != nil:
			add(st.curl.lines(t, here, w)...)
		default:
			add(st.picker.Lines(t, here, w)...)
		}
		if here {
			first, last = from, len(lines)-1
		}
	}
	if v.focus == len(v.stops()) {
		first, last = len(lines)-1, len(lines)-1
	}
	return lines, starts, first, last
}

// Button is what enter does on it.
func (v *Form) Button() *kit.Button {
	switch {
	case v.focus == len(v.stops()):
		return &kit.Button{Label: v.env.T("Diagnose"), Hint: v.env.T("  press enter")}
	}
	return &kit.Button{Label: v.env.T("Diagnose"), Hint: v.env.T("  ^R, or tab leads to it"), Unfocused: true}
}
