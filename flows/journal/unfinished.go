package journal

import (
	"slices"
	"sort"
	"strings"
	"time"

	"fix403/flows/params"
	"fix403/keycloak/sift"
	"fix403/keycloak/wire"
)

// Unfinished is a run of the story that created something and did not come to its end, as the journal has it. Whether the
// server still has any of it is found out by [story.Story.Resume].
type Unfinished struct {
	Run         string
	Server      string        // base URL
	Params      params.Params // of its latest creation
	Existing    bool          // it worked in a realm that it had not created
	Since       time.Time
	Outstanding []Entry // created, or about to be, and not removed

	CreatedByHand []Entry
	finished      bool // the story in its realm came to its end
}

// StoryNames are what the journal keeps of a story beside what is created, for a later run to go on with.
type StoryNames struct {
	ClientID     string   `json:"client_id"`
	RedirectURIs []string `json:"redirect_uris,omitempty"`
	Username     string   `json:"username"`
	Email        string   `json:"email,omitempty"`
	Existing     bool     `json:"existing,omitempty"`
}

// Unfinished returns the runs of the story that were left before their end and may have left something behind, the latest
// first. A run whose realm was told to the end by another one does not count.
func (j *Journal) Unfinished() ([]Unfinished, error) {
	var runs []Unfinished
	_, err := j.each(func(e Entry) {
		i := slices.IndexFunc(runs, func(u Unfinished) bool { return u.Run == e.Run && SameServer(u.Server, e.Server) })
		if i < 0 && e.Story != nil {
			runs, i = append(runs, Unfinished{Run: e.Run, Server: e.Server}), len(runs)
		}
		if i >= 0 {
			runs[i].take(e)
		}
		switch e.Event {
		case eventRemoved:
			for k := range runs {
				runs[k].Outstanding = sift.Out(runs[k].Outstanding, e.removes)
			}
		case EventFinished:
			for k, u := range runs {
				runs[k].finished = u.finished || SameServer(u.Server, e.Server) && u.Params.Realm == e.Realm
			}
		}
	})
	runs = sift.Out(runs, func(u Unfinished) bool { return u.finished || len(u.Outstanding) == 0 })
	sort.SliceStable(runs, func(i, j int) bool { return runs[i].Since.After(runs[j].Since) })
	return runs, err
}

// take adds an entry of the run itself.
func (u *Unfinished) take(e Entry) {
	u.Since = e.Time
	if n := e.Story; n != nil {
		u.Params = params.Params{Realm: e.Realm, ClientID: n.ClientID, RedirectURIs: n.RedirectURIs, Username: n.Username, Email: n.Email}
		u.Existing, u.finished = n.Existing, false
	}
	if e.Event == EventByHand {
		u.CreatedByHand = append(u.CreatedByHand, e)
	}
	u.Outstanding = replay(u.Outstanding, e)
}

// On reports whether the run was on the server at an address.
func (u Unfinished) On(rawURL string) bool {
	base, err := wire.NormalizeURL(rawURL)
	return err == nil && SameServer(strings.TrimSuffix(base, "/auth"), strings.TrimSuffix(u.Server, "/auth"))
}
