package paste_test

import (
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"

	"fix403/flows/paste"
	"fix403/keycloak/failure"
)

const (
	formURL   = "http://127.0.0.1:8080/admin/realms/shop/users"
	formToken = "Bearer eyJh.eyJi.c-_"
)

// TestForms reads one call, GET users, as people have it in hand: testdata/forms has a file for each form.
func TestForms(t *testing.T) {
	for name, want := range map[string]struct{ query, client string }{ // client: of the token that the text asks for; "?" for an unknown one
		"utf8-bom": {}, "utf16": {}, "variable-in-the-file": {}, "in-a-container": {}, "powershell-variable": {}, "with-its-output": {}, "in-a-script": {},
		"in-a-string": {}, "typographic-quotes": {}, "invoke-restmethod": {}, "fetch": {}, "axios": {}, "httpie": {}, "wget": {}, "raw-http": {}, "har": {},
		"with-the-prompt": {query: "?first=0&max=5"}, "chrome": {query: "?briefRepresentation=true&first=0&max=11"},
		"variables-in-the-urls": {client: "svc"}, "python-program": {client: "svc"}, "powershell-program": {client: "svc"}, "powershell-splatting": {}, "in-a-loop": {}, "python-session": {client: "svc"}, "javascript-program": {client: "svc"}, "axios-program": {client: "svc"}, "backticks": {client: "svc"}, "kcadm": {client: "svc"},
		"python-requests": {client: "?"}, "token-not-in-the-text": {client: "?"},
	} {
		text, err := os.ReadFile("testdata/forms/" + name)
		if err != nil {
			t.Fatal(err)
		}
		c, err := paste.Parse(string(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		token, client, secret := c.Authorization.Reveal(), c.ClientID, c.Secret.Reveal()
		good := token == formToken && !c.Variable && client == ""
		switch want.client {
		case "":
		case "?":
			good = token == "" && c.Variable && client == ""
		default:
			good = token == "" && c.Variable && client == want.client && secret == "geheim" && c.SecretBase == "http://127.0.0.1:8080"
		}
		if c.Method != http.MethodGet || c.URL != formURL+want.query || !good {
			t.Errorf("%s: %s %s, token %q, variable %v, client %q", name, c.Method, c.URL, token, c.Variable, client)
		}
	}
	text, err := os.ReadFile("testdata/forms/stack-trace")
	if err != nil {
		t.Fatal(err)
	}
	checkRefused(t, "stack trace", string(text), "--call", "--token-file")
}

func checkRefused(t *testing.T, name, text string, hints ...string) {
	t.Helper()
	c, err := paste.Parse(text)
	var e *failure.Error
	if !errors.As(err, &e) || e.Kind != failure.BadInput {
		t.Errorf("%s: %v, %v", name, c, err)
		return
	}
	for _, hint := range hints {
		if !strings.Contains(e.Message.String()+" "+e.Hint.String(), hint) {
			t.Errorf("%s: %s %s lacks %q", name, e.Message, e.Hint, hint)
		}
	}
}

// TestMoreForms reads relatives of the forms above: the method, the URL and the token's header; "?" for one that is not known.
func TestMoreForms(t *testing.T) {
	const token = "Bearer abc"
	for name, c := range map[string]struct{ text, method, url, token string }{
		"exported":                  {"export TOKEN=abc\nexport KC=http://kc:1\ncurl -H \"Authorization: Bearer ${TOKEN}\" $KC/admin/realms/r/users", "GET", "http://kc:1/admin/realms/r/users", token},
		"a default":                 {`curl -H "Authorization: Bearer abc" "${KC:-http://kc:1}/admin/realms/r/users"`, "GET", "http://kc:1/admin/realms/r/users", token},
		"a token from a file":       {"TOKEN=$(cat token.txt)\ncurl -H \"Authorization: Bearer $TOKEN\" http://kc/admin/realms/r/users", "GET", "http://kc/admin/realms/r/users", "?"},
		"a variable with a space":   {"H='Authorization: Bearer abc'\ncurl -H \"$H\" http://kc/admin/realms/r/users", "GET", "http://kc/admin/realms/r/users", token},
		"options in a variable":     {"OPTS='-s -X DELETE'\ncurl $OPTS -H 'Authorization: Bearer abc' http://kc/admin/realms/r/users/1", "DELETE", "http://kc/admin/realms/r/users/1", token},
		"in a condition":            {"if ! curl -f -H 'Authorization: Bearer abc' http://kc/admin/realms/r/users; then echo no; fi", "GET", "http://kc/admin/realms/r/users", token},
		"in a pod":                  {`kubectl exec -n sso kc-0 -- curl -X DELETE -H "Authorization: Bearer abc" http://kc/admin/realms/r/users/1`, "DELETE", "http://kc/admin/realms/r/users/1", token},
		"in sh -c":                  {`docker run --rm alpine sh -c "curl -H 'Authorization: Bearer abc' http://kc/admin/realms/r/users"`, "GET", "http://kc/admin/realms/r/users", token},
		"a prompt of root":          {`[root@host ~]# curl -H "Authorization: Bearer abc" http://kc/admin/realms/r/users`, "GET", "http://kc/admin/realms/r/users", token},
		"a prompt of PowerShell":    {"PS C:\\Users\\me> curl.exe -H \"Authorization: Bearer abc\" `\n  http://kc/admin/realms/r/users", "GET", "http://kc/admin/realms/r/users", token},
		"wget with a body":          {`wget -qO- --method=PUT --header "Authorization: Bearer abc" --body-data '{"enabled":false}' http://kc/admin/realms/r/users/1`, "PUT", "http://kc/admin/realms/r/users/1", token},
		"HTTPie, query and bearer":  {`https -A bearer -a abc kc.example.com/admin/realms/r/users username==ann max==5`, "GET", "https://kc.example.com/admin/realms/r/users?max=5&username=ann", token},
		"HTTPie, body":              {`http PUT http://kc/admin/realms/r/users/1 "Authorization:Bearer abc" enabled:=false`, "PUT", "http://kc/admin/realms/r/users/1", token},
		"fetch, template":           {"await fetch(`http://kc/admin/realms/r/users`, { headers: { Authorization: `Bearer ${token}` } })", "GET", "http://kc/admin/realms/r/users", "?"},
		"fetch, put together":       {`fetch("http://kc/admin/realms/r/users", {method: 'POST', headers: {'Authorization': 'Bearer ' + token}})`, "POST", "http://kc/admin/realms/r/users", "?"},
		"axios, an object":          {`axios({ method: 'delete', url: 'http://kc/admin/realms/r/users/1', headers: { "Authorization": "Bearer abc" } })`, "DELETE", "http://kc/admin/realms/r/users/1", token},
		"requests, headers before":  {"h = {'Authorization': 'Bearer abc'}\nrequests.post('http://kc/admin/realms/r/users', headers=h, json={})", "POST", "http://kc/admin/realms/r/users", token},
		"a request of HTTP/2":       {"GET /admin/realms/r/users HTTP/2\nhost: kc.example.com\nauthorization: Bearer abc\n", "GET", "https://kc.example.com/admin/realms/r/users", token},
		"an .http file":             {"@host = http://kc:1\n@realm=r\n### users\nGET {{host}}/admin/realms/{{realm}}/users\nAuthorization: Bearer {{token}}\n", "GET", "http://kc:1/admin/realms/r/users", "?"},
		"Postman's token":           {`curl -H 'Authorization: Bearer {{token}}' http://kc/admin/realms/r/users`, "GET", "http://kc/admin/realms/r/users", "?"},
		"Invoke-WebRequest, a post": {"iwr -Method Post -Headers @{Authorization=\"Bearer abc\"} -Uri http://kc/admin/realms/r/users", "POST", "http://kc/admin/realms/r/users", token},
	} {
		got, err := paste.Parse(c.text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		authorization := got.Authorization.Reveal()
		if got.Variable {
			authorization += "?"
		}
		if got.Method != c.method || got.URL != c.url || authorization != c.token {
			t.Errorf("%s: %s %s, %q", name, got.Method, got.URL, authorization)
		}
	}
}

func TestFormsThatAreRefused(t *testing.T) {
	checkRefused(t, "Postman's addresses", `curl {{baseUrl}}/admin/realms/{{realm}}/users`, "{{baseUrl}}, {{realm}}")
	checkRefused(t, "a library's error", "requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: http://kc/admin/realms/shop/clients?max=2", `--call "GET /admin/realms/shop/clients"`, "--token-file")
	checkRefused(t, "kcadm without its login", "kcadm.sh get users -r shop", "--call", "--token-file")
	checkRefused(t, "a request to nobody", "GET /admin/realms/r/users HTTP/1.1\nAccept: */*\n", "Host:")
	checkRefused(t, "two failing calls", `{"log":{"entries":[{"request":{"method":"GET","url":"http://kc/admin/realms/r/users"},"answered with":{"status":403}},{"request":{"method":"GET","url":"http://kc/admin/realms/r/roles"},"answered with":{"status":403}}]}}`, "one")
	checkRefused(t, "a word processor's text", "Please install curl and see /admin/realms/r/users", "--call")
}

// A text of a thousand levels would take all of the stack.
func TestDeepNesting(t *testing.T) {
	for _, opens := range []string{"$(", "{ ", "if ", "(", "$(( "} {
		checkRefused(t, opens, "curl "+strings.Repeat(opens, 100_000), "--call")
	}
}
