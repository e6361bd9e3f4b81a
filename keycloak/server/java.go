package server

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// minJava is what Keycloak 24 to 26 need.
const minJava = 17

var javaVersion = regexp.MustCompile(`version "(?:1\.)?(\d+)`)

// findJava returns the java of JAVA_HOME, else of the PATH: the first that is new enough.
func findJava(ctx context.Context) (string, error) {
	var found []string // what was found, and why it does not do
	var errs []error
	candidates := []string{"java"}
	if home := os.Getenv("JAVA_HOME"); home != "" {
		candidates = []string{filepath.Join(home, "bin", "java"), "java"}
	}
	for _, java := range candidates {
		path, err := exec.LookPath(java)
		if err != nil {
			found = append(found, "there is no "+java+map[bool]string{true: " in the PATH"}[java == "java"])
			errs = append(errs, err)
			continue
		}
		out, err := quietly(ctx, nil, path, "-version")
		if ctx.Err() != nil {
			return "", gaveUp(ctx)
		}
		if err != nil {
			found = append(found, path+" does not run")
			errs = append(errs, err)
			continue
		}
		version := javaVersion.FindStringSubmatch(out)
		if version == nil {
			return path, nil // an unusual one: let Keycloak try
		}
		if v, _ := strconv.Atoi(version[1]); v >= minJava {
			return path, nil
		}
		found = append(found, path+" is version "+version[1])
	}
	return "", &failure.Error{
		Kind: KindNoJava, Err: errors.Join(append(errs, ErrNoJava)...),
		Message: msg.New("Keycloak requires Java %d or newer, which was not found: %s.", minJava, strings.Join(found, ", ")),
		Hint: msg.New("Install one (Debian: apt install openjdk-17-jre-headless, macOS: brew install openjdk, Windows: winget install " +
			"EclipseAdoptium.Temurin.21.JRE), or point JAVA_HOME to one."),
	}
}
