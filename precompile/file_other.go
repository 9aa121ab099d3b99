//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package precompile

import (
	"io"
	"io/fs"
	"os"
)

// file is an open file.
type file struct{ f *os.File }

// openFile opens a file for reading; with noLink it fails with errIsLink where
// path is a link.
func openFile(path string, noLink bool) (file, error) {
	if noLink {
		info, err := os.Lstat(path)
		if err != nil {
			return file{}, err
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			return file{}, errIsLink
		}
	}
	f, err := os.Open(path)
	return file{f}, err
}

func (f file) stat() (fileInfo, error) { return infoOf(f.f.Stat()) }

// read is io.Reader's, but that the end of the file is no error.
func (f file) read(p []byte) (int, error) {
	n, err := f.f.Read(p)
	if err == io.EOF {
		err = nil
	}
	return n, err
}

func (f file) close() { _ = f.f.Close() }

// statFile looks at a file by its name, following links.
func statFile(path string) (fileInfo, error) { return infoOf(os.Stat(path)) }

func infoOf(info fs.FileInfo, err error) (fileInfo, error) {
	if err != nil {
		return fileInfo{}, err
	}
	return fileInfo{mode: info.Mode(), size: info.Size(), mtime: info.ModTime()}, nil
}
