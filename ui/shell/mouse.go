package shell

import (
	tea "github.com/charmbracelet/bubbletea"

	"fix403/ui/kit"
)

// mouse takes wheel and clicks; they come only with --mouse. What is clicked is found in the frame that is on the screen.
func (r *Root) mouse(msg tea.MouseMsg) tea.Cmd {
	if r.quitting || r.tooSmall() {
		return nil
	}
	if r.help.open {
		r.help.scroll(kit.WheelKey(msg))
		return nil
	}
	if r.env.Work.Busy() {
		return nil
	}
	if r.ask != nil && kit.WheelKey(msg) != "" {
		r.ask.Scroll(kit.WheelKey(msg))
		return nil
	}
	if msg.Button != tea.MouseButtonLeft || msg.Action != tea.MouseActionPress {
		return r.apply(r.Screen.Update(msg))
	}
	r.Notice, r.wrong = "", false
	r.env.Reveal.Hide()
	z, found := r.frame.at(msg.X, msg.Y)
	switch {
	case !found:
		return nil
	case z.Key == "":
		return r.apply(z.Do())
	}
	if b, found := Find(r.Bindings(), z.Key, false); found {
		return r.trigger(b)
	}
	return nil
}
