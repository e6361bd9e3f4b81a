package paste

import (
	"net/url"
	"regexp"
	"strings"
)

var (
	hashtable  = regexp.MustCompile(`(?is)\$(\w+)\s*=\s*@\{(.*?)\}`)
	pair       = regexp.MustCompile(`(?s)["']?([\w-]+)["']?\s*=\s*(?:"([^"]*)"|'([^']*)'|(\$[\w.]+))`)
	invocation = regexp.MustCompile(`(?i)\b(?:Invoke-RestMethod|Invoke-WebRequest|irm|iwr)\b([^\n|]*)`)
	argument   = regexp.MustCompile(`(?i)-(\w+)\s+(?:"([^"]*)"|'([^']*)'|(@\{[^}]*\})|([^\s)]+))`)
	assigned   = regexp.MustCompile(`(?m)\$(\w+)[ \t]*=[ \t]*(?:"([^"\n]*)"|'([^'\n]*)')`)
	dollarName = regexp.MustCompile(`\$\{?([A-Za-z_]\w*)\}?(?:\.\w+)*`)
)

// readPowerShell reads the calls of Invoke-RestMethod and Invoke-WebRequest, with the variables that the text sets.
func readPowerShell(text string) ([]*Call, bool, error) {
	if !invocation.MatchString(text) {
		return nil, false, nil
	}
	text = strings.ReplaceAll(text, "`\n", " ")
	set := map[string]string{}
	for _, m := range assigned.FindAllStringSubmatch(text, -1) {
		set[strings.ToLower(m[1])] = m[2] + m[3]
	}
	known := func(s string) string {
		return dollarName.ReplaceAllStringFunc(s, func(name string) string {
			if value, ok := set[strings.ToLower(dollarName.FindStringSubmatch(name)[1])]; ok {
				return value
			}
			return string(variable)
		})
	}
	tables := map[string]string{}
	for _, m := range hashtable.FindAllStringSubmatch(text, -1) {
		tables["$"+strings.ToLower(m[1])] = m[2]
	}
	table := func(value string) string {
		if inner, ok := tables[strings.ToLower(value)]; ok {
			return inner
		}
		return value
	}
	var calls []*Call
	for _, m := range invocation.FindAllStringSubmatch(text, -1) {
		c := blank()
		for _, a := range argument.FindAllStringSubmatch(m[1], -1) {
			value := a[2] + a[3] + a[4] + a[5]
			switch strings.ToLower(a[1]) {
			case "method":
				c.Method = strings.ToUpper(value)
			case "uri":
				c.urls = append(c.urls, known(value))
			case "headers":
				for _, h := range pair.FindAllStringSubmatch(table(value), -1) {
					c.header(h[1] + ": " + known(h[2]+h[3]+h[4]))
				}
			case "token":
				c.header("Authorization: Bearer " + known(value))
			case "body":
				form := url.Values{}
				for _, f := range pair.FindAllStringSubmatch(table(value), -1) {
					form.Set(f[1], known(f[2]+f[3]+f[4]))
				}
				if len(form) > 0 {
					value = form.Encode()
				}
				c.data = append(c.data, value)
			}
		}
		call, err := c.whole()
		if err != nil {
			return nil, true, err
		}
		calls = append(calls, call)
	}
	return calls, true, nil
}

var (
	// request finds the functions of the usual libraries that make a call: fetch, axios, got and ky of JavaScript, requests and
	// httpx of Python.
	request     = regexp.MustCompile(`\b(?:(fetch|axios|got|ky)|(?:axios|got|ky|requests|httpx|session|client)\.(get|post|put|delete|patch|head|request))\s*\(`)
	literal     = regexp.MustCompile("(?s)^\\s*(f?)(?:\"((?:[^\"\\\\]|\\\\.)*)\"|'((?:[^'\\\\]|\\\\.)*)'|`([^`]*)`)")
	methodField = regexp.MustCompile(`(?i)["']?\bmethod["']?\s*[:=]\s*["'](\w+)["']`)
	urlField    = regexp.MustCompile(`(?i)["']?\burl["']?\s*[:=]`)
	headerField = regexp.MustCompile(`(?i)["']?\bauthorization["']?\s*[:=]`)
	filledIn    = regexp.MustCompile(`\$?\{[^}]*\}`)
)

// mostRequests bounds how many calls of a program are looked at: each is read to its end.
const mostRequests = 20

// readProgram reads the call that a program makes by a library for HTTP, as "copy as fetch" of a browser writes it.
func readProgram(text string) ([]*Call, bool, error) {
	var calls []*Call
	for _, m := range request.FindAllStringSubmatchIndex(text, mostRequests) {
		arguments := enclosed(text[m[1]:])
		address, ok := firstLiteral(arguments)
		if at := urlField.FindStringIndex(arguments); !ok && at != nil {
			address, ok = firstLiteral(arguments[at[1]:])
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
		if at := headerField.FindStringIndex(arguments); at != nil {
			value, ok := firstLiteral(arguments[at[1]:])
			if !ok || strings.EqualFold(strings.TrimSpace(value), "bearer") { // a variable, or put together with one
				value = string(variable)
			}
			c.header("Authorization: " + value)
		} else {
			c.Variable = true // the headers are set elsewhere
		}
		call, err := c.whole()
		if err != nil {
			return nil, true, err
		}
		calls = append(calls, call)
	}
	return calls, len(calls) > 0, nil
}

// firstLiteral returns the text that stands in quotation marks at the beginning; what the program fills in is [variable].
func firstLiteral(s string) (string, bool) {
	m := literal.FindStringSubmatch(s)
	if m == nil {
		return "", false
	}
	value := m[2] + m[3] + m[4]
	if m[1] == "f" || m[4] != "" {
		value = filledIn.ReplaceAllString(value, string(variable))
	}
	return strings.NewReplacer(`\"`, `"`, `\'`, `'`, `\/`, `/`, `\\`, `\`).Replace(value), true
}

// enclosed returns a text up to the bracket that closes the one before it.
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
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth == 0 {
				return s[:i]
			}
		}
	}
	return s
}
