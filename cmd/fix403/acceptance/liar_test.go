//go:build linux

package acceptance

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// liar is a server that knows every trick: it answers as a practice server does, and now and then, as its seed has it, it
// stalls, lies, floods, or repeats what it was sent, in any place and encoding and with characters that steer a terminal.
type liar struct {
	*httptest.Server
	practice http.Handler
	often    int // of a hundred answers, how many are changed

	mu      sync.Mutex
	rand    *rand.Rand
	secrets map[string]bool // sent or issued, by and to any program
	current map[string]bool // those that the program that calls now has sent, or got
	tokens  map[string]string
	told    []string // what was done, for the report of a failure
}

func newLiar(practice http.Handler, seed uint64, often int, secrets ...string) *liar {
	l := &liar{practice: practice, often: often, rand: rand.New(rand.NewPCG(seed, 2)), secrets: map[string]bool{}, current: map[string]bool{}, tokens: map[string]string{}} // #nosec G404 -- of a test
	for _, s := range secrets {
		l.secrets[s] = true
	}
	l.Server = httptest.NewUnstartedServer(l)
	l.Config.MaxHeaderBytes = 1 << 20
	l.Config.ErrorLog = quiet
	l.Start()
	return l
}

// n is a random number; l.mu is held nowhere else.
func (l *liar) n(n int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rand.IntN(n)
}

func oneOf[T any](l *liar, from ...T) T { return from[l.n(len(from))] }

// learn notes secrets that a program has, or that another one had.
func (l *liar) learn(now bool, secrets ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range secrets {
		if len(s) >= 12 && len(s) <= 64<<10 { // what is longer is no secret of anybody's
			l.secrets[s] = true
			if now {
				l.current[s] = true
			}
		}
	}
}

// next begins with another program, which has some secrets.
func (l *liar) next(secrets ...string) {
	l.mu.Lock()
	l.current = map[string]bool{}
	l.told = nil
	l.mu.Unlock()
	l.learn(true, secrets...)
}

// has are the secrets of the program that called last.
func (l *liar) has() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(maps.Keys(l.current))
}

func (l *liar) known() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(maps.Keys(l.secrets))
}

func (l *liar) note(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.told = append(l.told, what)
}

// steering are characters that act on a terminal, a page or a reader.
var steering = []string{
	"\x1b[2J", "\x1b]52;c;UExBTlRFRA==\x07", "\x1b]8;;http://evil.example\x1b\\", "\x1b]0;owned\x07", "\x1b[?1049h", "\u009b31m", "\u009d0;owned\u009c", "\x7f\x08\x08", "\x00", "\x07",
	"\u202eevil\u202c", "\u2066\u2069", "\u200b", "\u200d", "\u2060", "\u00ad", "\ufeff", "\U000e0041", "\u2028", "\r\nX-Evil: 1\r\n", "\r",
	"<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "</details>", "| a | b |", "```", "%s%n", "\xff\xfe",
}

// written are the ways in which a server may write a secret: what it writes, and what of that is the secret's alone.
func written(secret string) map[string][2]string {
	quoted, _ := json.Marshal(secret)
	hexed := hex.EncodeToString([]byte(secret))
	var escaped strings.Builder
	for _, r := range secret {
		fmt.Fprintf(&escaped, `\u%04x`, r) // none of ours is beyond the first plane
	}
	forms := map[string][2]string{}
	for how, text := range map[string]string{
		"as it is": secret, "URL": url.QueryEscape(secret), "path": url.PathEscape(secret), "JSON": strings.Trim(string(quoted), `"`), `\u`: escaped.String(), "HTML": html.EscapeString(secret), "hex": hexed, "HEX": strings.ToUpper(hexed),
	} {
		forms[how] = [2]string{text, text}
	}
	for how, e := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
		for before := range 3 { // letters that are encoded with it
			text := e.EncodeToString([]byte("xyz"[:before] + secret))
			forms[fmt.Sprint(how, " from ", before)] = [2]string{text, text[(before*4+2)/3 : len(text)-1]}
		}
	}
	return forms
}

