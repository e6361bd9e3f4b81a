package flows

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fix403/flows/manual"
	"fix403/flows/report"
	"fix403/flows/story"
	"fix403/keycloak/foreign"
	"fix403/keycloak/wire"
)

// The story by hand is the story: executed literally, it sees the same status codes.
func TestScriptTellsTheSameStory(t *testing.T) {
	for _, tool := range []string{"sh", "curl", "sed"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("needs %s to execute the script", tool)
		}
	}
	for _, w := range worlds {
		t.Run(w.version, func(t *testing.T) {
			server := serve(t, w.version)
			s := server.story(func(o *story.Options) { o.Params.RedirectURIs = []string{"http://localhost:8081/*"} })
			mustDo(t, s, story.StepConnect)
			cmd := exec.CommandContext(t.Context(), "sh", "-s")
			cmd.Stdin = strings.NewReader(manual.FormCurl.Story(nil, s.State()))
			cmd.Env = append(os.Environ(), "ADMIN_PASSWORD="+server.pass)
			var out, errs strings.Builder
			cmd.Stdout, cmd.Stderr = &out, &errs
			if err := cmd.Run(); err != nil {
				t.Fatalf("%v\n%s%s", err, &out, &errs)
			}
			want := map[int]string{200: "403\n200\n200\n", 403: "403\n403\n200\n"}[w.old]
			if out.String() != want {
				t.Errorf("printed %q, want %q\n%s", &out, want, &errs)
			}
		})
	}
}

func told(t *testing.T) (*story.Story, *served) {
	t.Helper()
	server := serve(t, "")
	s := server.story()
	if err := doAll(t, s); err != nil {
		t.Fatal(err)
	}
	return s, server
}

func TestReportKeepsTheContract(t *testing.T) {
	s, _ := told(t)
	text, err := foreign.JSON(report.Run("1.2.3", s.Snapshot(), nil))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Tool   struct{ Name, Version string }
		Server struct {
			URL      string
			Version  *string
			Practice bool
		}
		Realm    string
		ClientID string `json:"client_id"`
		UserID   string `json:"user_id"`
		Result   string
		Steps    []struct {
			ID, Title, Result, Checked string
			Milliseconds               *int
			Exchanges                  []struct {
				Method, URL, Purpose string
				Status               int
			}
		}
		FirstCall struct {
			Status       int
			RolesInToken []string `json:"roles_in_token"`
		} `json:"first_call"`
		OldToken struct {
			Status  int
			Decided string `json:"roles_decided"`
		} `json:"old_token_after_grant"`
		SecondCall struct {
			Status       int
			RolesInToken []string `json:"roles_in_token"`
		} `json:"second_call"`
		Created []struct {
			Kind, Name string
			Removed    *bool
		}
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, step := range got.Steps {
		ids = append(ids, step.ID)
		if step.Result != "passed" || step.Checked == "" || step.Milliseconds == nil || len(step.Exchanges) == 0 {
			t.Errorf("step %+v", step)
		}
	}
	// These names are a contract; another step comes between them under a name of its own.
	want := []string{"connect", "realm", "client", "user", "first-call", "grant", "second-call"}
	kept := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !slices.Contains(want, id) })
	if !slices.Equal(kept, want) || len(ids) != len(story.Steps()) {
		t.Errorf("steps %v", ids)
	}
	if got.Tool.Name != "fix403" || got.Tool.Version != "1.2.3" || got.Result != "passed" || *got.Server.Version != "26.7.4" || got.UserID == "" {
		t.Errorf("%+v", got)
	}
	if got.FirstCall.Status != 403 || got.FirstCall.RolesInToken == nil || len(got.FirstCall.RolesInToken) != 0 {
		t.Errorf("first call %+v", got.FirstCall)
	}
	if got.OldToken.Status != 200 || got.OldToken.Decided != "at-request" || got.SecondCall.Status != 200 || len(got.SecondCall.RolesInToken) != 3 {
		t.Errorf("%+v %+v", got.OldToken, got.SecondCall)
	}
	if len(got.Created) != 3 || got.Created[0].Kind != "realm" || got.Created[0].Removed == nil {
		t.Errorf("created %+v", got.Created)
	}
}

