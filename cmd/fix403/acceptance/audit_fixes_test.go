//go:build unix

package acceptance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"fix403/flows/document"
)

// noTest is for what is called outside of a test.
type noTest struct{ testing.TB }

func (noTest) Helper() {}

func (noTest) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func init() { programs["a-kcadm"] = aKcadm }

// aKcadm is called as kcadm.sh is, for the few commands that an audit prints, since that takes Java and a second for each.
func aKcadm() {
	args, flags := []string{}, map[string][]string{}
	for i := 1; i < len(os.Args); i++ {
		switch a := os.Args[i]; {
		case a == "--noquotes":
		case strings.HasPrefix(a, "-"):
			i++
			flags[a] = append(flags[a], os.Args[i])
		default:
			args = append(args, a)
		}
	}
	if args[0] == "config" {
		return
	}
	flag := func(name string) string { return strings.Join(flags[name], "") }
	on := &target{url: os.Getenv("KEYCLOAK"), adminUser: "admin", adminPassword: os.Getenv("KC_CLI_PASSWORD")}
	send := func(method, path string, body []byte) []byte {
		var content any
		if body != nil {
			content = json.RawMessage(body)
		}
		status, answer := on.admin(noTest{}, method, "/admin/realms/"+url.PathEscape(flag("-r"))+"/"+path, content)
		if status >= http.StatusBadRequest {
			panic(fmt.Sprint(method, path, status, string(answer)))
		}
		return answer
	}
	switch args[0] {
	case "get":
		query := url.Values{}
		for _, q := range flags["-q"] {
			name, value, _ := strings.Cut(q, "=")
			query.Set(name, value)
		}
		answer := send(http.MethodGet, args[1]+"?"+query.Encode(), nil)
		if flag("--format") == "" {
			_, _ = os.Stdout.Write(answer)
			return
		}
		var list []map[string]any
		_ = json.Unmarshal(answer, &list)
		for _, one := range list {
			var row []string
			for field := range strings.SplitSeq(flag("--fields"), ",") {
				row = append(row, fmt.Sprint(one[field]))
			}
			fmt.Println(strings.Join(row, ","))
		}
	case "create":
		body := []byte(flag("-b"))
		if len(body) == 0 {
			body = []byte("{}")
		}
		send(http.MethodPost, args[1], body)
	case "update":
		var body []byte
		if len(flags["-s"]) > 0 {
			var merged map[string]any
			_ = json.Unmarshal(send(http.MethodGet, args[1], nil), &merged)
			for _, s := range flags["-s"] {
				name, value, _ := strings.Cut(s, "=")
				merged[name] = json.RawMessage(value)
			}
			body, _ = json.Marshal(merged)
		}
		send(http.MethodPut, args[1], body)
	case "remove-roles":
		id := func(path, name string) string {
			var list []struct{ ID string }
			_ = json.Unmarshal(send(http.MethodGet, path+url.QueryEscape(name), nil), &list)
			return list[0].ID
		}
		at := "users/" + id("users?exact=true&username=", flag("--uusername")) + "/role-mappings/realm"
		if c := flag("--cclientid"); c != "" {
			at = strings.TrimSuffix(at, "realm") + "clients/" + id("clients?clientId=", c)
		}
		var held []named
		_ = json.Unmarshal(send(http.MethodGet, at, nil), &held)
		held = slices.DeleteFunc(held, func(r named) bool { return !slices.Contains(flags["--rolename"], r.Name) })
		if len(held) != len(flags["--rolename"]) {
			panic("Role not found")
		}
		body, _ := json.Marshal(held)
		send(http.MethodDelete, at, body)
	default:
		panic(args[0])
	}
}

// TestAuditFixes runs what an audit prints as the fix of each finding, and audits again: the finding is gone.
func TestAuditFixes(t *testing.T) {
	needsDoctor(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "kcadm.sh"), []byte("#!/bin/sh\nexec a-kcadm \"$@\"\n"), 0o700); err != nil { // #nosec G306 -- a program
		t.Fatal(err)
	}
	eachPractice(t, []string{"26.7.4"}, func(t *testing.T, on *target) { auditFixes(t, on, dir) })
}

// TestRealKeycloakAuditFixes is the same with Keycloak's own kcadm.sh.
func TestRealKeycloakAuditFixes(t *testing.T) {
	needsDoctor(t)
	eachReal(t, func(t *testing.T, on *target) { auditFixes(t, on, kcadm(t)) })
}

