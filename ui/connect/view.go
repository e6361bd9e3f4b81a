package connect

import (
	"net/url"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/texts"
	"fix403/keycloak/failure"
	"fix403/keycloak/wire"
	"fix403/ui/inspect"
	"fix403/ui/kit"
	"fix403/ui/login"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// Keys implements [shell.Screen].
func (v *Screen) Keys() []shell.Binding {
	if v.showWire {
		return v.wire.Keys(inspect.Source{Env: v.env, Here: v.exchanges, Run: v.exchanges}, v.toggleWire)
	}
	move := func(n int) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) { v.form.Move(n); return nil, shell.None() }
	}
	choose := func(n int) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) {
			v.choice.Turn(n)
			v.login.Kind = login.Kind(v.choice.At)
			v.err = nil
			v.form.Focus(0)
			return nil, shell.None()
		}
	}
	scrolls := func(key string) func() (tea.Cmd, shell.Nav) {
		return func() (tea.Cmd, shell.Nav) { v.scroll(key); return nil, shell.None() }
	}
	label, help := texts.Text("check"), texts.Text("check whether a Keycloak responds at this address")
	if v.stage == stageLogin {
		label, help = "log in", "log in as admin; in a field, go to the next"
		if v.focused() != nil && !v.lastNeeded() || v.choosing() {
			label = "next field"
		}
	}
	keys := []shell.Binding{
		{Keys: []string{"enter"}, Label: label, Help: help, Do: v.enter},
		{Keys: []string{"tab", "down"}, Label: "move", Help: "to the next field", Do: move(1)},
		{Keys: []string{"shift+tab", "up"}, Help: "to the previous field", Do: move(-1)},
	}
	if v.choosing() {
		keys = append(keys,
			shell.Binding{Keys: []string{"right"}, Label: "other login", Help: "another way to log in: user and password, client and secret, access token", Do: choose(1)},
			shell.Binding{Keys: []string{"left"}, Help: "the previous way", Do: choose(-1)})
	}
	keys = append(keys, shell.Binding{Keys: []string{"f3", "w"}, Label: "wire", Help: "requests and responses so far", Disabled: v.silent, Do: v.toggleWire})
	keys = append(keys, shell.PageKeys("", scrolls)...)
	return append(keys, shell.Binding{Keys: []string{"esc"}, Label: "back", Help: "back to the address, then to the home screen; your input is kept", Do: v.back})
}

func (v *Screen) silent() string {
	if len(v.exchanges()) == 0 {
		return v.env.T("Nothing has been sent yet.")
	}
	return ""
}

func (v *Screen) toggleWire() (tea.Cmd, shell.Nav) {
	v.showWire = !v.showWire
	return nil, shell.None()
}

func (v *Screen) back() (tea.Cmd, shell.Nav) {
	if v.stage == stageLogin {
		v.enterStage(stageAddress)
		return nil, shell.None()
	}
	return nil, shell.Open(shell.Route{To: shell.Home})
}

// enter goes from field to field, and from the last one on.
func (v *Screen) enter() (tea.Cmd, shell.Nav) {
	if v.stage == stageAddress {
		return v.look()
	}
	if f := v.focused(); f != nil && !f.Accept() {
		return nil, shell.None()
	}
	switch {
	case v.choosing():
		v.form.Move(1)
		return nil, shell.None()
	case v.focused() != nil && !v.lastNeeded():
		v.form.Move(1)
		return nil, shell.None()
	}
	return v.logIn()
}

// lastNeeded reports whether the focus is on the secret, or on what may be empty behind it.
func (v *Screen) lastNeeded() bool {
	return v.focused() == v.login.Secret() || v.focused() == v.login.Code
}

// Layout implements [shell.Screen].
func (v *Screen) Layout(w, h int) *shell.Frame {
	t := v.env.Theme
	title, where := v.env.T("Connect to your Keycloak"), v.env.T("1 of 2: address")
	if v.stage == stageLogin {
		where = v.env.T("2 of 2: admin login")
	}
	if v.forLab {
		title = v.env.T("Lab: connect to your Keycloak")
	}
	title += "  " + where
	w -= 2 * kit.Margin
	head := []string{""}
	h -= len(head)
	inner, room := w-kit.PanelWide, h-kit.PanelHigh
	framed := func(body *shell.Frame, h int) *shell.Frame { return shell.Framed(t, title, body, w, h) }
	if v.showWire {
		return shell.Page(head, framed(v.wire.Layout(t, v.exchanges(), &v.env.Reveal, inner, room), h))
	}
	laid := v.body(min(inner, kit.BookColumn), room-1)
	v.form.Follow(&v.text, laid, room-1)
	body := shell.Lines(v.text.Window(t, laid.Lines, inner, room-1))
	if v.env.Work.Busy() {
		return shell.Page(head, framed(body, h-1).WithLine(v.env.Progress(v.url.Input.Value(), w)))
	}
	return shell.Page(head, framed(body.WithForm(&v.form, laid, &v.text), h-1).WithButton(t, v.button(), w))
}

