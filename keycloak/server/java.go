package server

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
)

// minJava is what Keycloak 24 to 26 need.
const minJava = 17

var javaVersion = regexp.MustCompile(`version "(?:1\.)?(\d+)`)

// findJava returns the java of JAVA_HOME, else of the PATH, as kc.sh does, and checks its version.
func findJava(ctx context.Context) (string, error) {
	const install = "install a JDK of version 17 or newer (Debian: apt install openjdk-17-jre-headless, macOS: brew install openjdk, Windows: winget install EclipseAdoptium.Temurin.21.JRE), or point JAVA_HOME to one"
	java := "java"
	if home := os.Getenv("JAVA_HOME"); home != "" {
		java = filepath.Join(home, "bin", "java")
	}
	java, err := exec.LookPath(java)
	if err != nil {
		return "", fmt.Errorf("%w: Keycloak runs on Java: %s (%w)", ErrNoJava, install, err)
	}
	out, err := exec.CommandContext(ctx, java, "-version").CombinedOutput() // #nosec G204 G702 -- the machine's own java
	if err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("%w: %s -version failed (%w): %s", ErrNoJava, java, err, install)
	}
	found := javaVersion.FindSubmatch(out)
	if found == nil {
		return java, nil // an unusual one: let Keycloak try
	}
	if v, _ := strconv.Atoi(string(found[1])); v < minJava {
		return "", fmt.Errorf("%w: %s is version %d: %s", ErrNoJava, java, v, install)
	}
	return java, nil
}
