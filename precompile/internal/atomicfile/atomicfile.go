// Package atomicfile puts a file in place as a whole or not at all.
//
// Write makes a temporary file in the folder of the destination, fills it,
// and renames it over the destination. Readers see the old file or the new one;
// a destination that is hardlinked elsewhere is replaced and never written
// through. Whatever fails, a full disk included, the temporary file is removed
// and the destination stays as it was.
//
// # Left-overs
//
// Only a process that is killed outright leaves its temporary file behind.
// Clean finds these by their name, Prefix + 16 hexadecimal digits + Suffix, and
// must not mistake the file of a live writer for one. Process numbers could not
// tell, since folders are shared between containers; so the writer holds a lock
// (flock) on the file while it fills it, which the kernel drops with the
// process. Clean removes what it can lock. Where the system or the file system
// has no such locks, it removes what was not touched for an hour.
//
// The lock is held neither in the instant after the file is made nor in the one
// before it is renamed. A writer that loses its file to Clean just then finds
// it gone and starts over.
//
// # Power
//
// The data is left to the system to bring to disk, as CPython and pip leave it:
// a killed process can do no harm, but after a loss of power a new file may be
// there and lack its end. A cache can be made again.
package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Prefix and Suffix are what the names of temporary files start and end with.
const (
	Prefix = ".precompile-"
	Suffix = ".tmp"
)

const idDigits = 16

// System is what a Writer asks of the file system. OS is the real one; tests
// have others, to see what is done when it fails.
type System interface {
	// Create makes a file that must not exist, open for writing.
	Create(path string, perm fs.FileMode) (File, error)
	Mkdir(path string, perm fs.FileMode) error
	Rename(from, to string) error
	Remove(path string) error
	// Chtimes sets both times of a file.
	Chtimes(path string, t time.Time) error
}

// File is a file that is being written.
type File interface {
	Write(p []byte) (int, error)
	Close() error
	// Lock takes the lock that Clean asks for; false means that Clean has it.
	Lock() bool
}

// Options say how a file is written.
type Options struct {
	// Perm are its permission bits before the umask.
	Perm fs.FileMode
	// MTime, where not zero, is its modification time.
	MTime time.Time
}

// Writer writes files. Its methods may be called from many goroutines at once.
type Writer struct {
	sys System

	mu   sync.Mutex
	made map[string]bool // folders made: whether a file was put there
}

// NewWriter returns a Writer on a file system.
func NewWriter(sys System) *Writer { return &Writer{sys: sys, made: map[string]bool{}} }

// attempts bounds how often a write starts over because somebody cleaned up.
const attempts = 16

// Write puts data at path. Folders that lack are made, with the permissions
// that the umask leaves. path must be no folder.
func (w *Writer) Write(path string, data []byte, o Options) error {
	dir := filepath.Dir(path)
	var err error
	for range attempts {
		tmp := tempPath(dir)
		var f File
		f, err = w.sys.Create(tmp, o.Perm)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if err = w.mkdirAll(dir); err != nil {
				return err
			}
			continue
		case errors.Is(err, fs.ErrExist):
			continue
		case err != nil:
			return err
		case !f.Lock():
			f.Close()
			continue
		}
		// A close can report what a network file system could not store, so it
		// comes before the rename.
		if err = w.fill(f, tmp, data, o); err == nil {
			if err = w.sys.Rename(tmp, path); err == nil {
				w.used(dir)
				return nil
			}
		}
		if rmErr := w.sys.Remove(tmp); errors.Is(rmErr, fs.ErrNotExist) && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		return err
	}
	return err
}

func (w *Writer) fill(f File, tmp string, data []byte, o Options) error {
	_, err := f.Write(data)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil && !o.MTime.IsZero() {
		err = w.sys.Chtimes(tmp, o.MTime)
	}
	return err
}

// mkdirAll makes a folder and the ones above it, and remembers which.
func (w *Writer) mkdirAll(dir string) error {
	err := w.sys.Mkdir(dir, 0o777)
	if errors.Is(err, fs.ErrNotExist) {
		if parent := filepath.Dir(dir); parent != dir {
			if err := w.mkdirAll(parent); err != nil {
				return err
			}
			err = w.sys.Mkdir(dir, 0o777)
		}
	}
	switch {
	case err == nil:
		w.mu.Lock()
		if _, ok := w.made[dir]; !ok {
			w.made[dir] = false
		}
		w.mu.Unlock()
		return nil
	case errors.Is(err, fs.ErrExist):
		return nil
	}
	return err
}

