package plain

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"fix403/flows/document"
	"fix403/flows/texts"
	"fix403/keycloak/msg"
	"fix403/ui/words"
)

// printed is what is printed in a language.
func printed(t *testing.T, language string, draw func(Lines)) string {
	t.Helper()
	printer, err := texts.In(language)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	draw(Lines{Words: words.Words{Printer: printer}, Out: &out})
	return out.String()
}

// What a server says begins no line and sends nothing to a terminal; a text of our own keeps its lines.
func TestValuesBeginNoLine(t *testing.T) {
	got := printed(t, "en", func(l Lines) {
		l.Printf("%s|%s|%d\n%s\n", "a\nfix403: b\x1b[2J", msg.Verbatim("c\nd"), 7, Block("e\nf"))
	})
	if lines := strings.Split(got, "\n"); len(lines) != 4 || !strings.HasPrefix(lines[0], "a") || !strings.HasSuffix(lines[0], "|7") || lines[1] != "e" || lines[2] != "f" || strings.Contains(got, "\x1b") {
		t.Errorf("%q", got)
	}
}

func TestTokenDifferenceNamesRoles(t *testing.T) {
	ends := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	before, after := document.Token{Type: "Bearer", Client: "svc", Realm: "r"}, document.Token{Type: "Bearer", Client: "svc", Realm: "r", ExpiresAt: &ends}
	got := printed(t, "en", func(l Lines) {
		l.TokenDifference(document.TokenDifference{Before: before, After: after, Added: []string{"realm-management/view-users"}, Removed: []string{"old"}, Changed: []string{"aud", "exp"}})
	})
	const want = `first:  Bearer of client svc in realm r, without an end
second: Bearer of client svc in realm r, valid until 2030-01-02T03:04:05Z
+ role realm-management/view-users
- role old
also different: aud, exp
`
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if got := printed(t, "en", func(l Lines) { l.TokenDifference(document.TokenDifference{}) }); !strings.Contains(got, "the same roles\n") {
		t.Error(got)
	}
}

func TestLiveNamesEachDifference(t *testing.T) {
	version := "26.7.3"
	d := document.Live{
		Server: document.Server{URL: "http://kc", Version: &version}, ComparedWith: version, SameVersion: true, Rows: 343, Result: document.Different,
		Differences: []document.Difference{
			{Method: "GET", Path: "/x", Role: "view-users", Shipped: "200", Measured: "403"},
			{Method: "GET", Path: "/x", Role: "view-realm", Shipped: "", Measured: "200"},
			{Method: "GET", Path: "/x", Case: "own", Role: "view-realm", Shipped: "200", Measured: ""},
		},
		NotServed: []string{"GET /y"}, NotMeasured: []string{"GET /z"}, Problems: []string{"no user"},
	}
	for language, want := range map[string][]string{
		"en": {"Keycloak 26.7.3 at http://kc: measured in 2 s, in a scratch realm that has been removed: 343 calls, some in several ways.", "\nGET /x\n  view-users", "\nGET /x (own)\n", "403          in the table 200", "200          in the table none", "none         in the table 200", "Not served here: 1 calls", "Could not be measured:\n  GET /z\n", "  no user\n"},
		"de": {"Keycloak 26.7.3", "\nGET /x\n  view-users", "  no user\n"},
	} {
		got := printed(t, language, func(l Lines) { l.Live(d, 2*time.Second) })
		for _, part := range want {
			if !strings.Contains(got, part) {
				t.Errorf("%s: no %q in\n%s", language, part, got)
			}
		}
		if strings.Count(got, "\nGET /x\n") != 1 {
			t.Errorf("%s: a row is named more than once:\n%s", language, got)
		}
	}
	d.SameVersion = false
	d.Differences[0].MeasuredOn = []string{"26.6.4", "26.7.3"}
	if got := printed(t, "en", func(l Lines) { l.Live(d, 0) }); !strings.Contains(got, "\nGET /x\n  as measured on 26.6.4, 26.7.3\n") {
		t.Error(got)
	}
	d.Differences = nil
	if got := printed(t, "en", func(l Lines) { l.Live(d, 0) }); !strings.Contains(got, "Compared with 26.7.3, the nearest measured version: 0 cells differ.") {
		t.Error(got)
	}
}

func TestWarningsAndFailuresInGerman(t *testing.T) {
	got := printed(t, "de", func(l Lines) {
		l.Warning(msg.New("The pasted call and --call both name a call (--curl-file and --call)."))
		l.Failure(Block("a\nb"), "")
		l.Failure("a\nb", "hint")
	})
	if !strings.HasPrefix(got, "Warnung: ") && !strings.HasPrefix(got, "Achtung: ") || strings.Contains(got, "both name") || !strings.Contains(got, "fix403: a\nb\nfix403: a") || !strings.HasSuffix(got, "\nhint\n") {
		t.Error(got)
	}
}

// A call that a line has no room for is broken where a path can be, and its id stays whole.
func TestAnsweredCallKeepsItsID(t *testing.T) {
	t.Parallel()
	const id, answer = "b7e4bea3-85a6-45a8-a060-f370a3a0317e", "403 Forbidden"
	call := "GET /admin/realms/fix403-lab-b4c71498fa3c/users/" + id
	for width, want := range map[int]string{
		0:  answer + "   " + call,
		80: answer + "   GET /admin/realms/fix403-lab-b4c71498fa3c/users/\n  " + id,
		20: "",
	} {
		l := Lines{Look: Look{width: width}}
		got := string(l.answered(answer, call))
		if want != "" && got != want {
			t.Errorf("at %d:\n%s\nwant\n%s", width, got, want)
		}
		if joined := strings.ReplaceAll(got, "\n  ", ""); joined != answer+"   "+call {
			t.Errorf("at %d something is lost: %q", width, got)
		}
	}
}
