package proof

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"fix403/keycloak/token"
	"fix403/keycloak/wire"
)

// Holder makes DPoP proofs with a key that lives as long as a diagnosis: the tokens that it gets are bound to it, and of no use
// without it.
type Holder struct {
	key  *ecdsa.PrivateKey
	x, y string
}

// NewHolder makes a new key (P-256).
func NewHolder() (*Holder, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	return holderOf(key)
}

func holderOf(key *ecdsa.PrivateKey) (*Holder, error) {
	public, err := key.PublicKey.Bytes() // 4, x, y
	if err != nil {
		return nil, err
	}
	return &Holder{key: key, x: encode(public[1:33]), y: encode(public[33:])}, nil
}

// Thumbprint returns the key's thumbprint (RFC 7638), which bound tokens have as cnf.jkt.
func (h *Holder) Thumbprint() string {
	sum := sha256.Sum256([]byte(`{"crv":"P-256","kty":"EC","x":"` + h.x + `","y":"` + h.y + `"}`))
	return encode(sum[:])
}

// Proof returns a proof for one request (RFC 9449, section 4.2): its method, its URL without query, and at an endpoint that takes tokens
// the access token. A nonce is one that the server asked for; "" is none.
func (h *Holder) Proof(method, address string, access wire.Secret, nonce string, now time.Time) (wire.Secret, error) {
	claims := map[string]any{"jti": rand.Text(), "htm": method, "htu": bare(address), "iat": now.Unix()}
	if !access.Empty() {
		claims["ath"] = hashOf(access)
	}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	header := map[string]any{"typ": "dpop+jwt", "alg": "ES256", "jwk": map[string]string{"kty": "EC", "crv": "P-256", "x": h.x, "y": h.y}}
	return sign(header, claims, jwt.SigningMethodES256, h.key)
}

func hashOf(access wire.Secret) string {
	sum := sha256.Sum256([]byte(access.Reveal()))
	return encode(sum[:])
}

func bare(address string) string {
	address, _, _ = strings.Cut(address, "#")
	address, _, _ = strings.Cut(address, "?")
	return address
}

// Given is a DPoP proof that a person has, decoded.
type Given struct {
	Method, URL string
	IssuedAt    time.Time
	hash        string // of the access token; "" if it names none
}

// Read decodes a proof; nil if it is none.
func Read(raw wire.Secret) *Given {
	t, err := token.Decode(raw.Reveal())
	if err != nil {
		return nil
	}
	text := func(name string) string { s, _ := t.Claims[name].(string); return s }
	if text("htm") == "" || text("htu") == "" {
		return nil
	}
	return &Given{Method: text("htm"), URL: text("htu"), IssuedAt: t.IssuedAt, hash: text("ath")}
}

// For reports whether the proof is for a request of this method and address with this access token.
func (g *Given) For(method, address string, access wire.Secret) bool {
	return g.Method == method && same(g.URL, address) && (g.hash == "" || g.hash == hashOf(access))
}

func same(a, b string) bool {
	u, err := url.Parse(bare(a))
	v, err2 := url.Parse(bare(b))
	return err == nil && err2 == nil && strings.EqualFold(u.Scheme, v.Scheme) && strings.EqualFold(u.Host, v.Host) && u.EscapedPath() == v.EscapedPath()
}

// freshness is how old a proof may be that is sent once more: measured on 26.7.4, one of 20 s was accepted and one of 28 s was not.
const freshness = 20 * time.Second

// Fresh reports whether a server would still take the proof for its age.
func (g *Given) Fresh(now time.Time) bool { return now.Sub(g.IssuedAt).Abs() <= freshness }

// Binding is what a token is bound to, by its claim cnf.
type Binding struct {
	Key         string // thumbprint of a key that DPoP proofs are made with; "" for none
	Certificate string // thumbprint of the client certificate; "" for none
}

// BindingOf reads what a token is bound to. A nil token is bound to nothing.
func BindingOf(t *token.Token) Binding {
	if t == nil {
		return Binding{}
	}
	cnf, _ := t.Claims["cnf"].(map[string]any)
	key, _ := cnf["jkt"].(string)
	certificate, _ := cnf["x5t#S256"].(string)
	return Binding{Key: key, Certificate: certificate}
}

// ByDPoP reports whether the token goes with the scheme DPoP and a proof.
func (b Binding) ByDPoP() bool { return b.Key != "" }
