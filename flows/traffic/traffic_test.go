package traffic

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The samples are logs of Keycloak 26.7.4 and of nginx 1.22.1 before it. The same script made its calls for each of them.
var scripted = []string{
	"POST /admin/realms 201",
	"POST /admin/realms/shop/users 201",
	"GET /admin/realms/shop/users?username&exact=true 200",
	"POST /admin/realms/shop/clients 201",
	"GET /admin/realms/shop/users/ID 403",
	"GET /admin/realms/shop/users?search&briefRepresentation=true 403",
	"PUT /admin/realms/shop/users/ID 403",
	"PUT /admin/realms/shop/users/ID 204",
	"PUT /admin/realms/shop/users/ID/reset-password 204",
	"POST /admin/realms/shop/partial-export?exportClients=true 200",
	"GET /admin/realms/shop/clients?clientId 200",
	"GET /admin/realms/shop/clients/ID/roles/view-users 200",
	"POST /admin/realms/shop/users/ID/role-mappings/clients/ID 204",
	"DELETE /admin/realms/shop/users/ID/role-mappings/clients/ID 204",
	"POST /admin/realms/shop/groups 201",
	"GET /admin/realms/shop/groups 200",
	"PUT /admin/realms/shop/users/ID/groups/ID 204",
	"POST /admin/realms/shop/users/ID/logout 204",
	"PUT /admin/realms/shop/users/ID/execute-actions-email 400",
	"POST /admin/realms/shop/users/ID/impersonation 200",
	"DELETE /admin/realms/shop/users/ID 204",
	"PUT /admin/realms/shop 204",
	"PUT /admin/realms/shop/events/config 204",
	"GET /admin/realms/shop/clients?clientId 200",
	"POST /admin/realms/shop/clients/ID/client-secret 200",
	"DELETE /admin/realms/shop 204",
}

// noEvent are those calls that Keycloak reports no admin event of, beside reads and calls that fail.
var noEvent = []string{"partial-export", "impersonation"}

// eventful reports whether a call has an admin event.
func eventful(call string) bool {
	return !strings.HasPrefix(call, "GET ") && strings.Contains(call, " 20") && !slices.ContainsFunc(noEvent, func(s string) bool { return strings.Contains(call, s) })
}

var id = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)

// shown is a call as in scripted.
func (c Call) shown() string {
	return fmt.Sprintf("%s %s %d", c.Method, id.ReplaceAllString(c.Path, "ID"), c.Status)
}

func sample(t *testing.T, file string) ([]Call, Skipped, []byte) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	calls, skipped, err := Read(bytes.NewReader(text))
	if err != nil || skipped.Unread > 0 || !Recorded(text) {
		t.Fatalf("%s: %v, %+v, recorded: %v", file, err, skipped, Recorded(text))
	}
	return calls, skipped, text
}

func same(t *testing.T, file string, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n%s\nwant\n%s", file, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestAccessLogs(t *testing.T) {
	for _, file := range []string{"keycloak-console.log", "keycloak-long.log", "keycloak-combined.log", "nginx-combined.log", "nginx.jsonl", "nginx-request.jsonl"} {
		calls, skipped, text := sample(t, file)
		lines := bytes.Split(text, []byte("\n"))
		var got []string
		for _, c := range calls {
			got = append(got, c.shown())
			if path, _, _ := strings.Cut(c.Path, "?"); !bytes.Contains(lines[c.Line-1], []byte(path)) || c.Client != "" {
				t.Errorf("%s: %+v is not in line %d: %s", file, c, c.Line, lines[c.Line-1])
			}
			if year := c.Time.Year(); year != 2026 && file != "keycloak-long.log" {
				t.Errorf("%s: %+v: the time", file, c)
			}
		}
		want := scripted
		if file == "keycloak-long.log" { // which has no status
			want = nil
			for _, c := range scripted {
				want = append(want, c[:len(c)-3]+"0")
			}
		}
		same(t, file, got, want)
		if skipped.Others < 2 { // the logins
			t.Errorf("%s: %d lines about something else", file, skipped.Others)
		}
	}
}

