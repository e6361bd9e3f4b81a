package ui

import (
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aymanbagabas/go-osc52/v2"
	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"fix403/flows"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/ui/words"
)

// session is what the screens share: the story that is told, and the things around it.
type session struct {
	o      Options
	theme  *theme
	work   *worker
	now    func() time.Time
	getenv func(string) string
	out    io.Writer // for the clipboard; writes are whole, see lockedOut
	reveal revealing
	send   func(tea.Msg) // to the running program, from any goroutine

	hand  flows.Form        // the way by hand that was looked at last
	left  *flows.Unfinished // a run to go on with, offered at home
	given *flows.Options    // what the options of a story were before one went on with a run

	home *homeScreen
	form *connectScreen // the last one, with what was typed
	telling
	past []telling // told before on other servers, which may hold what they created

	lab    *laboratory  // while one is in it
	trials []*trial     // of all labs
	ran    []*trial     // likewise, in the order in which they were run first
	labs   []*flows.Lab // begun and not known to be closed

	diagnose *diagnoseForm // the last one, with what was typed
	checkup  *checkup      // that is looked at
	changed  []*checkup    // that changed something on a real server
}

// telling is a story that is told.
type telling struct {
	story *flows.Story
	told  flows.Options // that it was made with
	steps map[flows.StepID]*stepScreen
}

func (t telling) on(o flows.Options) bool {
	return t.story != nil && o.Practice == t.told.Practice && (!o.Practice || o.As == t.told.As)
}

// tell prepares a story; one that was begun on the same server goes on.
func (s *session) tell(o flows.Options) error {
	if s.on(o) {
		return nil
	}
	if i := slices.IndexFunc(s.past, func(t telling) bool { return t.on(o) }); i >= 0 {
		s.telling, s.past[i] = s.past[i], s.telling
		return nil
	}
	return s.tellNew(o)
}

func (s *session) tellNew(o flows.Options) error {
	o = s.wired(o)
	if o.Params.Realm == "" {
		o.Params = flows.DefaultParams()
	}
	story, err := flows.New(o)
	if err != nil {
		return err
	}
	if s.story != nil {
		s.past = append(s.past, s.telling)
	}
	o.Credentials = keycloak.Credentials{} // the story has them
	s.telling = telling{story, o, map[flows.StepID]*stepScreen{}}
	return nil
}

// retell begins a story on a server of one's own in place of one that never got a login there.
func (s *session) retell(o flows.Options) error {
	before := s.telling
	s.telling = telling{}
	if err := s.tellNew(o); err != nil {
		s.telling = before
		return err
	}
	if before.story != nil && (before.told.Practice || len(before.story.State().Created) > 0 || before.connected()) {
		s.past = append(s.past, before)
	}
	return nil
}

// complete tells whether flags and environment gave all that a login needs.
func complete(o flows.Options) bool {
	c := o.Credentials
	return o.URL != "" && (!c.Token.Empty() || !c.ClientSecret.Empty() || c.ClientID == "" && !c.Password.Empty())
}

// connected tells whether the admin is logged in.
func (t telling) connected() bool {
	return t.story != nil && t.story.State().Results[flows.StepConnect].Status == flows.StatusPassed
}

// own goes back to the story on a server of one's own, if one is connected there.
func (s *session) own() bool {
	is := func(t telling) bool { return t.connected() && !t.told.Practice }
	if is(s.telling) {
		return true
	}
	i := slices.IndexFunc(s.past, is)
	if i >= 0 {
		s.telling, s.past[i] = s.past[i], s.telling
	}
	return i >= 0
}

// connectForm is kept with what was typed in it.
func (s *session) connectForm(forLab bool) *connectScreen {
	if s.form == nil {
		s.form = newConnectScreen(s, forLab)
	}
	s.form.forLab = forLab
	s.form.enterStage(stageAddress)
	return s.form
}

// wired has what happens in a story or lab made with o drawn at once.
func (s *session) wired(o flows.Options) flows.Options {
	o.Events = func(e flows.Event) { s.send(refreshMsg{e.Request}) }
	if o.Now == nil {
		o.Now = s.now
	}
	return o
}

