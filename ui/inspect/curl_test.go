package inspect

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"fix403/flows/handtest"
	"fix403/keycloak/wire"
)

// exchangeWithSecrets is one with everything that is masked in a story.
func exchangeWithSecrets() wire.Exchange {
	return wire.Exchange{
		ID: 3, Method: "POST", URL: "http://h/realms/it's/protocol/openid-connect/token?x=1&y=2",
		RequestHeader: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Authorization": {"Bearer ***"}, "User-Agent": {"fix403"}},
		RequestBody:   "client_id=a%20b&client_secret=***&grant_type=client_credentials",
		Status:        200,
	}
}

func TestCurlHasVariablesInPlaceOfSecrets(t *testing.T) {
	got := asCurl(exchangeWithSecrets())
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
	json := wire.Exchange{Method: "POST", URL: "http://h/x", RequestBody: `{"value":"***","n":"it's"}`, RequestHeader: http.Header{"Content-Type": {"application/json"}}}
	if got, want := asCurl(json), `printf %s '{"value":"'"$SECRET"'","n":"it'\''s"}' |`; !strings.Contains(got, want) || !strings.Contains(got, "--data-binary @-") {
		t.Errorf("%s\nwanted\n%s", got, want)
	}
	query := wire.Exchange{Method: "GET", URL: "http://h/x?access_token=***"}
	for _, e := range []wire.Exchange{exchangeWithSecrets(), json, query} {
		if found := handtest.Shape(asCurl(e)); found != "" {
			t.Errorf("a secret gets on a command line by %s", found)
		}
	}
	if got, want := asCurl(query), `printf 'url = "%s"\n' 'http://h/x?access_token='"$SECRET" |`+"\n  curl -i \\\n  -K -\n"; !strings.HasSuffix(got, want) {
		t.Errorf("%s\nwanted\n%s", got, want)
	}
	for _, line := range []string{"\x1b]0;x\x07", "\u202e"} {
		e := wire.Exchange{Method: "GET", URL: "http://h/" + line}
		if strings.Contains(asCurl(e), line) {
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
	cmd := exec.CommandContext(t.Context(), shell, "-c", asCurl(exchangeWithSecrets()))
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
