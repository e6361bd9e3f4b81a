package practice

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzSeed loads any text as a realm: it is refused, or the realm can be looked at. A server that refused one is as before.
func FuzzSeed(f *testing.F) {
	f.Add(export)
	f.Add("[" + export + "]")
	f.Add(`{"realm":"a"}`)
	f.Add(`{"realm":"master"}`)
	f.Add(`{"realm":"a/b","users":[{}],"groups":[{"subGroups":[{"name":null}]}]}`)
	f.Add(`{"realm":"a","clients":[{"clientId":"x"},{"clientId":"x"}],"roles":{"realm":[{"name":"r","composites":{"realm":["r"]}}]}}`)
	f.Add(`{"realm":`)
	var s *Server // making one takes long: it has keys
	f.Fuzz(func(t *testing.T, text string) {
		var err error
		if s == nil || len(s.realms) > 50 {
			if s, err = New(Options{AdminPassword: "x"}); err != nil {
				t.Fatal(err)
			}
		}
		before := len(s.realms)
		err = s.Seed(strings.NewReader(text))
		if err != nil && len(s.realms) != before {
			t.Errorf("refused (%v), and %d realms of %d", err, len(s.realms), before)
		}
		for name := range s.realms {
			w := httptest.NewRecorder()
			r := httptest.NewRequest(http.MethodGet, "http://kc/", nil)
			r.URL.Path = "/realms/" + name
			s.ServeHTTP(w, r)
			if w.Code >= 500 {
				t.Errorf("%q: %d %s", name, w.Code, w.Body)
			}
		}
	})
}
