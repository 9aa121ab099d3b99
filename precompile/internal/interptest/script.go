package interptest

import (
	"bufio"
	"encoding/binary"
	"io"
	"os"
	"testing"
)

// Script is an interpreter that runs a test's own script, which answers one request
// after another: a byte that says what is asked and a text, to which a status byte and
// a text come back. A text stands behind its length, four bytes, the highest first.
//
// It serves one goroutine, and ends with the test.
type Script struct {
	Interpreter
	in  io.WriteCloser
	out *bufio.Reader
}

// NewScript starts the script at a path.
func NewScript(t testing.TB, i Interpreter, path string) *Script {
	t.Helper()
	cmd := i.Command(path)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait() // an answer that is missing has failed the test
	})
	return &Script{i, in, bufio.NewReaderSize(out, 1<<20)}
}

// Ask sends a request and returns the answer.
func (s *Script) Ask(t testing.TB, what byte, text []byte) (status byte, answer []byte) {
	t.Helper()
	head := binary.BigEndian.AppendUint32([]byte{what}, uint32(len(text)))
	if _, err := s.in.Write(append(head, text...)); err != nil {
		t.Fatal(err)
	}
	var size [5]byte
	if _, err := io.ReadFull(s.out, size[:]); err != nil {
		t.Fatal(err)
	}
	answer = make([]byte, binary.BigEndian.Uint32(size[1:]))
	if _, err := io.ReadFull(s.out, answer); err != nil {
		t.Fatal(err)
	}
	return size[0], answer
}
