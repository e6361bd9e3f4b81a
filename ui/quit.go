package ui

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/texts"
)

// interrupt ends the program in order; a second one does not wait for that.
func (r *root) interrupt() tea.Cmd {
	again := r.quitting
	r.interrupted = true
	if again {
		return tea.Quit
	}
	return r.wind()
}

// wind gives up what runs, and quits when it has returned, so that the journal and the story agree with the server, and
// when what is left to do is done.
func (r *root) wind() tea.Cmd {
	r.quitting = true
	r.s.work.cancelCurrent()
	if r.s.work.running > 0 {
		r.notice, r.wrong = texts.T("Waiting for the call to end; ^C again does not wait."), false
	}
	if r.atEnd.Pending() && r.s.work.running > 0 {
		return tea.Batch(r.last(), tooLate())
	}
	return r.last()
}

// last is what comes after the last call.
func (r *root) last() tea.Cmd {
	if r.s.work.running > 0 {
		return nil
	}
	if r.closing || !r.atEnd.Pending() {
		return tea.Quit
	}
	r.closing = true
	cmd, says := r.atEnd.Finish()
	r.notice, r.wrong = says, false
	return tea.Batch(cmd, tooLate())
}

// longestWait bounds how long leaving may take.
const longestWait = 30 * time.Second

// lateMsg says that leaving took too long.
type lateMsg struct{}

func tooLate() tea.Cmd { return tea.Tick(longestWait, func(time.Time) tea.Msg { return lateMsg{} }) }
