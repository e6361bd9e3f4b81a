package flows

import (
	"context"
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"fix403/flows/down"
	"fix403/flows/gate"
	"fix403/flows/journal"
	"fix403/flows/params"
	"fix403/flows/problem"
	"fix403/flows/story"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/wire"
)

// The expectations come from FACTS, sections 2 and 14.
var worlds = []world{
	{"26.7.4", http.StatusOK, story.DecidedAtRequest},
	{"26.7.3", http.StatusOK, story.DecidedAtRequest},
	{"24.0.5", http.StatusForbidden, story.DecidedInToken},
	{"26.4.0", http.StatusForbidden, story.DecidedInToken},
	{"26.7.2", http.StatusForbidden, story.DecidedInToken},
}

type world struct {
	version string
	old     int // what the old token gets after the grant
	decided string
}

func TestStoryIsToldInEachWorld(t *testing.T) {
	for _, w := range worlds {
		t.Run(w.version, func(t *testing.T) {
			s, err := story.New(story.Options{Practice: true, As: w.version, Params: params.DefaultParams()})
			if err != nil {
				t.Fatal(err)
			}
			if err := doAll(t, s); err != nil {
				t.Fatal(err)
			}
			st := s.State()
			if st.Version != w.version {
				t.Errorf("version %q, want %q", st.Version, w.version)
			}
			if got := st.FirstCall; got.Exchange.Status != 403 || got.Refusal.Gate != gate.Role || len(got.Token.Roles("realm-management")) != 0 {
				t.Errorf("first call: %d at %s with %v", got.Exchange.Status, got.Refusal.Gate, got.Token.Roles("realm-management"))
			}
			if st.OldTokenCall.Exchange.Status != w.old || st.RolesDecided != w.decided {
				t.Errorf("old token: %d, decided %q; want %d, %q", st.OldTokenCall.Exchange.Status, st.RolesDecided, w.old, w.decided)
			}
			want := []string{"query-groups", "query-users", "view-users"}
			if got := st.SecondCall; got.Exchange.Status != 200 || !slices.Equal(got.Token.Roles("realm-management"), want) {
				t.Errorf("second call: %d with %v", got.Exchange.Status, got.Token.Roles("realm-management"))
			}
			if a, b := st.FirstCall.Exchange, st.SecondCall.Exchange; a.Method+a.URL != b.Method+b.URL || a.URL != st.CallURL() {
				t.Errorf("not the same call: %s, %s, %s", a.URL, b.URL, st.CallURL())
			}
			if !slices.Equal(st.DirectRoles, []string{"view-users"}) || !slices.Equal(st.EffectiveRoles, want) {
				t.Errorf("direct %v, effective %v", st.DirectRoles, st.EffectiveRoles)
			}
			explained := story.StepByID(story.StepSecondCall).Explain(st)
			if passed := strings.Contains(explained.String(), "passed at once"); passed != (w.old == 200) {
				t.Errorf("explanation of the other world: %s", explained)
			}
			q := story.StepByID(story.StepSecondCall).Questions
			if got := q[0].Choices[q[0].Answer(st)]; !strings.HasPrefix(string(got), map[int]string{200: "200", 403: "403"}[w.old]) {
				t.Errorf("the old token's question is answered with %q", got)
			}
			if _, open := s.Next(); open {
				t.Error("a step is still open")
			}
		})
	}
}

