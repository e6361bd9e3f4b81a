package flows

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"fix403/flows/roles"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
)

// DownOptions of [OpenDown].
type DownOptions struct {
	URL          string
	Credentials  keycloak.Credentials
	TLS          keycloak.TLS
	Transport    http.RoundTripper // nil: made from TLS
	Timeout      time.Duration
	RealmTimeout time.Duration
	Realm        string // looked at besides what the journal names; "" for none
	OnlyRealm    bool   // nothing outside of Realm is looked at
	Journal      *Journal
	Now          func() time.Time // nil is time.Now
}

// creationGrace is how long a server may still be at a creation whose answer nobody waited for, as after kill -9: the longest
// that fix403 itself waits for one.
const creationGrace = 2 * time.Minute

// Removal is an object that [Down] found, and what becomes of it.
type Removal struct {
	Kind    string `json:"kind"`
	Realm   string `json:"realm"`
	Name    string `json:"name"`
	ID      string `json:"id,omitempty"`
	Remove  bool   `json:"-"`                  // it is ours and there, or was answered for
	Left    bool   `json:"-"`                  // it is there, and not known to be ours
	InDoubt bool   `json:"in_doubt,omitempty"` // it may be ours, or may still come
	Removed bool   `json:"removed"`            // by [Down.Remove]
	Why     string `json:"why"`                // it is removed, or left
	// Question is what a person has to answer before it is removed, and Doubt why; "" for nothing. With Remove set it is
	// answered.
	Question, Doubt string `json:"-"`
	Err             error  `json:"-"` // why it could not be looked at or removed

	entry   Entry
	entries []Entry // what the journal has of it
	mark    string  // of the realm that was looked at
	gone    bool
	change  *Change // undone in place of a removal
}

// Down removes what fix403 created on a server, by the journal and by the markers, and nothing else.
type Down struct {
	options   DownOptions
	transport http.RoundTripper
	server    *keycloak.Server
	admin     *keycloak.Admin
	ledger    ledger
	Removals  []Removal
}

// OpenDown connects and finds out what there is to remove. It changes nothing. What this admin may not look at is left and
// says so; the rest is removed all the same.
func OpenDown(ctx context.Context, o DownOptions) (*Down, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	d := &Down{options: o}
	if o.Realm == "master" {
		return nil, badInput("Name the realm that fix403 created.", "The realm master is never removed.")
	}
	transport := o.Transport
	if transport == nil {
		t, err := keycloak.NewTransport(o.TLS)
		if err != nil {
			return nil, err
		}
		transport = t
	}
	d.transport = transport
	recorder := &keycloak.Recorder{}
	recorder.HideLogin(o.Credentials)
	var err error
	if d.server, err = keycloak.Open(ctx, o.URL, keycloak.Options{Transport: transport, Recorder: recorder, Timeout: o.Timeout, RealmTimeout: o.RealmTimeout, Now: o.Now}); err != nil {
		return nil, err
	}
	if d.ledger, err = o.Journal.ledger(d.server.URL()); err != nil {
		return nil, err
	}
	if d.admin, err = d.server.Login(ctx, o.Credentials); err != nil {
		return nil, err
	}
	return d, d.lookAtAll(ctx)
}

