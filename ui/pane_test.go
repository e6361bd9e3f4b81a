package ui

import (
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"fix403/flows"
	"fix403/flows/handtest"
	"fix403/keycloak"
	"fix403/ui/kit"
)

// inColour is a theme whose colours are drawn, whatever the test runs on.
func inColour(name string) *kit.Theme {
	t, _ := kit.NewTheme(anyColour{io.Discard}, name, false, false, func(string) string { return "" })
	return t
}

// anyColour is a terminal with all colours.
type anyColour struct{ io.Writer }

// ColorProfile is what the theme asks for.
func (anyColour) ColorProfile() termenv.Profile { return termenv.TrueColor }

func TestRowOfGatesEndsWhereTheRequestEnded(t *testing.T) {
	for _, c := range []struct {
		stop flows.Stop
		want []string
	}{
		{flows.Stop{Gate: flows.GateRole, Status: 403}, []string{
			"━━✓━━━━━━━✓━━━━━━━━✓━━━━━━━✓━━━━━━✓━━━━━━✗ 403  ○",
			"reach  client  identity  realm  route  role  object",
			`403 Forbidden, at the gate role: "I know you, and you may not."`}},
		{flows.Stop{Gate: flows.GateIdentity, Status: 401}, []string{
			"━━✓━━━━━━━✓━━━━━━━━? 401   ○      ○      ○      ○",
			"reach  client  identity  realm  route  role  object",
			`401 Unauthorized, at the gate identity: "who are you?"`}},
		{flows.Stop{Gate: flows.GateNone, Status: 200}, []string{
			"━━✓━━━━━━━✓━━━━━━━━✓━━━━━━━✓━━━━━━✓━━━━━━✓━━━━━━✓━━━━→ 200",
			"reach  client  identity  realm  route  role  object",
			"200 OK: it passed every gate."}},
	} {
		got := strings.Split(ansi.Strip(strings.Join(gateRow(inColour("dark"), c.stop, 70), "\n")), "\n")
		if !slices.Equal(got, c.want) {
			t.Errorf("%v:\n%s", c.stop, strings.Join(got, "\n"))
		}
	}
}

func TestRowOfGatesFitsAnywhere(t *testing.T) {
	gates := append(flows.Gates(), flows.GateNone)
	for _, name := range []string{"dark", "ascii"} {
		th, _ := kit.NewTheme(nil, "dark", false, name == "ascii", func(string) string { return "" })
		for _, g := range gates {
			for _, status := range []int{0, 200, 401, 403, 404, 500} {
				for width := 20; width < 90; width++ {
					for _, line := range gateRow(th, flows.Stop{Gate: g, Status: status}, width) {
						if ansi.StringWidth(line) > width {
							t.Fatalf("%s %d at %d: %q", g, status, width, line)
						}
						if name == "ascii" && strings.IndexFunc(kit.ASCIIText.Replace(line), func(r rune) bool { return r > 127 }) >= 0 {
							t.Fatalf("not ASCII: %q", line)
						}
					}
				}
			}
		}
	}
}

func TestJSONIsFoldedAndColoured(t *testing.T) {
	body := `{"a":"x, \"y\": {","n":12,"list":[1,2],"access":{"view":true,"deep":{"z":null}},"empty":{}}`
	th := inColour("dark")
	open := ansi.Strip(strings.Join(bodyLines(th, body, func(int) bool { return false }, 60), "\n"))
	if !strings.Contains(open, "\"deep\": {\n") {
		t.Errorf("unfolded:\n%s", open)
	}
	folded := bodyLines(th, body, func(int) bool { return true }, 60)
	text := ansi.Strip(strings.Join(folded, "\n"))
	if want := "\n{\n  \"a\": \"x, \\\"y\\\": {\",\n  \"n\": 12,\n  \"list\": [ … ],  (2 lines)\n  \"access\": { … },  (4 lines)\n  \"empty\": {}\n}"; text != want {
		t.Errorf("folded:\n%s\nwanted:\n%s", text, want)
	}
	all := strings.Join(folded, "\n")
	for _, want := range []string{th.Accent.Render(`"a"`), th.Plain.Render(`"x, \"y\": {"`), th.Literal.Render(" 12")} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in %q", want, all)
		}
	}
}

// exchangeWithSecrets is one with everything that is masked in a story.
func exchangeWithSecrets() keycloak.Exchange {
	return keycloak.Exchange{
		ID: 3, Method: "POST", URL: "http://h/realms/it's/protocol/openid-connect/token?x=1&y=2",
		RequestHeader: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Authorization": {"Bearer ***"}, "User-Agent": {"fix403"}},
		RequestBody:   "client_id=a%20b&client_secret=***&grant_type=client_credentials",
		Status:        200,
	}
}

