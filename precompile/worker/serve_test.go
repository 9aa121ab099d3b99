package worker

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protowire"
)

// encoding is the build system's side of a codec.
type encoding struct {
	name string
	// request appends an encoded request.
	request func(dst []byte, r WorkRequest) []byte
	// response reads the next answer; io.EOF at the end.
	response func(*bufio.Reader) (WorkResponse, error)
}

func encodings() []encoding {
	return []encoding{
		{"JSON", func(dst []byte, r WorkRequest) []byte {
			// As Bazel prints it: absent defaults, and fields that are not read here.
			m := map[string]any{"inputs": []any{map[string]string{"path": "a.py", "digest": "AAAA"}}, "unknownField": []int{1}}
			if len(r.Arguments) > 0 {
				m["arguments"] = r.Arguments
			}
			if r.RequestID != 0 {
				m["requestId"] = r.RequestID
			}
			if r.Cancel {
				m["cancel"] = true
			}
			if r.SandboxDir != "" {
				m["sandboxDir"] = r.SandboxDir
			}
			b, err := json.Marshal(m)
			if err != nil {
				panic(err)
			}
			return append(append(dst, b...), '\n')
		}, func(r *bufio.Reader) (resp WorkResponse, err error) {
			line, err := r.ReadBytes('\n')
			if err != nil {
				if err == io.EOF && len(line) > 0 {
					err = fmt.Errorf("half an answer: %q", line)
				}
				return resp, err
			}
			d := json.NewDecoder(bytes.NewReader(line))
			d.DisallowUnknownFields()
			return resp, d.Decode(&resp)
		}},
		{"proto", func(dst []byte, r WorkRequest) []byte {
			var m []byte
			for _, a := range r.Arguments {
				m = protowire.AppendString(protowire.AppendTag(m, 1, protowire.BytesType), a)
			}
			m = protowire.AppendString(protowire.AppendTag(m, 2, protowire.BytesType), "\n\x04a.py")
			if r.RequestID != 0 {
				m = protowire.AppendVarint(protowire.AppendTag(m, 3, protowire.VarintType), uint64(r.RequestID))
			}
			if r.Cancel {
				m = protowire.AppendVarint(protowire.AppendTag(m, 4, protowire.VarintType), 1)
			}
			if r.SandboxDir != "" {
				m = protowire.AppendString(protowire.AppendTag(m, 6, protowire.BytesType), r.SandboxDir)
			}
			m = protowire.AppendVarint(protowire.AppendTag(m, 99, protowire.VarintType), 7)
			return append(protowire.AppendVarint(dst, uint64(len(m))), m...)
		}, func(r *bufio.Reader) (resp WorkResponse, err error) {
			if _, err := r.Peek(1); err != nil {
				return resp, err
			}
			var n uint64
			for shift := 0; ; shift += 7 {
				b, err := r.ReadByte()
				if err != nil {
					return resp, fmt.Errorf("half a length: %w", err)
				}
				if n |= uint64(b&0x7f) << shift; b < 0x80 {
					break
				}
			}
			m := make([]byte, n)
			if _, err := io.ReadFull(r, m); err != nil {
				return resp, fmt.Errorf("half an answer: %w", err)
			}
			for len(m) > 0 {
				num, typ, k := protowire.ConsumeTag(m)
				if k < 0 {
					return resp, protowire.ParseError(k)
				}
				m = m[k:]
				if num == 2 && typ == protowire.BytesType {
					s, k := protowire.ConsumeString(m)
					if k < 0 {
						return resp, protowire.ParseError(k)
					}
					resp.Output, m = s, m[k:]
					continue
				}
				v, k := protowire.ConsumeVarint(m)
				if typ != protowire.VarintType || k < 0 {
					return resp, fmt.Errorf("field %d of type %d", num, typ)
				}
				m = m[k:]
				switch num {
				case 1:
					resp.ExitCode = int32(v)
				case 3:
					resp.RequestID = int32(v)
				case 4:
					resp.WasCancelled = v != 0
				default:
					return resp, fmt.Errorf("field %d in an answer", num)
				}
			}
			return resp, nil
		}},
	}
}

// answers reads all of them.
func (e encoding) answers(t *testing.T, b []byte) []WorkResponse {
	t.Helper()
	var out []WorkResponse
	r := bufio.NewReader(bytes.NewReader(b))
	for {
		resp, err := e.response(r)
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatalf("after %d answers: %v", len(out), err)
		}
		out = append(out, resp)
	}
}

func each(t *testing.T, f func(t *testing.T, e encoding)) {
	for _, e := range encodings() {
		t.Run(e.name, func(t *testing.T) { f(t, e) })
	}
}

// echo answers with the request's arguments; "panic" panics, "wait" waits for
// the end of the request.
func echo(ctx context.Context, r WorkRequest) (int, string) {
	text := strings.Join(r.Arguments, " ")
	switch text {
	case "panic":
		panic("at the disco")
	case "wait":
		<-ctx.Done()
		return 1, "waited"
	}
	return len(r.Arguments), text + r.SandboxDir
}

