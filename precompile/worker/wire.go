package worker

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// MaxRequestSize bounds one encoded request, in bytes. Bazel sends the whole
// input list with each, so that many megabytes are ordinary.
const MaxRequestSize = 256 << 20

// WorkRequest is blaze.worker.WorkRequest, without the inputs' digests: what is
// read is read from the files.
type WorkRequest struct {
	Arguments  []string `json:"arguments"`
	RequestID  int32    `json:"requestId"`
	Cancel     bool     `json:"cancel"`
	Verbosity  int32    `json:"verbosity"`
	SandboxDir string   `json:"sandboxDir"`
}

// WorkResponse is blaze.worker.WorkResponse.
type WorkResponse struct {
	ExitCode     int32  `json:"exitCode"`
	Output       string `json:"output"`
	RequestID    int32  `json:"requestId"`
	WasCancelled bool   `json:"wasCancelled"`
}

// codec is one encoding of the message stream.
type codec interface {
	// read returns the next request; io.EOF at a clean end of input,
	// io.ErrUnexpectedEOF within a message.
	read(*bufio.Reader) (WorkRequest, error)
	// append appends the encoded response to dst.
	append(dst []byte, r WorkResponse) []byte
}

// detect tells the encoding from the first bytes, without consuming them and
// without waiting for more than the peer must have sent.
//
// A JSON stream starts with "{", a proto stream with the length of its first
// message as a varint, and 123 is "{": only then is there a doubt. A JSON
// object goes on with a quote, a brace or blanks, a WorkRequest with the tag of
// one of its fields. Of these only 0x20, the tag of cancel and the space, is
// both; then cancel's value, 0 or 1, is no JSON. (0x0a, the tag of arguments, is
// a newline too, but a newline within an object is not newline-delimited JSON.)
func detect(r *bufio.Reader) (codec, error) {
	b, err := r.Peek(1)
	if err != nil {
		return nil, err
	}
	switch b[0] {
	case ' ', '\t', '\r', '\n':
		// The length of a message, or a blank before "{", which is no tag of a
		// WorkRequest's field.
		if b, err = r.Peek(2); err == nil && b[1] != '{' {
			return protoCodec{}, nil
		}
		return jsonCodec{}, nil
	case '{':
	default:
		return protoCodec{}, nil
	}
	if b, err = r.Peek(2); err != nil {
		return jsonCodec{}, nil // half a message in either; the reader will say so
	}
	switch b[1] {
	case '"', '}', '\t', '\r':
		return jsonCodec{}, nil
	case ' ':
		if b, err = r.Peek(3); err != nil || b[2] > 1 {
			return jsonCodec{}, nil
		}
	}
	return protoCodec{}, nil
}

// jsonCodec is one JSON object a line, in protobuf's JSON mapping: camelCase
// names, defaults absent, unknown fields passed over.
type jsonCodec struct{}

func (jsonCodec) read(r *bufio.Reader) (WorkRequest, error) {
	for {
		line, err := readLine(r)
		if err == io.EOF && len(bytes.TrimSpace(line)) > 0 {
			// The last line may lack its newline, if it is whole.
			if !json.Valid(line) {
				return WorkRequest{}, io.ErrUnexpectedEOF
			}
			err = nil
		}
		if err != nil {
			return WorkRequest{}, err
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		var req WorkRequest
		if err := json.Unmarshal(line, &req); err != nil {
			return WorkRequest{}, fmt.Errorf("a line that is no WorkRequest: %w", err)
		}
		return req, nil
	}
}

// readLine reads to the next newline, however long the line is up to
// MaxRequestSize. At the end of input it returns what there was and io.EOF.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		chunk, err := r.ReadSlice('\n')
		if len(line)+len(chunk) > MaxRequestSize {
			return nil, fmt.Errorf("a request of more than %d bytes", MaxRequestSize)
		}
		line = append(line, chunk...)
		if err != bufio.ErrBufferFull {
			return line, err
		}
	}
}

func (jsonCodec) append(dst []byte, r WorkResponse) []byte {
	b, err := json.Marshal(r)
	if err != nil {
		panic(err) // a struct of strings and numbers always encodes
	}
	return append(append(dst, b...), '\n')
}

// protoCodec is messages of protobuf's binary form, each behind its length as a
// varint (writeDelimitedTo).
type protoCodec struct{}

func (protoCodec) read(r *bufio.Reader) (WorkRequest, error) {
	if _, err := r.Peek(1); err != nil {
		return WorkRequest{}, err
	}
	n, err := binary.ReadUvarint(r)
	if err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return WorkRequest{}, err
	}
	if n > MaxRequestSize {
		return WorkRequest{}, fmt.Errorf("a request of %d bytes; the limit is %d", n, MaxRequestSize)
	}
	// Grown as bytes arrive, so that a length alone costs no memory.
	var buf bytes.Buffer
	if _, err := io.CopyN(&buf, r, int64(n)); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return WorkRequest{}, err
	}
	req, err := parseProto(buf.Bytes())
	if errors.Is(err, errUnknownField) {
		err = nil
	}
	if err != nil {
		return WorkRequest{}, fmt.Errorf("a message that is no WorkRequest: %w", err)
	}
	return req, nil
}
