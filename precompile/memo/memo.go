package memo

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/rules-precompile/precompile/precompile/internal/atomicfile"
)

// DefaultMaxBytes is the bound of a folder where Options has none: room for some
// forty standard libraries.
const DefaultMaxBytes = 1 << 30

// Options say how a folder is used.
type Options struct {
	// MaxBytes is how many bytes its entries may take; 0 means DefaultMaxBytes,
	// less than 0 that there is no bound.
	MaxBytes int64
}

// Memo is a folder of entries. Its methods may be called from many goroutines at
// once.
type Memo struct {
	dir      string // absolute
	max      int64
	root     *os.Root
	writer   *atomicfile.Writer
	access   access
	now      func() time.Time
	patience time.Duration
	program  func() ([sha256.Size]byte, error) // computed once
}

// Open opens a folder, and makes it where it is not there. The error is an
// *fs.PathError.
func Open(dir string, o Options) (*Memo, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(abs, 0o777); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(abs)
	if err != nil {
		return nil, err
	}
	info, err := root.Stat(".")
	if err != nil {
		root.Close()
		return nil, err
	}
	m := &Memo{dir: abs, max: o.MaxBytes, root: root, access: accessOf(info), now: time.Now, patience: lockPatience}
	switch {
	case m.max == 0:
		m.max = DefaultMaxBytes
	case m.max < 0:
		m.max = math.MaxInt64
	}
	m.writer = atomicfile.NewWriter(rooted{root, m.access.shard()})
	m.program = sync.OnceValues(programDigest)
	m.tag()
	return m, nil
}

// Dir is the folder, absolute.
func (m *Memo) Dir() string { return m.dir }

// Close lets go of the folder.
func (m *Memo) Close() error { return m.root.Close() }

const (
	tagName = "CACHEDIR.TAG"
	// https://bford.info/cachedir/
	tagText = "Signature: 8a477f597d28d172789f06886806bc55\n" +
		"# What precompile compiled, kept by content. It can be removed at any time.\n"
)

// tag writes CACHEDIR.TAG where it lacks. A folder without it serves as well.
func (m *Memo) tag() {
	if _, err := m.root.Lstat(tagName); errors.Is(err, fs.ErrNotExist) {
		_ = m.writer.Write(tagName, []byte(tagText), atomicfile.Options{Perm: entryPerm})
	}
}

// entryPerm are the permissions of files before the umask. They are never for
// everyone to write, whatever the umask.
const entryPerm = 0o664

var (
	errTooBig     = fmt.Errorf("it has more than %d bytes", maxEntry)
	errNotRegular = errors.New("it is not a regular file")
	errChanged    = errors.New("it changes while it is read")
)

// read reads the file of an entry. The error is fs.ErrNotExist where there is
// none.
func (m *Memo) read(name string) ([]byte, error) {
	f, err := m.root.OpenFile(filepath.FromSlash(name), os.O_RDONLY|nonBlock, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errNotRegular
	case info.Size() > maxEntry:
		return nil, errTooBig
	}
	if err := m.access.check(info); err != nil {
		return nil, err
	}
	data := make([]byte, info.Size())
	for n := 0; n < len(data); {
		k, err := f.Read(data[n:])
		if n += k; n < len(data) && (k == 0 || err != nil) {
			return nil, errChanged
		}
	}
	if now := m.now(); now.Sub(info.ModTime()) > touchAfter {
		_ = m.root.Chtimes(filepath.FromSlash(name), now, now) // or it is not ours to touch
	}
	return data, nil
}

// touchAfter is how old the time of an entry must be to be renewed by a use.
const touchAfter = time.Hour

// rooted is the file system below a folder, for atomicfile.
type rooted struct {
	root  *os.Root
	shard fs.FileMode
}

func (r rooted) Create(path string, perm fs.FileMode) (atomicfile.File, error) {
	f, err := r.root.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return nil, err
	}
	return unlocked{f}, nil
}

func (r rooted) Mkdir(path string, _ fs.FileMode) error { return r.root.Mkdir(path, r.shard) }
func (r rooted) Rename(from, to string) error           { return r.root.Rename(from, to) }
func (r rooted) Remove(path string) error               { return r.root.Remove(path) }
func (r rooted) Chtimes(path string, t time.Time) error { return r.root.Chtimes(path, t, t) }

// unlocked is a file that is not cleaned up by its lock, but by its age.
type unlocked struct{ *os.File }

func (unlocked) Lock() bool { return true }
