package shell

import tea "github.com/charmbracelet/bubbletea"

// Screen is one screen of the wizard. Screens are plain types, not Bubble Tea models: the root is the only model.
type Screen interface {
	// Enter is called when the screen comes up, also when it comes up again.
	Enter() tea.Cmd
	// Update takes what no binding of Keys took: typed text, and answers that are meant for this screen.
	Update(msg tea.Msg) (tea.Cmd, Nav)
	// Layout lays the screen out in at most h lines of at most w cells. It is called after each message, and it brings what
	// is scrolled into range; what it returns is all that is drawn and clicked until the next one.
	Layout(w, h int) *Frame
	// Keys is the table of bindings as they are now.
	Keys() []Binding
	// Typing reports whether a text field has the focus, so that characters are text and not commands.
	Typing() bool
	// Leave is called when the screen goes; its call, if one runs, has been given up by then.
	Leave()
}

// pasting is a screen that takes pasted text also while no text field has the focus.
type pasting interface{ Pastes() bool }

func pastes(s Screen) bool {
	p, is := s.(pasting)
	return s.Typing() || is && p.Pastes()
}

// Located is a screen that is about another server than the story's.
type Located interface {
	// Where names the server for the title line; "" leaves it to the story's.
	Where() string
}

// Bare is a screen that has the window for itself: no title above it, and no keys below.
type Bare interface {
	// Bare reports whether it has so now.
	Bare() bool
}

// Titled is a screen that says in the title line where in it one is.
// The title is shorter where it would be wider than room, if it can be.
type Titled interface{ Title(room int) string }

// Busy is a screen with keys that work while a call runs.
type Busy interface{ KeyWhileWorking(key string) }

// Nav is where to go after a key or an answer, and what to say. The zero value stays. It is one pointer, since each of some hundred keys
// returns one.
type Nav struct{ *way }

type way struct {
	to     Screen // of the same package
	route  Route  // to any other
	quit   bool
	ask    *Dialog
	notice string
	wrong  bool // what is said is a failure
}

// read returns where it leads: the zero value leads nowhere.
func (n Nav) read() way {
	if n.way == nil {
		return way{}
	}
	return *n.way
}

// None stays on the screen.
func None() Nav { return Nav{} }

// GoTo leads to another screen of the same package.
func GoTo(s Screen) Nav { return Nav{&way{to: s}} }

// Open leads to a screen of any other package.
func Open(to Route) Nav { return Nav{&way{route: to}} }

// Quit leaves the program.
func Quit() Nav { return Nav{&way{quit: true}} }

// Notify stays and says something.
func Notify(text string) Nav { return Nav{&way{notice: text}} }

// NotifyError stays and says that something failed.
func NotifyError(text string) Nav { return Nav{&way{notice: text, wrong: true}} }

// WithNotice goes there, and says something.
func (n Nav) WithNotice(text string) Nav {
	w := n.read()
	w.notice = text
	return Nav{&w}
}

// WithError goes there, and says that something failed.
func (n Nav) WithError(text string) Nav {
	w := n.read()
	w.notice, w.wrong = text, true
	return Nav{&w}
}
