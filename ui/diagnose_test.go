package ui

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"fix403/flows/doctor"
	"fix403/flows/doctor/advice"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/practice"
	"fix403/keycloak/wire"
	"fix403/ui/diagnose"
	"fix403/ui/login"
	"fix403/ui/shell"
)

// inDiagnose opens the form from the home screen.
func inDiagnose(x *terminal) {
	x.press("down", "down", "down")
	x.wants("▸ Diagnose")
	x.press("enter")
	x.wants("What fails?", "Curl command")
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
		x.wants("Practice: a client without a role", "● 26.7.3")
		x.press("tab", "tab")
		x.wants("▸ [ Diagnose ]")
		x.press("enter")
		waitFor(x, "role-missing (proved)")
		x.wants("✗ 403", "403 Forbidden, at the gate role", "practice server, as 26.7.3", "What was seen")
		x.golden("80x24/diagnose-result")
		x.press("u")
		x.wants("Nothing to undo")

		x.press("f")
		x.wants("Apply the fix? On practice server, as 26.7.3:", "gives view-users of realm-management to the service account", "[ Yes, do it ]")
		x.golden("80x24/diagnose-confirm")
		x.press("esc")
		x.lacks("Apply the fix?")
		sent := len(x.root().Screen.(*diagnose.ResultScreen).C.Exchanges())
		x.press("f", "enter")
		waitFor(x, "The same call now: 200 (before: 403).")
		x.wants("+ realm-management/view-users", "200 OK: it passed every gate.")
		x.golden("80x24/diagnose-fixed")
		if now := len(x.root().Screen.(*diagnose.ResultScreen).C.Exchanges()); now <= sent {
			t.Errorf("%d exchanges before the fix, %d after it", sent, now)
		}
		x.press("t")
		x.wants("before the grant", "after it", "view-users (new)", "none")
		x.press("esc", "w")
		x.wants("200", "GET")
		x.press("esc", "f")
		x.wants("The fix has been applied; u takes it back.")
		x.press("r")
		x.wants("Undo the fix first (u)")

		x.press("u")
		x.wants("Undo the fix? On practice server", "what gives view-users")
		x.press("enter")
		waitFor(x, "The same call now: 403")
		x.wants("After the fix was undone")
		x.press("r")
		waitFor(x, "What was seen")
		x.lacks("After the fix")
		x.wants("role-missing (proved)")
		x.press("esc")
		x.wants("What fails?")
		x.press("esc")
		x.wants("Where?")
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
	form := r.diagnoseForm()
	r.Screen = form
	form.Curl.Add("curl " + web.URL + "/admin/realms/shop/users -H 'Authorization: Bearer x.y.z'")
	cmd, _ := form.Start()
	got := make(chan tea.Msg, 1)
	go func() { got <- cmd().(tea.BatchMsg)[0]() }()
	<-arrived
	if frame := ansi.Strip(view(r)); !strings.Contains(frame, "Diagnose") || !strings.Contains(frame, "esc cancels") {
		t.Errorf("while it runs:\n%s", frame)
	}
	r.Update(keyMsg(t, "f")) // nothing but esc does something
	r.Update(keyMsg(t, "esc"))
	if frame := ansi.Strip(view(r)); !strings.Contains(frame, "being cancelled") {
		t.Errorf("after esc:\n%s", frame)
	}
	r.Update(<-got)
	if r.Screen != shell.Screen(form) || r.Notice != "Cancelled. There is no diagnosis." || len(form.Curl.Text) == 0 {
		t.Errorf("%q:\n%s", r.Notice, ansi.Strip(view(r)))
	}
}

// TestLateDiagnosisIsDropped leaves while a diagnosis runs, and begins another.
func TestLateDiagnosisIsDropped(t *testing.T) {
	t.Parallel()
	r := aRoot(t, practiceOptions().Story)
	form := r.diagnoseForm()
	r.Screen = form
	form.Way.At = diagnose.WayPractice
	first, _ := form.Start()
	late := form.Diagnosis
	r.Update(keyMsg(t, "esc"))
	r.Update(keyMsg(t, "esc"))
	if r.Screen != shell.Screen(r.homeScreen()) {
		t.Fatalf("the screen is %T", r.Screen)
	}
	r.Screen = form
	form.Way.At = diagnose.WayPractice
	second, _ := form.Start()
	do(t, r, first)
	if r.Screen != shell.Screen(form) || !r.env.Work.Busy() {
		t.Fatalf("the late answer was taken:\n%s", ansi.Strip(view(r)))
	}
	do(t, r, second)
	shown, is := r.Screen.(*diagnose.ResultScreen)
	if !is || shown.C == late || shown.C.Diagnosis.Verdict != doctor.RoleMissing {
		t.Errorf("the screen is %T:\n%s", r.Screen, ansi.Strip(view(r)))
	}
}

