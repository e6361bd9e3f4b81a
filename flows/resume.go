package flows

import (
	"context"
	"slices"
	"strings"
	"time"

	"fix403/keycloak"
)

// Unfinished is a run of the story that created something and did not come to its end, as the journal has it. Whether the
// server still has any of it is found out by [Story.Resume].
type Unfinished struct {
	Run         string
	Server      string // base URL
	Params      Params // of its latest creation
	Existing    bool   // it worked in a realm that it had not created
	Since       time.Time
	Outstanding []Entry // created, or about to be, and not removed

	byHand   []Entry
	finished bool // the story in its realm came to its end
}

// StoryNames are what the journal keeps of a story beside what is created, for a later run to go on with.
type StoryNames struct {
	ClientID     string   `json:"client_id"`
	RedirectURIs []string `json:"redirect_uris,omitempty"`
	Username     string   `json:"username"`
	Email        string   `json:"email,omitempty"`
	Existing     bool     `json:"existing,omitempty"`
}

func storyNames(st State) *StoryNames {
	p := st.Params
	return &StoryNames{p.ClientID, p.RedirectURIs, p.Username, p.Email, st.Existing}
}

// Unfinished returns the runs of the story that were left before their end and may have left something behind, the latest
// first. A run whose realm was told to the end by another one does not count.
func (j *Journal) Unfinished() ([]Unfinished, error) {
	var runs []Unfinished
	_, err := j.each(func(e Entry) {
		i := slices.IndexFunc(runs, func(u Unfinished) bool { return u.Run == e.Run && sameServer(u.Server, e.Server) })
		if i < 0 && e.Story != nil {
			runs, i = append(runs, Unfinished{Run: e.Run, Server: e.Server}), len(runs)
		}
		if i >= 0 {
			runs[i].take(e)
		}
		switch e.Event {
		case eventRemoved:
			for k := range runs {
				runs[k].Outstanding = slices.DeleteFunc(runs[k].Outstanding, e.removes)
			}
		case eventFinished:
			for k, u := range runs {
				runs[k].finished = u.finished || sameServer(u.Server, e.Server) && u.Params.Realm == e.Realm
			}
		}
	})
	runs = slices.DeleteFunc(runs, func(u Unfinished) bool { return u.finished || len(u.Outstanding) == 0 })
	slices.SortStableFunc(runs, func(a, b Unfinished) int { return b.Since.Compare(a.Since) })
	return runs, err
}

// take adds an entry of the run itself.
func (u *Unfinished) take(e Entry) {
	u.Since = e.Time
	if n := e.Story; n != nil {
		u.Params = Params{Realm: e.Realm, ClientID: n.ClientID, RedirectURIs: n.RedirectURIs, Username: n.Username, Email: n.Email}
		u.Existing, u.finished = n.Existing, false
	}
	if e.Event == eventByHand {
		u.byHand = append(u.byHand, e)
	}
	u.Outstanding = replay(u.Outstanding, e)
}

// Resuming returns the options of a story that goes on with a run. Credentials that were given for another server are
// left out.
func (o Options) Resuming(u Unfinished) Options {
	if !u.On(o.URL) {
		o.Credentials = keycloak.Credentials{Realm: o.Credentials.Realm}
	}
	o.Practice, o.As, o.URL, o.Params, o.Existing, o.Resume = false, "", u.Server, u.Params, u.Existing, &u
	return o
}

// On tells whether the run was on the server at an address.
func (u Unfinished) On(rawURL string) bool {
	base, err := keycloak.NormalizeURL(rawURL)
	return err == nil && sameServer(strings.TrimSuffix(base, "/auth"), strings.TrimSuffix(u.Server, "/auth"))
}

// Resuming is the run that the story goes on with, nil for none or once that was done.
func (s *Story) Resuming() *Unfinished {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.earlier
}

// Resume looks at the server which steps an earlier run had done, up to the first one missing, and marks them done. The
// journal only says what to look for. The first call is always made again: its token is gone. It needs the first step.
func (s *Story) Resume(ctx context.Context) (next StepID, err error) {
	earlier := s.Resuming()
	if earlier == nil {
		return "", badInput("", "There is no earlier run to go on with.")
	}
	for _, id := range []StepID{StepRealm, StepClient, StepUser} {
		s.restore(earlier, id)
		if _, err := s.Check(ctx, id); err != nil {
			s.forget(id)
			if !IsMissing(err) {
				return id, err
			}
			break
		}
		s.disown(id)
	}
	s.mu.Lock()
	s.earlier, s.resumed = nil, true
	s.mu.Unlock()
	next, _ = s.Next()
	return next, nil
}

// createdKinds are the kinds of objects that steps create.
var createdKinds = map[StepID]string{StepRealm: "realm", StepClient: "client", StepUser: "user"}

// restore has what the earlier run created in a step counted as created by this one, which has its id.
func (s *Story) restore(u *Unfinished, id StepID) {
	i := slices.IndexFunc(u.Outstanding, func(e Entry) bool { return e.Kind == createdKinds[id] })
	if i < 0 {
		return
	}
	e := u.Outstanding[i]
	s.update(func(st *State) {
		st.Created = append(st.Created, Created{Kind: e.Kind, Realm: e.Realm, Name: e.Name, ID: e.ID})
	})
}

// forget takes back what restore assumed: the server does not have it.
func (s *Story) forget(id StepID) {
	s.update(func(st *State) {
		st.Created = slices.DeleteFunc(st.Created, func(c Created) bool { return c.Kind == createdKinds[id] })
		delete(st.Results, id)
	})
}

// disown keeps an object that the check found from being counted as created when the server does not bear it out: by the
// mark of the run, or by the id of the user.
func (s *Story) disown(id StepID) {
	s.update(func(st *State) {
		st.Created = slices.DeleteFunc(st.Created, func(c Created) bool {
			switch {
			case c.Kind != createdKinds[id]:
				return false
			case id == StepRealm:
				return st.Realm.Marker != st.RunID
			case id == StepClient:
				return st.Client.Marker != st.RunID
			}
			return c.ID != st.User.ID && st.User.Marker != st.RunID
		})
		for i := range st.Created {
			switch c := &st.Created[i]; c.Kind {
			case "realm":
				c.ID = c.Name
			case "client":
				c.ID = st.Client.ID
			case "user":
				c.ID = st.User.ID
			}
		}
	})
}
