package answer

import (
	"net/http"
	"slices"
	"testing"

	"fix403/keycloak/wire"
)

func reply(status int, contentType, body string) *wire.Reply {
	return &wire.Reply{Exchange: wire.Exchange{Status: status, Method: http.MethodGet, ResponseBody: body}, Header: http.Header{"Content-Type": {contentType}}, Body: []byte(body)}
}

// TestIsRefusal has the forms of Keycloak's refusals, and those of what is in front of it.
func TestIsRefusal(t *testing.T) {
	for _, tt := range []struct {
		body    string
		onAdmin bool
		want    bool
	}{
		{`{"error":"HTTP 403 Forbidden"}`, true, true},
		{`{"error":"unknown_error","error_description":"For more on this error consult the server log."}`, true, true},
		{`{"errorMessage":"no"}`, true, true},
		{`{"error":"forbidden"}`, true, false},
		{`{"message":"no"}`, true, false},
		{`{"error":"HTTP 403 Forbidden","message":"no"}`, true, false},
		{"<html>403</html>", true, false},
		{"", true, false},
		{`{"error":"invalid_client","error_description":"no"}`, false, true},
		{`{"error":"invalid_client"}`, false, false},
		{`{"error":"HTTP 403 Forbidden"}`, false, false},
	} {
		if got := IsRefusal(reply(403, "application/json", tt.body), tt.onAdmin); got != tt.want {
			t.Errorf("%s (admin API %t): %t", tt.body, tt.onAdmin, got)
		}
	}
}

func TestWords(t *testing.T) {
	for _, tt := range []struct {
		r    *wire.Reply
		want string
	}{
		{reply(200, "application/json", "[]"), "200 OK"},
		{reply(403, "application/json", `{"error":"no"}`), `403 Forbidden with {"error":"no"}`},
		{reply(502, "text/html", "<html>"), "502 Bad Gateway with an HTML page"},
		{reply(401, "", ""), "401 Unauthorized with an empty body"},
		{reply(418, "text/plain", "no\ntea"), `418 I'm a teapot with the text "no tea"`},
	} {
		if got := Words(tt.r).String(); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

func TestMissing(t *testing.T) {
	for _, tt := range []struct{ shown, all, want string }{
		{"[]", "[]", ""}, {"[]", `[{},{}]`, "2 instead of 0"}, {`[{"id":1}]`, `[{"id":1,"email":2}]`, "also email"},
		{"0", "3", "a larger number"}, {"3", "3", ""}, {`{"a":1}`, `{"a":1}`, ""}, {`{}`, `{"a":1,"b":1,"c":1,"d":1,"e":1}`, "5 more fields, such as a, b, c"},
		{"no JSON", "[1]", ""}, {`[{}]`, "no JSON", ""},
	} {
		if got := Missing([]byte(tt.shown), []byte(tt.all)).String(); got != tt.want {
			t.Errorf("%s beside %s: %q, want %q", tt.shown, tt.all, got, tt.want)
		}
	}
}

func TestOtherBases(t *testing.T) {
	got := OtherBases("https://kc.example/a/b")
	want := []string{"https://kc.example/a/b/auth", "https://kc.example/a", "https://kc.example", "https://kc.example/auth", "https://kc.example/keycloak"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if slices.Contains(OtherBases("https://kc.example/auth"), "https://kc.example/auth") {
		t.Error("the address itself is another one")
	}
}

func TestNoResource(t *testing.T) {
	for reason, want := range map[string]bool{
		"RESTEASY003210: Could not find resource for full path: http://127.0.0.1:8080/admin/realms/r/nope": true,
		"Unable to find matching target resource method":                                                   true, "User not found": false, "": false, "HTTP 404 Not Found": false,
	} {
		if NoResource(reason) != want {
			t.Errorf("%q", reason)
		}
	}
}

// TestVersionBy has the 403 of each measured form, and errors that hint at no version.
func TestVersionBy(t *testing.T) {
	const described = `"error_description":"For more on this error consult the server log at the debug level."}`
	for _, tt := range []struct {
		status int
		body   string
		want   string
	}{
		{403, `{"error":"unknown_error"}`, "22.0.5"},
		{403, `{"error":"unknown_error",` + described, "24.0.5"},
		{403, `{"error":"HTTP 403 Forbidden",` + described, "25.0.6"},
		{403, `{"error":"HTTP 403 Forbidden"}`, ""},
		{403, `{"error":"forbidden"}`, ""},
		{401, `{"error":"HTTP 401 Unauthorized",` + described, "24.0.5"},
		{401, `{"error":"HTTP 401 Unauthorized"}`, ""},
		{200, `{"error":"unknown_error",` + described, ""},
	} {
		if got := VersionBy(reply(tt.status, "application/json", tt.body)); got != tt.want {
			t.Errorf("%d %s: %q, want %q", tt.status, tt.body, got, tt.want)
		}
	}
}
