package access

import (
	"net/http"
	"slices"
	"strings"

	"fix403/flows/doctor/need"
	"fix403/flows/doctor/permission"
	"fix403/flows/doctor/phrase"
	"fix403/flows/doctor/reason"
	"fix403/flows/roles"
	"fix403/flows/roles/weigh"
	"fix403/keycloak/msg"
)

// Place is where calls are decided on: a version, and a realm with what is switched on there.
type Place struct {
	Matrix    *roles.Matrix
	Version   string   // [roles.Unknown] where the server does not tell
	Reported  bool     // the server told it
	Realm     string   // of the calls
	Home      string   // realm of the accounts: that of the calls, or master
	Container string   // client id of the client whose roles open the realm
	Known     []string // the roles that it has
	// Permissions reports that permissions of the realm decide as well: those of 26.2 and later (fine-grained), or of the first kind.
	Permissions, FirstKind bool
	Notes                  []msg.Message // what could not be seen
}

const master = "master"

// Question is a call, and what it takes at a place.
type Question struct {
	Place  *Place
	Call   roles.Call
	Answer *roles.Answer

	need    *need.Need
	weighed weigh.Weighed
	doubt   msg.Message
}

// Ask finds what a call takes. Its error is a [roles.NotMeasuredError].
func (p *Place) Ask(c roles.Call) (*Question, error) {
	a, err := p.Matrix.Find(p.Version, c)
	if err != nil {
		return nil, err
	}
	q := &Question{Place: p, Call: c, Answer: a}
	if a.Method != http.MethodGet && a.Method != http.MethodHead {
		q.weighed = weigh.Weigh(p.Version, weigh.Request{Method: c.Method, Template: a.Path, Path: c.Path})
	}
	q.need = &need.Need{Matrix: p.Matrix, On: p.Version, Reported: p.Reported, Answer: q.Answer, Demands: q.weighed.Demands}
	q.doubt = q.need.Doubt()
	if d := q.need.Choose(c, p.Known); q.doubt.Empty() {
		q.doubt = d
	}
	return q, nil
}

// Questions are all calls of the version's table, by group, path and method.
func (p *Place) Questions() []*Question {
	var all []*Question
	for _, e := range p.Matrix.Endpoints() {
		if e.Case != "" {
			continue
		}
		if q, err := p.Ask(roles.Call{Method: e.Method, Path: e.Path}); err == nil { // else this version does not have it
			all = append(all, q)
		}
	}
	return all
}

// Smallest are the roles that the call takes together.
func (q *Question) Smallest() []string { return q.need.Smallest }

// Decide tells what an account gets from the call.
func (q *Question) Decide(s Subject) Decision {
	d := Decision{Endpoint: q.Answer.Endpoint, Method: q.Answer.Method, Certainty: q.certainty(s), Missing: []string{}}
	switch {
	case !s.Barred.Empty():
		d.Answer, d.Why = Refused, []msg.Message{s.Barred}
		return d
	case q.Place.Home != master && q.Place.Home != q.Place.Realm && strings.Contains(q.Answer.Path, "{realm}"):
		d.Answer, d.Why = Refused, []msg.Message{msg.New("An account of the realm %s can call that realm alone.", q.Place.Home)}
		return d
	case q.Place.Home == master && slices.Contains(s.RealmRoles, admin):
		d.Answer = Whole
		return d
	case q.createsRealm():
		q.creates(s, &d)
		return d
	case q.Place.Home == master && !strings.Contains(q.Answer.Path, "{realm}"):
		d.Answer = Unknown
		d.Why = append(d.Why, msg.New("The call names no realm, and the account may hold roles of several: which count was not measured."))
		return d
	}
	q.byRoles(s, &d)
	return d
}

