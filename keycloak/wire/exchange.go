// Package wire is what goes over the wire to a Keycloak: the transport under every call, which reads answers within
// limits, records each Exchange with its secrets masked as it is captured, and says by a typed error why an answer is
// no success.
package wire

import (
	"net/http"
	"strings"
	"time"

	"fix403/keycloak/msg"
	"fix403/keycloak/token"
)

// Exchange is one request and its answer as they went over the wire, with secrets masked when they were captured.
// Screens, transcripts and reports are drawn from it; it never changes once recorded.
type Exchange struct {
	ID      int         // 1 for the first exchange of a [Recorder]
	Step    string      // id of the story's step; may be empty
	Purpose msg.Message // why the request was made, in a few words

	Method        string
	URL           string
	RequestHeader http.Header
	RequestBody   string
	Bearer        *token.Token // decoded bearer token of the request; nil if there was none or it could not be decoded

	Status         int    // 0 when no answer came
	Proto          string // such as "HTTP/1.1"
	ResponseHeader http.Header
	ResponseBody   string
	Truncated      bool         // ResponseBody holds only the first maxRecordedBody bytes
	Issued         *token.Token // decoded access token that the answer carried, if any
	Err            string       // why no answer came, masked

	Started  time.Time
	Duration time.Duration // until the whole body was read

	reason Reason
}

// IsRead reports whether the exchange only read.
func (e Exchange) IsRead() bool { return e.Method == http.MethodGet }

// Reason is what the body of a refusal says, as far as it tells at which gate a request was stopped.
type Reason int

// The reasons; [ReasonUnread] is the zero value.
const (
	ReasonUnread   Reason = iota
	NoReason              // Keycloak did not refuse: its refusals have a reason
	OtherReason           // in other words of Keycloak
	RealmNotFound         // there is no such realm
	NoSuchEndpoint        // there is no such endpoint
)

// Reason returns what the answer says, by the body as it came.
func (e Exchange) Reason() Reason {
	if e.reason == ReasonUnread {
		return reasonIn([]byte(e.ResponseBody))
	}
	return e.reason
}

func reasonIn(body []byte) Reason {
	b := (&Reply{Body: body}).errorBody()
	switch said := b.Error; {
	case said == "" && b.Message != "": // a body that is not accepted, or what exists already
		return OtherReason
	case said == "":
		return NoReason
	case said == "Realm not found.":
		return RealmNotFound
	case strings.HasPrefix(said, "HTTP 404"), said == "unknown_error":
		return NoSuchEndpoint
	}
	return OtherReason
}

// maxRecordedBody is how many bytes of a body a record keeps.
const maxRecordedBody = 64 << 10

// weight returns about how many bytes of memory an exchange takes.
func (e *Exchange) weight() int {
	n := len(e.URL) + len(e.RequestBody) + len(e.ResponseBody) + len(e.Err) + e.Bearer.Weight() + e.Issued.Weight()
	for _, header := range []http.Header{e.RequestHeader, e.ResponseHeader} {
		for name, values := range header {
			n += 100 + len(name)
			for _, v := range values {
				n += 16 + len(v)
			}
		}
	}
	return n
}
