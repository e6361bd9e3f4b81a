package front

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"fix403/flows/gate"
)

// TestHandler: the address and an Admin Console get a page, anything else what the server answers; each is said with its gate, and no
// query.
func TestHandler(t *testing.T) {
	var said []Seen
	refuses := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error":"HTTP 401 Unauthorized"}`)
	})
	h := Handler(refuses, "/auth", "26.7.4", func(s Seen) { said = append(said, s) })
	for _, c := range []struct {
		path, accept, holds string
		status              int
	}{
		{"/", "*/*", "fix403 run --url http://example.com/auth ", 200},
		{"/auth/", "text/html", "<h1>fix403 practice</h1>", 200},
		{"/auth/admin/master/console/", "text/html", "has no Admin Console", 200},
		{"/auth/admin/realms/master/users?secret=x", "*/*", "401", 401},
	} {
		r := httptest.NewRequest(http.MethodGet, c.path, nil)
		r.Header.Set("Accept", c.accept)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.holds) {
			t.Errorf("%s: %d %s", c.path, w.Code, w.Body)
		}
	}
	if last := said[len(said)-1]; len(said) != 4 || last.Stop.Gate != gate.Identity || last.Status != 401 || last.Path != "/auth/admin/realms/master/users" {
		t.Errorf("%+v", said)
	}
}
