package doctor

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"fix403/flows/change"
	"fix403/flows/doctor/answer"
	"fix403/flows/doctor/audience"
	"fix403/flows/doctor/caller"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/rights"
	"fix403/flows/gate"
	"fix403/flows/problem"
	"fix403/flows/sh"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/sift"
	"fix403/keycloak/token"
)

// Plan returns what [Doctor.Fix] would change, in the order in which it does. Empty where nothing in Keycloak is to be changed
// by this program: what belongs to a client's or realm's owner to decide is only said.
//
//go:noinline // it would be 5 kB of the program
func (doc *Doctor) Plan() []change.Change {
	if doc.Diagnosis == nil || doc.View.Account == nil || slices.ContainsFunc(doc.changes, change.Change.Closed) {
		return nil
	}
	return doc.changes
}

// CanFix returns why [Doctor.Fix] cannot help, as an error of the kind not-fixable; nil if it can.
func (doc *Doctor) CanFix() error {
	d, v := doc.Diagnosis, doc.Diagnosis.Verdict
	if v == nil { // the diagnosis was given up
		v = exam.Undetermined
	}
	switch {
	case v.Renews && (v.Retry || doc.Clue.NewToken || len(doc.Plan()) > 0) && !doc.getsNewToken():
		return exam.Cannot("Follow the advice by hand. For a client's own token, give its secret as well (--client-secret-file).", "Only a new token would show the fix, and fix403 cannot get one for this caller. Nothing was changed.")
	case v.Retry, doc.Clue.NewToken, len(doc.Plan()) > 0:
	case doc.Home() == "master" && v == caller.AudienceMissing:
		return exam.Cannot("Assign the client scope by hand, as shown.", "fix403 changes nothing in the master realm: its clients and users are admins of all realms.")
	case doc.Home() == "master" && d.Gate == gate.Role:
		return exam.Cannot("Use a client of the realm itself, or make the change by hand.", "fix403 changes no rights of accounts in the realm master: they are admins of all realms.")
	case v.ByHand != nil:
		return v.ByHand()
	case (d.Gate == gate.Role || v.Renews && !doc.Clue.BuiltIn) && doc.Options.Admin == nil:
		return doc.NoAdmin("--fix requires an admin; nothing was changed.")
	default:
		return exam.Cannot("Follow the advice by hand.", "fix403 --fix grants roles and adds scope mappings; this verdict needs neither (%s).", v)
	}
	if doc.Admin == nil && len(doc.Plan()) > 0 {
		return doc.NoAdmin("--fix requires an admin; nothing was changed.")
	}
	return doc.tooPowerful()
}

// Fix makes the changes of [Doctor.Plan], each journalled before it is made, gets a new token and makes the same call
// again. The diagnosis has it in After.
func (doc *Doctor) Fix(ctx context.Context) (err error) {
	if err := doc.CanFix(); err != nil {
		return err
	}
	if err := cmp.Or(doc.Undecided(), doc.Allowed()); err != nil {
		return err
	}
	defer func() { err = doc.masked(err) }()
	for _, c := range doc.Plan() {
		if err := c.Apply(ctx, doc.Admin, doc.Options.Journal, doc.Server.URL()); err != nil {
			return msg.Wrap(err, "the change that %s", c.Description())
		}
		doc.made = append(doc.made, c)
	}
	if err := doc.oldToken(ctx); err != nil {
		return err
	}
	if err := doc.again(ctx, true); err != nil {
		return err
	}
	if status := doc.Diagnosis.After.Exchange.Status; doc.Diagnosis.Verdict == caller.AudienceMissing && audience.Names(doc.Diagnosis.After.Token) && status != http.StatusUnauthorized {
		doc.Observed(exam.OnWire, "A new token, whose audience names the admin API, got %d.", status)
		doc.Reason(doc.Seen())
	}
	doc.takeBack(ctx)
	return nil
}

