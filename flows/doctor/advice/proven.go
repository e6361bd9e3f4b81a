package advice

import (
	"cmp"
	"slices"

	"fix403/flows/change"
	"fix403/flows/sh"
)

// Proof is how a client proves itself where it does not send its secret, and what its tokens are bound to.
type Proof struct {
	Key           bool   // it signs an assertion with its private key
	SecretSigns   bool   // or with its secret
	Algorithm     string // of that; "" is the usual one
	Assertion     bool   // it sends an assertion that its own program signs
	DPoP          bool   // each request brings a DPoP proof
	Certificate   bool   // it shows a client certificate
	Secretless    bool   // and sends no secret beside that
	Cert, CertKey string // files; "" where they are not known
}

func (p Proof) any() bool { return p != Proof{} }

// base64url is a function of the shell.
const base64url = `b64() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }`

// provenCurl has curl show the client's certificate.
func (d *Draft) provenCurl() []string {
	if !d.Proof.Certificate {
		return nil
	}
	file := func(name, path, what string) string {
		if path != "" {
			return name + `=` + sh.Quote(path)
		}
		return `: "${` + name + `:?a file with the ` + what + ` of the client (PEM)}"`
	}
	ca := ""
	if d.CACert != "" {
		ca = `--cacert ` + sh.Quote(d.CACert) + ` `
	}
	return []string{
		file("CLIENT_CERT", d.Proof.Cert, "certificate"), file("CLIENT_CERT_KEY", d.Proof.CertKey, "private key"),
		`curl() { command curl ` + ca + `--cert "$CLIENT_CERT" --key "$CLIENT_CERT_KEY" "$@"; }`,
	}
}

