package keycloak

import (
	"context"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"fix403/keycloak/msg"
)

// Exchange is one request and its answer as they went over the wire, with secrets masked when they were captured.
// Screens, transcripts and reports are drawn from it; it never changes once recorded.
type Exchange struct {
	ID      int         // 1 for the first exchange of a [Recorder]
	Step    string      // id of the story's step, from [WithStep]; may be empty
	Purpose msg.Message // why the request was made, in a few words

	Method        string
	URL           string
	RequestHeader http.Header
	RequestBody   string
	Bearer        *Token // decoded bearer token of the request; nil if there was none or it could not be decoded

	Status         int    // 0 when no answer came
	Proto          string // such as "HTTP/1.1"
	ResponseHeader http.Header
	ResponseBody   string
	Truncated      bool   // ResponseBody holds only the first [MaxRecordedBody] bytes
	Issued         *Token // decoded access token that the answer carried, if any
	Err            string // why no answer came, masked

	Started  time.Time
	Duration time.Duration // until the whole body was read

	reason Reason
}

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
	switch said := (&answer{body: body}).errorBody().Error; {
	case said == "":
		return NoReason
	case said == "Realm not found.":
		return RealmNotFound
	case strings.HasPrefix(said, "HTTP 404"), said == "unknown_error":
		return NoSuchEndpoint
	}
	return OtherReason
}

// MaxRecordedBody is how many bytes of a body a record keeps.
const MaxRecordedBody = 64 << 10

// A recorder keeps its last exchanges, at most so many and at most so much of them. A story makes about 25, with 0.3 MB.
const (
	maxExchanges = 2000
	maxRecorded  = 32 << 20
)

// Recorder keeps the exchanges of a run in the order in which they ended, and knows the secrets to mask in them.
// It is safe for concurrent use.
type Recorder struct {
	mu        sync.Mutex
	last      int
	exchanges []Exchange
	weight    int // of all exchanges
	masks     masks
	issued    map[string]bool // secrets that the server issued
	issuedLen int             // of all of them
	listen    func(Exchange)
	begun     func(Begun)
}

// Begun is a request on its way: what is known of an [Exchange] before it ends, masked.
type Begun struct {
	Step    string
	Purpose msg.Message
	Method  string
	URL     string
	// Again is why and when the request will be sent again, as in "answered 503: try 2 of 4 in 1s"; empty for one that is sent
	// now.
	Again msg.Message
}

// ListenBegun has f called before each request is sent, on the goroutine that sends it, so that a call that hangs can be
// shown. One listener; nil removes it.
func (r *Recorder) ListenBegun(f func(Begun)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.begun = f
}

func (r *Recorder) begin(b Begun) {
	r.mu.Lock()
	f := r.begun
	b.URL, b.Purpose = r.masks.url(b.URL), b.Purpose.Map(r.masks.text)
	r.mu.Unlock()
	if f != nil {
		f(b)
	}
}

// Listen has f called after each exchange, on the goroutine that made it. One listener; nil removes it.
func (r *Recorder) Listen(f func(Exchange)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.listen = f
}

// Hide has s masked by value wherever a later exchange holds it: in a URL, header, body or claim, in the clear and in any
// encoding, see search. A secret of fewer than 8 bytes is masked where it is a word of its own, and not in the path of a URL;
// one that cannot be hidden, by [Secret.Exposure], only by the name of its field.
func (r *Recorder) Hide(s Secret) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.masks.add(s.Reveal())
}

// HideLogin has the secrets of a login hidden before anything is sent, and its names shown.
func (r *Recorder) HideLogin(c Credentials) {
	r.Public(c.Realm, c.User, c.ClientID)
	for _, secret := range []Secret{c.Password, c.ClientSecret, c.Token, c.OTP, c.refresh} {
		r.Hide(secret)
	}
}

// maxIssuedLen is how much a server can have remembered as secrets. A login issues 2 KB; those that come after a thousand of
// them are masked by their form and the names of their fields alone.
const maxIssuedLen = 2 << 20

// hideIssued is [Recorder.Hide] for what a server issued, of which it may send more than can be remembered.
func (r *Recorder) hideIssued(secrets ...Secret) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range secrets {
		value := s.Reveal()
		if r.issued[value] || len(value) > maxToken || r.issuedLen+len(value) > maxIssuedLen {
			continue
		}
		if r.issued == nil {
			r.issued = map[string]bool{}
		}
		r.issued[value] = true
		r.issuedLen += len(value)
		r.masks.add(value)
	}
}

// Quote is [Recorder.Mask] for words of others, of which at most so many characters are kept.
func (r *Recorder) Quote(text string, most int) string {
	r.mu.Lock()
	text, cut := r.masks.body(text)
	r.mu.Unlock()
	if runes := []rune(text); len(runes) > most {
		text, cut = string(runes[:most]), true
	}
	if cut {
		text += "…"
	}
	return text
}

// Mask returns text with secrets masked, by the same rules as in exchanges: for errors and messages of other origin.
func (r *Recorder) Mask(text string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.masks.text(text)
}

// Exchanges returns a copy of what was recorded.
func (r *Recorder) Exchanges() []Exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Exchange(nil), r.exchanges...)
}

// Copy returns a recorder with the exchanges and secrets of now, that nobody listens to.
func (r *Recorder) Copy() *Recorder {
	r.mu.Lock()
	defer r.mu.Unlock()
	return &Recorder{last: r.last, exchanges: append([]Exchange(nil), r.exchanges...), weight: r.weight, masks: r.masks.copy(), issued: maps.Clone(r.issued), issuedLen: r.issuedLen}
}

// masked is e as it would be recorded, without recording it.
func (r *Recorder) masked(e Exchange) Exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.masks.exchange(&e)
	return e
}

func (r *Recorder) record(e Exchange) Exchange {
	r.mu.Lock()
	r.last++
	e.ID = r.last
	r.masks.exchange(&e)
	r.exchanges = append(r.exchanges, e)
	r.weight += e.weight()
	drop := 0
	for last := len(r.exchanges) - 1; drop < last && (len(r.exchanges)-drop > maxExchanges || r.weight > maxRecorded); drop++ {
		r.weight -= r.exchanges[drop].weight()
	}
	if drop > 0 {
		r.exchanges = append(r.exchanges[:0:0], r.exchanges[drop:]...)
	}
	listen := r.listen
	r.mu.Unlock()
	if listen != nil {
		listen(e)
	}
	return e
}

// weight is about how many bytes of memory an exchange takes.
func (e *Exchange) weight() int {
	n := len(e.URL) + len(e.RequestBody) + len(e.ResponseBody) + len(e.Err) + e.Bearer.weight() + e.Issued.weight()
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

type stepKey struct{}

// WithStep marks the exchanges made under the returned context as part of a step.
func WithStep(ctx context.Context, step string) context.Context {
	return context.WithValue(ctx, stepKey{}, step)
}

func stepOf(ctx context.Context) string {
	step, _ := ctx.Value(stepKey{}).(string)
	return step
}

type quietKey struct{}

// Quietly has the exchanges made under the returned context neither recorded nor told to listeners: for looking again
// and again whether anything has changed, which would fill the record.
func Quietly(ctx context.Context) context.Context { return context.WithValue(ctx, quietKey{}, true) }

func isQuiet(ctx context.Context) bool { return ctx.Value(quietKey{}) != nil }
