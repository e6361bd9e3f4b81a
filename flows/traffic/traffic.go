// Package traffic reads recordings of calls of Keycloak's admin API: our own, and the logs and archives of others. Of a call it keeps who made it,
// its method, path and status; tokens, other headers, bodies and the values of a query are never kept.
package traffic

import (
	"bytes"
	"io"
	"time"

	"fix403/keycloak/failure"
	"fix403/keycloak/foreign"
	"fix403/keycloak/msg"
)

// Most is how many bytes of a recording are read.
const Most = 64 << 20

// mostOfLine is the length of the longest line that is read.
const mostOfLine = 1 << 20

// Call is one that was recorded.
type Call struct {
	Time   time.Time // zero where the recording does not say
	Client string    // client id of a service account, username of a user; "" if unknown
	Realm  string    // of the caller, "" if unknown
	Method string    // upper case
	Path   string    // escaped, begins with /admin/; {realm} where it is not known which; of a query the names
	Status int       // 0 if unknown
	Line   int       // where the recording has it
}

// Skipped is what a recording has besides calls of the admin API.
type Skipped struct {
	Others int    // lines and entries about something else
	Unread int    // those that cannot be read
	First  []Line // the first of these
}

// Line is a line that cannot be read.
type Line struct {
	Number int
	Why    msg.Message
}

// mostLines is how many of the lines that cannot be read are named.
const mostLines = 10

// Read reads a recording, whose format it recognises by the content: our own; a browser's archive (HAR); access logs in the formats common and
// combined, as nginx and Keycloak write them, in Keycloak's long one, or with a JSON object on each line; Keycloak's own log, with its access log and its admin events.
// What cannot be read is skipped; the error is for an input in which nothing could be read.
func Read(r io.Reader) ([]Call, Skipped, error) {
	text, err := io.ReadAll(io.LimitReader(r, Most+1))
	switch {
	case err != nil:
		return nil, Skipped{}, err
	case len(text) > Most:
		return nil, Skipped{}, failure.NewBadInput("Keep the lines with /admin/realms alone.", "The recording is larger than %d MiB.", Most>>20)
	}
	in := &reader{names: map[string]string{}}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if !in.archive(text) {
		if err := in.lines(text); err != nil {
			return nil, Skipped{}, err
		}
	}
	in.takeEvents()
	if len(in.calls) == 0 && in.skipped.Others == 0 {
		return nil, in.skipped, failure.NewBadInput("It can be a recording of fix403, a HAR file, an access log of nginx or Keycloak, or Keycloak's own log with admin events.", "This is not a recording of calls.")
	}
	return in.calls, in.skipped, nil
}

// Recorded reports whether a text looks like a recording, and not like a list of calls such as GET /admin/realms/r/users.
func Recorded(text []byte) bool {
	in := &reader{names: map[string]string{}}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return true
	}
	for n, line := range bytes.SplitN(text, []byte("\n"), 100) {
		if in.line(n+1, string(bytes.TrimSpace(line[:min(len(line), mostOfLine)]))) == nil && (in.log || in.access || len(in.events) > 0) {
			return true
		}
	}
	return false
}

// reader is a recording while it is read.
type reader struct {
	calls   []Call
	events  []Call // of admin events, whose Client is the id of a user
	skipped Skipped
	names   map[string]string // of callers, by the ids of their users
	log     bool              // it is a server's log, which says other things as well
	access  bool              // it has lines of an access log
}

func (in *reader) lines(text []byte) error {
	for n := 1; len(text) > 0; n++ {
		var line []byte
		line, text, _ = bytes.Cut(text, []byte("\n"))
		if len(line) > mostOfLine {
			in.unread(n, msg.New("it is longer than 1 MiB"))
			continue
		}
		if err := in.line(n, string(bytes.TrimSpace(line))); err != nil {
			return err
		}
	}
	return nil
}

func (in *reader) line(n int, line string) error {
	switch {
	case line == "":
		return nil
	case line[0] == '{':
		return in.object(n, line)
	}
	in.text(n, line, time.Time{})
	return nil
}

// text reads a line of a log; at is when it was written, if that is known.
func (in *reader) text(n int, line string, at time.Time) {
	category, message, isLog := serverLine(line)
	if !isLog {
		message = line
	}
	if isLog && !in.log { // what stands before its first line is the server's as well
		in.log = true
		in.skipped.Others, in.skipped.Unread, in.skipped.First = in.skipped.Others+in.skipped.Unread, 0, nil
	}
	switch {
	case category != "" && category != accessLog && category != eventLog:
		in.skipped.Others++
	case in.accessLine(n, message, at), in.longLine(n, message), in.event(n, message, at):
	case in.log: // such as the lines of an exception
		in.skipped.Others++
	default:
		in.unread(n, msg.New("it holds no call"))
	}
}

func (in *reader) unread(n int, why msg.Message) {
	in.skipped.Unread++
	if len(in.skipped.First) < mostLines {
		in.skipped.First = append(in.skipped.First, Line{n, why})
	}
}

// add takes a call to a target, a path or a whole URL, if it is one of the admin API.
func (in *reader) add(c Call, target string) {
	if ok := c.clean(target); !ok {
		in.skipped.Others++
		return
	}
	in.calls = append(in.calls, c)
}

// name is a name from a recording, on one line; "" for what is no name.
func name(text string) string {
	const longest = 255 // of a client id and a username in Keycloak
	if text = foreign.Line(text); len(text) > longest || text == "-" {
		return ""
	}
	return text
}
