//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package atomicfile

import (
	"os"

	"golang.org/x/sys/unix"
)

const errNotFolder = unix.ENOTDIR

// openForLock opens a file without following links or waiting for a pipe. It
// is for writing, as NFS wants it for an exclusive lock.
func openForLock(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
}

// lock takes the exclusive lock on an open file, without waiting. It belongs to
// this opening of the file, so it holds between goroutines as well.
func lock(f *os.File) lockState { return lockFD(int(f.Fd())) }

func lockFD(fd int) lockState {
	for {
		switch err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err {
		case nil:
			return lockHeld
		case unix.EINTR:
		case unix.EWOULDBLOCK:
			return lockTaken
		default:
			return lockUnknown
		}
	}
}
