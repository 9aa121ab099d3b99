package precompile

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/rules-precompile/precompile/precompile/pyc"
)

// fileInfo is what the engine wants to know of a file.
type fileInfo struct {
	mode  fs.FileMode // permission bits; of types, regular and folder are told apart from the rest
	size  int64
	mtime time.Time
}

func (i fileInfo) stamp() pyc.SourceStamp { return pyc.SourceStamp{MTime: i.mtime, Size: i.size} }

// same reports whether a file did not change between two looks at it, as far
// as they tell.
func (i fileInfo) same(o fileInfo) bool { return i.size == o.size && i.mtime.Equal(o.mtime) }

// notRegular words why a file cannot be read as one; nil if it can.
func (i fileInfo) notRegular() error {
	switch {
	case i.mode.IsDir():
		return errIsFolder
	case !i.mode.IsRegular():
		return errNotRegular
	}
	return nil
}

var (
	errIsLink     = errors.New("it is a symbolic link")
	errIsFolder   = errors.New("it is a folder")
	errNotRegular = errors.New("it is not a regular file")
	errChanging   = errors.New("it changes while it is read")
)

// maxSource is the size in bytes from which on sources are refused. CPython
// counts a source's bytes in a C int.
const maxSource = 1<<31 - 1

// keepBuffer is the size up to which a buffer is kept for the next file, so
// that one big source does not stay in memory.
const keepBuffer = 256 << 10

// readSource reads a source into buf, which is grown as needed, and returns what
// is in it and what the system says about it.
func readSource(path string, buf []byte) ([]byte, fileInfo, error) {
	return readFile(path, buf, func(size int64) error {
		if size >= maxSource {
			return fmt.Errorf("it has %d bytes; CPython takes less than %d", size, maxSource)
		}
		return nil
	})
}

// readFile reads a file whose size is one that check lets pass. What it returns
// belongs together: where the file changes while it is read it is read again, and
// given up in the end.
func readFile(path string, buf []byte, check func(size int64) error) ([]byte, fileInfo, error) {
	for range 3 {
		data, info, err := readOnce(path, buf, check)
		if err != errChanging {
			return data, info, err
		}
		buf = data
	}
	return buf, fileInfo{}, errChanging
}

func readOnce(path string, buf []byte, check func(size int64) error) ([]byte, fileInfo, error) {
	buf = buf[:0]
	f, err := openFile(path, false)
	if err != nil {
		return buf, fileInfo{}, err
	}
	defer f.close()
	info, err := f.stat()
	if err == nil {
		err = info.notRegular()
	}
	if err == nil {
		err = check(info.size)
	}
	if err != nil {
		return buf, info, err
	}
	// A file that says that it is empty may be one of those that do not know.
	size := max(int(info.size), 1)
	if cap(buf) < size {
		buf = make([]byte, 0, size+size/8)
	}
	for len(buf) < size {
		n, err := f.read(buf[len(buf):size])
		if err != nil {
			return buf, info, err
		}
		if n == 0 {
			break
		}
		buf = buf[:len(buf)+n]
	}
	after, err := f.stat()
	if err != nil {
		return buf, info, err
	}
	if len(buf) != int(info.size) || !info.same(after) {
		return buf, info, errChanging
	}
	return buf, info, nil
}

// readFull reads until p is full, the file ends or cannot be read, and returns
// how much that was.
func (f file) readFull(p []byte) (n int) {
	for n < len(p) {
		k, err := f.read(p[n:])
		if k == 0 || err != nil {
			break
		}
		n += k
	}
	return n
}
