// Package connect is the form for a server of the user's own.
package connect

import (
	"context"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/risk"
	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
	"fix403/ui/inspect"
	"fix403/ui/kit"
	"fix403/ui/login"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// Screen is the form for a server of the user's own, in two stages: first the address, and what is found there; then
// who the admin is. Nothing but secrets has to be typed twice: the rest is remembered.
type Screen struct {
	env      *shell.Env
	stories  Stories
	remember string // the folder where it is kept what was typed
	forLab   bool

	stage   stage
	form    kit.Form // of what stands in the stage
	url, ca *kit.Field
	login   *login.Form
	choice  kit.Picker // of the ways to log in
	inPlain bool       // the user agreed to send secrets over plain http
	forURL  string     // the server that was found last: what was typed was typed for it

	found    story.Found
	err      error // of the last call
	reached  bool  // by the address that is in the field
	wire     inspect.Wire
	showWire bool
	text     kit.Pager
}

// Stories are what the form begins one of.
type Stories interface {
	// Replace begins a story in place of one that never got a login.
	Replace(story.Options) (*story.Story, error)
	// OwnStory is the current story on a server of the user's own, nil for none.
	OwnStory() *story.Story
}

type stage int

// The stages.
const (
	stageAddress stage = iota
	stageLogin
)

// Answers of the form's calls.
type (
	looked   struct{ found story.Found }
	loggedIn struct{}
)

// New offers defaultURL where none was given or remembered.
func New(env *shell.Env, stories Stories, remember, defaultURL string) *Screen {
	t, last, o := env.Theme, login.Recall(remember), env.Defaults
	v := &Screen{env: env, stories: stories, remember: remember, wire: inspect.NewWire()}
	v.form.Parts = v.parts
	v.form.Gap = func(p kit.Part) bool { return p == &v.choice }
	v.url = kit.NewField(t, "Server URL", "for example http://localhost:8080 or https://sso.example.com/auth", login.FirstOf(o.URL, defaultURL, last.URL), false)
	v.url.Check = checkURL
	v.ca = kit.NewField(t, "CA certificate (optional)", "a PEM file, needed only if this machine does not trust the server", login.FirstOf(o.TLS.CACert, last.CACert), false)
	v.ca.Optional, v.ca.Check = true, login.CheckFile
	v.login = login.NewForm(t, env.Now, o, last)
	v.choice = kit.Picker{Label: env.T("Log in with"), Names: env.All(login.Names[:]), At: int(v.login.Kind), Help: env.T("← and → choose")}
	v.form.Focus(0)
	return v
}

// Begin goes to the first stage; what was typed is kept.
func (v *Screen) Begin(forLab bool) *Screen {
	v.forLab = forLab
	v.enterStage(stageAddress)
	return v
}

func checkURL(value string) (msg.Message, error) {
	base, err := wire.NormalizeURL(value)
	if err != nil {
		return msg.Message{}, err
	}
	also := texts.Text("with /auth")
	if strings.HasSuffix(base, "/auth") {
		also = "without /auth"
	}
	return msg.New("checks %s, then the same %s", words.Line(base), also), nil
}

// parts are those of the stage, from top to bottom.
func (v *Screen) parts() []kit.Part {
	if v.stage == stageAddress {
		return []kit.Part{v.url, v.ca}
	}
	parts := []kit.Part{&v.choice}
	for _, f := range v.login.Fields() {
		parts = append(parts, f)
	}
	return parts
}

// choosing reports whether the choice of the login has the focus. It stands before the fields.
func (v *Screen) choosing() bool { return v.form.Focused() == &v.choice }

// focused is the field that has the focus; nil for none.
func (v *Screen) focused() *kit.Field { return v.form.Field() }

// enterStage goes to a stage, at the first field that is still needed.
func (v *Screen) enterStage(stage stage) {
	v.stage, v.err = stage, nil
	if stage == stageAddress {
		v.form.Focus(0)
		return
	}
	v.form.FocusEmpty()
}

// Enter implements [shell.Screen].
func (v *Screen) Enter() tea.Cmd { return nil }

// Leave implements [shell.Screen].
func (v *Screen) Leave() { v.showWire = false }

// Typing implements [shell.Screen].
func (v *Screen) Typing() bool {
	if v.showWire {
		return v.wire.Typing()
	}
	return v.form.Field() != nil
}

// Update implements [shell.Screen].
func (v *Screen) Update(msg tea.Msg) (tea.Cmd, shell.Nav) {
	switch msg := msg.(type) {
	case shell.Done:
		return v.done(msg)
	case tea.WindowSizeMsg:
		v.form.Show()
	case tea.MouseMsg:
		v.scroll(kit.WheelKey(msg))
	case tea.KeyMsg:
		if v.showWire {
			v.wire.Find.Update(msg)
			return nil, shell.None()
		}
		before := v.url.Input.Value() + "\n" + v.ca.Input.Value()
		v.form.Type(msg)
		v.reached = v.reached && before == v.url.Input.Value()+"\n"+v.ca.Input.Value()
	}
	return nil, shell.None()
}

func (v *Screen) scroll(key string) {
	if v.showWire {
		v.wire.Key(key, len(v.exchanges()))
		return
	}
	v.text.Key(key)
}

// exchanges are those of the look, and of the last login.
func (v *Screen) exchanges() []wire.Exchange {
	all := slices.Clone(v.found.Exchanges)
	if story := v.stories.OwnStory(); v.stage == stageLogin && story != nil {
		all = append(all, story.Exchanges()...)
		for i := range all {
			all[i].ID = i + 1 // of two recorders
		}
	}
	return all
}

// options are those of a story at the address in the form.
func (v *Screen) options() story.Options {
	o := v.env.Defaults
	o.Practice, o.As = false, ""
	o.URL, o.TLS.CACert = v.url.Input.Value(), v.ca.Input.Value()
	return o
}

// look asks the address for a Keycloak.
func (v *Screen) look() (tea.Cmd, shell.Nav) {
	if !v.form.Accept() {
		return nil, shell.None()
	}
	v.err, v.reached, v.found, v.inPlain = nil, false, story.Found{}, false
	o := v.env.WithEvents(v.options())
	return v.env.Work.Start(story.StepConnect, v.env.T("Look for a Keycloak"), func(ctx context.Context) (any, error) {
		found, err := story.Look(ctx, o)
		return looked{found}, err
	}), shell.None()
}

// logIn begins a story on the server that was found, and does its first step.
func (v *Screen) logIn() (tea.Cmd, shell.Nav) {
	if !v.form.Accept() {
		return nil, shell.None()
	}
	if !v.inPlain && !risk.PlainHTTP(v.found.URL).Empty() {
		v.form.FocusButton()
		return nil, shell.Ask(&shell.Dialog{Dialog: kit.PlainHTTP(v.env.Theme), Yes: func() (tea.Cmd, shell.Nav) {
			v.inPlain = true
			return v.logIn()
		}})
	}
	v.err = nil
	o := v.options()
	o.URL, o.Credentials = v.found.URL, v.login.Credentials()
	s, err := v.stories.Replace(o)
	if err != nil {
		return nil, shell.NotifyError(v.env.Error(err))
	}
	return v.env.Work.Start(story.StepConnect, v.env.T("Log in"), func(ctx context.Context) (any, error) {
		_, err := s.Do(ctx, story.StepConnect)
		return loggedIn{}, err
	}), shell.None()
}

// done takes the answer of one of the form's calls.
func (v *Screen) done(msg shell.Done) (tea.Cmd, shell.Nav) {
	v.wire.Selected = -1
	v.form.Show()
	v.text.Top()
	if answer, ok := msg.Answer.(looked); ok {
		v.found = answer.found
		if v.forURL != "" && !wire.SameHost(v.forURL, v.found.URL) {
			v.login.Forget()
		}
		v.forURL = v.found.URL
		v.login.GiveFor(v.found.URL)
	}
	if words.Canceled(msg.Err) {
		return nil, shell.Notify(v.env.T("Cancelled. Enter does it again."))
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
	nav := shell.Open(shell.Route{To: "step", Step: story.StepConnect})
	if v.forLab {
		nav = shell.Open(shell.Route{To: "lab"})
	}
	if err := v.remembers().Save(v.remember); err != nil {
		nav = nav.WithNotice(v.env.T("The address could not be remembered: %v", err))
	}
	v.login.Forget()
	return nil, nav
}

// failed goes to the field that most likely has to be changed.
func (v *Screen) failed(err error) {
	kind := failure.KindOf(err)
	if v.stage == stageLogin && (kind == failure.AdminRefused || kind == failure.NotFound || kind == failure.BadInput) {
		v.form.FocusOn(v.login.Secret())
		v.login.Code.Input.SetValue("") // it counts only once
		if kind == failure.NotFound && v.login.Kind != login.Token {
			v.form.FocusOn(v.login.Realm)
		}
	} else if kind == failure.TLS {
		v.stage = stageAddress
		v.form.FocusOn(v.ca)
	} else {
		v.form.FocusButton()
		if v.stage == stageAddress {
			v.form.Focus(0)
		}
	}
	v.err = err
}

func (v *Screen) remembers() login.Remembered {
	return login.Remembered{
		URL: v.found.URL, CACert: v.ca.Input.Value(), Login: login.IDs[v.login.Kind],
		Realm: v.login.Realm.Input.Value(), User: v.login.User.Input.Value(), ClientID: v.login.Client.Input.Value(),
	}
}
