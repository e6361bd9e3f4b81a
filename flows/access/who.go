package access

import (
	"slices"

	"fix403/flows/doctor/reason"
	"fix403/keycloak/msg"
)

// Entry is an account that may make a call, and the grants by which it may.
type Entry struct {
	Account
	Answer    Answer
	Certainty reason.Certainty
	By        []msg.Message
}

// Who returns which of the holders may make a call: service accounts, users, and groups by their own roles. Further tells what holds for others.
func (g *Grants) Who(q *Question) (found []Entry, further []msg.Message) {
	anybody := q.opens(nil)
	for _, h := range g.Holders {
		d := q.Decide(h.Subject)
		if d.permitted { // as any account may be
			d.Answer = d.byRoles
		}
		if d.Answer == Refused || d.Answer == anybody {
			continue
		}
		found = append(found, Entry{Account: h.Account, Answer: d.Answer, Certainty: d.Certainty, By: g.ways(q, h)})
	}
	switch anybody {
	case Whole:
		further = append(further, msg.New("Each account of the realm gets the whole response, with no role."))
	case Filtered:
		further = append(further, msg.New("Each account of the realm gets a response to this call, with no role; it shows less than the whole."))
	default:
	}
	if _, opened := q.needs(); q.Place.Permissions && opened && q.Place.Home == q.Place.Realm {
		further = append(further, msg.New("Admin permissions (fine-grained) are on in the realm, and may allow further accounts this call: fix403 can has the server evaluate them for one account."))
	}
	return found, further
}

// ways are the grants by which an account gets its answer: each that is enough alone, or where none is, all that are part of it.
func (g *Grants) ways(q *Question, h *Holder) []msg.Message {
	answer := q.opens(h.Held)
	together := q.openers(h.Held, answer)
	var alone, parts []msg.Message
	for _, o := range h.Origins {
		if name := q.byRealmRole(g.through(o.Role, "")); name != "" {
			alone = append(alone, g.way(o, []string{name}))
			continue
		}
		roles := within(g.Through(o.Role), h.Held)
		if q.opens(roles) == answer && answer != Refused && !q.createsRealm() {
			alone = append(alone, g.way(o, q.openers(roles, answer)))
		}
		roles = within(roles, together)
		if len(roles) > 0 {
			parts = append(parts, g.way(o, roles))
		}
	}
	if alone == nil {
		return parts
	}
	return alone
}

// byRealmRole returns the realm role of master by which a call is allowed.
func (q *Question) byRealmRole(held []string) string {
	switch {
	case q.Place.Home != master:
	case slices.Contains(held, admin):
		return admin
	case q.createsRealm() && slices.Contains(held, createRealm):
		return createRealm
	}
	return ""
}

// openers are, of the roles held, the least by which the call is answered.
func (q *Question) openers(held []string, answer Answer) []string {
	for _, role := range slices.Concat(q.need.Smallest, q.Answer.Smallest, q.Answer.Also, q.Answer.Filtered) {
		if slices.Contains(held, role) && q.opens([]string{role}) == answer {
			return []string{role}
		}
	}
	for _, set := range q.Answer.Together {
		if len(without(set, held)) == 0 && q.opens(set) == answer {
			return set
		}
	}
	for _, l := range lesser {
		for _, role := range held {
			if slices.Contains(held, l.query) && q.opens([]string{role, l.query}) == answer {
				return []string{role, l.query}
			}
		}
	}
	return held
}
