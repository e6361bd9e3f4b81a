package story

import (
	"testing"
	"time"

	"fix403/flows/story"
	"fix403/keycloak"
	"fix403/keycloak/wire"
	"fix403/ui/kit"
	"fix403/ui/shell"
)

// What a run was made with is kept to know it again; its password is the story's alone.
func TestNoSecondCopyOfAPasswordIsKept(t *testing.T) {
	theme, _ := kit.NewTheme(nil, nil, "dark", true, false, func(string) string { return "" })
	var made story.Options
	r := NewRuns(&shell.Env{Theme: theme, Now: time.Now, Work: shell.NewWorker(t.Context(), time.Now)}, func(o story.Options) (*story.Story, error) {
		made = o
		return story.New(o)
	})
	given := keycloak.Credentials{User: "admin", Password: wire.NewSecret("a password")}
	if err := r.Open(story.Options{URL: "http://localhost:1", Credentials: given}); err != nil {
		t.Fatal(err)
	}
	if made.Credentials.Password.Reveal() != "a password" {
		t.Error("the story does not get its credentials")
	}
	if c := r.current.options.Credentials; !c.Password.Empty() || c.User != "" {
		t.Error("a second copy of the password is kept")
	}
}
