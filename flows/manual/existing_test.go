package manual_test

import (
	"strings"
	"testing"

	"fix403/flows/manual"
	"fix403/flows/params"
	"fix403/flows/story"
)

// In a realm that was there, the story by hand neither makes nor removes it.
func TestByHandInAnExistingRealm(t *testing.T) {
	s := story.State{Params: params.DefaultParams(), URL: "https://kc.example.com"}
	for form, realm := range map[manual.Form][]string{
		manual.FormCurl:      {`"$KEYCLOAK/admin/realms" `, `DELETE "$KEYCLOAK/admin/realms/$REALM" `},
		manual.FormKcadm:     {"create realms", `delete "realms/$REALM"`},
		manual.FormTerraform: {`resource "keycloak_realm"`, "= keycloak_realm.story.id"},
		manual.FormConsole:   {"Press Create realm", "then Realm settings"},
	} {
		for _, existing := range []bool{false, true} {
			s.Existing = existing
			story := form.Story(nil, &s)
			for _, words := range realm {
				if strings.Contains(story, words) == existing {
					t.Errorf("%v, existing %t: %q\n%s", form, existing, words, story)
				}
			}
		}
	}
}
