package flows

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"fix403/keycloak"
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
}

// Removal is an object that [Down] found, and what becomes of it.
type Removal struct {
	Kind    string `json:"kind"`
	Realm   string `json:"realm"`
	Name    string `json:"name"`
	ID      string `json:"id,omitempty"`
	Remove  bool   `json:"-"`       // it is ours and there
	Removed bool   `json:"removed"` // by [Down.Remove]
	Why     string `json:"why"`     // it is removed, or left
	entry   Entry
	change  *Change // undone in place of a removal
}

// Down removes what fix403 created on a server, by the journal and by the markers, and nothing else.
type Down struct {
	options  DownOptions
	server   *keycloak.Server
	admin    *keycloak.Admin
	Removals []Removal
}

// OpenDown connects and finds out what there is to remove. It changes nothing.
func OpenDown(ctx context.Context, o DownOptions) (*Down, error) {
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
	var err error
	if d.server, err = keycloak.Open(ctx, o.URL, keycloak.Options{Transport: transport, Timeout: o.Timeout, RealmTimeout: o.RealmTimeout}); err != nil {
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
		r.Why = "left: nothing in master is ever removed"
		return r, nil
	}
	var err error
	switch e.Kind {
	case "realm":
		var realm *keycloak.Realm
		if realm, err = d.admin.FindRealm(ctx, e.Name); err == nil {
			r.judge(realm.Marker != "")
			if realm.Reduced {
				r.Why = "left: this admin may not see whether fix403 created it"
			}
		}
	case "client":
		var client *keycloak.Client
		if client, err = d.admin.FindClient(ctx, e.Realm, e.Name); err == nil {
			r.judge(client.Marker != "")
		}
	case "user":
		// Users carry no marker: only the id that the server gave to our own creation proves that it is ours.
		var user *keycloak.User
		if user, err = d.admin.FindUser(ctx, e.Realm, e.Name, ""); err == nil {
			r.judge(e.ID != "" && user.ID == e.ID)
			if e.ID == "" {
				r.Why = "left: whether fix403 created it is not known, since the answer to its creation never came"
			}
		}
	case "role": // goes with the client that it was given to
		return r, nil
	default:
		change, ok := changeOf(e)
		if !ok {
			return r, nil
		}
		r.change, r.Name = &change, change.Says()
		r.Remove, r.Why = true, "changed by fix403 doctor --fix"
	}
	if keycloak.KindOf(err) == keycloak.KindNotFound {
		if e.Run == "" {
			r.Why = "not there"
			return r, nil
		}
		r.Why = "gone already"
		return r, d.options.Journal.removed(e)
	}
	return r, err
}

func (r *Removal) judge(ours bool) {
	r.Remove = ours
	if ours {
		r.Why = "created by fix403"
	} else {
		r.Why = "left: fix403 did not create it"
	}
}

// Remove removes what was found to be ours.
func (d *Down) Remove(ctx context.Context) error {
	for i := range d.Removals {
		r := &d.Removals[i]
		if !r.Remove {
			continue
		}
		var err error
		if r.change != nil {
			if err = r.change.Undo(ctx, d.admin, d.options.Journal, d.server.URL()); err != nil {
				return fmt.Errorf("undoing what %s: %w", r.Name, err)
			}
			r.Removed = true
			continue
		}
		switch r.Kind {
		case "realm":
			err = d.admin.DeleteRealm(ctx, r.Name)
		case "client":
			err = d.admin.DeleteClient(ctx, r.Realm, r.Name)
		case "user":
			err = d.admin.DeleteUser(ctx, r.Realm, r.ID)
		}
		if err != nil && keycloak.KindOf(err) != keycloak.KindNotFound {
			return fmt.Errorf("removing the %s %s: %w", r.Kind, r.Name, err)
		}
		r.Removed = true
		if err := d.options.Journal.removed(r.entry); err != nil {
			return err
		}
	}
	return nil
}

// URL returns the base URL of the server.
func (d *Down) URL() string { return d.server.URL() }