func TestRunAgainUsesWhatIsThere(t *testing.T) {
	server := serve(t, "24.0.5")
	if err := doAll(t, server.story()); err != nil {
		t.Fatal(err)
	}
	second := server.story()
	if err := doAll(t, second); err != nil {
		t.Fatal(err)
	}
	st := second.State()
	if len(st.Created) != 0 {
		t.Errorf("created again: %v", st.Created)
	}
	if notes := st.Results[story.StepFirstCall].Notes; len(notes) != 1 || !strings.Contains(notes[0].String(), "it was revoked") {
		t.Errorf("notes of the first call: %q", notes)
	}
	revoked := slices.ContainsFunc(second.Exchanges(), func(e wire.Exchange) bool {
		return e.Method == http.MethodDelete && e.Step == string(story.StepFirstCall) && e.Status == 204
	})
	if !revoked {
		t.Error("the revoke is no recorded exchange")
	}
	if err := second.Cleanup(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := server.realms(); got != "master" {
		t.Errorf("left behind: %s", got)
	}
}

func TestForeignRealmIsLeftAlone(t *testing.T) {
	server := serve(t, "")
	server.make("", map[string]any{"realm": "403-forbidden-fix", "enabled": true})
	err := doAll(t, server.story())
	var check *problem.CheckError
	if !errors.As(err, &check) || check.Kind != "not-ours" {
		t.Fatalf("got %v", err)
	}
	if d := server.down(); len(d.Removals) != 1 || d.Removals[0].Removed || !strings.HasPrefix(d.Removals[0].Why.String(), "left") {
		t.Errorf("down: %+v", d.Removals)
	}
	if _, _, text := server.api(http.MethodGet, "/403-forbidden-fix/clients?clientId=403-forbidden-fix-client", nil); text != "[]" {
		t.Errorf("a client was created: %s", text)
	}
}

func TestExistingRealmGetsOnlyClientAndUser(t *testing.T) {
	server := serve(t, "")
	server.make("", map[string]any{"realm": "prod-app", "enabled": true})
	server.make("/prod-app/users", map[string]any{"username": "somebody", "enabled": true})
	existing := func(o *story.Options) { o.Existing, o.Params.Realm = true, "prod-app" }
	if err := doAll(t, server.story(existing)); err != nil {
		t.Fatal(err)
	}
	server.down()
	if got := server.realms(); got != "master prod-app" {
		t.Errorf("realms: %s", got)
	}
	_, _, users := server.api(http.MethodGet, "/prod-app/users", nil)
	if !strings.Contains(users, "somebody") || strings.Contains(users, "john-doe") {
		t.Errorf("users afterwards: %s", users)
	}
	if _, _, text := server.api(http.MethodGet, "/prod-app/clients?clientId=403-forbidden-fix-client", nil); text != "[]" {
		t.Errorf("the client is still there: %s", text)
	}
}

func TestForeignClientIsLeftAlone(t *testing.T) {
	for _, withRole := range []bool{false, true} {
		server := serve(t, "")
		server.make("", map[string]any{"realm": "prod-app", "enabled": true})
		id := server.make("/prod-app/clients", map[string]any{"clientId": "theirs", "serviceAccountsEnabled": true, "publicClient": false})
		kind := "not-ours"
		if withRole {
			kind = "already-has-role"
			give(server, "prod-app", id)
		}
		err := doAll(t, server.story(func(o *story.Options) {
			o.Existing, o.Params.Realm, o.Params.ClientID = true, "prod-app", "theirs"
		}))
		var check *problem.CheckError
		if !errors.As(err, &check) || check.Kind != kind {
			t.Errorf("with role %v: %v", withRole, err)
		}
	}
}

// give maps view-users to a client's service account, past this program.
func give(server *served, realm, clientUUID string) {
	server.t.Helper()
	field := func(path, name string) string {
		_, _, text := server.api(http.MethodGet, "/"+realm+path, nil)
		_, after, _ := strings.Cut(text, `"`+name+`":"`)
		value, _, _ := strings.Cut(after, `"`)
		return value
	}
	account := field("/clients/"+clientUUID+"/service-account-user", "id")
	rm := field("/clients?clientId=realm-management", "id")
	role := field("/clients/"+rm+"/roles/view-users", "id")
	status, _, text := server.api(http.MethodPost, "/"+realm+"/users/"+account+"/role-mappings/clients/"+rm,
		[]map[string]string{{"id": role, "name": "view-users"}})
	if status != http.StatusNoContent {
		server.t.Fatalf("giving the role: %d %s", status, text)
	}
}

func TestRealmThatDiffersIsReported(t *testing.T) {
	server := serve(t, "")
	server.make("", map[string]any{"realm": "403-forbidden-fix", "enabled": false, "attributes": map[string]string{keycloak.MarkerAttribute: "old"}})
	err := doAll(t, server.story())
	var check *problem.CheckError
	if !errors.As(err, &check) || check.Kind != "differs" || !strings.Contains(check.Message.String(), "enabled is false, not true") {
		t.Fatalf("got %v", err)
	}
	if _, _, text := server.api(http.MethodGet, "/403-forbidden-fix", nil); !strings.Contains(text, `"enabled":false`) {
		t.Error("the realm was changed")
	}
}

func TestStepsDoneByHandCount(t *testing.T) {
	server := serve(t, "")
	s := server.story(func(o *story.Options) { o.Existing = true })
	mustDo(t, s, story.StepConnect)
	if _, err := s.Check(t.Context(), story.StepRealm); err == nil {
		t.Error("a realm that is not there was found")
	}
	server.make("", map[string]any{"realm": "403-forbidden-fix", "enabled": true, "attributes": map[string]string{keycloak.MarkerAttribute: "by-hand"}})
	id := server.make("/403-forbidden-fix/clients", map[string]any{"clientId": "403-forbidden-fix-client", "serviceAccountsEnabled": true, "publicClient": false, "standardFlowEnabled": true})
	server.make("/403-forbidden-fix/users", map[string]any{"username": "john-doe", "enabled": true})
	for _, step := range []story.StepID{story.StepRealm, story.StepClient, story.StepUser} {
		if r, err := s.Check(t.Context(), step); err != nil || r.Checked.Empty() {
			t.Fatalf("%s: %v", step, err)
		}
	}
	doBefore(t, s, story.StepGrant)
	if _, err := s.Check(t.Context(), story.StepGrant); err == nil {
		t.Error("a role that was not given was found")
	}
	give(server, "403-forbidden-fix", id)
	if _, err := s.Check(t.Context(), story.StepGrant); err != nil {
		t.Fatal(err)
	}
	doThrough(t, s, story.StepSecondCall)
}

func TestStepsAreLockedUntilTheirTurn(t *testing.T) {
	s, err := story.New(story.Options{Practice: true, Params: params.DefaultParams()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Do(t.Context(), story.StepRealm); failure.KindOf(err) != failure.BadInput {
		t.Errorf("got %v", err)
	}
	if len(s.Exchanges()) != 0 {
		t.Error("something was sent")
	}
}

func TestUndoTakesBackAndReopens(t *testing.T) {
	server := serve(t, "")
	s := server.story()
	if err := doAll(t, s); err != nil {
		t.Fatal(err)
	}
	for _, step := range []story.StepID{story.StepGrant, story.StepUser, story.StepClient, story.StepRealm} {
		if _, err := s.Undo(t.Context(), step); err != nil {
			t.Fatalf("%s: %v", step, err)
		}
		if next, _ := s.Next(); next != step {
			t.Fatalf("after undoing %s the next step is %s", step, next)
		}
		if step == story.StepClient && !s.ClientSecret().Empty() {
			t.Error("the secret of the removed client is still there")
		}
		if step == story.StepRealm {
			continue
		}
		if _, err := s.Check(t.Context(), step); err == nil {
			t.Errorf("%s is still there", step)
		}
	}
	if got := server.realms(); got != "master" {
		t.Errorf("realms: %s", got)
	}
	if err := doAll(t, s); err != nil {
		t.Errorf("again: %v", err)
	}
}

func TestCancelledStepCanBeDoneAgain(t *testing.T) {
	server := serve(t, "")
	s := server.story()
	mustDo(t, s, story.StepConnect)
	ctx, cancel := context.WithCancel(t.Context())
	server.intercept(func(r *http.Request) {
		if r.Method == http.MethodPost && strings.HasSuffix(strings.TrimRight(r.URL.Path, "/"), "/admin/realms") {
			cancel()
		}
	}, nil)
	_, err := s.Do(ctx, story.StepRealm)
	if !errors.Is(err, context.Canceled) || failure.KindOf(err) != failure.Canceled {
		t.Fatalf("got %v", err)
	}
	server.intercept(nil, nil)
	// The server created it all the same: its answer was waited for, and so it is known and can be removed.
	if st := s.State(); len(st.Created) != 1 || st.PendingRealm != "" {
		t.Errorf("created %v, unanswered %q", st.Created, st.PendingRealm)
	}
	mustDo(t, s, story.StepRealm, story.StepClient)
}

func TestNothingIsCreatedAfterGivingUp(t *testing.T) {
	server := serve(t, "")
	s := server.story()
	mustDo(t, s, story.StepConnect)
	ctx, cancel := context.WithCancel(t.Context())
	server.intercept(func(r *http.Request) {
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/admin/realms/403-forbidden-fix") {
			cancel()
		}
	}, nil)
	if _, err := s.Do(ctx, story.StepRealm); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	server.intercept(nil, nil)
	if got := server.realms(); got != "master" {
		t.Errorf("realms: %s", got)
	}
}

func TestJournalSpeaksBeforeTheServerDoes(t *testing.T) {
	server := serve(t, "")
	creating := map[string]string{"/admin/realms": "realm", "/clients": "client", "/users": "user"}
	seen := map[string]bool{}
	server.intercept(func(r *http.Request) {
		if r.Method != http.MethodPost {
			return
		}
		for suffix, kind := range creating {
			if strings.HasSuffix(strings.TrimRight(r.URL.Path, "/"), suffix) {
				text, _ := os.ReadFile(server.path)
				lines := strings.Split(strings.TrimSpace(string(text)), "\n")
				last := lines[len(lines)-1]
				seen[kind] = strings.Contains(last, `"event":"intent"`) && strings.Contains(last, `"kind":"`+kind+`"`)
			}
		}
	}, nil)
	if err := doAll(t, server.story()); err != nil {
		t.Fatal(err)
	}
	for _, kind := range creating {
		if !seen[kind] {
			t.Errorf("no intent in the journal before the %s was created", kind)
		}
	}
	info, err := os.Stat(server.path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	text, err := os.ReadFile(server.path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), server.pass) {
		t.Error("the journal holds the admin's password")
	}
	standing, err := server.journal.Outstanding(server.url)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range standing {
		if e.Event != journal.EventConfirmed || e.ID == "" {
			t.Errorf("not confirmed: %+v", e)
		}
	}
	if len(standing) != 4 {
		t.Errorf("standing: %+v", standing)
	}
}

func TestDownAfterALostAnswer(t *testing.T) {
	server := serve(t, "")
	server.intercept(nil, func(r *http.Request) bool {
		return r.Method == http.MethodPost && strings.TrimRight(r.URL.Path, "/") == "/admin/realms"
	})
	if err := doAll(t, server.story()); failure.KindOf(err) != failure.Unreachable {
		t.Fatalf("got %v", err)
	}
	server.intercept(nil, nil)
	if got := server.realms(); got != "403-forbidden-fix master" {
		t.Fatalf("realms: %s", got)
	}
	if d := server.down(); len(d.Removals) != 1 || !d.Removals[0].Removed {
		t.Errorf("down: %+v", d.Removals)
	}
	if got := server.realms(); got != "master" {
		t.Errorf("realms: %s", got)
	}
	if standing, err := server.journal.Outstanding(server.url); err != nil || len(standing) != 0 {
		t.Errorf("standing: %+v, %v", standing, err)
	}
}

// The same without the journal: what the run itself can say and do about it.
func TestCleanupAfterALostAnswer(t *testing.T) {
	for _, acted := range []bool{true, false} {
		server := serve(t, "")
		s := server.story()
		creating := func(r *http.Request) bool {
			return r.Method == http.MethodPost && strings.TrimRight(r.URL.Path, "/") == "/admin/realms"
		}
		if acted {
			server.intercept(nil, creating)
		} else {
			server.intercept(func(r *http.Request) {
				if creating(r) {
					panic(http.ErrAbortHandler)
				}
			}, nil)
		}
		if err := doAll(t, s); failure.KindOf(err) != failure.Unreachable {
			t.Fatalf("got %v", err)
		}
		server.intercept(nil, nil)
		if kept := story.Leftovers(s.State()); !strings.HasPrefix(kept.String(), "perhaps the realm 403-forbidden-fix") {
			t.Errorf("kept: %q", kept)
		}
		if acted {
			mustDo(t, s, story.StepRealm)
			if st := s.State(); st.PendingRealm != "" || len(st.Created) != 1 {
				t.Errorf("done again: %+v, unanswered %q", st.Created, st.PendingRealm)
			}
		}
		if err := s.Cleanup(t.Context()); err != nil {
			t.Fatal(err)
		}
		// What was not there may still come: it stays in doubt.
		if got, doubt := server.realms(), !story.Leftovers(s.State()).Empty(); got != "master" || doubt == acted {
			t.Errorf("acted %v: realms %s, kept %q", acted, got, story.Leftovers(s.State()))
		}
		if standing, err := server.journal.Outstanding(server.url); err != nil || acted != (len(standing) == 0) {
			t.Errorf("acted %v: standing %+v, %v", acted, standing, err)
		}
	}
}

func TestARefusedCreationLeavesNoDoubt(t *testing.T) {
	server := serve(t, "")
	server.make("", map[string]any{"realm": "team", "enabled": true})
	server.make("/team/users", map[string]any{
		"username": "boss", "enabled": true, "firstName": "B", "lastName": "B", "email": "b@example.com", "emailVerified": true,
		"credentials": []map[string]any{{"type": "password", "value": "boss-password-1", "temporary": false}},
	})
	giveAdminRoles(server, "team", "boss", "realm-admin")
	s := server.story(func(o *story.Options) {
		o.Credentials = keycloak.Credentials{Realm: "team", User: "boss", Password: wire.NewSecret("boss-password-1")}
	})
	if err := doAll(t, s); failure.KindOf(err) != failure.AdminRefused {
		t.Fatalf("got %v", err)
	}
	if kept := story.Leftovers(s.State()); !kept.Empty() {
		t.Errorf("kept: %q", kept)
	}
}

func TestDownRefusesMaster(t *testing.T) {
	server := serve(t, "")
	o := server.options()
	if _, err := down.Open(t.Context(), down.Options{URL: o.URL, Credentials: o.Credentials, Realm: "master"}); failure.KindOf(err) != failure.BadInput {
		t.Errorf("got %v", err)
	}
}

func TestTryAnEditedURL(t *testing.T) {
	server := serve(t, "")
	s := server.story()
	if _, err := s.Try(t.Context(), server.url+"/admin/realms/x/users/y"); failure.KindOf(err) != failure.BadInput {
		t.Errorf("before there is a token: %v", err)
	}
	doThrough(t, s, story.StepFirstCall)
	url := s.State().CallURL()
	for _, edit := range []struct {
		url    string
		status int
		gate   gate.Gate
	}{
		{url, 403, gate.Role},
		{url + "x", 403, gate.Role}, // whether the user exists is not told without a role
		{strings.Replace(url, "403-forbidden-fix", "nope", 1), 404, gate.Realm},
		{strings.Replace(url, "403-forbidden-fix", "master", 1), 403, gate.Realm},
		{url + "/nope", 404, gate.Route},
	} {
		c, err := s.Try(t.Context(), edit.url)
		if err != nil || c.Exchange.Status != edit.status || c.Refusal.Gate != edit.gate {
			t.Errorf("%s: %d at %s, %v; want %d at %s", edit.url, c.Exchange.Status, c.Refusal.Gate, err, edit.status, edit.gate)
		}
	}
	for _, elsewhere := range []string{"http://127.0.0.1:1/admin/realms/x/users/y", server.url + ".evil.example/admin/realms/x", server.url + "/realms/master"} {
		if _, err := s.Try(t.Context(), elsewhere); failure.KindOf(err) != failure.BadInput {
			t.Errorf("%s: the token may have been sent there: %v", elsewhere, err)
		}
	}
}

func TestInputsAreValidated(t *testing.T) {
	s, err := story.New(story.Options{Practice: true, Params: params.DefaultParams()})
	if err != nil {
		t.Fatal(err)
	}
	bad := map[string][]string{
		"realm":          {"", "master", "a/b", "..", "a b\n", strings.Repeat("x", 256), " x"},
		"client-id":      {"", "a/b", "a%2fb"},
		"username":       {"", "a/b"},
		"email":          {"nobody", "John <john@example.com>"},
		"redirect-uris":  {"::", "example.com"},
		"url":            {"", "ftp://x", "http://admin:pw@localhost"},
		"admin-user":     {""},
		"admin-password": {""},
		"nonsense":       {"x"},
	}
	for name, values := range bad {
		for _, value := range values {
			if err := s.Set(name, value); failure.KindOf(err) != failure.BadInput {
				t.Errorf("%s = %q: %v", name, value, err)
			}
		}
	}
	if err := s.Set("username", "John"); err != nil || s.Value("username") != "john" {
		t.Errorf("username: %v, %q", err, s.Value("username"))
	}
	mustDo(t, s, story.StepConnect, story.StepRealm)
	if err := s.Set("realm", "other"); err == nil {
		t.Error("the realm of a done step was changed")
	}
}
