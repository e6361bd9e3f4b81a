package wizard

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"fix403/flows/journal"
	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/keycloak"
	"fix403/keycloak/practice"
	"fix403/keycloak/wire"
)

// answers are lines of input.
func answers(lines ...string) string { return strings.Join(lines, "\n") + "\n" }

func straight(o *Options) { o.AtFirstStep = true }

// enters is n times enter.
func enters(n int) string { return strings.TrimSuffix(strings.Repeat("\n", n), "\n") }

// number is the place of a step in the story, from 1.
func number(id story.StepID) int {
	return slices.IndexFunc(story.Steps(), func(s *story.Step) bool { return s.ID == id }) + 1
}

// past is how often enter alone is pressed to do the steps of a practice story up to and including one.
func past(id story.StepID) int { return pastFrom(story.StepConnect, id) }

func pastFrom(first, last story.StepID) int {
	n := 0
	for _, step := range story.Steps()[number(first)-1 : number(last)] {
		n += len(step.Questions) + 2 // the questions, the step, and on
		for _, in := range step.Inputs {
			if in.For == nil || in.For(story.Options{Practice: true}) {
				n++
			}
		}
	}
	return n
}

// whole is how often it is pressed to do all of them.
func whole() int { return past(story.Last().ID) }

// stepLine is how a step is announced.
func stepLine(id story.StepID) string {
	return fmt.Sprintf("Step %d of %d", number(id), len(story.Steps()))
}

// entry is a line of the list of steps: the number of one, its title and how it stands.
func entry(id story.StepID, stands string) string {
	return fmt.Sprintf("%d %s: %s", number(id), story.StepByID(id).Title, stands)
}

// toStep goes to a step.
func toStep(id story.StepID) string { return fmt.Sprintf("goto %d", number(id)) }

// notANumber refuses a step that there is not.
func notANumber() string {
	return fmt.Sprintf("Type goto and a number from 1 to %d", len(story.Steps()))
}

func TestHintsComeOneAtATime(t *testing.T) {
	out, _, err := tell(t, answers("hint", "hint", "hint", "hint", "quit"), straight)
	if err != nil {
		t.Fatal(err)
	}
	h := story.Steps()[0].Hints(&story.State{})
	wants(t, out, "Hint 1 of 3: "+string(h[0]), "Hint 2 of 3: "+string(h[1]), "Hint 3 of 3: "+string(h[2]))
	if strings.Count(out, "Hint 1 of 3") != 2 {
		t.Error("after the last hint the first one comes again")
	}
}

func TestByHandInFiveWays(t *testing.T) {
	t.Chdir(t.TempDir())
	out, _, err := tell(t, answers("hand console", "hand", "hand kcadm", "hand terraform", "hand Cobol", "script kcadm", "save terraform", "save terraform", "quit"), straight)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, out, "The practice server has no Admin Console.", "ADMIN_TOKEN=$(printf", "kcadm.sh config credentials", `source = "keycloak/keycloak"`,
		`"Cobol" is not one of the ways: type one of console, curl, kcadm, terraform, typescript.`, "kcadm.sh add-roles -r '403-forbidden-fix'", "Saved as fix403-story.tf", "The file fix403-story.tf already exists.")
	if file, err := os.ReadFile("fix403-story.tf"); err != nil || !strings.Contains(string(file), "keycloak_openid_client_service_account_role") {
		t.Errorf("%v: %s", err, file)
	}
}

func TestTranscriptIsSavedOnce(t *testing.T) {
	t.Chdir(t.TempDir())
	out, _, err := tell(t, answers(enters(2), "transcript", "transcript", "quit"), straight)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, out, "Saved as fix403-transcript.html and .md", "The file fix403-transcript.html already exists.")
	for _, name := range []string{"fix403-transcript.html", "fix403-transcript.md"} {
		if file, err := os.ReadFile(name); err != nil || !strings.Contains(string(file), "/realms/master") {
			t.Errorf("%s: %v: %.200s", name, err, file)
		}
	}
}

func TestGotoUndoAndRestart(t *testing.T) {
	script := answers(enters(past(story.StepClient)),
		toStep(story.StepRealm), toStep(story.StepSecondCall), "goto x", "steps", toStep(story.StepUser), "back", "undo", "restart", "no", "restart", "yes", "steps", "quit")
	out, finished, err := tell(t, script, straight)
	if err != nil || finished {
		t.Fatal(finished, err, out)
	}
	wants(t, out, fmt.Sprintf("Step %d opens when step %d (Create the user) has passed.", number(story.StepSecondCall), number(story.StepUser)), notANumber(),
		entry(story.StepClient, "done; on the server: the client 403-forbidden-fix-client"), entry(story.StepUser, "open"), entry(story.StepFirstCall, "locked"),
		"Removed the client 403-forbidden-fix-client.", "Removed the realm 403-forbidden-fix.", "The story starts again at the realm.", entry(story.StepRealm, "open"))
}

// The first step can be gone to like any other that is done.
func TestGotoTheFirstStep(t *testing.T) {
	out, _, err := tell(t, answers(enters(past(story.StepRealm)-1), toStep(story.StepConnect), "goto 0", "quit"), straight)
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(out, "the realm 403-forbidden-fix stays on the server.")
	wants(t, after, stepLine(story.StepConnect)+": Connect as admin")
	if n := strings.Count(out, notANumber()); n != 1 { // for goto 0
		t.Errorf("goto was refused %d times:\n%s", n, after)
	}
}

