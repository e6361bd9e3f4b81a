package ui

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"fix403/flows/story"
	"fix403/keycloak/wire"
)

func (x *terminal) atFirstCall() {
	x.t.Helper()
	for !strings.Contains(x.text(), "✗ 403 Forbidden") {
		x.press("enter")
	}
}

func TestWirePaneSearchesFoldsAndShowsTheWholeRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		x.atFirstCall()
		x.press("w")
		calls := len(x.root().runs.Story().Exchanges())
		newest, before := fmt.Sprintf("▸ %d GET    403", calls), fmt.Sprintf(" %d ", calls-4)
		x.wants(newest, "✗ 403")
		x.lacks(before)
		x.press("a", "up", "up", "up", "up")
		x.wants("▸ " + strings.TrimSpace(before) + " ")
		x.press("down", "down", "down", "down")
		x.wants(newest)
		x.press("n")
		x.wants("First press / and type what to search for.")
		x.press("/")
		for _, letter := range []string{"n", "a", "u", "r"} { // a and n are keys, too
			x.press(letter)
		}
		x.wants("Search ▸ naur")
		x.press("backspace", "backspace", "backspace", "backspace", "realmRoles", "enter")
		x.wants("No match for realmroles.")
		x.press("/", "Location", "enter")
		x.wants("Search: location", "Location: http://practice")
		first := x.text()
		x.press("n")
		if x.text() == first {
			t.Error("n stays where it was")
		}
		x.press("N")
		if got := x.text(); got != first {
			t.Errorf("N does not go back:\n%s\nbut was\n%s", got, first)
		}
		x.press("/", "esc")
		x.lacks("Search")
		x.press("esc")
		x.wants("? 401 Unauthorized") // the step again
		x.press("ctrl+c")
		x.end()
	})
}

func TestMaskedValueIsRevealedForAMoment(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		x.atFirstCall()
		var token string
		for _, e := range x.root().runs.Story().Exchanges() {
			for _, h := range x.root().runs.Story().Revealable(e) {
				if strings.HasPrefix(h.Secret.Reveal(), "eyJhbGciOiJ") {
					token = h.Secret.Reveal()
				}
			}
		}
		if token == "" {
			t.Fatal("no token is held")
		}
		x.press("w")
		x.lacks("eyJ")
		x.press("r")
		x.wants("The access token of the client", token[:40])
		x.press("down") // any key
		x.lacks("eyJ")
		x.press("r", "r") // the second one hides, and does not show again
		x.lacks("eyJ")
		x.press("r")
		x.wants(token[:40])
		time.Sleep(11 * time.Second)
		x.settle()
		x.lacks("eyJ")
		x.press("y")
		x.wants("sent to the clipboard")
		x.press("esc", "enter") // on
		x.wants(of(story.StepGrant))
		if got := strings.Count(x.raw.String(), token[:40]); got == 0 {
			t.Error("the test saw nothing at all")
		}
		x.press("w", "a", "r") // the newest is not one of the client's secrets
		x.press("up", "up", "up", "up", "up", "up", "up", "up", "up", "up", "up", "up", "up", "up", "up", "up", "r")
		x.wants("Nothing to reveal")
		x.press("ctrl+c")
		x.end()
	})
}

func TestAdminSecretsAreNeverRevealed(t *testing.T) {
	t.Parallel()
	r := aRoot(t, practiceOptions().Story)
	for _, step := range story.Steps() {
		if _, err := r.runs.Story().Do(t.Context(), step.ID); err != nil {
			t.Fatal(err)
		}
	}
	client, tokens := 0, 0
	for _, e := range r.runs.Story().Exchanges() {
		held := r.runs.Story().Revealable(e)
		for _, h := range held {
			if h.Secret.Reveal() == r.runs.Story().ClientSecret().Reveal() {
				client++
			} else {
				tokens++
			}
		}
		if admin := e.Bearer != nil && e.Bearer.Realm() == "master" || strings.Contains(e.RequestBody, "admin-cli"); admin && len(held) > 0 && !strings.HasSuffix(e.URL, "/client-secret") {
			t.Errorf("%s %s reveals %s", e.Method, e.URL, held[0].What)
		}
	}
	other := wire.Exchange{Method: "POST", URL: "http://h/realms/master/protocol/openid-connect/token", RequestBody: "client_id=admin-robot&client_secret=***"}
	if held := r.runs.Story().Revealable(other); len(held) > 0 {
		t.Errorf("the secret of another client is revealed as %q", held[0].What)
	}
	if client < 2 || tokens != 5 { // two token requests and the reading; two answers and three calls
		t.Errorf("%d times the secret, %d times a token", client, tokens)
	}
}

func TestTimeLeftCountsDownOnlyWhileItIsSeen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		x.atFirstCall()
		x.press("t")
		x.wants("exp    valid for 4m5")
		before := x.text()
		frames := 0
		for range 10 {
			written := len(x.raw.String())
			time.Sleep(time.Second)
			x.settle()
			if len(x.raw.String()) > written {
				frames++
			}
		}
		if frames < 9 || x.text() == before {
			t.Errorf("%d frames in ten seconds", frames)
		}
		x.press("esc")
		written := len(x.raw.String())
		time.Sleep(time.Minute)
		x.settle()
		if more := x.raw.String()[written:]; more != "" {
			t.Errorf("drawn after it was closed: %q", more)
		}
		x.press("t", "?") // the help screen covers it
		written = len(x.raw.String())
		time.Sleep(time.Minute)
		x.settle()
		if more := x.raw.String()[written:]; more != "" {
			t.Errorf("drawn behind the help screen: %q", more)
		}
		x.press("esc")
		x.wants("valid for 2m")
		x.press("ctrl+c")
		x.end()
	})
}
