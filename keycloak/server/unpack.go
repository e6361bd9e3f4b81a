package server

import (
	"archive/tar"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// maxUnpacked bounds what an archive may become; a distribution has about 200 MB.
const maxUnpacked = 2 << 30

// unpack unpacks an archive into a new folder, without the archive's own top folder. The folder appears whole or not at
// all; when another process was faster, its folder stays.
func unpack(ctx context.Context, archive, folder string) error {
	parent := filepath.Dir(folder)
	if err := os.MkdirAll(parent, 0o750); err != nil {
		return err
	}
	temporary, err := os.MkdirTemp(parent, ".unpacking-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temporary) }() // when it was not renamed
	if err := unpackInto(ctx, archive, temporary); err != nil {
		return err
	}
	if err := os.Rename(temporary, folder); err != nil {
		if _, there := os.Stat(filepath.Join(folder, "bin", script)); there == nil {
			return nil
		}
		return err
	}
	return nil
}

func unpackInto(ctx context.Context, archive, folder string) error {
	f, err := os.Open(archive) // #nosec G304 -- in the Maven repository
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	compressed, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(folder) // keeps every path inside, symbolic links included
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	entries := tar.NewReader(compressed)
	var total int64
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		h, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if total += h.Size; total > maxUnpacked {
			return fmt.Errorf("it holds more than %d MB", maxUnpacked>>20)
		}
		if err := unpackEntry(root, h, entries); err != nil {
			return fmt.Errorf("%s: %w", h.Name, err)
		}
	}
}

var errOutside = errors.New("leads out of the folder")

func unpackEntry(root *os.Root, h *tar.Header, content io.Reader) error {
	name := path.Clean(h.Name)
	if !filepath.IsLocal(filepath.FromSlash(h.Name)) {
		return errOutside
	}
	_, name, below := strings.Cut(name, "/")
	if !below { // the top folder itself
		return nil
	}
	if err := root.MkdirAll(path.Dir(name), 0o750); err != nil {
		return err
	}
	switch h.Typeflag {
	case tar.TypeDir:
		return root.MkdirAll(name, 0o750)
	case tar.TypeSymlink:
		if path.IsAbs(h.Linkname) || !filepath.IsLocal(filepath.FromSlash(path.Join(path.Dir(name), h.Linkname))) { // #nosec G305 -- this is the check
			return errOutside
		}
		return root.Symlink(h.Linkname, name)
	case tar.TypeReg:
		// Everybody's bits, of which the umask takes its part: the scripts must stay executable.
		out, err := root.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_EXCL, fs.FileMode(h.Mode)&0o755|0o600) // #nosec G115 -- masked
		if err != nil {
			return err
		}
		_, err = io.CopyN(out, content, h.Size)
		return errors.Join(err, out.Close())
	default: // a distribution has nothing else
		return fmt.Errorf("an entry of type %q is not unpacked", h.Typeflag)
	}
}

// shared are the folders of a distribution that a server only reads. The rest is copied: at its first start Keycloak
// writes into lib/quarkus, and later into data.
var shared = []string{"lib/lib", "bin/client"}

// left returns what of a distribution a server does not get: another server's data, and settings, which may name a
// database that is none of ours.
func left(name string) bool {
	name = filepath.ToSlash(name)
	return name == "data" || strings.HasPrefix(name, "conf/") && name != "conf/cache-ispn.xml"
}

// cloneDist makes a distribution's folder at an empty one to run from: files that are only read are hard links where
// the file system allows, so that it takes neither time nor room.
func cloneDist(ctx context.Context, dist, folder string) error {
	// A link to the folder would not be walked.
	dist, err := filepath.EvalSymlinks(dist)
	if err != nil {
		return err
	}
	return filepath.WalkDir(dist, func(from string, d fs.DirEntry, err error) error {
		if err = cmp.Or(err, ctx.Err()); err != nil {
			return err
		}
		name, err := filepath.Rel(dist, from)
		if err != nil {
			return err
		}
		to := filepath.Join(folder, name)
		switch {
		case left(name) && d.IsDir():
			return fs.SkipDir
		case left(name):
			return nil
		case d.IsDir():
			return os.MkdirAll(to, 0o750)
		case d.Type() == fs.ModeSymlink:
			target, err := os.Readlink(from)
			if err != nil {
				return err
			}
			return os.Symlink(target, to) // #nosec G122 -- between folders of this user
		case isShared(name) && os.Link(from, to) == nil: // #nosec G122 -- between folders of this user
			return nil
		default:
			return copyFile(from, to)
		}
	})
}

func isShared(name string) bool {
	for _, folder := range shared {
		if strings.HasPrefix(filepath.ToSlash(name), folder+"/") {
			return true
		}
	}
	return false
}

func copyFile(from, to string) error {
	in, err := os.Open(from) // #nosec G304 -- of a distribution
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, info.Mode().Perm()|0o600) // #nosec G304 -- in our own folder
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
