package journal

import (
	"net"
	"net/url"
	"slices"
	"strings"
	"time"

	"fix403/flows/kind"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/sift"
	"fix403/keycloak/wire"
)

// Outstanding returns what a server may still hold of what was announced and not removed, in the order of creation, each
// run's for itself. An intent without confirmation counts: the answer to the creating call may have been lost.
func (j *Journal) Outstanding(server string) ([]Entry, error) {
	l, err := j.Ledger(server)
	return l.Outstanding, err
}

// Holdings are what the journal has outstanding on one server.
type Holdings struct {
	Server  string // base URL, as it was written first
	Entries []Entry
}

// Servers returns what the journal has outstanding, server by server, in the order in which they first appear.
func (j *Journal) Servers() ([]Holdings, error) {
	var all []Holdings
	_, err := j.each(func(e Entry) {
		i := slices.IndexFunc(all, func(h Holdings) bool { return SameServer(h.Server, e.Server) })
		if i < 0 {
			all, i = append(all, Holdings{Server: e.Server}), len(all)
		}
		all[i].Entries = replay(all[i].Entries, e)
	})
	return sift.Out(all, func(h Holdings) bool { return len(h.Entries) == 0 }), err
}

// Ledger is what the journal has of a server.
type Ledger struct {
	Outstanding []Entry
	made        map[creation]bool // announced or confirmed at any time, removed or not; by hand: of no run
	Damaged     int               // lines that could not be read
}

// creation is an object that a run made.
type creation struct {
	run         string
	kind        kind.Kind
	realm, name string
}

// Ledger returns what the journal has of the server with a base URL.
func (j *Journal) Ledger(server string) (Ledger, error) {
	l := Ledger{made: map[creation]bool{}}
	damaged, err := j.each(func(e Entry) {
		if !SameServer(e.Server, server) {
			return
		}
		l.Outstanding = replay(l.Outstanding, e)
		switch e.Event {
		case EventIntent, EventConfirmed:
			l.made[creation{e.Run, e.Kind, e.Realm, e.Name}] = true
		case EventByHand:
			l.made[creation{"", e.Kind, e.Realm, e.Name}] = true
		}
	})
	l.Damaged = damaged
	return l, err
}

// replay returns what is outstanding after one more event. Runs do not touch each other's entries, in whatever order their
// events come: two may work with the same names at once.
func replay(outstanding []Entry, e Entry) []Entry {
	i := slices.IndexFunc(outstanding, func(o Entry) bool { return o.Run == e.Run && e.same(o) })
	switch e.Event {
	case EventIntent:
		if i < 0 {
			return append(outstanding, e)
		}
		if e.ID == "" {
			e.ID = outstanding[i].ID
		}
		e.Stood = outstanding[i].Stood || outstanding[i].Event == EventConfirmed
		outstanding[i] = e
	case EventConfirmed: // its intent may have been lost
		if i < 0 {
			return append(outstanding, e)
		}
		outstanding[i] = e
	case eventNotDone:
		if i < 0 || outstanding[i].Event != EventIntent {
			return outstanding
		}
		if !outstanding[i].Stood {
			return slices.Delete(outstanding, i, i+1)
		}
		outstanding[i].Event = EventConfirmed
	case eventRemoved:
		return sift.Out(outstanding, e.removes)
	}
	return outstanding
}

// removes reports whether an outstanding entry ends with a removal.
func (e Entry) removes(o Entry) bool { return e.Takes(o) && (e.Run == o.Run || e.Format == 0) }

// Takes reports whether an object goes with the removal of another: all in a realm, and the roles and changes of a client.
func (e Entry) Takes(o Entry) bool {
	if !SameServer(e.Server, o.Server) || e.Realm != o.Realm {
		return false
	}
	return e.same(o) || e.Kind.Takes(e.Name, o.Client)
}

