package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"flag"
	"io"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "write NOTICE")

// allowed are licences that ask for no more than to keep their text with the program.
var allowed = []string{"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"}

// used returns the modules that programs and tests are made of, on any platform.
func used(t *testing.T) map[string]module {
	t.Helper()
	modules, err := listed()
	if err != nil {
		t.Fatal(err)
	}
	return modules
}

var listed = sync.OnceValues(func() (map[string]module, error) {
	modules := map[string]module{}
	for _, system := range []string{"linux", "darwin", "windows"} {
		found, err := modulesOf(context.Background(), "../..", system, "-test", "./...")
		if err != nil {
			return nil, err
		}
		maps.Copy(modules, found)
	}
	return modules, nil
})

func TestLicencesAreAllowed(t *testing.T) {
	modules := used(t)
	if len(modules) < 10 {
		t.Fatalf("only %d modules were found", len(modules))
	}
	for path, m := range modules {
		ids, err := licences(m.Dir)
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
		for _, id := range ids {
			if !slices.Contains(allowed, id) {
				t.Errorf("%s is under %s, which is not on the list", path, id)
			}
		}
	}
}

// NOTICE names what is linked into a program of any platform.
func TestNotice(t *testing.T) {
	want, err := notice(t.Context(), "../..")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("../../NOTICE", want, 0o644); err != nil { // #nosec G306 -- for everybody
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("../../NOTICE")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("NOTICE is stale: go test ./cmd/release -run Notice -update")
	}
	for _, module := range []string{"github.com/Nerzal/gocloak/v13\n  Apache-2.0\n", "the Go standard library\n  BSD-3-Clause\n  Copyright 2009 The Go Authors.\n", "github.com/mattn/go-localereader\n  MIT\n"} {
		if !bytes.Contains(got, []byte("\n"+module)) {
			t.Errorf("NOTICE lacks %q", module)
		}
	}
}

// The page has one line for each module that go.mod requires directly, with its licence.
func TestPageOfDependencies(t *testing.T) {
	text, err := os.ReadFile("../../docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	page := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\| [^|]{20,} \\| ([^|]+) \\|$").FindAllStringSubmatch(string(text), -1) {
		page[row[1]] = row[2]
	}
	out, err := run(t.Context(), "../..", nil, "go", "mod", "edit", "-json")
	if err != nil {
		t.Fatal(err)
	}
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	modules := used(t)
	for _, r := range mod.Require {
		if r.Indirect {
			continue
		}
		ids, err := licences(modules[r.Path].Dir)
		if err != nil {
			t.Errorf("%s: %v", r.Path, err)
		}
		if want := strings.Join(ids, ", "); page[r.Path] != want {
			t.Errorf("docs/dependencies.md has the licence %q for %s, want a line with %q", page[r.Path], r.Path, want)
		}
		delete(page, r.Path)
	}
	for path := range page {
		t.Errorf("docs/dependencies.md names %s, which go.mod does not require directly", path)
	}
}

