package ui

import (
	"maps"
	"slices"
	"strings"

	"github.com/charmbracelet/bubbles/textinput"
	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows"
	"fix403/flows/doctor"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/ui/inspect"
	"fix403/ui/kit"
	"fix403/ui/login"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// diagnoseForm asks for the call that fails, in one of four ways.
type diagnoseForm struct {
	env     *shell.Env
	fixed   fixes
	way     kit.Picker
	curl    *curlField
	fields  map[string]*kit.Field
	admin   kit.Picker
	login   *login.Form // of the admin
	version kit.Picker  // of the practice server
	focus   int         // over the stops; the last is the button
	err     error
	checkup *checkup // begun here and not answered yet
	asking  *checkup // begun once it is said whether credentials go to its server
	text    kit.Pager
	moved   bool
	starts  []int
}

// The ways to name a call.
const (
	wayCurl = iota
	wayClient
	wayToken
	wayPractice
)

// stop is something in the form that can have the focus.
type stop struct {
	field  *kit.Field
	curl   *curlField
	picker *kit.Picker
}

func newDiagnoseForm(env *shell.Env, last login.Remembered) *diagnoseForm {
	t := env.Theme
	v := &diagnoseForm{env: env, curl: &curlField{}, login: login.NewForm(t, env.Now, env.Defaults, last), moved: true}
	v.way = kit.Picker{Label: texts.T("What fails?"), Names: texts.All([]texts.Text{"a curl command", "a client", "a token", "practice"})}
	v.admin = kit.Picker{Label: texts.T("An admin's eyes"), Names: append([]string{texts.T("none")}, texts.All(login.Names[:])...),
		Help: texts.T("With an admin's login the client's configuration is read too, and the fix can be applied. Nothing is changed without a confirmation.")}
	v.version = kit.Picker{Label: texts.T("Practice: a client without a role"), Names: flows.PracticeVersions(),
		Help: texts.T("A realm, a client and a user are made on a Keycloak inside this program, and the client's call is diagnosed there. This is the version that it answers as.")}
	v.version.At = max(0, slices.Index(v.version.Names, env.Defaults.As))
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
	field("token", words.AskToken, "", false, true)
	field("call", words.AskCall, "", true, false)
	field("user", words.AskUser, "", true, false)
	v.fields["url"].Check = func(value string) (string, error) { _, err := keycloak.NormalizeURL(value); return "", err }
	v.fields["issuer"].Check = v.fields["url"].Check
	v.focusOn(0)
	return v
}

// stops are the parts of the form, from top to bottom, without the button.
func (v *diagnoseForm) stops() []stop {
	out := []stop{{picker: &v.way}}
	add := func(names ...string) {
		for _, n := range names {
			out = append(out, stop{field: v.fields[n]})
		}
	}
	switch v.way.At {
	case wayCurl:
		out = append(out, stop{curl: v.curl})
		client, secret := v.curl.lacks()
		if client {
			add("curl-client")
		}
		if secret {
			add("curl-secret")
		}
	case wayClient:
		add("url", "realm", "client", "secret", "call", "user")
	case wayToken:
		add("token", "issuer", "call", "user")
	case wayPractice:
		return append(out, stop{picker: &v.version})
	}
	out = append(out, stop{picker: &v.admin})
	if v.admin.At > 0 {
		v.login.Kind = login.Kind(v.admin.At - 1)
		for _, f := range v.login.Fields() {
			out = append(out, stop{field: f})
		}
	}
	return out
}

func (v *diagnoseForm) focused() stop {
	if all := v.stops(); v.focus < len(all) {
		return all[v.focus]
	}
	return stop{}
}

func (v *diagnoseForm) focusOn(i int) {
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

func (v *diagnoseForm) Enter() tea.Cmd { return nil }
func (v *diagnoseForm) Leave()         { v.asking = nil }

// Fixes says what stands of the fixes, as text.
func (v *diagnoseForm) Fixes() string { return v.fixed.summary() }

// Typing implements [Screen].
func (v *diagnoseForm) Typing() bool {
	f := v.focused()
	return v.asking == nil && (f.field != nil || f.curl != nil)
}

// Pastes implements [pasting]: what is pasted onto the form is the command, or the token.
func (v *diagnoseForm) Pastes() bool {
	return v.asking == nil && v.way.At == wayCurl || v.way.At == wayToken
}

// Update implements [Screen].
func (v *diagnoseForm) Update(msg tea.Msg) (tea.Cmd, shell.Nav) {
	switch msg := msg.(type) {
	case shell.Done:
		return v.done(msg)
	case tea.WindowSizeMsg:
		v.moved = true
	case tea.MouseMsg:
		v.text.Key(kit.WheelKey(msg))
	case tea.KeyMsg:
		if v.asking != nil {
			break
		}
		if msg.Paste && !v.Typing() {
			v.focusOn(1)
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
func (v *diagnoseForm) done(msg shell.Done) (tea.Cmd, shell.Nav) {
	answer, ok := msg.Answer.(diagnosed)
	if !ok || answer.c != v.checkup {
		return nil, shell.None()
	}
	v.moved = true
	v.text.Top()
	v.err = msg.Err
	if words.Canceled(msg.Err) {
		v.err, v.checkup = nil, nil
		return nil, shell.Notify(texts.T("Cancelled. There is no diagnosis."))
	}
	if msg.Err != nil {
		v.focusOn(len(v.stops()))
		return nil, shell.None()
	}
	answer.c.took(msg, answer)
	return nil, shell.GoTo(newDiagnosisScreen(answer.c, v))
}

// start takes the form, and begins.
func (v *diagnoseForm) start() (tea.Cmd, shell.Nav) {
	v.err = nil
	for i, st := range v.stops() {
		if st.field != nil && !st.field.Accept() {
			v.focusOn(i)
			return nil, shell.None()
		}
		if st.curl != nil && st.curl.err != nil || st.curl != nil && len(st.curl.text) == 0 {
			v.focusOn(i)
			return nil, shell.NotifyError(texts.T("Paste a curl command first."))
		}
	}
	c, err := v.asked()
	if err != nil {
		v.err, v.moved = err, true
		v.text.Top()
		return nil, shell.None()
	}
	if _, question := c.options.Unnamed(); question != "" {
		v.asking = c
		v.text.Top()
		return nil, shell.None()
	}
	return v.begin(c)
}

// answered begins what was asked about, with the credentials or without.
func (v *diagnoseForm) answered(send bool) func() (tea.Cmd, shell.Nav) {
	return func() (tea.Cmd, shell.Nav) {
		c := v.asking
		v.asking = nil
		if send {
			c.options.Confirm()
			if err := c.prepare(c.options); err != nil {
				v.err = err
				return nil, shell.None()
			}
		}
		return v.begin(c)
	}
}

func (v *diagnoseForm) begin(c *checkup) (tea.Cmd, shell.Nav) {
	v.checkup = c
	cmd := c.begin(deedDiagnose)
	v.err = c.err
	v.text.Top()
	return cmd, shell.None()
}

// asked is what the form asks about.
func (v *diagnoseForm) asked() (*checkup, error) {
	if v.way.At == wayPractice {
		return newPractice(v.env, v.version.Names[v.version.At]), nil
	}
	value := func(name string) string { return strings.TrimSpace(v.fields[name].Input.Value()) }
	secret := func(name string) keycloak.Secret { return keycloak.NewSecret(v.fields[name].Input.Value()) }
	var q doctor.Question
	switch v.way.At {
	case wayCurl:
		q = doctor.Question{Curl: string(v.curl.text)}
		lacksClient, lacksSecret := v.curl.lacks()
		if lacksClient {
			q.ClientID = value("curl-client")
		}
		if lacksSecret {
			q.Secret = secret("curl-secret")
		}
	case wayClient:
		q = doctor.Question{URL: value("url"), Realm: value("realm"), ClientID: value("client"), Secret: secret("secret"), Call: value("call"), UserID: value("user")}
	case wayToken:
		q = doctor.Question{Token: keycloak.NewSecret(pastedToken(v.fields["token"].Input.Value())), URL: value("issuer"), Call: value("call"), UserID: value("user")}
	}
	var admin *keycloak.Credentials
	if v.admin.At > 0 {
		c := v.login.Credentials()
		admin = &c
	}
	c, err := newCheckup(v.env, q, admin)
	if err != nil || admin == nil {
		return c, err
	}
	f := v.login.Secret()
	if given := v.env.Defaults.URL; given != "" && f.Given && f.Input.Value() == "" && !keycloak.SameHost(given, c.options.URL) {
		return nil, &flows.CheckError{Kind: "bad-input", Message: msg.New("The admin's login that was given when the program started is for %s, and the call goes to %s.", given, c.options.URL),
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
func (v *diagnoseForm) Keys() []shell.Binding {
	do := func(f func()) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) { f(); return nil, shell.None() }
	}
	move := func(n int) func() (tea.Cmd, shell.Nav) {
		return do(func() { all := len(v.stops()) + 1; v.focusOn((v.focus + n + all) % all) })
	}
	if v.asking != nil {
		return []shell.Binding{
			{Keys: []string{"y"}, Label: "send", Help: "send the credentials to this server, and diagnose the call", Do: v.answered(true)},
			{Keys: []string{"n"}, Label: "do not send", Help: "diagnose the call without sending them", Do: v.answered(false)},
			{Keys: []string{"esc"}, Label: "back", Help: "back to the form; nothing is sent", Do: do(func() { v.asking = nil })},
		}
	}
	at := v.focused()
	var keys []shell.Binding
	switch {
	case v.focus == len(v.stops()):
		keys = append(keys, shell.Binding{Keys: []string{"enter"}, Label: "diagnose", Help: "make the call, and look where it is stopped; nothing is changed", Do: v.start})
	case at.curl != nil:
		keys = append(keys, shell.Binding{Keys: []string{"enter"}, Help: "a line break in the command", Do: do(func() { v.curl.add("\n") })})
	default:
		keys = append(keys, shell.Binding{Keys: []string{"enter"}, Label: "next field", Help: "on to the next field", Do: move(1)})
	}
	keys = append(keys,
		shell.Binding{Keys: []string{"ctrl+r"}, Label: "diagnose", Help: "make the call now, from any field", Do: v.start},
		shell.Binding{Keys: []string{"tab", "down"}, Label: "move", Help: "to the next field", Do: move(1)},
		shell.Binding{Keys: []string{"shift+tab", "up"}, Help: "to the one before", Do: move(-1)})
	if p := at.picker; p != nil {
		turn := func(n int) func() (tea.Cmd, shell.Nav) {
			return do(func() { p.At, v.err = (p.At+n+len(p.Names))%len(p.Names), nil; v.focusOn(v.focus) })
		}
		keys = append(keys,
			shell.Binding{Keys: []string{"right"}, Label: "other", Help: "the next choice", Do: turn(1)},
			shell.Binding{Keys: []string{"left"}, Help: "the choice before", Do: turn(-1)})
	}
	if at.curl != nil {
		keys = append(keys, shell.Binding{Keys: []string{"ctrl+u"}, Label: "clear", Help: "empty the field", Do: do(v.curl.clear)})
	}
	return append(keys,
		shell.Binding{Keys: []string{"pgdown"}, Help: "scroll a page", Do: do(func() { v.text.Key("pgdown") })},
		shell.Binding{Keys: []string{"pgup"}, Help: "scroll a page back", Do: do(func() { v.text.Key("pgup") })},
		shell.Binding{Keys: []string{"esc"}, Label: "home", Help: "back to the home screen; secrets that were typed or pasted are forgotten", Do: v.home})
}

// home leaves, and forgets what is secret.
func (v *diagnoseForm) home() (tea.Cmd, shell.Nav) {
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
	v.checkup, v.err = nil, nil
	v.focusOn(0)
	return nil, shell.Open(shell.Route{To: shell.PlaceHome})
}

// View implements [Screen].
func (v *diagnoseForm) View(w, h int) string {
	t := v.env.Theme
	head := []string{words.Fit(" "+t.Title.Render(texts.T("Diagnose"))+"  "+t.Dim.Render(texts.T("why a call fails, and the smallest fix")), w), t.Dim.Render(strings.Repeat(t.Glyphs.Rule, w))}
	h -= len(head)
	inner := w - 2
	if v.env.Work.Busy() {
		lines := v.env.ProgressLines(v.checkup.exchanges(), v.checkup.url(), inner)
		v.text.Key("end")
		body := v.text.Window(t, lines, inner, h-1)
		return kit.Page(head, append(body, v.env.Progress(v.checkup.url(), inner)))
	}
	if v.asking != nil {
		risk, question := v.asking.options.Unnamed()
		lines := slices.Concat(t.Item("!", t.Warn, words.Line(risk), min(inner, 76)), t.Lines(t.Heading, words.Line(question), min(inner, 76)))
		return kit.Page(head, v.text.Window(t, lines, inner, h))
	}
	lines, first, last := v.body(min(inner, 76))
	if v.moved {
		v.text.Follow(first, last, h-1)
		v.moved = false
	}
	body := v.text.Window(t, lines, inner, h-1)
	return kit.Page(head, append(body, v.button(inner)))
}

func (v *diagnoseForm) body(w int) (lines []string, first, last int) {
	t := v.env.Theme
	add := func(more ...string) { lines = append(lines, more...) }
	if v.err != nil {
		mask := func(text string) string { return text }
		var sent []keycloak.Exchange
		if v.checkup != nil {
			mask, sent = v.checkup.mask, v.checkup.exchanges()
		}
		message, hint := words.Failure(v.err)
		add(t.Item(t.Glyphs.Failed, t.Bad, mask(words.InForm(message)), w)...)
		if hint != "" {
			add(t.Item(t.Glyphs.Arrow, t.Warn, words.InForm(hint), w)...)
		}
		if len(sent) > 0 {
			e := sent[len(sent)-1]
			add(t.Lines(t.Dim, texts.T("The last request: %s %s, answered with %s", words.Line(e.Method), words.Path(e.URL), inspect.StopCode(e.Status)), w)...)
		}
		add("")
	}
	v.starts = nil
	for i, st := range v.stops() {
		from := len(lines)
		v.starts = append(v.starts, from)
		here := i == v.focus
		switch {
		case st.field != nil:
			add(st.field.Lines(t, here, w)...)
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
	return lines, first, last
}

func (v *diagnoseForm) button(w int) string {
	t := v.env.Theme
	if v.focus == len(v.stops()) {
		return words.Fit(t.Accent.Render(t.Glyphs.Point)+" "+t.Button.Render("[ "+texts.T("Diagnose")+" ]")+t.Dim.Render(texts.T("  press enter")), w)
	}
	return words.Fit("  [ "+texts.T("Diagnose")+" ]"+t.Dim.Render(texts.T("  ^R, or tab leads to it")), w)
}

// Click puts the focus on what was clicked.
func (v *diagnoseForm) Click(_, y int) (tea.Cmd, shell.Nav) {
	const head = 2
	if at := kit.LastStart(v.starts, y-head+v.text.Offset); at >= 0 {
		v.focusOn(at)
	}
	return nil, shell.None()
}
