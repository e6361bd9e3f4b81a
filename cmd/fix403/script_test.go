package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"fix403/keycloak/practice"
	"fix403/keycloak/testrun"
)

func TestMain(m *testing.M) {
	testscript.Main(testrun.Waiting{M: ownState{m}, AtOnce: 8}, map[string]func(){"fix403": main})
}

// ownState gives the tests a state folder that is not the person's. Those that look at what is remembered have one of their own.
type ownState struct{ m *testing.M }

func (s ownState) Run() int {
	dir, err := os.MkdirTemp("", "fix403-state-")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.Setenv("XDG_STATE_HOME", dir); err != nil {
		panic(err)
	}
	return s.m.Run()
}

// adminPassword is planted in every script's server, and must never be seen in what the program writes.
const adminPassword = "correct horse/battery+staple"

// TestScripts runs the program as a person or a script would. Each script has a Keycloak at $KC, port $PORT (a practice server on a
// loopback port), a web server that is none at $WEB, and its admin's password in FIX403_ADMIN_PASSWORD.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			p, err := practice.New(practice.Options{Version: "24.0.5", AdminPassword: adminPassword})
			if err != nil {
				return err
			}
			kc := httptest.NewServer(p)
			web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.WriteString(w, "<html><body>Welcome to "+r.URL.Path+"</body></html>")
			}))
			env.Defer(kc.Close)
			env.Defer(web.Close)
			env.Setenv("KC", kc.URL)
			env.Setenv("PORT", kc.URL[strings.LastIndex(kc.URL, ":")+1:])
			env.Setenv("WEB", web.URL)
			env.Setenv("FIX403_ADMIN_PASSWORD", adminPassword)
			env.Setenv("XDG_STATE_HOME", env.WorkDir+"/state")
			env.Setenv("XDG_CONFIG_HOME", env.WorkDir+"/config")
			env.Setenv("NO_COLOR", "")
			return nil
		},
		Condition: func(name string) (bool, error) { return name == "whole" && testrun.Whole(), nil },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"realms": realms, "mkrealm": mkrealm, "rmrealm": rmrealm, "code": code, "nosecret": noSecret, "json": jsonValue,
		},
	})
}

// adminAPI calls the server of the script past all code of this program.
func adminAPI(ts *testscript.TestScript, method, path, body string) string {
	res, err := http.PostForm(ts.Getenv("KC")+"/realms/master/protocol/openid-connect/token", url.Values{
		"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {"admin"}, "password": {adminPassword},
	})
	ts.Check(err)
	var token struct {
		AccessToken string `json:"access_token"`
	}
	ts.Check(json.NewDecoder(res.Body).Decode(&token))
	ts.Check(res.Body.Close())
	req, err := http.NewRequest(method, ts.Getenv("KC")+path, strings.NewReader(body))
	ts.Check(err)
	req.Header.Set("Authorization", "Bearer "+token.AccessToken)
	req.Header.Set("Content-Type", "application/json")
	res, err = http.DefaultClient.Do(req)
	ts.Check(err)
	text, err := io.ReadAll(res.Body)
	ts.Check(err)
	ts.Check(res.Body.Close())
	if res.StatusCode >= 300 {
		ts.Fatalf("%s %s: %d %s", method, path, res.StatusCode, text)
	}
	return string(text)
}

// realms NAME... : the server has exactly these.
func realms(ts *testscript.TestScript, _ bool, want []string) {
	var list []struct {
		Realm string `json:"realm"`
	}
	ts.Check(json.Unmarshal([]byte(adminAPI(ts, http.MethodGet, "/admin/realms", "")), &list))
	var got []string
	for _, r := range list {
		got = append(got, r.Realm)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		ts.Fatalf("the server has the realms %v, not %v", got, want)
	}
}

// mkrealm NAME: makes a realm that is not ours.
func mkrealm(ts *testscript.TestScript, _ bool, args []string) {
	adminAPI(ts, http.MethodPost, "/admin/realms", fmt.Sprintf(`{"realm":%q,"enabled":true}`, args[0]))
}

// rmrealm NAME: removes it.
func rmrealm(ts *testscript.TestScript, _ bool, args []string) {
	adminAPI(ts, http.MethodDelete, "/admin/realms/"+args[0], "")
}

// code N COMMAND...: the command ends with exit code N.
func code(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("exit code %s (%v), want %s", got, err, args[0])
	}
}

// nosecret FILE...: none of the files holds the admin's password or anything like a token.
func noSecret(ts *testscript.TestScript, _ bool, files []string) {
	for _, f := range files {
		text := ts.ReadFile(f)
		for _, form := range []string{adminPassword, url.QueryEscape(adminPassword), url.PathEscape(adminPassword), "eyJhbGciOiJ"} {
			if strings.Contains(text, form) {
				ts.Fatalf("%s holds %q", f, form)
			}
		}
	}
}

// json PATH VALUE: the document on stdout is JSON, and has the value at the path, as in first_call.status. An element of a list is
// named by its place or its id.
func jsonValue(ts *testscript.TestScript, _ bool, args []string) {
	var v any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &v))
	for _, key := range strings.Split(args[0], ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil {
				i = slices.IndexFunc(x, func(element any) bool {
					named, ok := element.(map[string]any)
					return ok && named["id"] == key
				})
			}
			if i < 0 || i >= len(x) {
				ts.Fatalf("no element %s", key)
			}
			v = x[i]
		default:
			ts.Fatalf("nothing at %s", args[0])
		}
	}
	got, err := json.Marshal(v)
	ts.Check(err)
	if string(got) != args[1] {
		ts.Fatalf("%s is %s, want %s", args[0], got, args[1])
	}
}

func TestExitCodesOfErrorsThatAreNoOthers(t *testing.T) {
	if got := exitCode(os.ErrPermission); got != exitUnexpected {
		t.Errorf("got %d", got)
	}
	if got := exitCode(nil); got != exitOK {
		t.Errorf("got %d", got)
	}
}
