package paste

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"fix403/flows/texts"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// valued are curl's options with a value, as far as they matter or their value must not be taken for the URL. An option with
// the kind "" changes nothing here.
var valued = map[string]string{
	"-X": "request", "-H": "header", "-d": "data", "-u": "user", "-A": "", "-b": "cookie", "-c": "", "-e": "", "-F": "form", "-o": "", "-w": "", "-x": "proxy", "-m": "", "-T": "upload",
	"-K": "config", "-E": "client-cert", "-r": "", "-D": "", "-U": "", "-y": "", "-Y": "", "-z": "", "-C": "", "-P": "", "-Q": "", "-t": "",
	"--request": "request", "--header": "header", "--data": "data", "--data-raw": "data", "--data-ascii": "data", "--data-binary": "data", "--data-urlencode": "urlencode",
	"--json": "json", "--user": "user", "--url": "url", "--oauth2-bearer": "bearer", "--user-agent": "", "--cookie": "cookie", "--cookie-jar": "", "--referer": "", "--form": "form",
	"--form-string": "form", "--output": "", "--write-out": "", "--proxy": "proxy", "--max-time": "", "--connect-timeout": "", "--upload-file": "upload", "--config": "config",
	"--cert": "client-cert", "--key": "client-cert", "--cacert": "cert", "--capath": "cert", "--resolve": "resolve", "--connect-to": "resolve", "--retry": "", "--retry-delay": "", "--retry-max-time": "",
	"--dump-header": "", "--limit-rate": "", "--range": "", "--interface": "", "--proxy-user": "", "--ciphers": "", "--tls-max": "", "--max-redirs": "", "--url-query": "query", "--variable": "", "--proto": "", "--stderr": "", "--trace": "", "--trace-ascii": "", "--pass": "", "--cert-type": "", "--key-type": "", "--noproxy": "",
}

// command is a command line while it is read.
type command struct {
	*Call
	urls, data        []string
	get, location     bool   // -G and -L
	headersNotInWords bool   // some come from a file or a pipe
	bodyUnknown       bool   // it comes from elsewhere, or the form does not show it
	dataType          string // that data has where no header names one
}

// readCurl reads the words behind the word curl.
func readCurl(words []string) (*Call, error) {
	c := blank()
	c.dataType = "application/x-www-form-urlencoded"
	for i := 0; i < len(words); i++ {
		w := words[i]
		if w == "" || w == "-" {
			continue
		}
		if !strings.HasPrefix(w, "-") {
			c.urls = append(c.urls, w)
			continue
		}
		name, value, inline := c.option(w)
		kind, takesValue := valued[name]
		if !takesValue {
			c.flag(name)
			continue
		}
		if !inline {
			if i++; i >= len(words) {
				return nil, unread("", "The command ends after %s, which takes a value.", name)
			}
			value = words[i]
		}
		c.valued(kind, name, value)
	}
	c.Variable = c.Variable || c.headersNotInWords && !c.HasAuthorization
	if c.location {
		c.ignore("-L: fix403 does not follow redirects")
	}
	return c.whole()
}

// option splits a word into the name of an option and a value in the same word. Flags before a short option with a value are
// taken on the way (-sSfX POST, -XPOST, -HAccept:…); the name is "" if there is none.
func (c *command) option(w string) (name, value string, inline bool) {
	if strings.HasPrefix(w, "--") {
		return cut(w) // --name=value is not curl's own form, but people write it
	}
	for j := 1; j < len(w); j++ {
		short := "-" + string(w[j])
		if _, takesValue := valued[short]; takesValue {
			return short, w[j+1:], j+1 < len(w)
		}
		c.flag(short)
	}
	return "", "", false
}

func cut(w string) (name, value string, inline bool) { return strings.Cut(w, "=") }

// flag takes an option without a value.
func (c *command) flag(name string) {
	switch name {
	case "-I", "--head":
		c.Method = http.MethodHead
	case "-G", "--get":
		c.get = true
	case "-L", "--location", "--location-trusted":
		c.location = true
	case "-k":
		c.ignore("-k (pass --insecure to fix403 to skip certificate checks)")
	case "--insecure":
		c.ignore("--insecure (pass it to fix403 to skip certificate checks)")
	}
}