func (e Entry) same(o Entry) bool {
	if e.Kind != o.Kind || e.Realm != o.Realm || e.Name != o.Name || e.Client != o.Client || e.Container != o.Container || !SameServer(e.Server, o.Server) {
		return false
	}
	return !e.IsChange() || e.Client != "" || e.ID == o.ID // a person's account is told by its id alone
}

// IsChange reports whether the entry is of a change of a server's configuration.
func (e Entry) IsChange() bool {
	return slices.Contains([]ChangeKind{ChangeGrant, ChangeRealmGrant, ChangeScopeMapping, ChangeDefaultScope, ChangeScopeDefault, ChangeHeavyweight}, ChangeKind(e.Kind))
}

// Object is what one or more runs have outstanding of the same name.
type Object []Entry

// Objects groups entries by what they name, in the order of their first ones.
func Objects(entries []Entry) []Object {
	var all []Object
	for _, e := range entries {
		i := slices.IndexFunc(all, func(o Object) bool { return o[0].same(e) })
		if i < 0 {
			all = append(all, Object{e})
		} else {
			all[i] = append(all[i], e)
		}
	}
	return all
}

// Latest returns the last confirmed entry, or the last one where none is.
func (o Object) Latest() Entry {
	for _, e := range slices.Backward(o) {
		if e.Event == EventConfirmed || e.Stood {
			return e
		}
	}
	return o[len(o)-1]
}

// Others returns what other runs have confirmed and what goes with the removal of e. It is looked up before the removal:
// what is confirmed later was made after it.
func (j *Journal) Others(e Entry) ([]Entry, error) {
	outstanding, err := j.Outstanding(e.Server)
	return sift.Out(outstanding, func(o Entry) bool {
		return !e.Takes(o) || o.Run == e.Run || o.Event != EventConfirmed
	}), err
}

// RemovedWith notes the removal of e, and of what went with it.
func (j *Journal) RemovedWith(e Entry, others []Entry) error {
	if err := j.Removed(e); err != nil {
		return err
	}
	for _, o := range others {
		if err := j.Removed(o); err != nil {
			return err
		}
	}
	return nil
}

// SameServer reports whether two base URLs are of the same server. All names of this machine's loopback are one.
func SameServer(a, b string) bool { return a == b || ServerKey(a) == ServerKey(b) }

// ServerKey is the same for all base URLs of a server.
func ServerKey(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base
	}
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if wire.IsLoopback(host) {
		host = "localhost"
	}
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + net.JoinHostPort(host, port) + strings.TrimRight(u.Path, "/")
}

// CreationGrace is how long a server may still be at a creation whose answer nobody waited for, as after kill -9: the longest
// that fix403 itself waits for one.
const CreationGrace = 2 * time.Minute

// Strangers returns what a realm holds that fix403 did not make, nothing where that is so; of a run that the journal does not know, all
// that the realm holds.
func (l Ledger) Strangers(realm, mark string, c keycloak.Contents) msg.Message {
	if len(l.RealmsOf(mark)) == 0 {
		return msg.New("it holds users: %d, clients: %d", len(c.Users), len(c.Clients))
	}
	users, clients := 0, 0
	for _, u := range c.Users {
		if u.Marker == "" && !l.story(kind.User, realm, u.Username) {
			users++
		}
	}
	for _, o := range c.Clients {
		if o.Marker == "" && !l.story(kind.Client, realm, o.ClientID) {
			clients++
		}
	}
	switch {
	case users+clients == 0:
		return msg.Message{}
	case c.More:
		return msg.New("it holds more than %d users or clients, of which fix403 did not create %d users and %d clients", len(c.Users)+len(c.Clients)-1, users, clients)
	}
	return msg.New("it holds what fix403 did not create: users: %d, clients: %d", users, clients)
}

// Pending reports whether what was announced may still be going on.
func (e Entry) Pending(now time.Time) bool {
	age := now.Sub(e.Time)
	return e.Event == EventIntent && age < CreationGrace && age > -CreationGrace
}
