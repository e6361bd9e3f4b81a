package inspect

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"fix403/flows/gate"
	"fix403/keycloak/failure"
	"fix403/keycloak/foreign"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
	"fix403/ui/kit"
)

const hostile = "a\x1b]0;title\x07b\x1b[2Jc\x9b31md\u009b31me\x1b[?1049l\u202egnp\r\n\x00f\u2066 \u200b\u2060\u00ad\U000e0041\ufe0f\u2028z"

func aTheme(t *testing.T) *kit.Theme {
	t.Helper()
	theme, known := kit.NewTheme(nil, nil, "dark", true, false, func(string) string { return "" })
	if !known {
		t.Fatal("no dark theme")
	}
	return theme
}

func harmless(t *testing.T, lines []string, width int) {
	t.Helper()
	for _, line := range lines {
		if ansi.StringWidth(line) > width {
			t.Errorf("a line is wider than %d: %q", width, line)
		}
		// What is left after our own styles must be plain text.
		rest := line
		for _, own := range []string{"\x1b[0m", "\x1b[1m", "\x1b[2m", "\x1b[7m", "\x1b[1;7m", "\x1b[m"} {
			rest = strings.ReplaceAll(rest, own, "")
		}
		if strings.ContainsFunc(rest, foreign.Hidden) {
			t.Errorf("control characters are drawn: %q", line)
		}
	}
}

func TestHostileTextIsDrawnHarmless(t *testing.T) {
	theme := aTheme(t)
	e := wire.Exchange{
		Method: "GET" + hostile, URL: "http://h/" + hostile, Purpose: msg.New("%s", hostile), Status: 403,
		ResponseBody: `{"error": "` + hostile + `"}` + hostile, ResponseHeader: http.Header{"X-Evil": {hostile}}, RequestBody: hostile,
	}
	lines, _ := exchangeLines(theme, e, foldLong, 40)
	harmless(t, lines, 40)
	harmless(t, []string{kit.ExchangeRow(theme, e, true, 40), kit.ExchangeRow(theme, e, false, 120)}, 120)
	payload := base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"x\u001b[2Jy\u0007","azp":"\u202eevil","scope":"a\u001b]0;t\u0007","resource_access":{"realm-management":{"roles":["r\u001b[2J"]},"c\u001b[1m":{"roles":["x\u0000"]}}}`))
	token, err := token.Decode("e30." + payload + ".x")
	if err != nil {
		t.Fatal(err)
	}
	harmless(t, TokenLines(theme, token, Earlier{token, BeforeFix}, time.Now(), 50), 50)
}

func TestFailureTextIsDrawnHarmless(t *testing.T) {
	mask := func(text string) string { return text }
	sent := []wire.Exchange{{Method: "GET" + hostile, URL: "http://h/" + hostile, Status: 403}}
	harmless(t, FailureLines(aTheme(t), &failure.Error{Message: msg.New("%s", hostile), Hint: msg.Verbatim(hostile)}, mask, []msg.Message{msg.Verbatim(hostile)}, sent, 40), 40)
}

func TestGatesShowTheStopByWordAndSign(t *testing.T) {
	theme := aTheme(t)
	table := ansi.Strip(strings.Join(GateTable(theme, []Passage{
		{Label: "this call", Stop: gate.Refusal{Gate: gate.Role, Status: 403}}, {Label: "a 401", Stop: gate.Refusal{Gate: gate.Identity, Status: 401}}, {Label: "fine", Stop: gate.Refusal{Gate: gate.None, Status: 200}},
	}, 70), "\n"))
	for _, want := range []string{"identity  ✓                 ? 401 stop        ✓", "role      ✗ 403 stop        ○                 ✓", "403 Forbidden     401 Unauthorized  200 OK"} {
		if !strings.Contains(table, want) {
			t.Errorf("no line %q in\n%s", want, table)
		}
	}
	plain, _ := kit.NewTheme(nil, nil, "dark", true, true, func(string) string { return "" })
	for _, r := range ansi.Strip(strings.Join(GateRow(plain, gate.Refusal{Gate: gate.Reach}, 80), "\n")) {
		if r > 127 {
			t.Errorf("%q is not ASCII", r)
		}
	}
}

func TestLongNamesOfPassagesStayApart(t *testing.T) {
	table := ansi.Strip(strings.Join(GateTable(aTheme(t), []Passage{
		{Label: "24.0.5 at 127.0.0.1:8080", Stop: gate.Refusal{Gate: gate.Role, Status: 403}}, {Label: "26.7.3", Stop: gate.Refusal{Gate: gate.None, Status: 200}},
	}, 42), "\n"))
	if !strings.Contains(table, "… 26.7.3") {
		t.Errorf("the names run into each other:\n%s", table)
	}
}