func (d *Down) lookAtAll(ctx context.Context) error {
	o := d.options
	all := objects(d.ledger.outstanding)
	if o.OnlyRealm {
		all = slices.DeleteFunc(all, func(of object) bool { return of[0].Realm != o.Realm })
	}
	if o.Realm != "" && !slices.ContainsFunc(all, func(of object) bool { return of[0].Kind == "realm" && of[0].Realm == o.Realm }) {
		all = append(all, object{{Server: d.server.URL(), Kind: "realm", Realm: o.Realm, Name: o.Realm}})
	}
	whole := map[string]bool{} // realms that go or stay with all in them
	for _, realms := range []bool{true, false} {
		for _, of := range all {
			if (of[0].Kind == "realm") != realms || !realms && whole[of[0].Realm] {
				continue
			}
			r, err := d.look(ctx, of)
			if err != nil {
				return err
			}
			if realms {
				whole[r.Realm] = r.Remove || r.Question != "" && d.ledger.knows(r.mark, "realm", r.Realm, r.Name)
			}
			if r.Why == "" { // not worth a word
				continue
			}
			d.Removals = append(d.Removals, r)
			if (r.Remove || r.gone) && len(d.pending(r)) > 0 {
				d.Removals = append(d.Removals, Removal{Kind: r.Kind, Realm: r.Realm, Name: r.Name, entry: r.entry, InDoubt: true, Why: texts.T("a second one of this name was announced by another run, and the server may still be at it: look again in two minutes")})
			}
		}
	}
	return nil
}

// look finds out whether an object is there and ours. A Removal without Why is not worth a word.
func (d *Down) look(ctx context.Context, of object) (Removal, error) {
	e := of.latest()
	r := Removal{Kind: e.Kind, Realm: e.Realm, Name: e.Name, ID: e.ID, entry: e, entries: of}
	if e.Realm == "master" {
		r.Why = texts.T("left: nothing in master is ever removed")
		return r, nil
	}
	var err error
	switch e.Kind {
	case "realm":
		err = d.lookRealm(ctx, &r)
	case "client":
		var client *keycloak.Client
		if client, err = d.admin.FindClient(ctx, e.Realm, e.Name); err == nil {
			d.judge(&r, client.Marker)
		}
	case "user":
		err = d.lookUser(ctx, &r)
	case "role":
		err = d.lookRole(ctx, &r)
	default:
		change, ok := changeOf(e)
		if !ok {
			return r, nil
		}
		r.Name = change.Says()
		err = d.lookChange(ctx, &r, change, texts.T("changed by fix403 doctor --fix"))
	}
	switch keycloak.KindOf(err) {
	case keycloak.KindNotFound:
		r.notThere(d.options.Now())
		return r, nil
	case keycloak.KindAdminRefused:
		r.Why, r.Err = texts.T("left: this admin may not look at it"), withNeeds(r, err)
		return r, nil
	default:
		return r, err
	}
}

// judge decides by the mark of something that was found.
func (d *Down) judge(r *Removal, mark string) {
	r.mark = mark
	switch {
	case d.ledger.knows(mark, r.Kind, r.Realm, r.Name):
		r.Remove, r.Why = true, texts.T("created by fix403")
	case mark == "":
		r.Left, r.Why = true, texts.T("left: fix403 did not create it")
	default: // what the journal names is gone, or this would not be there
		r.Left, r.gone, r.Why = true, r.entry.Event == eventConfirmed, texts.T("left: it carries the mark of the run %s, which the journal of this machine does not know", mark)
	}
}

func (d *Down) lookUser(ctx context.Context, r *Removal) error {
	user, err := d.admin.FindUser(ctx, r.Realm, r.Name, "")
	if err != nil {
		return err
	}
	created := slices.ContainsFunc(r.entries, func(e Entry) bool { return e.ID == user.ID })
	switch {
	case created:
		r.Remove, r.Why = true, texts.T("created by fix403")
	case user.Marker == "" && r.entry.ID == "":
		r.doubt(texts.T("it does not carry the mark of fix403, and whether fix403 created it is not known, since the answer to its creation never came"),
			texts.T("Remove the user %s all the same?", r.Name))
	default:
		d.judge(r, user.Marker)
	}
	r.ID = user.ID
	return nil
}

// doubt says why a person has to be asked.
func (r *Removal) doubt(why, question string) {
	r.Left, r.InDoubt, r.Question, r.Doubt, r.Why = true, true, question, why, texts.T("left: %s", why)
}

