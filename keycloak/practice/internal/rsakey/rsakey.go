// Package rsakey makes the RSA keys of realms.
package rsakey

import (
	"crypto/rand"
	"crypto/rsa"
)

const bits = 2048

// Source returns what makes the keys of one server. Package practicetest, which only tests import, replaces it.
var Source = func() func() (*rsa.PrivateKey, error) {
	return func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, bits) }
}
