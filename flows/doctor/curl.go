package doctor

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"fix403/flows/texts"
	"fix403/keycloak"
)

// CurlCall is what a pasted curl command line asks for. Secrets in it are kept as [keycloak.Secret].
type CurlCall struct {
	Method string
	URL    string // as written
	Base   string // base URL of the server, from the URL
	Path   string // below it
	// Authorization is the header's value; HasAuthorization tells whether the line has that header, -u or the like.
	Authorization    keycloak.Secret
	HasAuthorization bool
	// Variable tells that the header's value is a shell variable, or comes from a file or pipe, and so is not known.
	Variable bool
	// TokenRequest tells that the line asks the token endpoint for a token; ClientID, Secret and Scope are then what it sends.
	TokenRequest bool
	Grant        string
	ClientID     string
	Secret       keycloak.Secret
	SecretBase   string // base URL of the server for which the secret stands in the line
	Scope        string

	Ignored []string // options that change nothing here, or cannot be followed, in words without values
}

// curlOptions with a value, as far as they matter or their value must not be taken for the URL.
var curlValued = map[string]string{
	"-X": "request", "-H": "header", "-d": "data", "-u": "user", "-A": "", "-b": "cookie", "-c": "", "-e": "", "-F": "form", "-o": "", "-w": "", "-x": "proxy", "-m": "", "-T": "upload",
	"-K": "config", "-E": "cert", "-r": "", "-D": "", "-U": "", "-y": "", "-Y": "", "-z": "", "-C": "", "-P": "", "-Q": "", "-t": "",
	"--request": "request", "--header": "header", "--data": "data", "--data-raw": "data", "--data-ascii": "data", "--data-binary": "data", "--data-urlencode": "urlencode",
	"--json": "json", "--user": "user", "--url": "url", "--oauth2-bearer": "bearer", "--user-agent": "", "--cookie": "cookie", "--cookie-jar": "", "--referer": "", "--form": "form",
	"--form-string": "form", "--output": "", "--write-out": "", "--proxy": "proxy", "--max-time": "", "--connect-timeout": "", "--upload-file": "upload", "--config": "config",
	"--cert": "cert", "--key": "cert", "--cacert": "cert", "--capath": "cert", "--resolve": "resolve", "--connect-to": "resolve", "--retry": "", "--retry-delay": "", "--retry-max-time": "",
	"--dump-header": "", "--limit-rate": "", "--range": "", "--interface": "", "--proxy-user": "", "--ciphers": "", "--tls-max": "", "--max-redirs": "", "--url-query": "query", "--variable": "", "--proto": "", "--stderr": "", "--trace": "", "--trace-ascii": "", "--pass": "", "--cert-type": "", "--key-type": "", "--noproxy": "",
}

// variable stands for a $ that a shell would have expanded.
const variable = '\uE000'

// maxCurl bounds a pasted text.
const maxCurl = 1 << 20

const curlHint = "Paste one curl command, as it was typed, from curl to its end."