// lookRealm looks at a realm and its mark. One with the mark of a run that the journal does not know, one that had another
// name, and one that a person works in by now, is only removed after a question.
func (d *Down) lookRealm(ctx context.Context, r *Removal) error {
	realm, err := d.admin.FindRealm(ctx, r.Name)
	if err != nil {
		return err
	}
	if realm.Reduced {
		r.Left, r.Why = true, texts.T("left: this admin may not see whether fix403 created it")
		if r.entry.Run != "" { // the journal says so
			r.Err = withNeeds(*r, &keycloak.Error{
				Kind: keycloak.KindAdminRefused, Status: http.StatusForbidden,
				Message: msg.New("The admin %s may not see whether fix403 created the realm %s.", d.admin.Name(), r.Name),
			})
		}
		return nil
	}
	d.judge(r, realm.Marker)
	if realm.Marker == "" || r.Remove && scratchRealm(r.Name) {
		return nil
	}
	c, err := d.admin.Contents(ctx, r.Name)
	holds := d.ledger.strangers(r.Name, realm.Marker, c)
	if err != nil {
		holds = texts.T("what it holds could not be looked at")
	}
	question := texts.T("Remove the realm %s all the same, with all in it?", r.Name)
	before := d.ledger.realmsOf(realm.Marker)
	switch {
	case r.Remove && holds == "":
	case r.Remove:
		r.Remove = false
		r.doubt(texts.T("fix403 created it, but %s", holds), question)
	case len(before) > 0:
		r.doubt(joined(texts.T("fix403 created it under the name %s", strings.Join(before, ", ")), holds), question)
	default:
		r.doubt(joined(texts.T("it carries the mark of the run %s, which the journal of this machine does not know", realm.Marker), holds), question)
	}
	return nil
}

func joined(why, holds string) string {
	if holds == "" {
		return why
	}
	return why + "; " + holds
}

// scratchRealm reports whether a name is one of those that fix403 makes up for a realm of its own: what it is filled with
// is not listed anywhere.
func scratchRealm(name string) bool {
	return strings.HasPrefix(name, "fix403-lab-") || strings.HasPrefix(name, "fix403-roles-")
}

// strangers says what a realm holds that fix403 did not make, "" for nothing; of a run that the journal does not know, all
// that the realm holds.
func (l ledger) strangers(realm, mark string, c keycloak.Contents) string {
	if len(l.realmsOf(mark)) == 0 {
		return texts.T("it holds users: %d, clients: %d", len(c.Users), len(c.Clients))
	}
	users, clients := 0, 0
	for _, u := range c.Users {
		if u.Marker == "" && !l.story("user", realm, u.Username) {
			users++
		}
	}
	for _, o := range c.Clients {
		if o.Marker == "" && !l.story("client", realm, o.ClientID) {
			clients++
		}
	}
	switch {
	case users+clients == 0:
		return ""
	case c.More:
		return texts.T("it holds more than %d users or clients, of which fix403 did not make %d users and %d clients", len(c.Users)+len(c.Clients)-1, users, clients)
	}
	return texts.T("it holds what fix403 did not make: users: %d, clients: %d", users, clients)
}

// lookRole is for the role of the story: it goes with the client that it was given to, or is taken back from one that
// fix403 did not create.
func (d *Down) lookRole(ctx context.Context, r *Removal) error {
	e := r.entry
	if e.Client == "" || e.Object == "" {
		return nil
	}
	client, err := d.admin.FindClient(ctx, e.Realm, e.Client)
	if err != nil || d.ledger.knows(client.Marker, "client", e.Realm, e.Client) {
		return err
	}
	return d.lookChange(ctx, r, roleOf(e), texts.T("given by fix403"))
}

func (d *Down) lookChange(ctx context.Context, r *Removal, change Change, why string) error {
	place, err := change.undoable(ctx, d.admin)
	switch {
	case err != nil:
		return err
	case place == nil:
		r.notThere(d.options.Now())
		return nil
	}
	r.Remove, r.Why, r.change = true, why, &change
	if change.InDoubt() {
		r.Remove = false
		r.doubt(texts.T("whether fix403 made this change is not known, since it was announced and its end was never noted: it may be an admin's own"), texts.T("Undo what %s all the same?", change.Says()))
	}
	return nil
}