// takeBack undoes the granting of roles where the same call is refused with a new token all the same, and says so; what
// could not be undone is said to stay.
func (doc *Doctor) takeBack(ctx context.Context) {
	after := doc.Diagnosis.After
	if doc.Diagnosis.Gate != gate.Role || after.Worked || after.Status != http.StatusForbidden || after.Token == doc.Token {
		return
	}
	after.TakenBack = true
	after.Outcome = msg.New("The change did not help: the same call still gets 403. The change was undone.")
	for _, c := range slices.Backward(slices.Clone(doc.made)) {
		if err := c.Undo(ctx, doc.Admin, doc.Options.Journal, doc.Server.URL()); err != nil {
			after.TakenBack = false
			after.Outcome = msg.New("The change did not help: the same call still gets 403. The change could not be undone (%s) and remains: fix403 doctor --undo removes it.", msg.Of(err))
			break
		}
		doc.made = sift.Out(doc.made, func(made change.Change) bool { return made == c })
	}
	doc.Quoted(exam.OnWire, after.Outcome)
}

// oldToken makes the call once more with the token from before the fix: that shows where this server reads roles from.
func (doc *Doctor) oldToken(ctx context.Context) error {
	if !doc.Reads() || doc.Diagnosis.Status != http.StatusForbidden || doc.RolesReadSeen {
		return nil
	}
	reply, err := doc.Server.Send(ctx, keycloak.Request{Purpose: msg.New("the same call with the old token"), Method: doc.Method, Path: doc.Path, Authorization: doc.Authorization, AnyType: true})
	if err != nil {
		return err
	}
	doc.RolesReadSeen = true
	switch passes := reply.Exchange.Status < 300; {
	case passes && doc.Token != nil && doc.Token.HasRoleClaims:
		doc.Diagnosis.OldToken = msg.New("After the change the old token passes, though it does not carry the role: this server looks up the roles at each call.")
	case passes:
		doc.Diagnosis.OldToken = msg.New("After the change the old token passes; it carries no role claim at all, and servers from 26.0 on look up the roles of such a token at each call.")
	default:
		doc.Diagnosis.OldToken = msg.New("After the change the old token still gets %d: this server reads roles from the token, so a change requires a new one.", reply.Exchange.Status)
	}
	doc.Quoted(exam.OnWire, doc.Diagnosis.OldToken)
	doc.Diagnosis.NotChecked = sift.Out(doc.Diagnosis.NotChecked, func(m msg.Message) bool { return m.Is(exam.WhereRolesAreRead) })
	return nil
}

// getsNewToken reports whether a new token of the caller can be got.
func (doc *Doctor) getsNewToken() bool {
	return !doc.Options.Given && doc.Options.Login.Assertion.Empty() || doc.ByOwnServiceAccount() && !doc.Options.Secret.Empty()
}

// again makes the call with a new token, where one can be got, or else with the one given. After a fix it must succeed;
// after an undoing there is nothing that it must do.
func (doc *Doctor) again(ctx context.Context, wantSuccess bool) error {
	header, t := doc.Authorization, doc.Token
	if doc.getsNewToken() {
		scope := doc.Options.Scope
		if doc.Audience.Assigned == audience.AssignedOptional && len(doc.made) == 0 {
			scope = audience.Scope(doc.Options.Scope)
		}
		got, err := doc.RequestScope(ctx, "get a new token", scope)
		if err != nil {
			return err
		}
		decoded, err := token.Decode(got.Access.Reveal())
		if err != nil {
			return exam.Cannot("Look at the response of the token endpoint.", "There is no new token: %s.", answer.Words(got.Reply))
		}
		header, t = got.Header(), decoded
	}
	r := keycloak.Request{Purpose: msg.New("the same call again"), Method: doc.Method, Path: doc.Path, Authorization: header, AnyType: true}
	switch {
	case doc.Reads():
	case doc.Sends():
		r.Body, r.ContentType = doc.Options.Body, doc.Options.ContentType
	default:
		r.Purpose, r.Method, r.Path = msg.New("is the new token accepted in the realm? (instead of the call, which is not sent)"), http.MethodGet, doc.RealmPath()
	}
	reply, err := doc.Server.Send(ctx, r)
	if err != nil {
		return err
	}
	after := &exam.After{Status: reply.Exchange.Status, Token: t, Roles: slices.Sorted(slices.Values(t.Roles(doc.Container()))), Exchange: reply.Exchange}
	after.Worked = !wantSuccess || after.Status >= 200 && after.Status < 300
	if role := doc.Clue.RealmRole; role != "" {
		after.Roles = sift.Out(t.RealmRoles, func(r string) bool { return r != role })
	}
	if !doc.Sends() {
		after.Status = 0
		after.Worked = !wantSuccess || doc.LetsIn(t.Roles(doc.Container())) || doc.Clue.RealmRole != "" && len(after.Roles) > 0
	}
	if doc.Sends() && !doc.Reads() && after.Status >= http.StatusOK && after.Status < http.StatusMultipleChoices {
		after.Outcome = rights.Sent()
	}
	doc.Diagnosis.After = after
	if !doc.Diagnosis.Verdict.Hides || !wantSuccess || doc.Method != http.MethodGet {
		return nil
	}
	admins, err := rights.CompareWithAdmin(ctx, doc.Examination, reply.Body)
	after.Worked = after.Worked && admins.More.Empty()
	return err
}

