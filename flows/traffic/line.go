package traffic

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// The categories of Keycloak's log that tell of calls.
const (
	accessLog = "org.keycloak.http.access-log"
	eventLog  = "org.keycloak.events"
)

// clfTime is the time in the common log format.
const clfTime = "02/Jan/2006:15:04:05 -0700"

// serverLine splits a line of Keycloak's log: 2026-11-30 23:55:46,742 INFO  [category] (thread) message.
func serverLine(line string) (category, message string, ok bool) {
	date, rest, dated := strings.Cut(line, " ")
	if _, err := time.Parse(time.DateOnly, date); err != nil || !dated {
		return "", line, false
	}
	_, rest, named := strings.Cut(rest, " [")
	category, rest, closed := strings.Cut(rest, "] (")
	_, message, ended := strings.Cut(rest, ")")
	if !named || !closed || !ended {
		return "", line, false
	}
	return category, strings.TrimSpace(message), true
}

// accessLine reads a line of an access log: … [time] "METHOD target HTTP/1.1" status ….
func (in *reader) accessLine(n int, line string, at time.Time) bool {
	before, rest, _ := strings.Cut(line, `"`)
	request, after, closed := strings.Cut(rest, `"`)
	status, _, _ := strings.Cut(strings.TrimLeft(after, " "), " ")
	code, err := strconv.Atoi(status)
	if !closed || err != nil || code < 0 || code > 999 {
		return false
	}
	for t := range strings.SplitSeq(before, "[") {
		if t, _, closed := strings.Cut(t, "]"); closed && at.IsZero() {
			at = moment(t)
		}
	}
	method, target, ok := requestOf(request)
	switch {
	case !ok && at.IsZero():
		return false
	case !ok: // a connection on which no request came
		in.skipped.Others++
		return true
	}
	in.access = true
	in.add(Call{Time: at, Method: method, Status: code, Line: n}, target)
	return true
}

// longLine reads the line of a request in Keycloak's format long, which has its headers on the lines behind it, and no status.
func (in *reader) longLine(n int, line string) bool {
	method, target, ok := requestOf(line)
	if !ok || strings.ToUpper(method) != method {
		return false
	}
	in.log, in.access = true, true
	in.add(Call{Method: method, Line: n}, target)
	return true
}

// requestOf splits the first line of a request.
func requestOf(line string) (method, target string, ok bool) {
	words := strings.Fields(line)
	if len(words) != 3 || !strings.HasPrefix(words[2], "HTTP/") {
		return "", "", false
	}
	return words[0], words[1], true
}

// The fields of JSON lines: ours, and the variables of nginx.
var (
	methodFields = []string{"method", "request_method"}
	targetFields = []string{"path", "request_uri", "uri", "url"}
	statusFields = []string{"status"}
	timeFields   = []string{"time", "time_iso8601", "time_local", "timestamp", "@timestamp", "msec"}
	callerFields = []string{"client", "client_id", "azp", "jwt_claim_azp"}
)

// object reads a line of JSON; the error is for a recording of a newer fix403.
func (in *reader) object(n int, line string) error {
	if !json.Valid([]byte(line)) {
		in.unread(n, msg.New("it is not JSON"))
		return nil
	}
	var fields map[string]any
	_ = json.Unmarshal([]byte(line), &fields) // it begins with a brace
	if of, ours := fields[headerField].(string); ours && of == headerValue {
		if v, _ := fields["version"].(float64); v > formatVersion {
			return failure.NewBadInput("Read it with the fix403 that wrote it, or a newer one.", "A newer fix403 wrote this recording.")
		}
		return nil
	}
	at := moment(field(fields, timeFields))
	method, target := field(fields, methodFields), field(fields, targetFields)
	if m, t, ok := requestOf(field(fields, []string{"request"})); ok {
		method, target = m, t
	} else if query := field(fields, []string{"args", "query_string"}); query != "" && !strings.Contains(target, "?") {
		target += "?" + query
	}
	message, isLog := fields["message"].(string)
	if category := field(fields, []string{"loggerName"}); isLog && category != "" { // Keycloak's log as JSON
		in.log = true
		if category != accessLog && category != eventLog {
			message = ""
		}
		in.text(n, message, at)
		return nil
	}
	if method == "" || target == "" {
		in.unread(n, msg.New("it holds no call"))
		return nil
	}
	status, _ := strconv.Atoi(field(fields, statusFields))
	if status < 0 || status > 999 {
		status = 0
	}
	in.add(Call{Time: at, Client: name(field(fields, callerFields)), Realm: name(field(fields, []string{"realm"})), Method: method, Status: status, Line: n}, target)
	return nil
}

// field returns the first of some fields that is there, as text.
func field(fields map[string]any, names []string) string {
	for _, n := range names {
		switch v := fields[n].(type) {
		case string:
			if v != "" {
				return v
			}
		case float64:
			return strconv.FormatFloat(v, 'f', -1, 64)
		}
	}
	return ""
}

// moment reads a time as logs write it; zero for another text.
func moment(text string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, clfTime} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC()
		}
	}
	if seconds, err := strconv.ParseFloat(text, 64); err == nil && seconds > 0 && seconds < 1e11 {
		return time.UnixMilli(int64(seconds * 1000)).UTC()
	}
	return time.Time{}
}
