package paste

import (
	"net/url"
	"regexp"
	"strings"
)

var (
	invocation = regexp.MustCompile(`(?i)\b(?:Invoke-RestMethod|Invoke-WebRequest|irm|iwr)\b`)
	setting    = regexp.MustCompile(`(?m)^[ \t]*(?:PS [^>\n]*>[ \t]*)?\$(\w+)[ \t]*=[ \t]*(@\{)?`)
	option     = regexp.MustCompile(`^-(\w+):?[ \t]*`)
	splat      = regexp.MustCompile(`^@(\w+)`)
	tableKey   = regexp.MustCompile(`^["']?([\w-]+)["']?\s*=\s*`)
	dollarName = regexp.MustCompile(`\$(?:\{|\()?\$?([A-Za-z_]\w*)(?:[.:]\w+)*[})]?`)
	bareWord   = regexp.MustCompile(`^[^\s(){};|"']+`)
)

// powerShell is a script, with the texts and the tables to which it sets variables, by their names in small letters.
type powerShell struct {
	set    map[string]string
	tables map[string]string // what stands between the brackets
}

// readPowerShell reads the calls of Invoke-RestMethod and Invoke-WebRequest, with the variables that the text sets.
func readPowerShell(text string) ([]*Call, bool, error) {
	if !invocation.MatchString(text) {
		return nil, false, nil
	}
	text = strings.ReplaceAll(text, "`\n", " ")
	p := powerShell{map[string]string{}, map[string]string{}}
	for _, m := range setting.FindAllStringSubmatchIndex(text, -1) {
		if name := strings.ToLower(text[m[2]:m[3]]); m[4] >= 0 {
			p.tables[name] = enclosed(text[m[1]:])
		} else if strings.ContainsAny(text[m[1]:min(m[1]+1, len(text))], `"'$(`) { // what is none of these is a command
			p.set[name], _ = p.value(text[m[1]:])
		}
	}
	var calls []*Call
	for _, m := range invocation.FindAllStringIndex(text, mostRequests) {
		c := blank()
		p.arguments(c, text[m[1]:])
		call, err := c.whole()
		if err != nil {
			return nil, true, err
		}
		calls = append(calls, call)
	}
	return calls, true, nil
}

// arguments takes what stands behind the name of a command.
func (p *powerShell) arguments(c *command, s string) {
	for {
		s = strings.TrimLeft(s, " \t")
		if m := splat.FindStringSubmatch(s); m != nil {
			for _, pair := range p.pairs(p.tables[strings.ToLower(m[1])]) {
				p.argument(c, pair[0], pair[1])
			}
			s = s[len(m[0]):]
			continue
		}
		name := "uri"
		if m := option.FindStringSubmatch(s); m != nil {
			name, s = m[1], s[len(m[0]):]
		}
		value, rest := p.written(s)
		if rest == s {
			if name == "uri" {
				return // the command ends here
			}
			continue // a switch, or what is not read
		}
		p.argument(c, name, value)
		s = rest
	}
}

// written returns what is written at the beginning of a text, a table with its brackets, and the text behind it.
func (p *powerShell) written(s string) (value, rest string) {
	if inner, is := strings.CutPrefix(s, "@{"); is {
		inner = enclosed(inner)
		return "@{" + inner, strings.TrimPrefix(s[len("@{")+len(inner):], "}")
	}
	if m := dollarName.FindStringSubmatch(s); m != nil && strings.HasPrefix(s, m[0]) {
		if table, is := p.tables[strings.ToLower(m[1])]; is {
			return "@{" + table, s[len(m[0]):]
		}
	}
	return p.value(s)
}

// argument takes an argument by its name; a value with @{ is a table.
func (p *powerShell) argument(c *command, name, value string) {
	switch strings.ToLower(name) {
	case "method":
		c.Method = strings.ToUpper(value)
	case "uri":
		c.urls = append(c.urls, value)
	case "headers":
		for _, h := range p.pairs(strings.TrimPrefix(value, "@{")) {
			c.header(h[0] + ": " + h[1])
		}
	case "token":
		c.header("Authorization: Bearer " + value)
	case "body":
		if table, is := strings.CutPrefix(value, "@{"); is {
			form := url.Values{}
			for _, f := range p.pairs(table) {
				form.Set(f[0], f[1])
			}
			value = form.Encode()
		}
		c.data = append(c.data, value)
	}
}

// pairs returns the names and values of a table.
func (p *powerShell) pairs(s string) (list [][2]string) {
	for {
		s = strings.TrimLeft(s, " \t\n;")
		m := tableKey.FindStringSubmatch(s)
		if m == nil {
			return list
		}
		s = s[len(m[0]):]
		value, rest := p.written(s)
		if rest == s {
			return list
		}
		list = append(list, [2]string{m[1], value})
		if s = strings.TrimLeft(rest, " \t"); s != "" && s[0] != ';' && s[0] != '\n' {
			if end := strings.IndexAny(s, ";\n"); end >= 0 {
				s = s[end:] // of what is not read
			}
		}
	}
}

// value returns a text that is written at the beginning of another, in or without quotation marks and brackets, in a variable, or put
// together of such with +; and the text behind it, which is all of it where there is none.
func (p *powerShell) value(s string) (value, rest string) {
	inner, bracket := strings.CutPrefix(s, "(")
	for inner = strings.TrimLeft(inner, " \t"); ; {
		part, left := p.part(inner)
		if left == inner {
			return "", s
		}
		value += part
		next, more := strings.CutPrefix(strings.TrimLeft(left, " \t"), "+")
		if !more {
			if bracket {
				closed := enclosed(left)
				if strings.TrimSpace(closed) != "" { // more than is read
					value = string(variable)
				}
				left = strings.TrimPrefix(left[len(closed):], ")")
				left = left[len(property.FindString(left)):]
			}
			return value, left
		}
		inner = strings.TrimLeft(next, " \t")
	}
}

var property = regexp.MustCompile(`^(?:\.\w+)+`)

// part is one text of a value.
func (p *powerShell) part(s string) (value, rest string) {
	switch {
	case strings.HasPrefix(s, "("):
		return p.value(s)
	case strings.HasPrefix(s, "'"):
		if text, after, found := strings.Cut(s[1:], "'"); found {
			return text, after
		}
	case strings.HasPrefix(s, `"`):
		if text, after, found := strings.Cut(s[1:], `"`); found {
			return p.filled(text), after
		}
	case strings.HasPrefix(s, "-"): // the next option
	default:
		if name := dollarName.FindString(s); name != "" && strings.HasPrefix(s, name) {
			return p.filled(name), s[len(name):]
		}
		if word := bareWord.FindString(s); word != "" {
			return p.filled(word), s[len(word):]
		}
	}
	return "", s
}

// filled puts the values of variables in their places.
func (p *powerShell) filled(s string) string {
	return dollarName.ReplaceAllStringFunc(s, func(name string) string {
		if value, ok := p.set[strings.ToLower(dollarName.FindStringSubmatch(name)[1])]; ok {
			return value
		}
		return string(variable)
	})
}
