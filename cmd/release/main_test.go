package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

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
		out, err := run(context.Background(), "../..", []string{"GOOS=" + system}, "go", "list", "-deps", "-test", "-f",
			"{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Dir}}{{end}}{{end}}", "./...")
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(out)) {
			if path, dir, ok := strings.Cut(strings.TrimSpace(line), "\t"); ok {
				modules[path] = module{Path: path, Dir: dir}
			}
		}
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
	if b.Format != "CycloneDX" || len(b.Components) == 0 || b.Components[0].Name != "std" ||
		!strings.HasPrefix(b.Components[0].PURL, "pkg:golang/std@"+strings.TrimPrefix(runtime.Version(), "go")) || b.Components[0].Licenses[0].License.ID != "BSD-3-Clause" {
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
	text, err := scoop("1.2.3", "https://example.com/x", made)
	if err != nil {
		t.Fatal(err)
	}
	var m struct {
		Version, Bin string
		Architecture map[string]map[string]string
	}
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	if d := m.Architecture["64bit"]; m.Version != "1.2.3" || m.Bin != "fix403.exe" || len(m.Architecture) != 1 ||
		d["url"] != "https://example.com/x/w.zip" || d["extract_dir"] != "w" || d["hash"] != "50e721e49c013f00c62cf59f2163542a9d8df02464efeb615d31051b0fddc326" {
		t.Errorf("%s", text)
	}
}