// age says how far a creation can be: done for long, or perhaps going on.
func (e Entry) pending(now time.Time) bool {
	age := now.Sub(e.Time)
	return e.Event == eventIntent && age < creationGrace && age > -creationGrace
}

// pending returns what other runs announced of an object and may still come.
func (d *Down) pending(r Removal) []Entry {
	return slices.DeleteFunc(slices.Clone(r.entries), func(e Entry) bool { return !e.pending(d.options.Now()) || e.Run == r.entry.Run })
}

// notThere says that nothing is there to be removed, or perhaps not yet.
func (r *Removal) notThere(now time.Time) {
	future := slices.IndexFunc(r.entries, func(e Entry) bool { return e.Time.Sub(now) >= creationGrace })
	switch {
	case r.entry.Run == "":
		r.Why = texts.T("not there")
	case slices.ContainsFunc(r.entries, func(e Entry) bool { return e.pending(now) }):
		r.InDoubt = true
		r.Why = texts.T("not there, but whether its creation was done was never known, and the server may still be at it: look again in two minutes")
	case future >= 0:
		r.Why, r.gone = texts.T("gone already (the journal dates it %s, which is in the future: was the clock set back?)", r.entries[future].Time.Format(time.DateOnly)), true
	default:
		r.Why, r.gone = texts.T("gone already"), true
	}
}

// Remove removes what was found to be ours or was answered for, the latest first, and has the journal forget what is gone.
// It goes on after an error; errors are joined.
func (d *Down) Remove(ctx context.Context) error {
	var errs []error
	for i := range slices.Backward(d.Removals) {
		r := &d.Removals[i]
		if r.Remove {
			if err := d.remove(ctx, r); err != nil {
				r.Err = d.server.Recorder().MaskError(err)
				errs = append(errs, err)
				continue
			}
			r.Removed, r.Left, r.InDoubt = true, false, false
		}
		if r.Removed || r.gone {
			if err := d.forget(r); err != nil {
				return err
			}
		}
	}
	return d.server.Recorder().MaskError(errors.Join(errs...))
}

// forget notes that something is gone, and what went with it. What another run announced a moment ago may still come.
func (d *Down) forget(r *Removal) error {
	with := r.entries
	if r.Removed && r.change == nil && r.Kind != "user" {
		with = slices.DeleteFunc(slices.Clone(d.ledger.outstanding), func(e Entry) bool { return !r.entry.takes(e) })
	}
	for _, e := range with {
		if e.Run == "" || e.pending(d.options.Now()) && e.Run != r.entry.Run {
			continue
		}
		if err := d.options.Journal.removed(e); err != nil {
			return err
		}
	}
	return nil
}

func (d *Down) remove(ctx context.Context, r *Removal) error {
	if r.change != nil {
		if err := r.change.Undo(ctx, d.admin, nil, d.server.URL()); err != nil {
			return msg.Wrap(err, "undoing what %s", r.change.Says())
		}
		return nil
	}
	var err error
	switch r.Kind {
	case "realm":
		err = d.admin.DeleteMarkedRealm(ctx, r.Name, r.mark)
	case "client":
		err = d.admin.DeleteClient(ctx, r.Realm, r.Name)
	case "user":
		err = d.admin.DeleteUser(ctx, r.Realm, r.ID)
	}
	if err != nil && keycloak.KindOf(err) != keycloak.KindNotFound {
		return msg.Wrap(withNeeds(*r, err), "removing the %s %s", KindWord(r.Kind), r.Name)
	}
	return nil
}

// removing are the calls by which something of a kind is found and removed.
var removing = map[string][]string{
	"realm":  {"GET /admin/realms/{realm}", "DELETE /admin/realms/{realm}"},
	"client": {"GET /admin/realms/{realm}/clients", "DELETE /admin/realms/{realm}/clients/{client-uuid}"},
	"user":   {"GET /admin/realms/{realm}/users", "DELETE /admin/realms/{realm}/users/{user-id}"},
}

