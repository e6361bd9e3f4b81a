//go:build unix

package server_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"fix403/keycloak/server"
)

// Up to 22.0.5 Keycloak's script is one of bash, which /bin/sh need not be: its first line says what runs it.
func TestScriptOfBashStarts(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("there is no bash")
	}
	dist := fakeDist(t, "22.0.5", "serves")
	script := filepath.Join(dist, "bin", "kc.sh")
	text, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	write(t, script, strings.Replace(string(text), "#!/bin/sh\n", "#!/usr/bin/env bash\n[[ $1 = start-dev ]] || exit 9\n[[ x =~ ^x$ ]] || exit 9\n", 1))
	startAndStop(t, server.Options{Dist: dist})
}
