package doctor

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"fix403/flows/texts"
	"fix403/keycloak/foreign"
)

func jsonObject(body []byte) bool {
	var o map[string]json.RawMessage
	return json.Unmarshal(body, &o) == nil && o != nil
}

func orNowhere(location string) string {
	if location == "" {
		return texts.T("nowhere (there is no Location header)")
	}
	return location
}

// oneLine is text of a server on one line, with single spaces.
func oneLine(s string) string { return strings.Join(strings.Fields(foreign.Line(s)), " ") }

func pathOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.EscapedPath()
}

// proxyFor returns the proxy that the environment names for an address, without its credentials; "" if none.
func proxyFor(base string) string {
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
