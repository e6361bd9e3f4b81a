package wire

import (
	"encoding/json"
	"iter"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// masks replaces secrets by value and by the name of the field they are in.
type masks struct {
	secrets []string
	names   []string // see [Recorder.Public]
	finder  finder
}

func (m *masks) add(value string) {
	if len(value) < minWord || slices.Contains(m.secrets, value) {
		return
	}
	m.secrets = append(m.secrets, value)
	m.find(value)
}

func (m *masks) find(secret string) {
	if NewSecret(secret).Exposure(m.names...) == NotExposed {
		m.finder.add(secret, m.names)
	}
}

// public has names shown that hold a secret, or are one.
func (m *masks) public(names []string) {
	known := len(m.names)
	for _, name := range names {
		if len(name) >= minWord && !slices.Contains(m.names, name) {
			m.names = append(m.names, name)
		}
	}
	if len(m.names) == known || len(m.secrets) == 0 {
		return
	}
	m.finder = finder{}
	for _, secret := range m.secrets {
		m.find(secret)
	}
}

var (
	// jwtText finds anything shaped like a signed or encrypted JWT: "eyJ" is the base64url of `{"`.
	jwtText = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)*`)

	secretNames = `access_token|refresh_token|id_token|client_secret|client_assertion|subject_token|registrationAccessToken|password|new_password|secret|secretData|privateKey|totp|code|value|token`
	jsonSecret  = regexp.MustCompile(`^("(?:` + secretNames + `)"\s*:\s*)"(?:[^"\\]|\\.)*"?`)
	formSecret  = regexp.MustCompile(`((?:^|[?&#\s])(?:` + secretNames + `)=)[^&\s"']*`)
	authScheme  = regexp.MustCompile(`(?i)\b(bearer|basic|dpop)(\s+)[^\s"',;]+`)
)

var secretName, longestName = func() (names map[string]bool, longest int) {
	names = map[string]bool{}
	for name := range strings.SplitSeq(secretNames, "|") {
		names[name], longest = true, max(longest, len(name))
	}
	return names, longest
}()

// text masks free text: bodies, error messages.
func (m *masks) text(s string) string { return m.named(m.values(s, false)) }

// url masks an address of ours. A short secret is not looked for in its path, which would lose its meaning.
func (m *masks) url(s string) string {
	path, query := s, ""
	if i := strings.IndexAny(s, "?#"); i >= 0 {
		path, query = s[:i], s[i:]
	}
	return m.named(m.values(path, true)) + m.text(query)
}

// values masks secrets that are known.
func (m *masks) values(s string, partsOnly bool) string {
	if len(s) < minWord || m.finder.empty() {
		return s
	}
	search := search{finder: &m.finder, partsOnly: partsOnly}
	spans := search.in(s)
	if strings.Contains(s, "\x1b") { // what is not drawn yet
		search.drawn = true
		spans = append(spans, search.in(s)...)
	}
	if len(spans) == 0 {
		return s
	}
	var out strings.Builder
	done := 0
	for _, found := range merged(spans) {
		out.WriteString(s[done:found.from] + Masked)
		done = found.to
	}
	out.WriteString(s[done:])
	return out.String()
}

// named masks what its form or the name of its field says to be a secret.
func (m *masks) named(s string) string {
	if s == "" {
		return s
	}
	s = jwtText.ReplaceAllString(s, Masked)
	s = maskFields(s)
	if hasFormSecret(s) { // to ask is quicker than the expression
		s = formSecret.ReplaceAllString(s, "${1}"+Masked)
	}
	return s
}

func hasFormSecret(s string) bool {
	for i := 0; ; i++ {
		next := strings.IndexByte(s[i:], '=')
		if next < 0 {
			return false
		}
		i += next
		from := i
		for from > max(0, i-longestName) && (isLetter(s[from-1]) || s[from-1] == '_') {
			from--
		}
		if secretName[s[from:i]] {
			return true
		}
	}
}

func maskFields(s string) string {
	var out strings.Builder
	done := 0
	for m := range fieldsIn(s, jsonSecret) {
		out.WriteString(s[done:m[3]] + `"` + Masked + `"`)
		done = m[1]
	}
	return out.String() + s[done:]
}