func TestReportOfAFailure(t *testing.T) {
	server := serve(t, "")
	s := server.story(func(o *story.Options) { o.Credentials.Password = wire.NewSecret("wrong password") })
	err := doAll(t, s)
	r := report.Run("", s.Snapshot(), err)
	if r.Result != string(story.StatusFailed) || r.Error == nil || r.Error.Kind != "admin-refused" || r.Error.Hint == "" || r.Steps[0].Error == nil || r.Steps[1].Result != string(story.StatusSkipped) {
		t.Errorf("%+v", r)
	}
	text, err := report.JUnit(r)
	if err != nil {
		t.Fatal(err)
	}
	var suite struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Skipped  int `xml:"skipped,attr"`
		Cases    []struct {
			Failure struct {
				Type string `xml:"type,attr"`
			} `xml:"failure"`
		} `xml:"testcase"`
	}
	if err := xml.Unmarshal(text, &suite); err != nil {
		t.Fatal(err)
	}
	if suite.Tests != len(story.Steps()) || suite.Failures != 1 || suite.Skipped != suite.Tests-1 || suite.Cases[0].Failure.Type != "admin-refused" {
		t.Errorf("%s", text)
	}
}

func TestExportsHoldNoSecret(t *testing.T) {
	s, server := told(t)
	st := s.State()
	markdown := report.Markdown(nil, s.Snapshot())
	html := report.HTML(nil, s.Snapshot())
	report, err := foreign.JSON(report.Run("", s.Snapshot(), nil))
	if err != nil {
		t.Fatal(err)
	}
	journal, err := os.ReadFile(server.path)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(s.Exchanges())
	if err != nil {
		t.Fatal(err)
	}
	secrets := map[string]string{
		"admin password": server.pass, "client secret": s.ClientSecret().Reveal(),
	}
	for _, e := range s.Exchanges() {
		for _, h := range s.Revealable(e) {
			secrets[h.What.String()+" in "+e.Step] = h.Secret.Reveal()
		}
	}
	if len(secrets) < 6 { // the password, the secret in two steps, and the tokens
		t.Fatalf("only %d secrets to look for", len(secrets))
	}
	documents := map[string]string{"markdown": markdown, "html": html, "report": string(report), "journal": string(journal), "exchanges": string(raw), "script": manual.FormCurl.Story(nil, st)}
	for what, secret := range secrets {
		if len(secret) < 8 {
			t.Fatalf("the %s is %q: too short to look for", what, secret)
		}
		for name, text := range documents {
			if strings.Contains(text, secret) {
				t.Errorf("%s holds the %s", name, what)
			}
		}
	}
	for _, want := range []string{"identity ok", "role STOP 403", "role ok > object ok", "query-groups, query-users and view-users", "Bearer ***"} {
		for _, name := range []string{"markdown", "html"} {
			if !strings.Contains(strings.ReplaceAll(documents[name], "&gt;", ">"), want) {
				t.Errorf("%s does not say %q", name, want)
			}
		}
	}
}

func TestWriteEnv(t *testing.T) {
	s, server := told(t)
	path := filepath.Join(t.TempDir(), "env")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.WriteEnv(path); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"KEYCLOAK_URL='" + server.url + "'", "KEYCLOAK_CLIENT_SECRET='" + s.ClientSecret().Reveal() + "'"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

func TestPrettyBodyKeepsTheOrderOfTheWire(t *testing.T) {
	for body, want := range map[string]string{
		`{"z":1,"a":12345678901234567890}`: "{\n  \"z\": 1,\n  \"a\": 12345678901234567890\n}",
		"grant_type=x&client_id=y":         "grant_type=x\n&client_id=y",
		"{broken":                          "{broken",
	} {
		if got := report.PrettyBody(body); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
