// Package doctor explains why one call of Keycloak's admin API fails: it walks the gates in their order, stops at the
// first that refuses, and names the smallest fix. What it says of roles comes from the measured matrix (package roles),
// everything else from what this server answers.
package doctor

import (
	"context"

	"fix403/flows/change"
	"fix403/flows/doctor/audience"
	"fix403/flows/doctor/given"
	"fix403/flows/requests"
	"fix403/flows/roles"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/wire"
)

// Doctor diagnoses one call.
type Doctor struct {
	*examination
	changes []change.Change // that fix the call
	made    []change.Change // by Fix and not undone
	allowed bool            // powerful roles may be given
}

// New prepares a diagnosis. Errors have the kind bad-input; nothing is sent.
func New(o given.Options) (*Doctor, error) {
	p, err := o.Prepare()
	if err != nil {
		return nil, err
	}
	x := &examination{o: o, method: o.Method, path: o.Path, pathRealm: requests.RealmIn(o.Path), matrix: roles.Shipped(), token: p.Token, kept: p.Kept, bare: p.Bare, raw: o.Authorization}
	x.server, err = keycloak.NewServer(o.URL, keycloak.Options{
		Transport: o.Transport, Recorder: o.Recorder, Timeout: o.Timeout, Now: o.Now, ReadOnly: !o.Write, Once: true, // a 502 is a finding
	})
	return &Doctor{examination: x}, err
}

// Diagnose walks the gates. An error means that there is no verdict: the admin was refused, or the caller gave up.
func (doc *Doctor) Diagnose(ctx context.Context) (_ *Diagnosis, err error) {
	defer func() { err = doc.masked(err) }()
	doc.chosen, doc.lesser = nil, nil
	doc.clue, doc.audience, doc.aheadKnown, doc.secretlySigned, doc.rolesReadSeen = clue{}, audience.Seen{}, false, false, false
	doc.d = &Diagnosis{Call: doc.method + " " + doc.o.Recorder.Mask(doc.path), SmallestRoles: []string{}, Evidence: []Evidence{}, NotChecked: []msg.Message{}}
	if err := doc.walk(ctx); err != nil {
		return nil, err
	}
	doc.sayChoice()
	doc.advise()
	doc.notChecked()
	return doc.d, nil
}

// masked masks secrets in what leaves the doctor: the diagnosis, and an error that ends something.
func (doc *Doctor) masked(err error) error {
	if doc.d != nil {
		*doc.d = wire.MaskAll(doc.o.Recorder, *doc.d)
	}
	return doc.o.Recorder.MaskError(err)
}

// Exchanges returns all requests that were made, masked.
func (doc *Doctor) Exchanges() []wire.Exchange { return doc.o.Recorder.Exchanges() }

// Last returns the diagnosis that was made last, as far as it came; nil before there is one. Fix and Undo add to it.
func (doc *Doctor) Last() *Diagnosis { return doc.d }

// URL returns the base URL of the server.
func (doc *Doctor) URL() string { return doc.server.URL() }
