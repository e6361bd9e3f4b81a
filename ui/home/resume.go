package home

import (
	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/journal"
	"fix403/flows/story"
	"fix403/flows/texts"
	"fix403/ui/shell"
)

// Unfinished is the latest run that was left before its end and that is not one of the program's own; nil for none. A journal
// that cannot be read offers nothing: it says so when it is written.
func Unfinished(o story.Options, own func(run string) bool) *journal.Unfinished {
	runs, err := o.Journal.Unfinished()
	if err != nil {
		return nil
	}
	for _, u := range runs {
		if !own(u.Run) && (o.URL == "" || u.On(o.URL)) {
			return &u
		}
	}
	return nil
}

// resumeKey goes on with the run that was left.
func (h *Screen) resumeKey() shell.Binding {
	return shell.Binding{Keys: []string{"r"}, Label: h.resumeLabel(), Help: "continue the unfinished run", Disabled: func() string {
		if h.resumable == nil {
			return h.env.T("There is no unfinished run.")
		}
		return ""
	}, Do: h.resume}
}

func (h *Screen) resumeLabel() texts.Text {
	if h.resumable == nil {
		return ""
	}
	return "resume"
}

// resume asks for the login on the run's server. What the server has of the run is looked at once it is connected.
func (h *Screen) resume() (tea.Cmd, shell.Nav) {
	o := h.env.Defaults.Resuming(*h.resumable)
	return nil, shell.Open(shell.Route{To: "connect", Options: &o}).WithNotice(h.env.T("Log in; fix403 then checks what that run left."))
}

// removeKey removes what the run left.
func (h *Screen) removeKey() shell.Binding {
	b := h.resumeKey()
	b.Keys, b.Help, b.Do = []string{"x"}, "remove what the run that was not finished left on its server", h.remove
	if b.Label != "" {
		b.Label = "remove"
	}
	return b
}

// remove asks for the login on the run's server, and then whether to remove what it left there.
func (h *Screen) remove() (tea.Cmd, shell.Nav) {
	o := h.env.Defaults.Resuming(*h.resumable)
	return nil, shell.Open(shell.Route{To: "connect", Options: &o, Remove: true}).WithNotice(h.env.T("Log in; fix403 then shows what that run left, and asks before it removes it."))
}

// resumeLines offer the run on the home screen.
func (h *Screen) resumeLines(w int) []string {
	if h.resumable == nil {
		return nil
	}
	return h.env.Theme.Item("!", h.env.Theme.Warn, h.env.T("%s r goes on with it, x removes it.", h.env.Unfinished(*h.resumable)), w)
}