func TestCurlHasVariablesInPlaceOfSecrets(t *testing.T) {
	got := curlOf(exchangeWithSecrets())
	want := `# set TOKEN and CLIENT_SECRET first; no secret on curl's command line: every user of this machine can read that
F1=$(mktemp) && printf %s "$CLIENT_SECRET" >"$F1"
printf '%s\n' 'Authorization: Bearer '"$TOKEN" |
  curl -i -X POST \
  'http://h/realms/it'\''s/protocol/openid-connect/token?x=1&y=2' \
  -H 'Content-Type: application/x-www-form-urlencoded' \
  -H @- \
  -d client_id=a%20b \
  --data-urlencode client_secret@"$F1" \
  -d grant_type=client_credentials
rm "$F1"
`
	if got != want {
		t.Errorf("%s\nwanted\n%s", got, want)
	}
	json := keycloak.Exchange{Method: "POST", URL: "http://h/x", RequestBody: `{"value":"***","n":"it's"}`, RequestHeader: http.Header{"Content-Type": {"application/json"}}}
	if got, want := curlOf(json), `printf %s '{"value":"'"$SECRET"'","n":"it'\''s"}' |`; !strings.Contains(got, want) || !strings.Contains(got, "--data-binary @-") {
		t.Errorf("%s\nwanted\n%s", got, want)
	}
	query := keycloak.Exchange{Method: "GET", URL: "http://h/x?access_token=***"}
	for _, e := range []keycloak.Exchange{exchangeWithSecrets(), json, query} {
		if found := handtest.Shape(curlOf(e)); found != "" {
			t.Errorf("a secret gets on a command line by %s", found)
		}
	}
	if got, want := curlOf(query), `printf 'url = "%s"\n' 'http://h/x?access_token='"$SECRET" |`+"\n  curl -i \\\n  -K -\n"; !strings.HasSuffix(got, want) {
		t.Errorf("%s\nwanted\n%s", got, want)
	}
	for _, line := range []string{"\x1b]0;x\x07", "\u202e"} {
		e := keycloak.Exchange{Method: "GET", URL: "http://h/" + line}
		if strings.Contains(curlOf(e), line) {
			t.Errorf("%q is copied", line)
		}
	}
}

// The copied command is run by a shell, with a curl that shows what it was given, and what it reads.
func TestCurlIsReadByAShellAsItWasSent(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell")
	}
	dir := t.TempDir()
	const fake = `#!/bin/sh
for a; do
  printf '%s|' "$a"
  case $a in
    @- | *@-) printf '<%s>' "$(cat)" ;;
    *@/*) printf '<%s>' "$(cat "${a#*@}")" ;;
  esac
done
`
	if err := os.WriteFile(filepath.Join(dir, "curl"), []byte(fake), 0o755); err != nil { // #nosec G306 -- to be run
		t.Fatal(err)
	}
	files := filepath.Join(dir, "files")
	if err := os.Mkdir(files, 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), shell, "-c", curlOf(exchangeWithSecrets()))
	cmd.Env = []string{"PATH=" + dir + ":" + os.Getenv("PATH"), "TMPDIR=" + files, "TOKEN=tok en", "CLIENT_SECRET=s'e\"c$"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got := regexp.MustCompile(`@/[^|]*`).ReplaceAllString(string(out), "@FILE")
	want := `-i|-X|POST|http://h/realms/it's/protocol/openid-connect/token?x=1&y=2|-H|Content-Type: application/x-www-form-urlencoded|-H|@-|<Authorization: Bearer tok en>-d|client_id=a%20b|--data-urlencode|client_secret@FILE|<s'e"c$>-d|grant_type=client_credentials|`
	if got != want {
		t.Errorf("%s\nwanted\n%s", got, want)
	}
	if left, err := os.ReadDir(files); err != nil || len(left) > 0 {
		t.Errorf("a secret stays in %v, %v", left, err)
	}
}

func (x *terminal) atFirstCall() {
	x.t.Helper()
	for !strings.Contains(x.text(), "✗ 403 stop") {
		x.press("enter")
	}
}

func TestWirePaneSearchesFoldsAndShowsTheWholeRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		x.atFirstCall()
		x.press("w")
		x.wants("▸ 15 GET    403", "✗ 403")
		x.lacks(" 13 ")
		x.press("a")
		x.wants(" 13 ", "▸ 15 GET    403")
		x.press("n")
		x.wants("Press / and type what to search for first.")
		x.press("/")
		for _, letter := range []string{"n", "a", "u", "r"} { // a and n are keys, too
			x.press(letter)
		}
		x.wants("Search ▸ naur")
		x.press("backspace", "backspace", "backspace", "backspace", "realmRoles", "enter")
		x.wants("Nothing here holds realmroles.")
		x.press("/", "Location", "enter")
		x.wants("Search: location", "Location: http://practice")
		first := x.text()
		x.press("n")
		if x.text() == first {
			t.Error("n stays where it was")
		}
		x.press("N")
		if got := x.text(); got != first {
			t.Errorf("N does not go back:\n%s\nbut was\n%s", got, first)
		}
		x.press("/", "esc")
		x.lacks("Search")
		x.press("esc")
		x.wants("401 stop") // the step again
		x.press("ctrl+c")
		x.end()
	})
}

func TestMaskedValueIsRevealedForAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		x.atFirstCall()
		var token string
		for _, e := range x.root().runs.Story().Exchanges() {
			for _, h := range x.root().runs.Story().Held(e) {
				if strings.HasPrefix(h.Secret.Reveal(), "eyJhbGciOiJ") {
					token = h.Secret.Reveal()
				}
			}
		}
		if token == "" {
			t.Fatal("no token is held")
		}
		x.press("w")
		x.lacks("eyJ")
		x.press("r")
		x.wants("The access token of the client", token[:40])
		x.press("down") // any key
		x.lacks("eyJ")
		x.press("r", "r") // the second one hides, and does not show again
		x.lacks("eyJ")
		x.press("r")
		x.wants(token[:40])
		time.Sleep(11 * time.Second)
		x.settle()
		x.lacks("eyJ")
		x.press("y")
		x.wants("sent to the clipboard")
		x.press("esc", "enter") // on
		x.wants("6 of 7")
		if got := strings.Count(x.raw.String(), token[:40]); got == 0 {
			t.Error("the test saw nothing at all")
		}
		x.press("w", "a", "r") // the newest is not one of the client's secrets
		x.press("up", "up", "up", "up", "up", "up", "up", "up", "up", "up", "up", "up", "up", "up", "up", "up", "r")
		x.wants("Nothing to reveal")
		x.press("ctrl+c")
		x.end()
	})
}

func TestAdminSecretsAreNeverRevealed(t *testing.T) {
	r := aRoot(t, practiceOptions().Story)
	for _, step := range flows.Steps() {
		if _, err := r.runs.Story().Do(t.Context(), step.ID); err != nil {
			t.Fatal(err)
		}
	}
	client, tokens := 0, 0
	for _, e := range r.runs.Story().Exchanges() {
		held := r.runs.Story().Held(e)
		for _, h := range held {
			if h.Secret.Reveal() == r.runs.Story().ClientSecret().Reveal() {
				client++
			} else {
				tokens++
			}
		}
		if admin := e.Bearer != nil && e.Bearer.Realm() == "master" || strings.Contains(e.RequestBody, "admin-cli"); admin && len(held) > 0 && !strings.HasSuffix(e.URL, "/client-secret") {
			t.Errorf("%s %s reveals %s", e.Method, e.URL, held[0].What)
		}
	}
	other := keycloak.Exchange{Method: "POST", URL: "http://h/realms/master/protocol/openid-connect/token", RequestBody: "client_id=admin-robot&client_secret=***"}
	if held := r.runs.Story().Held(other); len(held) > 0 {
		t.Errorf("the secret of another client is revealed as %q", held[0].What)
	}
	if client < 2 || tokens != 5 { // two token requests and the reading; two answers and three calls
		t.Errorf("%d times the secret, %d times a token", client, tokens)
	}
}

func TestTokensAreComparedSideBySide(t *testing.T) {
	story, err := flows.New(flows.Options{Practice: true, Params: flows.DefaultParams()})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range flows.Steps() {
		if _, err := story.Do(t.Context(), step.ID); err != nil {
			t.Fatal(err)
		}
	}
	st := story.State()
	text := ansi.Strip(strings.Join(tokenLines(aTheme(t), st.SecondCall.Token, st.FirstCall.Token, st.SecondCall.Token.IssuedAt.Add(30*time.Second), 78), "\n"))
	for _, want := range []string{"before the grant", "roles    ✗ none", "│ + query-groups (new)", "view-users is a composite role: it brings query-users and query-groups with", "valid for 4m30s more"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	late := ansi.Strip(strings.Join(tokenLines(aTheme(t), st.FirstCall.Token, nil, time.Now().Add(time.Hour), 78), "\n"))
	if !strings.Contains(late, "expired at ") || tokenCounts(st.FirstCall.Token, time.Now().Add(time.Hour)) {
		t.Errorf("an hour later:\n%s", late)
	}
}

func TestTimeLeftCountsDownOnlyWhileItIsSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := start(t, 80, 24, practiceOptions())
		x.atFirstCall()
		x.press("t")
		x.wants("exp    valid for 4m5")
		before := x.text()
		frames := 0
		for range 10 {
			written := len(x.raw.String())
			time.Sleep(time.Second)
			x.settle()
			if len(x.raw.String()) > written {
				frames++
			}
		}
		if frames < 9 || x.text() == before {
			t.Errorf("%d frames in ten seconds", frames)
		}
		x.press("esc")
		written := len(x.raw.String())
		time.Sleep(time.Minute)
		x.settle()
		if more := x.raw.String()[written:]; more != "" {
			t.Errorf("drawn after it was closed: %q", more)
		}
		x.press("t", "?") // the help screen covers it
		written = len(x.raw.String())
		time.Sleep(time.Minute)
		x.settle()
		if more := x.raw.String()[written:]; more != "" {
			t.Errorf("drawn behind the help screen: %q", more)
		}
		x.press("esc")
		x.wants("valid for 2m")
		x.press("ctrl+c")
		x.end()
	})
}
