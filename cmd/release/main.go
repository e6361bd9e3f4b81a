// Command release builds fix403 for each platform from the committed state, twice, from clones in different folders and
// without what the first build left in a cache, and fails where the bytes differ. Beside the programs it writes their
// SHA-256 checksums and a bill of materials (CycloneDX) of what was linked into them.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
)

const allTargets = "linux/amd64,linux/arm64,darwin/amd64,darwin/arm64,windows/amd64,windows/arm64"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	out := flag.String("out", "dist", "folder for the programs, checksums and bill of materials")
	targets := flag.String("targets", allTargets, "platforms, as GOOS/GOARCH with commas")
	flag.Parse()
	if err := release(ctx, *out, strings.Split(*targets, ",")); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func release(ctx context.Context, out string, targets []string) error {
	temp, err := os.MkdirTemp("", "fix403-release-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temp) }()
	if err := os.MkdirAll(out, 0o755); err != nil { // #nosec G301 -- programs for everybody
		return err
	}
	clones := []string{filepath.Join(temp, "one"), filepath.Join(temp, "another", "folder")}
	for _, clone := range clones {
		if _, err := run(ctx, ".", nil, "git", "clone", "-q", ".", clone); err != nil {
			return err
		}
	}
	var sums strings.Builder
	var programs []string
	for _, target := range targets {
		system, arch, ok := strings.Cut(target, "/")
		if !ok {
			return fmt.Errorf("%s is no GOOS/GOARCH", target)
		}
		name := "fix403-" + system + "-" + arch
		if system == "windows" {
			name += ".exe"
		}
		var built [2][]byte
		for i, clone := range clones {
			program := filepath.Join(temp, name)
			// The second one finds nothing of the first: its cache is new.
			cache := map[bool]string{true: "GOCACHE=" + filepath.Join(temp, "cache")}[i == 1]
			if err := build(ctx, clone, program, system, arch, cache); err != nil {
				return err
			}
			if built[i], err = os.ReadFile(program); err != nil { // #nosec G304 -- just built
				return err
			}
		}
		if !bytes.Equal(built[0], built[1]) {
			return fmt.Errorf("%s: two builds of the same commit differ", name)
		}
		program := filepath.Join(out, name)
		if err := os.WriteFile(program, built[0], 0o755); err != nil { // #nosec G306 G703 -- a program for everybody
			return err
		}
		programs = append(programs, program)
		line := fmt.Sprintf("%x  %s\n", sha256.Sum256(built[0]), name)
		sums.WriteString(line)
		fmt.Print("built twice, the same: ", line)
	}
	bill, err := billOf(ctx, programs)
	if err != nil {
		return err
	}
	const billName = "fix403.cdx.json"
	fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(bill), billName)
	return errors.Join(
		os.WriteFile(filepath.Join(out, billName), bill, 0o644),                      // #nosec G306 -- for everybody
		os.WriteFile(filepath.Join(out, "SHA256SUMS"), []byte(sums.String()), 0o644)) // #nosec G306 -- for everybody
}

// build leaves nothing to the machine that would change the bytes: neither paths, nor the C compiler, nor settings of
// the person. The version is the one of the commit, which go writes into the program.
func build(ctx context.Context, folder, program, system, arch, cache string) error {
	env := []string{"GOOS=" + system, "GOARCH=" + arch, "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GOEXPERIMENT=", "GOAMD64=v1", "GOARM64=v8.0", "GOFIPS140=off"}
	if cache != "" {
		env = append(env, cache)
	}
	_, err := run(ctx, folder, env, "go", "build", "-trimpath", "-buildvcs=true", "-ldflags=-s -w", "-o", program, "./cmd/fix403")
	return err
}

func run(ctx context.Context, folder string, env []string, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...) // #nosec G204 -- git and go, with arguments made here
	cmd.Dir, cmd.Env = folder, append(os.Environ(), env...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, &errs)
	}
	return out, nil
}
