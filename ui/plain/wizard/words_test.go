package wizard

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
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

// enters is n times enter: 3 for connect, then 4, 5, 5, 3, 3 and 4.
func enters(n int) string { return strings.TrimSuffix(strings.Repeat("\n", n), "\n") }

func TestHintsComeOneAtATime(t *testing.T) {
	out, _, err := tell(t, answers("hint", "hint", "hint", "hint", "quit"), straight)
	if err != nil {
		t.Fatal(err)
	}
	h := story.Steps()[0].Hints(story.State{})
	wants(t, out, "Hint 1 of 3: "+string(h[0]), "Hint 2 of 3: "+string(h[1]), "Hint 3 of 3: "+string(h[2]))
	if strings.Count(out, "Hint 1 of 3") != 2 {
		t.Error("after the last hint the first one comes again")
	}
}

func TestByHandInFourWays(t *testing.T) {
	t.Chdir(t.TempDir())
	out, _, err := tell(t, answers("hand console", "hand", "hand kcadm", "hand terraform", "hand Cobol", "script kcadm", "save terraform", "save terraform", "quit"), straight)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, out, "The practice server has no Admin Console.", "ADMIN_TOKEN=$(printf", "kcadm.sh config credentials", `source = "keycloak/keycloak"`,
		`There is no way "Cobol": type one of console, curl, kcadm, terraform.`, "kcadm.sh add-roles -r '403-forbidden-fix'", "Saved as fix403-story.tf", "There is a file fix403-story.tf already.")
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
	wants(t, out, "Saved as fix403-transcript.html and .md", "There is a file fix403-transcript.html already.")
	for _, name := range []string{"fix403-transcript.html", "fix403-transcript.md"} {
		if file, err := os.ReadFile(name); err != nil || !strings.Contains(string(file), "/realms/master") {
			t.Errorf("%s: %v: %.200s", name, err, file)
		}
	}
}

func TestGotoUndoAndRestart(t *testing.T) {
	script := answers(enters(12), // connect, realm, client
		"goto 2", "goto 7", "goto x", "steps", "goto 4", "back", "undo", "restart", "no", "restart", "yes", "steps", "quit")
	out, finished, err := tell(t, script, straight)
	if err != nil || finished {
		t.Fatal(finished, err, out)
	}
	wants(t, out, "Step 7 opens when step 4 (Create the user) has passed.", "Type goto and a number from 1 to 7",
		"3 Create the client: done; on the server: the client 403-forbidden-fix-client", "4 Create the user: open", "5 The call that fails: locked",
		"Removed the client 403-forbidden-fix-client.", "Removed the realm 403-forbidden-fix.", "The story starts again at the realm.", "2 Create the realm: open")
}

// The first step can be gone to like any other that is done.
func TestGotoTheFirstStep(t *testing.T) {
	out, _, err := tell(t, answers(enters(6), "goto 1", "goto 0", "quit"), straight)
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(out, "the realm 403-forbidden-fix stays on the server.")
	wants(t, after, "Step 1 of 7: Connect as admin")
	if n := strings.Count(out, "Type goto and a number from 1 to 7"); n != 1 { // for goto 0
		t.Errorf("goto was refused %d times:\n%s", n, after)
	}
}

// At an early step all later ones are undone, and the call that fails fails again.
func TestUndoOfAnEarlyStep(t *testing.T) {
	script := answers(enters(27), "goto 4", "undo", "goto 3", "steps", "goto 4", enters(14), "quit")
	out, _, err := tell(t, script, straight)
	if err != nil {
		t.Fatal(err, out)
	}
	wants(t, out, "Took the role view-users back from service-account-403-forbidden-fix-client. Removed the user", "4 Create the user: open", "3 Create the client: done")
	_, again, _ := strings.Cut(out, "4 Create the user: open")
	wants(t, again, "read the user with the client's token", "before the role was given: 403 Forbidden")
}

func TestBackSaysWhatStays(t *testing.T) {
	out, _, err := tell(t, answers(enters(6), "back", "quit"), straight)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, out, "Nothing is taken back: the realm 403-forbidden-fix stays on the server.")
}

func TestWireTokenTryAndSecret(t *testing.T) {
	out, finished, err := tell(t, answers(enters(27), "goto 5", "wire", "token", "try", "try http://practice.fix403.invalid/admin/realms/nope/users", "goto 7", "", "secret", "remove", "", "remove", "yes", ""), straight)
	if err != nil || !finished {
		t.Fatal(finished, err, out)
	}
	wants(t, out, "header Authorization: Bearer ***", "answer after", "403 Forbidden", "The token of the first call:", "Added: view-users of realm-management",
		"Type try and a URL", "-> 404", "secret: ", "vanishes with the program")
}

func TestWordsAreNamesWhereANameIsAskedFor(t *testing.T) {
	out, _, err := tell(t, answers(enters(3), "", "token", "", "quit"), straight)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, out, "Created the realm token")
}

func TestEndOfInputAfterTheStoryIsNoError(t *testing.T) {
	out, finished, err := tell(t, answers(enters(27)), straight)
	if err != nil || !finished {
		t.Fatal(finished, err, out)
	}
	_, _, err = tell(t, answers(enters(27), "remove"), straight)
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
	wants(t, out, "with an admin of its realm master (enter)", "Found a Keycloak at "+server.URL)
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
	wants(t, out, "was not finished. It made: realm 403-forbidden-fix, client 403-forbidden-fix-client.", "3 Create the client: done", "4 Create the user: open", "Step 4 of 7")
	out, _, err = tell(t, answers("", "quit"), func(o *Options) { o.Story = server })
	if err != nil {
		t.Fatal(err, out)
	}
	wants(t, out, "Go on with it?", "Where?")
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
