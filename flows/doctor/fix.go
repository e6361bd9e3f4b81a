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
	"fix403/flows/gate"
	"fix403/flows/problem"
	"fix403/flows/sh"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// Plan returns what [Doctor.Fix] would change, in the order in which it does. Empty where nothing in Keycloak is to be changed
// by this program: what belongs to a client's or realm's owner to decide is only said.
func (doc *Doctor) Plan() []change.Change {
	if doc.d == nil || doc.home() == "master" || doc.view.Account == nil {
		return nil
	}
	return doc.changes
}

// CanFix returns why [Doctor.Fix] cannot help, as an error of the kind not-fixable; nil if it can.
func (doc *Doctor) CanFix() error {
	d, v := doc.d, doc.d.Verdict
	if v == nil { // the diagnosis was given up
		v = Undetermined
	}
	switch {
	case v.renews && (v.retry || doc.clue.newToken || len(doc.Plan()) > 0) && !doc.getsNewToken():
		return cannot("Follow the advice by hand. For a client's own token, give its secret as well (--client-secret-file).", "The fix shows only with a new token, which fix403 cannot get for this caller. Nothing was changed.")
	case v.retry, doc.clue.newToken, len(doc.Plan()) > 0:
	case doc.home() == "master" && v == AudienceMissing:
		return cannot("Assign the client scope by hand, as shown.", "fix403 changes nothing in the realm master: its clients and users are admins of all realms.")
	case doc.home() == "master" && d.Gate == gate.Role:
		return cannot("Use a client of the realm itself, or change it by hand.", "fix403 changes no rights of accounts in the realm master: they are admins of all realms.")
	case v.byHand != nil:
		return v.byHand()
	case (d.Gate == gate.Role || v.renews && !doc.clue.builtIn) && doc.o.Admin == nil:
		return doc.noAdmin("--fix takes an admin, and nothing was changed.")
	default:
		return cannot("Follow the advice by hand.", "fix403 --fix gives roles and lets them through; there is nothing of that kind to do here (%s).", v)
	}
	if doc.admin == nil && len(doc.Plan()) > 0 {
		return doc.noAdmin("--fix takes an admin, and nothing was changed.")
	}
	return doc.tooPowerful()
}

