package contract

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// request is what goes over the wire; the zero value of a field leaves it out.
type request struct {
	method string
	path   string            // escaped, with query, behind the base URL
	token  string            // bearer token
	header map[string]string // beats token
	host   string            // in place of the URL's
	json   any
	form   url.Values
	body   string // with a Content-Type in header
}

// answer is what came back.
type answer struct {
	request request
	status  int
	header  http.Header
	body    string
}

func (a answer) String() string {
	return fmt.Sprintf("%s %s answers %d %.300q", a.request.method, a.request.path, a.status, a.body)
}

// requestTimeout is for one request; creating a realm takes a loaded server some seconds.
const requestTimeout = 2 * time.Minute

// send makes one request and follows no redirect.
func (s *suite) send(t *testing.T, r request) answer {
	t.Helper()
	// Not t.Context(), which has ended when realms are removed.
	ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
	defer cancel()
	body, contentType := r.body, ""
	switch {
	case r.json != nil:
		body, contentType = mustJSON(r.json), "application/json"
	case r.form != nil:
		body, contentType = r.form.Encode(), "application/x-www-form-urlencoded"
	}
	req, err := http.NewRequestWithContext(ctx, r.method, s.URL+r.path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "application/json")
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	for name, value := range r.header {
		req.Header.Set(name, value)
	}
	req.Host = r.host
	res, err := s.Transport.RoundTrip(req)
	if err != nil {
		t.Fatalf("%s %s: %v", r.method, r.path, err)
	}
	defer func() { _ = res.Body.Close() }()
	all, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", r.method, r.path, err)
	}
	return answer{r, res.StatusCode, res.Header, string(all)}
}

// want ends the test unless the answer has the status.
func (a answer) want(t *testing.T, status int) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("%s, want %d", a, status)
	}
	return a
}

func (a answer) decode(t *testing.T, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), into); err != nil {
		t.Fatalf("%s: %v", a, err)
	}
	if contentType := a.header.Get("Content-Type"); !strings.HasPrefix(contentType, "application/json") {
		t.Errorf("%s as %q", a, contentType)
	}
}

func (a answer) object(t *testing.T) object {
	t.Helper()
	var o object
	a.decode(t, &o)
	return o
}

func (a answer) list(t *testing.T) []object {
	t.Helper()
	list := []object(nil)
	a.decode(t, &list)
	if list == nil {
		t.Fatalf("%s: no list", a)
	}
	return list
}

// names returns the sorted values of a field of a list.
func (a answer) names(t *testing.T, field string) []string {
	t.Helper()
	names := []string{}
	for _, o := range a.want(t, 200).list(t) {
		names = append(names, text(o[field]))
	}
	slices.Sort(names)
	return names
}

// newID checks a creation's answer, and returns the id at the end of its Location.
func (a answer) newID(t *testing.T) string {
	t.Helper()
	a.want(t, 201)
	location := a.header.Get("Location")
	parent, id, _ := cutLast(location, "/")
	if id == "" || !strings.HasSuffix(parent, a.request.path) {
		t.Fatalf("%s with Location %q", a, location)
	}
	return id
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

func (a answer) accessToken(t *testing.T) string {
	t.Helper()
	token := text(a.want(t, 200).object(t)["access_token"])
	if token == "" {
		t.Fatalf("%s without a token", a)
	}
	return token
}

// wantBody checks a body to the byte.
func (a answer) wantBody(t *testing.T, body string) {
	t.Helper()
	if a.body != body {
		t.Errorf("%s, want the body %q", a, body)
	}
}

// wantError checks an error of the admin API: status, words, and the description that some versions add to each.
func (s *suite) wantError(t *testing.T, a answer, status int, words string) {
	t.Helper()
	if a.status != status {
		t.Errorf("%s, want %d %q", a, status, words)
		return
	}
	want := object{"error": words}
	got := a.object(t)
	switch d := s.version.description; d {
	case unmeasured:
		delete(got, "error_description")
	case "":
	default:
		want["error_description"] = d
	}
	if !maps.Equal(got, want) {
		t.Errorf("%s, want %s", a, mustJSON(want))
	}
}

// wantForbidden and wantUnauthorized check the two refusals that fix403 is about. Neither tells a reason in the header
// that RFC 6750 provides for it (FACTS, section 0).
func (s *suite) wantForbidden(t *testing.T, a answer) {
	t.Helper()
	s.wantRefusal(t, a, 403, s.version.forbidden)
}

func (s *suite) wantUnauthorized(t *testing.T, a answer) {
	t.Helper()
	s.wantRefusal(t, a, 401, s.version.unauthorized)
}

func (s *suite) wantRefusal(t *testing.T, a answer, status int, body string) {
	t.Helper()
	if a.status != status {
		t.Errorf("%s, want %d", a, status)
		return
	}
	if body != unmeasured {
		a.wantBody(t, body)
	}
	if a.header.Get("Content-Type") != "application/json" {
		t.Errorf("%s as %q", a, a.header.Get("Content-Type"))
	}
	if h := a.header.Values("WWW-Authenticate"); len(h) > 0 {
		t.Errorf("%s with WWW-Authenticate %q", a, h)
	}
}

// wantStatus checks nothing but the status; the refusals are checked whole.
func (s *suite) wantStatus(t *testing.T, a answer, status int) {
	t.Helper()
	switch status {
	case 401:
		s.wantUnauthorized(t, a)
	case 403:
		s.wantForbidden(t, a)
	default:
		if a.status != status {
			t.Errorf("%s, want %d", a, status)
		}
	}
}

// claimsOf decodes a part of a token: 0 is its header, 1 its claims.
func claimsOf(t *testing.T, token string, part int) object {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("a token of %d parts", len(parts))
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[part])
	if err != nil {
		t.Fatal(err)
	}
	var o object
	if err := json.Unmarshal(raw, &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// audienceOf returns that of a token, sorted: a string is a list of one.
func audienceOf(t *testing.T, token string) []string {
	t.Helper()
	var list []string
	switch aud := claimsOf(t, token, 1)["aud"].(type) {
	case string:
		list = []string{aud}
	case []any:
		for _, a := range aud {
			list = append(list, text(a))
		}
	}
	slices.Sort(list)
	return list
}

// rolesIn returns the roles of realm-management in a token.
func rolesIn(t *testing.T, token string) []string {
	t.Helper()
	access, _ := claimsOf(t, token, 1)["resource_access"].(map[string]any)
	mgmt, _ := access["realm-management"].(map[string]any)
	list, _ := mgmt["roles"].([]any)
	roles := []string{}
	for _, r := range list {
		roles = append(roles, text(r))
	}
	slices.Sort(roles)
	return roles
}
