// Package change makes one change of a server's configuration by which a call comes to pass, and takes it back.
package change

import (
	"context"
	"errors"
	"slices"
	"strings"

	"fix403/flows/journal"
	"fix403/flows/kind"
	"fix403/flows/params"
	"fix403/flows/problem"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// Change is one change of a server's configuration by which a call comes to pass, small enough to be undone.
type Change struct {
	Kind     journal.ChangeKind
	Realm    string
	ClientID string // whose service account, scope or settings are changed; "" for a person's account
	UserID   string // of the account that gets the role, for a person's
	Username string // of that account; "" if it is not known
	// Session is one of the account, of a client, where neither id nor name is known: only the forms by hand take it.
	Session, SessionClient string
	// Container is the client that the role belongs to, usually realm-management.
	Container string
	Role      string // or the name of the client scope

	object  string              // as the journal has it, see [journal.Entry]
	run     string              // of the entry
	story   *journal.StoryNames // of the run, for the announcement
	doubted bool                // announced, and never confirmed: see [Change.InDoubt]
}

// InDoubt reports whether it is not known that fix403 made the change: it was announced, and its end was never noted. What
// is found on the server then may be an admin's own.
func (c Change) InDoubt() bool { return c.doubted }

// byDoctor begins the runs of changes that no story made.
const byDoctor = "doctor-"

// InRun returns the change as one of a run of the story.
func (c Change) InRun(run string, story *journal.StoryNames) Change {
	c.run, c.story = run, story
	return c
}

// OfStory reports whether a run of the story made the change.
func (c Change) OfStory() bool { return c.run != "" && !strings.HasPrefix(c.run, byDoctor) }

func (c Change) entry(server string) journal.Entry {
	run := c.run
	if run == "" {
		run = byDoctor + params.NewRunID()
	}
	return journal.Entry{Run: run, Server: server, Kind: kind.Kind(c.Kind), Realm: c.Realm, Name: c.Role, ID: c.UserID, Client: c.ClientID, Container: c.Container}
}

// Of reads a change out of the journal; false for an entry of another kind.
func Of(e journal.Entry) (Change, bool) {
	c := Change{Kind: journal.ChangeKind(e.Kind), Realm: e.Realm, ClientID: e.Client, UserID: e.ID, Container: e.Container, Role: e.Name, object: e.Object, run: e.Run,
		doubted: e.Event == journal.EventIntent && !e.Stood}
	return c, e.IsChange()
}

// OfRole is the change by which the role of a story was given.
func OfRole(e journal.Entry) Change {
	c, _ := Of(e)
	c.Kind, c.UserID = journal.ChangeGrant, ""
	return c
}

// Describe names what an entry of the journal is about, as in "client app in the realm shop".
func Describe(e journal.Entry) msg.Message {
	if c, ok := Of(e); ok {
		return msg.New("the change that %s, in the realm %s", c.Description(), e.Realm)
	}
	if e.Kind == kind.Realm {
		return msg.New("realm %s", e.Name)
	}
	return msg.New("%s %s in the realm %s", e.Kind.Word(), e.Name, e.Realm)
}

// List lists what was changed on a server and not undone, in the order in which it was done, and what is in doubt.
func List(j *journal.Journal, server string) ([]Change, error) {
	entries, err := j.Outstanding(server)
	var changes []Change
	for _, o := range journal.Objects(entries) {
		if c, ok := Of(o.Latest()); ok {
			changes = append(changes, c)
		}
	}
	return changes, err
}

// Apply makes the change, after it is journalled. A change that is there already is left alone, and not journalled: it is
// not ours to undo. In the realm master nothing is changed but the roles of an account.
func (c Change) Apply(ctx context.Context, admin *keycloak.Admin, j *journal.Journal, server string) error {
	_, err := c.Make(ctx, admin, j, server)
	return err
}

// Closed reports whether the change is one in the realm master that fix403 leaves to a person: its clients and users are admins of all
// realms. What an account of it may do in one realm is a role of the client that is named after that realm.
func (c Change) Closed() bool {
	inOneRealm := c.Kind == journal.ChangeGrant && strings.HasSuffix(c.Container, "-realm") && c.Container != "master-realm"
	return c.Realm == "master" && c.Kind != journal.ChangeRealmGrant && !inOneRealm
}

// Outcome is what became of a change.
type Outcome int

// The outcomes of [Change.Make].
const (
	NotMade  Outcome = iota // certainly, and nothing of it is outstanding
	WasThere                // it was there before
	Made
	Doubtful // it was announced, and what came of it is not known
)

// Make is [Change.Apply], and says what came of it.
func (c Change) Make(ctx context.Context, admin *keycloak.Admin, j *journal.Journal, server string) (Outcome, error) {
	if c.Closed() {
		return NotMade, problem.BadInput("If you want this change, make it by hand.", "fix403 changes nothing in the master realm: its clients and users are admins of all realms.")
	}
	p, err := c.find(ctx, admin)
	switch {
	case err != nil:
		return NotMade, err
	case p.there:
		return WasThere, nil
	}
	e := c.entry(server)
	e.Object = p.object
	announced := e
	announced.Story = c.story
	if err := j.Intent(announced); err != nil {
		return NotMade, err
	}
	if err := p.set(true); err != nil {
		out, writeErr := c.settle(ctx, admin, j, e, err)
		return out, errors.Join(err, writeErr)
	}
	return Made, j.Confirmed(e)
}

// settle notes how a change ended that failed. Where the answer was lost, or one of two requests was refused, the server
// is asked: what was not there before the call and is there after it is ours.
func (c Change) settle(ctx context.Context, admin *keycloak.Admin, j *journal.Journal, e journal.Entry, failed error) (Outcome, error) {
	notDone := failure.NotDone(failed)
	if !notDone || forms[c.Kind].twoCalls {
		p, err := c.find(ctx, admin)
		if err == nil && (p.there || p.half) {
			return Made, j.Confirmed(e)
		}
		notDone = notDone && err == nil // else it stays in doubt
	}
	if notDone {
		return NotMade, j.NotDone(e)
	}
	return Doubtful, nil
}

// Undo takes the change back. It is not an error if it is not there any more.
func (c Change) Undo(ctx context.Context, admin *keycloak.Admin, j *journal.Journal, server string) error {
	if c.Closed() {
		return problem.BadInput("", "fix403 changes nothing in the master realm.")
	}
	e := c.entry(server)
	others, readErr := j.Others(e)
	err := c.Revert(ctx, admin)
	if err != nil && failure.KindOf(err) != failure.NotFound {
		return err
	}
	return errors.Join(readErr, j.RemovedWith(e, others))
}

// Revert takes the change back without a word to the journal.
func (c Change) Revert(ctx context.Context, admin *keycloak.Admin) error {
	p, err := c.Undoable(ctx, admin)
	if err != nil || p == nil {
		return err
	}
	return p.set(false)
}

// Undoable is the place of a change that can be taken back; nil where there is nothing to take back: the client is
// another one of the same name, or it was undone before.
func (c Change) Undoable(ctx context.Context, admin *keycloak.Admin) (*place, error) {
	p, err := c.find(ctx, admin)
	switch {
	case failure.KindOf(err) == failure.NotFound:
		return nil, nil
	case err != nil:
		return nil, err
	case c.object != "" && c.object != p.object, !p.there && !p.half:
		return nil, nil
	}
	return &p, nil
}

// place is where a change is made.
type place struct {
	object string // uuid of the account or client
	there  bool   // the change is there
	half   bool   // the first of its two requests was made
	set    func(on bool) error
}

// find looks where the change is made, and whether it is.
func (c Change) find(ctx context.Context, admin *keycloak.Admin) (place, error) {
	find := forms[c.Kind].find
	if find == nil {
		return place{}, nil
	}
	if c.ClientID == "" {
		return find(ctx, c, admin, nil)
	}
	client, err := admin.ReadClient(ctx, c.Realm, c.ClientID)
	if err != nil {
		return place{}, err
	}
	return find(ctx, c, admin, client)
}

// roleAt is the role of a change, and the uuid of the client that it belongs to.
type roleAt struct {
	container string
	role      keycloak.Role
}

func (c Change) role(ctx context.Context, admin *keycloak.Admin) (roleAt, error) {
	container, err := admin.FindClient(ctx, c.Realm, c.Container)
	if err != nil {
		return roleAt{}, err
	}
	roles, err := admin.ClientRoles(ctx, c.Realm, container.ID)
	if err != nil {
		return roleAt{}, err
	}
	i := slices.IndexFunc(roles, func(r keycloak.Role) bool { return r.Name == c.Role })
	if i < 0 {
		return roleAt{}, &failure.Error{Kind: failure.NotFound, Message: msg.New("The client %s has no role %s.", c.Container, c.Role), Hint: msg.New("Create it again, or use a fresh realm.")}
	}
	return roleAt{container.ID, roles[i]}, nil
}

// among reports whether the role of the change is one of some.
func (c Change) among(held []keycloak.Role) bool {
	return slices.ContainsFunc(held, func(r keycloak.Role) bool { return r.Name == c.Role })
}
