package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// fetch returns the folder of an unpacked distribution in the user's cache, from which no server runs: the servers'
// folders are made from it. It is unpacked once, from the local Maven repository, into which Maven fetches it.
func fetch(ctx context.Context, version string) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("there is no cache folder for the distribution: %w", err)
	}
	dist := filepath.Join(cache, "fix403", "keycloak", version)
	if _, err := os.Stat(filepath.Join(dist, "bin", script)); err == nil {
		return dist, nil
	}
	archive, err := fetchArchive(ctx, version)
	if err != nil {
		return "", err
	}
	if err := unpack(ctx, archive, dist); err != nil {
		return "", fmt.Errorf("%s can not be unpacked: %w", archive, err)
	}
	return dist, nil
}

// fetchArchive returns the distribution's archive in the local Maven repository.
func fetchArchive(ctx context.Context, version string) (string, error) {
	inRepository := func(repository string) string {
		return filepath.Join(repository, "org", "keycloak", "keycloak-quarkus-dist", version, "keycloak-quarkus-dist-"+version+".tar.gz")
	}
	archive := inRepository(localRepository())
	if _, err := os.Stat(archive); err == nil {
		return archive, nil
	}
	if _, err := maven(ctx, "dependency:get", "-Dartifact=org.keycloak:keycloak-quarkus-dist:"+version+":tar.gz", "-Dtransitive=false"); err != nil {
		return "", fmt.Errorf("Keycloak %s can not be fetched: %w", version, err)
	}
	if _, err := os.Stat(archive); err == nil {
		return archive, nil
	}
	// Not where it usually is: a settings.xml names another repository.
	repository, err := maven(ctx, "help:evaluate", "-Dexpression=settings.localRepository", "-DforceStdout")
	if err != nil {
		return "", fmt.Errorf("Maven does not tell its local repository: %w", err)
	}
	archive = inRepository(strings.TrimSpace(repository))
	if _, err := os.Stat(archive); err != nil {
		return "", fmt.Errorf("Maven fetched Keycloak %s, but not to %s", version, archive)
	}
	return archive, nil
}

var repositoryOption = regexp.MustCompile(`(?:^|\s)-Dmaven\.repo\.local=(\S+)`)

// localRepository is where Maven keeps what it fetched, unless a settings.xml says otherwise.
func localRepository() string {
	for _, name := range []string{"MAVEN_ARGS", "MAVEN_OPTS"} {
		if found := repositoryOption.FindStringSubmatch(os.Getenv(name)); found != nil {
			return found[1]
		}
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, ".m2", "repository")
}

// maven runs Maven quietly and returns its output.
func maven(ctx context.Context, args ...string) (string, error) {
	mvn, err := exec.LookPath("mvn")
	if err != nil {
		return "", fmt.Errorf("%w: a distribution is fetched through Maven: install it (Debian: apt install maven, macOS: brew install maven), or name the folder of an unpacked distribution", ErrNoMaven)
	}
	var out strings.Builder
	log := newTail(&out)
	cmd := exec.CommandContext(ctx, mvn, append([]string{"-q", "-B"}, args...)...) // #nosec G204 -- fixed arguments and a checked version
	cmd.Stdout, cmd.Stderr = log, log
	ownGroup(cmd)
	cmd.Cancel = func() error { kill(cmd); return nil }
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", errors.Join(fmt.Errorf("Maven failed (%w); its last lines:", err), errors.New(log.String()))
	}
	return out.String(), nil
}
