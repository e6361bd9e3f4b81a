package ui

import (
	"errors"
	"runtime/debug"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"fix403/flows/texts"
	"fix403/ui/kit"
	"fix403/ui/words"
)

// The smallest window in which the screens can be used.
const minWidth, minHeight = 60, 16

// root is the only Bubble Tea model. It owns the window, the current screen, the help screen and the notice line, and
// hands keys to bindings and answers to the screen that asked.
type root struct {
	s      *session
	screen Screen
	help   *helpScreen
	w, h   int

	notice      string
	wrong       bool
	quitting    bool // waiting for a call to return
	closing     bool // what is left to do on the way out is being done
	interrupted bool
	err         error

	clock countdown

	routes Routes
	atEnd  AtEnd
}

// Routes is what the root asks for screens, and for what it cannot know.
type Routes interface {
	// Open returns the screen that a route leads to.
	Open(Route) (Screen, error)
	// Where names the server of the story for the title line.
	Where() string
}

// AtEnd is something that is left to do before the program ends.
type AtEnd interface {
	// Pending reports whether there is anything to do.
	Pending() bool
	// Finish does it; the text says what is being waited for.
	Finish() (cmd tea.Cmd, says string)
}

// interruptMsg is ctrl+c by other means: a signal, or the end of the context.
type interruptMsg struct{}

func newRoot(s *session, routes Routes, atEnd AtEnd) *root {
	r := &root{s: s, routes: routes, atEnd: atEnd}
	r.help = &helpScreen{s: s}
	return r
}

func (r *root) Init() tea.Cmd { return r.screen.Enter() }

// Update lets a panic end the program with an error instead of a torn terminal.
func (r *root) Update(msg tea.Msg) (model tea.Model, cmd tea.Cmd) {
	defer func() {
		if v := recover(); v != nil {
			r.err = &PanicError{Value: v, Stack: debug.Stack()}
			model, cmd = r, tea.Quit
		}
	}()
	cmd = r.update(msg)
	c, can := r.screen.(counting)
	return r, tea.Batch(cmd, r.clock.tick(can && !r.help.open && !r.quitting && c.Counting(), r.s.now()))
}

func (r *root) update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		r.w, r.h = msg.Width, msg.Height
	case interruptMsg:
		return r.interrupt()
	case tickMsg:
		if !r.s.work.busy() || r.s.work.current.gen != msg.gen {
			return nil
		}
		return r.s.work.tick()
	case refreshMsg:
		if r.s.work.busy() {
			r.s.work.current.asking = msg.asking
		}
		return nil
	case kit.HideMsg:
		r.s.reveal.Late(msg)
		return nil
	case clockMsg:
		r.clock.ticked(msg)
		return nil
	case lateMsg:
		return tea.Quit
	case doneMsg:
		return r.done(msg)
	case tea.KeyMsg:
		return r.key(msg)
	case tea.MouseMsg:
		return r.mouse(msg)
	}
	return r.apply(r.screen.Update(msg))
}

func (r *root) done(msg doneMsg) tea.Cmd {
	wanted := r.s.work.finished(msg)
	if answer, ok := msg.answer.(noted); ok {
		answer.Note()
	}
	var panicked *PanicError
	if errors.As(msg.err, &panicked) {
		r.err, r.quitting = panicked, true
	}
	if r.quitting {
		if r.err != nil {
			return tea.Quit
		}
		return r.last()
	}
	if !wanted {
		return nil
	}
	return r.apply(r.screen.Update(msg))
}

func (r *root) key(msg tea.KeyMsg) tea.Cmd {
	key := msg.String()
	if key == "ctrl+c" {
		return r.interrupt()
	}
	if key == "ctrl+z" && suspends {
		return r.take(suspendBinding)
	}
	if r.quitting || r.tooSmall() {
		return nil
	}
	r.notice, r.wrong = "", false
	r.s.reveal.Hide()
	if msg.Paste {
		// Pasted text is text, whatever it looks like. Line breaks at its ends come from where it was copied.
		msg.Runes = []rune(strings.Trim(string(msg.Runes), "\r\n"))
		if !r.help.open && pastes(r.screen) && !r.s.work.busy() {
			return r.apply(r.screen.Update(msg))
		}
		return nil
	}
	if r.help.open {
		if b, found := find(r.help.Keys(), key, false); found {
			return r.take(b)
		}
		return nil
	}
	if r.s.work.busy() {
		return r.keyWhileWorking(key)
	}
	typing := r.screen.Typing()
	b, found := find(r.bindings(), key, typing)
	if !found {
		return r.apply(r.screen.Update(msg))
	}
	return r.take(b)
}

// take does what a key is for, or says why it does nothing now.
func (r *root) take(b Binding) tea.Cmd {
	if reason := b.reason(); reason != "" {
		r.notice = reason
		return nil
	}
	if b.Do == nil {
		return nil
	}
	return r.apply(b.Do())
}

// keyWhileWorking: input is locked while a call runs, but for giving it up, and for leaving once it was given up.
func (r *root) keyWhileWorking(key string) tea.Cmd {
	if key != "esc" {
		if b, can := r.screen.(busy); can {
			b.KeyWhileWorking(key)
		}
		return nil
	}
	if !r.s.work.current.canceled {
		r.s.work.cancelCurrent()
		r.notice = texts.T("Cancelling. Press esc again to leave without waiting.")
		return nil
	}
	r.s.work.abandon()
	if b, found := find(r.bindings(), "esc", false); found && b.reason() == "" {
		return r.apply(b.Do())
	}
	return nil
}

