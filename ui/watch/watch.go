// Package watch shows what a program calls of a Keycloak: a proxy before the server, its calls as they come, and the roles that they take.
package watch

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/gate"
	"fix403/flows/watch"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
	"fix403/ui/kit"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// Screen asks for a server, and then shows what goes through the proxy before it. The proxy listens until it is stopped here, or the program ends.
type Screen struct {
	env      *shell.Env
	versions func() map[string]string // of servers that are known, by their addresses

	url, ca, port *kit.Field
	form          kit.Form
	text          kit.Pager
	err           error

	session *watch.Session // nil: the form is shown
	list    kit.List
	laid    int   // the row that was marked when it was laid out
	numbers []int // of the calls in the rows that were laid out
	held    int   // number of an older call that is marked: newer ones do not move the mark; 0 for the newest
	refused bool  // only calls that were refused, or hide something
	drawn   atomic.Bool
}

// began and ended are the answers of what takes a moment.
type (
	began struct {
		of      *Screen
		session *watch.Session // nil where it failed
	}
	ended struct{}
)

// Note implements [shell.Noted]: what listens is known, whether or not the answer is waited for.
func (b began) Note() {
	if v := b.of; b.session != nil {
		v.session, v.refused, v.list, v.laid, v.numbers, v.held = b.session, false, kit.List{}, 0, nil, 0
	}
}

// New makes the screen. The address is what the form begins with.
func New(env *shell.Env, address string, versions func() map[string]string) *Screen {
	t := env.Theme
	v := &Screen{env: env, versions: versions}
	v.url = kit.NewField(t, words.AskURL.Label, words.AskURL.Help, address, false)
	v.url.Check = func(value string) (msg.Message, error) {
		_, err := wire.NormalizeURL(value)
		return msg.Message{}, err
	}
	v.ca = kit.NewField(t, "CA certificate (optional)", "a PEM file, needed only if this machine does not trust the server", env.Defaults.TLS.CACert, false)
	v.ca.Optional = true
	v.port = kit.NewField(t, "Port", "of this machine, for your program to call; 0 picks a free one", strconv.Itoa(watch.DefaultPort), false)
	v.port.Check = func(value string) (msg.Message, error) {
		const most = 65535
		if n, err := strconv.Atoi(value); err != nil || n < 0 || n > most {
			return msg.Message{}, portError{}
		}
		return msg.Message{}, nil
	}
	v.form.Parts = func() []kit.Part { return []kit.Part{v.url, v.ca, v.port} }
	v.form.FocusEmpty()
	return v
}

type portError struct{}

func (e portError) Error() string { return e.Sentence().String() }

// Sentence says what is wrong.
func (portError) Sentence() msg.Message { return msg.New("A port is a number from 0 to 65535.") }

// Enter implements [shell.Screen].
func (v *Screen) Enter() tea.Cmd { return nil }

// Leave implements [shell.Screen]. The proxy goes on: a program may be calling it.
func (v *Screen) Leave() {}

// Typing implements [shell.Screen].
func (v *Screen) Typing() bool { return v.session == nil && v.form.Field() != nil }

// Where implements [shell.Located].
func (v *Screen) Where() string {
	if v.session == nil {
		return ""
	}
	return words.Line(kit.Host(v.session.Server))
}

// Update implements [shell.Screen].
func (v *Screen) Update(m tea.Msg) (tea.Cmd, shell.Nav) {
	switch m := m.(type) {
	case shell.Done:
		return nil, v.done(m)
	case tea.WindowSizeMsg:
		v.form.Show()
	case tea.MouseMsg:
		if v.session == nil {
			v.text.Key(kit.WheelKey(m))
		} else {
			v.list.Wheel(m, len(v.numbers))
		}
	case tea.KeyMsg:
		if v.session == nil {
			v.form.Type(m)
		}
	}
	return nil, shell.None()
}

func (v *Screen) done(m shell.Done) shell.Nav {
	switch m.Answer.(type) {
	case began:
		v.err = m.Err
		v.text.Top()
		if words.Canceled(m.Err) {
			v.err = nil
			return shell.Notify(v.env.T("Cancelled. Nothing listens."))
		}
	case ended:
		return shell.Notify(v.env.T("Stopped. Nothing listens any more; what was seen stays here."))
	}
	return shell.None()
}

// start looks whether there is a Keycloak, and begins to listen.
func (v *Screen) start() (tea.Cmd, shell.Nav) {
	v.err = nil
	if !v.form.Accept() {
		return nil, shell.None()
	}
	value := func(f *kit.Field) string { return strings.TrimSpace(f.Input.Value()) }
	place := watch.Place{URL: value(v.url), Port: value(v.port), TLS: v.env.Defaults.TLS, Timeout: v.env.Defaults.Timeout, Versions: v.versions()}
	place.TLS.CACert = value(v.ca)
	if place.Port == strconv.Itoa(watch.DefaultPort) {
		place.Port = "" // nobody chose it
	}
	news := func() {
		if v.drawn.Swap(false) { // else what is not drawn yet is drawn with this one
			v.env.Redraw()
		}
	}
	return v.env.Work.Start("", v.env.T("Looking for a Keycloak at %s", place.URL), func(ctx context.Context) (any, error) {
		s, err := watch.Begin(ctx, v.env.Work.Context(), place, news)
		return began{v, s}, err
	}), shell.None()
}

// stop asks, and stops listening.
func (v *Screen) stop() (tea.Cmd, shell.Nav) {
	d := kit.Dialog{Ask: v.env.T("Stop listening at %s?", v.session.Address), Then: v.env.T("A program that still calls this address gets no response. What was seen stays here.")}
	return nil, shell.Ask(&shell.Dialog{Dialog: d, Yes: func() (tea.Cmd, shell.Nav) {
		return v.env.Work.Start("", v.env.T("Stopping"), func(context.Context) (any, error) {
			v.session.Stop()
			return ended{}, nil
		}), shell.None()
	}})
}

// calls are the newest that are shown, with their numbers from the first on.
func (v *Screen) calls() (calls []watch.Seen, numbers []int) {
	newest, all := v.session.Seen()
	for i, s := range newest {
		if !v.refused || s.Hidden || s.Stopped.Gate != gate.None {
			calls, numbers = append(calls, s), append(numbers, all-len(newest)+i+1)
		}
	}
	return calls, numbers
}

func (v *Screen) none() string {
	if len(v.numbers) == 0 {
		return v.env.T("No call was seen yet.")
	}
	return ""
}

// mark marks the newest call, or the older one to which the mark was moved. Older calls than those that are kept go away below it.
func (v *Screen) mark(numbers []int) {
	if at := v.list.At; at != v.laid && at < len(v.numbers) { // it was moved, or a row was clicked
		v.held = v.numbers[at]
	}
	last := max(0, len(numbers)-1)
	v.list.At = last
	if i := slices.IndexFunc(numbers, func(n int) bool { return n >= v.held }); v.held > 0 && i >= 0 {
		v.list.At = i
	}
	if v.list.At == last {
		v.held = 0
	}
	v.laid, v.numbers = v.list.At, numbers
}
