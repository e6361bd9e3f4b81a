// Package down finds and removes what fix403 created on a server.
package down

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"fix403/flows/journal"
	"fix403/flows/kind"
	"fix403/flows/problem"
	"fix403/flows/roles"
	"fix403/flows/sh"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
	"fix403/keycloak/sift"
	"fix403/keycloak/wire"
)

// Options of [Open].
type Options struct {
	URL          string
	Credentials  keycloak.Credentials
	TLS          wire.TLS
	Transport    http.RoundTripper // nil: made from TLS
	Timeout      time.Duration
	RealmTimeout time.Duration
	Realm        string // looked at besides what the journal names; "" for none
	OnlyRealm    bool   // nothing outside of Realm is looked at
	Journal      *journal.Journal
	Now          func() time.Time // nil is time.Now
}

// Down removes what fix403 created on a server, by the journal and by the markers, and nothing else.
type Down struct {
	options   Options
	transport http.RoundTripper
	server    *keycloak.Server
	admin     *keycloak.Admin
	ledger    journal.Ledger
	Removals  []Removal
}

// Open connects and finds out what there is to remove. It changes nothing. What this admin may not look at is left and
// says so; the rest is removed all the same.
func Open(ctx context.Context, o Options) (*Down, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	d := &Down{options: o}
	if o.Realm == "master" {
		return nil, problem.BadInput("Name the realm that fix403 created.", "The realm master is never removed.")
	}
	transport := o.Transport
	if transport == nil {
		t, err := wire.NewTransport(o.TLS)
		if err != nil {
			return nil, err
		}
		transport = t
	}
	d.transport = transport
	recorder := &wire.Recorder{}
	o.Credentials.HideIn(recorder)
	var err error
	if d.server, err = keycloak.Open(ctx, o.URL, keycloak.Options{Transport: transport, Recorder: recorder, Timeout: o.Timeout, RealmTimeout: o.RealmTimeout, Now: o.Now}); err != nil {
		return nil, err
	}
	if d.ledger, err = o.Journal.Ledger(d.server.URL()); err != nil {
		return nil, err
	}
	if d.admin, err = d.server.Login(ctx, o.Credentials); err != nil {
		return nil, err
	}
	return d, d.lookAtAll(ctx)
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
	if r.Removed && r.change == nil && r.Kind != kind.User {
		with = sift.Out(d.ledger.Outstanding, func(e journal.Entry) bool { return !r.entry.Takes(e) })
	}
	for _, e := range with {
		if e.Run == "" || e.Pending(d.options.Now()) && e.Run != r.entry.Run {
			continue
		}
		if err := d.options.Journal.Removed(e); err != nil {
			return err
		}
	}
	return nil
}

func (d *Down) remove(ctx context.Context, r *Removal) error {
	if r.change != nil {
		if err := r.change.Undo(ctx, d.admin, nil, d.server.URL()); err != nil {
			return msg.Wrap(err, "undoing the change that %s", r.change.Description())
		}
		return nil
	}
	err := r.Kind.Remove(ctx, d.admin, kind.Object{Realm: r.Realm, Name: r.Name, ID: r.ID}, r.mark)
	if err != nil && failure.KindOf(err) != failure.NotFound {
		return msg.Wrap(withNeeds(*r, err), "removing the %s %s", r.Kind.Word(), r.Name)
	}
	return nil
}

// withNeeds names the right that an admin lacks who was refused, by the matrix.
func withNeeds(r Removal, err error) error {
	e := problem.AsKeycloakError(err)
	if e == nil || e.Kind != failure.AdminRefused || e.Status != http.StatusForbidden || r.Kind.Calls() == nil {
		return err
	}
	needed, lookErr := roles.Smallest("", r.Kind.Calls())
	if lookErr != nil {
		return lookErr
	}
	with := *e
	with.Hint = msg.New("Finding and removing it requires the role %s for the realm %s (measured), or an admin of the master realm with its realm role admin. What is left stays in the journal: run fix403 down again as such an admin.", texts.List(needed), r.Realm)
	return &with
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
	var names []msg.Message
	asks := false
	removed := slices.ContainsFunc(d.Removals, func(r Removal) bool { return r.Remove && r.Err == nil })
	for _, r := range d.Removals {
		if !r.InDoubt || r.Remove || r.entry.Run == "" && removed && !d.options.OnlyRealm {
			continue
		}
		asks = asks || !r.Question.Empty()
		names = append(names, r.title())
	}
	if names == nil {
		return nil
	}
	command := d.command()
	hint := msg.New("Check again in two minutes: %s", command)
	if asks {
		hint = msg.New("To remove it anyway: %s", command+" --any-run")
	}
	return &problem.CheckError{Kind: "in-doubt", Message: msg.New("Uncertain, so left unchanged: %s.", msg.List(", ", names...)), Hint: hint}
}

// command is the one that looks again.
func (d *Down) command() string {
	realm := ""
	if d.options.OnlyRealm {
		realm = d.options.Realm
	}
	return sh.DownCommand(d.server.URL(), realm) + sh.SameWay(d.options.TLS, d.options.Credentials)
}

// Damage returns what could not be read of the journal.
func (d *Down) Damage() journal.Damage {
	if d.ledger.Damaged == 0 {
		return journal.Damage{}
	}
	return journal.Damage{File: d.options.Journal.Path, Lines: d.ledger.Damaged}
}

// Close closes the connections that are kept open.
func (d *Down) Close() { wire.CloseIdle(d.transport) }

// URL returns the base URL of the server.
func (d *Down) URL() string { return d.server.URL() }
