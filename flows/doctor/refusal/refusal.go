// Package refusal is what the token endpoint says when it refuses a client, as data: each sentence with what it means, and the versions of
// Keycloak on which it was measured. What is added here needs no other code.
package refusal

import (
	"strings"

	"fix403/flows/texts"
)

// Kind is what a sentence is about.
type Kind int

// The kinds.
const (
	AuthMethod  Kind = iota // the client has to prove itself in another way
	Credentials             // the way is right, and what was sent is not
	Proof                   // a proof of possession is missing or wrong: DPoP, or a client certificate
)

// Sentence is one that the token endpoint was measured to say.
type Sentence struct {
	Words string // that its error_description has, in lower case
	Kind  Kind
	On    string // versions on which it was measured, separated by spaces
	// Means says what is wrong and what to do; its value is the client.
	Means texts.Text
	// Open says what the sentence leaves open; "" where it decides alone.
	Open texts.Text
	// Wants is what the client has to bring.
	Wants  Wants
	Unsure bool // something else may be said in the same words
}

// Wants is what a client has to bring to the token endpoint.
type Wants int

// What may be missing.
const (
	Nothing     Wants = iota // but a better one of what it brought
	Assertion                // a JWT that the client signs, with its key or its secret
	DPoP                     // a DPoP proof
	Certificate              // a client certificate, in the TLS connection
)

const (
	whichKey     texts.Text = "Whether the client signs with a key (private_key_jwt) or with its secret (client_secret_jwt): the token endpoint gives the same error for both. An admin can see which."
	freshProof   texts.Text = "The token request of the client %s has a DPoP proof that was used before or is too old: each request needs a new one. Make one for it, signed just now."
	wrongProof   texts.Text = "The token request of the client %s has a DPoP proof for another request: a proof is for one method (htm) and one URL (htu). Make one for this POST to the token endpoint, with the URL as the server sees it."
	unreadProof  texts.Text = "The token request of the client %s has a header DPoP that is not a proof: it must be a JWT of the type dpop+jwt, with the public key in its header, and the claims jti, htm, htu and iat."
	expired      texts.Text = "The assertion of the client %s has expired, or is not valid yet: sign a new one for each token request, valid for a minute, and compare this machine's clock with the server's."
	used         texts.Text = "The assertion of the client %s was used before: each is valid for one token request (jti). Sign a new one."
	noSuchKey    texts.Text = "The token endpoint has no public key to check the assertion of the client %s: its Keys tab holds none, or none with this key id (kid) and algorithm."
	wrongKey     texts.Text = "The assertion of the client %s is not signed with the key that the client has in Keycloak: sign with the private key that belongs to its Keys tab, or register the public key of this one there."
	wrongSecret  texts.Text = "The assertion of the client %s is not signed with the client's secret: it must be signed with the whole secret (HS256, HS384 or HS512), as it is in the client's Credentials tab."
	notAlgorithm texts.Text = "The assertion of the client %s is signed with an algorithm that the client does not accept: its Credentials tab shows the right one (Signature algorithm)."
	audience     texts.Text = "The assertion of the client %s is meant for another audience: its claim aud must be the issuer of the realm, as in the realm's discovery document, and nothing else."
	noID         texts.Text = "The assertion of the client %s lacks the claim jti, which makes each one good for a single use: add one, new each time."
	noExpiry     texts.Text = "The assertion of the client %s lacks the claim exp: add one, a minute after now."
	unreadable   texts.Text = "What the client %s sends as its assertion cannot be read as a signed JWT: it was cut, quoted or encoded twice."
	certificate  texts.Text = "The tokens of the client %s are bound to its certificate, and the token request had none: make it over https with the client's certificate and key (here --client-cert and --client-key)."
)