// Undo undoes what [Doctor.Fix] changed for this client on this server, in the order of the journal from its end, and
// makes the call again. It returns what was undone.
func (doc *Doctor) Undo(ctx context.Context) (_ []change.Change, err error) {
	defer func() { err = doc.masked(err) }()
	changes, err := doc.Undoable()
	if err != nil {
		return nil, err
	}
	if doc.Admin == nil {
		return nil, doc.NoAdmin("Undoing requires an admin.")
	}
	doubted := sift.Out(changes, func(c change.Change) bool { return !c.InDoubt() })
	if len(doubted) > 0 && len(doubted) == len(changes) {
		return nil, doc.inDoubt(doubted)
	}
	var undone []change.Change
	for _, c := range slices.Backward(changes) {
		if c.InDoubt() {
			continue
		}
		if err := c.Undo(ctx, doc.Admin, doc.Options.Journal, doc.Server.URL()); err != nil {
			return undone, msg.Wrap(err, "undoing the change that %s", c.Description())
		}
		doc.made = sift.Out(doc.made, func(made change.Change) bool { return made == c })
		undone = append(undone, c)
	}
	doc.Diagnosis.OldToken = msg.Message{} // it was seen with the fix
	err = doc.again(ctx, false)
	if err == nil && len(doubted) > 0 {
		err = doc.inDoubt(doubted)
	}
	return undone, err
}

// inDoubt returns the error for changes that were announced and never confirmed: an admin may have made them since.
func (doc *Doctor) inDoubt(changes []change.Change) error {
	var what []msg.Message
	for _, c := range changes {
		what = append(what, msg.New("the change that %s", c.Description()))
	}
	return &problem.CheckError{Kind: "in-doubt", Message: msg.New("Uncertain, so left unchanged: %s.", msg.List(", ", what...)),
		Hint: msg.New("It is unknown whether fix403 made it, since its completion was never recorded. This checks, and asks you: %s", sh.DownRealmCommand(doc.Server.URL(), doc.Home(), doc.Options.TLS, *doc.Options.Admin))}
}

// Undoable returns the changes that [Doctor.Undo] undoes; without a journal, those that this doctor made.
func (doc *Doctor) Undoable() ([]change.Change, error) {
	if doc.Options.Journal == nil {
		return slices.Clone(doc.made), nil
	}
	changes, err := change.List(doc.Options.Journal, doc.Server.URL())
	return sift.Out(changes, func(c change.Change) bool {
		mine := c.ClientID != "" && c.ClientID == doc.Options.ClientID || c.ClientID == "" && doc.isCaller(c.UserID)
		return c.Realm != doc.Home() || !mine
	}), err
}

// isCaller reports whether a user is the one in whose name the call is made.
func (doc *Doctor) isCaller(userID string) bool {
	return userID != "" && (doc.Token != nil && userID == doc.Token.Subject || doc.View.Account != nil && userID == doc.View.Account.ID)
}

// Milliseconds returns the time that the requests of a diagnosis took.
func (doc *Doctor) Milliseconds() int64 {
	var sum time.Duration
	for _, e := range doc.Exchanges() {
		sum += e.Duration
	}
	return sum.Milliseconds()
}

// NeedsAdmin reports whether [Doctor.Fix] could change what the verdict asks for if it had an admin's login.
func (doc *Doctor) NeedsAdmin() bool {
	v := doc.Diagnosis.Verdict
	return doc.Options.Admin == nil && v.Changes != nil && v.ByHand == nil && doc.Home() != "master" && !doc.Clue.BuiltIn && (!v.Renews || doc.getsNewToken())
}
