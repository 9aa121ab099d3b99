package worker

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// The binary form of protobuf, as far as the two messages of the worker protocol need
// it (https://protobuf.dev/programming-guides/encoding/). It is written here, since the
// library reads the whole program's file when a program starts that has it, a worker or not.
// A test compares the two.

// wireType says how a field's value is encoded.
type wireType uint64

const (
	wireVarint wireType = iota
	wireFixed64
	wireBytes
	wireStartGroup
	wireEndGroup
	wireFixed32
)

const (
	// maxField is the greatest number of a field that readers take. None above
	// 1<<29 - 1 may be defined.
	maxField = math.MaxInt32
	// maxGroupDepth bounds groups in each other, as protobuf's own readers do.
	maxGroupDepth = 10000
)

// errUnknownField is what parseProto says of a message that is well-formed but
// has more than the fields of WorkRequest. A reader passes over them.
var errUnknownField = errors.New("unknown field")

// parseProto reads a WorkRequest. The field numbers are those of
// worker_protocol.proto: 1 arguments, 2 inputs, 3 request_id, 4 cancel,
// 5 verbosity, 6 sandbox_dir.
func parseProto(b []byte) (WorkRequest, error) {
	var req WorkRequest
	var unknown error
	m := message(b)
	for len(m) > 0 {
		num, typ, err := m.tag()
		if err != nil {
			return req, err
		}
		switch {
		case (num == 1 || num == 6) && typ == wireBytes:
			v, err := m.bytes()
			if err != nil {
				return req, err
			}
			if num == 1 {
				req.Arguments = append(req.Arguments, string(v))
			} else {
				req.SandboxDir = string(v)
			}
		case (num == 3 || num == 4 || num == 5) && typ == wireVarint:
			v, err := m.varint()
			if err != nil {
				return req, err
			}
			switch num {
			case 3:
				req.RequestID = int32(v)
			case 4:
				req.Cancel = v != 0
			case 5:
				req.Verbosity = int32(v)
			}
		default:
			if err := m.skip(num, typ, maxGroupDepth); err != nil {
				return req, err
			}
			if num != 2 || typ != wireBytes {
				unknown = fmt.Errorf("%w %d", errUnknownField, num)
			}
		}
	}
	return req, unknown
}

// message is what is still to be read of a message.
type message []byte

func (m *message) varint() (uint64, error) {
	v, n := binary.Uvarint(*m)
	switch {
	case n == 0:
		return 0, io.ErrUnexpectedEOF
	case n < 0:
		return 0, errors.New("a varint of more than 64 bits")
	}
	*m = (*m)[n:]
	return v, nil
}

// tag reads what stands before each value.
func (m *message) tag() (num uint64, typ wireType, err error) {
	v, err := m.varint()
	if err != nil {
		return 0, 0, err
	}
	if num, typ = v>>3, wireType(v&7); num == 0 || num > maxField {
		return 0, 0, fmt.Errorf("a field with the number %d", num)
	}
	return num, typ, nil
}

// bytes reads a value that stands behind its length.
func (m *message) bytes() ([]byte, error) {
	n, err := m.varint()
	if err != nil {
		return nil, err
	}
	return m.take(n)
}

func (m *message) take(n uint64) ([]byte, error) {
	if n > uint64(len(*m)) {
		return nil, io.ErrUnexpectedEOF
	}
	b := (*m)[:n]
	*m = (*m)[n:]
	return b, nil
}

// skip passes over a value.
func (m *message) skip(num uint64, typ wireType, depth int) (err error) {
	switch typ {
	case wireVarint:
		_, err = m.varint()
	case wireFixed64:
		_, err = m.take(8)
	case wireFixed32:
		_, err = m.take(4)
	case wireBytes:
		_, err = m.bytes()
	case wireStartGroup:
		if depth == 0 {
			return errors.New("too many groups in each other")
		}
		for {
			inner, typ, err := m.tag()
			switch {
			case err != nil:
				return err
			case typ == wireEndGroup && inner == num:
				return nil
			case typ == wireEndGroup:
				return fmt.Errorf("group %d ends within group %d", inner, num)
			}
			if err := m.skip(inner, typ, depth-1); err != nil {
				return err
			}
		}
	default:
		err = fmt.Errorf("field %d has the type %d", num, typ)
	}
	return err
}

func (protoCodec) append(dst []byte, r WorkResponse) []byte {
	number := func(m []byte, num int, v int32) []byte {
		if v == 0 {
			return m // the default, which is not written
		}
		return binary.AppendUvarint(appendTag(m, num, wireVarint), uint64(int64(v)))
	}
	m := number(nil, 1, r.ExitCode)
	if r.Output != "" {
		m = binary.AppendUvarint(appendTag(m, 2, wireBytes), uint64(len(r.Output)))
		m = append(m, r.Output...)
	}
	m = number(m, 3, r.RequestID)
	if r.WasCancelled {
		m = number(m, 4, 1)
	}
	return append(binary.AppendUvarint(dst, uint64(len(m))), m...)
}

func appendTag(m []byte, num int, typ wireType) []byte {
	return binary.AppendUvarint(m, uint64(num)<<3|uint64(typ))
}
