package ui

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"fix403/flows/versions"
	"fix403/keycloak"
	"fix403/keycloak/practice"
	"fix403/keycloak/wire"
	"fix403/ui/shell"
)

// inDiagnose opens the form from the home screen.
func inDiagnose(x *terminal) {
	x.press("down", "down", "down")
	x.wants("▸ Diagnose")
	x.press("enter")
	x.wants("What fails?", "Pasted call")
}

// paste puts text into the terminal as it is pasted, with the line breaks of most terminals.
func (x *terminal) paste(text string) {
	x.press("\x1b[200~" + strings.ReplaceAll(text, "\n", "\r") + "\x1b[201~")
}

func TestPracticeFromDiagnosisOverFixToUndo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := practiceOptions()
		o.Story.IDSeed = "diagnose" // ids stand in what was seen
		x := start(t, 80, 24, o)
		inDiagnose(x)
		x.golden("80x24/diagnose-form")
		x.press("left")
		x.wants("Practice: a client without a role", "● 26.7.4")
		x.press("tab", "tab")
		x.wants("▸ [ Diagnose ]")
		x.press("enter")
		waitFor(x, "role-missing (proved)")
		x.wants("✗ 403", "403 Forbidden, at the gate role", "practice server, as 26.7.4")
		x.wants("Role      view-users", "Console   Clients → 403-forbidden-fix-client", "[ Apply the fix ]", "enter fix") // in the first frame
		x.golden("80x24/diagnose-result")
		x.press("e")
		x.wants("What was seen", "[ Apply the fix ]")
		x.press("home")
		x.press("u")
		x.wants("Nothing to undo")

		x.press("f")
		x.wants("Apply the fix? On practice server, as 26.7.4:", "grants view-users of realm-management to the service account", "[ Yes, do it ]")
		x.golden("80x24/diagnose-confirm")
		x.press("esc")
		x.lacks("Apply the fix?")
		sent := x.exchanges()
		x.press("f", "enter")
		waitFor(x, "The same call now: 200 (before: 403).")
		x.wants("+ realm-management/view-users", "200 OK: it passed every gate.")
		x.golden("80x24/diagnose-fixed")
		if now := x.exchanges(); now <= sent {
			t.Errorf("%d exchanges before the fix, %d after it", sent, now)
		}
		x.press("t")
		x.wants("before the fix", "after it", "view-users (new)", "none")
		x.press("esc", "w")
		x.wants("200", "GET")
		x.press("esc", "f")
		x.wants("The fix is applied; u undoes it.")
		x.press("r")
		x.wants("Undo the fix first (u)")

		x.press("u")
		x.wants("Undo the fix? On practice server", "the change that grants view-users")
		x.press("enter")
		waitFor(x, "The same call now: 403")
		x.wants("After the fix was undone")
		x.press("r")
		waitFor(x, "Console   Clients")
		x.lacks("After the fix")
		x.wants("role-missing (proved)")
		x.press("esc")
		x.wants("What fails?")
		x.press("esc")
		x.wants("your own failing call")
		x.press("q")
		x.end()
	})
}

func TestFormsOfTheFixAreSwitchedAndCopied(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 120, 40, practiceOptions())
		inDiagnose(x)
		x.press("left", "ctrl+r") // ctrl+r
		waitFor(x, "role-missing (proved)")
		x.wants("[console]")
		for _, form := range [][2]string{{"curl", "curl -"}, {"kcadm", "kcadm.sh"}, {"Terraform", "resource \""}, {"TypeScript", "fetch("}, {"Go", "package main"}, {"console", "Clients"}} {
			x.press("tab")
			x.wants("["+form[0]+"]", form[1])
		}
		x.press("left", "y")
		x.wants("The fix (Go) was sent to the clipboard")
		if raw := x.raw.String(); !strings.Contains(raw, "\x1b]52;c;") {
			t.Error("nothing was sent to the clipboard")
		}
		x.press("ctrl+c")
		x.end()
	})
}

// fill types into fields, from the one that has the focus on, and goes on behind each; nothing leaves what is in it.
func fill(r *wizard, values ...string) {
	for _, value := range values {
		if value != "" {
			press(r, tea.KeyCtrlU)
			typed(r, value)
		}
		press(r, tea.KeyTab)
	}
}

// commandAndAdmin opens the form, and gives it a command and the password of an admin; the focus stays on the password.
func commandAndAdmin(r *wizard, command, password string) {
	r.Screen = r.diagnoseForm(false)
	fill(r, "", command)
	press(r, tea.KeyRight)
	fill(r, "", "", "")
	typed(r, password)
}

// pasted is how long the command in the form is said to be.
var pasted = regexp.MustCompile(`•  (\d+) characters`)

// exchanges is how many the wire of a diagnosis lists.
func (x *terminal) exchanges() int {
	x.t.Helper()
	marked := regexp.MustCompile(`▸ +(\d+) [A-Z]+ `)
	x.press("w")
	last := 0
	for n := x.number(marked); n != last; n = x.number(marked) {
		last = n
		x.press("down")
	}
	x.press("w")
	return last
}

