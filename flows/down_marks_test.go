package flows

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"fix403/flows/change"
	"fix403/flows/down"
	"fix403/flows/journal"
	"fix403/flows/problem"
	flowstory "fix403/flows/story"
	"fix403/keycloak"
)

// look is down before it removes.
func (s *served) look(change ...func(*down.Options)) *down.Down {
	s.t.Helper()
	o := down.Options{URL: s.url, Credentials: s.options().Credentials, Journal: s.journal}
	for _, f := range change {
		f(&o)
	}
	d, err := down.Open(s.t.Context(), o)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(d.Close)
	return d
}

func (s *served) removes(d *down.Down) {
	s.t.Helper()
	if err := d.Remove(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

func inRealm(name string) func(*flowstory.Options) {
	return func(o *flowstory.Options) { o.Params.Realm = name }
}

func marked(realm, run string) map[string]any {
	return map[string]any{"realm": realm, "enabled": true, "attributes": map[string]string{keycloak.MarkerAttribute: run}}
}

func TestDownOfOneRealmLeavesTheOthers(t *testing.T) {
	s := serve(t, "")
	for _, name := range []string{"walk-a", "walk-b"} {
		mustDo(t, s.story(inRealm(name)), flowstory.StepConnect, flowstory.StepRealm, flowstory.StepClient)
	}
	d := s.look(func(o *down.Options) { o.Realm, o.OnlyRealm = "walk-b", true })
	s.removes(d)
	if len(d.Removals) != 1 || s.realms() != "master walk-a" {
		t.Errorf("%+v; left: %s", d.Removals, s.realms())
	}
	if entries, _ := s.journal.Outstanding(s.url); len(entries) != 2 || entries[0].Realm != "walk-a" {
		t.Errorf("the journal: %+v", entries)
	}
}

// doubtful makes the realm shop, as several hands would, and says why down has to ask.
var doubtful = map[string]struct {
	make func(*served)
	why  string
}{
	"made by a run elsewhere": {func(s *served) { s.make("", marked("shop", "elsewhere")) }, "marked by the run elsewhere, which is not in this machine's journal"},
	"made by a run elsewhere, after ours was deleted": {func(s *served) {
		mustDo(s.t, s.story(inRealm("shop")), flowstory.StepConnect, flowstory.StepRealm)
		s.api("DELETE", "/shop", nil)
		s.make("", marked("shop", "elsewhere"))
		s.make("/shop/users", map[string]any{"username": "jane", "enabled": true})
	}, "which is not in this machine's journal; it holds users: 1, clients: 0"},
	"renamed": {func(s *served) {
		story := s.story(inRealm("before"))
		mustDo(s.t, story, flowstory.StepConnect, flowstory.StepRealm)
		if status, _, text := s.api("PUT", "/before", map[string]any{"realm": "shop"}); status != 204 {
			s.t.Fatal(status, text)
		}
	}, "fix403 created it under the name before"},
	"in use": {func(s *served) {
		mustDo(s.t, s.story(inRealm("shop")), flowstory.StepConnect, flowstory.StepRealm, flowstory.StepClient, flowstory.StepUser)
		s.make("/shop/users", map[string]any{"username": "jane", "enabled": true})
		s.make("/shop/clients", map[string]any{"clientId": "theirs"})
		s.make("/shop/clients", map[string]any{"clientId": "theirs-too"})
	}, "fix403 created it, but it holds what fix403 did not create: users: 1, clients: 2"},
}

func TestDownAsksAboutARealmThatMayBeAnothers(t *testing.T) {
	for name, c := range doubtful {
		t.Run(name, func(t *testing.T) {
			s := serve(t, "")
			c.make(s)
			d := s.look(func(o *down.Options) { o.Realm, o.OnlyRealm = "shop", true })
			s.removes(d)
			if s.realms() != "master shop" || len(d.Removals) != 1 {
				t.Fatalf("%s; %+v", s.realms(), d.Removals)
			}
			r := d.Removals[0]
			if !strings.Contains(r.Why.String(), c.why) || r.Question.Empty() || r.Removed {
				t.Errorf("%+v", r)
			}
			var check *problem.CheckError
			if err := d.InDoubt(); !errors.As(err, &check) || check.Kind != "in-doubt" || !strings.Contains(check.Hint.String(), "--realm shop --any-run") {
				t.Errorf("%+v", check)
			}
			d = s.look(func(o *down.Options) { o.Realm, o.OnlyRealm = "shop", true })
			d.Removals[0].Remove = true // a person said so
			s.removes(d)
			if s.realms() != "master" || d.InDoubt() != nil {
				t.Errorf("%s; %v", s.realms(), d.InDoubt())
			}
		})
	}
}

// A clean-up has nobody to ask: it removes what the run made, and leaves the rest.
func TestCleanupLeavesARealmThatMayBeAnothers(t *testing.T) {
	for name, c := range doubtful {
		t.Run(name, func(t *testing.T) {
			s := serve(t, "")
			c.make(s)
			story := s.story(inRealm("shop"))
			if err := doAll(t, story); err != nil {
				t.Fatal(err)
			}
			if err := story.Cleanup(t.Context()); err != nil {
				t.Fatal(err)
			}
			st := story.State()
			if s.realms() != "master shop" || st.RealmStays.Empty() || st.Stands() {
				t.Errorf("%s; %q", s.realms(), st.RealmStays)
			}
			_, _, clients := s.api("GET", "/shop/clients?clientId=403-forbidden-fix-client", nil)
			if made := strings.Contains(clients, st.RunID); made {
				t.Errorf("the client of this run is there still: %s", clients)
			}
			if !strings.Contains(flowstory.Leftovers(st).String(), "realm shop with everything in it, from an earlier run") {
				t.Errorf("kept: %s", flowstory.Leftovers(st))
			}
		})
	}
}

// What another one put in the place of the realm while the question was open is not removed.
func TestDownRemovesOnlyTheRealmThatItLookedAt(t *testing.T) {
	s := serve(t, "")
	mustDo(t, s.story(), flowstory.StepConnect, flowstory.StepRealm)
	d := s.look()
	s.api("DELETE", "/403-forbidden-fix", nil)
	s.make("", marked("403-forbidden-fix", "elsewhere"))
	if err := d.Remove(t.Context()); err == nil || s.realms() != "403-forbidden-fix master" {
		t.Errorf("%v; %s", err, s.realms())
	}
}

func TestDownDoesNotTakeAnothersClientOrUser(t *testing.T) {
	s := serve(t, "")
	s.make("", map[string]any{"realm": "shop", "enabled": true})
	story := s.story(inRealm("shop"), func(o *flowstory.Options) { o.Existing = true })
	mustDo(t, story, flowstory.StepConnect, flowstory.StepRealm, flowstory.StepClient, flowstory.StepUser)
	st := story.State()
	s.api("DELETE", "/shop/clients/"+st.Client.ID, nil)
	s.api("DELETE", "/shop/users/"+st.User.ID, nil)
	s.make("/shop/clients", map[string]any{"clientId": st.Client.ClientID, "attributes": map[string]string{keycloak.MarkerAttribute: "elsewhere"}})
	s.make("/shop/users", map[string]any{"username": st.User.Username, "enabled": true, "lastName": "fix403 elsewhere"})
	d := s.look()
	s.removes(d)
	for _, r := range d.Removals {
		if r.Removed || !strings.Contains(r.Why.String(), "marked by the run elsewhere") {
			t.Errorf("%+v", r)
		}
	}
	if entries, _ := s.journal.Outstanding(s.url); len(d.Removals) != 2 || len(entries) != 0 {
		t.Errorf("%d removals; the journal: %+v", len(d.Removals), entries)
	}
}

// A clock that was set back leaves times in the future, which are no reason to wait for them.
func TestIntentFromTheFuture(t *testing.T) {
	s := serve(t, "")
	if err := s.journal.Intent(journal.Entry{Run: "1", Server: s.url, Kind: "realm", Realm: "late", Name: "late"}); err != nil {
		t.Fatal(err)
	}
	d := s.look(func(o *down.Options) { o.Now = func() time.Time { return time.Now().AddDate(-4, 0, 0) } })
	s.removes(d)
	if r := d.Removals[0]; d.InDoubt() != nil || !strings.Contains(r.Why.String(), "already gone (the journal dates it 20") {
		t.Errorf("%+v", r)
	}
	if entries, _ := s.journal.Outstanding(s.url); len(entries) != 0 {
		t.Errorf("%+v", entries)
	}
}

// What may still come is in doubt, and says how to look again.
func TestDownSaysThatItIsInDoubt(t *testing.T) {
	s := serve(t, "")
	if err := s.journal.Intent(journal.Entry{Run: "1", Server: s.url, Kind: "realm", Realm: "security a b", Name: "security a b"}); err != nil {
		t.Fatal(err)
	}
	d := s.look(func(o *down.Options) { o.Realm, o.OnlyRealm = "security a b", true })
	s.removes(d)
	var check *problem.CheckError
	if err := d.InDoubt(); !errors.As(err, &check) || !strings.Contains(check.Message.String(), "realm security a b") || !strings.HasSuffix(check.Hint.String(), "--realm 'security a b'") {
		t.Errorf("%+v", check)
	}
	if entries, _ := s.journal.Outstanding(s.url); len(entries) != 1 {
		t.Errorf("forgotten: %+v", entries)
	}
	// The same while another run's realm of this name goes.
	s.make("", marked("security a b", "2"))
	if err := s.journal.Confirmed(journal.Entry{Run: "2", Server: s.url, Kind: "realm", Realm: "security a b", Name: "security a b", ID: "security a b"}); err != nil {
		t.Fatal(err)
	}
	d = s.look()
	s.removes(d)
	if entries, _ := s.journal.Outstanding(s.url); d.InDoubt() == nil || s.realms() != "master" || len(entries) != 1 || entries[0].Run != "1" {
		t.Errorf("%s; %v; %+v", s.realms(), d.InDoubt(), entries)
	}
}

// A lost answer is settled by looking: the change was not there before the call, and is there after it.
func TestChangeWhoseAnswerWasLostIsLookedAt(t *testing.T) {
	s := newChanging(t)
	s.intercept(nil, func(r *http.Request) bool {
		return r.Method == http.MethodPost && strings.Contains(r.URL.Path, "/role-mappings/")
	})
	if err := s.c.Apply(t.Context(), s.admin, s.journal, s.url); err == nil {
		t.Fatal("nothing was cut off")
	}
	s.intercept(nil, nil)
	changes, err := change.List(s.journal, s.url)
	if err != nil || len(changes) != 1 || changes[0].InDoubt() {
		t.Errorf("%+v, %v", changes, err)
	}
}
