package paste_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"fix403/flows/paste"
	"fix403/keycloak/failure"
)

func TestParse(t *testing.T) {
	const url = "http://kc:8080/auth/admin/realms/r/users"
	for _, c := range []struct {
		name, line         string
		method, base, path string
		header             string // the Authorization header; "none" for no such header
	}{
		{"plain", `curl ` + url, "GET", "http://kc:8080/auth", "/admin/realms/r/users", "none"},
		{"double quotes", `curl -H "Authorization: Bearer abc.def.ghi" ` + url, "GET", "", "/admin/realms/r/users", "Bearer abc.def.ghi"},
		{"single quotes, escapes", `curl -H 'Authorization: Bearer a'\''b' ` + url, "GET", "", "/admin/realms/r/users", "Bearer a'b"},
		{"line breaks", "curl \\\n  -sS \\\n  -H 'authorization:Bearer x' \\\n  '" + url + "?max=1&first=2'\n", "GET", "", "/admin/realms/r/users?max=1&first=2", "Bearer x"},
		{"windows line breaks", "curl ^\r\n -H \"Authorization: Bearer x\" ^\r\n " + url + "\r\n", "GET", "", "/admin/realms/r/users", "Bearer x"},
		{"copied from a browser", `curl $'` + url + `' -H $'authorization: Bearer x\u0041'`, "GET", "", "/admin/realms/r/users", "Bearer xA"},
		{"prompt", `$ curl ` + url, "GET", "", "/admin/realms/r/users", "none"},
		{"joined options", `curl -sSfXPUT -d '{}' ` + url, "PUT", "", "/admin/realms/r/users", "none"},
		{"data makes a POST", `curl --json '{"a":1}' ` + url, "POST", "", "/admin/realms/r/users", "none"},
		{"-G makes a query", `curl -G --data-urlencode 'username=a b' ` + url, "GET", "", "/admin/realms/r/users?username=a+b", "none"},
		{"head", `curl -I ` + url, "HEAD", "", "/admin/realms/r/users", "none"},
		{"--header=", `curl --header='Authorization: Bearer x' --request=DELETE ` + url, "DELETE", "", "/admin/realms/r/users", "Bearer x"},
		{"oauth2", `curl --oauth2-bearer x --url ` + url, "GET", "", "/admin/realms/r/users", "Bearer x"},
		{"basic", `curl -u me:pw ` + url, "GET", "", "/admin/realms/r/users", "Basic bWU6cHc="},
		{"empty header value is not sent", `curl -H 'Authorization:' ` + url, "GET", "", "/admin/realms/r/users", ""},
		{"single quotes keep a variable", `curl -H 'Authorization: Bearer $TOKEN' ` + url, "GET", "", "/admin/realms/r/users", "Bearer $TOKEN"},
		{"double quotes do not", `curl -H "Authorization: Bearer $TOKEN" ` + url, "GET", "", "/admin/realms/r/users", "none"},
		{"a header from a pipe", `bearer "$TOKEN" | curl -sS ` + url + ` -H @-`, "GET", "", "/admin/realms/r/users", "none"},
		{"headers from a file, and the token", `curl -H @headers -H 'Authorization: Bearer a' ` + url, "GET", "", "/admin/realms/r/users", "Bearer a"},
		{"the first header counts", `curl -H 'Authorization: Bearer a' -H 'Authorization: Bearer b' ` + url, "GET", "", "/admin/realms/r/users", "Bearer a"},
		{"no /admin", `curl https://kc/realms/r/users`, "GET", "https://kc", "/realms/r/users", "none"},
		{"more slashes than one", `curl http://kc:8080/auth//admin/realms/r/users`, "GET", "http://kc:8080/auth", "//admin/realms/r/users", "none"},
		{"a slash at the end of the address", `curl "http://kc//admin//realms/r;a=b/users/"`, "GET", "http://kc", "//admin//realms/r;a=b/users/", "none"},
		{"escapes", `curl 'http://kc/admin/realms/r/roles/a%2fb%zz|c?x=%zz'`, "GET", "http://kc", "/admin/realms/r/roles/a%2fb%zz|c?x=%zz", "none"},
		{"what cannot stand in a request", `curl 'http://kc/admin/realms/r/roles/ä b'`, "GET", "http://kc", "/admin/realms/r/roles/%C3%A4%20b", "none"},
		{"a pipe ends it", `curl ` + url + ` | jq -r '.[0].id'`, "GET", "", "/admin/realms/r/users", "none"},
		{"an unquoted & ends it", `curl ` + url + `?a=1&b=2`, "GET", "", "/admin/realms/r/users?a=1", "none"},
		{"copied from a browser for cmd", "curl ^\"" + url + "^\" ^\n  -H ^\"Authorization: Bearer x^\"", "GET", "", "/admin/realms/r/users", "Bearer x"},
		{"a Windows path", `C:\Windows\System32\curl.exe ` + url, "GET", "", "/admin/realms/r/users", "none"},
		{"redirections", `curl ` + url + ` > out.json 2>/dev/null 2>&1 <in`, "GET", "", "/admin/realms/r/users", "none"},
		{"a form", `curl -F file=@x ` + url, "POST", "", "/admin/realms/r/users", "none"},
		{"an upload", `curl -T x ` + url, "PUT", "", "/admin/realms/r/users", "none"},
		{"a token first, then the call", "TOKEN=$(curl -d grant_type=client_credentials -d client_id=svc -d client_secret=s https://kc/realms/r/protocol/openid-connect/token | jq -r .access_token)\ncurl -H \"Authorization: Bearer $TOKEN\" " + url, "GET", "", "/admin/realms/r/users", "none"},
	} {
		got, err := paste.Parse(c.line)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		header := "none"
		if got.HasAuthorization {
			header = got.Authorization.Reveal()
		}
		if fromPipe := c.name == "a header from a pipe"; fromPipe && !got.Variable {
			t.Errorf("%s: the call is read as one without a token", c.name)
		}
		if got.Method != c.method || got.Path != c.path || header != c.header || c.base != "" && got.Base != c.base {
			t.Errorf("%s: %s %q %q, header %q; want %s %q %q, header %q", c.name, got.Method, got.Base, got.Path, header, c.method, c.base, c.path, c.header)
		}
	}
}

