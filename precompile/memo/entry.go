package memo

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/diag"
)

// An entry, its numbers little-endian:
//
//	8   entryMark
//	32  SHA-256 of what follows
//	32  the key
//	4   how many warnings there are; of each:
//	        1      severity
//	        4 × 4  line, column, end line, end column
//	        3 ×    4 and as many bytes: type, message, text
//	    the code, up to the end
const (
	entryMark    = "PyMemo1\n"
	bodyStart    = len(entryMark) + sha256.Size
	warningsAt   = bodyStart + len(key{})
	minEntry     = warningsAt + 4 + 1
	warningBytes = 1 + 4*4 + 3*4 // of one whose texts are empty
)

// maxEntry bounds the size in bytes of an entry. What compiles to more is not
// kept, and a file that has more is not read.
const maxEntry = 64 << 20

// appendEntry appends an entry. ok is false where the result is not to be kept: it
// has no code, or is too big.
func appendEntry(dst []byte, k key, res backend.Result) (_ []byte, ok bool) {
	size := minEntry + len(res.Code)
	for i := range res.Warnings {
		w := &res.Warnings[i]
		size += warningBytes + len(w.Type) + len(w.Message) + len(w.Text)
	}
	if len(res.Code) == 0 || size > maxEntry {
		return dst, false
	}
	start := len(dst)
	dst = append(dst, entryMark...)
	dst = append(dst, make([]byte, sha256.Size)...)
	dst = append(dst, k[:]...)
	u32 := binary.LittleEndian.AppendUint32
	dst = u32(dst, uint32(len(res.Warnings)))
	for i := range res.Warnings {
		w := &res.Warnings[i]
		dst = append(dst, byte(w.Severity))
		for _, n := range [...]int{w.Line, w.Col, w.EndLine, w.EndCol} {
			dst = u32(dst, uint32(int32(n)))
		}
		for _, s := range [...]string{w.Type, w.Message, w.Text} {
			dst = append(u32(dst, uint32(len(s))), s...)
		}
	}
	dst = append(dst, res.Code...)
	sum := sha256.Sum256(dst[start+bodyStart:])
	copy(dst[start+len(entryMark):], sum[:])
	return dst, true
}

// errCut is of entries that say that they have more than they have.
var errCut = errors.New("it is cut short")

// parseEntry reads an entry that was asked for by k. The code is part of data.
func parseEntry(data []byte, k key) (res backend.Result, err error) {
	switch {
	case len(data) < minEntry:
		return res, errCut
	case len(data) > maxEntry:
		return res, errTooBig
	case string(data[:len(entryMark)]) != entryMark:
		return res, errors.New("it is no entry of this format")
	case sha256.Sum256(data[bodyStart:]) != [sha256.Size]byte(data[len(entryMark):bodyStart]):
		return res, errors.New("its digest is not that of its content")
	case !bytes.Equal(data[bodyStart:warningsAt], k[:]):
		return res, fmt.Errorf("it is the entry of another key, %x", data[bodyStart:warningsAt])
	}
	// Whoever computes a digest may have written the rest, too.
	r := reader{data[warningsAt:]}
	n, ok := r.u32()
	if !ok || int64(n)*warningBytes > int64(len(r.rest)) {
		return res, errCut
	}
	if n > 0 {
		res.Warnings = make([]diag.Diagnostic, n)
	}
	for i := range res.Warnings {
		if ok = r.warning(&res.Warnings[i]); !ok {
			return backend.Result{}, errCut
		}
	}
	if len(r.rest) == 0 {
		return backend.Result{}, errCut
	}
	res.Code, res.FromMemo = r.rest, true
	return res, nil
}

// reader takes bytes off the front of rest, if there are enough.
type reader struct{ rest []byte }

func (r *reader) take(n uint32) ([]byte, bool) {
	if uint64(n) > uint64(len(r.rest)) {
		return nil, false
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b, true
}

func (r *reader) u32() (uint32, bool) {
	b, ok := r.take(4)
	if !ok {
		return 0, false
	}
	return binary.LittleEndian.Uint32(b), true
}

func (r *reader) warning(w *diag.Diagnostic) bool {
	b, ok := r.take(1)
	if !ok || b[0] > byte(diag.Warning) {
		return false
	}
	w.Severity = diag.Severity(b[0])
	for _, n := range [...]*int{&w.Line, &w.Col, &w.EndLine, &w.EndCol} {
		v, ok := r.u32()
		if !ok {
			return false
		}
		*n = int(int32(v))
	}
	for _, s := range [...]*string{&w.Type, &w.Message, &w.Text} {
		n, ok := r.u32()
		if !ok {
			return false
		}
		b, ok := r.take(n)
		if !ok {
			return false
		}
		*s = string(b)
	}
	return true
}
