package archive

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Kind is the format of an archive.
type Kind uint8

// The kinds.
const (
	None  Kind = iota // not an archive
	Zip               // .whl, .zip, .pex, .pyz, .egg
	Tar               // .tar
	TarGz             // .tar.gz, .tgz
)

// suffixes are the names that archives go by; the longest come first.
var suffixes = [...]struct {
	suffix string
	kind   Kind
}{
	{".tar.gz", TarGz}, {".tgz", TarGz}, {".tar", Tar},
	{".whl", Zip}, {".zip", Zip}, {".pex", Zip}, {".pyz", Zip}, {".egg", Zip},
}

// KindOfName says what an archive is by its name, in any case of letters.
func KindOfName(name string) Kind {
	if len(name) > 7 {
		name = name[len(name)-7:]
	}
	name = strings.ToLower(name)
	for _, s := range suffixes {
		if strings.HasSuffix(name, s.suffix) {
			return s.kind
		}
	}
	return None
}

// ErrUnsupported is wrapped by the error for a file that is an archive in a
// format or compression which this package does not read.
var ErrUnsupported = errors.New("not a format that is read here: want .whl, .zip, .pex, .tar or .tar.gz")

// foreign are the first bytes of what is recognised only to be refused.
var foreign = [...]struct{ head, name string }{
	{"\x28\xb5\x2f\xfd", "zstd-compressed data"},
	{"BZh", "bzip2-compressed data"},
	{"\xfd7zXZ\x00", "xz-compressed data"},
	{"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"},
	{"Rar!\x1a\x07", "a RAR archive"},
}

// Detect says what the file at path is by its first bytes (and its last, since
// a zip may have anything before it, such as the "#!" line of a .pex). The name
// plays no part: blobs of an OCI image have none that tells.
func Detect(path string) (Kind, error) {
	f, err := os.Open(path)
	if err != nil {
		return None, err
	}
	defer f.Close()
	return detect(f)
}

func detect(f *os.File) (Kind, error) {
	var buf [512]byte
	n, err := io.ReadFull(f, buf[:])
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return None, err
	}
	head := buf[:n]
	for _, k := range foreign {
		if bytes.HasPrefix(head, []byte(k.head)) {
			return None, fmt.Errorf("%s: %w", k.name, ErrUnsupported)
		}
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return Zip, nil
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return TarGz, nil
	case n == 512 && string(head[257:262]) == "ustar":
		return Tar, nil
	case bytes.HasPrefix(head, []byte("#!")):
		info, err := f.Stat()
		if err != nil {
			return None, err
		}
		tail := make([]byte, min(info.Size(), 22+65535))
		if _, err := f.ReadAt(tail, info.Size()-int64(len(tail))); err != nil && err != io.EOF {
			return None, err
		}
		if bytes.Contains(tail, []byte("PK\x05\x06")) {
			return Zip, nil
		}
	}
	return None, nil
}

// Globs returns patterns that the names of archives match.
func Globs() []string {
	out := make([]string, len(suffixes))
	for i, s := range suffixes {
		out[i] = "*" + s.suffix
	}
	return out
}