// TestHeaders has the headers that are sent with a call, and those that are not.
func TestHeaders(t *testing.T) {
	c, err := paste.Parse("curl 'http://kc:8080/admin/realms/r/users' -H 'origin: http://localhost:4200' -H 'Accept: */*' -H 'Host: kc:8080' " +
		"-H 'X-Forwarded-Proto: https' -H 'x-forwarded-access-token: geheim' -H 'Cookie: a=b' -H 'Referer: http://x/' -H 'X-Forwarded-Host:' " +
		`-H "X-Forwarded-For: $IP" -H $'Forwarded: a\nb' -H 'Authorization: Bearer x'`)
	if err != nil {
		t.Fatal(err)
	}
	want := http.Header{"Origin": {"http://localhost:4200"}, "Accept": {"*/*"}, "X-Forwarded-Proto": {"https"}}
	if fmt.Sprint(c.Header) != fmt.Sprint(want) {
		t.Errorf("%v; want %v", c.Header, want)
	}
	if said := fmt.Sprint(c.Ignored); !strings.Contains(said, "x-forwarded-access-token") || !strings.Contains(said, "X-Forwarded-For") || !strings.Contains(said, "Forwarded, whose") || strings.Contains(said, "geheim") {
		t.Error(said)
	}
	c, err = paste.Parse("GET /admin/realms/r/users HTTP/1.1\nHost: sso.example.com\nAuthorization: Bearer x\n")
	if err != nil || len(c.Header) > 0 || c.Base != "https://sso.example.com" {
		t.Errorf("%v %v %v", c, c.Header, err)
	}
	c, err = paste.Parse("curl http://127.0.0.1:8080/admin/realms/r/users -H 'Host: sso.example.com'")
	if err != nil || c.Header.Get("Host") != "sso.example.com" {
		t.Errorf("%v %v %v", c, c.Header, err)
	}
}

func TestParseTokenRequest(t *testing.T) {
	for name, line := range map[string]string{
		"form":  `curl -d grant_type=client_credentials -d client_id=svc -d 'client_secret=geheim' -d 'scope=a b' http://kc/realms/r/protocol/openid-connect/token`,
		"basic": `curl -u svc:geheim --data 'grant_type=client_credentials&scope=a+b' http://kc/realms/r/protocol/openid-connect/token`,
		"one":   `curl --data-raw 'grant_type=client_credentials&client_id=svc&client_secret=geheim&scope=a%20b' 'http://kc/realms/r/protocol/openid-connect/token'`,
	} {
		c, err := paste.Parse(line)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !c.TokenRequest || c.ClientID != "svc" || c.Secret.Reveal() != "geheim" || c.Scope != "a b" || c.Realm() != "r" {
			t.Errorf("%s: %+v", name, c)
		}
		if strings.Contains(c.String(), "geheim") {
			t.Errorf("%s: the secret is in %q", name, c)
		}
	}
}

// TestParseCurlErrors demands a next step, and that nothing of the line is quoted that may be a secret.
func TestParseErrors(t *testing.T) {
	const secret = "topsecret-value"
	for name, line := range map[string]string{
		"nothing":         "",
		"no curl":         "see http://kc/?t=" + secret,
		"no url":          `curl -H 'Authorization: Bearer ` + secret + `'`,
		"two urls":        `curl http://a/admin/x http://b/admin/` + secret,
		"two calls":       `curl http://a/admin/realms/r/users; curl -X DELETE http://b/admin/` + secret,
		"open quote":      `curl -H 'Authorization: Bearer ` + secret + ` http://kc/admin/realms`,
		"open ansi quote": `curl $'http://kc/` + secret,
		"ends early":      `curl http://kc/admin/realms/r/users -H`,
		"variable host":   `curl "$KEYCLOAK/admin/realms/r/users?x=` + secret + `"`,
		"other scheme":    `curl ftp://kc/` + secret,
		"binary":          "curl \x00" + secret,
		"no utf-8":        "curl \xff\xfe" + secret,
		"huge":            "curl " + strings.Repeat("a", 2<<20),
	} {
		_, err := paste.Parse(line)
		if failure.KindOf(err) != failure.BadInput {
			t.Errorf("%s: error %v", name, err)
			continue
		}
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error quotes the line: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`curl -H "Authorization: Bearer abc" http://kc/admin/realms/r/users`, "curl \\\n -d a=b \\\n http://kc", `curl $'http://kc\u0041' -u a:b`, "curl ^\n http://kc", `curl 'a`, `curl -XPOST --json @f http://kc/realms/r/protocol/openid-connect/token`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := paste.Parse(text)
		if err != nil {
			if failure.KindOf(err) != failure.BadInput {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if c.Method == "" || !strings.HasPrefix(c.Path, "/") || !strings.HasPrefix(c.Base, "http") {
			t.Errorf("%q: %+v", text, c)
		}
	})
}