var suspendBinding = Binding{Keys: []string{"ctrl+z"}, Help: "suspend the program; fg in the shell brings it back", Do: func() (tea.Cmd, Nav) {
	if reason := alone(); reason != "" {
		return nil, say(reason)
	}
	return tea.Suspend, stay()
}}

// bindings is the screen's table and the keys that work everywhere.
func (r *root) bindings() []Binding {
	keys := r.screen.Keys()
	if suspends {
		keys = append(keys, suspendBinding)
	}
	return append(keys,
		Binding{Keys: []string{"f2"}, Help: "other colours: for a dark screen, a light one, or the terminal's own", Do: r.nextTheme},
		Binding{Keys: []string{"f9"}, Help: "signs of ASCII alone, for fonts that lack the others; and back", Do: func() (tea.Cmd, Nav) {
			r.s.theme.Become(r.s.theme.Name, !r.s.theme.ASCII)
			return nil, stay()
		}},
		Binding{Keys: []string{"?", "f1"}, Label: "help", Help: "this list of keys", Do: func() (tea.Cmd, Nav) {
			r.help.show(r.bindings())
			return nil, stay()
		}},
		Binding{Keys: []string{"ctrl+c"}, Label: "quit", Help: "quit at once; a call that runs is given up first", Do: func() (tea.Cmd, Nav) { return r.interrupt(), stay() }},
	)
}

func (r *root) nextTheme() (tea.Cmd, Nav) {
	if r.s.theme.NoColor {
		return nil, say(texts.T("Colours are off (NO_COLOR or --no-color)."))
	}
	t := r.s.theme
	t.Become(t.NextTheme(), t.ASCII)
	return nil, say(texts.T("Theme %s.", t.Name))
}

// apply does what a screen returned.
func (r *root) apply(cmd tea.Cmd, nav Nav) tea.Cmd {
	if nav.route.To != "" {
		var err error
		if nav.to, err = r.routes.Open(nav.route); err != nil {
			nav = complain(err.Error())
		}
	}
	if nav.say != "" {
		r.notice, r.wrong = words.Line(nav.say), nav.wrong
	}
	if nav.quit {
		return tea.Batch(cmd, r.wind())
	}
	if nav.to == nil || nav.to == r.screen {
		return cmd
	}
	r.s.work.abandon()
	r.screen.Leave()
	r.screen = nav.to
	return tea.Batch(cmd, r.screen.Enter())
}

func (r *root) tooSmall() bool { return r.w < minWidth || r.h < minHeight }

// View never draws more than the window, whatever a screen returns.
func (r *root) View() (frame string) {
	defer func() {
		if v := recover(); v != nil && r.err == nil {
			r.err = &PanicError{Value: v, Stack: debug.Stack()}
			go r.s.send(tea.Quit())
		}
	}()
	if r.w <= 0 || r.h <= 0 || r.err != nil {
		return ""
	}
	if r.tooSmall() {
		return r.fill(texts.All([]texts.Text{"fix403 needs a window", "of 60 columns, 16 lines.", "Make this one larger,", "or use fix403 --plain.", "^C quits."}))
	}
	t := r.s.theme
	typing := r.screen.Typing()
	title := t.Title.Render(" fix403") + t.Dim.Render(texts.T("  from 403 to 200"))
	where := r.where()
	lines := []string{words.Pad(title, r.w-ansi.StringWidth(where)-1) + t.Dim.Render(where)}
	h := r.h - 3
	var body, foot string
	if r.help.open {
		body, foot = r.help.View(r.w, h), footer(t, r.help.Keys(), typing, r.w)
	} else {
		body, foot = r.screen.View(r.w, h), footer(t, r.bindings(), typing, r.w)
	}
	if r.s.work.busy() {
		foot = footer(t, []Binding{{Keys: []string{"esc"}, Label: "cancel"}, {Keys: []string{"ctrl+c"}, Label: "quit"}}, false, r.w)
	}
	content := strings.Split(body, "\n")
	for len(content) < h {
		content = append(content, "")
	}
	lines = append(append(lines, content[:h]...), r.noticeLine(), foot)
	return r.fill(lines)
}

// where names the server that the screen is about.
func (r *root) where() string {
	if s, is := r.screen.(located); is && s.Where() != "" {
		return s.Where()
	}
	return r.routes.Where()
}

func (r *root) noticeLine() string {
	switch {
	case r.notice == "":
		return ""
	case r.wrong:
		return " " + r.s.theme.Bad.Render(words.Fit(r.s.theme.Glyphs.Failed+" "+r.notice, r.w-2))
	}
	return " " + r.s.theme.Warn.Render(words.Fit(r.notice, r.w-2))
}

func (r *root) fill(lines []string) string {
	lines = lines[:min(len(lines), r.h)]
	for i, line := range lines {
		lines[i] = words.Fit(line, r.w)
	}
	frame := strings.Join(lines, "\n")
	if r.s.theme.ASCII {
		frame = kit.ASCIIText.Replace(frame)
	}
	return frame
}