func auditFixes(t *testing.T, on *target, tool string) {
	s := newScene(t, on)
	s.newRealm("audit-fixes-"+suffix(), nil)
	s.scopeByHand()
	scope := s.scopeID("kc-admin-api")
	// plant is a service account that holds roles, within its client's scope.
	plant := func(id string, fields map[string]any, roles ...string) client {
		rep := map[string]any{"fullScopeAllowed": false}
		for k, v := range fields {
			rep[k] = v
		}
		c := s.plainClient(id, rep)
		s.must(http.MethodPut, s.at("/clients/"+c.uuid+"/default-client-scopes/"+scope), nil)
		s.grant(c.account, roles...)
		if rep["fullScopeAllowed"] == false && len(roles) > 0 {
			s.must(http.MethodPost, s.at("/clients/"+c.uuid+"/scope-mappings/clients/"+s.management()), s.managementRoles(roles...))
		}
		return c
	}
	const odd = `it's $HOME "x"`
	plant("all", nil, "realm-admin")
	plant("power", nil, "manage-users")
	plant(odd, nil, "manage-realm")
	plant("secrets", nil, "view-clients")
	plant("full", map[string]any{"fullScopeAllowed": true}, "view-users", "view-realm")
	plant("old", map[string]any{"attributes": map[string]string{"client.secret.creation.time": strconv.FormatInt(time.Now().Add(-800*24*time.Hour).Unix(), 10)}}, "view-users")
	off := plant("off", nil, "view-events")
	s.must(http.MethodPut, s.at("/users/"+off.account), map[string]any{"enabled": false})
	kept := plant("kept", nil)
	s.grant(kept.account, "view-events")
	mute := plant("mute", nil, "view-users")
	s.must(http.MethodDelete, s.at("/clients/"+mute.uuid+"/default-client-scopes/"+scope), nil)
	plant("more", nil, "view-users", "view-events")
	// One gets its role through a role of the realm, and one is a person.
	made := s.realmRole("helpers")
	s.must(http.MethodPost, s.at("/roles/helpers/composites"), s.managementRoles("manage-users"))
	s.must(http.MethodPost, s.at("/users/"+plant("through", map[string]any{"fullScopeAllowed": true}).account+"/role-mappings/realm"), []named{made})
	s.grant(s.user("boss"), "realm-admin")
	s.must(http.MethodPost, s.at("/clients"), map[string]any{"clientId": "portal", "enabled": true, "publicClient": true, "standardFlowEnabled": true, "redirectUris": []string{"https://app.example.com/*"}, "fullScopeAllowed": true})
	calls := filepath.Join(s.dir, "calls")
	if err := os.WriteFile(calls, []byte("more GET /admin/realms/"+url.PathEscape(s.realm)+"/users\n"), 0o600); err != nil {
		t.Fatal(err)
	}

	bin, err := program()
	if err != nil {
		t.Fatal(err)
	}
	environment := append(s.environment(nil), "PATH="+tool+string(os.PathListSeparator)+os.Getenv("PATH"), "HOME="+s.dir, "KEYCLOAK="+on.url, "KC_CLI_PASSWORD="+on.adminPassword)
	audit := func() (list []document.AuditFinding) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), bin, "audit", "--url", on.url, "--realm", s.realm, "--from", calls, "--json")
		cmd.Env = append(s.environment(nil), "FIX403_ADMIN_PASSWORD="+on.adminPassword)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v: %s", err, stderr.Bytes())
		}
		return slices.DeleteFunc(mustJSON[document.Audit](t, out).Findings, func(f document.AuditFinding) bool { return f.Commands == nil })
	}
	shell := func(lines ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "bash", "-eu", "-o", "pipefail")
		cmd.Stdin, cmd.Env, cmd.Dir = strings.NewReader(strings.Join(lines, "\n")+"\n"), environment, s.dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s\n%s", err, strings.Join(lines, "\n"), out)
		}
	}
	shell(`kcadm.sh config credentials --server "$KEYCLOAK" --realm master --user admin`)

	name := func(f document.AuditFinding) string { return f.ID + " " + f.Account.ClientID + f.Account.Name }
	fixed := map[string]int{}
	for list := audit(); len(list) > 0; {
		f := list[0]
		if shell(f.Commands...); fixed[f.ID] > 20 {
			t.Fatalf("too many of %s", f.ID)
		}
		fixed[f.ID]++
		left := audit()
		same := func(g document.AuditFinding) bool { return name(g) == name(f) && g.Reason == f.Reason }
		if slices.ContainsFunc(left, same) {
			t.Errorf("%s is still found after\n%s", name(f), strings.Join(f.Commands, "\n"))
			left = slices.DeleteFunc(left, same)
		}
		list = left
	}
	want := map[string]int{"realm-admin": 2, "escalates": 3, "reads-secrets": 1, "full-scope": 2, "secret-age": 1, "disabled-account": 1, "outside-scope": 1, "audience-missing": 1, "unused-roles": 1}
	for id, n := range want {
		if fixed[id] != n {
			t.Errorf("%d findings of %s were fixed, not %d", fixed[id], id, n)
		}
	}
	// What was needed is still there.
	for _, c := range []string{"full", "old", "mute", "more"} {
		account := s.id("/users?exact=true&username=service-account-" + c)
		if held := s.must(http.MethodGet, s.at("/users/"+account+"/role-mappings/clients/"+s.management()), nil); !bytes.Contains(held, []byte(`"view-users"`)) {
			t.Errorf("%s holds %s", c, held)
		}
	}
}
