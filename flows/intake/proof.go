package intake

import (
	"fix403/flows/doctor/given"
	"fix403/flows/doctor/proof"
	"fix403/flows/problem"
	"fix403/keycloak/msg"
)

// readProof takes what the client proves itself by in the place of its secret, and whether its tokens are bound to a key. What a person gives
// counts more than what stands in a paste.
func (p *preparation) readProof(asked given.Login) error {
	o := &p.Options
	switch {
	case asked.Key != nil && !asked.Assertion.Empty(), asked.SecretSigns && (asked.Key != nil || !asked.Assertion.Empty()):
		return problem.BadInput("Give one of them.", "The client authenticates in one way: with its key, with a ready assertion, or with a JWT signed with its secret.")
	case asked.Asserts():
		o.Login.Key, o.Login.Assertion, o.Login.SecretSigns = asked.Key, asked.Assertion, asked.SecretSigns
		if !asked.Assertion.Empty() {
			o.Login.SecretsOf = ""
		}
	case !o.Login.Assertion.Empty():
		p.note(msg.New("The pasted assertion is sent unchanged: each is valid for one token request, so one that your program already sent is refused. With the client's key (--client-key-file) a new one is signed."))
	}
	o.Login.DPoP = o.Login.DPoP || asked.DPoP
	if o.Login.DPoP {
		p.note(msg.New("DPoP proofs are made for this diagnosis, with a separate key: a proof from your program is valid for one request only."))
	}
	if o.Login.Assertion.Empty() {
		return nil
	}
	of, _, err := proof.ClientOf(o.Login.Assertion)
	if err != nil {
		return problem.BadInput("Give the JWT that the client signed: three parts of base64url text with dots between them.", "The client's assertion is not a JWT.")
	}
	if o.ClientID == "" {
		o.ClientID = of
	}
	return nil
}
