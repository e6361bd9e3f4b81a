package answer

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"fix403/keycloak/msg"
)

// OtherBases returns the base URLs at which a Keycloak may be when it is not at base: /auth was the default up to version 16,
// and a path may have been pasted with too much of it.
func OtherBases(base string) []string {
	u, err := url.Parse(base)
	if err != nil {
		return nil
	}
	origin := u.Scheme + "://" + u.Host
	var out []string
	add := func(b string) {
		if b != base && !slices.Contains(out, b) {
			out = append(out, b)
		}
	}
	add(base + "/auth")
	for p := strings.TrimRight(u.EscapedPath(), "/"); p != ""; {
		p = p[:strings.LastIndexByte(p, '/')]
		add(origin + p)
	}
	add(origin + "/auth")
	add(origin + "/keycloak")
	return out
}

// BasePath returns what there is to say about a base path, behind a sentence; empty for nothing.
func BasePath(base string) msg.Message {
	if strings.HasSuffix(base, "/auth") {
		return msg.Concat(" ", msg.New("Keycloak's base path was /auth up to version 16, and this server still uses it."))
	}
	return msg.Message{}
}

// Proxy returns the proxy that the environment names for an address, without its credentials; "" if none.
func Proxy(base string) string {
	req, err := http.NewRequest(http.MethodGet, base, nil) //nolint:noctx // never sent
	if err != nil {
		return ""
	}
	proxy, err := http.ProxyFromEnvironment(req)
	if err != nil || proxy == nil {
		return ""
	}
	return proxy.Host
}

// Path returns the path of a URL, escaped; "" if it has none.
func Path(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.EscapedPath()
}

// LastSegment returns what follows the last slash of a path.
func LastSegment(path string) string {
	path = strings.TrimRight(PathOnly(path), "/")
	return path[strings.LastIndexByte(path, '/')+1:]
}

// PathOnly returns a path without its query.
func PathOnly(path string) string {
	path, _, _ = strings.Cut(path, "?")
	return path
}
