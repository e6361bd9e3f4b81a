package refusal

import (
	"strings"
	"testing"

	"fix403/flows/texts"
	"fix403/keycloak/version"
)

// The sentences as they came from real servers, which are cut by them in places.
func TestRead(t *testing.T) {
	for said, want := range map[string]texts.Text{
		"Parameter client_assertion_type is missing": Sentences[0].Means,
		"Multiple audiences not allowed":             audience,
		"Invalid token audience":                     audience,
		"Client authentication with signed JWT failed: Token audience doesn't match domain. Expected audiences are any of [http://127.0.0.1:8562/realms/x]": audience,
		"Token exp claim is required":                                                            noExpiry,
		"Token jti claim is required":                                                            noID,
		"Client authentication with signed JWT failed: Missing ID on the token":                  noID,
		"Token is not active":                                                                    expired,
		"Client authentication with client secret signed JWT failed: Token is not active":        expired,
		"Token was issued in the future":                                                         expired,
		"Token reuse detected":                                                                   used,
		"Client authentication with signed JWT failed: Token reuse detected":                     used,
		"Client authentication with signed JWT failed: Signature on JWT token failed validation": wrongKey,
		"Client authentication with client secret signed JWT failed: Signature on JWT token by client secret  failed validation": wrongSecret,
		"Client authentication with client secret signed JWT failed: Signature on JWT token by client secret failed validation":  wrongSecret,
		"Invalid signature algorithm": notAlgorithm,
		"invalid signature algorithm": notAlgorithm,
		"Unable to load public key":   noSuchKey,
		"Client authentication with signed JWT failed: java.lang.IllegalArgumentException: Input byte[] should at least have 2 bytes for base64 bytes": unreadable,
		"Missing client_id parameter":                             Sentences[2].Means,
		"Client Certification missing for MTLS HoK Token Binding": certificate,
		"DPoP proof is missing":                                   "The tokens of the client %s are bound to a key, and the token request had no proof for it: send one in the header DPoP.",
		"DPoP proof has already been used":                        freshProof,
		"DPoP proof is not active":                                freshProof,
		"DPoP HTTP URL mismatch":                                  wrongProof,
		"DPoP HTTP method mismatch":                               wrongProof,
		"DPoP mandatory claims are missing":                       unreadProof,
		"Invalid or missing type in DPoP header: JWT":             unreadProof,
		"No JWK in DPoP header":                                   unreadProof,
		"DPoP verification failure: org.keycloak.exceptions.TokenSignatureInvalidException: Invalid token signature": unreadProof,
		"DPoP confirmation doesn't match DPoP proof":                                                                 "The refresh token of the client %s is bound to another key than the one that made the DPoP proof: use the key of the first token request, or log in again.",
	} {
		if s, ok := Read(said); !ok || s.Means != want {
			t.Errorf("%s: %q, %t", said, s.Means, ok)
		}
	}
	for _, other := range []string{"", "Invalid client or Invalid client credentials", "Invalid user credentials", "Client not enabled to retrieve service account"} {
		if s, ok := Read(other); ok {
			t.Errorf("%s: %q", other, s.Means)
		}
	}
}

// Each sentence says on which versions it was measured, and names the client once.
func TestSentences(t *testing.T) {
	for _, s := range Sentences {
		if len(strings.Fields(s.On)) == 0 || strings.Count(string(s.Means), "%s") != 1 || s.Words != strings.ToLower(s.Words) {
			t.Errorf("%+v", s)
		}
		for on := range strings.FieldsSeq(s.On) {
			if _, known := version.Parse(on); !known {
				t.Errorf("%s: no version: %s", s.Words, on)
			}
		}
	}
}
