package rights

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"fix403/flows/change"
	"fix403/flows/doctor/answer"
	"fix403/flows/doctor/beside"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/phrase"
	"fix403/flows/doctor/reason"
	"fix403/flows/gate"
	"fix403/flows/journal"
	"fix403/flows/roles"
	"fix403/flows/texts"
	"fix403/keycloak/msg"
	"fix403/keycloak/sift"
)

// The verdicts of a call that passes all gates.
var (
	OK             = exam.OK
	WouldPass      = exam.WouldPass
	OverPrivileged = &exam.Verdict{ID: "over-privileged",
		Cause: "The call works, but the account holds realm-admin, impersonation, create-client or a manage- role that the call does not need.", Advise: fewerRoles, Success: true}
)

// PassedVerdicts are those of a call that passes all gates.
var PassedVerdicts = []*exam.Verdict{OK, WouldPass, OverPrivileged}

// Passed is behind the last gate.
type Passed struct{}

// Pass judges a call that succeeded: it may hide something, or be allowed more than it needs.
func (Passed) Pass(ctx context.Context, x *exam.Examination) error {
	if e := x.Beside(); e != nil {
		x.Stop(gate.None, OK, exam.AllSeen, "The call works: %s answered %d.", e.Name, x.Reply.Exchange.Status)
		return nil
	}
	if by := x.Clue.Permitted; !by.Empty() {
		permittedUnsent(x, by)
		return nil
	}
	if !x.Sends() {
		wouldPass(x)
		return nil
	}
	if err := x.LookAtRoles(ctx); err != nil {
		return err
	}
	x.AskMatrix()
	if !x.Reads() {
		works(x, exam.AllSeen)
		sent(x)
		return nil
	}
	call, isConsole := beside.Console(x.Path)
	held, known := x.Held()
	whole, filtered := x.Need().Allows(held)
	seeRolesRead(x)
	if tokenAlone(x) {
		whole, filtered = x.Need().Allows(x.Token.Roles(x.Container()))
	}
	switch {
	case whole && x.View.Realm == nil && byQueryRoles(x, held):
		works(x, exam.But("Whether admin permissions (fine-grained) are on in the realm: with them this answer is smaller for an account that only holds query- roles. An admin can see it.").If(x.Need().Doubt()))
		return nil
	case whole && x.SureOfMatrix() && (x.View.Realm == nil || !x.View.Realm.FineGrained):
		works(x, exam.AllSeen)
		return nil
	case isConsole && call.More == "":
		works(x, exam.AllSeen)
		return nil
	case isConsole:
		works(x, exam.But(call.More))
		return nil
	case x.Diagnosis.Answer == nil:
		works(x, exam.But("Whether the response is complete: what this endpoint shows with which roles was not measured."))
		return nil
	}
	admins, err := CompareWithAdmin(ctx, x, x.Reply.Body)
	if err != nil {
		return err
	}
	if err := x.LookAtKnown(ctx); err != nil {
		return err
	}
	permissions, err := lookAtPermissions(ctx, x)
	if err != nil {
		return err
	}
	if done, err := passedByPermissions(ctx, x, permissions, admins); done || err != nil {
		return err
	}
	defer func() { offerPermission(x, permissions) }()
	needs := x.Needs()
	hides := func(because exam.Because, what texts.Text) {
		x.Stop(gate.Role, FilteredList, because, "The call succeeds, but its response hides %s because a role is missing: Keycloak filters it silently instead of returning 403. Grant %s of %s.", what, needs, x.Container())
	}
	switch empty := answer.IsEmpty(x.Reply.Body); {
	case !admins.More.Empty():
		x.Observed(exam.AtServer, "The same call made by the admin shows more: %s.", admins.More)
		hides(exam.AllSeen.If(x.Need().Doubt()), "what exists")
	case admins.compared && filtered && empty && !fineGrained(x):
		x.Observed(exam.AtServer, "The same call made by the admin shows the same: nothing exists now that could be hidden.")
		x.Observed(exam.InToken, "The account holds %s of %s, with which this call was measured to show less than exists.", phrase.Listed(held, "no role"), x.Container())
		x.Stop(gate.Role, FilteredList, exam.But("That the server will hide new objects: nothing exists now that would show it. It was measured on %s.", roles.Said(x.Diagnosis.Answer.MeasuredOn)).If(x.Need().Doubt()),
			"The call succeeds, and its response is empty because there is nothing to show now. With the roles of this account it would stay empty anyway: Keycloak filters it silently instead of returning 403. Grant %s of %s.", needs, x.Container())
	case admins.compared:
		x.Observed(exam.AtServer, "The same call made by the admin shows the same.")
		works(x, exam.AllSeen)
		return nil
	case whole && !x.SureOfMatrix():
		works(x, exam.AllSeen.If(x.Need().Doubt()))
		return nil
	case whole:
		works(x, exam.But("What really exists: the realm has admin permissions (fine-grained), and the admin's own response was not seen."))
		return nil
	case filtered:
		x.Observed(exam.InToken, "It carries %s of %s, with which this call was measured to show less than exists.", phrase.Listed(held, "no role"), x.Container())
		hides(exam.But("What really exists: an admin can see that."), "what the caller may not see")
	case !known && empty && len(x.Diagnosis.Answer.Filtered) > 0:
		x.Stop(gate.Role, exam.Undetermined, exam.Or("Which roles the account holds, and what really exists: an admin can see both."), "The call succeeds with an empty response: there may be nothing, or it is hidden because a role is missing (%s of %s). The token carries no roles that would show which.", needs, x.Container())
	default:
		works(x, exam.But("Whether the response is complete: the roles that could be seen do not explain why the call is allowed."))
		return nil
	}
	return nil
}

