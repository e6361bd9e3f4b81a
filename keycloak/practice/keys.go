package practice

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // x5t is defined as a SHA-1 thumbprint (RFC 7517 section 4.8)
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// realmKey is a key of a realm. RSA keys are generated when first needed,
// outside of the server's lock; a key that was never generated has signed nothing.
type realmKey struct {
	kid       string
	algorithm string // RS256, RSA-OAEP, HS512, AES
	use       string // SIG, ENC
	provider  string // id of the component it belongs to
	priority  int64
	active    bool
	owner     string // realm name, the certificate's common name
	now       func() time.Time
	generate  func() (*rsa.PrivateKey, error)

	once sync.Once
	pair atomic.Pointer[keyPair]

	secret []byte // HMAC and AES
}

type keyPair struct {
	private *rsa.PrivateKey
	public  []byte        // DER, SubjectPublicKeyInfo
	cert    func() []byte // DER; signed when it is first asked for
}

func (k *realmKey) rsa() bool { return k.algorithm == "RS256" || k.algorithm == "RSA-OAEP" }

// ready reports whether the key exists already, without generating it.
func (k *realmKey) ready() *keyPair { return k.pair.Load() }

// get generates the RSA key at the first call (tens of milliseconds).
func (k *realmKey) get() *keyPair {
	k.once.Do(func() {
		priv, err := k.generate()
		if err != nil {
			return // cannot happen: crypto/rand does not fail
		}
		pub, err := x509.MarshalPKIXPublicKey(&priv.PublicKey)
		if err != nil {
			return
		}
		from := k.now().Add(-100 * time.Second)
		tmpl := &x509.Certificate{SerialNumber: big.NewInt(from.UnixMilli()), Subject: pkix.Name{CommonName: k.owner},
			NotBefore: from, NotAfter: from.AddDate(10, 0, 0)}
		cert := sync.OnceValue(func() []byte {
			der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &priv.PublicKey, priv)
			if err != nil {
				return nil
			}
			return der
		})
		k.pair.Store(&keyPair{priv, pub, cert})
	})
	return k.pair.Load()
}

func (k *realmKey) sign(input []byte) ([]byte, error) {
	sum := sha256.Sum256(input)
	return rsa.SignPKCS1v15(rand.Reader, k.get().private, crypto.SHA256, sum[:])
}

