package doctor_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"fix403/flows/doctor"
	"fix403/flows/doctor/given"
	"fix403/flows/doctor/rights"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/practice"
	"fix403/keycloak/wire"
)

// TestPrograms runs the Go and TypeScript programs of a fix against a server, as a person would: they get a token and
// print the answer, and say which of 401 and 403 it is when there is none.
func TestPrograms(t *testing.T) {
	p, err := practice.New(practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: p} // #nosec G112 -- a test's own server
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	base := "http://" + listener.Addr().String()

	ctx := context.Background()
	s, err := keycloak.Open(ctx, base, keycloak.Options{})
	if err != nil {
		t.Fatal(err)
	}
	admin, err := s.Login(ctx, keycloak.Credentials{User: p.AdminUser(), Password: wire.NewSecret(p.AdminPassword())})
	if err != nil {
		t.Fatal(err)
	}
	const realm, clientID = "my realm", "team:a+b"
	if _, err := admin.EnsureRealm(ctx, realm, "test", nil); err != nil {
		t.Fatal(err)
	}
	if _, _, err := admin.Send(ctx, msg.New("make a client"), http.MethodPost, realm, "/clients", map[string]any{
		"clientId": clientID, "secret": "geheim-geheim", "enabled": true, "publicClient": false, "serviceAccountsEnabled": true}); err != nil {
		t.Fatal(err)
	}
	doc, err := doctor.New(given.Options{URL: base, Origin: given.Named, Realm: realm, ClientID: clientID, Secret: wire.NewSecret("geheim-geheim"), Path: "/admin/realms/my%20realm/users"})
	if err != nil {
		t.Fatal(err)
	}
	d, err := doc.Diagnose(ctx)
	if err != nil || d.Verdict != rights.RoleMissing {
		t.Fatalf("verdict %q, error %v", d.Verdict, err)
	}
	run := func(name, text string, command ...string) func(secret string) string {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return func(secret string) string {
			cmd := exec.Command(command[0], append(command[1:], file)...)
			cmd.Env = append(os.Environ(), "CLIENT_SECRET="+secret)
			out, err := cmd.CombinedOutput()
			if err != nil {
				return "failed: " + string(out)
			}
			return string(out)
		}
	}
	programs := map[string]func(string) string{"go": run("main.go", d.Fix.Go, "go", "run")}
	if version, err := exec.Command("node", "--version").Output(); err == nil && strings.HasPrefix(string(version), "v") {
		programs["typescript"] = run("main.mjs", d.Fix.TypeScript, "node") // it uses no types, so it is JavaScript, too
	} else {
		t.Log("skipped TypeScript: node is not there")
	}
	for name, program := range programs {
		if out := program("geheim-geheim"); !strings.Contains(out, "403") || !strings.HasPrefix(out, "failed") {
			t.Errorf("%s without the role: %s", name, out)
		}
		if out := program("wrong"); !strings.Contains(out, "401") || !strings.HasPrefix(out, "failed") {
			t.Errorf("%s with a wrong secret: %s", name, out)
		}
	}
	fixer, err := doctor.New(given.Options{URL: base, Origin: given.Named, Realm: realm, ClientID: clientID, Secret: wire.NewSecret("geheim-geheim"), Path: "/admin/realms/my%20realm/users",
		Write: true, Admin: &keycloak.Credentials{User: p.AdminUser(), Password: wire.NewSecret(p.AdminPassword())}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fixer.Diagnose(ctx); err != nil {
		t.Fatal(err)
	}
	if err := fixer.Fix(ctx); err != nil {
		t.Fatal(err)
	}
	for name, program := range programs {
		if out := program("geheim-geheim"); strings.TrimSpace(out) != "[]" {
			t.Errorf("%s with the role: %s", name, out)
		}
	}
}
