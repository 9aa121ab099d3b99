package cpython

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/rules-precompile/precompile/precompile/diag"
)

// The frames. All integers are 32 bits, unsigned, little-endian.
//
//	request   "PcQ1" id optimize seconds more len(filename) len(source) filename source
//	reply     "PcA1" id len(body) body
//	body      'C' count records… code    compiled: remarks, then the marshalled code
//	body      'F' record                 the source is at fault
//	record    line col endline endcol text(kind) text(message) text(source line)
//	text      length, then that many bytes of UTF-8
//
// seconds is when the worker ends itself if it is still compiling then. Requests
// come in batches (batch.go): more is how many follow in this one. The worker
// writes the replies, in the order of the requests, when it has read and answered
// the last of them, so that no two ends of pipes that are full wait for each other.
// A worker that has started first sends one line of ASCII, the greeting (probe.go).
const (
	requestMagic = "PcQ1"
	replyMagic   = "PcA1"
	requestHead  = 28
	replyHead    = 12

	bodyCode  = 'C'
	bodyFault = 'F'

	// maxSource is the longest source that CPython takes: its compiler counts
	// bytes in a C int.
	maxSource   = 1<<31 - 1
	maxFilename = 1 << 16
	// A reply may be replySlack plus replyFactor times the source. Real ones
	// stay below twice their source, but the compiler may fold "a"*4096 into
	// 4096 characters.
	replySlack  = 64 << 20
	replyFactor = 1024
	maxRemarks  = 1000
)

// errGarbled is what a worker sent that is no reply.
var errGarbled = errors.New("garbled reply")

type request struct {
	id       uint32
	optimize int
	seconds  int
	more     int
	filename string
	source   []byte
}

// appendHead appends all of the request but its source.
func (r *request) appendHead(dst []byte) []byte {
	dst = append(dst, requestMagic...)
	for _, n := range [...]int{int(r.id), r.optimize, r.seconds, r.more, len(r.filename), len(r.source)} {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(n))
	}
	return append(dst, r.filename...)
}

// readReply reads the reply to request id into buf, which it may replace by a
// larger one, and returns its body. The body is allocated as it arrives: a
// length is not believed before there are bytes to show for it.
func readReply(r *bufio.Reader, id uint32, limit int64, buf []byte) ([]byte, error) {
	var head [replyHead]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	if string(head[:4]) != replyMagic {
		return nil, fmt.Errorf("%w: starts with %q", errGarbled, head[:4])
	}
	if got := binary.LittleEndian.Uint32(head[4:]); got != id {
		return nil, fmt.Errorf("%w: answers request %d, not %d", errGarbled, got, id)
	}
	n := int64(binary.LittleEndian.Uint32(head[8:]))
	if n > limit {
		return nil, fmt.Errorf("%w: %d bytes, more than the limit of %d", errGarbled, n, limit)
	}
	const step = 4 << 20
	buf = buf[:0]
	for int64(len(buf)) < n {
		next := min(n, int64(max(cap(buf), len(buf)+step)))
		if int64(cap(buf)) < next {
			bigger := make([]byte, len(buf), max(next, min(n, 2*int64(cap(buf)))))
			copy(bigger, buf)
			buf = bigger
		}
		have := len(buf)
		buf = buf[:next]
		if _, err := io.ReadFull(r, buf[have:]); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
	}
	return buf, nil
}

// parseBody splits the body of a reply. The code is a part of body.
func parseBody(body []byte) (code []byte, remarks []diag.Diagnostic, fault *diag.Diagnostic, err error) {
	if len(body) == 0 {
		return nil, nil, nil, fmt.Errorf("%w: empty", errGarbled)
	}
	d := decoder{rest: body[1:]}
	switch body[0] {
	case bodyFault:
		f := d.diagnostic(diag.Error)
		if d.bad || len(d.rest) > 0 || f.Type == "" {
			return nil, nil, nil, fmt.Errorf("%w: a fault that cannot be read", errGarbled)
		}
		return nil, nil, &f, nil
	case bodyCode:
		n := d.number()
		if n > maxRemarks {
			return nil, nil, nil, fmt.Errorf("%w: %d remarks", errGarbled, n)
		}
		for i := uint32(0); i < n && !d.bad; i++ {
			remarks = append(remarks, d.diagnostic(diag.Warning))
		}
		if d.bad || len(d.rest) == 0 {
			return nil, nil, nil, fmt.Errorf("%w: code that cannot be read", errGarbled)
		}
		return d.rest, remarks, nil, nil
	}
	return nil, nil, nil, fmt.Errorf("%w: a body of kind %q", errGarbled, body[0])
}

// decoder takes numbers and texts off the front of rest. After a failure it is
// bad and gives zero values.
type decoder struct {
	rest []byte
	bad  bool
}

func (d *decoder) number() uint32 {
	if len(d.rest) < 4 {
		d.bad, d.rest = true, nil
		return 0
	}
	n := binary.LittleEndian.Uint32(d.rest)
	d.rest = d.rest[4:]
	return n
}

// position is a number that is a line or a column; what does not fit is none.
func (d *decoder) position() int {
	n := d.number()
	if n > 1<<31-1 {
		return 0
	}
	return int(n)
}

func (d *decoder) text() string {
	n := d.number()
	if uint64(n) > uint64(len(d.rest)) {
		d.bad, d.rest = true, nil
		return ""
	}
	s := string(d.rest[:n])
	d.rest = d.rest[n:]
	// Lone surrogates come as Python's surrogatepass writes them.
	return strings.ToValidUTF8(s, "\uFFFD")
}

func (d *decoder) diagnostic(s diag.Severity) diag.Diagnostic {
	g := diag.Diagnostic{Severity: s}
	g.Line, g.Col, g.EndLine, g.EndCol = d.position(), d.position(), d.position(), d.position()
	g.Type, g.Message, g.Text = d.text(), d.text(), d.text()
	return g
}
