// Package doctor explains why one call of Keycloak's admin API fails: it walks the gates in their order, stops at the
// first that refuses, and names the smallest fix. What it says of roles comes from the measured matrix (package roles),
// everything else from what this server answers.
package doctor

import (
	"context"

	"fix403/flows/change"
	"fix403/flows/doctor/audience"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/given"
	"fix403/flows/doctor/login"
	"fix403/flows/requests"
	"fix403/flows/roles"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// Doctor diagnoses one call.
type Doctor struct {
	*exam.Examination
	changes []change.Change // that fix the call
	made    []change.Change // by Fix and not undone
	allowed bool            // powerful roles may be given
	asked   given.Options   // as they were given: a refused login before an exchange is looked at in the place of the exchange
}

// restore takes the login of the call again.
func (doc *Doctor) restore() {
	o, asked := &doc.Options, &doc.asked
	o.Realm, o.ClientID, o.Secret, o.Scope, o.Login = asked.Realm, asked.ClientID, asked.Secret, asked.Scope, asked.Login
}

// New prepares a diagnosis. Errors have the kind bad-input; nothing is sent.
func New(o given.Options) (*Doctor, error) {
	p, err := o.Prepare()
	if err != nil {
		return nil, err
	}
	x := &exam.Examination{Options: o, Method: o.Method, Path: o.Path, PathRealm: requests.RealmIn(o.Path), Matrix: roles.Shipped(), Token: p.Token, Kept: p.Kept, Bare: p.Bare, Authorization: o.Authorization}
	prove := func(method, address string, access wire.Secret) (wire.Secret, error) {
		if !o.Proof.Empty() { // of a paste: its token is bound to a key that is not known
			return wire.Secret{}, nil
		}
		return x.Tokens.Prove(method, address, access)
	}
	x.Server, err = keycloak.NewServer(o.URL, keycloak.Options{
		Transport: o.Transport, Recorder: o.Recorder, Timeout: o.Timeout, Now: o.Now, ReadOnly: !o.Write, Once: true, Prove: prove, // a 502 is a finding
	})
	if err == nil {
		x.Tokens, err = login.New(&x.Options, x.Server)
	}
	return &Doctor{Examination: x, asked: o}, err
}

// Diagnose walks the gates. An error means that there is no verdict: the admin was refused, or the caller gave up.
func (doc *Doctor) Diagnose(ctx context.Context) (_ *exam.Diagnosis, err error) {
	defer func() { err = doc.masked(err) }()
	doc.Chosen, doc.LesserRoles = nil, nil
	doc.Clue, doc.Audience, doc.AheadKnown, doc.SecretlySigned, doc.RolesReadSeen = exam.Clue{}, audience.Seen{}, false, false, false
	doc.Diagnosis = &exam.Diagnosis{Call: doc.Method + " " + doc.Options.Recorder.Mask(doc.Path), SmallestRoles: []string{}, Evidence: []exam.Evidence{}, NotChecked: []msg.Message{}}
	doc.restore()
	if err := doc.Walk(ctx, checkpoints()); err != nil {
		return nil, err
	}
	doc.Diagnosis.Caller = doc.Who()
	sayChoice(doc.Examination)
	doc.advise()
	notChecked(doc.Examination)
	return doc.Diagnosis, nil
}

// masked masks secrets in what leaves the doctor: the diagnosis, and an error that ends something.
func (doc *Doctor) masked(err error) error {
	if doc.Diagnosis != nil {
		verdict := doc.Diagnosis.Verdict // one of a closed set, and compared as such
		*doc.Diagnosis = wire.MaskAll(doc.Options.Recorder, *doc.Diagnosis)
		doc.Diagnosis.Verdict = verdict
	}
	return doc.Options.Recorder.MaskError(err)
}

// Exchanges returns all requests that were made, masked.
func (doc *Doctor) Exchanges() []wire.Exchange { return doc.Options.Recorder.Exchanges() }

// Last returns the diagnosis that was made last, as far as it came; nil before there is one. Fix and Undo add to it.
func (doc *Doctor) Last() *exam.Diagnosis { return doc.Diagnosis }

// URL returns the base URL of the server.
func (doc *Doctor) URL() string { return doc.Server.URL() }
