package watch

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

// through is a proxy before a server.
func through(t *testing.T, server *httptest.Server) (proxy *httptest.Server, w *Watcher) {
	t.Helper()
	target, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	w = NewWatcher(Options{URL: server.URL, Version: "26.7.4"})
	transport := &http.Transport{}
	proxy = httptest.NewServer(NewProxy(target, transport, w))
	t.Cleanup(func() {
		proxy.Close()
		transport.CloseIdleConnections()
	})
	return proxy, w
}

// echo answers with the request as it came, to the byte where it matters.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s\nhost %s\nlength %d %q\n", r.Method, r.RequestURI, r.Proto, r.Host, r.ContentLength, r.TransferEncoding)
	r.Header.Del("Connection") // which is between two ends
	_ = r.Header.Write(&b)
	fmt.Fprintf(&b, "\n%s\ntrailer %v\n", body, r.Trailer)
	w.Header().Set("Date", "Tue, 01 Dec 2026 00:00:00 GMT")
	w.Header()["X-Twice"] = []string{"a", "b"}
	switch {
	case strings.Contains(r.URL.Path, "gzip"):
		w.Header().Set("Content-Encoding", "gzip")
	case strings.Contains(r.URL.Path, "moved"):
		w.Header().Set("Location", "http://"+r.Host+"/elsewhere")
		w.WriteHeader(http.StatusFound)
	case strings.Contains(r.URL.Path, "nothing"):
		w.WriteHeader(http.StatusNoContent)
		return
	case strings.Contains(r.URL.Path, "chunks"):
		for line := range strings.Lines(b.String()) {
			_, _ = io.WriteString(w, line)
			w.(http.Flusher).Flush()
		}
		return
	}
	_, _ = io.WriteString(w, b.String())
}

// raw sends bytes to an address and returns the bytes of the answer.
func raw(t *testing.T, address, request string) string {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(answer)
}

// TestNothingIsChanged sends the same bytes through the proxy and directly: the server sees the same request, and its answer is the same.
func TestNothingIsChanged(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(echo))
	defer server.Close()
	proxy, _ := through(t, server)
	const end = "Connection: close\r\n\r\n"
	for name, request := range map[string]string{
		"escapes":     "GET /admin/realms/a%2Fb/users/%7ex;v=1/'(|)%C3%A9?q=a+b&q=%zz&;x&first=&%41=b HTTP/1.1\r\nHost: HOST\r\n" + end,
		"two slashes": "GET //admin//realms HTTP/1.1\r\nHost: HOST\r\n" + end,
		"dots":        "GET /admin/../realms/./x HTTP/1.1\r\nHost: HOST\r\n" + end,
		"mark":        "GET /admin/realms? HTTP/1.1\r\nHost: HOST\r\n" + end,
		"headers": "GET /admin/realms HTTP/1.1\r\nHost: HOST\r\nAuthorization: Bearer a.b.c\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n" +
			"X-Forwarded-Host: x\r\nForwarded: for=x\r\nAccept: a\r\nAccept: b\r\nCookie: a=b; c=d\r\nOrigin: https://x\r\nDPoP: x\r\n" + end,
		"packed":        "GET /gzip HTTP/1.1\r\nHost: HOST\r\nAccept-Encoding: gzip, br\r\nUser-Agent: x\r\n" + end,
		"redirected":    "GET /moved HTTP/1.1\r\nHost: HOST\r\n" + end,
		"no content":    "DELETE /nothing HTTP/1.1\r\nHost: HOST\r\n" + end,
		"head":          "HEAD /admin/realms HTTP/1.1\r\nHost: HOST\r\n" + end,
		"with body":     "POST /admin/realms HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/json\r\nContent-Length: 7\r\n" + end + `{"a":1}`,
		"empty body":    "POST /admin/realms HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n" + end,
		"delete a body": "DELETE /admin/realms HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2\r\n" + end + "[]",
		"chunks":        "PUT /chunks HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n" + end + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
		"options":       "OPTIONS /admin/realms HTTP/1.1\r\nHost: HOST\r\nAccess-Control-Request-Method: GET\r\n" + end,
		"own method":    "PROPFIND /admin/realms HTTP/1.1\r\nHost: HOST\r\n" + end,
	} {
		t.Run(name, func(t *testing.T) {
			host := server.Listener.Addr().String()
			direct := raw(t, host, strings.Replace(request, "HOST", host, 1))
			got := raw(t, proxy.Listener.Addr().String(), strings.Replace(request, "HOST", proxy.Listener.Addr().String(), 1))
			if sorted(got) != sorted(direct) {
				t.Errorf("through the proxy:\n%s\ndirectly:\n%s", got, direct)
			}
		})
	}
}