// valued takes an option with a value.
func (c *command) valued(kind, name, value string) {
	switch kind {
	case "request":
		c.Method = strings.ToUpper(value)
	case "header":
		if strings.HasPrefix(value, "@") { // -H @- is how a token stays off the command line
			c.ignore("headers from a file or a pipe, which is not read")
			c.headersNotInWords = true
			return
		}
		c.header(value)
	case "bearer":
		c.Authorization, c.HasAuthorization = wire.NewSecret("Bearer "+value), true
	case "user":
		user, password, _ := strings.Cut(value, ":")
		c.signIn(user, password, value)
	case "data", "urlencode", "json":
		if kind == "json" {
			c.dataType = "application/json"
		}
		c.data = append(c.data, c.body(kind, value))
	case "url":
		c.urls = append(c.urls, value)
	case "query":
		c.data, c.get = append(c.data, value), true
	case "form", "upload":
		if c.Method == "" {
			c.Method = map[string]string{"form": http.MethodPost, "upload": http.MethodPut}[kind]
		}
		c.ignore("the body of %s", name)
		c.bodyUnknown = true
	case "client-cert":
		c.ignore("%s: files that a text names are not read (give the client's certificate and key by --client-cert and --client-key)", name)
	case "":
	default:
		c.ignore("%s, which fix403 does not follow", name)
	}
}

// signIn takes user and password, which a header with the scheme Basic sends if the command has no other.
func (c *command) signIn(user, password, both string) {
	c.ClientID, c.Secret = user, wire.NewSecret(password)
	if !c.HasAuthorization {
		c.Authorization, c.HasAuthorization = wire.NewSecret("Basic "+base64.StdEncoding.EncodeToString([]byte(both))), true
	}
}

// body returns what an option for the request's body adds to it.
func (c *command) body(kind, value string) string {
	if strings.HasPrefix(value, "@") || kind == "urlencode" && strings.Contains(value, "@") && !strings.Contains(value, "=") {
		c.ignore("a body from a file or a pipe, which is not read")
		c.bodyUnknown = true
		value = ""
	}
	if name, plain, found := strings.Cut(value, "="); found && kind == "urlencode" {
		value = name + "=" + url.QueryEscape(plain)
	}
	return value
}

func (c *command) header(text string) {
	name, value, _ := strings.Cut(text, ":")
	name = strings.TrimSpace(name)
	switch strings.ToLower(name) {
	case "authorization":
		// curl cuts the space before the value, and the header is not sent at all without one
		value = strings.TrimSpace(strings.TrimRight(strings.TrimLeft(value, " \t"), "\r\n"))
		if c.HasAuthorization && !c.Authorization.Empty() && !strings.HasPrefix(c.Authorization.Reveal(), "Basic ") {
			c.ignore("a second Authorization header: the first one counts")
			return
		}
		c.Authorization, c.HasAuthorization = wire.NewSecret(value), true
		if strings.ContainsRune(value, variable) || placeholder.MatchString(value) {
			c.from = source(value)
			c.Authorization, c.HasAuthorization, c.Variable = wire.Secret{}, false, true
		}
	case "content-type":
		c.ContentType = strings.TrimSpace(value)
	case "user-agent":
	case "dpop":
		c.Proof = wire.NewSecret(strings.TrimSpace(value))
	default:
		if !c.passOn(name, value) {
			c.ignore("the header %s", safeName(name))
		}
	}
}

// safeName returns a header's name, and nothing that may be a secret in a line that has none.
func safeName(name string) msg.Message {
	if len(name) > 40 || name == "" || strings.ContainsFunc(name, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) {
		return msg.New("of no readable name")
	}
	return msg.Verbatim(name)
}

// ignore notes something that is not followed, once.
func (c *Call) ignore(format texts.Text, values ...any) { c.ignoreToo(msg.New(format, values...)) }

func (c *Call) ignoreToo(what msg.Message) {
	if !slices.ContainsFunc(c.Ignored, func(m msg.Message) bool { return m.String() == what.String() }) {
		c.Ignored = append(c.Ignored, what)
	}
}