// stories are all that were told, the current one last.
func (s *session) stories() []*flows.Story {
	var all []*flows.Story
	for _, t := range append(slices.Clone(s.past), s.telling) {
		if t.story != nil {
			all = append(all, t.story)
		}
	}
	return all
}

// homeScreen is kept with what was chosen on it.
func (s *session) homeScreen() *homeScreen {
	if s.home == nil {
		s.home = newHomeScreen(s)
	}
	return s.home
}

// diagnoseForm is kept with what was typed in it, but for secrets.
func (s *session) diagnoseForm() *diagnoseForm {
	if s.diagnose == nil {
		s.diagnose = newDiagnoseForm(s)
	}
	return s.diagnose
}

// step returns the screen of a step, which is kept with its answers.
func (s *session) step(id flows.StepID) *stepScreen {
	if s.steps[id] == nil {
		s.steps[id] = newStepScreen(s, flows.StepByID(id))
	}
	return s.steps[id]
}

func stepIndex(id flows.StepID) int {
	return slices.IndexFunc(flows.Steps(), func(st *flows.Step) bool { return st.ID == id })
}

// reset forgets the shown outcome of a step and the later ones, after an undo.
func (s *session) reset(from flows.StepID) {
	for id, screen := range s.steps {
		if stepIndex(id) >= stepIndex(from) {
			screen.reopen()
		}
	}
}

// where names the server for the title line.
func (s *session) where() string {
	if s.lab != nil {
		return s.lab.where()
	}
	if s.checkup != nil {
		return s.checkup.where()
	}
	if s.story == nil {
		return ""
	}
	return serverName(s.story.State())
}

func serverName(st flows.State) string {
	switch {
	case st.Practice:
		return texts.T("practice server, as %s", st.As)
	case st.Version != "":
		return words.Line(host(st.URL)) + ", " + words.Line(st.Version)
	}
	return words.Line(host(st.URL))
}

func host(raw string) string {
	if u, err := url.Parse(raw); err == nil && u.Host != "" {
		return u.Host
	}
	return raw
}

// copyText puts text on the terminal's clipboard. The terminal gives no answer: whether it did it can not be known.
// Inside tmux and screen the request has to be passed through; newer versions of tmux take it as it is, if allowed.
func (s *session) copyText(what, text string) Nav {
	plain := osc52.New(words.Clean(text)) // it may be pasted into a terminal
	var err error
	switch {
	case s.getenv("TMUX") != "":
		_, err = io.WriteString(s.out, plain.String()+plain.Tmux().String())
	case s.getenv("STY") != "":
		_, err = io.WriteString(s.out, plain.Screen().String())
	case strings.HasPrefix(s.getenv("TERM"), "screen"): // one of the two, on another machine
		_, err = io.WriteString(s.out, plain.String()+plain.Screen().String())
	default:
		_, err = io.WriteString(s.out, plain.String())
	}
	if err != nil {
		return complain(texts.T("Copying failed: %s", words.Line(err.Error())))
	}
	return say(texts.T("%s sent to the clipboard, if your terminal lets programs write it.", what))
}

// stepper draws the steps with their state: done, current, failed, locked.
func (s *session) stepper(current flows.StepID, width int) string {
	t := s.theme
	results := s.story.State().Results
	draw := func(short bool) string {
		var parts []string
		for i, step := range flows.Steps() {
			name := string(step.ID)
			if short && step.ID != current {
				name = fmt.Sprint(i + 1)
			}
			sign, style := t.g.locked, t.dim
			switch results[step.ID].Status {
			case flows.StatusPassed:
				sign, style = t.g.done, t.good
			case flows.StatusFailed:
				sign, style = t.g.failed, t.bad
			case flows.StatusOpen, flows.StatusSkipped:
			}
			if step.ID == current {
				if results[step.ID].Status == flows.StatusOpen {
					sign = t.g.current
				}
				style = t.heading
			}
			part := style.Render(sign + " " + name)
			if step.ID == current {
				part = style.Render("[" + sign + " " + name + "]")
			}
			parts = append(parts, part)
		}
		return " " + strings.Join(parts, "  ")
	}
	line := draw(false)
	if ansi.StringWidth(line) > width {
		line = draw(true)
	}
	return words.Fit(line, width)
}