// sorted is an answer with the lines of its head in order, and with its body put together from its chunks: neither means anything.
func sorted(answer string) string {
	head, body, _ := strings.Cut(answer, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	slices.Sort(lines[1:])
	if slices.Contains(lines, "Transfer-Encoding: chunked") {
		text, err := io.ReadAll(httputil.NewChunkedReader(strings.NewReader(body)))
		body = fmt.Sprint(string(text), err)
	}
	return strings.Join(lines, "\n") + "\n\n" + body
}

// TestStreams: what the server has sent is there before it has sent all.
func TestStreams(t *testing.T) {
	goOn := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "one ")
		w.(http.Flusher).Flush()
		<-goOn
		_, _ = io.WriteString(w, "two")
	}))
	defer server.Close()
	proxy, _ := through(t, server)
	res, err := get(t, proxy.URL+"/admin/realms")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	first := make([]byte, 4)
	if _, err := io.ReadFull(res.Body, first); err != nil || string(first) != "one " {
		t.Fatalf("%q, %v", first, err)
	}
	close(goOn)
	if rest, err := io.ReadAll(res.Body); err != nil || string(rest) != "two" {
		t.Errorf("%q, %v", rest, err)
	}
}

func get(t *testing.T, address string) (*http.Response, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	return http.DefaultClient.Do(req)
}

// TestExpectContinue: a program that waits for 100 before it sends its body gets it once the server asks for the body, and not from one that
// refuses without it.
func TestExpectContinue(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/refused") {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write(bytes.ToUpper(body))
	}))
	defer server.Close()
	proxy, _ := through(t, server)
	for path, want := range map[string]string{"/asked": "HTTP/1.1 100 Continue\r\n", "/refused": "HTTP/1.1 401 Unauthorized\r\n"} {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", proxy.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "PUT %s HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n", path)
		answer := bufio.NewReader(conn)
		line, err := answer.ReadString('\n')
		if err != nil || line != want {
			t.Errorf("%s: %q, %v", path, line, err)
			continue
		}
		if path == "/asked" {
			_, _ = answer.ReadString('\n')
			_, _ = io.WriteString(conn, "abc")
			res, err := http.ReadResponse(answer, nil)
			if err != nil {
				t.Fatal(err)
			}
			if body, _ := io.ReadAll(res.Body); string(body) != "ABC" {
				t.Errorf("the body was %q", body)
			}
			_ = res.Body.Close()
		}
	}
}

// TestKeepsConnections: calls one after the other go over one connection to the server, too.
func TestKeepsConnections(t *testing.T) {
	var opened atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(echo))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	proxy, w := through(t, server)
	for range 20 {
		res, err := get(t, proxy.URL+"/admin/realms/chunks")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, res.Body)
		_ = res.Body.Close()
	}
	if opened.Load() != 1 {
		t.Errorf("%d connections were opened", opened.Load())
	}
	proxy.Close()
	if got := w.Sum().Requests; got != 20 {
		t.Errorf("%d requests were counted", got)
	}
}

// TestUnreachable: where the server does not answer, the program sees that, and so does the person.
func TestUnreachable(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	proxy, w := through(t, server)
	server.Close()
	res, err := get(t, proxy.URL+"/admin/realms/shop/users")
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	proxy.Close()
	routes := w.Sum().Clients[0].Routes
	if res.StatusCode != http.StatusBadGateway || len(routes) != 1 || routes[0].Stopped != "reach" || routes[0].Statuses[0] != 1 {
		t.Errorf("%d, %+v", res.StatusCode, routes)
	}
}

// TestServeEnds: with its context the proxy ends, when what is under way has its answer.
func TestServeEnds(t *testing.T) {
	under, goOn := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(under)
		<-goOn
		_, _ = io.WriteString(w, "all")
	}))
	defer server.Close()
	target, _ := url.Parse(server.URL)
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- NewProxy(target, &http.Transport{}, NewWatcher(Options{})).Serve(ctx, l) }()
	answered := make(chan string)
	go func() {
		res, err := get(t, "http://"+l.Addr().String())
		if err != nil {
			answered <- err.Error()
			return
		}
		defer res.Body.Close()
		text, _ := io.ReadAll(res.Body)
		answered <- string(text)
	}()
	<-under
	end()
	close(goOn)
	if got := <-answered; got != "all" {
		t.Errorf("the last answer was %q", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
