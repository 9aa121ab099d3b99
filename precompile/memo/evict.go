package memo

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rules-precompile/precompile/precompile/internal/atomicfile"
)

const (
	lockName = "lock"
	sizeName = "size"
	// recountAfter is how old a count may be that is added to: runs that were
	// killed did not add to it.
	recountAfter = 24 * time.Hour
	// abandonedAfter is how old a temporary file is that has no writer any more.
	abandonedAfter = time.Hour
	// lockPatience is how long the end of a session waits for others to remove
	// their entries: Memo.patience. What it did not add is found by the next count.
	lockPatience = 5 * time.Second
)

// blocks is what a file of n bytes takes on a disk.
func blocks(n int64) int64 { return (n + 4095) &^ 4095 }

// settle adds what is pending to DIR/size, and removes entries if that is too
// much. Without wait it does nothing while somebody else is at it.
func (s *Session) settle(wait bool) {
	m := s.m
	if s.pending.Load() == 0 {
		if a, err := m.account(); err == nil && a.bytes <= m.max {
			return
		}
	}
	unlock, ok, err := m.lock(wait)
	if err != nil || !ok {
		if s.pending.Load() > 0 {
			s.failSettling(err)
		}
		return
	}
	defer unlock()
	pending := s.pending.Swap(0)
	now := m.now()
	a, err := m.account()
	a.bytes += pending
	age := now.Sub(a.counted)
	if err != nil || a.bytes > m.max || pending > 0 && (age > recountAfter || age < 0) {
		var removed int
		a.counted = now
		a.bytes, removed, err = m.evict(now)
		s.mu.Lock()
		s.removed += removed
		s.mu.Unlock()
		s.failSettling(err)
	}
	if err := m.writer.Write(sizeName, a.text(), atomicfile.Options{Perm: entryPerm}); pending > 0 {
		s.failSettling(err)
	}
}

func (s *Session) failSettling(err error) {
	if err != nil {
		s.fail(fmt.Errorf("cannot keep to its size: %w", cause(err)))
	}
}

// lock takes the lock of the folder, or reports that somebody else has it.
func (m *Memo) lock(wait bool) (unlock func(), ok bool, err error) {
	f, err := m.root.OpenFile(lockName, os.O_RDWR|os.O_CREATE|nonBlock, entryPerm)
	if errors.Is(err, fs.ErrPermission) {
		f, err = m.root.OpenFile(lockName, os.O_RDONLY|nonBlock, 0) // another user's
	}
	if err != nil {
		return nil, false, err
	}
	for deadline := time.Now().Add(m.patience); !atomicfile.TryLock(f); time.Sleep(5 * time.Millisecond) {
		if !wait || time.Now().After(deadline) {
			f.Close()
			return nil, false, nil
		}
	}
	return func() { f.Close() }, true, nil
}

// account is what DIR/size says.
type account struct {
	bytes   int64
	counted time.Time
}

const accountFormat = "precompile memo: %d bytes, counted at %d\n"

func (a account) text() []byte { return fmt.Appendf(nil, accountFormat, a.bytes, a.counted.Unix()) }

// account reads DIR/size. The error says that it is not there or no good.
func (m *Memo) account() (a account, err error) {
	f, err := m.root.OpenFile(sizeName, os.O_RDONLY|nonBlock, 0)
	if err != nil {
		return a, err
	}
	defer f.Close()
	var text [128]byte
	n, err := f.Read(text[:])
	if err != nil {
		return a, err
	}
	var seconds int64
	if _, err := fmt.Sscanf(string(text[:n]), accountFormat, &a.bytes, &seconds); err != nil {
		return account{}, err
	}
	if a.bytes < 0 {
		return account{}, errors.New("a negative size")
	}
	a.counted = time.Unix(seconds, 0)
	return a, nil
}

// found is an entry on disk, or a temporary file.
type found struct {
	name string
	size int64
	used time.Time
}

// evict counts the entries and, if they are too many, removes the ones that were
// not used for longest. It returns how many bytes are left; valid with an error,
// too.
func (m *Memo) evict(now time.Time) (bytes int64, removed int, err error) {
	var entries []found
	var errs []error
	err = m.list(func(f found) {
		temp := atomicfile.IsTemp(filepath.Base(f.name))
		if temp && now.Sub(f.used) > abandonedAfter && m.remove(f.name, &errs) {
			return
		}
		bytes += f.size
		if f.used.After(now.Add(recountAfter)) {
			f.used = time.Time{} // a clock was wrong, or somebody wants to stay
		}
		if !temp {
			entries = append(entries, f)
		}
	})
	if err != nil {
		errs = append(errs, err)
	}
	if bytes > m.max {
		slices.SortFunc(entries, func(a, b found) int {
			return cmp.Or(a.used.Compare(b.used), cmp.Compare(a.name, b.name))
		})
		for _, f := range entries {
			if bytes <= m.max-m.max/10 {
				break
			}
			if m.remove(f.name, &errs) {
				bytes -= f.size
				removed++
			}
		}
	}
	return bytes, removed, errors.Join(errs...)
}

// remove removes a file, and notes the first error.
func (m *Memo) remove(name string, errs *[]error) bool {
	err := m.root.Remove(name)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return true
	}
	if len(*errs) == 0 {
		*errs = append(*errs, err)
	}
	return false
}

// list calls f for each entry and temporary file. Nothing else in the folder is
// looked at.
func (m *Memo) list(f func(found)) error {
	return m.names(".", func(shard string) error {
		if len(shard) != shardDigits || !isHex(shard) {
			return nil
		}
		if info, err := m.root.Lstat(shard); err != nil || !info.IsDir() {
			return nil
		}
		return m.names(shard, func(base string) error {
			isEntry := len(base) == 2*len(key{})-shardDigits && isHex(base)
			if !isEntry && !atomicfile.IsTemp(base) {
				return nil
			}
			name := filepath.Join(shard, base)
			if info, err := m.root.Lstat(name); err == nil && !info.IsDir() {
				f(found{name, blocks(info.Size()), info.ModTime()})
			}
			return nil
		})
	})
}

// names calls f for each name in a folder, in any order.
func (m *Memo) names(dir string, f func(string) error) error {
	d, err := m.root.Open(dir)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	defer d.Close()
	for {
		names, err := d.Readdirnames(1024)
		for _, n := range names {
			if err := f(n); err != nil {
				return err
			}
		}
		if err != nil || len(names) == 0 {
			return nil // io.EOF, or what cannot be listed any further
		}
	}
}

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }
