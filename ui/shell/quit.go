package shell

import (
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// interrupt ends the program in order; a second one does not wait for that.
func (r *Root) interrupt() tea.Cmd {
	again := r.quitting
	r.Interrupted = true
	if again {
		return tea.Quit
	}
	return r.shutdown()
}

// shutdown gives up what runs, and quits when it has returned, so that the journal and the story agree with the server, and
// when what is left to do is done.
func (r *Root) shutdown() tea.Cmd {
	r.quitting = true
	r.env.Work.CancelCurrent()
	if r.env.Work.running > 0 {
		r.Notice, r.wrong = r.env.T("Waiting for the call to end; press ^C again not to wait."), false
	}
	if r.onShutdown.Pending() && r.env.Work.running > 0 {
		return tea.Batch(r.finishQuit(), tooLate())
	}
	return r.finishQuit()
}

// finishQuit is what comes after the last call.
func (r *Root) finishQuit() tea.Cmd {
	if r.env.Work.running > 0 {
		return nil
	}
	if r.closing || !r.onShutdown.Pending() {
		return tea.Quit
	}
	r.closing = true
	cmd, says := r.onShutdown.Finish()
	r.Notice, r.wrong = says, false
	return tea.Batch(cmd, tooLate())
}

// longestWait bounds how long leaving may take.
const longestWait = 30 * time.Second

// lateMsg says that leaving took too long.
type lateMsg struct{}

func tooLate() tea.Cmd { return tea.Tick(longestWait, func(time.Time) tea.Msg { return lateMsg{} }) }
