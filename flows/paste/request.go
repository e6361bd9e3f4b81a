package paste

import (
	"encoding/json"
	"regexp"
	"strings"

	"fix403/flows/problem"
	"fix403/keycloak/wire"
)

// archive is a HAR file, as browsers write it. Source: HAR 1.2.
type archive struct {
	Log struct {
		Entries []struct {
			Request struct {
				Method   string
				URL      string `json:"url"`
				Headers  []struct{ Name, Value string }
				PostData struct{ Text string }
			}
			Response struct{ Status int }
		}
	}
}

// readArchive reads the one failing call of a browser's archive.
func readArchive(text string) ([]*Call, bool, error) {
	if !strings.HasPrefix(strings.TrimSpace(text), "{") {
		return nil, false, nil
	}
	var a archive
	_ = json.Unmarshal([]byte(text), &a) // other text has no entries
	if len(a.Log.Entries) == 0 {
		return nil, false, nil
	}
	var calls []*Call
	for _, entry := range a.Log.Entries {
		if !ofKeycloak(entry.Request.URL) || len(a.Log.Entries) > 1 && entry.Response.Status < 400 {
			continue
		}
		c := blank()
		c.Method, c.urls = strings.ToUpper(entry.Request.Method), []string{entry.Request.URL}
		for _, h := range entry.Request.Headers {
			if !strings.HasPrefix(h.Name, ":") { // of HTTP/2, which repeat the URL
				c.header(h.Name + ": " + h.Value)
			}
		}
		if entry.Request.PostData.Text != "" {
			c.data = []string{entry.Request.PostData.Text}
		}
		call, err := c.whole()
		if err != nil {
			return nil, true, err
		}
		calls = append(calls, call)
	}
	if len(calls) == 0 {
		return nil, true, problem.BadInput(`Export the failing request alone (in the browser: "Copy as cURL").`, "The archive has no failing call of a Keycloak.")
	}
	return calls, true, nil
}

var (
	requestLine = regexp.MustCompile(`^(GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS) (\S+)(?: HTTP/[0-9.]+)?$`)
	fileSetting = regexp.MustCompile(`(?m)^@([\w-]+)[ \t]*=[ \t]*(\S+)[ \t]*$`)
	placeholder = regexp.MustCompile(`\{\{[ \t]*([\w.$-]+)[ \t]*\}\}`)
)

// readRequest reads requests as they go over the wire, and .http files of editors, with their settings (@name = value).
func readRequest(text string) ([]*Call, bool, error) {
	settings := map[string]string{}
	for _, m := range fileSetting.FindAllStringSubmatch(text, -1) {
		settings[m[1]] = m[2]
	}
	text = placeholder.ReplaceAllStringFunc(text, func(p string) string {
		if value, set := settings[placeholder.FindStringSubmatch(p)[1]]; set {
			return value
		}
		return p
	})
	lines := strings.Split(text, "\n")
	var calls []*Call
	for i := 0; i < len(lines); i++ {
		line := strings.TrimSpace(lines[i])
		m := requestLine.FindStringSubmatch(line)
		if m == nil {
			if line != "" && len(calls) == 0 && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "@") && !strings.HasPrefix(line, "//") {
				return nil, false, nil // the text begins with something else
			}
			continue
		}
		c := blank()
		c.Method = m[1]
		host := ""
		for i++; i < len(lines) && strings.TrimSpace(lines[i]) != ""; i++ {
			name, value, _ := strings.Cut(strings.TrimSpace(lines[i]), ":")
			if strings.EqualFold(name, "host") {
				host = strings.TrimSpace(value)
			}
			c.header(name + ":" + value)
		}
		var body []string
		for i++; i < len(lines) && !strings.HasPrefix(lines[i], "###") && !strings.HasPrefix(lines[i], "HTTP/"); i++ {
			body = append(body, strings.TrimSpace(lines[i]))
		}
		if sent := strings.TrimSpace(strings.Join(body, "")); sent != "" {
			c.data = []string{sent}
		}
		address, err := absolute(m[2], host)
		if err != nil {
			return nil, true, err
		}
		c.urls = []string{address}
		call, err := c.whole()
		if err != nil {
			return nil, true, err
		}
		calls = append(calls, call)
	}
	return calls, len(calls) > 0, nil
}

// absolute returns the URL of a request's target and its header Host.
func absolute(target, host string) (string, error) {
	if !strings.HasPrefix(target, "/") {
		return target, nil
	}
	if host == "" {
		return "", problem.BadInput("Add the line Host: with the server's name, or write the whole URL after the method.", "The request names no server.")
	}
	base, err := wire.NormalizeURL(host)
	if err != nil {
		return "", err
	}
	return base + target, nil
}