// body is the form, below what was found or what went wrong.
func (v *Screen) body(w, h int) kit.Laid {
	t := v.env.Theme
	if v.env.Work.Busy() {
		return kit.Laid{Lines: v.env.ProgressLines(v.exchanges(), v.url.Input.Value(), w)}
	}
	var above []string
	add := func(more ...string) { above = append(above, more...) }
	switch {
	case v.err != nil:
		add(v.failure(h, w)...)
		if next := nextStep(v.err, v.stage); next != "" {
			add(t.Item(t.Glyphs.Arrow, t.Warn, t.T(next), w)...)
		}
	case v.stage == stageAddress:
		add(t.Lines(t.Plain, t.T("Enter your server's address. It is checked first, without credentials."), w)...)
		if v.forLab {
			add(t.Lines(t.Warn, t.T("The lab creates one scratch realm on this server and removes it when you leave. Nothing else is changed."), w)...)
		}
	default:
		add(v.foundLines(w)...)
	}
	return v.form.Layout(t, append(above, ""), w)
}

// failure is what went wrong; with the gates where that leaves room for the fields.
func (v *Screen) failure(h, w int) []string {
	t := v.env.Theme
	if v.stage == stageAddress || h > 24 {
		return inspect.FailureLines(t, v.err, v.mask, nil, v.exchanges(), w)
	}
	message, hint := v.env.Failure(v.err)
	out := t.Item(t.Glyphs.Failed, t.Bad, v.mask(message), w)
	if hint != "" {
		out = append(out, t.Item(t.Glyphs.Arrow, t.Warn, hint, w)...)
	}
	return out
}

func (v *Screen) mask(text string) string {
	if story := v.stories.OwnStory(); story != nil {
		return story.Mask(text)
	}
	return text
}

// foundLines are what was found at the address.
func (v *Screen) foundLines(w int) []string {
	t := v.env.Theme
	out := t.Item(t.Glyphs.Done, t.Good, v.env.T("Keycloak found at %s.", words.Line(v.found.URL)), w)
	row := func(name, text string) {
		for i, line := range words.Wrap(text, w-13) {
			if i > 0 {
				name = ""
			}
			out = append(out, "  "+t.Dim.Render(words.Pad(name, 11))+line)
		}
	}
	base, tls := v.env.T("none"), ""
	u, err := url.Parse(v.found.URL)
	if err != nil {
		return out
	}
	if u.Path != "" {
		base = words.Line(u.Path)
	}
	if asked, err := wire.NormalizeURL(v.url.Input.Value()); err == nil && asked != v.found.URL {
		base += v.env.T("; nothing found at %s", words.Line(asked))
	}
	switch {
	case u.Scheme == "http" && wire.IsLoopback(u.Hostname()):
		tls = v.env.T("not used: the server is on this machine")
	case u.Scheme == "http":
		tls = v.env.T("NONE: secrets are sent in clear text, for anyone on the way to read")
	case v.env.Defaults.TLS.Insecure:
		tls = v.env.T("yes, but the certificate is NOT CHECKED (--insecure)")
	case v.ca.Input.Value() != "":
		tls = v.env.T("yes; certificate verified with %s", words.Line(v.ca.Input.Value()))
	default:
		tls = v.env.T("yes; certificate trusted by this machine")
	}
	row(v.env.T("base path"), base)
	row("TLS", tls)
	row(v.env.T("version"), v.env.T("shown after login, if the admin can view it"))
	return out
}

// nextStep is what the form itself has to offer after a failure.
func nextStep(err error, stage stage) texts.Text {
	switch failure.KindOf(err) {
	case failure.TLS:
		return "Or enter the CA's certificate file below."
	case failure.NotFound:
		if stage == stageLogin {
			return "Check the realm's name below: it is case sensitive."
		}
	case failure.Unreachable, failure.Timeout:
		return "No Keycloak at hand? esc goes home, where Practice needs none; fix403 up starts a real one."
	case failure.BadInput, failure.Redirected, failure.NotKeycloak, failure.HTTPSRequired, failure.Canceled,
		failure.AdminRefused, failure.ClientRefused, failure.Conflict, failure.Rejected, failure.ServerError, failure.UnexpectedAnswer:
	}
	return ""
}

func (v *Screen) button() *kit.Button {
	label := v.env.T("Check the address")
	if v.stage == stageLogin {
		label = v.env.T("Log in")
	}
	if v.err != nil {
		label = v.env.T("%s again", label)
	}
	b := &kit.Button{Label: label, Hint: v.env.T("  press Tab to reach it"), Unfocused: !v.form.OnButton()}
	if v.form.OnButton() || v.stage == stageAddress || v.lastNeeded() { // where enter does it
		b.Hint = v.env.T("  press enter")
	}
	return b
}
