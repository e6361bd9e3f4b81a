//go:build testkeys

package testkeys

import (
	"os"
	"runtime/debug"

	_ "fix403/keycloak/practice/practicetest" // RSA keys from a file
)

func init() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(100) // as the program has it: practicetest sets it for tests
	}
}
