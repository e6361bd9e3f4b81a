package wire

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestHTTP1Alone makes sure that the program speaks to a server that offers HTTP/2 as it does in a build without it.
func TestHTTP1Alone(t *testing.T) {
	var spoken string
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { spoken = r.Proto }))
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	transport, err := NewTransport(TLS{Insecure: true})
	if err != nil {
		t.Fatal(err)
	}
	reply, err := (&http.Client{Transport: transport}).Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = reply.Body.Close()
	if spoken != "HTTP/1.1" {
		t.Errorf("it speaks %s", spoken)
	}
}