func (s *Server) newKid() string {
	var b [32]byte
	if s.opt.IDSeed != "" {
		b = s.ids.sum()
	} else {
		_, _ = rand.Read(b[:])
	}
	return b64(b[:])
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// createKeys gives a new realm its four generated keys, without generating the RSA ones.
func (s *Server) createKeys(r *realm) {
	for _, comp := range r.components {
		s.addKey(r, comp)
	}
}

const keyProvider = "org.keycloak.keys.KeyProvider"

// keyProviders are the kinds of keys that are here.
var keyProviders = []string{"rsa-generated", "rsa-enc-generated", "hmac-generated", "aes-generated"}

// addKey makes the key of a key provider component.
func (s *Server) addKey(r *realm, comp map[string]any) {
	cfg, _ := comp["config"].(map[string]any)
	one := func(k, def string) string {
		if l := strs(cfg, k); len(l) > 0 && l[0] != "" {
			return l[0]
		}
		return def
	}
	k := &realmKey{kid: s.newKid(), provider: str(comp, "id"), owner: r.name, now: s.opt.Now, generate: s.newKey}
	switch str(comp, "providerId") {
	case "rsa-generated":
		k.algorithm, k.use = one("algorithm", "RS256"), "SIG"
	case "rsa-enc-generated":
		k.algorithm, k.use = one("algorithm", "RSA-OAEP"), "ENC"
	case "hmac-generated":
		k.algorithm, k.use, k.kid = one("algorithm", "HS256"), "SIG", s.ids.next()
	case "aes-generated":
		k.algorithm, k.use, k.kid = "AES", "ENC", s.ids.next()
	default:
		return
	}
	if !k.rsa() {
		k.secret = make([]byte, 64)
		_, _ = rand.Read(k.secret)
	}
	p, ok := coerce(kInt, one("priority", "0"))
	if ok {
		k.priority = p.(int64)
	}
	k.active = one("active", "true") != "false" && one("enabled", "true") != "false"
	r.keys = append(r.keys, k)
}

// activeKey is the active key of the algorithm with the highest priority.
func (r *realm) activeKey(algorithm string) *realmKey {
	var best *realmKey
	for _, k := range r.keys {
		if k.algorithm == algorithm && k.active && (best == nil || k.priority > best.priority) {
			best = k
		}
	}
	return best
}

// fallbackKey gives a realm whose signing keys are gone another one, as Keycloak does when it is to sign (measured on 24.0.5
// and 26.7.3).
func (s *Server) fallbackKey(r *realm) {
	for algorithm, provider := range map[string]string{"RS256": "rsa-generated", "HS512": "hmac-generated"} {
		if r.activeKey(algorithm) != nil {
			continue
		}
		comp := map[string]any{
			"id": s.ids.next(), "name": "fallback-" + algorithm, "providerId": provider, "providerType": keyProvider, "parentId": r.id,
			"config": map[string]any{"priority": []any{"-100"}, "algorithm": []any{algorithm}},
		}
		r.components = append(r.components, comp)
		s.addKey(r, comp)
	}
}

func (r *realm) keyByID(kid string) *realmKey {
	for _, k := range r.keys {
		if k.kid == kid {
			return k
		}
	}
	return nil
}

// prepareKeys generates, before the lock is taken, the keys a request will need.
func (s *Server) prepareKeys(segs []string) {
	name, enc := "", false
	switch {
	case len(segs) >= 2 && segs[0] == "realms":
		name = segs[1]
		enc = segs[len(segs)-1] == "certs"
		if len(segs) > 2 && segs[2] != "protocol" {
			return
		}
	case len(segs) > 3 && segs[0] == "admin" && segs[1] == "realms":
		last := segs[len(segs)-1]
		if last != "keys" && last != "impersonation" && last != "client-secret" {
			return
		}
		name, enc = segs[2], last == "keys"
	default:
		return
	}
	s.mu.Lock()
	r := s.realms[name]
	var keys []*realmKey
	if r != nil {
		for _, k := range r.keys {
			if k.rsa() && k.active && (k.use == "SIG" || enc) {
				keys = append(keys, k)
			}
		}
	}
	s.mu.Unlock()
	for _, k := range keys {
		if p := k.get(); enc && p != nil {
			p.cert()
		}
	}
}

// warmKeys generates the signing keys of the realms of this moment, in their
// order, until all are there or ctx ends.
func (s *Server) warmKeys(ctx context.Context) {
	s.mu.Lock()
	var keys []*realmKey
	for _, name := range s.order {
		if k := s.realms[name].activeKey("RS256"); k != nil {
			keys = append(keys, k)
		}
	}
	s.mu.Unlock()
	var cores errgroup.Group
	cores.SetLimit(runtime.GOMAXPROCS(0))
	for _, k := range keys {
		cores.Go(func() error {
			if ctx.Err() == nil {
				k.get()
			}
			return nil
		})
	}
	_ = cores.Wait() // none fails
}

// jwk is the public key as RFC 7517 and RFC 7518 write it.
func (k *realmKey) jwk() map[string]any {
	p := k.get()
	use := "sig"
	if k.use == "ENC" {
		use = "enc"
	}
	s1 := sha1.Sum(p.cert()) //nolint:gosec // as above
	s256 := sha256.Sum256(p.cert())
	return map[string]any{
		"kid": k.kid, "kty": "RSA", "alg": k.algorithm, "use": use,
		"n": b64(p.private.N.Bytes()), "e": b64(big.NewInt(int64(p.private.E)).Bytes()),
		"x5c": []string{base64.StdEncoding.EncodeToString(p.cert())},
		"x5t": b64(s1[:]), "x5t#S256": b64(s256[:]),
	}
}
