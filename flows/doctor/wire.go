package doctor

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"fix403/keycloak"
)

// errorText is the error in a refusal of Keycloak, in whichever of its two fields.
func errorText(body []byte) string {
	var b struct {
		Error   string `json:"error"`
		Message string `json:"errorMessage"`
	}
	if json.Unmarshal(body, &b) != nil {
		return ""
	}
	if b.Error != "" {
		return b.Error
	}
	return b.Message
}

func errorDescription(body []byte) string {
	var b struct {
		Description string `json:"error_description"`
	}
	_ = json.Unmarshal(body, &b)
	return b.Description
}

func jsonObject(body []byte) bool {
	var o map[string]json.RawMessage
	return json.Unmarshal(body, &o) == nil && o != nil
}

// plainToTLS finds how web servers answer plain http on their https port.
var plainToTLS = regexp.MustCompile(`(?i)plain HTTP (request was sent )?to (an )?(HTTPS|SSL-enabled)|HTTP request to an HTTPS`)

func plainHTTP(body []byte) bool { return plainToTLS.Match(body) }

func orNowhere(location string) string {
	if location == "" {
		return "nowhere (there is no Location header)"
	}
	return location
}

// oneLine is text of a server on one line, without control characters.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s), unicode.IsSpace), " ")
}

func pathOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.EscapedPath()
}

func escape(name string) string { return url.PathEscape(name) }

func queryEscape(s string) string { return url.QueryEscape(s) }

func counted(n int) string { return strconv.Itoa(n) }

func unescape(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

// proxyFor is the proxy that the environment names for an address, without its credentials.
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

func asError(err error, e **keycloak.Error) bool { return errors.As(err, e) }

// bearerOf is the token in the value of an Authorization header; "" if it is of another scheme.
func bearerOf(header string) string {
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