// TestPastedCommandIsNeverDrawn pastes a command of several lines with a secret, and looks for it in all that was written.
func TestPastedCommandIsNeverDrawn(t *testing.T) {
	t.Parallel()
	const secret, token = "sEcReT-of-the-client", "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJodHRwOi8veCJ9.c2lnbmF0dXJl"
	lines := map[string]string{
		"Authorization: ***":          "curl -s 'http://127.0.0.1:9/admin/realms/shop/users?max=3' \\\n  -H 'Authorization: Bearer " + token + "' \\\n  -H 'Accept: application/json'\n",
		"with the secret ***":         "curl -X POST http://127.0.0.1:9/realms/shop/protocol/openid-connect/token \\\n -d grant_type=client_credentials -d client_id=reports \\\n -d client_secret=" + secret,
		"There is no curl command":    "wget --header 'Authorization: Bearer " + token + "'\nhttp://127.0.0.1:9/" + secret,
		"token from a shell variable": "curl http://127.0.0.1:9/admin/realms/shop/users -H \"Authorization: Bearer $TOKEN\" # " + secret,
	}
	for want, line := range lines {
		synctest.Test(t, func(t *testing.T) {
			x := start(t, 80, 24, practiceOptions())
			inDiagnose(x)
			x.press("tab")
			x.paste(line)
			x.wants(want, "••••", "characters")
			if x.root().env.Work.Busy() || len(x.root().diagnose.Curl.Text) < 60 {
				t.Errorf("the paste did something: %d characters", len(x.root().diagnose.Curl.Text))
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

func TestSecretsAreForgottenAtHome(t *testing.T) {
	t.Parallel()
	r := aRoot(t, practiceOptions().Story)
	form := r.diagnoseForm()
	r.Screen = form
	form.Curl.Add("curl -u a:secret http://x/admin/realms/a/users")
	for _, f := range []string{"secret", "token", "curl-secret"} {
		form.Fields[f].Input.SetValue("secret")
	}
	form.Fields["client"].Input.SetValue("kept")
	form.Login.Secrets[login.User].Input.SetValue("secret")
	r.Update(keyMsg(t, "esc"))
	for name, f := range form.Fields {
		if f.Input.Value() == "secret" {
			t.Errorf("%s is kept", name)
		}
	}
	if len(form.Curl.Text) > 0 || form.Login.Secrets[login.User].Input.Value() != "" || form.Fields["client"].Input.Value() != "kept" {
		t.Error("the form is not as it should be")
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
	form := r.diagnoseForm()
	r.Screen = form
	form.Way.At = diagnose.WayClient
	form.FocusOn(1)
	for name, value := range map[string]string{"url": web.URL, "realm": "master", "client": "nobody", "secret": "not-the-secret"} {
		form.Fields[name].Input.SetValue(value)
	}
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
func atDiagnose(r *wizard) shell.Screen { return r.diagnoseForm() }

func atDiagnoseClient(r *wizard) shell.Screen {
	v := r.diagnoseForm()
	v.Way.At, v.Admin.At = diagnose.WayClient, 1
	return v
}

// atDiagnoseAsking asks whether credentials may go to a server that only stands in what was pasted.
func atDiagnoseAsking(r *wizard) shell.Screen {
	v := r.diagnoseForm()
	v.Curl.Add("curl -H 'Authorization: Bearer a.b.c' http://127.0.0.1:9/admin/realms/shop/users")
	v.Admin.At = 1
	v.Login.Secrets[login.User].Input.SetValue("password")
	v.Start()
	return v
}

// atDiagnosis is a result, made up of the call of a story.
func atDiagnosis(r *wizard) shell.Screen {
	call := told()[7].State().FirstCall
	c := diagnose.NewPractice(r.env, "26.7.3")
	c.Diagnosis = &doctor.Diagnosis{
		Verdict: doctor.RoleMissing, Certainty: doctor.Proved, Gate: call.Refusal.Gate, Status: call.Refusal.Status, Summary: msg.Verbatim("It does not hold the role."),
		Evidence: []doctor.Evidence{{Source: doctor.OnWire, Says: msg.Verbatim("It answered 403.")}}, SmallestRoles: []string{"view-users"},
		Fix:  advice.Fix{Console: []msg.Message{msg.Verbatim("Clients"), msg.Verbatim("Service account roles")}, Curl: []string{"curl --version"}},
		Call: "GET /admin/realms/shop/users", Exchange: &call.Exchange, Token: call.Token,
	}
	c.Options.Admin = &keycloak.Credentials{}
	return diagnose.NewResult(c, r.diagnoseForm())
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
		x.wants("▸ ○ a curl command  ● a client")
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
		form := diagnose.New(r.env, login.Remembered{})
		r.Screen = form
		form.Curl.Add("curl http://127.0.0.1:9/admin/realms/shop/users")
		form.Admin.At = 1
		cmd, _ := form.Start()
		if (cmd != nil) != sent || (form.Err == nil) != sent {
			t.Errorf("%s: %v", url, form.Err)
		}
		if !sent && !strings.Contains(ansi.Strip(view(r)), "Type the login of an admin of that server") {
			t.Errorf("the form is\n%s", ansi.Strip(view(r)))
		}
		form.Login.Secrets[login.User].Input.SetValue("typed")
		if form.Err = nil; !sent {
			cmd, _ = form.Start()
			if cmd == nil && form.Asking != nil { // the server stands only in what was pasted
				cmd = typed(r, "y")
			}
			if cmd == nil {
				t.Errorf("a login that was typed is refused: %v", form.Err)
			}
		}
	}
}
