package story

import (
	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows/console"
	"fix403/flows/story"
	"fix403/ui/shell"
	"fix403/ui/words"
)

// consoleURL returns the address of the page of the Admin Console that a step is about; "" where there is none yet.
func consoleURL(st *story.State, id story.StepID) string {
	page := console.Realm
	switch {
	case st.Practice || st.Realm == nil:
		return ""
	case id == story.StepUser && st.User != nil:
		page = console.User(st.User.ID)
	case id == story.StepUser:
		page = console.Users
	case st.Client != nil && id == story.StepClient:
		page = console.Client(st.Client.ID, "credentials")
	case st.Client != nil && id != story.StepConnect && id != story.StepRealm:
		page = console.Client(st.Client.ID, "serviceAccount")
	}
	return page.URL(st.URL, st.AdminRealm, st.Params.Realm)
}

// openConsole opens the page of the Admin Console, or says why there is none.
func (v *stepScreen) openConsole() (tea.Cmd, shell.Nav) {
	return nil, openConsole(v.env, v.state(), v.step.ID)
}

// openGuide opens the page of Keycloak's documentation on the step.
func (v *stepScreen) openGuide() (tea.Cmd, shell.Nav) {
	return nil, v.env.Browse(console.Guide(string(v.step.ID)))
}

// guideLines link to it.
func (v *stepScreen) guideLines(w int) []string {
	address := console.Guide(string(v.step.ID))
	var out []string
	for _, line := range words.Fold(address, w) {
		out = append(out, v.env.Theme.Link(address, line))
	}
	return append(out, v.env.Theme.Lines(v.env.Theme.Dim, v.env.T("l opens it."), w)...)
}

func openConsole(env *shell.Env, st *story.State, id story.StepID) shell.Nav {
	url := consoleURL(st, id)
	switch {
	case st.Practice:
		return shell.Notify(env.T("The practice server has no Admin Console. b shows the clicks for a real one."))
	case url == "":
		return shell.Notify(env.T("The page opens once the realm exists."))
	}
	return env.Browse(url)
}
