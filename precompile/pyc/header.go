package pyc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// HeaderSize is the length in bytes of a .pyc header since Python 3.7 (PEP 552).
const HeaderSize = 16

// Mode is how a cache is checked against its source on import (PEP 552).
type Mode uint8

// The modes. The zero Mode is CheckedHash, the product's default.
const (
	// CheckedHash: the header has the source's hash; import compares it.
	CheckedHash Mode = iota
	// UncheckedHash: the header has the source's hash; import trusts it.
	UncheckedHash
	// Timestamp: the header has the source's modification time and size.
	Timestamp
)

// The flag bits of a header's second word (PEP 552).
const (
	flagHashBased   = 1 << 0
	flagCheckSource = 1 << 1
)

var modeNames = [...]string{CheckedHash: "checked-hash", UncheckedHash: "unchecked-hash", Timestamp: "timestamp"}

// ParseMode reads "checked-hash", "unchecked-hash" or "timestamp", the words of
// compileall's --invalidation-mode.
func ParseMode(s string) (Mode, error) {
	for m, name := range modeNames {
		if s == name {
			return Mode(m), nil
		}
	}
	return 0, fmt.Errorf("%q is not an invalidation mode: want checked-hash, unchecked-hash or timestamp", s)
}

// String returns the word that ParseMode reads.
func (m Mode) String() string {
	if int(m) < len(modeNames) {
		return modeNames[m]
	}
	return fmt.Sprintf("Mode(%d)", uint8(m))
}

// Header is the head of a .pyc file.
type Header struct {
	Magic Magic
	Mode  Mode
	// Hash is the source hash of the hash-based modes (SourceHash).
	Hash [8]byte
	// MTime is the source's modification time in seconds since 1970, and Size
	// its length in bytes, both modulo 2^32, in Timestamp mode.
	MTime, Size uint32
}

// The errors of ParseHeader, for errors.Is.
var (
	ErrTruncated = errors.New("truncated header")
	ErrFlags     = errors.New("invalid flags in header")
)

// ParseHeader reads the head of a .pyc of Python 3.7 or later. The error wraps
// ErrTruncated or ErrFlags; a magic number that is not known is no error here.
func ParseHeader(b []byte) (Header, error) {
	var h Header
	if len(b) < HeaderSize {
		return h, fmt.Errorf("%w: %d bytes, want %d", ErrTruncated, len(b), HeaderSize)
	}
	h.Magic = Magic(b[:4])
	flags := binary.LittleEndian.Uint32(b[4:])
	switch flags {
	case 0:
		h.Mode = Timestamp
		h.MTime = binary.LittleEndian.Uint32(b[8:])
		h.Size = binary.LittleEndian.Uint32(b[12:])
		return h, nil
	case flagHashBased:
		h.Mode = UncheckedHash
	case flagHashBased | flagCheckSource:
		h.Mode = CheckedHash
	default:
		return h, fmt.Errorf("%w: %#x", ErrFlags, flags)
	}
	copy(h.Hash[:], b[8:16])
	return h, nil
}

// Append appends the HeaderSize bytes of h to dst.
func (h Header) Append(dst []byte) []byte {
	dst = append(dst, h.Magic[:]...)
	switch h.Mode {
	case Timestamp:
		dst = binary.LittleEndian.AppendUint32(dst, 0)
		dst = binary.LittleEndian.AppendUint32(dst, h.MTime)
		return binary.LittleEndian.AppendUint32(dst, h.Size)
	case UncheckedHash:
		dst = binary.LittleEndian.AppendUint32(dst, flagHashBased)
	default:
		dst = binary.LittleEndian.AppendUint32(dst, flagHashBased|flagCheckSource)
	}
	return append(dst, h.Hash[:]...)
}

// SourceStamp is what a header can record of a source.
type SourceStamp struct {
	MTime time.Time
	Size  int64
}

// seconds is int(os.stat(…).st_mtime), the number that imports compare with:
// st_mtime is a float, which rounds up the last nanoseconds of a second (at
// present the last 119), and int() cuts toward zero, which is up before 1970.
func seconds(t time.Time) int64 {
	return int64(float64(t.Unix()) + float64(1e-9*float64(t.Nanosecond())))
}

// NewHeader makes the header that a cache of source has in the given mode. The
// source is used in the hash-based modes only, the stamp in Timestamp mode only.
func NewHeader(m Magic, mode Mode, source []byte, stamp SourceStamp) Header {
	h := Header{Magic: m, Mode: mode}
	if mode == Timestamp {
		h.MTime, h.Size = uint32(seconds(stamp.MTime)), uint32(stamp.Size)
		return h
	}
	h.Hash = SourceHash(m, source)
	return h
}
