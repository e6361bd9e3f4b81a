package inspect

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"fix403/flows/params"
	"fix403/flows/story"
)

func TestTokensAreComparedSideBySide(t *testing.T) {
	s, err := story.New(story.Options{Practice: true, Params: params.DefaultParams()})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range story.Steps() {
		if _, err := s.Do(t.Context(), step.ID); err != nil {
			t.Fatal(err)
		}
	}
	st := s.State()
	text := ansi.Strip(strings.Join(TokenLines(aTheme(t), st.SecondCall.Token, Earlier{st.FirstCall.Token, BeforeGrant}, st.SecondCall.Token.IssuedAt.Add(30*time.Second), 78), "\n"))
	for _, want := range []string{"before the grant", "roles    ✗ none", "│ + query-groups (new)", "view-users is a composite role: it brings query-users and query-groups with", "valid for 4m30s more"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	late := ansi.Strip(strings.Join(TokenLines(aTheme(t), st.FirstCall.Token, Earlier{}, time.Now().Add(time.Hour), 78), "\n"))
	if !strings.Contains(late, "expired at ") || TokenCounts(st.FirstCall.Token, time.Now().Add(time.Hour)) {
		t.Errorf("an hour later:\n%s", late)
	}
}
