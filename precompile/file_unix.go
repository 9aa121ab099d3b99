//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package precompile

import (
	"io/fs"
	"time"

	"golang.org/x/sys/unix"
)

// file is an open file. A run with nothing to do opens two files a source and
// does little else, so this goes without os.File, which would ask the system to
// poll each of them.
type file struct{ fd int }

// openFile opens a file for reading. It does not wait for the other end of a
// pipe, and with noLink fails with errIsLink where path is a link.
func openFile(path string, noLink bool) (file, error) {
	flags := unix.O_RDONLY | unix.O_CLOEXEC | unix.O_NONBLOCK
	if noLink {
		flags |= unix.O_NOFOLLOW
	}
	for {
		fd, err := unix.Open(path, flags, 0)
		switch err {
		case nil:
			return file{fd}, nil
		case unix.EINTR:
			continue
		case unix.ELOOP, unix.EMLINK, unix.EFTYPE:
			if noLink {
				return file{}, errIsLink
			}
		}
		return file{}, err
	}
}

func (f file) stat() (fileInfo, error) {
	var st unix.Stat_t
	for {
		switch err := unix.Fstat(f.fd, &st); err {
		case nil:
			return infoOf(&st), nil
		case unix.EINTR:
		default:
			return fileInfo{}, err
		}
	}
}

// read is io.Reader's, but that the end of the file is no error.
func (f file) read(p []byte) (int, error) {
	for {
		n, err := unix.Read(f.fd, p)
		switch {
		case err == nil:
			return n, nil
		case err != unix.EINTR:
			return 0, err
		}
	}
}

func (f file) close() { _ = unix.Close(f.fd) }

// statFile looks at a file by its name, following links.
func statFile(path string) (fileInfo, error) {
	var st unix.Stat_t
	for {
		switch err := unix.Stat(path, &st); err {
		case nil:
			return infoOf(&st), nil
		case unix.EINTR:
		default:
			return fileInfo{}, err
		}
	}
}

func infoOf(st *unix.Stat_t) fileInfo {
	info := fileInfo{
		mode:  fs.FileMode(st.Mode & 0o777),
		size:  st.Size,
		mtime: time.Unix(int64(st.Mtim.Sec), int64(st.Mtim.Nsec)),
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
	case unix.S_IFDIR:
		info.mode |= fs.ModeDir
	default:
		info.mode |= fs.ModeIrregular
	}
	return info
}