func TestServe(t *testing.T) {
	each(t, func(t *testing.T, e encoding) {
		var in []byte
		long := strings.Repeat("x", 3<<20)
		for id := int32(1); id <= 2000; id++ {
			r := WorkRequest{RequestID: id, Arguments: []string{fmt.Sprint("number ", id)}, SandboxDir: "/box"}
			switch id % 500 {
			case 1:
				r = WorkRequest{RequestID: id, Arguments: []string{"panic"}}
			case 2:
				r = WorkRequest{RequestID: id, Arguments: []string{long}}
			case 3:
				in = e.request(in, WorkRequest{RequestID: id, Arguments: []string{"wait"}})
				r = WorkRequest{RequestID: id, Cancel: true}
			case 4:
				in = e.request(in, WorkRequest{RequestID: id + 100000, Cancel: true}) // of nothing
			}
			in = e.request(in, r)
		}
		var out bytes.Buffer
		s := Server{Handle: echo}
		if err := s.Serve(context.Background(), bytes.NewReader(in), &out); err != nil {
			t.Fatal(err)
		}
		seen := map[int32]bool{}
		for _, a := range e.answers(t, out.Bytes()) {
			if seen[a.RequestID] {
				t.Errorf("request %d was answered twice", a.RequestID)
			}
			seen[a.RequestID] = true
			want := WorkResponse{ExitCode: 1, RequestID: a.RequestID, Output: fmt.Sprint("number ", a.RequestID, "/box")}
			switch a.RequestID % 500 {
			case 1:
				want = WorkResponse{ExitCode: ExitInternal, RequestID: a.RequestID, Output: "precompile: internal error: at the disco\n"}
			case 2:
				want.Output = long
			case 3:
				want = WorkResponse{RequestID: a.RequestID, WasCancelled: true}
			}
			if a != want {
				t.Fatalf("request %d was answered with %.200v, want %.200v", a.RequestID, a, want)
			}
		}
		if len(seen) != 2000 {
			t.Errorf("%d requests were answered, want 2000", len(seen))
		}
	})
}

