package inspect

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"fix403/keycloak/wire"
	"fix403/ui/words"
)

// asCurl is an exchange as a curl command. What was masked when it was recorded stands there as a shell variable, which
// the first line names: no secret is copied with it. What holds one reaches curl through a pipe, and through private files
// where there is more: on its command line, every user of the machine could read it.
func asCurl(e wire.Exchange) string {
	c := &curlText{}
	first := "curl -i -X " + shellWord(e.Method)
	if first == "curl -i -X GET" {
		first = "curl -i"
	}
	if strings.Contains(e.URL, wire.Masked) { // -K takes options, of which the URL is one
		c.hidden("-K ", `printf 'url = "%s"\n' `+c.unmasked(e.URL, "SECRET"))
	} else {
		c.plain(shellWord(e.URL))
	}
	var headers []string
	for _, name := range slices.Sorted(headerNames(e)) {
		for _, value := range e.RequestHeader[name] {
			header := name + ": " + value
			if strings.Contains(header, wire.Masked) {
				headers = append(headers, c.unmasked(header, headerVariable(name, e)))
				continue
			}
			c.plain("-H " + shellWord(header))
		}
	}
	if len(headers) > 0 {
		c.hidden("-H @", `printf '%s\n' `+strings.Join(headers, " "))
	}
	if e.RequestBody != "" {
		c.body(e)
	}
	return words.Clean(c.text(first))
}

// curlText is a command while it is put together.
type curlText struct {
	needs   []string // variables
	args    []string
	sources []string // commands that print what an argument must not hold; the first goes to stdin
}

func (c *curlText) plain(arg string) { c.args = append(c.args, arg) }

// hidden adds an argument that ends with the name of a file, whose content the command prints.
func (c *curlText) hidden(arg, prints string) {
	c.sources = append(c.sources, prints)
	file := "-"
	if n := len(c.sources); n > 1 {
		file = fmt.Sprintf(`"$F%d"`, n-1)
	}
	c.args = append(c.args, arg+file)
}

// unmasked quotes text for a shell, with a variable where it is masked.
func (c *curlText) unmasked(text, name string) string {
	if !slices.Contains(c.needs, name) {
		c.needs = append(c.needs, name)
	}
	parts := strings.Split(text, wire.Masked)
	for i, part := range parts {
		if part != "" {
			parts[i] = fmt.Sprintf("'%s'", strings.ReplaceAll(part, "'", `'\''`))
		}
	}
	return strings.Join(parts, `"$`+name+`"`)
}

func (c *curlText) body(e wire.Exchange) {
	form := len(e.RequestHeader["Content-Type"]) > 0 && strings.HasPrefix(e.RequestHeader["Content-Type"][0], "application/x-www-form-urlencoded")
	if !form {
		if strings.Contains(e.RequestBody, wire.Masked) {
			c.hidden("--data-binary @", "printf %s "+c.unmasked(e.RequestBody, "SECRET"))
		} else {
			c.plain("--data-raw " + shellWord(e.RequestBody))
		}
		return
	}
	for _, field := range strings.Split(e.RequestBody, "&") {
		name, value, _ := strings.Cut(field, "=")
		switch {
		case value == wire.Masked:
			c.hidden("--data-urlencode "+shellWord(name)+"@", "printf %s "+c.unmasked(value, cmp.Or(bodyVariables[name], "SECRET")))
		case strings.Contains(field, wire.Masked):
			c.hidden("-d @", "printf %s "+c.unmasked(field, "SECRET"))
		default:
			c.plain("-d " + shellWord(field))
		}
	}
}

// text is the whole command. The files are private: mktemp makes them so.
func (c *curlText) text(first string) string {
	var b, after strings.Builder
	if len(c.needs) > 0 {
		fmt.Fprintf(&b, "# set %s first; no secret on curl's command line: every user of this machine can read that\n", strings.Join(c.needs, " and "))
	}
	for i, prints := range c.sources[min(1, len(c.sources)):] {
		fmt.Fprintf(&b, "F%[1]d=$(mktemp) && %[2]s >\"$F%[1]d\"\n", i+1, prints)
		fmt.Fprintf(&after, "rm \"$F%d\"\n", i+1)
	}
	if len(c.sources) > 0 {
		first = c.sources[0] + " |\n  " + first
	}
	b.WriteString(strings.Join(append([]string{first}, c.args...), " \\\n  ") + "\n")
	return b.String() + after.String()
}

// headerNames leaves out what curl adds itself.
func headerNames(e wire.Exchange) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for name := range e.RequestHeader {
			switch name {
			case "Content-Length", "User-Agent", "Accept-Encoding", "Host", "Connection":
				continue
			}
			if !yield(name) {
				return
			}
		}
	}
}

func headerVariable(name string, e wire.Exchange) string {
	switch {
	case name != "Authorization":
		return "SECRET"
	case e.Bearer != nil && e.Bearer.OfRealm("master"):
		return "ADMIN_TOKEN"
	case e.Bearer == nil && len(e.RequestHeader["Authorization"]) > 0 && strings.HasPrefix(e.RequestHeader["Authorization"][0], "Basic"):
		return "BASIC"
	}
	return "TOKEN"
}

// bodyVariables name the variable for a masked field of a form.
var bodyVariables = map[string]string{"client_secret": "CLIENT_SECRET", "password": "ADMIN_PASSWORD", "refresh_token": "REFRESH_TOKEN"}

// shellWord quotes what a shell would read otherwise.
func shellWord(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,@%+"
	if s != "" && strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
