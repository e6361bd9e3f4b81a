package acceptance

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"fix403/keycloak/practice"
	"fix403/keycloak/testrun"
)

// hostileServer is one practice server for all hostile inputs.
func hostileServer(t *testing.T) *target {
	t.Helper()
	needsDoctor(t)
	on := practiceTarget(t, practice.Options{})
	t.Cleanup(func() { on.removeSpares(t) })
	return on
}

// survives holds a run with hostile input against what must hold for all: an answer in the form of the contract, one of
// the exit codes, no panic, no secret, no control sequence.
func (s *scene) survives(t *testing.T, a ask, r *answer, codes ...int) {
	t.Helper()
	var wrong []string
	if !slices.Contains(codes, r.code) {
		wrong = append(wrong, fmt.Sprintf("exit code %d, want one of %v", r.code, codes))
	}
	var doc map[string]json.RawMessage
	if err := json.Unmarshal([]byte(r.stdout), &doc); err != nil {
		wrong = append(wrong, fmt.Sprintf("stdout is not one JSON document: %v", err))
	} else if report, failed := doc["error"]; failed {
		var e struct{ Kind, Message, Hint string }
		if err := json.Unmarshal(report, &e); err != nil || e.Kind == "" || e.Message == "" || e.Hint == "" {
			wrong = append(wrong, fmt.Sprintf("the error does not say what is wrong and what to do: %s", report))
		}
		if r.code == 0 || r.code == 6 {
			wrong = append(wrong, fmt.Sprintf("an error with exit code %d", r.code))
		}
	} else {
		wrong = append(wrong, r.parse()...)
		if r.code != exitOf(r.Verdict) {
			wrong = append(wrong, fmt.Sprintf("exit code %d with the verdict %s", r.code, r.Verdict))
		}
	}
	both := r.stdout + r.stderr
	for _, sign := range []string{"panic", "goroutine ", "runtime error", "nil pointer", "invalid memory"} {
		if strings.Contains(both, sign) {
			wrong = append(wrong, "it says "+sign)
		}
	}
	if strings.ContainsAny(both, "\x1b\x07\x00\u009b") {
		wrong = append(wrong, "it passes control characters on")
	}
	if len(both) > 64<<10 {
		wrong = append(wrong, fmt.Sprintf("it prints %d bytes", len(both)))
	}
	for _, secret := range s.shown(a, both) {
		wrong = append(wrong, fmt.Sprintf("it shows the secret %.24q", secret))
	}
	if changing := notOnlyReads(r.requests); len(changing) > 0 {
		wrong = append(wrong, fmt.Sprintf("it sent %v", changing))
	}
	if len(wrong) > 0 {
		s.report(t, r, false, wrong)
	}
}

// nested is JSON that is n lists deep.
func nested(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }

// raw is a token of any two texts.
func raw(header, claims string) string {
	e := base64.RawURLEncoding.EncodeToString
	return e([]byte(header)) + "." + e([]byte(claims)) + "." + e([]byte("a signature that is none"))
}

