package keycloak

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// masks replaces secrets by value and by the name of the field they stand in.
type masks struct {
	seen   map[string]bool
	values *strings.Replacer
	forms  []string // of all values, longest first, so that a value inside of another does not leave the rest of it
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
	m.forms = append(m.forms, writtenForms(value)...)
	slices.SortFunc(m.forms, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	m.forms = slices.Compact(m.forms)
	var pairs []string
	for _, form := range m.forms {
		pairs = append(pairs, form, Masked)
	}
	m.values = strings.NewReplacer(pairs...)
}

func (m *masks) copy() masks {
	return masks{seen: maps.Clone(m.seen), values: m.values, forms: slices.Clone(m.forms)}
}

// writtenForms are the ways in which a value may stand in a URL, form, header or JSON text.
func writtenForms(value string) []string {
	forms := []string{value, jsonEscaper.Replace(value)}
	if quoted, err := json.Marshal(value); err == nil { // with & < > as \u0026 ...
		forms = append(forms, string(quoted[1:len(quoted)-1]))
	}
	for _, escaped := range []string{url.QueryEscape(value), url.PathEscape(value)} {
		forms = append(forms, escaped, percentEncoded.ReplaceAllStringFunc(escaped, strings.ToLower))
	}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		forms = append(forms, encoding.EncodeToString([]byte(value)))
	}
	return forms
}

var (
	jsonEscaper    = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`)
	percentEncoded = regexp.MustCompile(`%[0-9A-F]{2}`)
)

var (
	// jwtText finds anything shaped like a signed or encrypted JWT: "eyJ" is the base64url of `{"`.
	jwtText = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)*`)

	secretNames = `access_token|refresh_token|id_token|client_secret|client_assertion|subject_token|registrationAccessToken|password|new_password|secret|secretData|privateKey|totp|code|value|token`
	jsonSecret  = regexp.MustCompile(`^("(?:` + secretNames + `)"\s*:\s*)"(?:[^"\\]|\\.)*"?`)
	formSecret  = regexp.MustCompile(`((?:^|[?&#\s])(?:` + secretNames + `)=)[^&\s"']*`)
	authScheme  = regexp.MustCompile(`(?i)\b(bearer|basic)(\s+)[^\s"',;]+`)
)

var secretName, longestName = func() (names map[string]bool, longest int) {
	names = map[string]bool{}
	for name := range strings.SplitSeq(secretNames, "|") {
		names[name], longest = true, max(longest, len(name))
	}
	return names, longest
}()

// text masks free text: bodies, URLs, error messages.
func (m *masks) text(s string) string {
	if s == "" {
		return s
	}
	if m.values != nil {
		s = m.values.Replace(s)
	}
	s = jwtText.ReplaceAllString(s, Masked)
	s = maskFields(s)
	for name := range secretName { // asking for each is quicker than the expression
		if strings.Contains(s, name+"=") {
			return formSecret.ReplaceAllString(s, "${1}"+Masked)
		}
	}
	return s
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

// fieldsIn are the matches of an expression that begins with a quoted name of secretNames, as indexes of its groups. It is only
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

// body masks a body and cuts it to what is kept. The end of a longer text is left out before it is masked, since that
// takes its time, and more of it afterwards, since it may be the half of a secret.
func (m *masks) body(s string) (text string, truncated bool) {
	if len(s) <= MaxRecordedBody {
		return m.text(s), false
	}
	half := 0 // the longest piece of a secret that may stand at the cut
	if len(s) > 2*MaxRecordedBody {
		s, half = s[:2*MaxRecordedBody], minMaskedByValue
		if len(m.forms) > 0 {
			half = max(half, len(m.forms[0]))
		}
	}
	s = m.text(s)
	s = s[:max(0, min(MaxRecordedBody, len(s)-half))]
	return strings.ToValidUTF8(s, ""), true
}

func (m *masks) exchange(e *Exchange) {
	e.URL = m.text(e.URL)
	e.RequestHeader = m.header(e.RequestHeader)
	e.ResponseHeader = m.header(e.ResponseHeader)
	e.RequestBody = m.text(e.RequestBody)
	e.ResponseBody, e.Truncated = m.body(e.ResponseBody)
	e.Err = m.text(authScheme.ReplaceAllString(e.Err, "$1$2"+Masked))
}

// issuedSecrets are the secrets in an answer, by the names of their fields: they are known from this answer on, wherever
// else they stand in it.
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
		if out = append(out, NewSecret(text[m[2]:m[3]])); len(out) == maxIssued {
			break
		}
	}
	return out
}

// maxIssued bounds what is taken from an answer such as a list of clients.
const maxIssued = 20

var (
	issuedNames = regexp.MustCompile(`^"(?:access_token|refresh_token|id_token|client_secret|secret|registrationAccessToken)"\s*:\s*"([^"\\]+)"`)
	issuedValue = regexp.MustCompile(`^"value"\s*:\s*"([^"\\]+)"`)
)