// seeRolesRead notes where this server reads roles from, when the answer shows it: the token lacks what the account holds.
func seeRolesRead(x *exam.Examination) {
	if !x.Options.Given || x.Token == nil || !x.View.RolesSeen || x.LetsIn(x.Token.Roles(x.Container())) || !x.LetsIn(x.View.Effective) {
		return
	}
	x.RolesReadSeen = true
	x.Observed(exam.OnWire, "The token does not carry the role that the account holds, and passes: this server looks up the roles at each call.")
}

// tokenAlone reports that the call passed by what the token carries, though the account does not hold it any more, and notes that: the server
// reads roles from the token, and the next token fails.
func tokenAlone(x *exam.Examination) bool {
	if !x.Options.Given || x.Token == nil || !x.View.RolesSeen || !x.Reads() || x.LetsIn(x.View.Effective) || !x.LetsIn(x.Token.Roles(x.Container())) {
		return false
	}
	x.RolesReadSeen = true
	x.Observed(exam.OnWire, "The token carries a role that the account no longer holds, and passes: this server reads the roles of such a token from the token.")
	return true
}

// byQueryRoles reports whether the call is let in by query- roles alone.
func byQueryRoles(x *exam.Examination, held []string) bool {
	others := sift.Out(held, func(r string) bool { return strings.HasPrefix(r, "query-") })
	return !x.LetsIn(others)
}

func fineGrained(x *exam.Examination) bool { return x.View.Realm != nil && x.View.Realm.FineGrained }

// works is for a call that does what it should: it may still be allowed more than it needs.
func works(x *exam.Examination, because reason.Chain) {
	d := x.Diagnosis
	held, _ := x.Held()
	excess := x.Need().Excess(held)
	if len(excess) == 0 {
		x.Stop(gate.None, OK, because, "The call works: the token passes every gate.")
		if extra := x.Need().Extra(held); len(extra) > 0 {
			x.Observed(exam.InToken, "The account holds more than this call needs, without the right to change anything: %s.", phrase.Listed(extra, ""))
		}
		d.SmallestRoles = x.NeededOf(held)
		if tokenAlone(x) {
			x.Also(msg.New("The next token will fail: the account %s no longer holds a role for this call. Grant it %s of %s to keep it working.", x.View.Account.Username, x.Needs(), x.Container()))
		}
		return
	}
	needs := x.Needs()
	if len(d.SmallestRoles) == 0 {
		needs = msg.New("none of them")
	}
	source := exam.InToken
	if x.View.RolesSeen {
		source = exam.AtServer
	} else {
		because = because.But("Which roles the account holds: the token shows only what it carries.")
	}
	x.Observed(source, "The account holds %s of %s.", phrase.Listed(held, ""), x.Container())
	key := msg.New("the client's secret")
	if x.Who().Kind == exam.User {
		key = msg.New("the user's password")
	}
	x.Stop(gate.None, OverPrivileged, because, "The call works, and the account may do far more than it needs (%s): anyone who obtains %s can do so, too. For this call %s is enough.", strings.Join(excess, ", "), key, needs)
}

// comparison is what the admin gets for the same call.
type comparison struct {
	compared bool        // there is an admin, and an answer
	body     []byte      // of that answer
	More     msg.Message // that the answer to the call lacks; empty for nothing
}

// CompareWithAdmin makes the call as the admin, and compares the answer.
func CompareWithAdmin(ctx context.Context, x *exam.Examination, shown []byte) (comparison, error) {
	if x.Admin == nil || x.PathRealm == "" || x.Method != http.MethodGet {
		return comparison{}, nil
	}
	_, below, found := strings.Cut(x.Path, "/admin/realms/"+url.PathEscape(x.PathRealm))
	if !found {
		return comparison{}, nil
	}
	body, _, err := x.Admin.Send(ctx, msg.New("the same call, made by the admin"), http.MethodGet, x.PathRealm, below, nil)
	if err != nil {
		return comparison{}, x.NoteForbidden(err, "What the admin gets for the same call")
	}
	return comparison{compared: true, body: body, More: answer.Missing(shown, body)}, nil
}

// fewerRoles replaces roles that are more than the call needs. It is only said, never done by fix403: other calls of the
// client may need them.
func fewerRoles(a *exam.Draft) bool {
	x := a.X
	held, _ := x.Held()
	excess := x.Need().Excess(held)
	if x.View.RolesSeen {
		excess = sift.Out(excess, func(r string) bool { return !slices.Contains(x.View.Direct, r) })
		if len(excess) == 0 {
			x.Diagnosis.Fix.Console = []msg.Message{msg.New("The roles come through a group or a composite role: remove the account from it, or create a smaller one.")}
			return false
		}
	} else if slices.Contains(excess, roles.RealmAdmin) {
		excess = []string{roles.RealmAdmin}
	}
	if x.Home() == "master" || !x.ByOwnServiceAccount() {
		return false
	}
	missing := sift.Out(x.ForRoles(journal.ChangeGrant), func(c change.Change) bool { return slices.Contains(x.View.Direct, c.Role) })
	a.Changes(missing)
	a.RevokeRoles(x.Home(), excess, len(missing) > 0)
	return true
}
