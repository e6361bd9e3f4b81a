package plain

import (
	"fix403/flows/change"
	"fix403/flows/down"
	"fix403/flows/journal"
	"fix403/keycloak/msg"
)

// Recorded is what the journal has of a server.
func (l Lines) Recorded(server string, entries []journal.Entry) {
	l.Println(server)
	for _, e := range entries {
		l.Printf("  %s\n", change.Describe(e))
	}
}

// Found lists what was found on a server. would says that it is only looked at, anyRun that questions are answered with yes.
func (l Lines) Found(d *down.Down, would, anyRun bool) {
	found := 0
	for _, r := range d.Removals {
		why := r.Why
		switch {
		case r.Remove && would:
			why = msg.New("would be removed: %s", why)
		case !r.Question.Empty() && anyRun:
			why = r.Doubt
			if would {
				why = msg.New("would be removed: %s", why)
			}
		}
		if r.Remove || r.InDoubt {
			found++
		}
		l.Printf("%-8s %s: %s\n", l.Say(r.Kind.Word()), r.Label(), why)
	}
	switch {
	case found > 0:
	case d.Refused() != nil:
		l.Println(l.T("This admin can remove nothing of it on %s.", d.URL()))
	default:
		l.Println(l.T("There is nothing to remove on %s.", d.URL()))
	}
}

// Gone says what was removed.
func (l Lines) Gone(d *down.Down) {
	for _, r := range d.Removals {
		if r.Removed {
			l.Println(l.Say(r.Done()))
		}
	}
}
