package doctor

import (
	"fix403/flows/console"
	"fix403/flows/doctor/advice"
	"fix403/flows/doctor/audience"
	"fix403/flows/doctor/caller"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/given"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/sift"
)

// advise fills in the fix for the verdict.
func (doc *Doctor) advise() {
	x := doc.Examination
	a := &exam.Draft{Draft: &advice.Draft{Call: advice.Call{Base: x.Server.URL(), Realm: x.Options.Realm, Path: x.Path, ClientID: x.Options.ClientID, Method: x.Method, CACert: x.Options.TLS.CACert, Admin: x.Options.Admin, Labels: console.Of(x.Version)}}, X: x}
	if l := x.Options.Login; !x.Options.Given && l.By() == given.PasswordGrant {
		a.User, a.Confidential = l.User, !x.Options.Secret.Empty()
	}
	switch v := x.Diagnosis.Verdict; {
	case x.Clue.BuiltIn:
		return
	case x.Clue.Scope != "":
		a.Scope = x.Clue.Scope
	case v.Changes != nil:
		doc.changes = v.Changes(x)
		if x.View.Client != nil {
			a.DefaultScopes = x.View.Client.DefaultScopes
		}
		rest := doc.changes
		if v == caller.AudienceMissing && x.Audience.Assigned == audience.AssignedOptional && len(rest) > 0 {
			a.Scope = audience.Scope(x.Options.Scope)
			a.Instead(msg.New("Nothing needs changing in Keycloak: request the token with scope=%s. To have it in every token of the client, do this instead:", keycloak.AdminAPIScope), rest[0])
			rest = rest[1:]
		}
		a.Changes(rest)
		if v == caller.AudienceMissing && x.Audience.Assigned == audience.AssignmentUnseen {
			doc.changes = nil // what cannot be seen cannot be taken back as it was
		}
		if len(rest) == 0 && len(doc.changes) == 0 && !x.Clue.NewToken {
			return
		}
	case v.Advise == nil || !v.Advise(a):
		return
	}
	a.Proof = caller.ProvesItself(x)
	a.Path, a.ServiceAccount = x.Options.Recorder.Mask(a.Path), x.ByOwnServiceAccount() // a query may hold secrets
	x.Diagnosis.Fix = a.Fix()
	x.Diagnosis.Fix.Caution = x.Caution()
	if choice := x.ChoiceCaution(); !choice.Empty() && len(doc.changes) > 0 {
		x.Diagnosis.Fix.Caution = msg.List(" ", sift.Out([]msg.Message{x.Diagnosis.Fix.Caution, choice}, msg.Message.Empty)...)
	}
}