func TestLicencesIn(t *testing.T) {
	const bsd = "Redistribution and use in source\n and binary forms, with or without modification"
	for text, want := range map[string]string{
		"GNU GENERAL PUBLIC LICENSE": "GPL or LGPL or AGPL", "GNU General Public License version 3": "GPL or LGPL or AGPL", "Mozilla Public License Version 2.0": "MPL-2.0",
		bsd: "BSD-2-Clause", bsd + " Neither the name of": "BSD-3-Clause", "All rights reserved.": "",
		"Apache License\n   Version 2.0, and: Permission is hereby granted, free of charge, to any person obtaining a copy": "Apache-2.0 MIT",
	} {
		if got := strings.Join(licencesIn(text), " "); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if ids, err := licences(t.TempDir()); err == nil {
		t.Errorf("a module without licence has %q", ids)
	}
}

// The bill names what is linked into a program: here this test's own.
func TestBill(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := billOf(t.Context(), []string{self, self})
	if err != nil {
		t.Fatal(err)
	}
	var b bill
	if err := json.Unmarshal(text, &b); err != nil {
		t.Fatal(err)
	}
	purls := map[string]string{}
	for _, c := range b.Components {
		if purls[c.Name] = c.PURL; len(c.Licenses) == 0 || c.Licenses[0].License.ID != "BSD-3-Clause" {
			t.Errorf("%+v", c)
		}
	}
	const roots = "golang.org/x/crypto/x509roots/fallback"
	if b.Format != "CycloneDX" || !strings.HasPrefix(purls["std"], "pkg:golang/std@"+strings.TrimPrefix(runtime.Version(), "go")) || !strings.HasPrefix(purls[roots], "pkg:golang/"+roots+"@v") {
		t.Errorf("%s", text)
	}
}

func TestArchives(t *testing.T) {
	files := []file{{"a/fix403", 0o755, []byte("program")}, {"a/README.md", 0o644, []byte("text")}}
	at := time.Unix(1700000000, 0).UTC()
	packed, err := tarGz(files, at)
	if err != nil {
		t.Fatal(err)
	}
	gz, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	r := tar.NewReader(gz)
	for _, want := range files {
		h, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if h.Name != want.path || h.Mode != int64(want.mode) || !h.ModTime.Equal(at) || h.Uid != 0 || h.Uname != "" || string(data) != string(want.data) || err != nil {
			t.Errorf("%+v %q %v, want %+v", h, data, err, want)
		}
	}
	if packed, err = zipped(files, at); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range files {
		data, err := fs.ReadFile(z, want.path)
		if f := z.File[i]; f.Name != want.path || f.Mode() != want.mode || !f.Modified.Equal(at) || string(data) != string(want.data) || err != nil {
			t.Errorf("%+v %q %v, want %+v", f, data, err, want)
		}
	}
}

func TestManifests(t *testing.T) {
	made := []archive{
		{system: "linux", arch: "arm64", name: "l.tar.gz", data: []byte("l")}, {system: "darwin", arch: "amd64", name: "d.tar.gz", data: []byte("d")},
		{system: "windows", arch: "amd64", name: "w.zip", data: []byte("w")},
	}
	formula := string(homebrew("1.2.3", "https://example.com/x", made))
	for _, want := range []string{
		"version \"1.2.3\"\n",
		"  on_macos do\n    on_intel do\n      url \"https://example.com/x/d.tar.gz\"\n      sha256 \"18ac3e7343f016890c510e93f935261169d9e3f565436429830faf0934f4f8e4\"\n    end\n  end\n",
		"  on_linux do\n    on_arm do\n      url \"https://example.com/x/l.tar.gz\"\n",
	} {
		if !strings.Contains(formula, want) {
			t.Errorf("no %q in\n%s", want, formula)
		}
	}
	files, err := manifestsOf("1.2.3", "https://example.com/x", made)
	if err != nil {
		t.Fatal(err)
	}
	text := map[string][]byte{}
	for _, f := range files {
		text[f.path] = f.data
	}
	const sumOfW = "50e721e49c013f00c62cf59f2163542a9d8df02464efeb615d31051b0fddc326"
	var m struct {
		Version, Bin string
		Architecture map[string]map[string]string
	}
	if err := json.Unmarshal(text["fix403.json"], &m); err != nil {
		t.Fatal(err)
	}
	if d := m.Architecture["64bit"]; m.Version != "1.2.3" || m.Bin != "fix403.exe" || len(m.Architecture) != 1 ||
		d["url"] != "https://example.com/x/w.zip" || d["extract_dir"] != "w" || d["hash"] != sumOfW {
		t.Errorf("%s", text["fix403.json"])
	}
	var w struct {
		Identifier string `yaml:"PackageIdentifier"`
		Installers []struct {
			Architecture string `yaml:"Architecture"`
			URL          string `yaml:"InstallerUrl"`
			Sum          string `yaml:"InstallerSha256"`
			Files        []struct {
				Path string `yaml:"RelativeFilePath"`
			} `yaml:"NestedInstallerFiles"`
		} `yaml:"Installers"`
	}
	if err := yaml.Unmarshal(text["fix403.fix403.installer.yaml"], &w); err != nil {
		t.Fatal(err)
	}
	if len(w.Installers) != 1 || w.Identifier != "fix403.fix403" || w.Installers[0].Architecture != "x64" || w.Installers[0].URL != "https://example.com/x/w.zip" ||
		w.Installers[0].Sum != strings.ToUpper(sumOfW) || w.Installers[0].Files[0].Path != `w\fix403.exe` {
		t.Errorf("%+v", w)
	}
	for _, name := range []string{"fix403.fix403.yaml", "fix403.fix403.locale.en-US.yaml"} {
		var fields map[string]string
		if err := yaml.Unmarshal(text[name], &fields); err != nil || fields["PackageVersion"] != "1.2.3" {
			t.Errorf("%s: %v %v", name, err, fields)
		}
	}
	if want := "aarch64-linux = { url = \"https://example.com/x/l.tar.gz\"; sha256 = \"acac86c0e609ca906f632b0e2dacccb2b77d22b0621f20ebece1a4835b93f6f0\"; };"; !strings.Contains(string(text["fix403.nix"]), want) {
		t.Errorf("no %q in\n%s", want, text["fix403.nix"])
	}
}

// The statement names each product by its sum, the commit, and each module that is linked in.
func TestProvenance(t *testing.T) {
	text, err := provenance("c0ffee", "https://example.com/x", []string{"linux/amd64"}, []module{{Path: "example.com/m", Version: "v1.0.0", Sum: "h1:sum"}}, []file{{path: "w.zip", data: []byte("w")}})
	if err != nil {
		t.Fatal(err)
	}
	var s struct {
		Type    string `json:"_type"`
		Kind    string `json:"predicateType"`
		Subject []struct {
			Name   string
			Digest map[string]string
		}
		Predicate struct {
			BuildDefinition struct {
				ResolvedDependencies []struct {
					URI    string
					Digest map[string]string
				}
			}
		}
	}
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	from := s.Predicate.BuildDefinition.ResolvedDependencies
	if s.Type != "https://in-toto.io/Statement/v1" || s.Kind != "https://slsa.dev/provenance/v1" || len(s.Subject) != 1 || s.Subject[0].Name != "w.zip" ||
		s.Subject[0].Digest["sha256"] != "50e721e49c013f00c62cf59f2163542a9d8df02464efeb615d31051b0fddc326" || len(from) != 2 ||
		from[0].Digest["gitCommit"] != "c0ffee" || from[1].URI != "pkg:golang/example.com/m@v1.0.0" || from[1].Digest["goModuleH1"] != "h1:sum" {
		t.Errorf("%s", text)
	}
}

// Nothing of an archive is lost in a package but the completions of other systems' shells.
func TestInstalled(t *testing.T) {
	for path, want := range map[string]string{
		"fix403": "/usr/bin/fix403", "man/fix403-run.1": "/usr/share/man/man1/fix403-run.1", "completions/fix403.bash": "/usr/share/bash-completion/completions/fix403",
		"completions/_fix403": "/usr/share/zsh/site-functions/_fix403", "completions/fix403.fish": "/usr/share/fish/vendor_completions.d/fix403.fish",
		"completions/fix403.ps1": "", "LICENCES.txt": "/usr/share/doc/fix403/copyright", "README.md": "/usr/share/doc/fix403/README.md",
	} {
		if got := installed(path); got != want {
			t.Errorf("%s goes to %q, want %q", path, got, want)
		}
	}
}