// ParseCurl reads a curl command line as a shell would: quotes, $'…', line breaks behind \ (or ^, as on Windows), prompts
// and redirections. Nothing is executed and no file is read. A token request may stand before the call; of two calls it
// cannot know which one fails. Errors have the kind bad-input and quote no value.
func ParseCurl(text string) (*CurlCall, error) {
	if len(text) > maxCurl {
		return nil, badInput(curlHint, "The text has %d bytes, more than any command line.", len(text))
	}
	if i := strings.IndexFunc(text, func(r rune) bool { return r == 0 || r == '\uFFFD' || r == variable }); i >= 0 {
		return nil, badInput(curlHint, "This is no text: it has bytes that no command line has.")
	}
	if strings.Contains(text, `^"`) { // "copy as cURL (cmd)": ^ escapes each character
		text = cmdEscape.ReplaceAllString(cmdLineBreak.ReplaceAllString(text, " "), "$1")
	}
	commands, err := shellCommands(text)
	if err != nil {
		return nil, err
	}
	var call, request *CurlCall
	var failed error
	for _, words := range commands {
		i := slices.IndexFunc(words, func(w string) bool {
			return w == "curl" || strings.HasSuffix(w, "/curl") || strings.HasSuffix(w, "curl.exe")
		})
		if i < 0 || i > 2 { // after a prompt or an assignment
			continue
		}
		c, err := curlCommand(words[i+1:])
		switch {
		case err != nil:
			failed = err
		case c.TokenRequest:
			request = c
		case call != nil:
			return nil, badInput("Paste the one that fails.", "The text has more than one call.")
		default:
			call = c
		}
	}
	switch {
	case failed != nil:
		return nil, failed
	case call == nil && request == nil:
		return nil, badInput(curlHint, "There is no curl command in the text.")
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

func curlCommand(words []string) (*CurlCall, error) {
	c := &CurlCall{}
	var urls, data []string
	forceGet, elsewhere, location := false, false, false // elsewhere: headers that are not in the command
	ignore := func(format texts.Text, values ...any) {
		what := texts.T(format, values...)
		if !slices.Contains(c.Ignored, what) {
			c.Ignored = append(c.Ignored, what)
		}
	}
	for i := 0; i < len(words); i++ {
		w := words[i]
		name, value, inline := w, "", false
		switch {
		case w == "" || w == "-" || !strings.HasPrefix(w, "-"):
			if w != "" && w != "-" {
				urls = append(urls, w)
			}
			continue
		case strings.HasPrefix(w, "--"):
			if n, v, found := strings.Cut(w, "="); found { // not curl's own form, but people write it
				name, value, inline = n, v, true
			}
		default: // -sSfX POST, -XPOST, -HAccept:…
			for j := 1; j < len(w); j++ {
				short := "-" + string(w[j])
				if _, valued := curlValued[short]; valued {
					name, value, inline = short, w[j+1:], j+1 < len(w)
					break
				}
				switch short {
				case "-I":
					c.Method = http.MethodHead
				case "-G":
					forceGet = true
				case "-L":
					location = true
				case "-k":
					ignore("-k (give --insecure to fix403, if certificates are not to be checked)")
				}
				name = ""
			}
			if name == "" {
				continue
			}
		}
		kind, valued := curlValued[name]
		if !valued {
			switch name {
			case "--head":
				c.Method = http.MethodHead
			case "--get":
				forceGet = true
			case "--location", "--location-trusted":
				location = true
			case "--insecure":
				ignore("--insecure (give it to fix403, if certificates are not to be checked)")
			}
			continue
		}
		if !inline {
			if i++; i >= len(words) {
				return nil, badInput(curlHint, "The curl command ends after %s, which takes a value.", name)
			}
			value = words[i]
		}
		switch kind {
		case "request":
			c.Method = strings.ToUpper(value)
		case "header":
			if strings.HasPrefix(value, "@") { // -H @- is how a token stays off the command line
				ignore("headers from a file or a pipe, which is not read")
				elsewhere = true
				continue
			}
			c.header(value, ignore)
		case "bearer":
			c.Authorization, c.HasAuthorization = keycloak.NewSecret("Bearer "+value), true
		case "user":
			user, password, _ := strings.Cut(value, ":")
			c.ClientID, c.Secret = user, keycloak.NewSecret(password)
			if !c.HasAuthorization {
				c.Authorization, c.HasAuthorization = keycloak.NewSecret("Basic "+base64.StdEncoding.EncodeToString([]byte(value))), true
			}
		case "data", "urlencode", "json":
			if strings.HasPrefix(value, "@") || kind == "urlencode" && strings.Contains(value, "@") && !strings.Contains(value, "=") {
				ignore("a body from a file or a pipe, which is not read")
				value = ""
			}
			if kind == "urlencode" {
				if n, v, found := strings.Cut(value, "="); found {
					value = n + "=" + url.QueryEscape(v)
				}
			}
			data = append(data, value)
		case "url":
			urls = append(urls, value)
		case "query":
			data, forceGet = append(data, value), true
		case "form", "upload":
			if c.Method == "" {
				c.Method = map[string]string{"form": http.MethodPost, "upload": http.MethodPut}[kind]
			}
			ignore("the body of %s", name)
		case "":
		default:
			ignore("%s, which fix403 does not follow", name)
		}
	}
	switch {
	case len(urls) == 0:
		return nil, badInput(curlHint, "The curl command has no URL.")
	case len(urls) > 1:
		return nil, badInput("Give the one that fails.", "The curl command has %d URLs (or a value without its option).", len(urls))
	}
	c.Variable = c.Variable || elsewhere && !c.HasAuthorization
	if location {
		ignore("-L: fix403 follows no redirect")
	}
	return c, c.finish(urls[0], data, forceGet)
}

func (c *CurlCall) header(text string, ignore func(texts.Text, ...any)) {
	name, value, _ := strings.Cut(text, ":")
	name = strings.TrimSpace(name)
	switch strings.ToLower(name) {
	case "authorization":
		// curl cuts the space before the value, and the header is not sent at all without one
		value = strings.TrimSpace(strings.TrimRight(strings.TrimLeft(value, " \t"), "\r\n"))
		if c.HasAuthorization && !c.Authorization.Empty() && !strings.HasPrefix(c.Authorization.Reveal(), "Basic ") {
			ignore("a second Authorization header: the first one counts")
			return
		}
		c.Authorization, c.HasAuthorization = keycloak.NewSecret(value), true
		if strings.ContainsRune(value, variable) {
			c.Authorization, c.HasAuthorization, c.Variable = keycloak.Secret{}, false, true
		}
	case "accept", "content-type", "user-agent":
	default:
		ignore("the header %s", safeName(name))
	}
}

// safeName keeps a header's name, and nothing that may be a secret in a line that has none.
func safeName(name string) string {
	if len(name) > 40 || name == "" || strings.ContainsFunc(name, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) {
		return texts.T("of no readable name")
	}
	return name
}

func (c *CurlCall) finish(raw string, data []string, forceGet bool) error {
	if strings.ContainsAny(raw, "$"+string(variable)) {
		return badInput("Write the values in place of the variables, as in http://localhost:8080/admin/realms/my-realm/users.", "The URL of the curl command has a shell variable, whose value is not known here.")
	}
	if !strings.Contains(raw, "://") {
		raw = "http://" + raw // as curl does
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return badInput(curlHint, "The URL of the curl command is none that a Keycloak has.")
	}
	if u.User != nil {
		password, _ := u.User.Password()
		c.ClientID, c.Secret = u.User.Username(), keycloak.NewSecret(password)
		if !c.HasAuthorization {
			c.Authorization, c.HasAuthorization = keycloak.NewSecret("Basic "+base64.StdEncoding.EncodeToString([]byte(u.User.String()))), true
		}
		u.User = nil
	}
	u.Fragment, u.RawFragment = "", ""
	form := strings.Join(data, "&")
	switch {
	case forceGet && form != "":
		if u.RawQuery != "" {
			u.RawQuery += "&"
		}
		u.RawQuery += form
		form = ""
	case c.Method == "" && len(data) > 0:
		c.Method = http.MethodPost
	}
	if c.Method == "" {
		c.Method = http.MethodGet
	}
	if strings.ContainsFunc(c.Method, func(r rune) bool { return r < 'A' || r > 'Z' }) {
		return badInput(curlHint, "The method of the curl command is no word.")
	}
	c.URL = u.String()
	path := u.EscapedPath()
	cut := len(path)
	for _, root := range []string{"/admin/", "/realms/"} {
		if i := strings.Index(path, root); i >= 0 && i < cut {
			cut = i
		}
	}
	if cut == len(path) && strings.HasSuffix(path, "/admin") {
		cut -= len("/admin")
	}
	if cut == len(path) {
		cut = 0
	}
	c.Base, c.Path = u.Scheme+"://"+u.Host+path[:cut], path[cut:]
	c.SecretBase = c.Base
	if c.Path == "" {
		c.Path = "/"
	}
	if u.RawQuery != "" {
		c.Path += "?" + u.RawQuery
	}
	if c.Method == http.MethodPost && strings.HasSuffix(path, "/protocol/openid-connect/token") {
		return c.tokenRequest(form)
	}
	return nil
}

// tokenRequest reads what a line sends to the token endpoint.
func (c *CurlCall) tokenRequest(form string) error {
	c.TokenRequest = true
	values, err := url.ParseQuery(form)
	if err != nil {
		return badInput(curlHint, "The body of the token request is no form.")
	}
	c.Grant, c.Scope = values.Get("grant_type"), values.Get("scope")
	if id := values.Get("client_id"); id != "" {
		c.ClientID = id
	}
	if secret := values.Get("client_secret"); secret != "" {
		c.Secret = keycloak.NewSecret(secret)
	}
	if c.ClientID == "" && c.HasAuthorization {
		scheme, value, _ := strings.Cut(c.Authorization.Reveal(), " ")
		if plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(value)); err == nil && strings.EqualFold(scheme, "basic") {
			user, password, _ := strings.Cut(string(plain), ":")
			c.ClientID, c.Secret = user, keycloak.NewSecret(password)
		}
	}
	c.Authorization, c.HasAuthorization = keycloak.Secret{}, false
	if strings.ContainsRune(c.ClientID, variable) {
		c.ClientID = ""
		c.Ignored = append(c.Ignored, texts.T("the client id, which is a shell variable (give it by --client-id)"))
	}
	if strings.ContainsRune(c.Secret.Reveal(), variable) {
		c.Secret = keycloak.Secret{}
		c.Ignored = append(c.Ignored, texts.T("the secret, which is a shell variable (give it by FIX403_CLIENT_SECRET)"))
	}
	return nil
}

// shellCommands splits a text into commands and those into words, as a shell does, without expanding anything. Where a
// shell would, [variable] stands in the place of the $; in single quotes the text of a variable is what the server sees.
func shellCommands(text string) ([][]string, error) {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	var commands [][]string
	var words []string
	var word strings.Builder
	inWord, redirected := false, false
	end := func() {
		if inWord && !redirected {
			words = append(words, word.String())
		}
		if inWord {
			word.Reset()
			inWord, redirected = false, false
		}
	}
	endCommand := func() {
		end()
		redirected = false
		if len(words) > 0 {
			commands = append(commands, words)
			words = nil
		}
	}
	runes := []rune(text)
	unclosed := func(quote rune) error {
		return badInput(curlHint, "The curl command has a %c that is never closed.", quote)
	}
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		next := rune(0)
		if i+1 < len(runes) {
			next = runes[i+1]
		}
		switch {
		case (r == '\\' || r == '^' || r == '`') && blankToLineEnd(runes[i+1:]) && i+1 < len(runes):
			for i+1 < len(runes) && runes[i+1] != '\n' {
				i++
			}
			i++
			end()
		case r == '\\':
			if i+1 < len(runes) {
				i++
				word.WriteRune(next)
				inWord = true
			}
		case r == '\'':
			inWord = true
			for i++; ; i++ {
				if i >= len(runes) {
					return nil, unclosed('\'')
				}
				if runes[i] == '\'' {
					break
				}
				word.WriteRune(runes[i])
			}
		case r == '"':
			inWord = true
			for i++; ; i++ {
				if i >= len(runes) {
					return nil, unclosed('"')
				}
				if runes[i] == '"' {
					break
				}
				if runes[i] == '\\' && i+1 < len(runes) && strings.ContainsRune("\"\\$`\n", runes[i+1]) {
					i++
					if runes[i] == '\n' {
						continue
					}
				}
				word.WriteRune(expanded(runes, i))
			}
		case r == '$' && next == '\'':
			inWord = true
			n, err := ansiQuoted(runes[i+2:], &word)
			if err != nil {
				return nil, err
			}
			i += 1 + n
		case r == '>' || r == '<': // the word behind it names a file, and a number before it a stream
			if strings.Trim(word.String(), "0123456789") == "" {
				word.Reset()
				inWord = false
			}
			end()
			for i+1 < len(runes) && strings.ContainsRune(">&<", runes[i+1]) {
				i++
			}
			redirected = true
		case r == '\n' || r == ';' || r == '|' || r == '&' || r == '(' || r == ')':
			endCommand()
		case r == ' ' || r == '\t':
			end()
		case r == '#' && !inWord:
			for i+1 < len(runes) && runes[i+1] != '\n' {
				i++
			}
		default:
			word.WriteRune(expanded(runes, i))
			inWord = true
		}
	}
	endCommand()
	return commands, nil
}