// TestDoctorHostileTokens: every malformed kind of token; a third of them in plain go test.
func TestDoctorHostileTokens(t *testing.T) {
	t.Parallel()
	on := hostileServer(t)
	s := newScene(t, on)
	c := healthy(s)
	good := s.token(c)
	parts := strings.Split(good, ".")
	claims := claimsOf(good)
	with := func(name string, value any) string {
		m := map[string]any{}
		for k, v := range claims {
			m[k] = v
		}
		m[name] = value
		return parts[0] + "." + b64(m) + "." + parts[2]
	}
	const rs256 = `{"alg":"RS256","typ":"JWT","kid":"x"}`
	tokens := map[string]string{
		"one-letter": "a", "two-parts": "a.b", "three-letters": "a.b.c", "dots": ".....", "only-spaces": "   ", "line-breaks": "\n\n\n",
		"header-only": parts[0], "no-signature": parts[0] + "." + parts[1] + ".", "no-claims": parts[0] + ".." + parts[2], "four-parts": good + ".x",
		"five-parts": "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.a.b.c.d", "twice": good + good, "two-lines": good + "\n" + good, "line-break-inside": good[:50] + "\n" + good[50:],
		"not-base64": "ä.ö.ü", "padded": parts[0] + "==." + parts[1] + "==." + parts[2] + "==", "header-is-no-json": raw("no json", `{}`), "claims-are-no-json": raw(rs256, "no json"),
		"claims-list": raw(rs256, `[]`), "claims-null": raw(rs256, `null`), "claims-number": raw(rs256, `5`), "claims-text": raw(rs256, `"x"`), "claims-empty": raw(rs256, `{}`), "header-list": raw(`[]`, `{}`),
		"header-null": raw(`null`, `{}`), "claims-deep": raw(rs256, nested(20000)), "header-deep": raw(nested(20000), `{}`), "claims-twice": raw(rs256, `{"exp":1,"exp":"x"}`),
		"exp-text": with("exp", "soon"), "exp-huge": raw(rs256, `{"exp":1e400}`), "exp-large": with("exp", 1e300), "exp-negative": with("exp", -1), "exp-null": with("exp", nil),
		"exp-list": with("exp", []int{1}), "iat-text": with("iat", "x"), "nbf-object": with("nbf", map[string]any{}), "iss-number": with("iss", 5), "iss-empty": with("iss", ""), "iss-strange": with("iss", "http://%zz/realms/\x1b[31m"),
		"iss-elsewhere": with("iss", "https://evil.example.test/realms/x?y#z"), "aud-object": with("aud", map[string]any{"a": 1}), "aud-deep": with("aud", []any{[]any{[]any{1}}}), "sub-number": with("sub", 5), "azp-list": with("azp", []int{1}), "typ-number": with("typ", 5),
		"resource-access-list": with("resource_access", []int{1}), "resource-access-null": with("resource_access", nil), "roles-numbers": with("resource_access", map[string]any{"realm-management": map[string]any{"roles": []int{1, 2}}}),
		"realm-access-text": with("realm_access", "x"), "scope-list": with("scope", []string{"a"}), "name-with-escape": with("preferred_username", "\x1b]0;owned\x07\x1b[2J"), "client-with-escape": with("azp", "\x1b[31mred\u202e"),
		"kid-path": raw(`{"alg":"RS256","kid":"../../../../etc/passwd"}`, string(mustMarshal(claims))), "kid-escape": raw("{\"alg\":\"RS256\",\"kid\":\"\\u001b[31m\"}", string(mustMarshal(claims))), "kid-number": raw(`{"alg":"RS256","kid":5}`, string(mustMarshal(claims))),
		"alg-number": raw(`{"alg":5}`, `{}`), "alg-empty": raw(`{"alg":""}`, string(mustMarshal(claims))), "alg-hs256": raw(`{"alg":"HS256","kid":"x"}`, string(mustMarshal(claims))), "alg-es256": raw(`{"alg":"ES256","kid":"x"}`, string(mustMarshal(claims))),
		"own-key": raw(`{"alg":"RS256","jwk":{"kty":"RSA","n":"AQAB","e":"AQAB"},"jku":"http://127.0.0.1:1/"}`, string(mustMarshal(claims))), "zip": raw(`{"alg":"RS256","zip":"DEF"}`, string(mustMarshal(claims))),
		"80-kb": with("filler", strings.Repeat("x", 60<<10)), "900-kb": with("filler", strings.Repeat("x", 650<<10)), "3-mb": strings.Repeat("eyJ", 1<<20), "binary": string([]byte{0, 1, 2, 255, 254, 128, 13, 10, 27}),
		"utf-16": "\xff\xfee\x00y\x00J\x00", "byte-order-mark": "\ufeff" + good, "with-nul": good[:20] + "\x00" + good[20:], "with-escape": "\x1b[31m" + good, "quoted": `"` + good + `"`, "with-the-word": "Bearer " + good, "header-line": "Authorization: Bearer " + good,
		"token-answer": `{"access_token":"` + good + `","expires_in":300}`, "answer-without-token": `{"error":"invalid_client","error_description":"x"}`, "answer-with-number": `{"access_token":5}`, "html": "<html><body>login</body></html>", "masked": "••••••••", "shell-variable": "$TOKEN", "percent-encoded": strings.ReplaceAll(good, ".", "%2E"),
	}
	t.Run("tokens", func(t *testing.T) {
		for _, name := range testrun.Sampled(slices.Sorted(maps.Keys(tokens)), 6) {
			token := tokens[name]
			runCase(t, name, func(t *testing.T) {
				s := newScene(t, on)
				s.realm, s.john, s.door, s.secrets = "", "", newDoor(t, on.url, nil), []string{good, c.secret}
				a := ask{url: s.base(), realm: claimsRealm(claims), call: "GET /admin/realms/{realm}/users", token: token, clientID: c.id, secret: c.secret}
				codes := []int{6}
				if strings.TrimSpace(token) == "" || len(token) > 1<<20 || name == "answer-without-token" || name == "answer-with-number" {
					codes = append(codes, 2)
				}
				if strings.Contains(token, good) && name != "twice" && name != "two-lines" && name != "four-parts" || name == "padded" || name == "line-break-inside" {
					codes = append(codes, 0) // the token can be found in it
				}
				r := s.doctor(a, false)
				s.survives(t, a, r, codes...)
				if tooLong := len(token) > 60<<10; r.code == 6 && r.Gate != "identity" && !tooLong {
					t.Errorf("gate %s, want identity: %s", r.Gate, r.Summary)
				}
				a.args = []string{"--plain"}
				r = s.run(a, false, append([]string{"doctor"}, s.command(a)...)...)
				if strings.ContainsAny(r.stdout+r.stderr, "\x1b\x07\x00\u009b\u202e") || strings.Contains(r.stderr, "goroutine ") || len(s.shown(a, r.stdout+r.stderr)) > 0 || !slices.Contains(codes, r.code) {
					t.Errorf("plain, exit %d (want %v): %.400q %.400q", r.code, codes, r.stdout, r.stderr)
				}
			})
		}
	})
}

