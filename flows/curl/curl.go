// Package curl reads a pasted curl command line: the call that it makes, or the token that it asks for. Nothing is executed,
// and no file is read.
package curl

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"fix403/flows/problem"
	"fix403/flows/requests"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// Call is what a curl command line asks for. Secrets in it are kept as [wire.Secret].
type Call struct {
	Method  string
	URL     string // as written, without user and password
	Address        // the same URL, split
	// Authorization is the header's value; HasAuthorization reports whether the line has that header, -u or the like.
	Authorization    wire.Secret
	HasAuthorization bool
	// Variable reports that the header's value is a shell variable, or comes from a file or pipe, and so is not known.
	Variable bool
	// TokenRequest reports that the line asks the token endpoint for a token; ClientID, Secret and Scope are then what it sends.
	TokenRequest bool
	ClientID     string
	Secret       wire.Secret
	SecretBase   string // base URL of the server for which the secret stands in the line
	Scope        string

	Ignored []msg.Message // options that change nothing here, or cannot be followed, without their values
}

// variable means a $ that a shell would have expanded.
const variable = '\uE000'

// maxText bounds a pasted text.
const maxText = 1 << 20

const hint = "Paste one curl command, as it was typed, from curl to its end."

// Parse reads a curl command line as a shell would: quotes, $'…', line breaks behind \ (or ^, as on Windows), prompts and
// redirections. A token request may precede the call; two calls are an error, since either may be the one that fails.
// Errors have the kind bad-input and quote no value.
func Parse(text string) (*Call, error) {
	if len(text) > maxText {
		return nil, problem.BadInput(hint, "The text has %d bytes, more than any command line.", len(text))
	}
	if i := strings.IndexFunc(text, func(r rune) bool { return r == 0 || r == '\uFFFD' || r == variable }); i >= 0 {
		return nil, problem.BadInput(hint, "This is no text: it has bytes that no command line has.")
	}
	if strings.Contains(text, `^"`) { // "copy as cURL (cmd)": ^ escapes each character
		text = cmdEscape.ReplaceAllString(cmdLineBreak.ReplaceAllString(text, " "), "$1")
	}
	commands, err := shellCommands(text)
	if err != nil {
		return nil, err
	}
	var call, request *Call
	var failed error
	for _, words := range commands {
		i := slices.IndexFunc(words, func(w string) bool {
			return w == "curl" || strings.HasSuffix(w, "/curl") || strings.HasSuffix(w, "curl.exe")
		})
		if i < 0 || i > 2 { // after a prompt or an assignment
			continue
		}
		c, err := readCommand(words[i+1:])
		switch {
		case err != nil:
			failed = err
		case c.TokenRequest:
			request = c
		case call != nil:
			return nil, problem.BadInput("Paste the one that fails.", "The text has more than one call.")
		default:
			call = c
		}
	}
	switch {
	case failed != nil:
		return nil, failed
	case call == nil && request == nil:
		return nil, problem.BadInput(hint, "There is no curl command in the text.")
	case call == nil:
		return request, nil
	case request != nil && call.ClientID == "": // the client that gets the token
		call.ClientID, call.Secret, call.SecretBase, call.Scope = request.ClientID, request.Secret, request.SecretBase, request.Scope
	}
	return call, nil
}

// Escapes of the Windows command line: of a line break, and of a character.
var (
	cmdLineBreak = regexp.MustCompile(`\^[ \t]*\r?\n`)
	cmdEscape    = regexp.MustCompile(`\^(.)`)
)

// String returns the call without its secrets.
func (c *Call) String() string { return fmt.Sprintf("%s %s", c.Method, c.URL) }

// Lacks reports what has to be given besides the command: the client that gets its token, and that client's secret, which
// a public client does not have.
func (c *Call) Lacks() (client, secret bool) {
	gets := c.Variable || c.TokenRequest
	return gets && c.ClientID == "", gets && c.Secret.Empty()
}

// Realm returns the realm that the URL names; "" if none.
func (c *Call) Realm() string { return requests.RealmIn(c.Path) }
