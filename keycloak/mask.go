package keycloak

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

// masks replaces secrets by value and by the name of the field they stand in.
type masks struct {
	seen   map[string]bool
	values *strings.Replacer
	pairs  []string
}

// minMaskedByValue is the length from which a secret is searched for by value; see [Recorder.Hide].
const minMaskedByValue = 8

func (m *masks) add(value string) {
	if len(value) < minMaskedByValue || m.seen[value] {
		return
	}
	if m.seen == nil {
		m.seen = map[string]bool{}
	}
	m.seen[value] = true
	for _, form := range []string{
		value, url.QueryEscape(value), url.PathEscape(value), jsonEscape(value),
		base64.StdEncoding.EncodeToString([]byte(value)), base64.RawURLEncoding.EncodeToString([]byte(value)),
	} {
		m.pairs = append(m.pairs, form, Masked)
	}
	m.values = strings.NewReplacer(m.pairs...)
}

var jsonEscaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`)

func jsonEscape(s string) string { return jsonEscaper.Replace(s) }

var (
	// jwtText finds anything shaped like a signed or encrypted JWT: "eyJ" is the base64url of `{"`.
	jwtText = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)*`)

	secretNames = `access_token|refresh_token|id_token|client_secret|client_assertion|subject_token|registrationAccessToken|password|new_password|secret|secretData|privateKey|totp|code|value|token`
	jsonSecret  = regexp.MustCompile(`("(?:` + secretNames + `)"\s*:\s*)"(?:[^"\\]|\\.)*"?`)
	formSecret  = regexp.MustCompile(`((?:^|[?&#\s])(?:` + secretNames + `)=)[^&\s"']*`)
	authScheme  = regexp.MustCompile(`(?i)\b(bearer|basic)(\s+)[^\s"',;]+`)
)

// text masks free text: bodies, URLs, error messages.
func (m *masks) text(s string) string {
	if s == "" {
		return s
	}
	if m.values != nil {
		s = m.values.Replace(s)
	}
	s = jwtText.ReplaceAllString(s, Masked)
	s = jsonSecret.ReplaceAllString(s, `$1"`+Masked+`"`)
	return formSecret.ReplaceAllString(s, "${1}"+Masked)
}

func (m *masks) header(h http.Header) http.Header {
	out := make(http.Header, len(h))
	for name, values := range h {
		for _, v := range values {
			switch http.CanonicalHeaderKey(name) {
			case "Authorization", "Proxy-Authorization":
				v = maskAuthorization(v)
			case "Cookie", "Set-Cookie":
				v = Masked
			default:
				v = m.text(v)
			}
			out[name] = append(out[name], v)
		}
	}
	return out
}

// maskAuthorization keeps the scheme, which is part of the lesson, and nothing else.
func maskAuthorization(v string) string {
	if scheme, _, found := strings.Cut(v, " "); found && authScheme.MatchString(v) {
		return scheme + " " + Masked
	}
	return Masked
}

func (m *masks) exchange(e *Exchange) {
	e.URL = m.text(e.URL)
	e.RequestHeader = m.header(e.RequestHeader)
	e.ResponseHeader = m.header(e.ResponseHeader)
	e.RequestBody = m.text(e.RequestBody)
	e.ResponseBody = m.text(e.ResponseBody)
	if len(e.ResponseBody) > MaxRecordedBody {
		e.ResponseBody, e.Truncated = strings.ToValidUTF8(e.ResponseBody[:MaxRecordedBody], ""), true
	}
	e.Err = m.text(authScheme.ReplaceAllString(e.Err, "$1$2"+Masked))
}