// number is one that the screen shows.
func (x *terminal) number(where *regexp.Regexp) int {
	x.t.Helper()
	found := where.FindStringSubmatch(x.text())
	if found == nil {
		x.t.Fatalf("the screen does not show %s:\n%s", where, x.text())
	}
	n, err := strconv.Atoi(found[1])
	if err != nil {
		x.t.Fatal(err)
	}
	return n
}

// TestDiagnosisIsCancelled presses esc while a server keeps a request waiting.
func TestDiagnosisIsCancelled(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{}, 10)
	web := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-r.Context().Done()
	}))
	defer web.Close()
	r := aRoot(t, practiceOptions().Story)
	form := r.diagnoseForm(false)
	r.Screen = form
	press(r, tea.KeyTab)
	typed(r, "curl "+web.URL+"/admin/realms/shop/users -H 'Authorization: Bearer x.y.z'")
	got := answerOf(t, press(r, tea.KeyCtrlR))
	<-arrived
	if frame := ansi.Strip(view(r)); !strings.Contains(frame, "Diagnose") || !strings.Contains(frame, "esc cancels") {
		t.Errorf("while it runs:\n%s", frame)
	}
	r.Update(keyMsg(t, "f")) // nothing but esc does something
	r.shows(t, "A call is running: esc cancels it.")
	r.Update(keyMsg(t, "esc"))
	if frame := ansi.Strip(view(r)); !strings.Contains(frame, "being cancelled") {
		t.Errorf("after esc:\n%s", frame)
	}
	r.Update(<-got)
	if r.Screen != shell.Screen(form) || r.Notice != "Cancelled. There is no diagnosis." {
		t.Errorf("%q:\n%s", r.Notice, ansi.Strip(view(r)))
	}
	r.shows(t, "characters", "GET "+web.URL+"/admin/realms/shop/users, with Authorization: ***") // the command is kept
}

// TestLateDiagnosisIsDropped leaves while a diagnosis runs, and begins another.
func TestLateDiagnosisIsDropped(t *testing.T) {
	t.Parallel()
	r := aRoot(t, practiceOptions().Story)
	form := r.diagnoseForm(false)
	r.Screen = form
	press(r, tea.KeyLeft) // practice
	first := press(r, tea.KeyCtrlR)
	r.Update(keyMsg(t, "esc"))
	r.Update(keyMsg(t, "esc"))
	if r.Screen != shell.Screen(r.homeScreen()) {
		t.Fatalf("the screen is %T", r.Screen)
	}
	r.Screen = form
	press(r, tea.KeyTab)
	for range slices.Index(versions.All(), "24.0.5") {
		press(r, tea.KeyRight)
	}
	second := press(r, tea.KeyCtrlR)
	do(t, r, first)
	if r.Screen != shell.Screen(form) || !r.env.Work.Busy() {
		t.Fatalf("the late answer was taken:\n%s", ansi.Strip(view(r)))
	}
	do(t, r, second)
	r.shows(t, "practice server, as 24.0.5", "role-missing (proved)")
}

// TestPastedCommandIsNeverDrawn pastes a command of several lines with a secret, and looks for it in all that was written.
func TestPastedCommandIsNeverDrawn(t *testing.T) {
	t.Parallel()
	const secret, token = "sEcReT-of-the-client", "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJodHRwOi8veCJ9.c2lnbmF0dXJl"
	lines := map[string]string{
		"Authorization: ***":          "curl -s 'http://127.0.0.1:9/admin/realms/shop/users?max=3' \\\n  -H 'Authorization: Bearer " + token + "' \\\n  -H 'Accept: application/json'\n",
		"with the secret ***":         "curl -X POST http://127.0.0.1:9/realms/shop/protocol/openid-connect/token \\\n -d grant_type=client_credentials -d client_id=reports \\\n -d client_secret=" + secret,
		"The text contains no call":   "nc --header 'Authorization: Bearer " + token + "'\nhttp://127.0.0.1:9/" + secret,
		"token from a shell variable": "curl http://127.0.0.1:9/admin/realms/shop/users -H \"Authorization: Bearer $TOKEN\" # " + secret,
	}
	for want, line := range lines {
		synctest.Test(t, func(t *testing.T) {
			x := start(t, 80, 24, practiceOptions())
			inDiagnose(x)
			x.press("tab")
			x.paste(line)
			x.wants(want, "••••", "characters")
			if x.root().env.Work.Busy() || x.number(pasted) < 60 {
				t.Errorf("the paste did something: %d characters", x.number(pasted))
			}
			x.press("enter", "enter", "up", "down", "?") // line breaks and text, and no command
			if x.root().env.Work.Busy() || strings.Contains(x.text(), "Keys on this screen") {
				t.Error("typing did something")
			}
			x.press("f1")
			x.press("esc", "ctrl+r") // ctrl+r; nothing listens at that port, or it is no command
			x.press("ctrl+c")
			x.end()
			for _, s := range []string{secret, token, token[:30]} {
				if strings.Contains(x.raw.String(), s) {
					t.Errorf("%s is drawn", s)
				}
			}
		})
	}
}

