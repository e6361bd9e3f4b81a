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

	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// fetch returns the folder of an unpacked distribution in the user's cache, from which no server runs: the servers'
// folders are made from it. It is unpacked once, from the local Maven repository, into which Maven fetches it.
func fetch(ctx context.Context, o *Options) (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", notFetched(ctx, o.Version, fmt.Errorf("there is no cache folder for it: %w", err))
	}
	dist := filepath.Join(cache, "fix403", "keycloak", o.Version)
	if _, err := os.Stat(filepath.Join(dist, "bin", script)); err == nil {
		return dist, nil
	}
	archive, err := fetchArchive(ctx, o)
	if err != nil {
		return "", notFetched(ctx, o.Version, err)
	}
	o.Progress("Unpacking it into " + dist)
	if err := unpack(ctx, archive, dist); err != nil {
		return "", notFetched(ctx, o.Version, fmt.Errorf("%s cannot be unpacked: %w", archive, err))
	}
	return dist, nil
}

func notFetched(ctx context.Context, version string, err error) error {
	if ctx.Err() != nil {
		return gaveUp(ctx)
	}
	e := &failure.Error{
		Kind: KindStart, Message: msg.New("Keycloak %s cannot be fetched: %v", version, err), Err: err,
		Hint: msg.New("Check the network and the disk space, or name the folder of an unpacked distribution."),
	}
	if errors.Is(err, ErrNoMaven) {
		e.Kind, e.Message = KindNoMaven, msg.New("Keycloak %s cannot be downloaded: there is no working container engine and no Maven.", version)
		e.Hint = msg.New("Install Docker, Podman or Maven (Debian: apt install maven, macOS: brew install maven), or name the folder of an unpacked distribution.")
	}
	return e
}

// fetchArchive returns the distribution's archive in the local Maven repository.
func fetchArchive(ctx context.Context, o *Options) (string, error) {
	version := o.Version
	inRepository := func(repository string) string {
		return filepath.Join(repository, "org", "keycloak", "keycloak-quarkus-dist", version, "keycloak-quarkus-dist-"+version+".tar.gz")
	}
	archive := inRepository(localRepository())
	if _, err := os.Stat(archive); err == nil {
		return archive, nil
	}
	if _, err := mavenItself(); err != nil {
		return "", err
	}
	o.Progress("Fetching Keycloak " + version + " through Maven, up to 200 MB")
	if _, err := maven(ctx, "dependency:get", "-Dartifact=org.keycloak:keycloak-quarkus-dist:"+version+":tar.gz", "-Dtransitive=false"); err != nil {
		return "", err
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

// localRepository returns where Maven keeps what it fetched, unless a settings.xml says otherwise.
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

func mavenItself() (string, error) {
	mvn, err := exec.LookPath("mvn")
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoMaven, err)
	}
	return mvn, nil
}

// maven runs Maven quietly and returns its output.
func maven(ctx context.Context, args ...string) (string, error) {
	mvn, err := mavenItself()
	if err != nil {
		return "", err
	}
	out, err := quietly(ctx, nil, mvn, append([]string{"-q", "-B"}, args...)...)
	if err != nil {
		plain := strings.ReplaceAll(out, "\x1b[0m", "") // it ends colours that -B has it not begin
		return "", fmt.Errorf("Maven failed (%w); its last lines:\n%s", err, lastLines(plain, keptLines))
	}
	return out, nil
}