func cannot(hint, format texts.Text, values ...any) error {
	return &problem.CheckError{Kind: "not-fixable", Message: msg.New(format, values...), Hint: msg.New(hint)}
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
		if err := c.Apply(ctx, doc.admin, doc.o.Journal, doc.server.URL()); err != nil {
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
	if status := doc.d.After.Exchange.Status; doc.d.Verdict == AudienceMissing && audience.Names(doc.d.After.Token) && status != http.StatusUnauthorized {
		doc.d.Certainty = Proved
		doc.observed(OnWire, "A new token, whose audience names the admin API, got %d.", status)
	}
	doc.takeBack(ctx)
	return nil
}

// takeBack undoes the granting of roles where the same call is refused with a new token all the same, and says so; what
// could not be undone is said to stay.
func (doc *Doctor) takeBack(ctx context.Context) {
	after := doc.d.After
	if doc.d.Gate != gate.Role || after.Worked || after.Status != http.StatusForbidden || after.Token == doc.token {
		return
	}
	after.TakenBack = true
	after.Outcome = msg.New("The change did not help: the same call still gets 403. It was taken back.")
	for _, c := range slices.Backward(slices.Clone(doc.made)) {
		if err := c.Undo(ctx, doc.admin, doc.o.Journal, doc.server.URL()); err != nil {
			after.TakenBack = false
			after.Outcome = msg.New("The change did not help: the same call still gets 403. It could not be taken back (%s), and stays: fix403 doctor --undo removes it.", msg.Of(err))
			break
		}
		doc.made = slices.DeleteFunc(doc.made, func(made change.Change) bool { return made == c })
	}
	doc.quoted(OnWire, after.Outcome)
}

// oldToken makes the call once more with the token from before the fix: that shows where this server reads roles from.
func (doc *Doctor) oldToken(ctx context.Context) error {
	if !doc.reads() || doc.d.Status != http.StatusForbidden || doc.rolesReadSeen {
		return nil
	}
	reply, err := doc.server.Send(ctx, keycloak.Request{Purpose: msg.New("the same call with the old token"), Method: doc.method, Path: doc.path, Authorization: doc.raw, AnyType: true})
	if err != nil {
		return err
	}
	doc.rolesReadSeen = true
	switch passes := reply.Exchange.Status < 300; {
	case passes && doc.token != nil && doc.token.HasRoleClaims:
		doc.d.OldToken = msg.New("After the change the old token passes, though it does not carry the role: this server looks at the roles with each call.")
	case passes:
		doc.d.OldToken = msg.New("After the change the old token passes; it carries no role claim at all, and servers from 26.0 look the roles of such a token up with each call.")
	default:
		doc.d.OldToken = msg.New("After the change the old token still gets %d: this server reads roles from the token, and a change takes a new one.", reply.Exchange.Status)
	}
	doc.quoted(OnWire, doc.d.OldToken)
	doc.d.NotChecked = slices.DeleteFunc(doc.d.NotChecked, func(m msg.Message) bool { return m.Is(whereRolesAreRead) })
	return nil
}

// getsNewToken reports whether a new token of the caller can be got.
func (doc *Doctor) getsNewToken() bool {
	return doc.byServiceAccount() && (!doc.o.Given || !doc.o.Secret.Empty())
}

// again makes the call with a new token, where one can be got, or else with the one given. After a fix it must succeed;
// after an undoing there is nothing that it must do.
func (doc *Doctor) again(ctx context.Context, wantSuccess bool) error {
	header, t := doc.raw, doc.token
	if doc.getsNewToken() {
		scope := doc.o.Scope
		if doc.audience.Assigned == audience.AssignedOptional && len(doc.made) == 0 {
			scope = audience.Scope(doc.o.Scope)
		}
		reply, err := doc.requestScope(ctx, "get a new token", scope)
		if err != nil {
			return err
		}
		access := answer.AccessToken(reply.Body)
		decoded, err := token.Decode(access)
		if err != nil {
			return cannot("Look at the token endpoint's answer.", "No new token came: %s.", answer.Words(reply))
		}
		doc.o.Recorder.Hide(wire.NewSecret(access))
		header, t = wire.NewSecret("Bearer "+access), decoded
	}
	r := keycloak.Request{Purpose: msg.New("the same call again"), Method: doc.method, Path: doc.path, Authorization: header, AnyType: true}
	if !doc.reads() {
		r.Purpose, r.Method, r.Path = msg.New("is the new token let into the realm? (in place of the call, which is not sent)"), http.MethodGet, doc.realmPath()
	}
	reply, err := doc.server.Send(ctx, r)
	if err != nil {
		return err
	}
	after := &After{Status: reply.Exchange.Status, Token: t, Roles: slices.Sorted(slices.Values(t.Roles(doc.container()))), Exchange: reply.Exchange}
	after.Worked = !wantSuccess || after.Status >= 200 && after.Status < 300
	if !doc.reads() {
		after.Status = 0
		after.Worked = !wantSuccess || doc.letsIn(t.Roles(doc.container()))
	}
	doc.d.After = after
	if !doc.d.Verdict.hides || !wantSuccess || doc.method != http.MethodGet {
		return nil
	}
	admins, err := doc.compareWithAdmin(ctx, reply.Body)
	after.Worked = after.Worked && admins.more.Empty()
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
	if doc.admin == nil {
		return nil, doc.noAdmin("Undoing takes an admin.")
	}
	doubted := slices.DeleteFunc(slices.Clone(changes), func(c change.Change) bool { return !c.InDoubt() })
	if len(doubted) > 0 && len(doubted) == len(changes) {
		return nil, doc.inDoubt(doubted)
	}
	var undone []change.Change
	for _, c := range slices.Backward(changes) {
		if c.InDoubt() {
			continue
		}
		if err := c.Undo(ctx, doc.admin, doc.o.Journal, doc.server.URL()); err != nil {
			return undone, msg.Wrap(err, "undoing what %s", c.Description())
		}
		doc.made = slices.DeleteFunc(doc.made, func(made change.Change) bool { return made == c })
		undone = append(undone, c)
	}
	doc.d.OldToken = msg.Message{} // it was seen with the fix
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
		what = append(what, msg.New("what %s", c.Description()))
	}
	return &problem.CheckError{Kind: "in-doubt", Message: msg.New("In doubt, and left as it is: %s.", msg.List(", ", what...)),
		Hint: msg.New("Whether fix403 made it is not known, since its end was never noted. This looks, and asks: %s", sh.DownRealmCommand(doc.server.URL(), doc.home(), doc.o.TLS, *doc.o.Admin))}
}

// Undoable returns the changes that [Doctor.Undo] undoes; without a journal, those that this doctor made.
func (doc *Doctor) Undoable() ([]change.Change, error) {
	if doc.o.Journal == nil {
		return slices.Clone(doc.made), nil
	}
	changes, err := change.List(doc.o.Journal, doc.server.URL())
	return slices.DeleteFunc(changes, func(c change.Change) bool {
		mine := c.ClientID == doc.o.ClientID || c.ClientID == "" && doc.token != nil && c.UserID == doc.token.Subject
		return c.Realm != doc.home() || !mine
	}), err
}

// Milliseconds returns the time that the requests of a diagnosis took.
func (doc *Doctor) Milliseconds() int64 {
	var sum time.Duration
	for _, e := range doc.Exchanges() {
		sum += e.Duration
	}
	return sum.Milliseconds()
}
