package flows

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

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
	Journal      *Journal
	Now          func() time.Time // nil is time.Now
}

// inFlight is how long a server may still be at a creation whose answer nobody waited for, as after kill -9: the longest
// that fix403 itself waits for one.
const inFlight = 2 * time.Minute

// Removal is an object that [Down] found, and what becomes of it.
type Removal struct {
	Kind    string `json:"kind"`
	Realm   string `json:"realm"`
	Name    string `json:"name"`
	ID      string `json:"id,omitempty"`
	Remove  bool   `json:"-"`       // it is ours and there
	Left    bool   `json:"-"`       // it is there, and not known to be ours
	Removed bool   `json:"removed"` // by [Down.Remove]
	Why     string `json:"why"`     // it is removed, or left
	Err     error  `json:"-"`       // why it could not be looked at or removed
	entry   Entry
	gone    bool
	change  *Change // undone in place of a removal
}

// Down removes what fix403 created on a server, by the journal and by the markers, and nothing else.
type Down struct {
	options   DownOptions
	transport http.RoundTripper
	server    *keycloak.Server
	admin     *keycloak.Admin
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
	var err error
	if d.server, err = keycloak.Open(ctx, o.URL, keycloak.Options{Transport: transport, Timeout: o.Timeout, RealmTimeout: o.RealmTimeout, Now: o.Now}); err != nil {
		return nil, err
	}
	if d.admin, err = d.server.Login(ctx, o.Credentials); err != nil {
		return nil, err
	}
	entries, err := o.Journal.Standing(d.server.URL())
	if err != nil {
		return nil, err
	}
	if o.Realm != "" && !slices.ContainsFunc(entries, func(e Entry) bool { return e.Kind == "realm" && e.Realm == o.Realm }) {
		entries = append(entries, Entry{Server: d.server.URL(), Kind: "realm", Realm: o.Realm, Name: o.Realm})
	}
	ours := map[string]bool{} // realms that go, and all in them
	for _, e := range entries {
		if e.Kind != "realm" {
			continue
		}
		r, err := d.look(ctx, e)
		if err != nil {
			return nil, err
		}
		ours[e.Realm] = r.Remove
		if r.Why != "" {
			d.Removals = append(d.Removals, r)
		}
	}
	for _, e := range entries {
		if e.Kind == "realm" || ours[e.Realm] {
			continue
		}
		r, err := d.look(ctx, e)
		if err != nil {
			return nil, err
		}
		if r.Why != "" {
			d.Removals = append(d.Removals, r)
		}
	}
	return d, nil
}

// look finds out whether an entry's object is there and ours. A Removal without Why is not worth a word.
func (d *Down) look(ctx context.Context, e Entry) (Removal, error) {
	r := Removal{Kind: e.Kind, Realm: e.Realm, Name: e.Name, ID: e.ID, entry: e}
	if e.Realm == "master" {
		r.Why = texts.T("left: nothing in master is ever removed")
		return r, nil
	}
	var err error
	switch e.Kind {
	case "realm":
		var realm *keycloak.Realm
		if realm, err = d.admin.FindRealm(ctx, e.Name); err == nil {
			r.judge(realm.Marker != "")
			if realm.Reduced {
				r.Why = texts.T("left: this admin may not see whether fix403 created it")
				if e.Run != "" { // the journal says so
					r.Err = withNeeds(r, &keycloak.Error{
						Kind: keycloak.KindAdminRefused, Status: http.StatusForbidden,
						Message: msg.New("The admin %s may not see whether fix403 created the realm %s.", d.admin.Name(), e.Name),
					})
				}
			}
		}
	case "client":
		var client *keycloak.Client
		if client, err = d.admin.FindClient(ctx, e.Realm, e.Name); err == nil {
			r.judge(client.Marker != "")
		}
	case "user":
		var user *keycloak.User
		if user, err = d.admin.FindUser(ctx, e.Realm, e.Name, ""); err == nil {
			r.judge(user.Marker != "" || e.ID != "" && user.ID == e.ID)
			if r.Remove {
				r.ID = user.ID
			} else if e.ID == "" {
				r.Why = texts.T("left: it does not carry the mark of fix403, and whether fix403 created it is not known, since the answer to its creation never came")
			}
		}
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

// lookRole is for the role of the story: it goes with the client that it was given to, or is taken back from one that
// fix403 did not create.
func (d *Down) lookRole(ctx context.Context, r *Removal) error {
	e := r.entry
	if e.Client == "" || e.Object == "" {
		return nil
	}
	client, err := d.admin.FindClient(ctx, e.Realm, e.Client)
	if err != nil || client.Marker != "" {
		return err
	}
	change := Change{Kind: ChangeGrant, Realm: e.Realm, ClientID: e.Client, Container: e.Container, Role: e.Name, object: e.Object}
	return d.lookChange(ctx, r, change, texts.T("given by fix403"))
}

func (d *Down) lookChange(ctx context.Context, r *Removal, change Change, why string) error {
	place, err := change.undoable(ctx, d.admin)
	if err == nil && place == nil {
		r.Why, r.gone = texts.T("gone already"), true
	}
	if err == nil && place != nil {
		r.Remove, r.Why, r.change = true, why, &change
	}
	return err
}

// notThere says that nothing is there to be removed, or perhaps not yet.
func (r *Removal) notThere(now time.Time) {
	e := r.entry
	switch {
	case e.Run == "":
		r.Why = texts.T("not there")
	case e.Event == eventIntent && now.Sub(e.Time) < inFlight:
		r.Why = texts.T("not there, but whether its creation was done was never known, and the server may still be at it: look again in two minutes")
	default:
		r.Why, r.gone = texts.T("gone already"), true
	}
}

func (r *Removal) judge(ours bool) {
	r.Remove, r.Left = ours, !ours
	if ours {
		r.Why = texts.T("created by fix403")
	} else {
		r.Why = texts.T("left: fix403 did not create it")
	}
}

// Remove removes what was found to be ours, the latest first, and has the journal forget what is gone. It goes on after an
// error; errors are joined.
func (d *Down) Remove(ctx context.Context) error {
	var errs []error
	for i := range slices.Backward(d.Removals) {
		r := &d.Removals[i]
		if r.Remove {
			if err := d.remove(ctx, r); err != nil {
				r.Err = err
				errs = append(errs, err)
				continue
			}
			r.Removed = true
		}
		if r.Removed || r.gone {
			if err := d.options.Journal.removed(r.entry); err != nil {
				return err
			}
		}
	}
	return errors.Join(errs...)
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
		err = d.admin.DeleteRealm(ctx, r.Name)
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
	needed, lookErr := smallest("", removing[r.Kind])
	if lookErr != nil {
		return lookErr
	}
	with := *e
	with.Hint = msg.New("To find and remove it takes the role %s for the realm %s (measured), or an admin of the realm master with its realm role admin. What is left stays in the journal: run fix403 down again as such an admin.", list(needed), r.Realm)
	return &with
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

// Close closes the connections that are kept open.
func (d *Down) Close() { closeIdle(d.transport) }

// closeIdle closes a transport's idle connections, where it has any.
func closeIdle(t http.RoundTripper) {
	if c, ok := t.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// URL returns the base URL of the server.
func (d *Down) URL() string { return d.server.URL() }
