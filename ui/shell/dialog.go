package shell

import (
	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/texts"
	"fix403/ui/kit"
)

// Dialog is a question that a screen asks before it does something. While it is up, it has the place of the screen's body, and
// its keys are the only ones of the screen that work.
type Dialog struct {
	kit.Dialog
	Yes func() (tea.Cmd, Nav)
	// Else is a third way, beside doing it and leaving it; n takes it then.
	Else Answer
}

// Answer is a key's label and help, and what it does.
type Answer struct {
	Label texts.Text
	Help  texts.Text
	Do    func() (tea.Cmd, Nav)
}

// Ask stays, and brings a dialog up.
func Ask(d *Dialog) Nav { return Nav{&way{ask: d}} }

// dialogKeys is the table of the dialog that is up.
func (r *Root) dialogKeys() []Binding {
	d := r.ask
	answer := func(do func() (tea.Cmd, Nav)) func() (tea.Cmd, Nav) {
		return func() (tea.Cmd, Nav) {
			r.ask = nil
			return do()
		}
	}
	scroll := func(key string) func() (tea.Cmd, Nav) {
		return func() (tea.Cmd, Nav) { d.Scroll(key); return nil, None() }
	}
	yes, no := []string{"enter", "y"}, []string{"esc", "n"}
	if d.Careful {
		yes = []string{"y"}
	}
	keys := []Binding{{Keys: yes, Label: "yes, do it", Help: "confirm", Do: answer(d.Yes)}}
	if d.Else.Do != nil {
		keys, no = append(keys, Binding{Keys: []string{"n"}, Label: d.Else.Label, Help: d.Else.Help, Do: answer(d.Else.Do)}), []string{"esc"}
	}
	return append(keys,
		Binding{Keys: no, Label: "leave it", Help: "change nothing", Do: answer(func() (tea.Cmd, Nav) { return nil, None() })},
		Binding{Keys: []string{"down", "pgdown"}, Help: "scroll", Do: scroll("pgdown")},
		Binding{Keys: []string{"up", "pgup"}, Help: "scroll back", Do: scroll("pgup")})
}

// overlaid puts the dialog that is up in the place of a screen's body.
func (r *Root) overlaid(under *Frame, w, h int) *Frame {
	t := r.env.Theme
	head := under.Lines[:min(under.head, len(under.Lines))]
	inner := w - 2*kit.Margin
	body := Lines(r.ask.Lines(t, inner, h-len(head)-1)).WithButton(t, r.ask.Button(t), inner)
	for i := range body.Zones {
		body.Zones[i].Key = "y" // what enter does, also where enter is no answer
	}
	return Page(head, body)
}
