package acceptance

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"fix403/keycloak/practice"
	"fix403/keycloak/testrun"
)

// mostResident is how many KiB of memory the program may take, whatever a server sends.
const mostResident = 300 << 10

// most is the length of the largest body that the program reads.
const mostBody = 4 << 20

func repeated(start, part, end string) string {
	return start + strings.TrimSuffix(strings.Repeat(part, (mostBody-len(start)-len(end))/len(part)), ",") + end
}

// heavy are bodies that take far more memory than they have bytes, or would if they were decoded.
var heavy = map[string]func() string{
	"empty lists":   func() string { return repeated("[", "[],", "]") },
	"empty objects": func() string { return repeated("[", "{},", "]") },
	"nulls":         func() string { return repeated("[", "null,", "]") },
	"digits":        func() string { return repeated("[", "0,", "]") },
	"empty texts":   func() string { return repeated("[", `"",`, "]") },
	"many fields":   func() string { return fields("{", 4<<20, "}") },
	"one field":     func() string { return repeated("{", `"id":{},`, `"id":"x"}`) },
	"deep":          func() string { return nested(mostBody/2 - 1) },
	"deep objects":  func() string { return strings.Repeat(`{"":`, mostBody/5-1) + "1" + strings.Repeat("}", mostBody/5-1) },
	"a long text":   func() string { return repeated(`{"error":"`, "x", `"}`) },
	"a long name":   func() string { return repeated(`{"`, "x", `":1}`) },
	"escapes":       func() string { return repeated(`{"error":"`, `\u00e4`, `"}`) },
	"keys": func() string {
		return repeated(`{"keys":[`, `{"kid":"k","kty":"RSA","alg":"RS256","n":"AQAB","e":"AQAB"},`, "]}")
	},
	"secrets": func() string { return repeated("[", `{"secret":"0123456789abcdef0123456789abcdef"},`, "]") },
	"large secrets": func() string {
		return `{"access_token":"` + strings.Repeat("s", 1<<20) + `","refresh_token":"` + strings.Repeat("t", 1<<20) + `","secret":"` + strings.Repeat("u", 1<<20) + `"}`
	},
	"a token with roles": func() string { return `{"access_token":"` + roleToken(180<<10, 0) + `","expires_in":300}` },
	"a huge token":       func() string { return `{"access_token":"` + roleToken(3<<20, 0) + `","expires_in":300}` },
	"no JSON":            func() string { return repeated("<html>", "[],", "") },
	"clients": func() string { // as many as are let through
		return repeated("[", `{"id":"c","clientId":"app","attributes":{},"redirectUris":["*"],"defaultClientScopes":["roles"],"enabled":true},`, "]")
	},
	"roles": func() string {
		return repeated("[", `{"id":"r","name":"view-users","description":"x","composite":true},`, "]")
	},
	"just bearable":   func() string { return "[" + strings.Repeat(`{"a":0,"b":""},`, 79_990) + "{}]" },
	"bearable values": func() string { return "[" + strings.Repeat("0,", 249_900) + "0]" },
	"bearable texts":  func() string { return "[" + strings.Repeat(`"0123456789ab",`, 249_900) + "0]" },
	"bearable fields": func() string { return fields("{", 2<<20, "}") },
}

func fields(start string, n int, end string) string {
	var b strings.Builder
	b.WriteString(start)
	for i := 0; b.Len() < n-30; i++ {
		fmt.Fprintf(&b, `"%d":0,`, i)
	}
	return strings.TrimSuffix(b.String(), ",") + end
}

// roleToken is a token of about n bytes, full of roles.
func roleToken(n, number int) string {
	var b strings.Builder
	fmt.Fprintf(&b, `{"jti":"%d",`, number)
	b.WriteString(`"typ":"Bearer","iss":"http://x/realms/master","azp":"admin-cli","exp":4102444800,"resource_access":{"realm-management":{"roles":["view-users"`)
	for i := 0; b.Len() < n*3/4; i++ {
		fmt.Fprintf(&b, `,"r%d"`, i)
	}
	b.WriteString(`]}}}`)
	e := base64.RawURLEncoding.EncodeToString
	return e([]byte(`{"alg":"RS256","kid":"k"}`)) + "." + e([]byte(b.String())) + "." + e([]byte("signature"))
}

