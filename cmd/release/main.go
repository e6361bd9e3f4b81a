// Command release packs fix403 for each platform from the committed state: an archive with the program, its manual
// pages, completions and the licences of what is linked in. All of it is made twice, from clones in different folders and
// without what the first left in a cache, and it fails where the bytes differ. Beside the archives it writes their
// SHA-256 checksums, a bill of materials (CycloneDX), a statement of provenance (in-toto, SLSA) and what package managers read: packages for
// Debian and Fedora, a container image, a Homebrew formula, manifests for Scoop and winget, a Nix expression.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const allTargets = "linux/amd64,linux/arm64,darwin/amd64,darwin/arm64,windows/amd64,windows/arm64"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	out := flag.String("out", "dist", "folder for the archives, checksums and so on")
	targets := flag.String("targets", allTargets, "platforms, as GOOS/GOARCH with commas")
	base := flag.String("url", "https://example.com/fix403", "where the archives will be found: for the Homebrew formula and the Scoop manifest")
	sizes := flag.String("sizes", "", "instead: say which module takes how much of this program, built without -s")
	program := flag.String("program", "", "instead: build the program of this platform into this file, as it is handed out")
	flag.Parse()
	var err error
	switch {
	case *sizes != "":
		err = sizeReport(ctx, os.Stdout, *sizes)
	case *program != "":
		_, err = run(ctx, ".", []string{"CGO_ENABLED=0"}, "go", append(append([]string{"build"}, buildFlags...), "-o", *program, "./cmd/fix403")...)
	default:
		err = release(ctx, *out, strings.Split(*targets, ","), *base)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// archive is what is handed out for one platform.
type archive struct {
	system, arch string
	name         string // of the file
	program      string // a file with the program of it
	data         []byte
	at           time.Time // of all that is in it
	packages     []file    // of the same for Linux
	installed    []file    // what an image has of it, for Linux
}

func (a archive) sum() string { return fmt.Sprintf("%x", sha256.Sum256(a.data)) }

func release(ctx context.Context, out string, targets []string, base string) error {
	temp, err := os.MkdirTemp("", "fix403-release-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temp) }()
	// The second one finds nothing of the first: its folder has another name and its cache is new.
	var made [2][]archive
	for i, clone := range []string{filepath.Join(temp, "one"), filepath.Join(temp, "another", "folder")} {
		if _, err := run(ctx, ".", nil, "git", "clone", "-q", ".", clone); err != nil {
			return err
		}
		cache := map[bool]string{true: filepath.Join(temp, "cache")}[i == 1]
		if made[i], err = archives(ctx, clone, clone+"-built", cache, targets); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(out, 0o755); err != nil { // #nosec G301 -- for everybody
		return err
	}
	write := func(name string, data []byte) error {
		return os.WriteFile(filepath.Join(out, name), data, 0o644) // #nosec G306 -- for everybody
	}
	var sums strings.Builder
	var programs []string
	var products []file
	again := map[string][]byte{}
	for i, a := range made[0] {
		programs = append(programs, a.program)
		products = append(products, file{path: a.name, data: a.data})
		again[a.name] = made[1][i].data
		for j, p := range a.packages {
			products = append(products, p)
			again[p.path] = made[1][i].packages[j].data
		}
	}
	version, err := versionOf(programs[0])
	if err != nil {
		return err
	}
	if slices.ContainsFunc(made[0], func(a archive) bool { return a.system == "linux" }) {
		for i := range made {
			image, err := container(version, made[i])
			if err != nil {
				return err
			}
			if again[image.path] = image.data; i == 0 {
				products = append(products, image)
			}
		}
	}
	for _, p := range products {
		if !bytes.Equal(p.data, again[p.path]) {
			return fmt.Errorf("%s: made twice from the same commit, and they differ", p.path)
		}
		if err := write(p.path, p.data); err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(p.data), p.path)
		fmt.Printf("made twice, the same: %x  %s\n", sha256.Sum256(p.data), p.path)
	}
	bill, err := billOf(ctx, programs)
	if err != nil {
		return err
	}
	modules, err := linkedInto(ctx, programs...)
	if err != nil {
		return err
	}
	commit, err := run(ctx, ".", nil, "git", "rev-parse", "HEAD")
	if err != nil {
		return err
	}
	statement, err := provenance(strings.TrimSpace(string(commit)), base, targets, modules, products)
	if err != nil {
		return err
	}
	manifests, err := manifestsOf(version, base, made[0])
	if err != nil {
		return err
	}
	manifests = append(manifests, file{path: "fix403.cdx.json", data: bill}, file{path: "fix403.intoto.json", data: statement})
	for _, m := range manifests {
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(m.data), m.path)
		if err := write(m.path, m.data); err != nil {
			return err
		}
	}
	return write("SHA256SUMS", []byte(sums.String()))
}

// archives builds them for each target in a clone; dir is for what comes on the way.
func archives(ctx context.Context, clone, dir, cache string, targets []string) ([]archive, error) {
	seconds, err := run(ctx, clone, nil, "git", "log", "-1", "--format=%ct")
	if err != nil {
		return nil, err
	}
	var epoch int64
	if _, err := fmt.Sscan(string(seconds), &epoch); err != nil {
		return nil, err
	}
	at := time.Unix(epoch, 0).UTC()
	env := []string{"CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off", "GOEXPERIMENT=", "GOAMD64=v1", "GOARM64=v8.0", "GOFIPS140=off", "SOURCE_DATE_EPOCH=" + fmt.Sprint(epoch)}
	if cache != "" {
		env = append(env, "GOCACHE="+cache)
	}
	texts := filepath.Join(dir, "texts")
	if _, err := run(ctx, clone, env, "go", "run", "-tags", "release", "./cmd/fix403", "package-texts", texts); err != nil {
		return nil, err
	}
	common, err := filesIn(texts)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"README.md", "CHANGELOG.md", "LICENSE", "NOTICE", "SECURITY.md"} {
		text, err := os.ReadFile(filepath.Join(clone, name)) // #nosec G304 -- of the clone
		if err != nil {
			return nil, err
		}
		common = append(common, file{name, 0o644, text})
	}
	var made []archive
	for _, target := range targets {
		system, arch, ok := strings.Cut(target, "/")
		if !ok {
			return nil, fmt.Errorf("%s is no GOOS/GOARCH", target)
		}
		a := archive{system: system, arch: arch, at: at}
		program := "fix403"
		if system == "windows" {
			program += ".exe"
		}
		a.program = filepath.Join(dir, system+"-"+arch, program)
		if _, err := run(ctx, clone, append(env, "GOOS="+system, "GOARCH="+arch), "go", append(append([]string{"build"}, buildFlags...), "-o", a.program, "./cmd/fix403")...); err != nil {
			return nil, err
		}
		data, err := os.ReadFile(a.program)
		if err != nil {
			return nil, err
		}
		licences, err := licenceTexts(ctx, a.program)
		if err != nil {
			return nil, err
		}
		version, err := versionOf(a.program)
		if err != nil {
			return nil, err
		}
		folder := fmt.Sprintf("fix403_%s_%s_%s", version, system, arch)
		files := append([]file{{program, 0o755, data}, {"LICENCES.txt", 0o644, licences}}, common...)
		if system == "linux" {
			if a.packages, err = packages(ctx, a.program+"-packages", version, arch, files, env); err != nil {
				return nil, err
			}
			for _, f := range files {
				if f.path == program || f.path == "LICENCES.txt" || f.path == "LICENSE" || f.path == "NOTICE" {
					f.path = map[bool]string{true: f.path, false: "usr/share/doc/fix403/" + f.path}[f.path == program]
					a.installed = append(a.installed, f)
				}
			}
		}
		for i := range files {
			files[i].path = folder + "/" + files[i].path
		}
		pack, ending := tarGz, ".tar.gz"
		if system == "windows" {
			pack, ending = zipped, ".zip"
		}
		a.name = folder + ending
		if a.data, err = pack(files, at); err != nil {
			return nil, err
		}
		made = append(made, a)
	}
	return made, nil
}

// versionOf is what go wrote into a program: the tag of its commit, or a pseudo version.
func versionOf(program string) (string, error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return "", err
	}
	return strings.TrimPrefix(info.Main.Version, "v"), nil
}

// filesIn are the files below a folder, in the order of their paths.
func filesIn(dir string) ([]file, error) {
	var files []file
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path) // #nosec G304 G122 -- made here
		name, _ := filepath.Rel(dir, path)
		files = append(files, file{filepath.ToSlash(name), 0o644, data})
		return err
	})
	return files, err
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