// assertionLines put an assertion into ASSERTION, which openssl signs; it does so with no key of Ed25519 from a pipe.
func (d *Draft) assertionLines() []string {
	alg := cmp.Or(d.Proof.Algorithm, "RS256")
	lines := []string{`: "${CLIENT_KEY:?a file with the private key of the client (PEM)}"`}
	var sign string
	switch family, size := alg[:2], alg[2:]; {
	case d.Proof.SecretSigns && family == "HS":
		lines, sign = slices.Clone(hmac), "hmac"
	case !d.Proof.Key || alg == "EdDSA":
		return []string{`: "${ASSERTION:?a JWT that your program signs as the client, a new one for each token request}"`}
	case family == "ES":
		width := map[string]string{"256": "64", "384": "96", "512": "132"}[size]
		lines = append(lines, `raw() { printf "$(openssl asn1parse -inform DER | sed -n 's/.*INTEGER *://p' | while read -r N; do printf '%`+width+`s' "$N"; done | tr ' ' 0 | sed 's/../\\x&/g')"; }`)
		sign = `openssl dgst -sha` + size + ` -sign "$CLIENT_KEY" | raw`
	case family == "PS":
		sign = `openssl dgst -sha` + size + ` -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:-1 -sign "$CLIENT_KEY" -binary`
	default:
		sign = `openssl dgst -sha` + size + ` -sign "$CLIENT_KEY" -binary`
	}
	return append(lines,
		`SIGNED=$(printf '{"alg":"`+alg+`","typ":"JWT"}' | b64).$(printf '{"iss":"%s","sub":"%s","aud":"%s","jti":"%s","iat":%s,"exp":%s}' \`,
		`  `+sh.Quote(d.ClientID)+` `+sh.Quote(d.ClientID)+` "$KEYCLOAK/realms/`+change.RealmWord(d.Realm)+`" "$(openssl rand -hex 16)" "$(date +%s)" "$(($(date +%s) + 60))" | b64)`,
		`ASSERTION=$SIGNED.$(printf %s "$SIGNED" | `+sign+` | b64)`)
}

// hmac are the lines of a function of bash: openssl takes the key of an HMAC on its command line alone, where every user could read it.
var hmac = []string{
	`hmac() {   # HMAC-SHA-256 by the client's secret, which stays off command lines`,
	`  HEX=$(printf %s "$CLIENT_SECRET" | od -An -v -tx1 | tr -d ' \n') INNER= OUTER=`,
	`  [ ${#HEX} -le 128 ] || HEX=$(printf %s "$CLIENT_SECRET" | openssl dgst -sha256 -binary | od -An -v -tx1 | tr -d ' \n')`,
	`  for ((I = 0; I < 128; I += 2)); do`,
	`    BYTE=${HEX:I:2}`,
	`    INNER+=$(printf '\\x%02x' $((16#${BYTE:-0} ^ 54))) OUTER+=$(printf '\\x%02x' $((16#${BYTE:-0} ^ 92)))`,
	`  done`,
	`  { printf "$INNER"; cat; } | openssl dgst -sha256 -binary | { printf "$OUTER"; cat; } | openssl dgst -sha256 -binary`,
	`}`,
}

// proofLines define proof METHOD URL [TOKEN], which prints a DPoP proof by a key of this script.
func proofLines() []string {
	return []string{
		`DPOP=$(mktemp -d) && trap 'rm -rf "$DPOP"' EXIT   # each request needs a new proof by the same key`,
		`openssl genrsa -out "$DPOP/key" 2048 2>/dev/null`,
		`MODULUS=$(openssl rsa -in "$DPOP/key" -pubout -outform DER 2>/dev/null | tail -c 261 | head -c 256 | b64)`,
		`ath() { [ -z "$1" ] || printf ',"ath":"%s"' "$(printf %s "$1" | openssl dgst -sha256 -binary | b64)"; }`,
		`proof() {`,
		`  PART=$(printf '{"typ":"dpop+jwt","alg":"RS256","jwk":{"kty":"RSA","e":"AQAB","n":"%s"}}' "$MODULUS" | b64)`,
		`  PART=$PART.$(printf '{"jti":"%s","htm":"%s","htu":"%s","iat":%s%s}' "$(openssl rand -hex 16)" "$1" "$2" "$(date +%s)" "$(ath "$3")" | b64)`,
		`  printf '%s.%s' "$PART" "$(printf %s "$PART" | openssl dgst -sha256 -sign "$DPOP/key" -binary | b64)"`,
		`}`,
	}
}

// tokenLines get a token as the caller does, who proves itself by something else than one secret, and make the call.
func (d *Draft) tokenLines() []string {
	lines := d.provenCurl()
	if d.Proof.Key || d.Proof.SecretSigns || d.Proof.DPoP {
		lines = append(lines, base64url)
	}
	if d.Proof.DPoP {
		lines = append(lines, proofLines()...)
	}
	grant, more := `client_credentials`, ""
	if d.User != "" {
		grant, more = `password`, ` --data-urlencode `+sh.Quote("username="+d.User)
	}
	form, realm := `-d grant_type=`+grant+` --data-urlencode `+sh.Quote("client_id="+d.ClientID)+more, change.RealmWord(d.Realm)
	if d.Scope != "" {
		form += ` --data-urlencode ` + sh.Quote("scope="+d.Scope)
	}
	if d.Proof.DPoP {
		lines = append(lines, `printf 'DPoP: %s\n' "$(proof POST "$KEYCLOAK/realms/`+realm+`/protocol/openid-connect/token" "")" >"$DPOP/header"`)
		form += ` -H @"$DPOP/header"`
	}
	field, variable := "client_secret", "CLIENT_SECRET"
	switch {
	case d.Proof.Key, d.Proof.Assertion, d.Proof.SecretSigns:
		lines = append(lines, d.assertionLines()...)
		form += ` -d client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer`
		field, variable = "client_assertion", "ASSERTION"
	case d.Proof.Secretless, d.User != "" && !d.Confidential:
		field = ""
	}
	if d.User != "" {
		if field != "" {
			form += ` --data-urlencode ` + field + `@<(printf %s "$` + variable + `")`
		}
		field, variable = "password", "USER_PASSWORD"
	}
	if field == "" {
		lines = append(lines, `TOKEN=$(curl -fsS "$KEYCLOAK/realms/`+realm+`/protocol/openid-connect/token" \`, `  `+form+` |`, `  grep -o '"access_token":"[^"]*"' | cut -d'"' -f4)`)
	} else {
		lines = append(lines, change.CurlToken("TOKEN", realm, form, field, variable)...)
	}
	return append(lines, d.callLine())
}

// dpopCall is the beginning of the line that makes the call with a bound token; address is the call's, as a word of the shell.
func dpopCall(method, address string) string {
	return `printf 'Authorization: DPoP %s\nDPoP: %s\n' "$TOKEN" "$(proof ` + method + ` ` + address + ` "$TOKEN")" | curl -fsS `
}