func (q *Question) byRoles(s Subject, d *Decision) {
	d.Answer = q.opens(s.Held)
	if d.Answer != Whole {
		d.Missing = without(q.need.Smallest, s.Held)
	}
	if kept := within(d.Missing, s.Outside); len(kept) > 0 {
		d.Why = append(d.Why, msg.New("The account holds %s, and the client's scope does not include it: add a scope mapping, and leave full scope off.", phrase.Roles(kept)))
	}
	if open := q.weighed.OpenTo(s.Held); d.Answer == Whole && len(open) > 0 {
		d.Answer = Unknown
	}
	if d.Answer != Refused {
		d.Why = append(d.Why, q.weighed.Unknown...)
	}
	values := q.Place.Matrix.Allows(q.Place.Version, q.Answer.Endpoint, s.Held)
	if len(values) == 2 && values[0].Value != values[1].Value {
		d.Answer = Unknown
		d.Why = append(d.Why, msg.New("These roles get different responses on the measured versions %s and %s.", values[0].On, values[1].On))
	}
	if open := q.unmeasured(s.Held); d.Answer != Whole && !open.Empty() {
		d.Answer = Unknown
		d.Why = append(d.Why, open)
	}
	q.byPermissions(s, d)
}

// byPermissions leaves open what permissions may decide otherwise than roles.
func (q *Question) byPermissions(s Subject, d *Decision) {
	if d.Answer == Unknown || q.Place.Home != q.Place.Realm {
		return
	}
	_, opened := q.needs()
	d.byRoles = d.Answer
	queries := withoutQueries(s.Held)
	switch {
	case q.Place.FirstKind && d.Answer != Whole && firstKindDecides(q.Answer.Path):
		d.Answer, d.Certainty = Unknown, reason.Likely
		d.Why = append(d.Why, msg.New("Admin permissions of the first kind are switched on in the realm. They may allow the call, and fix403 does not evaluate them."))
	case !q.Place.Permissions:
	case d.Answer == Whole && opened && q.opens(queries) != Whole:
		d.Answer, d.Certainty, d.permitted = Unknown, reason.Likely, true
		d.Why = append(d.Why, msg.New("With admin permissions (fine-grained), this response may be smaller for an account that is let in by query- roles alone."))
	case d.Answer != Whole && opened:
		d.Answer, d.Certainty, d.permitted = Unknown, reason.Likely, true
		d.Why = append(d.Why, msg.New("The roles do not allow the whole response. Admin permissions (fine-grained) may: fix403 can METHOD PATH, with ids in the path, has the server evaluate them."))
	}
}

// firstKindDecides reports whether an endpoint is about what permissions of the first kind are about.
func firstKindDecides(template string) bool {
	below, _ := strings.CutPrefix(template, "/admin/realms/{realm}/")
	kind, _, _ := strings.Cut(below, "/")
	return slices.Contains([]string{"users", "groups", "clients", "roles", "roles-by-id", "identity-provider", "attack-detection", "group-by-path"}, kind)
}

// needs is what permissions must allow for the call; false where they do not open it.
func (q *Question) needs() (permission.Needs, bool) {
	below, found := strings.CutPrefix(q.Answer.Path, "/admin/realms/{realm}")
	if found && !strings.Contains(q.Call.Path, "{") {
		below, found = permission.Below(q.Call.Path, q.Place.Realm)
	}
	if !found {
		return permission.Needs{}, false
	}
	return permission.Of(q.Call.Method, below, nil)
}

func (q *Question) createsRealm() bool {
	return q.Answer.Method == http.MethodPost && q.Answer.Path == "/admin/realms"
}

// creates decides on the call that creates a realm, which takes a realm role of master.
func (q *Question) creates(s Subject, d *Decision) {
	d.Answer = Refused
	switch {
	case q.Place.Home != master:
		d.Why = append(d.Why, msg.New("Only accounts of the master realm can create realms."))
	case slices.Contains(s.RealmRoles, createRealm):
		d.Answer = Whole
	default:
		d.Missing = []string{createRealm}
	}
}

// certainty is how well it is known what an account gets.
func (q *Question) certainty(s Subject) reason.Certainty {
	switch {
	case !q.doubt.Empty() || !s.Doubt.Empty() || q.Place.Home == master && q.Place.Realm != master:
		return reason.Likely
	case q.Answer.Method != http.MethodGet && q.Answer.Method != http.MethodHead:
		return reason.Predicted
	}
	return reason.Proved
}

// Doubt says why it is not certain what the call takes; empty where it is.
func (q *Question) Doubt() msg.Message { return q.doubt }
