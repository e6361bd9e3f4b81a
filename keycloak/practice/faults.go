package practice

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"
)

// errConnectionReset is what the in-process transport returns for [Faults.Reset].
var errConnectionReset = errors.New("practice: connection reset by the fault on demand")

// Faults on demand: what goes wrong between a client and a healthy Keycloak.
// The zero value is no fault.
type Faults struct {
	// Paths limits the faults to requests whose path contains one of these; empty is all.
	Paths []string
	// Times is how many requests are hit before the fault is spent; 0 is without end.
	Times int

	// Latency is waited before anything else; a request whose context ends meanwhile gets no answer.
	Latency time.Duration
	// Reset breaks the connection instead of answering.
	Reset bool
	// Status answers with this status (500, 502, 503) and a gateway's body instead of Keycloak's.
	Status int
	// ProxyForbidden answers 403 with the HTML of a pretended proxy.
	ProxyForbidden bool
	// HTTPSRequired answers 403 {"error":"invalid_request","error_description":"HTTPS required"}.
	HTTPSRequired bool
	// RedirectToHTTPS answers 302 to the same address under https.
	RedirectToHTTPS bool
	// ClockSkew shifts the server's clock: token times and the Date header.
	ClockSkew time.Duration
}

func (f Faults) active() bool {
	return f.Latency != 0 || f.Reset || f.Status != 0 || f.ProxyForbidden || f.HTTPSRequired || f.RedirectToHTTPS || f.ClockSkew != 0
}

// SetFaults replaces the faults in force; the zero value ends them.
func (s *Server) SetFaults(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = f
}

// take returns the faults that hit this request and counts them.
func (s *Server) takeFaults(path string) (Faults, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.faults
	if !f.active() {
		return f, false
	}
	if len(f.Paths) > 0 {
		hit := false
		for _, p := range f.Paths {
			hit = hit || strings.Contains(path, p)
		}
		if !hit {
			return Faults{}, false
		}
	}
	if f.Times > 0 {
		s.faults.Times--
		if s.faults.Times == 0 {
			s.faults = Faults{ClockSkew: f.ClockSkew}
		}
	}
	return f, true
}

// serveFault answers in Keycloak's place where a fault says so.
func (s *Server) serveFault(w http.ResponseWriter, r *http.Request) bool {
	f, ok := s.takeFaults(r.URL.Path)
	if !ok {
		return false
	}
	if f.Latency > 0 && !wait(r.Context(), f.Latency) {
		panic(http.ErrAbortHandler) // the caller is gone
	}
	h := w.Header()
	switch {
	case f.Reset:
		panic(http.ErrAbortHandler)
	case f.RedirectToHTTPS:
		h.Set("Location", "https://"+r.Host+r.URL.RequestURI())
		w.WriteHeader(http.StatusFound)
	case f.HTTPSRequired:
		h.Set("Content-Type", jsonPlain)
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"error":"invalid_request","error_description":"HTTPS required"}`))
	case f.ProxyForbidden:
		h.Set("Content-Type", "text/html")
		h.Set("Server", "practice-proxy")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte("<html>\n<head><title>403 Forbidden</title></head>\n<body>\n<center><h1>403 Forbidden</h1></center>\n<hr><center>practice-proxy</center>\n</body>\n</html>\n"))
	case f.Status != 0:
		h.Set("Content-Type", "text/html")
		h.Set("Server", "practice-proxy")
		w.WriteHeader(f.Status)
		_, _ = w.Write([]byte("<html><head><title>" + http.StatusText(f.Status) + "</title></head><body><h1>" + http.StatusText(f.Status) + "</h1></body></html>\n"))
	default:
		return false
	}
	return true
}

// wait sleeps, and reports false when ctx ended first.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
