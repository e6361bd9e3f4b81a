package flows

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"fix403/flows/down"
	"fix403/flows/journal"
	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/keycloak"
	"fix403/keycloak/practice"
	"fix403/keycloak/server/servertest"
	"fix403/keycloak/wire"
)

// served is a practice server on a loopback port: to flows a server like any other, with a journal.
type served struct {
	t       *testing.T
	url     string
	admin   string
	pass    string
	journal *journal.Journal
	path    string // of the journal

	mu     sync.Mutex
	before func(*http.Request) // called before the server sees a request
	cut    func(*http.Request) bool
	acted  func() // called when the server has acted and the answer is lost
}

func serve(t *testing.T, version string) *served {
	t.Helper()
	s, p := servedBy(t, version)
	s.open(p)
	return s
}

// serveGated is [serve] behind the check of the audience that Keycloak documents for 26.8.2.
func serveGated(t *testing.T) *served {
	t.Helper()
	s, p := servedBy(t, "26.7.3")
	gate := &servertest.AudienceGate{Next: p, User: s.admin, Password: s.pass}
	s.open(gate)
	gate.Base = s.url
	return s
}

func servedBy(t *testing.T, version string) (*served, *practice.Server) {
	t.Helper()
	p, err := practice.New(practice.Options{Version: version})
	if err != nil {
		t.Fatal(err)
	}
	return &served{t: t, admin: p.AdminUser(), pass: p.AdminPassword()}, p
}

// open begins to serve, until the test ends.
func (s *served) open(p http.Handler) {
	t := s.t
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		before, cut, acted := s.before, s.cut, s.acted
		s.mu.Unlock()
		if before != nil {
			before(r)
		}
		if cut != nil && cut(r) {
			p.ServeHTTP(httptest.NewRecorder(), r) // the server acts, and its answer is lost
			if acted != nil {
				acted()
			}
			panic(http.ErrAbortHandler)
		}
		p.ServeHTTP(w, r)
	}))
	t.Cleanup(web.Close)
	folder := t.TempDir()
	s.url, s.journal, s.path = web.URL, journal.Open(folder), filepath.Join(folder, "journal.jsonl")
}

func (s *served) intercept(before func(*http.Request), cut func(*http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.before, s.cut = before, cut
}

func (s *served) whenActed(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.acted = f
}

func (s *served) options() story.Options {
	return story.Options{
		URL: s.url, Credentials: keycloak.Credentials{User: s.admin, Password: wire.NewSecret(s.pass)},
		Params: params.DefaultParams(), Journal: s.journal,
	}
}

func (s *served) story(change ...func(*story.Options)) *story.Story {
	s.t.Helper()
	o := s.options()
	for _, f := range change {
		f(&o)
	}
	story, err := story.New(o)
	if err != nil {
		s.t.Fatal(err)
	}
	return story
}

func (s *served) down() *down.Down {
	s.t.Helper()
	o := s.options()
	d, err := down.Open(context.Background(), down.Options{URL: o.URL, Credentials: o.Credentials, Realm: o.Params.Realm, Journal: s.journal})
	if err != nil {
		s.t.Fatal(err)
	}
	if err := d.Remove(context.Background()); err != nil {
		s.t.Fatal(err)
	}
	return d
}

// api calls the server as somebody else would, past all code of this program. It returns status, Location and body.
func (s *served) api(method, path string, body any) (int, string, string) {
	s.t.Helper()
	res, err := http.PostForm(s.url+"/realms/master/protocol/openid-connect/token", url.Values{
		"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {s.admin}, "password": {s.pass},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	var token struct {
		AccessToken string `json:"access_token"`
	}
	err = json.NewDecoder(res.Body).Decode(&token)
	res.Body.Close()
	if err != nil {
		s.t.Fatal(err)
	}
	text, err := json.Marshal(body)
	if err != nil {
		s.t.Fatal(err)
	}
	req, err := http.NewRequest(method, s.url+"/admin/realms"+path, bytes.NewReader(text))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token.AccessToken)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err = http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("Location"), string(answer)
}

// make creates an object and returns its id.
func (s *served) make(path string, body any) string {
	s.t.Helper()
	status, location, text := s.api(http.MethodPost, path, body)
	if status != http.StatusCreated {
		s.t.Fatalf("POST %s: %d %s", path, status, text)
	}
	return location[strings.LastIndex(location, "/")+1:]
}

// realms lists the names of all realms, sorted.
func (s *served) realms() string {
	s.t.Helper()
	_, _, text := s.api(http.MethodGet, "", nil)
	var list []struct {
		Realm string `json:"realm"`
	}
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		s.t.Fatal(err)
	}
	var names []string
	for _, r := range list {
		names = append(names, r.Realm)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

func doAll(t *testing.T, s *story.Story) error {
	t.Helper()
	for _, step := range story.Steps() {
		if _, err := s.Do(t.Context(), step.ID); err != nil {
			return err
		}
	}
	return nil
}

func mustDo(t *testing.T, s *story.Story, ids ...story.StepID) {
	t.Helper()
	for _, id := range ids {
		if _, err := s.Do(t.Context(), id); err != nil {
			t.Fatalf("%s: %v", id, err)
		}
	}
}

// doThrough does the steps up to and including one, as far as they have not passed.
func doThrough(t *testing.T, s *story.Story, last story.StepID) {
	t.Helper()
	if err := s.DoThrough(t.Context(), last); err != nil {
		t.Fatal(err)
	}
}

// doBefore does the steps before one, as far as they have not passed.
func doBefore(t *testing.T, s *story.Story, id story.StepID) {
	t.Helper()
	doThrough(t, s, stepIDs()[at(id)-1])
}

// at is the place of a step in the story.
func at(id story.StepID) int { return slices.Index(stepIDs(), id) }

// stepIDs are the steps in their order.
func stepIDs() (ids []story.StepID) {
	for _, step := range story.Steps() {
		ids = append(ids, step.ID)
	}
	return ids
}
