// Package practicetest gives the practice servers of a test binary the RSA keys of a file, since generating keys was most of
// what the tests took, and has garbage collected less often. A test package imports it for that effect; the program does not.
package practicetest

import (
	"crypto/rsa"
	"crypto/x509"
	_ "embed" // keys.pem
	"encoding/pem"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"fix403/keycloak/practice/internal/rsakey"
)

//go:embed keys.pem
var file []byte

// Keys is how many the file has: a server has different ones until it needs more, and servers begin at different ones. They
// have 1024 bits, since signing with 2048 takes five times as long: a tenth of what tests took.
const Keys = 16

func init() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400) // a test's memory is small: a tenth of the time went into looking through it
	}
	var keys [Keys]func() (*rsa.PrivateKey, error)
	rest := file
	for i := range keys {
		var block *pem.Block
		block, rest = pem.Decode(rest)
		keys[i] = sync.OnceValues(func() (*rsa.PrivateKey, error) {
			if block == nil {
				return nil, fmt.Errorf("keys.pem has no key %d", i)
			}
			return x509.ParsePKCS1PrivateKey(block.Bytes)
		})
	}
	var servers atomic.Uint64
	rsakey.Source = func() func() (*rsa.PrivateKey, error) {
		var n atomic.Uint64
		n.Store(servers.Add(1))
		return func() (*rsa.PrivateKey, error) { return keys[n.Add(1)%Keys]() }
	}
}