// dirt is a text that a server may put anywhere.
func (l *liar) dirt() string {
	var b strings.Builder
	for range 1 + l.n(4) {
		b.WriteString(oneOf(l, steering...))
		known := l.known()
		if secret := known[l.n(len(known))]; l.n(3) > 0 {
			forms := written(secret)
			names := make([]string, 0, len(forms))
			for name := range forms {
				names = append(names, name)
			}
			slices.Sort(names)
			b.WriteString(forms[names[l.n(len(names))]][0])
		}
	}
	return b.String()
}

func (l *liar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 4<<20))
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, _ := url.ParseQuery(string(body))
	_, bearer, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	l.learn(true, form.Get("password"), form.Get("client_secret"), form.Get("refresh_token"), bearer)
	l.mu.Lock()
	if token := l.tokens[bearer]; token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	l.mu.Unlock()
	rec := httptest.NewRecorder()
	l.practice.ServeHTTP(rec, r)
	out := l.ofToken(rec.Body.String())
	sent := &listening{ResponseWriter: w}
	w = sent
	defer func() {
		for _, field := range issuedIn.FindAllStringSubmatch(sent.text.String(), -1) {
			l.learn(true, field[2])
		}
	}()
	for name, values := range rec.Header() {
		w.Header()[name] = values
	}
	if l.n(100) >= l.often {
		w.WriteHeader(rec.Code)
		_, _ = io.WriteString(w, out)
		return
	}
	lies := []func(http.ResponseWriter, *http.Request, int, string){l.stalls, l.floods, l.repeats, l.repeats, l.repeats, l.misleads}
	lies[l.n(len(lies))](w, r, rec.Code, out)
}

// listening keeps the beginning of what is written.
type listening struct {
	http.ResponseWriter
	text strings.Builder
}

func (w *listening) Write(b []byte) (int, error) {
	if w.text.Len() < 1<<20 {
		w.text.Write(b)
	}
	return w.ResponseWriter.Write(b)
}

func (w *listening) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *listening) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

var issuedIn = regexp.MustCompile(`"(access_token|refresh_token|id_token|secret)":"([^"]{12,})"`)

// ofToken learns what an answer issues, and has some access tokens say other things than they did.
func (l *liar) ofToken(out string) string {
	return issuedIn.ReplaceAllStringFunc(out, func(field string) string {
		found := issuedIn.FindStringSubmatch(field)
		l.learn(false, found[2])
		parts := strings.Split(found[2], ".")
		if found[1] != "access_token" || len(parts) != 3 || l.n(100) >= 2*l.often {
			return field
		}
		claims := claimsOf(found[2])
		for _, name := range []string{"preferred_username", "azp", "iss", "scope", "acr", oneOf(l, "evil", l.dirt())} {
			if l.n(3) == 0 {
				claims[name] = fmt.Sprint(claims[name], l.dirt())
			}
		}
		if l.n(3) == 0 {
			claims["resource_access"] = map[string]any{"realm-management": map[string]any{"roles": []string{"view-users", l.dirt(), l.dirt()}}, l.dirt(): map[string]any{"roles": []string{l.dirt()}}}
		}
		if l.n(4) == 0 {
			claims["realm_access"] = oneOf[any](l, nil, 5, map[string]any{"roles": []any{l.dirt(), nil, 5}})
		}
		token := parts[0] + "." + b64(claims) + "." + parts[2]
		l.learn(false, token)
		l.mu.Lock()
		l.tokens[token] = found[2]
		l.mu.Unlock()
		return `"access_token":"` + token + `"`
	})
}