// Sentences are all that were measured. The first whose words are in a description counts.
var Sentences = []Sentence{
	{Words: "parameter client_assertion_type is missing", Kind: AuthMethod, Wants: Assertion, On: "22.0.5 24.0.5 26.7.4", Open: whichKey,
		Means: "The client %s does not authenticate with a plain client secret: the token endpoint requires an assertion, a JWT that the client signs."},
	{Words: "unexpected error when authenticating client", Kind: AuthMethod, Wants: Assertion, On: "26.4.0", Unsure: true, Open: "Whether the token endpoint requires an assertion: it fails where one is missing, and may fail for another reason. An admin can see how the client authenticates.",
		Means: "The client %s probably authenticates not with a plain client secret but with an assertion, a JWT that the client signs: the token endpoint fails where one is missing."},
	{Words: "missing client_id parameter", Kind: AuthMethod, On: "22.0.5 24.0.5 26.4.0 26.7.4",
		Means: "The token endpoint accepts no assertion from the client %s: it authenticates in another way, with a secret or a certificate."},
	{Words: "signature on jwt token by client secret", Kind: Credentials, On: "22.0.5 24.0.5 26.4.0 26.7.4", Means: wrongSecret},
	{Words: "signature on jwt token failed validation", Kind: Credentials, On: "22.0.5 24.0.5 26.4.0 26.7.4", Means: wrongKey},
	{Words: "unable to load public key", Kind: Credentials, On: "22.0.5 24.0.5 26.4.0 26.7.4", Means: noSuchKey},
	{Words: "error when loading public keys", Kind: Credentials, On: "22.0.5 24.0.5 26.4.0", Means: noSuchKey},
	{Words: "invalid signature algorithm", Kind: AuthMethod, On: "22.0.5 24.0.5 26.4.0 26.7.4", Means: notAlgorithm},
	{Words: "invalid token audience", Kind: Credentials, On: "26.4.0 26.7.4", Means: audience},
	{Words: "multiple audiences not allowed", Kind: Credentials, On: "26.4.0 26.7.4", Means: audience},
	{Words: "token audience doesn't match domain", Kind: Credentials, On: "22.0.5 24.0.5", Means: audience},
	{Words: "token reuse detected", Kind: Credentials, On: "22.0.5 24.0.5 26.4.0 26.7.4", Means: used},
	{Words: "token is not active", Kind: Credentials, On: "22.0.5 24.0.5 26.4.0 26.7.4", Means: expired},
	{Words: "token was issued in the future", Kind: Credentials, On: "26.4.0 26.7.4", Means: expired},
	{Words: "token jti claim is required", Kind: Credentials, On: "26.4.0 26.7.4", Means: noID},
	{Words: "missing id on the token", Kind: Credentials, On: "22.0.5 24.0.5", Means: noID},
	{Words: "token exp claim is required", Kind: Credentials, On: "26.4.0 26.7.4", Means: noExpiry},
	{Words: "client authentication with signed jwt failed", Kind: Credentials, On: "22.0.5 24.0.5 26.4.0 26.7.4", Means: unreadable},
	{Words: "client authentication with client secret signed jwt failed", Kind: Credentials, On: "22.0.5 24.0.5 26.4.0 26.7.4", Means: unreadable},
	{Words: "client certification missing for mtls hok token binding", Kind: Proof, Wants: Certificate, On: "22.0.5 24.0.5 26.4.0 26.7.4", Means: certificate},
	{Words: "dpop proof is missing", Kind: Proof, Wants: DPoP, On: "26.4.0 26.7.4",
		Means: "The tokens of the client %s are bound to a key, and the token request had no proof for it: send one in the header DPoP."},
	{Words: "dpop proof has already been used", Kind: Proof, Wants: DPoP, On: "26.4.0 26.7.4", Means: freshProof},
	{Words: "dpop proof is not active", Kind: Proof, Wants: DPoP, On: "26.4.0 26.7.4", Means: freshProof},
	{Words: "dpop http url mismatch", Kind: Proof, Wants: DPoP, On: "26.4.0 26.7.4", Means: wrongProof},
	{Words: "dpop http method mismatch", Kind: Proof, Wants: DPoP, On: "26.4.0 26.7.4", Means: wrongProof},
	{Words: "dpop confirmation doesn't match dpop proof", Kind: Proof, Wants: DPoP, On: "26.4.0 26.7.4",
		Means: "The refresh token of the client %s is bound to another key than the one that made the DPoP proof: use the key of the first token request, or log in again."},
	{Words: "dpop", Kind: Proof, Wants: DPoP, On: "26.4.0 26.7.4", Means: unreadProof},
	{Words: "jwk in dpop header", Kind: Proof, Wants: DPoP, On: "26.4.0 26.7.4", Means: unreadProof},
}

// Read returns what a description of the token endpoint means; false for one that was not measured.
func Read(description string) (Sentence, bool) {
	description = strings.ToLower(description)
	for _, s := range Sentences {
		if strings.Contains(description, s.Words) {
			return s, true
		}
	}
	return Sentence{}, false
}
