package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

const description = "Why Keycloak's admin API answers 403, shown and fixed step by step"

// manifestsOf are those by which package managers find the archives: Homebrew's formula, Scoop's and winget's manifests, a Nix expression.
func manifestsOf(version, base string, archives []archive) ([]file, error) {
	scoop, err := scoop(version, base, archives)
	if err != nil {
		return nil, err
	}
	files := []file{{path: "fix403.rb", data: homebrew(version, base, archives)}, {path: "fix403.json", data: scoop}, {path: "fix403.nix", data: nix(version, base, archives)}}
	return append(files, winget(version, base, archives)...), nil
}

// homebrew is the formula for macOS and Linux.
func homebrew(version, base string, archives []archive) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "class Fix403 < Formula\n  desc %q\n  homepage %q\n  version %q\n  license \"Apache-2.0\"\n\n", description, base, version)
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
		License      string              `json:"license"`
		Architecture map[string]download `json:"architecture"`
		Bin          string              `json:"bin"`
	}{version, description, base, "Apache-2.0", map[string]download{}, "fix403.exe"}
	for _, a := range archives {
		if a.system == "windows" {
			cpu := map[string]string{"amd64": "64bit", "arm64": "arm64"}[a.arch]
			m.Architecture[cpu] = download{base + "/" + a.name, a.sum(), strings.TrimSuffix(a.name, ".zip")}
		}
	}
	text, err := json.MarshalIndent(m, "", "    ")
	return append(text, '\n'), err
}

// nix is an expression for nixpkgs' callPackage.
func nix(version, base string, archives []archive) []byte {
	var b, sources strings.Builder
	for _, a := range archives {
		if a.system != "windows" {
			cpu := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[a.arch]
			fmt.Fprintf(&sources, "    %s-%s = { url = %q; sha256 = %q; };\n", cpu, a.system, base+"/"+a.name, a.sum())
		}
	}
	fmt.Fprintf(&b, `{ lib, stdenv, fetchurl, installShellFiles }:
let
  sources = {
%s  };
in
stdenv.mkDerivation {
  pname = "fix403";
  version = %q;
  src = fetchurl sources.${stdenv.hostPlatform.system};
  nativeBuildInputs = [ installShellFiles ];
  dontConfigure = true;
  dontBuild = true;
  installPhase = ''
    install -D fix403 $out/bin/fix403
    installManPage man/*.1
    installShellCompletion --name fix403 --bash completions/fix403.bash --fish completions/fix403.fish --zsh completions/_fix403
  '';
  meta = {
    description = %q;
    homepage = %q;
    license = lib.licenses.asl20;
    platforms = builtins.attrNames sources;
    mainProgram = "fix403";
  };
}
`, &sources, version, description, base)
	return []byte(b.String())
}

// winget are the three manifests of a version for Windows' package manager.
func winget(version, base string, archives []archive) []file {
	const schema = "1.6.0"
	var installers strings.Builder
	for _, a := range archives {
		if a.system == "windows" {
			cpu := map[string]string{"amd64": "x64", "arm64": "arm64"}[a.arch]
			fmt.Fprintf(&installers, "- Architecture: %s\n  InstallerUrl: %s/%s\n  InstallerSha256: %s\n  NestedInstallerFiles:\n  - RelativeFilePath: %s\\fix403.exe\n    PortableCommandAlias: fix403\n",
				cpu, base, a.name, strings.ToUpper(a.sum()), strings.TrimSuffix(a.name, ".zip"))
		}
	}
	head := fmt.Sprintf("PackageIdentifier: fix403.fix403\nPackageVersion: %s\n", version)
	foot := func(kind string) string { return fmt.Sprintf("ManifestType: %s\nManifestVersion: %s\n", kind, schema) }
	return []file{
		{path: "fix403.fix403.yaml", data: []byte(head + "DefaultLocale: en-US\n" + foot("version"))},
		{path: "fix403.fix403.installer.yaml", data: []byte(head + "InstallerType: zip\nNestedInstallerType: portable\nInstallers:\n" + installers.String() + foot("installer"))},
		{path: "fix403.fix403.locale.en-US.yaml", data: []byte(head + fmt.Sprintf("PackageLocale: en-US\nPublisher: the authors of fix403\nPackageName: fix403\nPackageUrl: %s\nLicense: Apache-2.0\nShortDescription: %s\n", base, description) + foot("defaultLocale"))},
	}
}
