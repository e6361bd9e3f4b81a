package doctor

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"fix403/flows/change"
	"fix403/flows/doctor/answer"
	"fix403/flows/doctor/phrase"
	"fix403/flows/gate"
	"fix403/flows/journal"
	"fix403/flows/roles"
	"fix403/flows/texts"
	"fix403/keycloak/msg"
)

// The verdicts of a call that passes all gates.
var (
	OK = &Verdict{id: "ok",
		cause: "The call does what it should.", works: true}
	OverPrivileged = &Verdict{id: "over-privileged",
		cause: "The call does what it should, and the account holds realm-admin, impersonation, create-client or a manage- role that the call does not need.", advise: (*draft).fewerRoles, works: true}
)

var passedVerdicts = []*Verdict{OK, OverPrivileged}

// passed is behind the last gate.
type passed struct{}

// pass judges a call that succeeded: it may hide something, or be allowed more than it needs.
func (passed) pass(ctx context.Context, x *examination) error {
	if !x.reads() {
		x.works(Likely)
		return nil
	}
	if err := x.lookAtRoles(ctx); err != nil {
		return err
	}
	x.askMatrix()
	held, known := x.held()
	whole, filtered := x.need().Allows(held)
	x.seeRolesRead()
	switch {
	case whole && x.sureOfMatrix() && (x.view.Realm == nil || !x.view.Realm.FineGrained):
		x.works(Proved)
		return nil
	case x.d.Answer == nil:
		x.works(Likely)
		return nil
	}
	admins, err := x.compareWithAdmin(ctx, x.reply.Body)
	if err != nil {
		return err
	}
	if err := x.lookAtKnown(ctx); err != nil {
		return err
	}
	needs := x.needs()
	hides := func(c Certainty, what texts.Text) {
		x.stop(gate.Role, FilteredList, c, "The call succeeds, but its answer hides %s for want of a role: Keycloak filters it silently in place of a 403. Give %s of %s.", what, needs, x.container())
	}
	switch empty := answer.IsEmpty(x.reply.Body); {
	case !admins.more.Empty():
		x.observed(AtServer, "The same call made by the admin shows more: %s.", admins.more)
		c := Proved
		if !x.sureOfMatrix() {
			c = Likely
		}
		hides(c, "what there is")
	case admins.compared:
		x.observed(AtServer, "The same call made by the admin shows the same.")
		x.works(Proved)
		return nil
	case whole:
		x.works(Likely)
		return nil
	case filtered:
		x.observed(InToken, "It carries %s of %s, with which this call was measured to show less than there is.", phrase.Listed(held, "no role"), x.container())
		hides(Likely, "what the caller may not see")
		x.unseen("What there really is: an admin can see it.")
	case !known && empty && len(x.d.Answer.Filtered) > 0:
		x.stop(gate.Role, Undetermined, Likely, "The call succeeds with an empty answer: there may be nothing, or it is hidden for want of a role (%s of %s). The token carries no roles by which to tell.", needs, x.container())
		x.unseen("Which roles the account holds, and what there really is: an admin can see both.")
	default:
		x.unseen("Whether the answer is whole: the roles that could be seen do not explain why the call is allowed.")
		x.works(Likely)
		return nil
	}
	return nil
}

// seeRolesRead notes where this server reads roles from, when the answer shows it: the token lacks what the account holds.
func (x *examination) seeRolesRead() {
	if !x.o.Given || x.token == nil || !x.view.RolesSeen || x.letsIn(x.token.Roles(x.container())) || !x.letsIn(x.view.Effective) {
		return
	}
	x.rolesReadSeen = true
	x.observed(OnWire, "The token does not carry the role that the account holds, and passes: this server looks at the roles with each call.")
}

// works is for a call that does what it should: it may still be allowed more than it needs.
func (x *examination) works(c Certainty) {
	d := x.d
	held, _ := x.held()
	excess := x.need().Excess(held)
	verb := msg.New("works")
	if !x.reads() {
		verb = msg.New("would be allowed, by the matrix")
	}
	if len(excess) == 0 {
		x.stop(gate.None, OK, c, "The call %s: the token passes every gate.", verb)
		if extra := x.need().Extra(held); len(extra) > 0 {
			x.observed(InToken, "The account holds more than this call needs, without the right to change anything: %s.", phrase.Listed(extra, ""))
		}
		d.SmallestRoles = x.neededOf(held)
		return
	}
	needs := x.needs()
	if len(d.SmallestRoles) == 0 {
		needs = msg.New("none of them")
	}
	source := InToken
	if x.view.RolesSeen {
		source = AtServer
	} else {
		c = Likely
	}
	x.observed(source, "The account holds %s of %s.", phrase.Listed(held, ""), x.container())
	x.stop(gate.None, OverPrivileged, c, "The call %s, and the account may do far more than it needs (%s): whoever gets hold of the client's secret may do that, too. For this call %s suffices.", verb, strings.Join(excess, ", "), needs)
}

// comparison is what the admin gets for the same call.
type comparison struct {
	compared bool        // there is an admin, and an answer
	more     msg.Message // that the answer to the call lacks; empty for nothing
}

// compareWithAdmin makes the call as the admin, and compares the answer.
func (x *examination) compareWithAdmin(ctx context.Context, shown []byte) (comparison, error) {
	if x.admin == nil || x.pathRealm == "" || x.method != http.MethodGet {
		return comparison{}, nil
	}
	_, below, found := strings.Cut(x.path, "/admin/realms/"+url.PathEscape(x.pathRealm))
	if !found {
		return comparison{}, nil
	}
	body, _, err := x.admin.Send(ctx, msg.New("the same call, made by the admin"), http.MethodGet, x.pathRealm, below, nil)
	if err != nil {
		return comparison{}, x.noteForbidden(err, "What the admin gets for the same call")
	}
	return comparison{compared: true, more: answer.Missing(shown, body)}, nil
}

// fewerRoles replaces roles that are more than the call needs. It is only said, never done by fix403: other calls of the
// client may need them.
func (a *draft) fewerRoles() bool {
	x := a.x
	held, _ := x.held()
	excess := x.need().Excess(held)
	if x.view.RolesSeen {
		excess = slices.DeleteFunc(excess, func(r string) bool { return !slices.Contains(x.view.Direct, r) })
		if len(excess) == 0 {
			x.d.Fix.Console = []msg.Message{msg.New("The roles come through a group or a composite role: take the account out of it, or make a smaller one for it.")}
			return false
		}
	} else if slices.Contains(excess, roles.RealmAdmin) {
		excess = []string{roles.RealmAdmin}
	}
	if x.home() == "master" || !x.byServiceAccount() {
		return false
	}
	missing := slices.DeleteFunc(x.forRoles(journal.ChangeGrant), func(c change.Change) bool { return slices.Contains(x.view.Direct, c.Role) })
	a.Changes(missing)
	a.RevokeRoles(x.home(), excess, len(missing) > 0)
	return true
}
