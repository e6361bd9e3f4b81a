package wire

import (
	"net/netip"
	"net/url"
	"strings"
	"unicode"

	"fix403/keycloak/failure"
)

// NormalizeURL makes the base URL of a server from what a person pastes: it adds a missing scheme (http for loopback,
// else https) and cuts the paths of the admin console and of a realm. It fails with [failure.BadInput].
func NormalizeURL(raw string) (string, error) {
	const hint = "Write it like https://sso.example.com or http://localhost:8080."
	raw = strings.TrimSpace(raw)
	if raw == "" {
		return "", failure.NewBadInput(hint, "There is no server URL.")
	}
	if !strings.Contains(raw, "://") {
		scheme := "https://"
		if u, err := url.Parse("http://" + raw); err == nil && IsLoopback(u.Hostname()) {
			scheme = "http://"
		}
		raw = scheme + raw
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return "", failure.NewBadInput(hint, "This is not a URL.") // the parser's error repeats the text, which may hold a password
	case u.User != nil:
		return "", failure.NewBadInput("Give the admin's name and password by their own flags or fields.", "Credentials in the URL are not accepted: they end up in logs and histories.")
	case u.Scheme != "http" && u.Scheme != "https":
		return "", failure.NewBadInput(hint, "Keycloak is reached over http or https, not %s.", u.Scheme)
	case u.Hostname() == "":
		return "", failure.NewBadInput(hint, "The URL %s has no host.", raw)
	case strings.IndexFunc(u.Host, notInHost) >= 0:
		return "", failure.NewBadInput(hint, "The host %q has a character that no host name has.", u.Host)
	}
	u.RawQuery, u.Fragment, u.RawFragment = "", "", ""
	path := u.EscapedPath()
	for _, tail := range []string{"/admin/", "/realms/"} {
		if i := strings.Index(path+"/", tail); i >= 0 {
			path = path[:i]
		}
	}
	return u.Scheme + "://" + u.Host + strings.TrimRight(path, "/"), nil
}

// notInHost reports whether a character can stand in no host name, address or port. Letters of every script can; the zone
// of a link-local address cannot, for a URL does not carry it to another machine.
func notInHost(r rune) bool {
	return !unicode.In(r, unicode.Letter, unicode.Digit, unicode.Mark) && !strings.ContainsRune("-._:[]", r)
}

// SameHost reports whether two addresses are of one server: the same scheme, host and port.
func SameHost(a, b string) bool {
	host := Host(a)
	return host != "" && host == Host(b)
}

// SamePortHere reports whether two addresses are names of one port of this machine, as localhost and 127.0.0.1 are.
func SamePortHere(a, b string) bool {
	u, errA := url.Parse(Host(a))
	v, errB := url.Parse(Host(b))
	return errA == nil && errB == nil && u.Scheme == v.Scheme && u.Port() == v.Port() && IsLoopback(u.Hostname()) && IsLoopback(v.Hostname())
}

// Host returns the scheme, host and port of an address; "" for one that is none.
func Host(address string) string {
	base, err := NormalizeURL(address)
	if err != nil {
		return ""
	}
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	standard := map[string]string{"http": ":80", "https": ":443"}[u.Scheme]
	return u.Scheme + "://" + strings.TrimSuffix(strings.ToLower(u.Host), standard)
}

// IsLoopback reports whether a host name or address is this machine's loopback.
func IsLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && ip.IsLoopback()
}

// Origin returns the scheme, host and port of an address as they stand in it, for messages.
func Origin(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return "the server"
	}
	return u.Scheme + "://" + u.Host
}