// longEnough is for a program that goes on, since each of its thousands of calls is answered.
const longEnough = 15 * time.Second

// runHeavy runs the program to its end, at most for a while, and returns how many KiB it had at most.
func runHeavy(t *testing.T, env []string, args ...string) (code, peak int, out string) {
	t.Helper()
	file, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), longEnough)
	defer cancel()
	cmd := exec.CommandContext(ctx, file, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "XDG_STATE_HOME=" + filepath.Join(dir, "state"), "XDG_CONFIG_HOME=" + filepath.Join(dir, "config")}, env...)
	cmd.Dir = dir
	var text bytes.Buffer
	cmd.Stdout, cmd.Stderr = &text, &text
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	peak = peakWhile(cmd)
	return cmd.ProcessState.ExitCode(), peak, text.String()
}

// peakOf is the most memory that a process had, in KiB; 0 once it has ended.
func peakOf(pid int) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, after, found := strings.Cut(string(status), "VmHWM:")
	if !found {
		return 0
	}
	kib, _ := strconv.Atoi(strings.Fields(after)[0])
	return kib
}

var manyFields = sync.OnceValue(func() string { return fields("{", 2<<20, "") })

// elements are objects as they may stand in any list, as many as are let through.
var elements = sync.OnceValue(func() string {
	var b strings.Builder
	for i := range 85_000 {
		fmt.Fprintf(&b, `,{"id":"%d","name":"%d"}`, i, i)
	}
	return b.String()
})

// heavyServer is a practice server whose answers weigh as much as it can make them: body is what, how is where it stands.
type heavyServer struct {
	*httptest.Server
	practice http.Handler
	realm    string // with a client svc, which may only query
	secret   string
	body     string
	how      string

	mu     sync.Mutex
	tokens map[string]string // the practice server's, by those that are given in their place
}

// The ways of making an answer heavy. Padded answers are right ones otherwise, so that the program goes on.
var heavyWays = []string{"in place of all", "in place of the admin API's", "padded", "padded, but for roles", "more fields", "in the token", "in the header", "header flood", "gzip", "fresh secrets"}

func newHeavy(t *testing.T, body, how string) *heavyServer {
	t.Helper()
	s := newScene(t, practiceTarget(t, practice.Options{}))
	s.newRealm("heavy", nil)
	c := s.service("query-users")
	h := &heavyServer{practice: s.on.practice, realm: s.realm, secret: c.secret, body: body, how: how, tokens: map[string]string{}}
	h.Server = httptest.NewUnstartedServer(h)
	h.Config.MaxHeaderBytes = 1 << 20
	h.Config.ErrorLog = quiet
	h.Start()
	t.Cleanup(h.Close)
	return h
}

var tokenIn = regexp.MustCompile(`"access_token":"([^"]+)"`)

func (h *heavyServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, given, found := strings.Cut(r.Header.Get("Authorization"), " "); found {
		h.mu.Lock()
		if token := h.tokens[given]; token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		h.mu.Unlock()
	}
	rec := httptest.NewRecorder()
	h.practice.ServeHTTP(rec, r)
	for name, values := range rec.Header() {
		w.Header()[name] = values
	}
	status, out := rec.Code, rec.Body.String()
	w.Header().Del("Content-Length")
	switch {
	case h.how == "in place of all", h.how == "in place of the admin API's" && strings.HasPrefix(r.URL.Path, "/admin/"):
		w.Header().Set("Content-Type", "application/json")
		status, out = http.StatusOK, h.body
	case h.how == "padded, but for roles" && (strings.HasSuffix(r.URL.Path, "/roles") || r.Method != http.MethodGet):
	case strings.HasPrefix(h.how, "padded") && strings.HasPrefix(out, "{"):
		out = `{"padding":` + h.body + "," + out[1:]
	case strings.HasPrefix(h.how, "padded") && strings.HasPrefix(out, "[{"):
		out = "[" + out[1:len(out)-1] + elements() + "]"
	case h.how == "more fields" && r.Method == http.MethodGet && strings.HasPrefix(out, "{"):
		out = manyFields() + "," + out[1:]
	case h.how == "more fields" && r.Method == http.MethodGet && strings.HasPrefix(out, "[{"):
		out = "[" + manyFields() + "," + out[2:]
	case h.how == "in the token":
		out = tokenIn.ReplaceAllStringFunc(out, func(field string) string {
			h.mu.Lock()
			defer h.mu.Unlock()
			token := roleToken(180<<10, len(h.tokens))
			h.tokens[token] = tokenIn.FindStringSubmatch(field)[1]
			return `"access_token":"` + token + `"`
		})
	case h.how == "in the header":
		for i := range 14_000 {
			w.Header()[strconv.Itoa(i)] = []string{""}
		}
	case h.how == "header flood":
		for i := range 64 {
			w.Header().Set("X-"+strconv.Itoa(i), strings.Repeat("x", 60<<10))
		}
	case h.how == "gzip":
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		out = string(bomb())
	case h.how == "fresh secrets" && strings.HasPrefix(out, "{"):
		var b strings.Builder
		for range 20 {
			fmt.Fprintf(&b, `"secret":"%s",`, strings.Repeat(rand.Text(), 7000))
		}
		out = "{" + b.String() + out[1:]
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, out)
}

