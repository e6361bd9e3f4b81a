package server

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// archiveOf writes a tar.gz of the given entries; regular files hold their own name.
func archiveOf(t *testing.T, entries ...tar.Header) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "dist.tar.gz")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	w := tar.NewWriter(z)
	for _, h := range entries {
		if h.Typeflag == 0 {
			h.Typeflag, h.Size = tar.TypeReg, int64(len(h.Name))
		}
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			if _, err := w.Write([]byte(h.Name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(w.Close(), z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	return file
}

var goodEntries = []tar.Header{
	{Name: "keycloak-1/", Typeflag: tar.TypeDir, Mode: 0o755},
	{Name: "keycloak-1/bin/", Typeflag: tar.TypeDir, Mode: 0o755},
	{Name: "keycloak-1/bin/" + script, Mode: 0o755},
	{Name: "keycloak-1/lib/lib/a.jar", Mode: 0o644},
	{Name: "keycloak-1/lib/quarkus/app.dat", Mode: 0o644},
	{Name: "keycloak-1/conf/setuid", Mode: 0o6777},
	{Name: "keycloak-1/lib/link.jar", Typeflag: tar.TypeSymlink, Linkname: "lib/a.jar"},
}

func TestUnpack(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "cache", "1")
	if err := unpack(t.Context(), archiveOf(t, goodEntries...), folder); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{"bin/" + script: 0o755, "lib/lib/a.jar": 0o644, "conf/setuid": 0o755} {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil {
			t.Error(err)
		} else if got := info.Mode(); got&^0o022 != want&^0o022 && runtime.GOOS != "windows" { // but for the umask
			t.Errorf("%s: mode %v, want %v", name, got, want)
		}
	}
	if text, err := os.ReadFile(filepath.Join(folder, "lib", "link.jar")); err != nil || string(text) != "keycloak-1/lib/lib/a.jar" {
		t.Errorf("through the link: %q, %v", text, err)
	}
	wantFiles(t, filepath.Dir(folder), "1")
}

// wantFiles checks what a folder holds, hidden files included.
func wantFiles(t *testing.T, folder string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if len(got) != len(want) || len(got) > 0 && got[0] != want[0] {
		t.Errorf("%s holds %q, want %q", folder, got, want)
	}
}

func TestUnpackRefuses(t *testing.T) {
	for name, entries := range map[string][]tar.Header{
		"path upwards":            {{Name: "k/../../evil"}},
		"path upwards from below": {{Name: "k/bin/../../../evil"}},
		"absolute path":           {{Name: "/evil"}},
		"absolute link":           {{Name: "k/link", Typeflag: tar.TypeSymlink, Linkname: "/tmp"}},
		"link upwards":            {{Name: "k/bin/link", Typeflag: tar.TypeSymlink, Linkname: "../../evil"}},
		"hard link":               {{Name: "k/a"}, {Name: "k/b", Typeflag: tar.TypeLink, Linkname: "k/a"}},
		"device":                  {{Name: "k/null", Typeflag: tar.TypeChar}},
		"the same file twice":     {{Name: "k/a"}, {Name: "k/a"}},
		"file over a link":        {{Name: "k/a", Typeflag: tar.TypeSymlink, Linkname: "b"}, {Name: "k/a"}},
	} {
		t.Run(name, func(t *testing.T) {
			parent := t.TempDir()
			if err := unpack(t.Context(), archiveOf(t, entries...), filepath.Join(parent, "1")); err == nil {
				t.Error("unpacked")
			}
			wantFiles(t, parent)
		})
	}
	t.Run("no archive", func(t *testing.T) {
		parent := t.TempDir()
		text := filepath.Join(t.TempDir(), "x.tar.gz")
		if err := os.WriteFile(text, []byte("<html>"), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, file := range []string{text, filepath.Join(parent, "none")} {
			if err := unpack(t.Context(), file, filepath.Join(parent, "1")); err == nil {
				t.Errorf("%s: unpacked", file)
			}
		}
		wantFiles(t, parent)
	})
	t.Run("given up", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		parent := t.TempDir()
		if err := unpack(ctx, archiveOf(t, goodEntries...), filepath.Join(parent, "1")); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		wantFiles(t, parent)
	})
}

func TestUnpackAtTheSameTime(t *testing.T) {
	archive, parent := archiveOf(t, goodEntries...), t.TempDir()
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			if err := unpack(t.Context(), archive, filepath.Join(parent, "1")); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	wantFiles(t, parent, "1")
}

func TestCloneDist(t *testing.T) {
	dist := filepath.Join(t.TempDir(), "dist")
	if err := unpack(t.Context(), archiveOf(t, goodEntries...), dist); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dist, "data", "h2"), 0o750); err != nil {
		t.Fatal(err)
	}
	run := t.TempDir()
	if err := cloneDist(t.Context(), dist, run); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(run, "data")); !os.IsNotExist(err) {
		t.Errorf("another server's data were copied: %v", err)
	}
	if _, err := os.Stat(filepath.Join(run, "conf", "setuid")); !os.IsNotExist(err) {
		t.Errorf("another server's settings were copied: %v", err)
	}
	same := func(name string) bool {
		a, err1 := os.Stat(filepath.Join(dist, name))
		b, err2 := os.Stat(filepath.Join(run, name))
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
		if a.Mode() != b.Mode() {
			t.Errorf("%s: mode %v, was %v", name, b.Mode(), a.Mode())
		}
		return os.SameFile(a, b)
	}
	if same("lib/quarkus/app.dat") || same("bin/"+script) {
		t.Error("a file that Keycloak may write is shared with the distribution")
	}
	_ = same("lib/lib/a.jar") // shared where the file system allows
}
