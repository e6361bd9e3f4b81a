package servertest

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// NeedsCode is a Keycloak whose user logs in with a password and a one-time code, each of which counts once. One that is
// missing, wrong or used is refused as a wrong password is: in 400 on 26.7.3, in 401 on 24.0.5 and 26.4.0 (measured; this
// is 400).
func NeedsCode(keycloak http.Handler, user string, codes ...string) http.Handler {
	var mu sync.Mutex
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/token") {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			if form, _ := url.ParseQuery(string(body)); form.Get("grant_type") == "password" && form.Get("username") == user {
				mu.Lock()
				i := slices.Index(codes, form.Get("totp"))
				if i >= 0 {
					codes = slices.Delete(codes, i, i+1)
				}
				mu.Unlock()
				if i < 0 {
					w.Header().Set("Content-Type", "application/json")
					w.WriteHeader(http.StatusBadRequest)
					_, _ = io.WriteString(w, `{"error":"invalid_grant","error_description":"Invalid user credentials"}`)
					return
				}
			}
		}
		keycloak.ServeHTTP(w, r)
	})
}
