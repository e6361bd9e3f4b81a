package practice

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
)

// call is one request on its way through the server.
type call struct {
	s      *Server
	w      http.ResponseWriter
	r      *http.Request
	now    time.Time
	skewed bool // now is not the wall clock's, so the Date header must say so

	params map[string]string
	query  url.Values
	body   []byte
	costs  *realm // whose room it takes
	cost   int64  // in bytes, at most
	held   int64  // of the traffic

	// Set by the locators.
	realm    *realm
	auth     *admin // the admin API's caller
	scheme   string // of the Authorization header, where it has a token
	boundTo  string // thumbprint of the key that the issued tokens are bound to
	claims   claims // of the account API's caller
	user     *user
	client   *client
	group    *group
	role     *role
	scope    *clientScope
	provider *identityProvider
	event    *loginEvent
	// quiet marks a success that changed nothing, and so is no admin event.
	quiet bool
	org   *organization

	// The answer.
	status  int
	payload any // marshalled as JSON; nil is an empty body
	raw     []byte
	ctype   string
	// uncached marks the few reads without Cache-Control: no-cache.
	uncached bool
}

func newCall(s *Server, w http.ResponseWriter, r *http.Request) *call {
	now, skewed := s.clock()
	return &call{s: s, w: w, r: r, now: now, skewed: skewed, params: map[string]string{}}
}

func (c *call) behavior() *behavior { return c.s.behavior }

//go:noinline // it would be 10 kB of the program
func (c *call) param(name string) string { return c.params["{"+name+"}"] }

// baseURL is how the caller reached this server; Keycloak without a fixed
// hostname puts it into issuers and Location headers.
func (c *call) baseURL() string {
	scheme := "http"
	if c.r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + c.r.Host + c.s.opt.BasePath
}

func (c *call) issuer(r *realm) string { return c.baseURL() + "/realms/" + url.PathEscape(r.name) }

// serve runs the request and writes the answer.
func (c *call) serve() {
	err := c.route()
	defer func() { c.s.traffic.used.Add(-c.held) }()
	var f *failure
	switch {
	case err == nil:
		c.write()
	case errors.As(err, &f):
		c.writeFailure(f)
	default:
		c.writeFailure(c.errInternal())
	}
}

// route reads the body, finds the root resource and runs it under the lock. A
// defect of this server is an internal error, never the end of the program;
// the count is what tests look at.
func (c *call) route() (err error) {
	defer func() {
		if recover() != nil {
			c.s.panics.Add(1)
			err = c.errInternal()
		}
	}()
	segs, err := c.segments()
	if err != nil {
		return err
	}
	c.query, err = url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return errStatus(http.StatusBadRequest)
	}
	b, err := c.readBody()
	if err != nil {
		return err
	}
	if int64(len(b)) > c.s.opt.MaxBody {
		return errOAuth(http.StatusRequestEntityTooLarge, "practice_limit",
			"The practice Keycloak takes request bodies up to "+strconv.FormatInt(c.s.opt.MaxBody, 10)+" bytes.")
	}
	c.body = b
	c.s.prepareKeys(segs)

	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if err := c.makeRoom(segs); err != nil {
		return err
	}
	defer c.spent()
	if err := c.root(segs); err != nil {
		return err
	}
	c.recordAdmin(segs)
	return c.marshal()
}

// marshal turns the answer into bytes while the lock still holds what it shows.
func (c *call) marshal() error {
	if c.raw != nil || c.payload == nil {
		return nil
	}
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(c.payload); err != nil {
		return c.errInternal()
	}
	if !c.hold(int64(buf.Cap())) {
		return errBusy
	}
	c.raw = bytes.TrimRight(buf.Bytes(), "\n")
	return nil
}

