// Package risk has what the user should think about before something is sent or created.
package risk

import (
	"net/url"
	"strings"
	"unicode"

	"fix403/flows/params"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// LooksLikeProduction says by which name the server at a URL, or a realm on it, looks like one that people depend on; ""
// if none does. It goes by whole words, digits at their end left off: prod, live, www, sso and the like, unless
// another word says that it is for trials. The name of a loopback address says nothing.
func LooksLikeProduction(rawURL, realm string) string {
	host := ""
	if u, err := url.Parse(rawURL); err == nil && !wire.IsLoopback(u.Hostname()) {
		host = u.Hostname()
	}
	for _, name := range []string{host, realm} {
		if hasWord(name, "test", "testing", "dev", "develop", "development", "stage", "staging", "stg", "qa", "uat", "int", "sandbox", "demo", "lab", "local") {
			return ""
		}
	}
	for _, name := range []string{host, realm} {
		if hasWord(name, "prod", "production", "prd", "live", "www", "sso") {
			return name
		}
	}
	return ""
}

func hasWord(name string, words ...string) bool {
	for word := range strings.FieldsFuncSeq(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		word = strings.TrimRight(word, "0123456789")
		for _, w := range words {
			if word == w {
				return true
			}
		}
	}
	return false
}

// Caution returns what the user should agree to before a story creates something: sentences without a question. It is empty
// where there is nothing to worry about.
func Caution(rawURL string, p params.Params, existing bool) []msg.Message {
	var out []msg.Message
	if name := LooksLikeProduction(rawURL, p.Realm); name != "" {
		out = append(out, msg.New("The name %s looks like a production system.", name))
	}
	if existing {
		out = append(out, msg.New("The realm %s may belong to someone else: the client %s and the user %s will be created in it, and the client gets the role %s. Nothing else in it is changed, and fix403 down removes only these.",
			p.Realm, p.ClientID, p.Username, params.TheRole))
	}
	return out
}

// Insecure returns the warning for a server whose certificate is not checked; nothing where it is.
func Insecure(o wire.TLS) msg.Message {
	if !o.Insecure {
		return msg.Message{}
	}
	return msg.New("The server's certificate is not checked (--insecure). Anyone between here and there can read the secrets that are sent.")
}

// PlainHTTP returns the warning for a URL under which a password would travel unencrypted to another machine; nothing for any other.
func PlainHTTP(rawURL string) msg.Message {
	base, err := wire.NormalizeURL(rawURL)
	if err != nil {
		return msg.Message{}
	}
	if u, err := url.Parse(base); err == nil && u.Scheme == "http" && !wire.IsLoopback(u.Hostname()) {
		return msg.New("%s is plain http to another machine. Anyone between here and there can read the secrets that are sent.", base)
	}
	return msg.Message{}
}
