// Package watch looks at the calls that a program makes of a Keycloak, on their way through a proxy that changes nothing in them: who makes
// them, where one is stopped and why, and in the end the smallest roles for what each client did. It makes no call of its own. Of a request
// and its answer it keeps what a count of them needs: no token, no body, no value of a query.
package watch

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Proxy passes requests on to a server, and tells a [Watcher] of them.
type Proxy struct {
	target  *url.URL
	base    string // path of the server
	watcher *Watcher
	reverse *httputil.ReverseProxy
}

// NewProxy returns a proxy before the server at an address; next sends its requests.
func NewProxy(target *url.URL, next http.RoundTripper, w *Watcher) *Proxy {
	p := &Proxy{target: target, base: strings.TrimRight(target.Path, "/"), watcher: w}
	if t, ok := next.(*http.Transport); ok { // nothing is asked for that the program did not ask for, and connections are kept
		t.DisableCompression, t.MaxIdleConns, t.MaxIdleConnsPerHost = true, 0, maxIdle
		t.ExpectContinueTimeout = forContinue
	}
	p.reverse = &httputil.ReverseProxy{
		Rewrite: p.rewrite, Transport: looking{next}, FlushInterval: -1, BufferPool: buffers,
		ErrorLog: log.New(io.Discard, "", 0), ErrorHandler: unreachable,
	}
	return p
}

const (
	maxIdle     = 256             // connections to the server are kept open
	forContinue = 3 * time.Second // a server may take to ask for a body, where the program waits for that
)

// ServeHTTP passes a request on.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	seen := &exchange{at: time.Now(), method: r.Method, path: pathOf(r), query: r.URL.RawQuery}
	seen.scheme, seen.credentials, _ = strings.Cut(r.Header.Get("Authorization"), " ")
	defer func() { p.watcher.look(strings.TrimPrefix(seen.path, p.base), seen) }() // also where the connection breaks, which is a panic
	p.reverse.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), seenKey{}, seen)))
}

type seenKey struct{}

// exchange is a request and what is needed of its answer, while it is looked at.
type exchange struct {
	at                  time.Time
	method, path, query string
	scheme, credentials string // of the header Authorization
	status              int    // 0 where no answer came
	encoded             bool   // the body is compressed
	head                []byte // how the body begins
	longer              bool
}

// pathOf returns the path as it was written, without the query.
func pathOf(r *http.Request) string {
	if !strings.HasPrefix(r.RequestURI, "/") {
		return r.URL.EscapedPath()
	}
	path, _, _ := strings.Cut(r.RequestURI, "?")
	return path
}

// rewrite addresses a request to the server, and undoes what a ReverseProxy does to it beside that. Its Host is the server's: Keycloak
// makes of it, where no hostname is set, the issuer of tokens and the links in its answers, which are then those of the server itself.
func (p *Proxy) rewrite(r *httputil.ProxyRequest) {
	out := r.Out
	out.URL.Scheme, out.URL.Host, out.Host = p.target.Scheme, p.target.Host, p.target.Host
	out.URL.RawQuery, out.URL.ForceQuery = r.In.URL.RawQuery, r.In.URL.ForceQuery
	if path := pathOf(r.In); path != out.URL.EscapedPath() && !strings.HasPrefix(path, "//") {
		out.URL.Opaque = path // as it is written
	}
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"} {
		if values, ok := r.In.Header[name]; ok {
			out.Header[name] = values
		}
	}
}

// unreachable answers in the place of a server that did not.
func unreachable(w http.ResponseWriter, _ *http.Request, err error) {
	if errors.Is(err, context.Canceled) { // the program hung up
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusBadGateway)
	_, _ = io.WriteString(w, "fix403 watch: no response came from the server.\n")
}

// looking looks at how an answer begins while it passes.
type looking struct{ next http.RoundTripper }

// RoundTrip implements [http.RoundTripper].
func (l looking) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := l.next.RoundTrip(r)
	seen, ok := r.Context().Value(seenKey{}).(*exchange)
	if err != nil || !ok {
		return res, err
	}
	seen.status, seen.encoded = res.StatusCode, res.Header.Get("Content-Encoding") != ""
	most := 0
	switch {
	case seen.encoded || res.StatusCode == http.StatusSwitchingProtocols:
	case res.StatusCode >= http.StatusBadRequest:
		most = longestError
	case res.StatusCode == http.StatusOK && r.Method == http.MethodGet:
		most = longestEmpty
	}
	if most > 0 {
		res.Body = &beginning{res.Body, seen, most}
	}
	return res, nil
}

const (
	longestError = 8 << 10
	longestEmpty = 16 // of [] with white space, 0, {"count":0}
)

// beginning keeps the first bytes of what is read.
type beginning struct {
	io.ReadCloser
	seen *exchange
	most int
}

// Read implements [io.Reader].
func (b *beginning) Read(into []byte) (int, error) {
	n, err := b.ReadCloser.Read(into)
	take := min(n, b.most-len(b.seen.head))
	b.seen.head = append(b.seen.head, into[:take]...)
	b.seen.longer = b.seen.longer || take < n
	return n, err
}

// buffers are those through which answers go.
var buffers = &pool{sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }}}

type pool struct{ sync.Pool }

// Get implements [httputil.BufferPool].
func (p *pool) Get() []byte { return *p.Pool.Get().(*[]byte) }

// Put implements [httputil.BufferPool].
func (p *pool) Put(b []byte) { p.Pool.Put(&b) }

// Serve serves the proxy until ctx ends, and then what is under way, for a while.
func (p *Proxy) Serve(ctx context.Context, l net.Listener) error {
	const headers, idle, end = 30 * time.Second, 2 * time.Minute, 2 * time.Second
	srv := &http.Server{Handler: p, ReadHeaderTimeout: headers, IdleTimeout: idle, ErrorLog: log.New(io.Discard, "", 0)}
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), end)
		defer cancel()
		if srv.Shutdown(grace) != nil {
			_ = srv.Close()
		}
	})
	err := srv.Serve(l)
	if !stop() {
		<-stopped
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
