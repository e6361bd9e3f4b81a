package traffic

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"fix403/flows/requests"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
)

// entry is what is read of a call in a HAR file. Source: HAR 1.2.
type entry struct {
	StartedDateTime time.Time
	Request         struct {
		Method, URL string
		Headers     []struct{ Name, Value string }
	}
	Response struct{ Status int }
}

// archive reads a HAR file, one entry after the other; false for other text.
func (in *reader) archive(text []byte) bool {
	d := json.NewDecoder(bytes.NewReader(text))
	if !opens(d, '{') || !named(d, "log") || !opens(d, '{') {
		return false
	}
	line, counted := 1, 0
	at := func() int { // the line of what was read last
		end := int(d.InputOffset())
		line += bytes.Count(text[counted:end], []byte("\n"))
		counted = end
		return line
	}
	for d.More() {
		key, err := d.Token()
		if err == nil && key == "entries" && opens(d, '[') {
			for d.More() {
				var raw json.RawMessage
				if err = d.Decode(&raw); err != nil {
					break
				}
				in.entry(at()-bytes.Count(raw, []byte("\n")), raw)
			}
			if err == nil {
				_, err = d.Token()
			}
		} else if err == nil {
			var skipped json.RawMessage
			err = d.Decode(&skipped)
		}
		if err != nil {
			in.unread(at(), msg.New("the archive breaks off, or is not JSON from here on"))
			break
		}
	}
	return true
}

func opens(d *json.Decoder, delim json.Delim) bool {
	t, err := d.Token()
	return err == nil && t == delim
}

func named(d *json.Decoder, name string) bool {
	t, err := d.Token()
	return err == nil && t == name
}

func (in *reader) entry(n int, raw []byte) {
	var e entry
	if json.Unmarshal(raw, &e) != nil || e.Request.URL == "" || e.Request.Method == "" {
		in.unread(n, msg.New("it holds no call"))
		return
	}
	c := Call{Time: e.StartedDateTime.UTC(), Method: e.Request.Method, Line: n}
	if e.Response.Status > 0 && e.Response.Status <= 999 { // 0 is a call without an answer
		c.Status = e.Response.Status
	}
	for _, h := range e.Request.Headers {
		if !strings.EqualFold(h.Name, "Authorization") {
			continue
		}
		if t, err := token.Decode(requests.Bearer(h.Value)); err == nil {
			c.Client, c.Realm = caller(t), name(t.Realm())
		}
	}
	in.add(c, e.Request.URL)
}
