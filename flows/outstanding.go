package flows

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"fix403/keycloak"
)

// Outstanding returns what a server may still hold of what was announced and not removed, in the order of creation, each
// run's for itself. An intent without confirmation counts: the answer to the creating call may have been lost.
func (j *Journal) Outstanding(server string) ([]Entry, error) {
	l, err := j.ledger(server)
	return l.outstanding, err
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
		i := slices.IndexFunc(all, func(h Holdings) bool { return sameServer(h.Server, e.Server) })
		if i < 0 {
			all, i = append(all, Holdings{Server: e.Server}), len(all)
		}
		all[i].Entries = replay(all[i].Entries, e)
	})
	return slices.DeleteFunc(all, func(h Holdings) bool { return len(h.Entries) == 0 }), err
}

// ledger is what the journal has of a server.
type ledger struct {
	outstanding []Entry
	made        map[creation]bool // announced or confirmed at any time, removed or not; by hand: of no run
	damaged     int               // lines that could not be read
}

// creation is an object that a run made.
type creation struct{ run, kind, realm, name string }

func (j *Journal) ledger(server string) (ledger, error) {
	l := ledger{made: map[creation]bool{}}
	damaged, err := j.each(func(e Entry) {
		if !sameServer(e.Server, server) {
			return
		}
		l.outstanding = replay(l.outstanding, e)
		switch e.Event {
		case eventIntent, eventConfirmed:
			l.made[creation{e.Run, e.Kind, e.Realm, e.Name}] = true
		case eventByHand:
			l.made[creation{"", e.Kind, e.Realm, e.Name}] = true
		}
	})
	l.damaged = damaged
	return l, err
}

// replay returns what is outstanding after one more event. Runs do not touch each other's entries, in whatever order their
// events come: two may work with the same names at once.
func replay(outstanding []Entry, e Entry) []Entry {
	i := slices.IndexFunc(outstanding, func(o Entry) bool { return o.Run == e.Run && e.same(o) })
	switch e.Event {
	case eventIntent:
		if i < 0 {
			return append(outstanding, e)
		}
		if e.ID == "" {
			e.ID = outstanding[i].ID
		}
		e.stood = outstanding[i].stood || outstanding[i].Event == eventConfirmed
		outstanding[i] = e
	case eventConfirmed: // its intent may have been lost
		if i < 0 {
			return append(outstanding, e)
		}
		outstanding[i] = e
	case eventNotDone:
		if i < 0 || outstanding[i].Event != eventIntent {
			return outstanding
		}
		if !outstanding[i].stood {
			return slices.Delete(outstanding, i, i+1)
		}
		outstanding[i].Event = eventConfirmed
	case eventRemoved:
		return slices.DeleteFunc(outstanding, e.removes)
	}
	return outstanding
}

// removes reports whether an outstanding entry ends with a removal.
func (e Entry) removes(o Entry) bool { return e.takes(o) && (e.Run == o.Run || e.Format == 0) }

// takes reports whether an object goes with the removal of another: all in a realm, and the roles and changes of a client.
func (e Entry) takes(o Entry) bool {
	if !sameServer(e.Server, o.Server) || e.Realm != o.Realm {
		return false
	}
	return e.same(o) || e.Kind == "realm" || e.Kind == "client" && o.Client == e.Name
}

func (e Entry) same(o Entry) bool {
	if e.Kind != o.Kind || e.Realm != o.Realm || e.Name != o.Name || e.Client != o.Client || e.Container != o.Container || !sameServer(e.Server, o.Server) {
		return false
	}
	return !e.isChange() || e.Client != "" || e.ID == o.ID // a person's account is told by its id alone
}

// isChange reports whether the entry is of a change of a server's configuration.
func (e Entry) isChange() bool {
	return slices.Contains([]ChangeKind{ChangeGrant, ChangeScopeMapping, ChangeDefaultScope, ChangeScopeDefault, ChangeHeavyweight}, ChangeKind(e.Kind))
}

// object is what one or more runs have outstanding of the same name.
type object []Entry

// objects groups entries by what they name, in the order of their first ones.
func objects(entries []Entry) []object {
	var all []object
	for _, e := range entries {
		i := slices.IndexFunc(all, func(o object) bool { return o[0].same(e) })
		if i < 0 {
			all = append(all, object{e})
		} else {
			all[i] = append(all[i], e)
		}
	}
	return all
}

// latest returns the last confirmed entry, or the last one where none is.
func (o object) latest() Entry {
	for _, e := range slices.Backward(o) {
		if e.Event == eventConfirmed || e.stood {
			return e
		}
	}
	return o[len(o)-1]
}

// others returns what other runs have confirmed and what goes with the removal of e. It is looked up before the removal:
// what is confirmed later was made after it.
func (j *Journal) others(e Entry) ([]Entry, error) {
	outstanding, err := j.Outstanding(e.Server)
	return slices.DeleteFunc(outstanding, func(o Entry) bool {
		return !e.takes(o) || o.Run == e.Run || o.Event != eventConfirmed
	}), err
}

// removedWith notes the removal of e, and of what went with it.
func (j *Journal) removedWith(e Entry, others []Entry) error {
	if err := j.removed(e); err != nil {
		return err
	}
	for _, o := range others {
		if err := j.removed(o); err != nil {
			return err
		}
	}
	return nil
}

// sameServer tells whether two base URLs are of the same server. All names of this machine's loopback are one.
func sameServer(a, b string) bool { return a == b || serverKey(a) == serverKey(b) }

func serverKey(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return base
	}
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if keycloak.IsLoopback(host) {
		host = "localhost"
	}
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + net.JoinHostPort(host, port) + strings.TrimRight(u.Path, "/")
}
