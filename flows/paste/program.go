package paste

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"strings"
)

// quoted is a text in quotation marks of any kind, with the f before one of Python that has values filled in.
const quoted = "(f?)(?:\"((?:[^\"\\\\]|\\\\.)*)\"|'((?:[^'\\\\]|\\\\.)*)'|`([^`]*)`)"

var (
	// request finds the functions of the usual libraries that make a call: fetch, axios, got and ky of JavaScript, requests and
	// httpx of Python.
	request     = regexp.MustCompile(`\b(?:(fetch|axios|got|ky)|(?:axios|got|ky|requests|httpx|session|client)\.(get|post|put|delete|patch|head|request))\s*\(`)
	anyLiteral  = regexp.MustCompile("(?s)" + quoted)
	literal     = regexp.MustCompile(`(?s)^\s*` + quoted)
	methodField = regexp.MustCompile(`(?i)["']?\bmethod["']?\s*[:=]\s*["'](\w+)["']`)
	urlField    = regexp.MustCompile(`(?i)["']?\burl["']?\s*[:=]`)
	headerField = regexp.MustCompile(`(?i)["']?\bauthorization["']?\s*[:=]`)
	filledIn    = regexp.MustCompile(`\$?\{[^}]*\}`)
)

// mostRequests bounds how many calls of a program are looked at: each is read to its end.
const mostRequests = 20

// readProgram reads the call that a program makes by a library for HTTP, as "copy as fetch" of a browser writes it, with the login before
// it, and the texts that the program has in variables.
func readProgram(text string) ([]*Call, bool, error) {
	var calls []*Call
	p := program{text: text}
	for _, m := range request.FindAllStringSubmatchIndex(text, mostRequests) {
		arguments := enclosed(text[m[1]:])
		p.assign(text[:m[0]])
		address, ok := p.value(arguments)
		if at := urlField.FindStringIndex(arguments); !ok && at != nil {
			address, ok = p.value(arguments[at[1]:])
		}
		if !ok || !ofKeycloak(address) {
			continue
		}
		c := blank()
		c.urls = []string{address}
		if m[4] >= 0 && text[m[4]:m[5]] != "request" {
			c.Method = strings.ToUpper(text[m[4]:m[5]])
		}
		if method := methodField.FindStringSubmatch(arguments); method != nil {
			c.Method = strings.ToUpper(method[1])
		}
		headers := arguments
		if named := headersField.FindStringSubmatch(arguments); named != nil {
			headers = p.table(named[1])
		}
		switch at := headerField.FindStringIndex(headers); {
		case strings.HasSuffix(strings.TrimRight(address, "/"), "/protocol/openid-connect/token"):
			p.login(c, arguments)
		case at != nil:
			value, ok := p.value(headers[at[1]:])
			if !ok || strings.EqualFold(strings.TrimSpace(value), "bearer") { // a variable, or put together with one
				value = string(variable)
			}
			c.header("Authorization: " + value)
		default:
			c.Variable = true // the headers are set elsewhere
		}
		call, err := c.whole()
		if err != nil {
			return nil, true, err
		}
		call.AsksJSON = strings.HasPrefix(text[m[0]:m[1]], "axios")
		calls = append(calls, call)
	}
	return calls, len(calls) > 0, nil
}

// program is the text of one, and the variables that it sets to texts, with their values.
type program struct {
	text string
	set  map[string]string
}

var (
	assignment   = regexp.MustCompile(`(?m)^[ \t]*(?:export[ \t]+)?(?:(?:const|let|var)[ \t]+)?([A-Za-z_]\w*)(?:[ \t]*:[ \t]*\w+)?[ \t]*=[ \t]*`)
	identifier   = regexp.MustCompile(`^\s*([A-Za-z_][\w.]*)`)
	headersField = regexp.MustCompile(`\bheaders\s*[:=]\s*([A-Za-z_]\w*)\s*(?:[,)}]|$)`)
	authField    = regexp.MustCompile(`\bauth\s*[:=]\s*[({]`)
	formField    = regexp.MustCompile(`["']?\b(grant_type|client_id|client_secret|scope|username|password|refresh_token|subject_token|client_assertion|client_assertion_type|audience|requested_token_type|subject_token_type)["']?\s*[:=]`)
	bodyField    = regexp.MustCompile(`\b(?:body|data)\s*[:=]\s*([A-Za-z_]\w*)\s*(?:[,)}]|$)`)
)

