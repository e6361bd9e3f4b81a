package ui

import (
	"fmt"
	"slices"
	"strings"

	"fix403/keycloak"
	"fix403/ui/words"
)

// curlOf is an exchange as a curl command. What was masked when it was recorded stands there as a shell variable, which
// the first line names: no secret is copied with it.
func curlOf(e keycloak.Exchange) string {
	var needs []string
	variable := func(name string) string {
		if !slices.Contains(needs, name) {
			needs = append(needs, name)
		}
		return `"$` + name + `"`
	}
	args := []string{"curl -i -X " + shellWord(e.Method)}
	if args[0] == "curl -i -X GET" {
		args[0] = "curl -i"
	}
	args = append(args, unmasked(e.URL, "SECRET", variable))
	for _, name := range slices.Sorted(headerNames(e)) {
		for _, value := range e.RequestHeader[name] {
			args = append(args, "-H "+unmasked(name+": "+value, headerVariable(name, e), variable))
		}
	}
	if e.RequestBody != "" {
		args = append(args, bodyArguments(e, variable)...)
	}
	text := strings.Join(args, " \\\n  ") + "\n"
	if len(needs) > 0 {
		text = "# set " + strings.Join(needs, " and ") + " first\n" + text
	}
	return words.Clean(text)
}

// headerNames leaves out what curl adds itself.
func headerNames(e keycloak.Exchange) func(yield func(string) bool) {
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

func headerVariable(name string, e keycloak.Exchange) string {
	switch {
	case name != "Authorization":
		return "SECRET"
	case e.Bearer != nil && e.Bearer.Realm() == "master":
		return "ADMIN_TOKEN"
	case e.Bearer == nil && len(e.RequestHeader["Authorization"]) > 0 && strings.HasPrefix(e.RequestHeader["Authorization"][0], "Basic"):
		return "BASIC"
	}
	return "TOKEN"
}

// bodyVariables name the variable for a masked field of a form.
var bodyVariables = map[string]string{"client_secret": "CLIENT_SECRET", "password": "ADMIN_PASSWORD", "refresh_token": "REFRESH_TOKEN"}

func bodyArguments(e keycloak.Exchange, variable func(string) string) []string {
	form := len(e.RequestHeader["Content-Type"]) > 0 && strings.HasPrefix(e.RequestHeader["Content-Type"][0], "application/x-www-form-urlencoded")
	if !form {
		return []string{"--data-raw " + unmasked(e.RequestBody, "SECRET", variable)}
	}
	var args []string
	for _, field := range strings.Split(e.RequestBody, "&") {
		name, value, _ := strings.Cut(field, "=")
		if value == keycloak.Masked {
			known := bodyVariables[name]
			if known == "" {
				known = "SECRET"
			}
			args = append(args, "--data-urlencode "+shellWord(name+"=")+variable(known))
			continue
		}
		args = append(args, "-d "+unmasked(field, "SECRET", variable))
	}
	return args
}

// unmasked quotes text for a shell, with a variable where it is masked.
func unmasked(text, name string, variable func(string) string) string {
	parts := strings.Split(text, keycloak.Masked)
	if len(parts) == 1 {
		return shellWord(text)
	}
	for i, part := range parts {
		if part == "" {
			continue
		}
		parts[i] = fmt.Sprintf("'%s'", strings.ReplaceAll(part, "'", `'\''`))
	}
	return strings.Join(parts, variable(name))
}

// shellWord quotes what a shell would read otherwise.
func shellWord(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:=,@%+"
	if s != "" && strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
