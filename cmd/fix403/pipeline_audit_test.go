//go:build unix

package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fix403/flows/document"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// grown makes the realm shop with a client that audits it, and returns what grants another client's account a role.
func (p *pipeline) grown(secret string) func(clientID, role string) {
	p.Helper()
	server, err := keycloak.Open(p.Context(), p.url, keycloak.Options{})
	if err != nil {
		p.Fatal(err)
	}
	admin, err := server.Login(p.Context(), keycloak.Credentials{User: "admin", Password: wire.NewSecret(pipelinePassword)})
	if err != nil {
		p.Fatal(err)
	}
	if _, err := admin.EnsureRealm(p.Context(), "shop", "run", func(string, string, string) (func(string) error, error) {
		return func(string) error { return nil }, nil
	}); err != nil {
		p.Fatal(err)
	}
	send := func(method, path string, body any) (answer map[string]any) {
		p.Helper()
		text, _, err := admin.Send(p.Context(), msg.New("plant"), method, "shop", path, body)
		if err != nil {
			p.Fatal(err)
		}
		_ = json.Unmarshal(text, &answer) // nil where there is none
		return answer
	}
	management, err := admin.FindClient(p.Context(), "shop", keycloak.RealmManagement)
	if err != nil {
		p.Fatal(err)
	}
	grant := func(clientID, role string) {
		p.Helper()
		c, err := admin.FindClient(p.Context(), "shop", clientID)
		if err != nil {
			p.Fatal(err)
		}
		r := send(http.MethodGet, "/clients/"+management.ID+"/roles/"+role, nil)
		account := send(http.MethodGet, "/clients/"+c.ID+"/service-account-user", nil)["id"].(string)
		send(http.MethodPost, "/users/"+account+"/role-mappings/clients/"+management.ID, []any{r})
		send(http.MethodPost, "/clients/"+c.ID+"/scope-mappings/clients/"+management.ID, []any{r})
	}
	for _, id := range []string{"auditor", "reports"} {
		send(http.MethodPost, "/clients", map[string]any{"clientId": id, "enabled": true, "serviceAccountsEnabled": true, "publicClient": false, "fullScopeAllowed": false, "secret": secret})
	}
	for _, role := range []string{"view-clients", "view-realm", "view-users"} {
		grant("auditor", role)
	}
	return grant
}

// TestAuditPipelines runs the audit's action and template: before and after a client gets a role that leads to more. After it they fail, and the
// findings are there to be uploaded.
func TestAuditPipelines(t *testing.T) {
	const secret = "the secret of the auditor"
	for name, make := range map[string]func(p *pipeline) func() (string, int){
		"github": func(p *pipeline) func() (string, int) {
			c := p.uses("github-audit-action/action.yml", "github-keycloak-audit.yml", "audit", map[string]string{"url": p.url, "admin-client-secret": secret, "archive": p.archive, "sha256": p.sha256})
			if len(c.Runs.Steps) != 3 {
				t.Fatalf("%+v", c.Runs)
			}
			c.installs()
			// What uploads runs after a failure, and only where there is a file.
			upload := c.Runs.Steps[2]
			if !strings.HasPrefix(upload.Uses, "github/codeql-action/upload-sarif@v") || upload.If != "always() && inputs.upload == 'true' && hashFiles(inputs.sarif) != ''" || upload.With["sarif_file"] != "${{ inputs.sarif }}" {
				t.Errorf("%+v", upload)
			}
			if c.Inputs["sarif"].Default != "keycloak-audit.sarif" {
				t.Errorf("%+v", c.Inputs)
			}
			c.used["upload"] = true
			return func() (string, int) {
				defer c.allUsed()
				return c.step(1)
			}
		},
		"gitlab": func(p *pipeline) func() (string, int) {
			env, script := p.template("gitlab-keycloak-audit.yml", ".keycloak-audit", map[string]string{"FIX403_ADMIN_CLIENT_ID": "auditor", "FIX403_ADMIN_CLIENT_SECRET": secret, "REALM": "shop"})
			return func() (string, int) { return p.run(script, env) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPipeline(t)
			grant := p.grown(secret)
			audit := make(p)
			check := func(want int, rule string) {
				t.Helper()
				for _, old := range []string{"sarif", "xml"} {
					_ = os.Remove(filepath.Join(p.dir, "keycloak-audit."+old))
				}
				out, code := audit()
				if code != want || strings.Contains(out, secret) {
					t.Errorf("exit code %d\n%s", code, out)
				}
				text, err := os.ReadFile(filepath.Join(p.dir, "keycloak-audit.sarif"))
				var log document.SARIF
				if err == nil {
					err = json.Unmarshal(text, &log)
				}
				if err != nil || strings.Contains(string(text), `"ruleId": "escalates"`) != (rule != "") {
					t.Errorf("%v: %s", err, text)
				}
				junit, err := os.ReadFile(filepath.Join(p.dir, "keycloak-audit.xml"))
				if err != nil || strings.Contains(string(junit), "<failure") != (want == exitCheckFailed) {
					t.Errorf("%v: %s", err, junit)
				}
			}
			check(exitOK, "")
			grant("reports", "manage-users")
			check(exitCheckFailed, "escalates")
		})
	}
}
