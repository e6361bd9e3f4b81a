package wire

import (
	"sync"

	"fix403/keycloak/msg"
	"fix403/keycloak/token"
)

// A recorder keeps its last exchanges, at most so many and at most so much of them. A story makes about 25, with 0.3 MB.
const (
	maxExchanges = 2000
	maxRecorded  = 32 << 20
)

// Recorder keeps the exchanges of a run in the order in which they ended, and knows the secrets to mask in them.
// It is safe for concurrent use.
type Recorder struct {
	mu         sync.Mutex
	last       int
	exchanges  []Exchange
	weight     int // of all exchanges
	masks      masks
	issued     map[string]bool // secrets that the server issued
	issuedLen  int             // of all of them
	onExchange func(Exchange)
	onRequest  func(Started)
}

// Started is a request on its way: what is known of an [Exchange] before it ends, masked.
type Started struct {
	Step    string
	Purpose msg.Message
	Method  string
	URL     string
	// Again is why and when the request will be sent again, as in "answered 503: try 2 of 4 in 1s"; empty for one that is sent
	// now.
	Again msg.Message
}

// OnRequest has f called before each request is sent, on the goroutine that sends it, so that a call that hangs can be
// shown. One listener; nil removes it.
func (r *Recorder) OnRequest(f func(Started)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.onRequest = f
}

func (r *Recorder) start(b Started) {
	r.mu.Lock()
	f := r.onRequest
	b.URL, b.Purpose = r.masks.url(b.URL), b.Purpose.Map(r.masks.text)
	r.mu.Unlock()
	if f != nil {
		f(b)
	}
}

// OnExchange has f called after each exchange, on the goroutine that made it. One listener; nil removes it.
func (r *Recorder) OnExchange(f func(Exchange)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.onExchange = f
}

// Hide has s masked by value wherever a later exchange holds it: in a URL, header, body or claim, in the clear and in any
// encoding, see search. A secret of fewer than 8 bytes is masked where it is a word of its own, and not in the path of a URL;
// one that cannot be hidden, by [Secret.Exposure], only by the name of its field.
func (r *Recorder) Hide(s Secret) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.masks.add(s.Reveal())
}

// maxIssuedLen is how much a server can have remembered as secrets. A login issues 2 KB; those that come after a thousand of
// them are masked by their form and the names of their fields alone.
const maxIssuedLen = 2 << 20

// HideIssued hides, as [Recorder.Hide] does, what a server issued, of which it may send more than can be remembered.
func (r *Recorder) HideIssued(secrets ...Secret) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range secrets {
		value := s.Reveal()
		if r.issued[value] || len(value) > token.MaxLen || r.issuedLen+len(value) > maxIssuedLen {
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

// Quote masks, as [Recorder.Mask] does, words of others, of which at most so many characters are kept.
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

// masked returns e as it would be recorded, without recording it.
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
	listen := r.onExchange
	r.mu.Unlock()
	if listen != nil {
		listen(e)
	}
	return e
}
