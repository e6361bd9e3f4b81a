// Package front is what `fix403 practice` has before its server: a page for those who open its address, and a look at each request.
package front

import (
	"bytes"
	"html"
	"net/http"
	"strings"
	"sync"

	"fix403/flows/gate"
	"fix403/keycloak/foreign"
	"fix403/keycloak/practice"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// Seen is a request that was answered. Its query is left out: it may hold secrets.
type Seen struct {
	Method, Path, Client string // the client of its token; "" without one
	Status               int
	Stop                 gate.Refusal
	LeftOut              string // what of an imported realm was not kept
}

// Handler serves what h serves, says each request, one at a time, and has a page for those who open the server's address in a browser,
// or by curl: version is what it answers as.
func Handler(h http.Handler, basePath, version string, say func(Seen)) http.Handler {
	var mu sync.Mutex
	base := strings.TrimRight(basePath, "/")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := &answered{ResponseWriter: w, status: http.StatusOK}
		if lands(r, base) {
			land(a, r, base, version)
		} else {
			h.ServeHTTP(a, r)
		}
		mu.Lock()
		defer mu.Unlock()
		say(a.seen(r))
	})
}

// answered is an answer with what is needed of it to name the gate.
type answered struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

// WriteHeader keeps the status.
func (a *answered) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

// Write keeps the beginning of a refusal.
func (a *answered) Write(b []byte) (int, error) {
	const most = 4 << 10
	if a.status >= http.StatusBadRequest && a.body.Len() < most {
		a.body.Write(b[:min(len(b), most)])
	}
	return a.ResponseWriter.Write(b)
}

// Unwrap returns the writer, for what resets a connection.
func (a *answered) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a *answered) seen(r *http.Request) Seen {
	bearer, _ := token.Decode(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	s := Seen{Method: r.Method, Path: r.URL.Path, Status: a.status, LeftOut: a.Header().Get(practice.LeftHeader)}
	if bearer != nil {
		s.Client = bearer.AuthorizedParty
	}
	s.Stop = gate.Classify(wire.Exchange{URL: "http://" + r.Host + r.URL.Path, Bearer: bearer, Status: a.status, ResponseBody: a.body.String()})
	return s
}

// lands reports whether a request is one for a page: the address alone, or an Admin Console, which this server has not.
func lands(r *http.Request, base string) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	path := strings.TrimRight(r.URL.Path, "/")
	parts := strings.Split(strings.TrimPrefix(path, base), "/")
	return path == "" || path == base || len(parts) == 4 && parts[1] == "admin" && parts[3] == "console"
}

const landing = `This is the practice server of fix403. It answers as Keycloak %VERSION%, keeps everything in memory, and has no Admin Console.
The admin's login stands where it was started.

  export FIX403_ADMIN_PASSWORD=...        the password that stands there
  fix403 run --url %URL%       the whole story, from 403 to 200
  fix403 lab --all --url %URL% break each gate

Without fix403, a token for the admin API:
  curl %URL%/realms/master/protocol/openid-connect/token \
    -d grant_type=password -d client_id=admin-cli -d username=admin --data-urlencode password@-
`

// land answers with what the server is, and how to start.
func land(w http.ResponseWriter, r *http.Request, base, version string) {
	text := strings.NewReplacer("%VERSION%", version, "%URL%", "http://"+foreign.Line(r.Host)+base).Replace(landing)
	kind := "text/plain"
	if strings.Contains(r.Header.Get("Accept"), "text/html") {
		kind = "text/html"
		text = "<!doctype html><meta name=viewport content=\"width=device-width\"><title>fix403 practice</title><h1>fix403 practice</h1><pre style=\"white-space:pre-wrap\">" + html.EscapeString(text) + "</pre>\n"
	}
	w.Header().Set("Content-Type", kind+"; charset=utf-8")
	_, _ = w.Write([]byte(text)) // #nosec G705 -- plain text, or escaped
}