// Singleplex requests have no id, and one may be cancelled as well.
func TestServeSingleplex(t *testing.T) {
	each(t, func(t *testing.T, e encoding) {
		r, w := io.Pipe()
		out, answer := io.Pipe()
		ended := make(chan error)
		go func() {
			ended <- Server{Handle: echo}.Serve(context.Background(), r, answer)
			answer.Close()
		}()
		answers := bufio.NewReader(out)
		for n := range 50 {
			req, want := WorkRequest{Arguments: []string{fmt.Sprint(n)}}, WorkResponse{ExitCode: 1, Output: fmt.Sprint(n)}
			if n%10 == 9 {
				req, want = WorkRequest{Arguments: []string{"wait"}}, WorkResponse{WasCancelled: true}
			}
			msg := e.request(nil, req)
			if n%10 == 9 {
				msg = e.request(msg, WorkRequest{Cancel: true})
			}
			if _, err := w.Write(msg); err != nil {
				t.Fatal(err)
			}
			if a, err := e.response(answers); err != nil || a != want {
				t.Fatalf("request %d: %v, %v; want %v", n, a, err, want)
			}
		}
		w.Close()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// However the input ends, what was whole is answered first.
func TestServeBrokenInput(t *testing.T) {
	each(t, func(t *testing.T, e encoding) {
		whole := e.request(nil, WorkRequest{RequestID: 5, Arguments: []string{"a"}})
		for name, tail := range map[string]string{
			"nothing":       "",
			"half":          string(whole[:len(whole)/2]),
			"garbage":       "\x05\xff\xff\xff\xff\xff\n",
			"a huge length": "\xff\xff\xff\xff\x7f",
			"no end":        strings.Repeat("\xff", 11),
		} {
			var out bytes.Buffer
			err := Server{Handle: echo}.Serve(context.Background(), strings.NewReader(string(whole)+tail), &out)
			if (err == nil) != (tail == "") {
				t.Errorf("%s: error %v", name, err)
			}
			if a := e.answers(t, out.Bytes()); len(a) != 1 || a[0] != (WorkResponse{ExitCode: 1, RequestID: 5, Output: "a"}) {
				t.Errorf("%s: answers %v", name, a)
			}
		}
	})
}

func TestServeEnds(t *testing.T) {
	each(t, func(t *testing.T, e encoding) {
		r, w := io.Pipe()
		defer w.Close()
		ctx, cancel := context.WithCancel(context.Background())
		var out bytes.Buffer
		ended, begun := make(chan error, 1), make(chan struct{})
		handle := func(ctx context.Context, r WorkRequest) (int, string) {
			close(begun)
			return echo(ctx, r)
		}
		go func() { ended <- Server{Handle: handle}.Serve(ctx, r, &out) }()
		if _, err := w.Write(e.request(nil, WorkRequest{RequestID: 1, Arguments: []string{"wait"}})); err != nil {
			t.Fatal(err)
		}
		<-begun
		cancel()
		select {
		case err := <-ended:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
		case <-time.After(time.Minute):
			t.Fatal("Serve goes on after the end of its context")
		}
		for _, a := range e.answers(t, out.Bytes()) {
			if !a.WasCancelled {
				t.Errorf("answer %v", a)
			}
		}
	})
}

// When nobody takes the answers any more, the rest is not done.
func TestServeBrokenOutput(t *testing.T) {
	each(t, func(t *testing.T, e encoding) {
		in := e.request(nil, WorkRequest{RequestID: 1, Arguments: []string{"a"}})
		for id := range int32(100) {
			in = e.request(in, WorkRequest{RequestID: id + 2, Arguments: []string{"wait"}})
		}
		r, out := io.Pipe()
		r.CloseWithError(errors.New("gone"))
		err := Server{Handle: echo}.Serve(context.Background(), bytes.NewReader(in), out)
		if err == nil || !strings.Contains(err.Error(), "writing a work response: gone") {
			t.Errorf("error %v", err)
		}
	})
}

// A request that comes again while it is under way gets one answer.
func TestServeDuplicate(t *testing.T) {
	each(t, func(t *testing.T, e encoding) {
		in := e.request(nil, WorkRequest{RequestID: 1, Arguments: []string{"wait"}})
		in = e.request(in, WorkRequest{RequestID: 1, Arguments: []string{"a"}})
		in = e.request(in, WorkRequest{RequestID: 1, Cancel: true})
		var out bytes.Buffer
		var logged []string
		s := Server{Handle: echo, Log: func(l string) { logged = append(logged, l) }}
		if err := s.Serve(context.Background(), bytes.NewReader(in), &out); err != nil {
			t.Fatal(err)
		}
		if a := e.answers(t, out.Bytes()); len(a) != 1 || !a[0].WasCancelled || len(logged) != 1 {
			t.Errorf("answers %v, log %q", a, logged)
		}
	})
}

// No more requests are held at once than MaxPending.
func TestServeIsBounded(t *testing.T) {
	var now, most atomic.Int64
	var mu sync.Mutex
	handle := func(context.Context, WorkRequest) (int, string) {
		n := now.Add(1)
		mu.Lock()
		most.Store(max(most.Load(), n))
		mu.Unlock()
		time.Sleep(time.Millisecond)
		now.Add(-1)
		return 0, ""
	}
	e := encodings()[0]
	var in []byte
	for id := range int32(4 * MaxPending) {
		in = e.request(in, WorkRequest{RequestID: id + 1})
	}
	if err := (Server{Handle: handle}).Serve(context.Background(), bytes.NewReader(in), io.Discard); err != nil {
		t.Fatal(err)
	}
	if n := most.Load(); n > MaxPending {
		t.Errorf("%d requests were under way at once, want at most %d", n, MaxPending)
	}
}

// The encoding is told from the first bytes for every length of a first proto
// message, that of "{" included.
func TestDetect(t *testing.T) {
	proto := encodings()[1]
	for _, r := range []WorkRequest{{RequestID: 1}, {Cancel: true, RequestID: 2}, {SandboxDir: "x"}, {}} {
		for n := range 300 {
			r.Arguments = []string{strings.Repeat("a", n)}
			for _, b := range [][]byte{proto.request(nil, r), protoBare(r)} {
				c, err := detect(bufio.NewReader(bytes.NewReader(b)))
				if _, ok := c.(protoCodec); !ok || err != nil {
					t.Fatalf("% x was taken for %T, %v", b[:3], c, err)
				}
			}
		}
	}
	for _, s := range []string{"{}", "{ }", `{"requestId":1}`, "\n{}", " {}", "{\t}", "{", `{ "arguments":[]}`} {
		c, err := detect(bufio.NewReader(strings.NewReader(s)))
		if _, ok := c.(jsonCodec); !ok || err != nil {
			t.Errorf("%q was taken for %T, %v", s, c, err)
		}
	}
}

// protoBare is a message whose id and cancel come first.
func protoBare(r WorkRequest) []byte {
	var m []byte
	if r.Cancel {
		m = append(m, 0x20, 1)
	}
	m = protowire.AppendVarint(append(m, 0x18), uint64(r.RequestID))
	for _, a := range r.Arguments {
		m = protowire.AppendString(append(m, 0x0a), a)
	}
	return append(protowire.AppendVarint(nil, uint64(len(m))), m...)
}

func FuzzServe(f *testing.F) {
	for _, e := range encodings() {
		f.Add(e.request(e.request(nil, WorkRequest{RequestID: 1, Arguments: []string{"a"}}), WorkRequest{RequestID: 1, Cancel: true}))
	}
	f.Add([]byte("{\"requestId\":1}\n{\"requestId\":2147483648}\n"))
	f.Fuzz(func(t *testing.T, in []byte) {
		handle := func(context.Context, WorkRequest) (int, string) { return 0, "" }
		_ = Server{Handle: handle}.Serve(context.Background(), bytes.NewReader(in), io.Discard)
	})
}
