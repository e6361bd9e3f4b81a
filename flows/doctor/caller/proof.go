package caller

import (
	"context"
	"net/http"
	"strings"

	"fix403/flows/doctor/advice"
	"fix403/flows/doctor/answer"
	"fix403/flows/doctor/exam"
	"fix403/flows/doctor/given"
	"fix403/flows/doctor/phrase"
	"fix403/flows/doctor/proof"
	"fix403/flows/doctor/refusal"
	"fix403/flows/gate"
	"fix403/flows/texts"
	"fix403/keycloak"
	"fix403/keycloak/msg"
	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// The verdicts about what a client proves itself by in the place of a secret, and about tokens that are bound to a key.
var (
	ClientAuthMethod = &exam.Verdict{ID: "client-auth-method",
		Cause: "The client authenticates in a way other than the one used: with a JWT that it signs, with a certificate, or with its secret.", Advise: rightProof}
	ProofMissing = &exam.Verdict{ID: "proof-missing",
		Cause: "Tokens of the client are bound to a key or a certificate, and the request has no proof of it (a DPoP proof or a client certificate), or one for another request.", Advise: rightProof}
)

// The ways in which Keycloak's clients prove themselves, as their configuration names them.
const (
	bySecret    = "client-secret"
	byKey       = "client-jwt"
	bySecretJWT = "client-secret-jwt"
	byX509      = "client-x509"
)

// refusedProof gives the verdict where the token endpoint has something against what the client proves itself by, and reports whether it has.
func refusedProof(ctx context.Context, x *exam.Examination, description string) (bool, error) {
	client, see := x.Options.ClientID, x.View.Client
	s, known := refusal.Read(description)
	asserted := x.Options.Login.Asserts()
	switch {
	case see != nil && !see.Enabled, see != nil && see.Public, see != nil && see.BearerOnly:
		return false, nil // which comes first
	case known && s.Kind == refusal.Proof:
		x.Stop(gate.Client, ProofMissing, exam.AllSeen, s.Means, client)
		x.Clue.Proof.DPoP, x.Clue.Proof.Certificate = s.Wants == refusal.DPoP, s.Wants == refusal.Certificate
		if s.Wants == refusal.DPoP && !x.Options.Login.DPoP {
			return true, tryWith(ctx, x, func(l *given.Login) { l.DPoP = true }, "With a proof made for this diagnosis, the token endpoint issued a token to the client.")
		}
		return true, nil
	case see != nil && see.Authenticator == byX509:
		x.Clue.Proof.Certificate, x.Clue.Proof.Secretless = true, true
		if x.Options.TLS.ClientCert != "" {
			x.Stop(gate.Client, BadClientCredentials, exam.But("Whether the certificate reached Keycloak: a proxy that terminates TLS must pass it on."), "The client %s authenticates with a client certificate, and the token endpoint does not accept the one presented: its subject must be the one in the client's Credentials tab (Subject DN), its parts in the same order, and the server or the proxy in front of it must pass it on.", client)
			return true, nil
		}
		x.Stop(gate.Client, ClientAuthMethod, exam.AllSeen, "The client %s authenticates with a client certificate (X.509), according to its configuration, and none was presented: make the token request over https with it (here --client-cert and --client-key).", client)
		return true, nil
	case known && s.Kind == refusal.AuthMethod && s.Wants == refusal.Assertion:
		return true, wantsAssertion(ctx, x, s)
	case see != nil && !asserted && (see.Authenticator == byKey || see.Authenticator == bySecretJWT):
		return true, wantsAssertion(ctx, x, refusal.Sentence{})
	case see != nil && asserted && (see.Authenticator == bySecret || see.Authenticator == ""):
		x.Stop(gate.Client, ClientAuthMethod, exam.AllSeen, "The client %s authenticates with its secret, according to its configuration, not with an assertion: send the secret, or change how the client authenticates (its Credentials tab).", client)
		return true, nil
	case known:
		v := ClientAuthMethod
		if s.Kind == refusal.Credentials {
			v = BadClientCredentials
		}
		x.Clue.Proof.Key, x.Clue.Proof.Assertion = asserted && x.Options.Login.Key != nil, asserted
		x.Stop(gate.Client, v, exam.AllSeen, s.Means, client)
		if s.Open != "" {
			x.Unseen(s.Open)
		}
		return true, nil
	}
	return false, nil
}

// wantsAssertion is for a client that signs, and sent something else.
func wantsAssertion(ctx context.Context, x *exam.Examination, s refusal.Sentence) error {
	client, see := x.Options.ClientID, x.View.Client
	x.Clue.Proof.Assertion = true
	const signs texts.Text = "The client %s does not authenticate with a plain client secret: according to its configuration it signs a JWT with %s. Send that as client_assertion (here %s)."
	switch {
	case see != nil && see.Authenticator == byKey:
		x.Clue.Proof.Key = true
		x.Stop(gate.Client, ClientAuthMethod, exam.AllSeen, signs, client, msg.New("its own private key (private_key_jwt)"), "--client-key-file")
		return nil
	case see != nil && see.Authenticator == bySecretJWT:
		x.Clue.Proof.SecretSigns = true
		x.Stop(gate.Client, ClientAuthMethod, exam.AllSeen, signs, client, msg.New("its secret (client_secret_jwt)"), "--client-secret-jwt")
	case s.Means == "":
		return nil
	default:
		c := exam.AllSeen
		if s.Unsure {
			c = exam.Or(s.Open)
		}
		x.Stop(gate.Client, ClientAuthMethod, c, s.Means, client)
	}
	tried := len(x.Diagnosis.Evidence)
	if !x.Options.Secret.Empty() && !x.Options.Login.Asserts() {
		if err := tryWith(ctx, x, func(l *given.Login) { l.SecretSigns = true }, "An assertion signed with the client's secret was accepted (client_secret_jwt)."); err != nil {
			return err
		}
	}
	if see == nil && len(x.Diagnosis.Evidence) == tried {
		x.Unseen(s.Open)
	}
	return nil
}

// tryWith asks for a token in another way, and makes the call with it: what then keeps it from passing is said beside the verdict.
func tryWith(ctx context.Context, x *exam.Examination, change func(*given.Login), seen texts.Text) error {
	before, authorization := x.Options.Login, x.Authorization
	change(&x.Options.Login)
	defer func() { x.Options.Login, x.Authorization = before, authorization }()
	got, err := x.RequestToken(ctx, "the token request that the client must make")
	if ctx.Err() != nil {
		return ctx.Err()
	}
	decoded, decodeErr := token.Decode(got.Access.Reveal())
	if err != nil || decodeErr != nil {
		return nil // the verdict stands without it
	}
	x.Issued(decoded.IssuedAt)
	x.Observed(exam.OnWire, seen)
	x.Token, x.Authorization = decoded, got.Header()
	reply, err := x.Server.Send(ctx, x.InPlace(keycloak.Request{Purpose: msg.New("the call, with that token"), Method: x.Method, Path: x.Path, Authorization: x.Authorization, AnyType: true}))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil || !x.Reads() {
		return nil
	}
	x.Observed(exam.OnWire, "With that token %s %s answered %s.", reply.Exchange.Method, reply.Exchange.URL, answer.Words(&reply))
	switch reply.Exchange.Status {
	case http.StatusOK:
		x.Also(msg.New("With it, the call works."))
	case http.StatusForbidden:
		return thenTheRole(ctx, x)
	}
	return nil
}

// sendProof adds the proof of a pasted call to the one request that it is good for: never where it is for another, or too old.
func sendProof(x *exam.Examination, r *keycloak.Request) {
	_, access, _ := strings.Cut(r.Authorization.Reveal(), " ")
	shown := proof.Read(x.Options.Proof)
	if shown == nil || !x.Reads() || !shown.Fresh(x.Options.Now()) || !shown.For(r.Method, x.Server.URL()+r.Path, wire.NewSecret(strings.TrimSpace(access))) {
		return
	}
	r.Header = r.Header.Clone()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set("DPoP", x.Options.Proof.Reveal())
}

// atBinding is for a token that is bound to a key, and for the scheme DPoP.
func atBinding(x *exam.Examination, stop exam.Stopper) bool {
	scheme, access, _ := strings.Cut(x.Authorization.Reveal(), " ")
	binding := proof.BindingOf(x.Token)
	byDPoP := strings.EqualFold(scheme, "DPoP")
	switch {
	case !binding.ByDPoP() && !byDPoP, !x.Options.Given && byDPoP:
		return false
	case !binding.ByDPoP():
		stop(NoBearerToken, exam.AllSeen, "The Authorization header has the scheme DPoP, and the token is not bound to a key (it has no claim cnf): send it as Bearer.")
		return true
	}
	x.Clue.Proof.DPoP = true
	x.Observed(exam.InToken, "It is bound to a key (cnf.jkt): it requires the scheme DPoP and a proof made with that key.")
	pasted := x.Options.Proof
	shown := proof.Read(pasted)
	const each texts.Text = "a proof is for one method, one URL and one token, and is valid once, for seconds"
	switch {
	case !byDPoP:
		stop(ProofMissing, exam.AllSeen, "The token is an access token that is bound to a key (DPoP), and was sent as Bearer: send it with the scheme DPoP, and with a proof in the header DPoP that is made for this request with that key. No role fixes a 401.")
	case pasted.Empty():
		stop(ProofMissing, exam.AllSeen, "The token is bound to a key (DPoP), and the call has no proof in the header DPoP: make one for this request with that key.")
	case shown == nil:
		stop(ProofMissing, exam.AllSeen, "The token is bound to a key (DPoP), and the header DPoP does not hold a proof: it must be a JWT with the claims htm, htu, iat, jti and ath.")
	case !shown.For(x.Method, x.Server.URL()+x.Path, wire.NewSecret(strings.TrimSpace(access))):
		stop(ProofMissing, exam.AllSeen, "The proof in the header DPoP is for another request (%s %s): %s. Make a new one for this call.", phrase.OneLine(shown.Method), phrase.OneLine(shown.URL), each)
	default:
		stop(exam.Undetermined, exam.Or("Why your own call was refused: give the client instead (--client-id, its secret or --client-key-file, and --dpop), and the call is made with a new token and new proofs."), "The token is bound to a key (DPoP), and the pasted proof was already used or is too old: %s. It cannot show what refused your original call.", each)
	}
	if _, bound := x.Token.Claims["cnf"]; bound && !x.Options.Given {
		x.Unseen("What the call answers with a proof: that requires the key that the token is bound to.")
	}
	return true
}

// ProvesItself returns how the client of an examination proves itself, for the right call.
func ProvesItself(x *exam.Examination) advice.Proof {
	l, p := x.Options.Login, x.Clue.Proof
	p.Key = p.Key || l.Key != nil
	p.Assertion = p.Assertion || l.Asserts()
	if p.SecretSigns = p.SecretSigns || l.SecretSigns; p.SecretSigns {
		p.Algorithm = "HS256"
	}
	if l.Key != nil {
		p.Algorithm = x.Tokens.Algorithm(l.Key)
	}
	p.DPoP = p.DPoP || l.DPoP
	if x.Options.TLS.ClientCert != "" {
		p.Certificate = true
		p.Cert, p.CertKey = x.Options.TLS.ClientCert, x.Options.TLS.ClientKey
		p.Secretless = p.Secretless || x.Options.Secret.Empty() && !l.Asserts()
	}
	return p
}

// rightProof is for a client that has to bring something else.
func rightProof(a *exam.Draft) bool { return a.X.Options.ClientID != "" }