// assign reads the variables that are set in the text before a call.
func (p *program) assign(before string) {
	p.set = map[string]string{}
	for _, m := range assignment.FindAllStringSubmatchIndex(before, -1) {
		if value, ok := p.value(before[m[1]:]); ok {
			p.set[before[m[2]:m[3]]] = value
		}
	}
}

// value returns the text that stands at the beginning: quoted, in a variable, or put together of such with +. What is not known of it is
// [variable].
func (p *program) value(s string) (value string, ok bool) {
	for {
		if m := literal.FindStringSubmatch(s); m != nil {
			part := m[2] + m[3] + m[4]
			if m[1] == "f" || m[4] != "" {
				part = filledIn.ReplaceAllStringFunc(part, func(name string) string {
					if set, is := p.set[strings.Trim(name, "${} ")]; is {
						return set
					}
					return string(variable)
				})
			}
			value += strings.NewReplacer(`\"`, `"`, `\'`, `'`, `\/`, `/`, `\\`, `\`).Replace(part)
			s, ok = s[len(m[0]):], true
		} else if m := identifier.FindStringSubmatch(s); m != nil {
			set, is := p.set[m[1]]
			rest := strings.TrimLeft(s[len(m[0]):], " \t\n")
			if !is {
				set = string(variable)
			}
			value += set
			s, ok = rest, ok || is || strings.HasPrefix(rest, "+")
		} else {
			return value, ok
		}
		rest, more := strings.CutPrefix(strings.TrimLeft(s, " \t\n"), "+")
		if !more {
			return value, ok
		}
		s = rest
	}
}

// table returns what stands in the brackets to which the program sets a variable, or which it updates; "" for none.
func (p *program) table(name string) string {
	at := regexp.MustCompile(`\b` + name + `\b[^\n=]*=[^\n{]*\{`).FindStringIndex(p.text)
	if at == nil {
		return ""
	}
	return enclosed(p.text[at[1]:])
}

// login takes what the program sends to the token endpoint from a call's arguments.
func (p *program) login(c *command, arguments string) {
	if at := authField.FindStringIndex(arguments); at != nil { // Basic
		inner := enclosed(arguments[at[1]:])
		arguments = strings.Replace(arguments, inner, "", 1)
		fields := strings.SplitN(inner, ",", 2)
		if len(fields) == 2 {
			for i, f := range fields {
				if _, named, found := strings.Cut(f, ":"); found && literal.FindString(f) == "" {
					fields[i] = named
				}
				fields[i], _ = p.value(fields[i])
			}
			c.header("Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(fields[0]+":"+fields[1])))
		}
	}
	if named := bodyField.FindStringSubmatch(arguments); named != nil {
		arguments = p.table(named[1])
	}
	for _, written := range anyLiteral.FindAllString(arguments, -1) { // a form, as it is sent
		if value, _ := p.value(written); strings.Contains(value, "grant_type=") {
			c.data = append(c.data, value)
			return
		}
	}
	form := url.Values{}
	for _, m := range formField.FindAllStringSubmatchIndex(arguments, -1) {
		value, ok := p.value(arguments[m[1]:])
		if !ok {
			value = string(variable)
		}
		form.Set(arguments[m[2]:m[3]], value)
	}
	if len(form) > 0 {
		c.data = append(c.data, form.Encode())
	}
}

// enclosed returns a text up to the bracket that closes the one before it; each kind closes each, as programs are well-formed.
func enclosed(s string) string {
	depth := 1
	quote := byte(0)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0 && c == '\\':
			i++
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
		case c == '"' || c == '\'' || c == '`':
			quote = c
		case c == '(' || c == '{' || c == '[':
			depth++
		case c == ')' || c == '}' || c == ']':
			if depth--; depth == 0 {
				return s[:i]
			}
		}
	}
	return s
}