func mustMarshal(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

func claimsRealm(claims map[string]any) string {
	iss, _ := claims["iss"].(string)
	return iss[strings.LastIndexByte(iss, '/')+1:]
}

// TestDoctorCurlLines: command lines as people paste them. URL stands for the address of a call that may be made, TOKEN
// for a good token, SECRET for the client's secret.
func TestDoctorCurlLines(t *testing.T) {
	t.Parallel()
	on := hostileServer(t)
	scene := newScene(t, on)
	c := healthy(scene)
	good := scene.token(c)
	ok, usage, refused := []string{"ok"}, []string{"exit 2"}, []string{"no-bearer-token", "malformed-token"}
	lines := []struct {
		name, line string
		want       []string
	}{
		{"single-quotes", `curl -H 'Authorization: Bearer TOKEN' 'URL'`, ok},
		{"double-quotes", `curl -H "Authorization: Bearer TOKEN" "URL"`, ok},
		{"dollar-quotes", `curl -H $'Authorization:\x20Bearer TOKEN' $'URL'`, ok},
		{"joined-option", `curl -H"Authorization: Bearer TOKEN" URL`, ok},
		{"equals-sign", `curl --header="Authorization: Bearer TOKEN" --url="URL"`, append(ok, "exit 2")}, // curl itself knows no =
		{"url-option", `curl --url 'URL' --header 'Authorization: Bearer TOKEN'`, ok},
		{"oauth2-bearer", `curl --oauth2-bearer TOKEN URL`, ok},
		{"bunch-of-options", `curl -sSLkH 'Authorization: Bearer TOKEN' URL`, ok},
		{"method", `curl -XGET -H 'Authorization: Bearer TOKEN' URL`, ok},
		{"method-spelt", `curl --request GET --location 'URL' --header 'Authorization: Bearer TOKEN' --header 'Accept: application/json'`, ok},
		{"get-with-data", `curl -G -d max=5 -H 'Authorization: Bearer TOKEN' LIST`, ok},
		{"output-file", `curl -o out.json -w '%{http_code}\n' -H 'Authorization: Bearer TOKEN' URL`, ok},
		{"pasted-with-prompt", "$ curl -H 'Authorization: Bearer TOKEN' URL", ok},
		{"pasted-with-pipe", "curl -H 'Authorization: Bearer TOKEN' URL | jq .", ok},
		{"with-redirection", "curl -H 'Authorization: Bearer TOKEN' URL > out.json 2>/dev/null", ok},
		{"backslash-lines", "curl \\\n  -H 'Authorization: Bearer TOKEN' \\\n  URL\n", ok},
		{"backslash-lines-of-windows", "curl \\\r\n  -H 'Authorization: Bearer TOKEN' \\\r\n  URL\r\n", ok},
		{"caret-lines", "curl ^\r\n  -H \"Authorization: Bearer TOKEN\" ^\r\n  \"URL\"\r\n", ok},
		{"caret-quotes", "curl ^\"URL^\" ^\r\n  -H ^\"Authorization: Bearer TOKEN^\"\r\n", ok},
		{"curl-exe", "C:\\Windows\\System32\\curl.exe -H \"Authorization: Bearer TOKEN\" URL", ok},
		{"path-of-curl", "/usr/bin/curl -H 'Authorization: Bearer TOKEN' URL", ok},
		{"quote-in-quote", `curl -H 'Authorization: Bearer TOKEN' -H 'X-Name: it'\''s' URL`, ok},
		{"comment-before", "# read a user\ncurl -H 'Authorization: Bearer TOKEN' URL", ok},
		{"lower-case-header", `curl -H 'authorization: bearer TOKEN' URL`, ok},
		{"header-without-space", `curl -H 'Authorization:Bearer TOKEN' URL`, ok},
		{"accept-header", `curl -H 'Accept: application/xml' -H 'Authorization: Bearer TOKEN' URL`, []string{"bad-request"}},
		{"json-option", `curl --json '{}' -H 'Authorization: Bearer TOKEN' LIST`, []string{"role-missing", "exit 2"}},
		{"upload", `curl -T planted.txt -H 'Authorization: Bearer TOKEN' URL`, []string{"role-missing", "exit 2"}},
		{"data-without-method", `curl --data-raw '{"enabled":true}' -H 'Authorization: Bearer TOKEN' LIST`, []string{"role-missing", "bad-request", "exit 2"}},
		{"head", `curl -I -H 'Authorization: Bearer TOKEN' URL`, ok},
		{"two-headers", `curl -H 'Authorization: garbage' -H 'Authorization: Bearer TOKEN' URL`, append(refused, "ok")},
		{"other-headers", `curl -A agent -b 'session=x' -e http://x -H 'Cookie: a=b' -H 'Authorization: Bearer TOKEN' --max-time 5 --retry 2 --connect-timeout 1 URL`, ok},
		{"verbose", `curl -v --fail --compressed --http1.1 -H 'Authorization: Bearer TOKEN' URL`, ok},
		{"url-without-scheme", `curl -H 'Authorization: Bearer TOKEN' HOSTURL`, append(ok, "exit 2")},
		{"user-option", `curl -u svc:SECRET URL`, refused},
		{"user-and-header", `curl -u svc:SECRET -H 'Authorization: Bearer TOKEN' URL`, append(refused, "ok")},
		{"empty-header", `curl -H 'Authorization:' URL`, refused},
		{"shell-variable", `curl -H "Authorization: Bearer $TOKEN" URL`, append(refused, "exit 2")},
		{"command-substitution", `curl -H "Authorization: Bearer $(cat token)" URL`, append(refused, "exit 2")},
		{"masked", `curl -H 'Authorization: Bearer ••••••' URL`, refused},
		{"typographic-quotes", "curl -H “Authorization: Bearer TOKEN” URL", append(refused, "ok", "exit 2")},
		{"header-file", `curl -H @headers.txt URL`, append(refused, "exit 2")},
		{"config-file", `curl -K planted.txt URL`, append(refused, "exit 2")},
		{"post-with-file", `curl -X POST -d @planted.txt -H 'Content-Type: application/json' -H 'Authorization: Bearer TOKEN' LIST`, []string{"role-missing", "exit 2"}},
		{"post-with-form", `curl -F file=@planted.txt -H 'Authorization: Bearer TOKEN' LIST`, []string{"role-missing", "exit 2", "undetermined"}},
		{"delete", `curl -X DELETE -H 'Authorization: Bearer TOKEN' URL`, []string{"role-missing"}},
		{"two-urls", `curl -H 'Authorization: Bearer TOKEN' URL LIST`, append(ok, "exit 2")},
		{"next", `curl -H 'Authorization: Bearer TOKEN' URL --next LIST`, append(ok, "exit 2")},
		{"two-commands", "curl -H 'Authorization: Bearer TOKEN' URL; curl -X DELETE -H 'Authorization: Bearer TOKEN' URL", append(ok, "exit 2")},
		{"line-break-in-header", "curl -H 'Authorization: Bearer TOKEN\r\nX-Evil: 1' URL", append(refused, "exit 2")},
		{"glob", `curl -H 'Authorization: Bearer TOKEN' 'URL/{a,b}'`, []string{"exit 2", "no-such-endpoint"}},
		{"empty", "", usage},
		{"only-spaces", "  \n ", usage},
		{"only-curl", "curl", usage},
		{"no-url", "curl -H 'Authorization: Bearer TOKEN'", usage},
		{"option-without-value", "curl URL -H", usage},
		{"unknown-option", "curl --no-such-option URL -H 'Authorization: Bearer TOKEN'", append(ok, "exit 2")},
		{"unterminated-quote", "curl -H 'Authorization: Bearer TOKEN URL", usage},
		{"unterminated-double-quote", "curl -H \"Authorization: Bearer TOKEN URL", usage},
		{"trailing-backslash", "curl -H 'Authorization: Bearer TOKEN' URL \\", append(ok, "exit 2")},
		{"not-curl", "wget --header='Authorization: Bearer TOKEN' URL", ok},
		{"no-tool", "nc -H 'Authorization: Bearer TOKEN' URL", usage},
		{"prose", "I tried to read the user, and it says 403.", usage},
		{"ftp", "curl ftp://127.0.0.1/x", usage},
		{"file-url", "curl file:///etc/passwd", usage},
		{"broken-url", "curl -H 'Authorization: Bearer TOKEN' 'http://[::1/admin/realms'", usage},
		{"bad-escape", "curl -H 'Authorization: Bearer TOKEN' 'URL%zz'", append(usage, "bad-request")},
		{"user-in-url", "curl -H 'Authorization: Bearer TOKEN' 'USERURL'", append(ok, "exit 2", "no-bearer-token")},
		{"binary", string([]byte{0, 1, 2, 255, 27, '[', '2', 'J'}), usage},
		{"escape-sequences", "curl -H 'Authorization: Bearer \x1b[31mTOKEN' URL", append(refused, "exit 2")},
		{"megabyte", "curl -H 'X: " + strings.Repeat("x", 3<<20) + "' URL", append(refused, "exit 2")},
		{"ten-thousand-options", "curl " + strings.Repeat("-H 'X: y' ", 10000) + "-H 'Authorization: Bearer TOKEN' URL", append(ok, "exit 2", "undetermined", "malformed-token")},
		{"unclosed-substitution", "curl -H 'Authorization: Bearer TOKEN' URL $(", append(ok, "exit 2")},
	}
	t.Run("lines", func(t *testing.T) {
		for _, l := range testrun.Sampled(lines, 3) { // each form of a line is read in the tests of flows/paste, too
			runCase(t, l.name, func(t *testing.T) {
				s := newScene(t, on)
				s.realm, s.john, s.secrets = scene.realm, scene.john, []string{good, c.secret}
				address := s.base() + s.at("/users/"+s.john)
				// The token was taken elsewhere, and its issuer is that address.
				host := strings.TrimPrefix(scene.door.URL, "http://")
				s.door.rewrite = func(r *http.Request) { r.Host = host }
				planted := "planted-secret-of-a-file-" + suffix()
				for _, name := range []string{"planted.txt", "headers.txt", "token"} {
					if err := os.WriteFile(filepath.Join(s.dir, name), []byte("X-Planted: "+planted), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				line := strings.NewReplacer(
					"HOSTURL", strings.TrimPrefix(address, "http://"), "USERURL", strings.Replace(address, "http://", "http://svc:"+"user-secret-of-the-url@", 1),
					"URL", address, "LIST", s.base()+s.at("/users"), "TOKEN", good, "SECRET", "user-secret-of-the-line",
				).Replace(l.line)
				s.secrets = append(s.secrets, planted, "user-secret-of-the-line", "user-secret-of-the-url")
				a := ask{url: s.base(), curl: line}
				if line == "" {
					path := filepath.Join(s.dir, "empty")
					if err := os.WriteFile(path, nil, 0o600); err != nil {
						t.Fatal(err)
					}
					a.args = []string{"--curl-file", path}
				}
				r := s.doctor(a, false)
				s.survives(t, a, r, 0, 2, 6)
				got := "exit " + strconv.Itoa(r.code)
				if r.Verdict != "" {
					got = r.Verdict
				}
				if !slices.Contains(l.want, got) {
					t.Errorf("%.300q: %s, want %v\n  %.900s", l.line, got, l.want, r.stdout)
				}
			})
		}
	})
}

// endless writes until nobody reads any more.
func endless(w http.ResponseWriter, start string) {
	_, _ = io.WriteString(w, start)
	block := bytes.Repeat([]byte("x"), 64<<10)
	for {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

var bomb = sync.OnceValue(func() []byte { return zipped(2 << 30) })

// zipped is a body of n bytes that is small on the wire.
func zipped(n int64) []byte {
	member := func(text string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = io.WriteString(z, text)
		_ = z.Close()
		return b.Bytes()
	}
	const block = 16 << 20
	more := member(strings.Repeat("a", block)) // compressed once: members of gzip are read as one text
	return append(member(`{"access_token":"`), bytes.Repeat(more, int(n/block))...)
}

// TestDoctorLyingServer: a server that says what it likes. Plain go test tells each fourth lie once, in place of one kind of answer.
func TestDoctorLyingServer(t *testing.T) {
	t.Parallel()
	on := hostileServer(t)
	// A lie is told in the place of one kind of answer.
	kinds := map[string]func(*http.Request) bool{
		"token": func(r *http.Request) bool {
			return strings.HasSuffix(r.URL.Path, "/token") && !strings.Contains(r.URL.Path, "/realms/master/")
		},
		"realm": func(r *http.Request) bool {
			return r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/realms/")
		},
		"call": func(r *http.Request) bool {
			return strings.Contains(r.URL.Path, "/users/") && !strings.Contains(r.URL.Path, "role-mappings")
		},
		"admin": func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/admin/") },
		"login": func(r *http.Request) bool {
			return strings.HasSuffix(r.URL.Path, "/realms/master/protocol/openid-connect/token")
		},
		"nothing": func(*http.Request) bool { return true },
	}
	text := func(status int, contentType, body string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	const j = "application/json"
	lies := map[string]func(http.ResponseWriter, *http.Request){
		"html":         text(200, "text/html", "<html><body>Welcome</body></html>"),
		"html-as-json": text(200, j, "<html><body>Welcome</body></html>"),
		"empty":        text(200, j, ""), "null": text(200, j, "null"), "number": text(200, j, "5"), "text": text(200, j, `"x"`), "list": text(200, j, "[]"), "object": text(200, j, "{}"),
		"list-of-null": text(200, j, "[null]"), "list-of-lists": text(200, j, "[[],[1]]"), "deep": text(200, j, nested(50000)), "cut": text(200, j, `{"access_token":"eyJ`), "binary": text(200, "application/octet-stream", "\x00\x01\xff\x1b[2J"),
		"wrong-types":         text(200, j, `{"access_token":5,"id":[],"username":{},"error":7,"error_description":[],"keys":"x","enabled":"yes","roles":3,"realmMappings":5,"clientMappings":[],"expires_in":"x","issuer":1,"realm":[],"public_key":5}`),
		"wrong-types-in-list": text(200, j, `[{"id":5,"name":[],"clientId":{},"enabled":"x","username":7,"composite":"y"}]`),
		"silly-keys":          text(200, j, `{"issuer":"http://x/realms/y","keys":[{"kid":"x","kty":"RSA","n":"","e":""},{"kid":5},{"kty":"RSA","alg":"RS256","use":"sig","kid":"k","n":"AA","e":"AA"},null,7,{"kty":"EC","crv":"P-256","x":"!","y":"!"}]}`),
		"token-empty":         text(200, j, `{"access_token":"","token_type":"Bearer"}`), "token-garbage": text(200, j, `{"access_token":"garbage","token_type":"Bearer"}`), "token-list": text(200, j, `{"access_token":["a"]}`),
		"token-with-line-break": text(200, j, `{"access_token":"a\r\nX-Evil: 1","token_type":"Bearer"}`), "token-strange": text(200, j, `{"access_token":"`+raw(`{"alg":"RS256"}`, `{"exp":"x","iss":5,"resource_access":[1]}`)+`"}`),
		"token-huge":       text(200, j, `{"access_token":"`+strings.Repeat("eyJ", 300<<10)+`"}`),
		"escape-sequences": text(403, j, `{"error":"\u001b]0;owned\u0007","error_description":"\u001b[2J\u202etext"}`), "long-error": text(403, j, `{"error":"`+strings.Repeat("long ", 100<<10)+`"}`),
		"200-with-error": text(200, j, `{"error":"HTTP 403 Forbidden"}`), "204": text(204, "", ""), "418": text(418, "text/plain", "teapot"), "500": text(500, j, `{"error":"unknown_error"}`), "503": text(503, "text/html", "<h1>down</h1>"), "599": text(599, "", ""), "999": text(999, "", ""),
		"403-list": text(403, j, `["HTTP 403 Forbidden"]`), "403-number-error": text(403, j, `{"error":403}`), "401-html": text(401, "text/html", "<h1>Login</h1>"), "404-number": text(404, j, `{"error":404}`),
		"challenge": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="`+strings.Repeat("x", 4<<10)+`", error="\x1b[31m"`)
			w.WriteHeader(http.StatusUnauthorized)
		},
		"repeats-what-it-got": func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
			_ = r.ParseForm()
			w.Header().Set("Content-Type", j)
			w.WriteHeader(http.StatusBadRequest)
			user, password, _ := r.BasicAuth()
			_ = json.NewEncoder(w).Encode(map[string]string{
				"error":             "invalid_request: " + r.Header.Get("Authorization") + " " + password,
				"error_description": "received " + string(body) + " from " + user + " " + password,
			})
		},
		"secret-in-location": func(w http.ResponseWriter, r *http.Request) {
			_, password, _ := r.BasicAuth()
			w.Header().Set("Location", "https://elsewhere.example.test/?"+r.Header.Get("Authorization")+password)
			w.WriteHeader(http.StatusFound)
		},
		"redirect-to-itself": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", r.URL.RequestURI())
			w.WriteHeader(http.StatusFound)
		},
		"redirect-nowhere": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusFound) },
		"redirect-broken": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://[::1\x1b[31m")
			w.WriteHeader(http.StatusFound)
		},
		"endless": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", j)
			endless(w, `{"access_token":"`)
		},
		"endless-403": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			endless(w, `{"error":"`)
		},
		"large-header": func(w http.ResponseWriter, _ *http.Request) {
			for i := range 16 {
				w.Header().Set("X-Large-"+strconv.Itoa(i), strings.Repeat("x", 4<<10))
			}
			w.WriteHeader(http.StatusForbidden)
		},
		"huge-header": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Huge", strings.Repeat("x", 12<<20))
			w.WriteHeader(http.StatusOK)
		},
		"bomb": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", j)
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb())
		},
		"gzip-that-is-none": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, `{"x":1}`)
		},
		"wrong-date": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", "yesterday")
			w.Header().Set("Content-Type", j)
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"error":"HTTP 401 Unauthorized"}`)
		},
		"date-of-year-one": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", "Mon, 01 Jan 0001 00:00:00 GMT")
			w.Header().Set("Content-Type", j)
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"error":"HTTP 401 Unauthorized"}`)
		},
		"closes": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"closes-midway": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, `{"access_token":"`)
			panic(http.ErrAbortHandler)
		},
		"says-nothing": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // or the end of the connection is not noticed
			<-r.Context().Done()
		},
	}
	t.Run("lies", func(t *testing.T) {
		for i, lie := range testrun.Sampled(slices.Sorted(maps.Keys(lies)), 4) {
			for j, kind := range slices.Sorted(maps.Keys(kinds)) {
				if !testrun.Whole() && j != i%len(kinds) {
					continue // each lie once
				}
				tell, hits := lies[lie], kinds[kind]
				runCase(t, kind+"/"+lie, func(t *testing.T) {
					s := newScene(t, on)
					s.scratch(nil)
					c := s.service("view-users")
					a := s.ask(c)
					s.door.intercept = func(w http.ResponseWriter, r *http.Request) bool {
						if !hits(r) {
							return false
						}
						tell(w, r)
						return true
					}
					a.args = []string{"--timeout", "5s"}
					withAdmin := kind != "token" && kind != "call"
					r := s.doctor(a, withAdmin)
					codes := []int{6}
					if kind == "login" || kind == "admin" || kind == "nothing" {
						codes = []int{3, 4, 6}
					}
					if kind == "login" || kind == "realm" || kind == "admin" {
						codes = append(codes, 0) // the call itself may pass all the same
					}
					if lie == "says-nothing" || strings.HasPrefix(lie, "endless") || lie == "bomb" {
						codes = append(codes, 124)
					}
					noAnswer := []string{"html", "html-as-json", "empty", "null", "cut", "binary", "204", "200-with-error"}
					if kind == "call" && !slices.Contains(noAnswer, lie) || lie == "token-strange" {
						codes = append(codes, 0) // what this call answers in JSON, the doctor need not know
					}
					if r.code == 0 && (kind == "call" && slices.Contains(noAnswer, lie) || kind == "token" && lie != "token-strange") {
						t.Errorf("a lie passes: %s", r.stdout)
					}
					s.survives(t, a, r, codes...)
					if lie == "escape-sequences" {
						p := s.run(a, withAdmin, append([]string{"doctor"}, s.command(a)...)...)
						if both := p.stdout + p.stderr; strings.ContainsAny(both, "\x1b\x07\x00\u009b\u202e") {
							t.Errorf("control characters are drawn: %q", both)
						}
					}
				})
			}
		}
	})
}