// withNeeds names the right that an admin lacks who was refused, by the matrix.
func withNeeds(r Removal, err error) error {
	e := asKeycloakError(err)
	if e == nil || e.Kind != keycloak.KindAdminRefused || e.Status != http.StatusForbidden || removing[r.Kind] == nil {
		return err
	}
	needed, lookErr := roles.Smallest("", removing[r.Kind])
	if lookErr != nil {
		return lookErr
	}
	with := *e
	with.Hint = msg.New("To find and remove it takes the role %s for the realm %s (measured), or an admin of the realm master with its realm role admin. What is left stays in the journal: run fix403 down again as such an admin.", list(needed), r.Realm)
	return &with
}

// Would says what [Down.Remove] does with it, as a part of a question.
func (r Removal) Would() string {
	if r.change != nil {
		return texts.T("undo what %s", r.change.Says())
	}
	return texts.T("remove the %s %s", KindWord(r.Kind), r.Name)
}

// Done says what was done, once it is [Removal.Removed].
func (r Removal) Done() string {
	if r.change != nil {
		return texts.T("Undone: what %s.", r.change.Says())
	}
	return texts.T("Removed the %s %s.", KindWord(r.Kind), r.Name)
}

// Refused is the first error of what this admin may not look at, nil if there is none.
func (d *Down) Refused() error {
	for _, r := range d.Removals {
		if r.Err != nil && !r.Remove {
			return r.Err
		}
	}
	return nil
}

// InDoubt is the error for what may be ours and was not answered for, and for what may still come; nil for none. A realm
// that nothing but its default name leads to is none, where something else was removed.
func (d *Down) InDoubt() error {
	var names []string
	asks := false
	removed := slices.ContainsFunc(d.Removals, func(r Removal) bool { return r.Remove && r.Err == nil })
	for _, r := range d.Removals {
		if !r.InDoubt || r.Remove || r.entry.Run == "" && removed && !d.options.OnlyRealm {
			continue
		}
		asks = asks || r.Question != ""
		name := KindWord(r.Kind) + " " + r.Name
		if r.change != nil {
			name = texts.T("what %s", r.Name)
		}
		names = append(names, name)
	}
	if names == nil {
		return nil
	}
	command := d.command()
	hint := msg.New("Look again in two minutes: %s", command)
	if asks {
		hint = msg.New("To remove it all the same: %s", command+" --any-run")
	}
	return &CheckError{Kind: "in-doubt", Message: msg.New("In doubt, and left as it is: %s.", strings.Join(names, ", ")), Hint: hint}
}

// command is the one that looks again.
func (d *Down) command() string {
	realm := ""
	if d.options.OnlyRealm {
		realm = d.options.Realm
	}
	return downCommand(d.server.URL(), realm) + sameWay(d.options.TLS, d.options.Credentials)
}

// Damage returns what could not be read of the journal.
func (d *Down) Damage() Damage {
	if d.ledger.damaged == 0 {
		return Damage{}
	}
	return Damage{File: d.options.Journal.path, Lines: d.ledger.damaged}
}

// Err is the error for lines that could not be read, nil for none.
func (d Damage) Err() error {
	if d.Lines == 0 {
		return nil
	}
	hint := msg.New("A realm that only they named is removed by its name: fix403 down --realm NAME.")
	if d.Copy != "" {
		hint = msg.New("The journal as it was is kept as %s. A realm that only the lines left out named is removed by its name: fix403 down --realm NAME.", d.Copy)
	}
	return &CheckError{Kind: "journal-damaged", Message: msg.New("Lines of the journal %s that can not be read: %d. They were skipped.", d.File, d.Lines), Hint: hint}
}

// Close closes the connections that are kept open.
func (d *Down) Close() { keycloak.CloseIdle(d.transport) }

// URL returns the base URL of the server.
func (d *Down) URL() string { return d.server.URL() }