// raw answers by bytes of its own, and goes on until nobody is left at the other side.
func (l *liar) raw(w http.ResponseWriter, start, more string) {
	c, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, start); err != nil {
		return
	}
	if more == "" {
		_, _ = io.Copy(io.Discard, c)
		return
	}
	for {
		if _, err := io.WriteString(c, more); err != nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// stalls never ends its answer.
func (l *liar) stalls(w http.ResponseWriter, r *http.Request, _ int, _ string) {
	l.note("stalls at " + r.URL.Path)
	const ok = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
	switch l.n(9) {
	case 0:
		l.raw(w, "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n", "")
	case 1:
		l.raw(w, "", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
	case 2:
		l.raw(w, ok+"X: ", "x")
	case 3:
		l.raw(w, ok+"Content-Length: 100000\r\n\r\n", "1")
	case 4:
		l.raw(w, ok+"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", "X: y\r\n")
	case 5:
		l.raw(w, ok+"Connection: upgrade\r\nUpgrade: websocket\r\n\r\n", "")
	case 6:
		l.raw(w, ok+"Transfer-Encoding: chunked\r\n\r\n", "0")
	case 7:
		l.raw(w, "", "HTTP/1.1 100 Continue\r\n\r\n")
	default:
		l.raw(w, "", "")
	}
}

// floods sends more than anybody can take.
func (l *liar) floods(w http.ResponseWriter, r *http.Request, status int, out string) {
	l.note("floods at " + r.URL.Path)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Del("Content-Length")
	switch l.n(8) {
	case 0:
		out = oneOf(l, heavy["nulls"], heavy["empty lists"], heavy["empty objects"], heavy["deep"], heavy["deep objects"], heavy["bearable values"], heavy["just bearable"])()
	case 1:
		w.Header().Set("Content-Encoding", oneOf(l, "gzip", "gzip, gzip", "deflate"))
		out = string(bomb())
	case 2:
		w.Header().Set("X-Flood", strings.Repeat("x", 900<<10))
	case 3:
		for i := range 10_000 {
			w.Header()[fmt.Sprint("X", i)] = []string{""}
		}
	case 4:
		if strings.HasPrefix(out, "{") {
			out = `{"padding":` + heavy["bearable texts"]() + "," + out[1:]
		}
	case 5:
		w.WriteHeader(status)
		endless(w, `{"access_token":"`)
		return
	case 6:
		if strings.HasPrefix(out, "[{") {
			out = "[" + out[1:len(out)-1] + elements() + "]"
		}
	default:
		out = heavy["large secrets"]()
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, out)
}

// repeats puts what it knows into a place of its answer.
func (l *liar) repeats(w http.ResponseWriter, r *http.Request, status int, out string) {
	where := oneOf(l, "error", "description", "message", "page", "text", "reason", "location", "header", "cookie", "fields", "values", "names", "challenge")
	l.note("repeats in " + where + " at " + r.URL.Path)
	w.Header().Del("Content-Length")
	refused := oneOf(l, 400, 401, 403, 404, 409, 429, 500, 503)
	asJSON := func(v any) string { return string(mustMarshal(v)) }
	switch where {
	case "error":
		status, out = refused, asJSON(map[string]string{"error": l.dirt(), "error_description": l.dirt()})
	case "description":
		status, out = refused, asJSON(map[string]string{"error": oneOf(l, "HTTP 403 Forbidden", "unknown_error", "invalid_grant"), "error_description": strings.Repeat("x", oneOf(l, 0, 1900, 1990)) + l.dirt()})
	case "message":
		status, out = refused, asJSON(map[string]string{"errorMessage": l.dirt()})
	case "page":
		w.Header().Set("Content-Type", "text/html")
		status, out = refused, "<html><title>"+l.dirt()+"</title>"+l.dirt()
	case "text":
		w.Header().Set("Content-Type", "text/plain; charset="+oneOf(l, "utf-8", "utf-16", "x-evil"))
		status, out = refused, l.dirt()
	case "reason":
		line := strings.NewReplacer("\r", " ", "\n", " ").Replace(l.dirt())
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = fmt.Fprintf(c, "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", oneOf(l, status, refused), line, len(out), out)
		_ = c.Close()
		return
	case "location":
		w.Header().Set("Location", oneOf(l, "https://elsewhere.example/?x=", r.URL.Path+"/", "")+url.QueryEscape(l.dirt())+l.dirt())
		status = oneOf(l, 201, 301, 302, 307)
	case "header":
		for _, name := range []string{"X-Debug", "Server", "Date", "Content-Type", "WWW-Authenticate", "Retry-After", "Via"} {
			if l.n(3) == 0 {
				w.Header().Set(name, l.dirt())
			}
		}
	case "cookie":
		w.Header().Add("Set-Cookie", "X="+l.dirt())
	case "challenge":
		w.Header().Set("WWW-Authenticate", `Bearer error="`+l.dirt()+`"`)
		status, out = http.StatusUnauthorized, asJSON(map[string]string{"error": "HTTP 401 Unauthorized"})
	case "fields":
		if strings.HasPrefix(out, "{") && len(out) > 2 {
			out = `{` + asJSON(l.dirt()) + `:` + asJSON(l.dirt()) + `,` + out[1:]
		}
	case "names", "values":
		out = textIn.ReplaceAllStringFunc(out, func(field string) string {
			if l.n(4) > 0 {
				return field
			}
			name, value, _ := strings.Cut(field, ":")
			return name + ":" + strings.TrimSuffix(value, `"`) + strings.Trim(asJSON(l.dirt()), `"`) + `"`
		})
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, out)
}

// textIn finds the texts in an answer that people read.
var textIn = regexp.MustCompile(`"(?:name|username|clientId|version|realm|id|description|email|issuer|displayName)":"[^"\\]*"`)

// misleads answers in another form than was asked for.
func (l *liar) misleads(w http.ResponseWriter, r *http.Request, status int, out string) {
	l.note("misleads at " + r.URL.Path)
	w.Header().Del("Content-Length")
	switch l.n(10) {
	case 9: // and more than was asked for
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = fmt.Fprintf(c, "HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s%s%s", status, len(out), out, oneOf(l, "", "HTTP/1.1 200 OK\r\n"), l.dirt())
		_, _ = io.Copy(io.Discard, c)
		_ = c.Close()
		return
	case 0:
		panic(http.ErrAbortHandler)
	case 1:
		out = oneOf(l, "null", "[]", "{}", "[null]", "5", `"x"`, "", "{", "[[],[1]]", `[{"id":5,"name":[],"clientId":{},"enabled":"x","username":7}]`)
	case 2:
		status = oneOf(l, 200, 201, 202, 204, 206, 300, 304, 400, 401, 403, 404, 405, 407, 409, 418, 429, 431, 500, 501, 502, 503, 504, 599, 999)
	case 3:
		out = out[:l.n(len(out)+1)]
	case 4:
		w.Header().Set("Content-Type", oneOf(l, "", "text/html", "application/xml", "application/json; charset=utf-16", "multipart/form-data", "application/problem+json"))
	case 5:
		status, out = oneOf(l, 401, 403, 403, 403), oneOf(l, `{"error":"HTTP 403 Forbidden"}`, `{"error":403}`, `["x"]`, `{"message":"no"}`, "<html>", "")
	case 6:
		w.Header().Set("Location", oneOf(l, "/..", "/%2e%2e", "x?y", "http://[::1", "/admin/realms/x/users/"+strings.Repeat("9", 5000), "/users/..", "/users/ ", ""))
		status = oneOf(l, status, http.StatusCreated)
	case 7:
		w.Header().Set("Retry-After", oneOf(l, "1", "-5", "999999999999999999999", "Mon, 01 Jan 0001 00:00:00 GMT", "x"))
		status = oneOf(l, 429, 503)
	default:
		w.Header().Set("Date", oneOf(l, "yesterday", "Mon, 01 Jan 0001 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"))
		out = strings.NewReplacer(`true`, oneOf(l, "null", `"x"`, "5"), `"id":"`, oneOf(l, `"id":"../`, `"id":"`, `"id":"?`), "300", oneOf(l, "-1", "1e99", "null")).Replace(out)
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, out)
}