// heavyCommands are what is run against a heavy server. One that does not end by itself in time has shown enough.
var heavyCommands = [][]string{
	{"run", "--json", "--transcript", "t.md", "--junit", "t.xml"},
	{"run", "--transcript", "t.html"},
	{"doctor", "--json", "--realm", "heavy", "--client-id", "svc", "--call", "GET /admin/realms/heavy/users"},
	{"doctor", "--json", "--fix", "--yes", "--realm", "heavy", "--client-id", "svc", "--call", "GET /admin/realms/heavy/users"},
	{"lab", "--all", "--json"},
	{"roles", "--live", "--json"},
	{"down", "--yes", "--json"},
}

// TestHeavyAnswers: no answer makes the program take more than 300 MB, also where many come at once, and none is an answer on
// which it hangs or panics. The long form is every body in every way; without it a few that are drawn.
func TestHeavyAnswers(t *testing.T) {
	t.Parallel()
	type heavyCase struct{ body, how string }
	var cases []heavyCase
	for _, name := range slices.Sorted(maps.Keys(heavy)) {
		for _, how := range heavyWays[:4] {
			cases = append(cases, heavyCase{name, how})
		}
	}
	for _, how := range heavyWays[4:] {
		cases = append(cases, heavyCase{"nulls", how})
	}
	all := testrun.Of(false, false, true)
	seed := testrun.Seeds([]uint64{testrun.Of(1, mathrand.Uint64(), 0)}, 1)[0]
	draw := mathrand.New(mathrand.NewPCG(seed, 1))
	if !all {
		t.Logf("FIX403_TEST_SEED=%d", seed)
		draw.Shuffle(len(cases), func(i, j int) { cases[i], cases[j] = cases[j], cases[i] })
		cases = cases[:5]
	}
	for _, c := range cases {
		t.Run(c.body+" "+c.how, func(t *testing.T) {
			commands := heavyCommands
			if !all {
				commands = commands[draw.IntN(len(commands)):][:1]
			}
			for _, args := range commands {
				h := newHeavy(t, heavy[c.body](), c.how)
				env := []string{"FIX403_ADMIN_PASSWORD=" + planted, "FIX403_CLIENT_SECRET=" + h.secret}
				began := time.Now()
				code, peak, out := runHeavy(t, env, append(args, "--url", h.URL, "--timeout", "5s")...)
				t.Logf("%-40s exit %3d, %3d MB, %.1fs, %d bytes of output", strings.Join(args, " "), code, peak>>10, time.Since(began).Seconds(), len(out))
				if peak > mostResident {
					t.Errorf("%v took %d MB", args, peak>>10)
				}
				if len(out) > 64<<10 && (!slices.Contains(args, "--json") || c.how != "in the token") { // whose roles are in the document
					t.Errorf("%v writes %d KB", args, len(out)>>10)
				}
				if strings.Contains(out, "goroutine ") || strings.Contains(out, "itself failed") {
					t.Errorf("%v panics: %.2000s", args, out)
				}
				h.CloseClientConnections()
			}
		})
	}
}
