package diagnose

import (
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"fix403/ui/kit"
	"fix403/ui/login"
	"fix403/ui/shell"
)

func TestPastedToken(t *testing.T) {
	for in, want := range map[string]string{
		"a.b.c": "a.b.c", "a.b\n .c": "a.b.c", "Bearer a.b\n.c": "Bearer a.b.c", "Authorization: Bearer a\nb": "Authorization: Bearer ab",
		`{"access_token": "a b"}`: `{"access_token": "a b"}`,
	} {
		if got := pastedToken(in); got != want {
			t.Errorf("%q is %q", in, got)
		}
	}
}

// TestOnlyWhatACommandLacksIsAskedFor reads commands that hold the client of their token, or a shell variable for it.
func TestOnlyWhatACommandLacksIsAskedFor(t *testing.T) {
	const call, request = ` curl http://x/admin/realms/shop/users -H "Authorization: Bearer $TOKEN"`, "curl http://x/realms/shop/protocol/openid-connect/token -d grant_type=client_credentials "
	for line, want := range map[string][]string{
		request + "-d client_id=reports -d client_secret=abc" + "\n" + call: {"with the token from client reports with the secret ***"},
		request + "-d client_id=reports -d client_secret=$S" + "\n" + call:  {"with the token from client reports", "Client secret"},
		request + "-d client_id=$C -d client_secret=$S":                     {"asks for a token", "Client id", "Client secret"},
		request + "-d client_id=reports -d client_secret=abc":               {"asks for a token, as client reports with the secret ***"},
		request[:len(request)-len("grant_type=client_credentials ")] + "grant_type=password -d client_id=admin-cli -d username=john -d \"password=$P\"\n" + call: {
			"with the token from client admin-cli", "Password of the user john (realm shop at http://x)"},
		request[:len(request)-len("grant_type=client_credentials ")] + "grant_type=password -d client_id=app -d client_secret='***' -d username=$U\n" + call: {
			"with the token from client app", "Client secret", "User", "Password of that user (realm shop at http://x)"},
		request[:len(request)-len("grant_type=client_credentials ")] + "grant_type=refresh_token -d client_id=app -d refresh_token='<token>'\n" + call: {
			"with the token from client app", "Refresh token (client app, realm shop at http://x)"},
		call:                                {"with a token from a shell variable, a file or a pipe", "Client id", "Client secret"},
		strings.Replace(call, "$", "", 1):   {"with Authorization: ***"},
		"curl http://x/admin/realms/shop/u": {"without the header Authorization"},
	} {
		v := New(&shell.Env{Theme: formTheme()}, login.Remembered{})
		v.curl.add(line)
		got := []string{strings.Join(v.curl.says(formTheme())[:1], "")}
		for _, part := range v.parts() {
			if f, is := part.(*kit.Field); is {
				got = append(got, ansi.Strip(f.Lines(formTheme(), false, 80)[0]))
			}
		}
		if _, says, _ := strings.Cut(got[0], ", "); says != want[0] || strings.Join(got[1:], "|") != strings.Join(want[1:], "|") {
			t.Errorf("%q is read as %q", line, got)
		}
	}
}

// TestSecretsAreForgottenAtHome leaves the form with a secret in each field that takes one.
func TestSecretsAreForgottenAtHome(t *testing.T) {
	env := &shell.Env{Theme: formTheme(), Now: time.Now, Work: shell.NewWorker(t.Context(), time.Now)}
	form := New(env, login.Remembered{})
	form.curl.add("curl -u a:secret http://x/admin/realms/a/users")
	for _, f := range []string{"secret", "token", "curl-secret", "curl-password", "curl-refresh"} {
		form.fields[f].Input.SetValue("secret")
	}
	form.fields["client"].Input.SetValue("kept")
	for form.login.Kind = range login.Kinds {
		form.login.Secret().Input.SetValue("secret")
	}
	leave, found := shell.Find(form.Keys(), "esc", form.Typing())
	if !found {
		t.Fatal("esc does not leave the form")
	}
	leave.Do()
	for name, f := range form.fields {
		if f.Input.Value() == "secret" {
			t.Errorf("%s is kept", name)
		}
	}
	for form.login.Kind = range login.Kinds {
		if form.login.Secret().Input.Value() != "" {
			t.Errorf("the secret of the admin's %s is kept", login.Names[form.login.Kind])
		}
	}
	if len(form.curl.text) > 0 || form.fields["client"].Input.Value() != "kept" {
		t.Error("the form is not as it should be")
	}
}

func formTheme() *kit.Theme {
	t, _ := kit.NewTheme(nil, nil, "dark", true, false, func(string) string { return "" })
	return t
}

// TestSecretsOfAnotherTextAreForgotten changes the pasted text below a password that was typed for it.
func TestSecretsOfAnotherTextAreForgotten(t *testing.T) {
	v := New(&shell.Env{Theme: formTheme()}, login.Remembered{})
	v.form.FocusOn(v.curl)
	v.fields["curl-password"].Input.SetValue("pa55word")
	v.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("curl http://other/admin/realms/shop/users"), Paste: true})
	if got := v.fields["curl-password"].Input.Value(); got != "" || len(v.curl.text) == 0 {
		t.Errorf("the password is still %q", got)
	}
}
