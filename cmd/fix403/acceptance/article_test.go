package acceptance

import (
	"os"
	"strings"
	"testing"

	"fix403/flows/console"
	"fix403/flows/story"
)

// TestArticle finds each step of the story in the page that follows the article: the title that its screen shows, and the page of
// Keycloak's documentation that the screen leads to.
func TestArticle(t *testing.T) {
	text, err := os.ReadFile("../../../docs/article.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range story.Steps() {
		if step.ID == story.StepConnect {
			continue // which the article takes for done
		}
		if !strings.Contains(string(text), "*"+string(step.Title)+"*") {
			t.Errorf("%s: the screen %q is not named", step.ID, step.Title)
		}
		if guide := console.Guide(string(step.ID)); guide == "" || !strings.Contains(string(text), "]("+guide+")") {
			t.Errorf("%s: %q is not linked", step.ID, guide)
		}
	}
}
