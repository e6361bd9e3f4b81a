// Package paste reads a failing call as people have it in hand: a curl, wget, HTTPie or kcadm command line, the call of a
// script or a program, a request as it goes over the wire, a browser's archive. Nothing is executed, and no file is read.
package paste

import (
	"fmt"
	"net/http"
	"net/url"
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
	// Proof is the value of the header DPoP; empty without one.
	Proof wire.Secret
	// AsksJSON reports that the program of the text asks for JSON by itself: most ask for anything, where no header Accept says more.
	AsksJSON bool
	// Traced reports that the text is a library's error, which shows the call and not its token.
	Traced bool
	// Variable reports that the header's value is a variable, or comes from a file or pipe, and so is not known.
	Variable bool
	// Header are the others that can change the answer, as they are sent with the call; nil for none.
	Header http.Header
	Form   url.Values // that is sent to token introspection or userinfo; it holds secrets
	// TokenRequest reports that the text asks the token endpoint for a token; Grant, ClientID, Secret and Scope are then
	// what it sends. Grant is "" where it is not written.
	TokenRequest bool
	Grant        string
	ClientID     string
	Secret       wire.Secret
	SecretBase   string // base URL of the server for which the secret stands in the text
	TokenRealm   string // whose token endpoint is asked; "" without a token request
	Scope        string
	Login        *Login // that token request, or the one before the call that gets its token; nil without one

	from int // the number of the request whose answer the header carries; 0 if that is not known
	// Body is what the call sends, and BodyKnown reports that the text shows it: an empty one, too. ContentType is its type as it is
	// sent, "" where the text does not show it.
	Body        wire.Secret
	BodyKnown   bool
	ContentType string

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
	if i := strings.IndexFunc(text, func(r rune) bool { return r == 0 || r == '\uFFFD' || r >= variable && r < firstMark+mostMarks }); i >= 0 {
		return nil, unread("", "This is not text: it has bytes that no command line contains.")
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
	for _, form := range []func(string) (calls []*Call, is bool, err error){readArchive, readRequest, readPowerShell, readProgram, readTrace} {
		if calls, is, err := form(text); is || err != nil {
			return calls, err
		}
	}
	return readShell(text)
}

// chosen returns the one call of several commands, with the login that gets its token.
func chosen(text string, calls []*Call) (*Call, error) {
	var call *Call
	request := -1
	for i, c := range calls {
		switch {
		case c.TokenRequest:
			if call == nil || call.from == 0 {
				request = i
			}
		case call == nil:
			if call = c; c.from > 0 && calls[c.from-1].TokenRequest {
				request = c.from - 1
			}
		case !call.same(c):
			return nil, problem.BadInput("Paste the one that fails.", "The text contains more than one call.")
		}
	}
	var login *Login
	if request >= 0 {
		login = calls[request].Login
	}
	if login != nil && (call == nil || call.Variable) {
		if err := login.linked(text, calls, request); err != nil {
			return nil, err
		}
	}
	switch {
	case call == nil && login == nil:
		return nil, unread(text, "The text contains no call in a form that fix403 reads, such as a curl command.")
	case call == nil:
		return calls[request], nil
	case login != nil && call.ClientID == "": // the client that gets the token
		call.Login, call.ClientID, call.Secret, call.SecretBase, call.Scope = login, login.ClientID, login.Secret, login.Base, login.Scope
		call.TokenRealm = login.Realm
		for _, ignored := range calls[request].Ignored {
			call.ignoreToo(ignored)
		}
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

// Lacking is what has to be given besides a text.
type Lacking struct {
	Client       bool // that gets the token
	Secret       bool // of that client; a public one has none
	User         bool // in whose name the token is got
	Password     bool // of that user
	RefreshToken bool
}

// Lacks returns what has to be given besides the text, so that its token can be got.
func (c *Call) Lacks() Lacking {
	if !c.Variable && !c.TokenRequest {
		return Lacking{}
	}
	lacking := Lacking{Client: c.ClientID == "", Secret: c.Secret.Empty()}
	if l := c.Login; l != nil && (l.Grant == grantPassword || l.Grant == grantRefresh) { // for which a client may need no secret
		lacking.Secret = l.secretHidden
		lacking.User = l.Grant == grantPassword && l.User == ""
		lacking.Password = l.Grant == grantPassword && l.Password.Empty()
		lacking.RefreshToken = l.Grant == grantRefresh && l.RefreshToken.Empty() && l.Before == nil
	}
	return lacking
}

// Realm returns the realm that the URL names; "" if none.
func (c *Call) Realm() string { return requests.RealmIn(c.Path) }
