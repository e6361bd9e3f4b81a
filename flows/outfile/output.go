// Package outfile writes the files that a person asked for.
package outfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"fix403/flows/params"
	"fix403/flows/problem"
	"fix403/keycloak/failure"
	"fix403/keycloak/msg"
)

// File is a file that a person asked to have written. It is a regular file, or not there yet; devices, pipes and folders
// are refused. It is written beside and then renamed, so that it is there whole or as it was.
type File struct {
	Name string // the flag that names it, such as --junit
	Path string
}

// Error says what was not written, and why.
type Error struct {
	File
	Err error
}

// Error implements error.
func (e *Error) Error() string { return e.Sentence().String() }

// Sentence returns the error's sentence, to be rendered in a language.
func (e *Error) Sentence() msg.Message {
	if e.Path == "" {
		return msg.New("%s cannot be written: %s.", e.Name, Reason(e.Err))
	}
	return msg.New("%s: %s cannot be written: %s.", e.Name, e.Path, Reason(e.Err))
}

// Unwrap returns why it was not written.
func (e *Error) Unwrap() error { return e.Err }

// Reason leaves out the path that an error of the system names: it may be that of the file beside.
func Reason(err error) msg.Message {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		err = path.Err
	case errors.As(err, &link):
		err = link.Err
	}
	return msg.Of(err).Clause()
}

// notAFile is why something is refused that is there.
type notAFile msg.Format

func (e notAFile) Error() string { return string(e) }

// Sentence returns the error's sentence, to be rendered in a language.
func (e notAFile) Sentence() msg.Message { return msg.New(msg.Format(e)) }

// Why something is no file to write to.
const (
	nowhere msg.Format = "it is a broken link"
	folder  msg.Format = "it is a folder"
	pipe    msg.Format = "it is a named pipe"
	socket  msg.Format = "it is a socket"
	device  msg.Format = "it is a device"
	strange msg.Format = "it is not a regular file"
)

// Check makes sure, before anything else is done, that all of these can be written, that no two are one file, and
// that none is one of the files taken. An error has [failure.BadInput].
func Check(outputs, taken []File) error {
	for i, o := range outputs {
		target, err := o.target()
		if err == nil {
			err = tryBeside(target)
		}
		if err != nil {
			return &failure.Error{Kind: failure.BadInput, Err: err, Message: (&Error{o, err}).Sentence(), Hint: msg.New("Name a file in an existing, writable folder.")}
		}
		for _, other := range append(outputs[:i:i], taken...) {
			if one(target, other.Path) {
				return problem.BadInput("Name another file for one of them.", "%s and %s are the same file: %s.", other.Name, o.Name, o.Path)
			}
		}
	}
	return nil
}

// one reports whether another path leads to the file at target.
func one(target, other string) bool {
	if path, err := (File{Path: other}).target(); err == nil && path == target {
		return true
	}
	a, err := os.Stat(target)
	if err != nil {
		return false
	}
	b, err := os.Stat(other)
	return err == nil && os.SameFile(a, b)
}

// target is the file behind the path, links followed, if it may be written.
func (o File) target() (string, error) {
	if os.IsPathSeparator(o.Path[len(o.Path)-1]) {
		return "", notAFile(folder)
	}
	path := filepath.Clean(o.Path)
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		dir, err := filepath.EvalSymlinks(filepath.Dir(path))
		if err == nil {
			dir, err = filepath.Abs(dir)
		}
		return filepath.Join(dir, filepath.Base(path)), err
	}
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return "", notAFile(nowhere)
		}
		info, err = os.Lstat(path)
	}
	if err != nil {
		return "", err
	}
	if err := regular(info); err != nil {
		return "", err
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return "", err
	}
	return filepath.Abs(path)
}

// regular refuses by name what is no regular file.
func regular(info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case mode.IsRegular():
		return nil
	case mode.IsDir():
		return notAFile(folder)
	case mode&fs.ModeNamedPipe != 0:
		return notAFile(pipe)
	case mode&fs.ModeSocket != 0:
		return notAFile(socket)
	case mode&fs.ModeDevice != 0:
		return notAFile(device)
	}
	return notAFile(strange)
}

func beside(target string) string {
	return filepath.Join(filepath.Dir(target), ".fix403-"+params.NewRunID())
}

// tryBeside makes sure that a file can be made beside the target.
func tryBeside(target string) error {
	path := beside(target)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // #nosec G304 -- a name of ours in a folder that the person names
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(path))
}

// Write writes the file. Errors are [Error]s.
func (o File) Write(text []byte, mode fs.FileMode) error {
	target, err := o.target()
	if err == nil {
		err = replace(target, text, mode)
	}
	if err != nil {
		return &Error{o, err}
	}
	return nil
}

// WriteNew writes a file that is not there yet; one that is gives [fs.ErrExist].
func WriteNew(path, text string, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode) // #nosec G304 -- one of our names: it is taken, and then replaced
	if err != nil {
		return err
	}
	if err = errors.Join(f.Close(), replace(path, []byte(text), mode)); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// replace has a file be there whole, or as it was. One that is there keeps its mode, but for one that is for its owner
// alone.
func replace(target string, text []byte, mode fs.FileMode) error {
	path := beside(target)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode) // #nosec G304 -- a name of ours in a folder that the person names
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if before, missing := os.Stat(target); missing == nil && mode&0o077 != 0 {
		err = errors.Join(err, f.Chmod(before.Mode().Perm()))
	}
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(path, target)
	}
	if err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}