// used notes that a folder, and so those above it, are of use.
func (w *Writer) used(dir string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		used, made := w.made[dir]
		if !made || used {
			return
		}
		w.made[dir] = true
		dir = filepath.Dir(dir)
	}
}

// RemoveUnused removes the folders that Write made and put nothing in, because
// the write then failed. Those with something in them stay.
func (w *Writer) RemoveUnused() {
	w.mu.Lock()
	defer w.mu.Unlock()
	var dirs []string
	for dir, used := range w.made {
		if !used {
			dirs = append(dirs, dir)
		}
	}
	slices.Sort(dirs)
	slices.Reverse(dirs) // what is below a folder comes before it
	for _, dir := range dirs {
		_ = w.sys.Remove(dir) // not empty: somebody else's files
		delete(w.made, dir)
	}
}

// tempPath returns a new temporary file's path in a folder.
func tempPath(dir string) string {
	b := make([]byte, 0, len(dir)+1+len(Prefix)+idDigits+len(Suffix))
	b = append(b, dir...)
	if len(dir) > 0 && !os.IsPathSeparator(dir[len(dir)-1]) {
		b = append(b, filepath.Separator)
	}
	b = append(b, Prefix...)
	for id, i := rand.Uint64(), 0; i < idDigits; id, i = id<<4, i+1 {
		b = append(b, "0123456789abcdef"[id>>60])
	}
	return string(append(b, Suffix...))
}

// IsTemp reports whether a file's name is one that Write gives.
func IsTemp(name string) bool {
	id, ok := strings.CutPrefix(name, Prefix)
	if !ok {
		return false
	}
	id, ok = strings.CutSuffix(id, Suffix)
	return ok && len(id) == idDigits && strings.Trim(id, "0123456789abcdef") == ""
}

// Clean removes the temporary files in dir that killed processes left, and
// returns their paths, sorted. A folder that is not there, or that is none, has
// none. empty says that nothing else is in it. All are valid if there is an
// error, too.
func Clean(dir string) (removed []string, empty bool, err error) {
	f, err := os.Open(dir)
	if err != nil {
		if gone(err) {
			return nil, errors.Is(err, fs.ErrNotExist), nil
		}
		return nil, false, err
	}
	defer f.Close()
	var errs []error
	empty = true
	for {
		names, err := f.Readdirnames(1024)
		for _, name := range names {
			if !IsTemp(name) {
				empty = false
				continue
			}
			path := filepath.Join(dir, name)
			switch ok, err := removeAbandoned(path); {
			case err != nil && !gone(err):
				errs = append(errs, err)
			case ok:
				removed = append(removed, path)
			}
		}
		if err != nil || len(names) == 0 {
			// The end, or a folder that is none; what cannot be listed is not ours to
			// judge.
			empty = empty && err == io.EOF
			break
		}
	}
	slices.Sort(removed)
	return removed, empty, errors.Join(errs...)
}

func gone(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNotFolder) }

// removeAbandoned removes a temporary file unless a writer is at it.
func removeAbandoned(path string) (bool, error) {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return false, err
	}
	state := lockUnknown
	f, err := openForLock(path)
	switch {
	case err == nil:
		defer f.Close()
		state = lock(f)
	case !errors.Is(err, fs.ErrPermission): // else somebody else's: its age tells
		return false, err
	}
	switch state {
	case lockTaken:
		return false, nil
	case lockUnknown:
		if time.Since(info.ModTime()) < abandonedAfter {
			return false, nil
		}
	}
	// Names are never used twice, so this is still the file that was locked, or
	// there is none of this name any more.
	if err := os.Remove(path); err != nil {
		return false, err
	}
	return true, nil
}

// abandonedAfter is how old a temporary file must be where nothing else tells
// whether it has a writer. MTime may set files back, but only as they are
// renamed.
const abandonedAfter = time.Hour

type lockState uint8

const (
	lockHeld    lockState = iota // by the caller
	lockTaken                    // by somebody else
	lockUnknown                  // there are no locks here
)

// OS is the file system of the machine.
var OS System = osSystem{}

// osSystem makes and renames files as each system does best: file_unix.go and
// file_other.go.
type osSystem struct{}

func (osSystem) Mkdir(path string, perm fs.FileMode) error { return os.Mkdir(path, perm) }
func (osSystem) Remove(path string) error                  { return os.Remove(path) }
func (osSystem) Chtimes(path string, t time.Time) error    { return os.Chtimes(path, t, t) }

// TryLock takes the exclusive lock of an open file without waiting; it is dropped
// when the file is closed. False means that somebody else has it, also by another
// opening in this process. Where the system has no such locks it is true.
func TryLock(f *os.File) bool { return lock(f) != lockTaken }