// segments splits the path below the base path. A trailing slash counts as none.
func (c *call) segments() ([]string, error) {
	if !validURI(c.r.RequestURI) {
		return nil, &failure{status: http.StatusBadRequest}
	}
	path := c.r.URL.EscapedPath()
	if strings.Contains(path, ";") {
		if c.behavior().strictPath {
			f := errOAuth(http.StatusBadRequest, "invalidCharacter", "Request path contains invalid character ';'")
			f.ctype = jsonCharset
			return nil, f
		}
		path = withoutMatrixParameters(path)
	}
	rest, ok := strings.CutPrefix(path, c.s.opt.BasePath)
	if !ok || (rest != "" && rest[0] != '/') {
		return nil, errNoResource()
	}
	parts := strings.Split(strings.Trim(rest, "/"), "/")
	// A double slash, or a dot segment, is not normal; 26.7.3 refuses it, earlier versions repair it.
	crooked := strings.Contains(rest, "//")
	out := make([]string, 0, len(parts))
	for _, p := range parts {
		u, err := url.PathUnescape(p)
		if err != nil {
			return nil, errStatus(http.StatusBadRequest)
		}
		switch u {
		case "":
			continue
		case ".":
			crooked = true
			continue
		case "..":
			crooked = true
			if len(out) > 0 {
				out = out[:len(out)-1]
			}
			continue
		}
		out = append(out, u)
	}
	if crooked && c.behavior().strictPath {
		f := errOAuth(http.StatusBadRequest, "missingNormalization", "Request path not normalized")
		f.ctype = jsonCharset
		return nil, f
	}
	return out, nil
}

// validURI: Keycloak's HTTP server answers 400 without a body to what RFC 3986 does not allow raw.
func validURI(uri string) bool {
	for i := 0; i < len(uri); i++ {
		ch := uri[i]
		if ch <= ' ' || ch >= 0x7f || strings.IndexByte("\"<>\\^`{|}", ch) >= 0 {
			return false
		}
		if ch == '%' && (i+2 >= len(uri) || !isHex(uri[i+1]) || !isHex(uri[i+2])) {
			return false
		}
	}
	return true
}

func isHex(ch byte) bool {
	return '0' <= ch && ch <= '9' || 'a' <= ch && ch <= 'f' || 'A' <= ch && ch <= 'F'
}

func withoutMatrixParameters(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		parts[i], _, _ = strings.Cut(p, ";")
	}
	return strings.Join(parts, "/")
}

const (
	jsonPlain   = "application/json"
	textPlain   = "text/plain"
	jsonCharset = "application/json;charset=UTF-8"
)

// ok answers with JSON.
//
//go:noinline // it would be 12 kB of the program
func (c *call) ok(v any) error {
	c.status, c.payload, c.ctype = http.StatusOK, v, jsonCharset
	return nil
}

// okPlain answers with JSON as the protocol endpoints label it.
func (c *call) okPlain(v any) error {
	c.status, c.payload, c.ctype = http.StatusOK, v, jsonPlain
	return nil
}

// noCache is for the writes that Keycloak marks as not to be cached.
func (c *call) noCache() { c.w.Header().Set("Cache-Control", "no-cache") }

func (c *call) noContent() error {
	c.status = http.StatusNoContent
	return nil
}

// adminURL is the address of the realm in the admin API.
func (c *call) adminURL() string {
	return c.baseURL() + "/admin/realms/" + url.PathEscape(c.realm.name)
}

// created answers 201 with the Location of the new resource below the request's path.
func (c *call) created(id string) error {
	c.status = http.StatusCreated
	loc := c.baseURL() + strings.TrimRight(strings.TrimPrefix(c.r.URL.EscapedPath(), c.s.opt.BasePath), "/")
	if id != "" {
		loc += "/" + url.PathEscape(id)
	}
	c.w.Header().Set("Location", loc)
	return nil
}

func (c *call) write() {
	h := c.w.Header()
	c.securityHeaders(h)
	b := c.raw
	if b != nil {
		if c.ctype != "" {
			h.Set("Content-Type", c.ctype)
		}
		// Whether the caller accepts the answer is found out only when it is
		// written: a caller without the role learns of the 403 first.
		if strings.HasPrefix(c.ctype, jsonPlain) && !accepts(c.r, jsonPlain) || strings.HasPrefix(c.ctype, textPlain) && !accepts(c.r, textPlain) {
			h.Del("Content-Type")
			c.writeFailure(errStatus(http.StatusNotAcceptable))
			return
		}
		if (c.r.Method == http.MethodGet || c.r.Method == http.MethodHead) && !c.uncached && h.Get("Cache-Control") == "" {
			h.Set("Cache-Control", "no-cache")
		}
	}
	c.send(c.status, b)
}

