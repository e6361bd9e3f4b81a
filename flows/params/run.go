package params

import (
	"crypto/rand"
	"encoding/hex"
)

// NewRunID returns a random id of 12 characters, which can stand in a realm's name.
func NewRunID() string {
	var b [6]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
