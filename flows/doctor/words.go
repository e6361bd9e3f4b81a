package doctor

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"fix403/flows/texts"
	"fix403/keycloak/foreign"
	"fix403/keycloak/msg"
)

func jsonObject(body []byte) bool {
	var o map[string]json.RawMessage
	return json.Unmarshal(body, &o) == nil && o != nil
}

// orWords returns a text, or words that say that there is none.
func orWords(text string, none texts.Text) msg.Message {
	if text == "" {
		return msg.New(none)
	}
	return msg.Verbatim(text)
}

// items are texts as the items of a list in a sentence.
func items(list []string) []any {
	var out []any
	for _, s := range list {
		out = append(out, s)
	}
	return out
}

// andWords names several things that go together.
func andWords(list []string) msg.Message { return msg.Join(" and ", items(list)...) }

// commas puts commas between items.
func commas(list []any) []any {
	var out []any
	for i, item := range list {
		if i > 0 {
			out = append(out, ", ")
		}
		out = append(out, item)
	}
	return out
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
