//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package atomicfile

import (
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// osFile is an open file. A cold run writes one for each source, so this goes
// without os.File, which would ask the system four times more about each: what
// its flags are, whether it can be polled, and the like.
type osFile struct {
	fd   int
	path string
}

func (osSystem) Create(path string, perm fs.FileMode) (File, error) {
	const flags = unix.O_WRONLY | unix.O_CREAT | unix.O_EXCL | unix.O_CLOEXEC
	for {
		fd, err := unix.Open(path, flags, uint32(perm.Perm()))
		switch err {
		case nil:
			return &osFile{fd, path}, nil
		case unix.EINTR:
		default:
			return nil, &fs.PathError{Op: "open", Path: path, Err: err}
		}
	}
}

// maxWrite is the most that is written at once: systems refuse 2 GB, or write
// less.
const maxWrite = 1 << 30

func (f *osFile) Write(p []byte) (n int, err error) {
	for n < len(p) {
		k, err := unix.Write(f.fd, p[n:min(len(p), n+maxWrite)])
		switch {
		case err == unix.EINTR:
			continue
		case err == nil && k == 0:
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return n, &fs.PathError{Op: "write", Path: f.path, Err: err}
		}
		n += k
	}
	return n, nil
}

// Close closes the file. Where a signal comes between it is closed all the same.
func (f *osFile) Close() error {
	fd := f.fd
	f.fd = -1 // the number may soon be another file's
	if err := unix.Close(fd); err != nil && err != unix.EINTR {
		return &fs.PathError{Op: "close", Path: f.path, Err: err}
	}
	return nil
}

func (f *osFile) Lock() bool { return lockFD(f.fd) != lockTaken }

// Rename replaces a file by another. Unlike os.Rename it does not look first
// whether there is a folder: the system refuses to replace one by a file.
func (osSystem) Rename(from, to string) error {
	for {
		switch err := unix.Rename(from, to); err {
		case nil:
			return nil
		case unix.EINTR:
		default:
			return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
		}
	}
}