// TestDiagnosisOfAClientWithoutAnAdmin is the form with fields, on a server that is reached over the network.
func TestDiagnosisOfAClientWithoutAnAdmin(t *testing.T) {
	t.Parallel()
	p, err := practice.New(practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(p)
	defer web.Close()
	r := aRoot(t, practiceOptions().Story)
	r.Screen = r.diagnoseForm(false)
	press(r, tea.KeyRight) // a client
	fill(r, "", web.URL, "master", "nobody", "not-the-secret")
	_, cmd := r.Update(tea.KeyMsg{Type: tea.KeyCtrlR})
	do(t, r, cmd)
	frame := ansi.Strip(view(r))
	if !strings.Contains(frame, "bad-client-credentials") || !strings.Contains(frame, strings.TrimPrefix(web.URL, "http://")) {
		t.Fatalf("the result is\n%s", frame)
	}
	if strings.Contains(frame, "not-the-secret") {
		t.Error("the secret is shown")
	}
	r.Update(keyMsg(t, "f"))
	if r.Notice == "" || strings.Contains(ansi.Strip(view(r)), "Apply the fix?") {
		t.Errorf("f says %q", r.Notice)
	}
}

// atDiagnose is the form.
func atDiagnose(r *wizard) shell.Screen { return r.diagnoseForm(false) }

func atDiagnoseClient(r *wizard) shell.Screen {
	r.Screen = r.diagnoseForm(false)
	for _, key := range []tea.KeyType{tea.KeyRight, tea.KeyShiftTab, tea.KeyShiftTab, tea.KeyRight} { // a client; an admin, who is asked for last
		press(r, key)
	}
	for range 7 { // back up to the choice
		press(r, tea.KeyShiftTab)
	}
	return r.Screen
}

// atDiagnoseAsking asks whether credentials may go to a server that only stands in what was pasted.
func atDiagnoseAsking(r *wizard) shell.Screen {
	commandAndAdmin(r, "curl -H 'Authorization: Bearer a.b.c' http://127.0.0.1:9/admin/realms/shop/users", "password")
	press(r, tea.KeyCtrlR)
	return r.Screen
}

// atDiagnosis is what was found out about the call of a client without a role.
func atDiagnosis(r *wizard) shell.Screen {
	r.Screen = r.diagnoseForm(false)
	press(r, tea.KeyLeft) // practice
	r.Update(press(r, tea.KeyCtrlR)().(tea.BatchMsg)[0]())
	return r.Screen
}

// TestPasteReachesTheForm pastes while the choice has the focus.
func TestPasteReachesTheForm(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		inDiagnose(x)
		x.paste("curl http://127.0.0.1:9/admin/realms/shop/users \\\n -H 'Authorization: Bearer a.b.c'")
		x.wants("GET http://127.0.0.1:9/admin/realms/shop/users, with Authorization: ***", "▸ ••••")
		x.press("up", "right", "right")
		x.paste("a.b.c")
		x.wants("▸ *****")
		x.press("up", "left") // a client: no field is meant more than another
		x.paste("a.b.c")
		x.wants("▸ ○ a pasted call  ● a client")
		x.press("ctrl+c")
		x.end()
	})
}

// TestLoginThatWasGivenIsSentToItsOwnServerOnly chooses it for a call that goes elsewhere.
func TestLoginThatWasGivenIsSentToItsOwnServerOnly(t *testing.T) {
	t.Parallel()
	for url, sent := range map[string]bool{"http://127.0.0.1:9": true, "http://127.0.0.1:8": false} {
		story := practiceOptions().Story
		story.Practice, story.URL, story.Credentials = false, url, keycloak.Credentials{User: "admin", Password: wire.NewSecret("pw")}
		r := aRoot(t, story)
		r.Update(tea.WindowSizeMsg{Width: 80, Height: 40}) // with room for all of the form
		commandAndAdmin(r, "curl http://127.0.0.1:9/admin/realms/shop/users", "")
		cmd := press(r, tea.KeyCtrlR)
		if refused := strings.Contains(frame(r), "✗"); (cmd != nil) != sent || refused == sent {
			t.Errorf("%s: the form is\n%s", url, frame(r))
		}
		if sent {
			continue
		}
		r.shows(t, "Type the login of an admin of that server")
		typed(r, "typed")
		cmd = press(r, tea.KeyCtrlR)
		if cmd == nil && strings.Contains(frame(r), "Send the admin's password to") { // the server stands only in what was pasted
			cmd = typed(r, "y")
		}
		if cmd == nil {
			t.Errorf("a login that was typed is refused:\n%s", frame(r))
		}
	}
}
