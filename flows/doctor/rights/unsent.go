package rights

import (
	"context"
	"net/http"
	"slices"

	"fix403/flows/change"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/phrase"
	"fix403/flows/gate"
	"fix403/flows/journal"
	"fix403/flows/roles/weigh"
	"fix403/keycloak/msg"
)

// wouldPass judges a call that is not sent and that its roles allow.
func wouldPass(x *exam.Examination) {
	held, _ := x.Held()
	needs := phrase.Listed(x.NeededOf(held), "no role")
	switch {
	case x.CreatesRealm():
		needs = msg.New("the realm role %s of master", createRealm)
	default:
		x.Diagnosis.SmallestRoles = x.NeededOf(held)
	}
	if why := x.Weighed.Refused; !why.Empty() {
		x.Stop(gate.Route, exam.BadRequest, exam.AllSeen, "The account holds what the call requires (%s), yet the server would answer %d. %s", needs, x.Weighed.Status, why)
		return
	}
	if open := x.Weighed.OpenTo(held); len(open) > 0 {
		x.Stop(gate.Role, exam.Undetermined, exam.Or("Whether what is held is enough: an admin sees what decides, and --send would show it."), "The call is not sent, since it could change something. The account holds what its path requires (%s); whether that is enough depends on what could not be seen. %s", needs, open[0])
		return
	}
	x.Stop(gate.None, WouldPass, exam.AllSeen, "The call is not sent, since it could change something. It would pass: the account holds what it requires (%s).", needs)
	if excess := x.Need().Excess(held); len(excess) > 0 && !x.CreatesRealm() {
		x.Also(msg.New("The account can also do more than this call needs (%s).", phrase.Listed(excess, "")))
	}
	x.Unseen("What the server really answers: --send sends the call.")
	if x.Options.BodyKnown && !x.Options.Body.Empty() {
		x.Unseen("Whether the server accepts the body: names in use and unknown fields show only when the call is sent.")
	}
}

// sent says of a call that was sent, and that changed something, what cannot be undone.
func sent(x *exam.Examination) {
	if x.Reads() || x.Reply == nil || x.Reply.Exchange.Status < http.StatusOK || x.Reply.Exchange.Status >= http.StatusMultipleChoices {
		return
	}
	x.Also(Sent())
}

// Sent says of a call that changed something what cannot be undone.
func Sent() msg.Message {
	return msg.New("The call was sent, as asked. fix403 cannot undo what it did.")
}

// unmet says what the call takes by its body, its query and its object, and the caller lacks.
func unmet(x *exam.Examination, held []string) {
	if _, is := closed(x); is {
		return
	}
	var why []msg.Message
	for _, d := range x.Unmet(held) {
		why = append(why, d.Why)
	}
	if len(why) > 0 {
		x.Also(msg.New("What matters besides the path: %s.", msg.List("; ", why...)))
	}
}

// closed returns what no role of the realm is enough for; false if there is no such thing.
func closed(x *exam.Examination) (weigh.Demand, bool) {
	i := slices.IndexFunc(x.Weighed.Demands, func(d weigh.Demand) bool { return len(d.Sets) == 0 })
	if i < 0 {
		return weigh.Demand{}, false
	}
	return x.Weighed.Demands[i], true
}

// createRealm is the realm role of master that is enough to create a realm (measured on 24.0.5, 26.4.0 and 26.7.4).
const createRealm = "create-realm"

// mayCreateRealm decides on a call that creates a realm: no role of realm-management counts for it.
func mayCreateRealm(ctx context.Context, x *exam.Examination) error {
	if x.Token == nil {
		return nil
	}
	if err := x.LookAtAccount(ctx); err != nil {
		return err
	}
	if err := x.LookAtCall(ctx); err != nil {
		return err
	}
	x.DescribeToken()
	home := x.Home()
	if home != "master" {
		x.Stop(gate.Role, RoleMissing, exam.AllSeen, "Only accounts of the master realm can create realms, and this one is in the realm %s: no role allows it. Make the call as an account of master that has its realm role %s.", phrase.OneLine(home), createRealm)
		x.Diagnosis.SmallestRoles, x.Diagnosis.Equal = []string{}, nil
		return nil
	}
	held := x.HeldRealmRoles()
	if (slices.Contains(held, createRealm) || slices.Contains(held, "admin")) && !refused(x) {
		return nil
	}
	if x.RealmRoles == nil && !x.Token.HasRoleClaims && !refused(x) {
		rolesUnseen(x)
		return nil
	}
	x.Clue.RealmRole = createRealm
	x.Diagnosis.SmallestRoles, x.Diagnosis.Equal = []string{createRealm}, nil
	because := exam.AllSeen
	if x.RealmRoles == nil {
		because = exam.But("Which realm roles the account holds: the token shows only what it carries; an admin can see the rest.")
	}
	who := accountWords(x)
	x.Stop(gate.Role, RoleMissing, because, "To create a realm, the caller's account%s needs only the realm role %s of master: roles of realm-management do not count here.", who, createRealm)
	return nil
}

// rolesUnseen is for a call that is not sent, by a token that does not carry the roles by which it is decided.
func rolesUnseen(x *exam.Examination) {
	x.DescribeToken()
	x.Stop(gate.Role, exam.Undetermined, exam.Or("Which roles the account holds: its token does not carry them; an admin can see them."), "The token is accepted in this realm. The call is not sent, since it could change something, and it is unknown whether the account may make it: its token carries no roles.")
}

// refused reports whether the call was sent and got 403.
func refused(x *exam.Examination) bool {
	return x.Sends() && x.Reply != nil && x.Reply.Exchange.Status == http.StatusForbidden
}

// grantRealmRole gives the account that calls a realm role of its own realm.
func grantRealmRole(x *exam.Examination) []change.Change {
	c, known := x.ForCaller(change.Change{Kind: journal.ChangeRealmGrant, Realm: x.Home(), Role: x.Clue.RealmRole})
	if !known {
		return nil
	}
	return []change.Change{c}
}
