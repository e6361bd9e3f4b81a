package ui

import (
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"fix403/flows/intake"
	"fix403/flows/journal"
	"fix403/flows/story"
)

// TestFixThatStandsIsSaid leaves the program with a fix that stands on a server, and after it was undone.
func TestFixThatStandsIsSaid(t *testing.T) {
	t.Parallel()
	on := serve(t)
	story, err := story.New(on.options)
	if err != nil {
		t.Fatal(err)
	}
	o, err := intake.SetUp(t.Context(), story)
	if err != nil {
		t.Fatal(err)
	}
	r := aRoot(t, practiceOptions().Story)
	r.env.Defaults.Journal = journal.Open(t.TempDir())
	r.Screen = r.diagnoseForm(false)
	press(r, tea.KeyRight) // a client
	fill(r, "", o.URL, o.Realm, o.ClientID, o.Secret.Reveal(), "GET "+o.Path, "")
	press(r, tea.KeyRight) // an admin, by name and password
	fill(r, "", "", on.AdminUser(), on.AdminPassword())
	_, cmd := r.Update(keyMsg(t, "ctrl+r"))
	do(t, r, cmd)
	r.Update(keyMsg(t, "f"))
	do(t, r, press(r, tea.KeyEnter))
	if frame := ansi.Strip(view(r)); !strings.Contains(frame, "The same call now: 200") || !strings.Contains(frame, "the old token still gets 403") {
		t.Fatalf("after the fix:\n%s", frame)
	}
	if text := r.result().Summary; !strings.Contains(text, "Changed on "+o.URL) || !strings.Contains(text, "grants view-users") || !strings.Contains(text, "--undo") {
		t.Errorf("the summary is %q", text)
	}
	r.Update(keyMsg(t, "u"))
	do(t, r, press(r, tea.KeyEnter))
	if frame := ansi.Strip(view(r)); !strings.Contains(frame, "After the fix was undone") {
		t.Fatalf("after undo:\n%s", frame)
	}
	if text := r.result().Summary; strings.Contains(text, "Changed on") {
		t.Errorf("the summary is %q", text)
	}
}
