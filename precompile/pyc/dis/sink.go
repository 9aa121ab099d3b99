package dis

import "io"

// sink gathers output in one buffer, which the writers append to, and hands it
// on in large pieces.
type sink struct {
	w   io.Writer
	b   []byte
	err error
}

const sinkSize = 1 << 15

// flushed is called where a line ends.
func (s *sink) flushed() {
	if len(s.b) >= sinkSize {
		s.flush()
	}
}

func (s *sink) flush() error {
	if s.err == nil && len(s.b) > 0 {
		_, s.err = s.w.Write(s.b)
	}
	s.b = s.b[:0]
	return s.err
}
