package paste

import (
	"net/http"
	"net/textproto"
	"slices"
	"strings"
)

// passedOn are the headers of a call, beside Authorization, that can change how Keycloak or what is in front of it answers. They are
// sent with the call as they are written. Cookies and all others are not. Source: Keycloak's guides "Configuring a reverse proxy"
// and "Configuring the hostname" for those of proxies; measured on 26.7.4 for Origin and Accept.
var passedOn = []string{"Accept", "Forwarded", "Host", "Origin", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Prefix", "X-Forwarded-Proto"}

// passOn keeps a header that is sent with the call, and reports whether it is one of those.
func (c *command) passOn(name, value string) bool {
	name = textproto.CanonicalMIMEHeaderKey(name)
	if !slices.Contains(passedOn, name) {
		return false
	}
	value = strings.TrimSpace(value)
	switch {
	case value == "": // curl sends a header without a value not at all
	case strings.ContainsRune(value, variable), placeholder.MatchString(value):
		c.ignore("the header %s, whose value is not known here", name)
	case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }):
		c.ignore("the header %s, whose value has control characters", name)
	default:
		if c.Header == nil {
			c.Header = http.Header{}
		}
		c.Header.Add(name, value)
	}
	return true
}

// ownHost leaves away a header Host that says nothing beside the URL.
func (c *Call) ownHost(host string) {
	if strings.EqualFold(c.Header.Get("Host"), host) {
		c.Header.Del("Host")
	}
}