// At an early step all later ones are undone, and the call that fails fails again.
func TestUndoOfAnEarlyStep(t *testing.T) {
	script := answers(enters(whole()), toStep(story.StepUser), "undo", toStep(story.StepClient), "steps", toStep(story.StepUser), enters(pastFrom(story.StepUser, story.StepGrant)+3), "quit")
	out, _, err := tell(t, script, straight)
	if err != nil {
		t.Fatal(err, out)
	}
	wants(t, out, "Revoked the role view-users from service-account-403-forbidden-fix-client. Removed the user", entry(story.StepUser, "open"), entry(story.StepClient, "done"))
	_, again, _ := strings.Cut(out, entry(story.StepUser, "open"))
	wants(t, again, "read the user with the good token", "before the grant: 403 Forbidden")
}

func TestBackSaysWhatStays(t *testing.T) {
	out, _, err := tell(t, answers(enters(past(story.StepRealm)-1), "back", "quit"), straight)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, out, "Nothing is undone: the realm 403-forbidden-fix stays on the server.")
}

func TestWireTokenTryAndSecret(t *testing.T) {
	out, finished, err := tell(t, answers(enters(whole()), toStep(story.StepFirstCall), "wire", "token", "try", "try http://practice.fix403.invalid/admin/realms/nope/users", toStep(story.StepSecondCall), "", "secret", "remove", "", "remove", "yes", ""), straight)
	if err != nil || !finished {
		t.Fatal(finished, err, out)
	}
	wants(t, out, "header Authorization: Bearer ***", "answer after", "403 Forbidden", "The token of the first call:", "Added: view-users of realm-management",
		"Type try and a URL", "-> 404", "secret: ", "is discarded when you quit")
}

func TestWordsAreNamesWhereANameIsAskedFor(t *testing.T) {
	out, _, err := tell(t, answers(enters(past(story.StepConnect)), "", "token", "", "quit"), straight)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, out, "Created the realm token")
}

func TestEndOfInputAfterTheStoryIsNoError(t *testing.T) {
	out, finished, err := tell(t, answers(enters(whole())), straight)
	if err != nil || !finished {
		t.Fatal(finished, err, out)
	}
	_, _, err = tell(t, answers(enters(whole()), "remove"), straight)
	if !errors.Is(err, errEnded) {
		t.Errorf("the end of the input was taken for an answer: %v", err)
	}
}

// local is a practice server on a loopback port, with a journal.
func local(t *testing.T) story.Options {
	t.Helper()
	p, err := practice.New(practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(http.Handler(p))
	t.Cleanup(web.Close)
	return story.Options{URL: web.URL, Params: params.DefaultParams(), Journal: journal.Open(t.TempDir()),
		Credentials: keycloak.Credentials{User: p.AdminUser(), Password: wire.NewSecret(p.AdminPassword())}}
}

func TestANamedServerReachesStoryAndLab(t *testing.T) {
	server := local(t)
	out, _, err := tell(t, answers("", "", "", "", "", "", "quit"), func(o *Options) { o.Story = server })
	if err != nil {
		t.Fatal(err, out)
	}
	wants(t, out, "with an admin of its master realm (enter)", "Found a Keycloak at "+server.URL)
	out, _, err = tell(t, answers("lab", "", "", "", "", "", "", "", "4", "", "quit"), func(o *Options) { o.Story = server })
	if err != nil {
		t.Fatal(err, out)
	}
	wants(t, out, "Lab>", "Observed: 401")
}

func TestARunThatWasLeftIsOffered(t *testing.T) {
	server := local(t)
	s, err := story.New(server)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.DoThrough(t.Context(), story.StepClient); err != nil {
		t.Fatal(err)
	}
	out, _, err := tell(t, answers("yes", "", "", "", "", "", "", "quit"), func(o *Options) { o.Story = server })
	if err != nil {
		t.Fatal(err, out)
	}
	wants(t, out, "was not finished. It made: realm 403-forbidden-fix, client 403-forbidden-fix-client.", entry(story.StepClient, "done"), entry(story.StepUser, "open"), stepLine(story.StepUser))
	out, _, err = tell(t, answers("", "quit"), func(o *Options) { o.Story = server })
	if err != nil {
		t.Fatal(err, out)
	}
	wants(t, out, "Continue with it?", "What do you want to do?")
}

func TestEndOfInputAtTheOfferIsNoAnswer(t *testing.T) {
	server := local(t)
	s, _ := story.New(server)
	if err := s.DoThrough(t.Context(), story.StepRealm); err != nil {
		t.Fatal(err)
	}
	if _, _, err := tell(t, "", func(o *Options) { o.Story = server }); !errors.Is(err, errEnded) {
		t.Errorf("got %v", err)
	}
}

// The first question is answered by numbers, says what may be typed, and is where the lab leads back to. What is not there yet, as it
// is to be made, is no stop.
func TestTheLabLeadsBackToTheFirstQuestion(t *testing.T) {
	t.Parallel()
	out, _, err := tell(t, answers("help", "3", "help", "back", "3", "1", "", "back", "1", "", "", "", "", "", "", "", "quit"), nil)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, out, "Type a number from 1 to 6", "Type 1 or 2; enter takes what is offered", "The lab. Each experiment", "not there yet", "GET /admin/realms/403-forbidden-fix -> 404")
	if n := strings.Count(out, "What do you want to do?"); n != 4 {
		t.Errorf("the first question is asked %d times:\n%s", n, out)
	}
	if strings.Contains(out, "stopped at the gate realm: 404") {
		t.Error("it is told as a stop that the realm is not there yet")
	}
}
