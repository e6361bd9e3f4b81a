package ui

import (
	"context"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/ui/inspect"
	"fix403/ui/kit"
	"fix403/ui/login"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// connectScreen is the form for a server of the user's own, in two stages: first the address, and what is found there; then
// who the admin is. Nothing but secrets has to be typed twice: the rest is remembered.
type connectScreen struct {
	env      *shell.Env
	stories  Stories
	remember string // the folder where it is kept what was typed
	forLab   bool

	stage   connectStage
	focus   int // over what stands in the stage; the last is the button
	url, ca *kit.Field
	login   *login.Form
	inPlain bool   // the user agreed to send a password over plain http
	forURL  string // the server that was found last: what was typed was typed for it

	found    flows.Found
	err      error // of the last call
	reached  bool  // by the address that is in the field
	wire     inspect.Wire
	showWire bool
	text     kit.Pager
	moved    bool  // the focus has moved and has to be brought into view
	starts   []int // the first lines of the stops, as drawn last, for clicks
}

// Stories are what the form begins one of.
type Stories interface {
	// Replace begins a story in place of one that never got a login.
	Replace(flows.Options) (*flows.Story, error)
	// OwnStory is the current story on a server of the user's own, nil for none.
	OwnStory() *flows.Story
}

type connectStage int

const (
	stageAddress connectStage = iota
	stageLogin
)

// Answers of the form's calls.
type (
	looked   struct{ found flows.Found }
	loggedIn struct{}
)

// newConnectScreen offers defaultURL where none was given or remembered.
func newConnectScreen(env *shell.Env, stories Stories, remember, defaultURL string) *connectScreen {
	t, last, o := env.Theme, login.Recall(remember), env.Defaults
	v := &connectScreen{env: env, stories: stories, remember: remember, wire: inspect.NewWire(), moved: true}
	v.url = kit.NewField(t, "Server URL", "such as http://localhost:8080 or https://sso.example.com/auth", login.FirstOf(o.URL, defaultURL, last.URL), false)
	v.url.Check = checkURL
	v.ca = kit.NewField(t, "Certificates to trust", "a PEM file, for a server whose certificate this machine does not know; else empty", login.FirstOf(o.TLS.CACert, last.CACert), false)
	v.ca.Optional, v.ca.Check = true, login.CheckFile
	v.login = login.NewForm(t, env.Now, o, last)
	v.focusOn(0)
	return v
}

// begin goes to the first stage; what was typed is kept.
func (v *connectScreen) begin(forLab bool) *connectScreen {
	v.forLab = forLab
	v.enterStage(stageAddress)
	return v
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

// fields are those of the stage, from top to bottom.
func (v *connectScreen) fields() []*kit.Field {
	if v.stage == stageAddress {
		return []*kit.Field{v.url, v.ca}
	}
	return v.login.Fields()
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

func (v *connectScreen) focused() *kit.Field {
	if i := v.focus - v.before(); i >= 0 && i < len(v.fields()) {
		return v.fields()[i]
	}
	return nil
}

func (v *connectScreen) focusOn(i int) {
	v.moved = true
	v.focus = max(0, min(i, v.button()))
	for _, f := range v.fields() {
		f.Input.Blur()
	}
	if f := v.focused(); f != nil {
		f.Input.Focus()
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
	i := slices.IndexFunc(v.fields(), func(f *kit.Field) bool { return f.Input.Value() == "" && !f.Given && !f.Optional })
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
		return v.wire.Typing()
	}
	return v.focused() != nil
}

// Update implements [Screen].
func (v *connectScreen) Update(msg tea.Msg) (tea.Cmd, shell.Nav) {
	switch msg := msg.(type) {
	case shell.Done:
		return v.done(msg)
	case tea.WindowSizeMsg:
		v.moved = true
	case tea.MouseMsg:
		v.scroll(kit.WheelKey(msg))
	case tea.KeyMsg:
		if v.showWire {
			v.wire.Find.Update(msg)
			return nil, shell.None()
		}
		if f := v.focused(); f != nil {
			before := f.Input.Value()
			f.Input, _ = f.Input.Update(msg)
			f.Wrong = ""
			if f == v.url || f == v.ca {
				v.reached = v.reached && before == f.Input.Value()
			}
		}
	}
	return nil, shell.None()
}

func (v *connectScreen) scroll(key string) {
	if v.showWire {
		v.wire.Key(key, len(v.exchanges()))
		return
	}
	v.text.Key(key)
}

// exchanges are those of the look, and of the last login.
func (v *connectScreen) exchanges() []keycloak.Exchange {
	all := slices.Clone(v.found.Exchanges)
	if story := v.stories.OwnStory(); v.stage == stageLogin && story != nil {
		all = append(all, story.Exchanges()...)
		for i := range all {
			all[i].ID = i + 1 // of two recorders
		}
	}
	return all
}

// take checks all fields of the stage, and goes to the first that is wrong.
func (v *connectScreen) take() bool {
	for i, f := range v.fields() {
		if !f.Accept() {
			v.focusOn(v.before() + i)
			return false
		}
	}
	return true
}

// options are those of a story at the address in the form.
func (v *connectScreen) options() flows.Options {
	o := v.env.Defaults
	o.Practice, o.As = false, ""
	o.URL, o.TLS.CACert = v.url.Input.Value(), v.ca.Input.Value()
	return o
}

// look asks the address for a Keycloak.
func (v *connectScreen) look() (tea.Cmd, shell.Nav) {
	if !v.take() {
		return nil, shell.None()
	}
	v.err, v.reached, v.found, v.inPlain = nil, false, flows.Found{}, false
	o := v.env.WithEvents(v.options())
	return v.env.Work.Start(flows.StepConnect, texts.T("Look for a Keycloak"), func(ctx context.Context) (any, error) {
		found, err := flows.Look(ctx, o)
		return looked{found}, err
	}), shell.None()
}

// logIn begins a story on the server that was found, and does its first step.
func (v *connectScreen) logIn() (tea.Cmd, shell.Nav) {
	if !v.take() {
		return nil, shell.None()
	}
	if !v.inPlain && flows.PlainHTTP(v.found.URL) != "" {
		v.inPlain = true
		v.focusOn(v.button())
		return nil, shell.Notify(texts.T("%s Press enter again.", kit.PlainHTTP))
	}
	v.err = nil
	o := v.options()
	o.URL, o.Credentials = v.found.URL, v.login.Credentials()
	story, err := v.stories.Replace(o)
	if err != nil {
		return nil, shell.NotifyError(err.Error())
	}
	return v.env.Work.Start(flows.StepConnect, texts.T("Log in"), func(ctx context.Context) (any, error) {
		_, err := story.Do(ctx, flows.StepConnect)
		return loggedIn{}, err
	}), shell.None()
}

// done takes the answer of one of the form's calls.
func (v *connectScreen) done(msg shell.Done) (tea.Cmd, shell.Nav) {
	v.wire.Selected, v.moved = -1, true
	v.text.Top()
	if answer, ok := msg.Answer.(looked); ok {
		v.found = answer.found
		if v.forURL != "" && !keycloak.SameHost(v.forURL, v.found.URL) {
			v.login.Forget()
		}
		v.forURL = v.found.URL
		v.login.GiveFor(v.found.URL)
	}
	if words.Canceled(msg.Err) {
		return nil, shell.Notify(texts.T("Cancelled. Enter does it again."))
	}
	if msg.Err != nil {
		v.failed(msg.Err)
		return nil, shell.None()
	}
	if _, ok := msg.Answer.(looked); ok {
		v.reached = true
		v.enterStage(stageLogin)
		return nil, shell.None()
	}
	nav := shell.Open(shell.Route{To: shell.PlaceStep, Step: flows.StepConnect})
	if v.forLab {
		nav = shell.Open(shell.Route{To: shell.PlaceLab})
	}
	if err := v.remembers().Save(v.remember); err != nil {
		nav = nav.WithNotice(texts.T("The address could not be remembered: %v", err))
	}
	v.login.Forget()
	return nil, nav
}

// failed goes to the field that most likely has to be changed.
func (v *connectScreen) failed(err error) {
	kind := keycloak.KindOf(err)
	if v.stage == stageLogin && (kind == keycloak.KindAdminRefused || kind == keycloak.KindNotFound || kind == keycloak.KindBadInput) {
		v.focusOn(v.before() + slices.Index(v.fields(), v.login.Secret()))
		v.login.Code.Input.SetValue("") // it counts only once
		if kind == keycloak.KindNotFound && v.login.Kind != login.Token {
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

func (v *connectScreen) remembers() login.Remembered {
	return login.Remembered{
		URL: v.found.URL, CACert: v.ca.Input.Value(), Login: login.IDs[v.login.Kind],
		Realm: v.login.Realm.Input.Value(), User: v.login.User.Input.Value(), ClientID: v.login.Client.Input.Value(),
	}
}
