package cpython

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/rules-precompile/precompile/precompile/backend"
)

var _ backend.Identified = (*Pool)(nil)

// Identity is what the interpreter says of itself and the digests of its
// executables: of the file that was started, and of the one that this led to. The
// time of the build, which is part of sys.version, stands for a shared library.
func (p *Pool) Identity() (string, error) {
	i := &p.found
	text := fmt.Sprintf("%s %s %s %s %s %t %q", i.name, i.Version, i.level, i.CacheTag, i.Magic, i.Debug, i.build)
	for n, path := range []string{i.Path, i.executable} {
		if n > 0 && (!filepath.IsAbs(path) || path == i.Path) {
			break // it does not know
		}
		sum, err := digest(path)
		if err != nil {
			return "", err
		}
		text += fmt.Sprintf(" %x", sum)
	}
	return text, nil
}

func digest(path string) (sum [sha256.Size]byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return sum, err
	}
	h.Sum(sum[:0])
	return sum, nil
}
