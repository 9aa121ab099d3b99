package cpython

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
)

// TestReadReplyBelievesNothing claims a long reply and sends little of it.
func TestReadReplyBelievesNothing(t *testing.T) {
	frame := replyMagic + "\x01\x00\x00\x00" + "\x00\x00\x00\x40" + "abc" // 1 GB
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := readReply(bufio.NewReader(strings.NewReader(frame)), 1, 1<<31, nil)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; !errors.Is(err, io.ErrUnexpectedEOF) || n > 16<<20 {
		t.Errorf("err = %v, and %d bytes were allocated", err, n)
	}
}

func TestReadReplyReusesItsBuffer(t *testing.T) {
	frame := replyMagic + "\x01\x00\x00\x00" + "\x03\x00\x00\x00" + "abc"
	buf := make([]byte, 0, 16)
	body, err := readReply(bufio.NewReader(strings.NewReader(frame)), 1, 100, buf)
	if err != nil || string(body) != "abc" || &body[0] != &buf[:1][0] {
		t.Errorf("body = %q, err = %v", body, err)
	}
	if _, err := readReply(bufio.NewReader(strings.NewReader(frame)), 1, 2, buf); !errors.Is(err, errGarbled) {
		t.Errorf("over the limit: err = %v", err)
	}
}

// FuzzParseBody: a body is never more than an error, and code is a part of it.
func FuzzParseBody(f *testing.F) {
	for _, s := range []string{
		"", "C", "C\x00\x00\x00\x00x", "C\xff\xff\xff\xff", "F", "X",
		"C\x01\x00\x00\x00" + strings.Repeat("\x00", 28) + "code",
		"F" + strings.Repeat("\x00", 16) + "\x01\x00\x00\x00E\x00\x00\x00\x00\x00\x00\x00\x00",
		"F" + strings.Repeat("\x00", 16) + "\xff\xff\xff\x7fE",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		code, remarks, fault, err := parseBody(body)
		switch {
		case err != nil:
			if !errors.Is(err, errGarbled) || code != nil || fault != nil {
				t.Errorf("err = %v, code %q, fault %v", err, code, fault)
			}
		case fault != nil:
			if fault.Type == "" {
				t.Error("a fault of no type")
			}
		default:
			if len(code) == 0 || !bytes.HasSuffix(body, code) || len(remarks) > maxRemarks {
				t.Errorf("code %q, %d remarks", code, len(remarks))
			}
		}
	})
}

// FuzzGreeting: whatever a program prints first is an interpreter or an error.
func FuzzGreeting(f *testing.F) {
	f.Add(goodGreeting + "\n")
	f.Add("precompile-worker 1\n")
	f.Add(strings.Repeat("x", 2*greetingMax))
	f.Fuzz(func(t *testing.T, s string) {
		i, err := readGreeting(bufio.NewReader(strings.NewReader(s)), "p")
		if err == nil {
			i.check()
		}
	})
}