// fieldsIn returns the matches of an expression that begins with a quoted name of secretNames, as indexes of its groups. It is only
// asked where such a name stands: for all of a body such as that of serverinfo it takes 10 ms.
func fieldsIn(s string, e *regexp.Regexp) iter.Seq[[]int] {
	return func(yield func([]int) bool) {
		for i := 0; ; i++ {
			next := strings.IndexByte(s[i:], '"')
			if next < 0 {
				return
			}
			i += next
			end := strings.IndexByte(s[i+1:min(len(s), i+2+longestName)], '"')
			if end < 0 || !secretName[s[i+1:i+1+end]] {
				continue
			}
			m := e.FindStringSubmatchIndex(s[i:])
			if m == nil {
				continue
			}
			for n := range m {
				m[n] += i
			}
			if !yield(m) {
				return
			}
			i = m[1] - 1
		}
	}
}

func (m *masks) header(h http.Header) http.Header {
	out := make(http.Header, len(h))
	for name, values := range h {
		for _, v := range values {
			switch http.CanonicalHeaderKey(name) {
			case "Authorization", "Proxy-Authorization":
				v = maskAuthorization(v)
			case "Cookie", "Set-Cookie", "Dpop":
				v = Masked
			default:
				v = m.text(v)
			}
			shown := m.headerName(name)
			out[shown] = append(out[shown], v)
		}
	}
	return out
}

// headerName masks the name of a header: HTTP knows no upper and lower case there, and Go makes its own.
func (m *masks) headerName(name string) string {
	for _, secret := range m.secrets {
		if len(secret) >= minPart && len(secret) <= len(name) && strings.Contains(strings.ToLower(name), strings.ToLower(secret)) &&
			NewSecret(secret).Exposure(m.names...) == NotExposed {
			return Masked
		}
	}
	return m.text(name)
}

// maskAuthorization keeps the scheme, which is part of the lesson, and nothing else.
func maskAuthorization(v string) string {
	if scheme, _, found := strings.Cut(v, " "); found && authScheme.MatchString(v) {
		return scheme + " " + Masked
	}
	return Masked
}

// body masks a body and cuts it to what is kept. The end of a longer text is left out before it is masked, since that
// takes its time, and more of it afterwards, since it may be the half of a secret.
func (m *masks) body(s string) (text string, truncated bool) {
	if len(s) <= maxRecordedBody {
		return m.text(s), false
	}
	half := 0
	if len(s) > 2*maxRecordedBody {
		s, half = s[:2*maxRecordedBody], longestHalf
	}
	s = m.text(s)
	s = s[:max(0, min(maxRecordedBody, len(s)-half))]
	return strings.ToValidUTF8(s, ""), true
}

// longestHalf is the longest piece of a secret that may stand at a cut and is not found: two blocks in the longest of the
// encodings of a character.
const longestHalf = 2 * block * 8

func (m *masks) exchange(e *Exchange) {
	e.URL, e.Purpose = m.url(e.URL), e.Purpose.Map(m.text)
	e.RequestBody = m.text(e.RequestBody)
	e.ResponseBody, e.Truncated = m.body(readable(e.ResponseHeader, e.ResponseBody))
	e.RequestHeader = m.header(e.RequestHeader)
	e.ResponseHeader = m.header(e.ResponseHeader)
	e.Err = m.text(authScheme.ReplaceAllString(e.Err, "$1$2"+Masked))
	e.Bearer, e.Issued = e.Bearer.Masked(m.text), e.Issued.Masked(m.text)
}

// issuedSecrets returns the secrets in an answer, by the names of their fields: they are known from this answer on, wherever
// else they are in it.
func issuedSecrets(path string, body []byte) []Secret {
	if len(body) > 0 && body[0] != '{' && body[0] != '[' {
		return nil
	}
	names := issuedNames
	if strings.HasSuffix(path, "/client-secret") {
		names = issuedValue
	}
	text := string(body)
	var out []Secret
	for m := range fieldsIn(text, names) {
		value := text[m[2]:m[3]]
		var plain string
		if json.Unmarshal([]byte(`"`+value+`"`), &plain) == nil {
			value = plain
		}
		if out = append(out, NewSecret(value)); len(out) == maxIssued {
			break
		}
	}
	return out
}

// maxIssued bounds what is taken from an answer such as a list of clients.
const maxIssued = 20

var (
	issuedNames = regexp.MustCompile(`^"(?:access_token|refresh_token|id_token|client_secret|secret|registrationAccessToken)"\s*:\s*"((?:[^"\\]|\\.)+)"`)
	issuedValue = regexp.MustCompile(`^"value"\s*:\s*"((?:[^"\\]|\\.)+)"`)
)

// cookies returns the values that an answer sets: a session's is as good as a password.
func cookies(res *http.Response) []Secret {
	var out []Secret
	for _, c := range res.Cookies() {
		if len(c.Value) >= minPart && len(out) < maxIssued {
			out = append(out, NewSecret(c.Value))
		}
	}
	return out
}