func TestAdminEvents(t *testing.T) {
	var want []string // the realm of an admin of master is not known, except where it is the resource
	for _, c := range scripted {
		if eventful(c) {
			c = "admin of master: " + c[:len(c)-3] + "0"
			if !strings.Contains(c, "DELETE /admin/realms/shop ") {
				c = strings.Replace(c, "/admin/realms/shop", "/admin/realms/{realm}", 1)
			}
			want = append(want, c)
		}
	}
	for _, file := range []string{"keycloak-events.log", "keycloak-events.jsonl"} {
		calls, _, _ := sample(t, file)
		var got []string
		for _, c := range calls {
			got = append(got, c.Client+" of "+c.Realm+": "+c.shown())
		}
		same(t, file, got, want)
	}
}

// A service account calls its own realm, and its admin events are the calls that nginx saw.
func TestAdminEventsOfAServiceAccount(t *testing.T) {
	events, _, _ := sample(t, "keycloak-own.jsonl")
	access, _, _ := sample(t, "nginx-own.log")
	var got, want []string
	for _, c := range events {
		if c.Client == "reports" && c.Realm == "shop" {
			got = append(got, c.Method+" "+c.Path)
		}
	}
	none := []string{"localization", "POST /admin/realms/shop/users 201"}
	begun := false
	for _, c := range access {
		begun = begun || c.Path == "/admin/realms/shop/roles"
		last := c.Method == http.MethodDelete && c.Path == "/admin/realms/shop"
		if begun && !last && eventful(c.shown()) && !slices.ContainsFunc(none, func(s string) bool { return strings.Contains(c.shown(), s) }) {
			want = append(want, c.Method+" "+c.Path)
		}
	}
	same(t, "keycloak-own.jsonl", got, want)
	if len(got) < 25 {
		t.Errorf("%d calls", len(got))
	}
}

func TestLinesThatCannotBeRead(t *testing.T) {
	in := "{\"recording\":\"fix403\",\"version\":1}\n\n" +
		`{"client":"reports","realm":"shop","method":"GET","path":"/admin/realms/shop/users","status":200}` + "\n" +
		"{not JSON\n{}\n" + strings.Repeat("x", mostOfLine+1) + "\nnothing\n" +
		`{"method":"GET","path":"/realms/shop"}` + "\n" + strings.Repeat("\n", 3) + strings.Repeat("?\n", 20)
	calls, skipped, err := Read(strings.NewReader(in))
	if err != nil || len(calls) != 1 || calls[0].Line != 3 || calls[0].Client != "reports" || calls[0].Realm != "shop" {
		t.Fatalf("%+v, %v", calls, err)
	}
	if skipped.Unread != 24 || skipped.Others != 1 || len(skipped.First) != mostLines {
		t.Errorf("%+v", skipped)
	}
	for i, want := range []string{"4 it is not JSON", "5 it holds no call", "6 it is longer than 1 MiB", "7 it holds no call", "12 it holds no call"} {
		if got := fmt.Sprint(skipped.First[i].Number, " ", skipped.First[i].Why); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestEventsThatFitNoCall(t *testing.T) {
	const begin = "2026-11-30 23:55:50,395 INFO  [org.keycloak.events] (executor-thread-1) "
	calls, skipped, err := Read(strings.NewReader(begin + `operationType="CREATE", realmName="shop", userId="u", resourceType="X", resourcePath="a/b/c/d"` + "\n" +
		begin + "operationType=CREATE, realmId=shop, clientId=c, userId=u, ipAddress=127.0.0.1, resourceType=USER, resourcePath=users/u1\n"))
	if err != nil || skipped.Unread != 1 || skipped.First[0].Number != 1 || len(calls) != 1 || calls[0].shown() != "POST /admin/realms/{realm}/users 0" || calls[0].Client != "" {
		t.Errorf("%+v, %+v, %v", calls, skipped, err)
	}
}

func TestNotARecording(t *testing.T) {
	for in, says := range map[string]string{
		"":                                   "not a recording",
		"hello\nworld":                       "not a recording",
		`{"recording":"fix403","version":2}`: "newer fix403",
		strings.Repeat("GET /admin/realms/r\n", 4<<20): "larger than 64 MiB",
	} {
		if _, _, err := Read(strings.NewReader(in)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.40q: %v, want %s", in, err, says)
		}
	}
	if Recorded([]byte("# calls\nGET /admin/realms/r/users\n")) {
		t.Error("a list of calls is a recording")
	}
}
