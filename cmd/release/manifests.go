package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

const description = "Why Keycloak's admin API answers 403, shown and fixed step by step"

// homebrew is the formula for macOS and Linux.
func homebrew(version, base string, archives []archive) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "class Fix403 < Formula\n  desc %q\n  homepage %q\n  version %q\n\n", description, base, version)
	for _, system := range []struct{ ours, theirs string }{{"darwin", "macos"}, {"linux", "linux"}} {
		var part strings.Builder
		for _, a := range archives {
			if a.system == system.ours {
				cpu := map[string]string{"amd64": "intel", "arm64": "arm"}[a.arch]
				fmt.Fprintf(&part, "    on_%s do\n      url %q\n      sha256 %q\n    end\n", cpu, base+"/"+a.name, a.sum())
			}
		}
		if part.Len() > 0 {
			fmt.Fprintf(&b, "  on_%s do\n%s  end\n\n", system.theirs, &part)
		}
	}
	b.WriteString(`  def install
    bin.install "fix403"
    man1.install Dir["man/*.1"]
    bash_completion.install "completions/fix403.bash" => "fix403"
    zsh_completion.install "completions/_fix403"
    fish_completion.install "completions/fix403.fish"
  end

  test do
    system bin/"fix403", "run", "--practice"
  end
end
`)
	return []byte(b.String())
}

// scoop is the manifest for Windows.
func scoop(version, base string, archives []archive) ([]byte, error) {
	type download struct {
		URL    string `json:"url"`
		Hash   string `json:"hash"`
		Folder string `json:"extract_dir"`
	}
	m := struct {
		Version      string              `json:"version"`
		Description  string              `json:"description"`
		Homepage     string              `json:"homepage"`
		Architecture map[string]download `json:"architecture"`
		Bin          string              `json:"bin"`
	}{version, description, base, map[string]download{}, "fix403.exe"}
	for _, a := range archives {
		if a.system == "windows" {
			cpu := map[string]string{"amd64": "64bit", "arm64": "arm64"}[a.arch]
			m.Architecture[cpu] = download{base + "/" + a.name, a.sum(), strings.TrimSuffix(a.name, ".zip")}
		}
	}
	text, err := json.MarshalIndent(m, "", "    ")
	return append(text, '\n'), err
}