func (c *call) send(status int, b []byte) {
	h := c.w.Header()
	if status != http.StatusNoContent {
		h.Set("Content-Length", strconv.Itoa(len(b)))
	}
	if len(b) == 0 && h.Get("Content-Type") == "" {
		h["Content-Type"] = nil // net/http must not guess one
	}
	c.w.WriteHeader(status)
	if c.r.Method != http.MethodHead && len(b) > 0 {
		_, _ = c.w.Write(b) // #nosec G705 -- JSON, or a page that is its own
	}
}

func (c *call) writeFailure(f *failure) {
	h := c.w.Header()
	c.securityHeaders(h)
	for k, v := range f.header {
		h[k] = v
	}
	if f.body == nil {
		if f.ctype != "" {
			h.Set("Content-Type", f.ctype)
		}
		c.send(f.status, nil)
		return
	}
	if f.thrown && wantsHTML(c.r) {
		h.Set("Content-Type", "text/html;charset=utf-8")
		c.send(f.status, []byte("<!DOCTYPE html>\n<html>\n<head><title>"+c.behavior().htmlTitle+"</title></head>\n<body><h1>We are sorry...</h1></body>\n</html>\n"))
		return
	}
	body := f.body
	if f.thrown && c.behavior().debugDescription && body["error_description"] == nil {
		body = map[string]any{"error": body["error"], "error_description": debugLogSentence}
	}
	b, err := json.Marshal(body)
	if err != nil {
		b = []byte(`{"error":"unknown_error"}`)
	}
	ct := f.ctype
	if ct == "" {
		ct = jsonPlain
	}
	h.Set("Content-Type", ct)
	c.send(f.status, b)
}

// securityHeaders are the browser headers of Keycloak's answers (builtins/security-headers).
func (c *call) securityHeaders(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
	if c.behavior().xssHeader {
		h.Set("X-XSS-Protection", "1; mode=block")
	}
	if !strings.Contains(c.r.URL.Path, "/protocol/") {
		h.Set("X-Frame-Options", "SAMEORIGIN")
	}
	if c.skewed {
		h.Set("Date", c.now.UTC().Format(http.TimeFormat))
	}
}

func accepts(r *http.Request, kind string) bool {
	hs := r.Header.Values("Accept")
	if len(hs) == 0 {
		return true
	}
	for _, h := range hs {
		for part := range strings.SplitSeq(h, ",") {
			t, _, _ := strings.Cut(strings.TrimSpace(part), ";")
			switch strings.ToLower(strings.TrimSpace(t)) {
			case "", "*/*", kind, path.Dir(kind) + "/*":
				return true
			}
		}
	}
	return false
}

// intParam reads a whole number of the query; anything else is 404, before any other check.
func (c *call) intParam(name string, def int) (int, error) {
	v, ok := c.query[name]
	if !ok || v[0] == "" {
		return def, nil
	}
	n, err := strconv.Atoi(v[0])
	if err != nil {
		return 0, errNotFound()
	}
	return n, nil
}

func (c *call) boolParam(name string) bool { return c.boolParamOr(name, false) }

// boolParamOr reads a parameter as Java's Boolean.valueOf does: whatever is not "true" in any case is false, as is Python's False.
func (c *call) boolParamOr(name string, absent bool) bool {
	v, ok := c.query[name]
	if !ok {
		return absent
	}
	return strings.EqualFold(v[0], "true")
}

// named reports whether a name is searched for: by a part of it in any case, or, with exact, as it is.
func (c *call) named(name string) bool {
	search := strings.TrimSpace(c.query.Get("search"))
	if c.boolParam("exact") && search != "" {
		return name == search
	}
	return containsFold(name, search)
}

// pageParams reads which part of a list is asked for, in the order in which a bad one is found.
func (c *call) pageParams(first, limit int) (int, int, error) {
	first, err := c.intParam("first", first)
	if err != nil {
		return 0, 0, err
	}
	limit, err = c.intParam("max", limit)
	return first, limit, err
}

// page cuts a list by first and max.
func page[T any](l []T, first, limit int) []T {
	if first < 0 {
		first = 0
	}
	if first >= len(l) {
		return []T{}
	}
	l = l[first:]
	if limit >= 0 && limit < len(l) {
		l = l[:limit]
	}
	return l
}
