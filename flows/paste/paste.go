// Package paste reads a failing call as people have it in hand: a curl, wget, HTTPie or kcadm command line, the call of a
// script or a program, a request as it goes over the wire, a browser's archive. Nothing is executed, and no file is read.
package paste

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf16"

	"fix403/flows/problem"
	"fix403/flows/requests"
	"fix403/flows/texts"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// Call is what a pasted text asks for. Secrets in it are kept as [wire.Secret].
type Call struct {
	Method  string
	URL     string // as written, without user and password
	Address        // the same URL, split
	// Authorization is the header's value; HasAuthorization reports whether the text has that header, -u or the like.
	Authorization    wire.Secret
	HasAuthorization bool
	// Variable reports that the header's value is a variable, or comes from a file or pipe, and so is not known.
	Variable bool
	// TokenRequest reports that the text asks the token endpoint for a token; Grant, ClientID, Secret and Scope are then
	// what it sends. Grant is "" where it is not written.
	TokenRequest bool
	Grant        string
	ClientID     string
	Secret       wire.Secret
	SecretBase   string // base URL of the server for which the secret stands in the text
	TokenRealm   string // whose token endpoint is asked; "" without a token request
	Scope        string

	Ignored []msg.Message // options that change nothing here, or cannot be followed, without their values
}

// variable is what is not known in a text: a variable that is not set in it, or what a command in it would print.
const variable = '\uE000'

// maxText bounds a pasted text.
const maxText = 1 << 20

// Parse reads a text. A token request may precede the call; two calls are an error, since either may be the one that fails.
// Errors have the kind bad-input and quote no value.
func Parse(text string) (*Call, error) {
	if len(text) > maxText {
		return nil, unread("", "The text has %d bytes, more than any command line.", len(text))
	}
	text = decoded(text)
	if i := strings.IndexFunc(text, func(r rune) bool { return r == 0 || r == '\uFFFD' || r == variable }); i >= 0 {
		return nil, unread("", "This is no text: it has bytes that no command line has.")
	}
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	call, err := read(text)
	if err != nil {
		if tidied := tidied(text); tidied != text {
			if again, errAgain := read(tidied); errAgain == nil {
				return again, nil
			}
		}
	}
	return call, err
}

func read(text string) (*Call, error) {
	calls, err := readAny(text)
	if err != nil {
		return nil, err
	}
	return chosen(text, calls)
}

// readAny returns the calls of a text of any form, in their order.
func readAny(text string) ([]*Call, error) {
	for _, form := range []func(string) (calls []*Call, is bool, err error){readArchive, readRequest, readPowerShell, readProgram} {
		if calls, is, err := form(text); is || err != nil {
			return calls, err
		}
	}
	return readShell(text)
}

// chosen returns the one call of several commands, with the client that asks for its token.
func chosen(text string, calls []*Call) (*Call, error) {
	var call, request *Call
	for _, c := range calls {
		switch {
		case c.TokenRequest:
			request = c
		case call == nil:
			call = c
		case !call.same(c):
			return nil, problem.BadInput("Paste the one that fails.", "The text has more than one call.")
		}
	}
	if request != nil && (call == nil || call.Variable) && request.Grant != "" && request.Grant != "client_credentials" {
		return nil, unread(text, "The token is asked for by another grant than client_credentials: fix403 does not log in as a person.")
	}
	switch {
	case call == nil && request == nil:
		return nil, unread(text, "There is no curl command in the text, nor a call in another form that fix403 reads.")
	case call == nil:
		return request, nil
	case request != nil && call.ClientID == "": // the client that gets the token
		call.ClientID, call.Secret, call.SecretBase, call.Scope = request.ClientID, request.Secret, request.SecretBase, request.Scope
		call.TokenRealm = request.TokenRealm
	}
	return call, nil
}

// same reports whether another is the same call written again, as in a command and its output.
func (c *Call) same(o *Call) bool {
	return c.Method == o.Method && c.URL == o.URL && c.Authorization.Reveal() == o.Authorization.Reveal() && c.Variable == o.Variable
}

// adminPath finds the path of a call to the admin API, without its query, and the method before it.
var adminPath = regexp.MustCompile(`(?:\b(GET|POST|PUT|DELETE|PATCH|HEAD)\b[^\n]{0,40}?)?(/admin/(?:realms|serverinfo)[A-Za-z0-9._~/-]*)`)

// unread is the error for a text that is not read.
func unread(text string, format texts.Text, args ...any) error {
	return &failure.Error{Kind: failure.BadInput, Message: msg.New(format, args...), Hint: hint(text)}
}

// hint says what to give in place of a text that is not read, with the call that stands in it.
func hint(text string) msg.Message {
	if m := adminPath.FindStringSubmatch(text); m != nil {
		method := m[1]
		if method == "" {
			method = "GET"
		}
		return msg.New(`Paste the command from its first word to its end, or give the call by --call "%s %s" and its token by --token-file.`, method, m[2])
	}
	return msg.New(`Paste the command from its first word to its end, or give the call by --call "GET /admin/realms/my-realm/users" and its token by --token-file.`)
}

// decoded returns a text without its byte order mark, from UTF-16 where that says so.
func decoded(text string) string {
	if rest, ok := strings.CutPrefix(text, "\xef\xbb\xbf"); ok {
		return rest
	}
	low, ok := 0, strings.HasPrefix(text, "\xff\xfe")
	if strings.HasPrefix(text, "\xfe\xff") {
		low, ok = 1, true
	}
	if !ok {
		return text
	}
	units := make([]uint16, 0, len(text)/2)
	for i := 2; i+1 < len(text); i += 2 {
		units = append(units, uint16(text[i+low])|uint16(text[i+1-low])<<8)
	}
	return string(utf16.Decode(units))
}

// tidied returns a text as it was before a word processor or a chat made it pretty.
func tidied(text string) string {
	text = dash.ReplaceAllString(text, "$1-$2")
	return strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "‟", `"`, "‘", "'", "’", "'", "\u00a0", " ", "\u200b", "").Replace(text)
}

// dash is what was made of the one or two hyphens of an option.
var dash = regexp.MustCompile(`(\s)[–—]([A-Za-z])`)

// String returns the call without its secrets.
func (c *Call) String() string { return fmt.Sprintf("%s %s", c.Method, c.URL) }

// Lacks reports what has to be given besides the text: the client that gets its token, and that client's secret, which
// a public client does not have.
func (c *Call) Lacks() (client, secret bool) {
	gets := c.Variable || c.TokenRequest
	return gets && c.ClientID == "", gets && c.Secret.Empty()
}

// Realm returns the realm that the URL names; "" if none.
func (c *Call) Realm() string { return requests.RealmIn(c.Path) }
