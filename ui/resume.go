package ui

import (
	"context"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"fix403/flows"
	"fix403/flows/texts"
	"fix403/ui/words"
)

// unfinished is the latest run that was left before its end and that this program does not tell itself; nil for none. A
// journal that can not be read offers nothing: it says so when it is written.
func (s *session) unfinished() *flows.Unfinished {
	runs, err := s.o.Story.Journal.Unfinished()
	if err != nil {
		return nil
	}
	for _, u := range runs {
		mine := slices.ContainsFunc(s.stories(), func(story *flows.Story) bool { return story.State().RunID == u.Run })
		if !mine && (s.o.Story.URL == "" || u.On(s.o.Story.URL)) {
			return &u
		}
	}
	return nil
}

// resumeKey goes on with the run that was left.
func (s *session) resumeKey() Binding {
	return Binding{Keys: []string{"r"}, Label: s.resumeLabel(), Help: "go on with the run that was not finished", Disabled: func() string {
		if s.left == nil {
			return texts.T("No run was left before its end.")
		}
		return ""
	}, Do: s.resume}
}

func (s *session) resumeLabel() texts.Text {
	if s.left == nil {
		return ""
	}
	return "resume"
}

// resume asks for the login on the run's server. What the server has of the run is looked at once it is connected.
func (s *session) resume() (tea.Cmd, Nav) {
	if s.given == nil {
		given := s.o.Story
		s.given = &given
	}
	s.o.Story = s.left.Options(*s.given)
	s.form = nil
	nav := goTo(s.connectForm(false))
	nav.say = texts.T("Log in, and fix403 looks at the server what that run left there.")
	return nil, nav
}

// atHome forgets a run that was to be gone on with, and looks for one in the journal.
func (s *session) atHome() {
	if s.given != nil {
		s.o.Story, s.given, s.form = *s.given, nil, nil
	}
	s.left = s.unfinished()
}

// resumeLines offer the run on the home screen.
func (s *session) resumeLines(w int) []string {
	if s.left == nil {
		return nil
	}
	return s.theme.item("!", s.theme.warn, texts.T("%s r goes on with it.", words.Unfinished(*s.left)), w)
}

// wentOn is the answer of going on with a run.
type wentOn struct{ next flows.StepID }

// goOn has the server looked at for what an earlier run left, once the admin is logged in.
func (v *stepScreen) goOn() tea.Cmd {
	if v.step.ID != flows.StepConnect || !v.passed() || v.s.story.Resuming() == nil {
		return nil
	}
	return v.s.work.begin(v.step.ID, texts.T("Look what the earlier run left"), func(ctx context.Context) (any, error) {
		next, err := v.s.story.Resume(ctx)
		return wentOn{next}, err
	})
}

func (v *stepScreen) wentOn(next flows.StepID, err error) (tea.Cmd, Nav) {
	if words.Canceled(err) {
		return nil, say(texts.T("Cancelled. Enter goes on step by step, and uses what is there already."))
	}
	if err != nil {
		message, hint := words.Failure(err)
		return nil, complain(message + " " + hint)
	}
	nav := goTo(v.s.step(next))
	var found []string
	for _, step := range flows.Steps() {
		if step.Leaves(v.state()) != "" {
			found = append(found, string(step.ID))
		}
	}
	if len(found) == 0 {
		nav.say = texts.T("Nothing of that run is on the server any more: the story begins again.")
	} else {
		nav.say = texts.T("Found on the server: %s. The story goes on here.", strings.Join(found, ", "))
	}
	return nil, nav
}
