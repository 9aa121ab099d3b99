package memo

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"
	"os"
	"runtime"

	"github.com/rules-precompile/precompile/precompile/backend"
)

// key names an entry: it is a digest of all that the entry's bytes depend on.
type key [sha256.Size]byte

// shardDigits is how many digits of a key name its folder.
const shardDigits = 2

// name is the entry's path below the folder, with slashes.
func (k key) name() string {
	var digits [2*sha256.Size + 1]byte
	hex.Encode(digits[1:], k[:])
	copy(digits[:], digits[1:1+shardDigits])
	digits[shardDigits] = '/'
	return string(digits[:])
}

// keyDomain sets keys apart from other digests, and those of other versions of
// this package.
const keyDomain = "precompile memo 1\n"

// prefix is the part of a key that all sources of a compiler share. The program
// is in it for an interpreter as well, whose code this program puts into its
// canonical form.
func prefix(program [sha256.Size]byte, identity string) (p [sha256.Size]byte) {
	h := sha256.New()
	io.WriteString(h, keyDomain)
	h.Write(program[:])
	io.WriteString(h, identity)
	h.Sum(p[:0])
	return p
}

// newKey makes the key of a request. The source, whose length nothing says, comes
// last.
func newKey(prefix [sha256.Size]byte, req backend.Request) (k key) {
	head := make([]byte, 0, 256)
	head = append(head, prefix[:]...)
	head = append(head, byte(req.Optimize))
	head = binary.BigEndian.AppendUint64(head, uint64(len(req.Filename)))
	head = append(head, req.Filename...)
	h := sha256.New()
	h.Write(head)
	h.Write(req.Source)
	h.Sum(k[:0])
	return k
}

// programDigest is the SHA-256 of the executable that runs. Its version would
// not do: builds from a changed tree, and builds that do not know their version,
// have none.
func programDigest() (d [sha256.Size]byte, err error) {
	path := "/proc/self/exe" // the file that runs, whatever has its name by now
	if runtime.GOOS != "linux" {
		path = ""
	} else if _, err := os.Stat(path); err != nil {
		path = ""
	}
	if path == "" {
		if path, err = os.Executable(); err != nil {
			return d, err
		}
	}
	f, err := os.Open(path)
	if err != nil {
		return d, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.CopyBuffer(struct{ io.Writer }{h}, struct{ io.Reader }{f}, make([]byte, 256<<10)); err != nil {
		return d, err
	}
	h.Sum(d[:0])
	return d, nil
}
