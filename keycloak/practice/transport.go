package practice

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strconv"
)

// Transport calls the handler in the caller's goroutine: no port, no goroutine
// left behind, so it works inside testing/synctest. It honours the request's
// context before and after the call, and during a latency fault. Use it with [Server.URL].
func (s *Server) Transport() http.RoundTripper { return transport{s} }

type transport struct{ s *Server }

func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	body := req.Body
	if body == nil {
		body = http.NoBody
	}
	defer func() { _ = body.Close() }()
	ctx := req.Context()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	r := req.Clone(ctx)
	r.Body = body
	r.RequestURI = req.URL.RequestURI()
	if r.URL.Opaque != "" { // a path as it was written, which may be none
		if r.URL, _ = url.Parse(req.URL.Scheme + "://" + req.URL.Host + req.URL.Opaque); r.URL == nil {
			r.URL = &url.URL{Scheme: req.URL.Scheme, Host: req.URL.Host}
		}
	}
	r.RemoteAddr = "127.0.0.1:0"
	r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.1", 1, 1
	if r.Host == "" {
		r.Host = req.URL.Host
	}
	w := &recorder{header: http.Header{}}
	if reset := w.run(t.s, r); reset != nil {
		return nil, reset
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return w.response(req), nil
}

// recorder collects what the handler writes.
type recorder struct {
	header http.Header
	sent   http.Header
	status int
	body   bytes.Buffer
}

// run turns the abort of the connection reset fault into an error.
func (w *recorder) run(h http.Handler, r *http.Request) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if p != http.ErrAbortHandler { //nolint:errorlint // a panic value, compared as net/http does
				panic(p)
			}
			err = errConnectionReset
		}
	}()
	h.ServeHTTP(w, r)
	return nil
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status, w.sent = status, w.header.Clone()
	}
}

func (w *recorder) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

func (w *recorder) response(req *http.Request) *http.Response {
	w.WriteHeader(http.StatusOK)
	b := w.body.Bytes()
	length := int64(len(b))
	if req.Method == http.MethodHead {
		b = nil
	} else {
		w.sent.Set("Content-Length", strconv.Itoa(len(b)))
	}
	return &http.Response{
		Status: strconv.Itoa(w.status) + " " + http.StatusText(w.status), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: io.NopCloser(bytes.NewReader(b)), ContentLength: length, Request: req,
	}
}