// expanded is the rune at i, or [variable] for a $ that begins an expansion.
func expanded(runes []rune, i int) rune {
	if runes[i] != '$' || i+1 >= len(runes) {
		return runes[i]
	}
	if n := runes[i+1]; n == '{' || n == '(' || n == '_' || n >= 'a' && n <= 'z' || n >= 'A' && n <= 'Z' {
		return variable
	}
	return '$'
}

func blankToLineEnd(rest []rune) bool {
	for _, r := range rest {
		switch r {
		case '\n':
			return true
		case ' ', '\t':
		default:
			return false
		}
	}
	return true
}

// ansiQuoted reads the rest of $'…', as browsers write it in "copy as cURL", and returns how many runes it took.
func ansiQuoted(runes []rune, word *strings.Builder) (int, error) {
	for i := 0; i < len(runes); i++ {
		switch r := runes[i]; {
		case r == '\'':
			return i + 1, nil
		case r == '\\' && i+1 < len(runes):
			i++
			switch e := runes[i]; e {
			case 'n':
				word.WriteByte('\n')
			case 't':
				word.WriteByte('\t')
			case 'r':
				word.WriteByte('\r')
			case 'u', 'x':
				digits := map[rune]int{'u': 4, 'x': 2}[e]
				var code rune
				n := 0
				for ; n < digits && i+1+n < len(runes); n++ {
					d := strings.IndexRune("0123456789abcdef", unicode.ToLower(runes[i+1+n]))
					if d < 0 {
						break
					}
					code = code<<4 | rune(d) // #nosec G115 -- a digit below 16
				}
				i += n
				word.WriteRune(code)
			default:
				word.WriteRune(e)
			}
		default:
			word.WriteRune(r)
		}
	}
	return 0, badInput(curlHint, "The curl command has a $' that is never closed.")
}

// String shows the call without its secrets.
func (c *CurlCall) String() string { return fmt.Sprintf("%s %s", c.Method, c.URL) }

// Lacks tells what has to be given besides the command: the client that gets its token, and that client's secret. A
// client without a secret lacks one, too.
func (c *CurlCall) Lacks() (client, secret bool) {
	gets := c.Variable || c.TokenRequest
	return gets && c.ClientID == "", gets && c.Secret.Empty()
}

// Realm is the realm that the URL names; "" if none.
func (c *CurlCall) Realm() string { return realmIn(c.Path) }
