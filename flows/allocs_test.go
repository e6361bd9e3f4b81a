package flows

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"fix403/flows/journal"
	"fix403/flows/params"
	"fix403/flows/story"
	"fix403/keycloak"
	"fix403/keycloak/practice"
	"fix403/keycloak/testrun"
	"fix403/keycloak/wire"
)

// played answers with what was recorded, in the order in which it was recorded, once it has ended.
type played struct {
	next    http.RoundTripper // nil plays
	answers []http.Response
	bodies  [][]byte
	n       int
}

func (p *played) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.next == nil {
		n := p.n % len(p.answers)
		p.n++
		answer := p.answers[n]
		answer.Body, answer.Request = io.NopCloser(bytes.NewReader(p.bodies[n])), r
		return &answer, nil
	}
	res, err := p.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body)
	p.answers, p.bodies = append(p.answers, *res), append(p.bodies, body)
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, err
}

// TestAllocationsOfAStory counts what the story itself allocates: the server's answers are played, since the keys that it
// makes cost more, and not always the same.
func TestAllocationsOfAStory(t *testing.T) {
	testrun.UnderRace(t)
	p, err := practice.New(practice.Options{})
	if err != nil {
		t.Fatal(err)
	}
	recorded := &played{next: p.Transport()}
	tell := func() {
		s, err := story.New(story.Options{URL: p.URL(), Params: params.DefaultParams(), Resume: &journal.Unfinished{Run: "allocations"}, Credentials: keycloak.Credentials{User: p.AdminUser(), Password: wire.NewSecret(p.AdminPassword())}})
		if err != nil {
			t.Fatal(err)
		}
		s.Conn().Transport = recorded
		if err := doAll(t, s); err != nil {
			t.Fatal(err)
		}
	}
	tell()
	recorded.next = nil
	const most = 477 // 459 were seen
	if n := testing.AllocsPerRun(10, tell); n > most*float64(len(recorded.answers)) {
		t.Errorf("%.0f allocations for %d calls, the limit is %d for each", n, len(recorded.answers), most)
	}
}
