package flows

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"fix403/flows/change"
	"fix403/flows/console"
	"fix403/flows/manual"
	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/keycloak"
)

// shell executes lines with a shell that stops at the first error, and returns what they print.
func shell(t *testing.T, environ []string, lines ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-eu", "-s")
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	cmd.Env = append(os.Environ(), environ...)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s%s", err, out, &errs)
	}
	return string(out)
}

func needs(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("needs %s", tool)
		}
	}
}

// Names that a shell, a URL or Terraform could trip over.
const awkwardRealm, awkwardClient = "a realm's", `svc "$HOME" ünd & 'co'/?x=1`

func TestGrantByCurl(t *testing.T) {
	needs(t, "sh", "curl", "grep", "cut")
	for _, names := range [][2]string{{"plain", "svc"}, {awkwardRealm, awkwardClient}} {
		t.Run(names[1], func(t *testing.T) {
			server := serve(t, "")
			server.make("", map[string]any{"realm": names[0], "enabled": true})
			path := "/" + strings.ReplaceAll(names[0], " ", "%20")
			id := server.make(path+"/clients", map[string]any{"clientId": names[1], "serviceAccountsEnabled": true, "publicClient": false})
			lines := append(change.LoginCurl(server.url, "master", server.admin), change.GrantCurl(names[0], names[1], "view-users", "query-groups")...)
			shell(t, []string{"ADMIN_PASSWORD=" + server.pass}, lines...)
			_, _, account := server.api(http.MethodGet, path+"/clients/"+id+"/service-account-user", nil)
			_, _, mappings := server.api(http.MethodGet, path+"/users/"+between(account, `"id":"`, `"`)+"/role-mappings", nil)
			for _, role := range []string{"view-users", "query-groups"} {
				if !strings.Contains(mappings, `"name":"`+role+`"`) {
					t.Errorf("the role %s was not given: %s", role, mappings)
				}
			}
		})
	}
}

func between(text, from, to string) string {
	_, after, _ := strings.Cut(text, from)
	found, _, _ := strings.Cut(after, to)
	return found
}

func TestGrantFormsNameWhatTheyNeed(t *testing.T) {
	var clicks []string
	for _, click := range change.GrantConsole(console.Of(""), "r", "c", params.TheRole) {
		clicks = append(clicks, click.String())
	}
	forms := map[string][]string{
		"console": clicks, "curl": change.GrantCurl("r", "c", params.TheRole),
		"kcadm": change.GrantKcadm("r", "c", params.TheRole), "terraform": change.GrantTerraform("r", "c", params.TheRole),
	}
	for name, lines := range forms {
		text := strings.Join(lines, "\n")
		for _, part := range []string{params.TheRole, keycloak.RealmManagement} {
			if !strings.Contains(text, part) {
				t.Errorf("%s does not name %s:\n%s", name, part, text)
			}
		}
		if slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, "\n") }) {
			t.Errorf("%s: a line holds a line break", name)
		}
	}
}

// Terraform itself says whether a text is in its form, without any provider.
func TestTerraformFormsAreFormatted(t *testing.T) {
	needs(t, "terraform")
	bare, full := &story.State{Params: params.DefaultParams()}, &story.State{
		URL: "https://sso.example.com/auth", AdminName: "a \"client\"", AdminRealm: "other", AdminIsClient: true,
		Params: params.Params{Realm: awkwardRealm, ClientID: awkwardClient, RedirectURIs: []string{"/a", "/b"}, Username: "j"},
	}
	for _, text := range []string{
		manual.FormTerraform.Story(nil, bare), manual.FormTerraform.Story(nil, full),
		strings.Join(change.GrantTerraform("r", "c", params.TheRole, "query-groups"), "\n") + "\n",
		strings.Join(change.GrantTerraform(awkwardRealm, awkwardClient+"${x}%{y}", params.TheRole), "\n") + "\n",
	} {
		file := filepath.Join(t.TempDir(), "main.tf")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.CommandContext(t.Context(), "terraform", "fmt", "-no-color", "-check", "-diff", file).CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	}
}
