package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// nfpm makes the packages for Debian and for Fedora; it is run, not linked in.
const nfpm = "github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.48.0"

// installed is where a file of an archive goes on a Linux system.
func installed(path string) string {
	name := filepath.Base(path)
	switch {
	case path == "fix403":
		return "/usr/bin/fix403"
	case strings.HasPrefix(path, "man/"):
		return "/usr/share/man/man1/" + name
	case name == "fix403.bash":
		return "/usr/share/bash-completion/completions/fix403"
	case name == "_fix403":
		return "/usr/share/zsh/site-functions/_fix403"
	case name == "fix403.fish":
		return "/usr/share/fish/vendor_completions.d/fix403.fish"
	case strings.HasPrefix(path, "completions/"):
		return "" // of another system's shell
	case name == "LICENCES.txt":
		return "/usr/share/doc/fix403/copyright"
	}
	return "/usr/share/doc/fix403/" + name
}

// packages are the .deb and the .rpm of the files of an archive for Linux; dir is for what comes on the way, and env holds
// SOURCE_DATE_EPOCH, the time of all that is in them.
func packages(ctx context.Context, dir, version, arch string, files []file, env []string) ([]file, error) {
	type content struct {
		Source string `json:"src"`
		Target string `json:"dst"`
		Info   struct {
			Mode uint32 `json:"mode"`
		} `json:"file_info"`
	}
	var contents []content
	for _, f := range files {
		target := installed(f.path)
		if target == "" {
			continue
		}
		source := filepath.Join(dir, filepath.FromSlash(f.path))
		if err := os.MkdirAll(filepath.Dir(source), 0o750); err != nil {
			return nil, err
		}
		if err := os.WriteFile(source, f.data, 0o600); err != nil {
			return nil, err
		}
		c := content{Source: source, Target: target}
		c.Info.Mode = uint32(f.mode)
		contents = append(contents, c)
	}
	settings, err := json.Marshal(map[string]any{ // which is YAML, too
		"name": "fix403", "arch": arch, "platform": "linux", "version": version, "section": "utils", "priority": "optional",
		"maintainer": "the authors of fix403", "description": description, "license": "Apache-2.0", "contents": contents,
		"rpm": map[string]any{"buildhost": "fix403", "summary": description},
	})
	if err != nil {
		return nil, err
	}
	config := filepath.Join(dir, "nfpm.yaml")
	if err := os.WriteFile(config, settings, 0o600); err != nil {
		return nil, err
	}
	var made []file
	for _, kind := range []string{"deb", "rpm"} {
		name := fmt.Sprintf("fix403_%s_linux_%s.%s", version, arch, kind)
		out := filepath.Join(dir, name)
		if _, err := run(ctx, dir, env, "go", "run", nfpm, "package", "--config", config, "--packager", kind, "--target", out); err != nil {
			return nil, err
		}
		data, err := os.ReadFile(out) // #nosec G304 -- made above
		if err != nil {
			return nil, err
		}
		made = append(made, file{name, 0o644, data})
	}
	return made, nil
}
