package dis

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/rules-precompile/precompile/precompile/internal/opcode"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// caches are the goldens' code objects as .pyc files, by name and version.
func caches(t testing.TB) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for minor := opcode.MinMinor; minor <= opcode.MaxMinor; minor++ {
		_, b := golden(t, minor)
		magic, _ := pyc.MagicOf(pyc.Version{Major: 3, Minor: minor})
		header := pyc.NewHeader(magic, pyc.CheckedHash, nil, pyc.SourceStamp{}).Append(nil)
		err := stream(bytes.NewReader(b), func(code, _ []byte) error {
			name := fmt.Sprintf("3.%d/%d", minor, len(out))
			out[name] = append(header[:len(header):len(header)], code...)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// readAll reads a file and shows everything of it, in both forms.
func readAll(b []byte) (int64, error) {
	f, err := Read(b)
	if f == nil {
		return 0, err
	}
	var n counter
	if e := WriteText(&n, f, Options{Dis: true, ShowCaches: true, Offsets: true}); e != nil {
		return 0, e
	}
	if e := WriteText(&n, f, Options{Dis: true, Positions: true, Color: true}); e != nil {
		return 0, e
	}
	if e := WriteJSON(&n, "x", f, err, Options{Dis: true, ShowCaches: true}); e != nil {
		return 0, e
	}
	return int64(n), err
}

type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

var _ io.Writer = (*counter)(nil)

// truncate reads every stepth prefix of b, all of which must be errors.
func truncate(t *testing.T, name string, b []byte, step int) {
	t.Helper()
	for n := 0; n < len(b); n += step {
		if _, err := Read(b[:n]); err == nil {
			t.Errorf("%s: the first %d of %d bytes are no error", name, n, len(b))
		}
	}
	if _, err := readAll(b); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

func TestTruncations(t *testing.T) {
	for name, b := range caches(t) {
		truncate(t, name, b, 1+len(b)/200)
	}
}

// mutate changes b in one to eight places: bits, bytes, runs, lengths.
func mutate(r *rand.Rand, b []byte) []byte {
	b = append([]byte(nil), b...)
	for range 1 + r.IntN(8) {
		at := r.IntN(len(b))
		if r.IntN(20) > 0 && len(b) > 16 {
			at = 16 + r.IntN(len(b)-16)
		}
		switch r.IntN(5) {
		case 0:
			b[at] ^= 1 << r.IntN(8)
		case 1:
			b[at] = byte(r.IntN(256))
		case 2:
			b[at] = []byte{0, 1, 0x7f, 0x80, 0xff, 'c', 'r', '(', ')', 'N', 's', 'l', '>', '[', '{', 0xe3}[r.IntN(16)]
		case 3: // a length or an index of 4 bytes
			v := []uint32{0, 1, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, uint32(len(b))}[r.IntN(8)]
			for i := 0; i < 4 && at+i < len(b); i++ {
				b[at+i] = byte(v >> (8 * i))
			}
		default: // a run from elsewhere
			from, n := r.IntN(len(b)), 1+r.IntN(40)
			copy(b[at:], b[from:min(from+n, len(b))])
		}
	}
	return b
}

// mutations reads n seeded mutations of the caches, which must end in an error
// or a result, in bounded time and memory.
func mutations(t *testing.T, all map[string][]byte, n int) {
	t.Helper()
	names := slices.Sorted(maps.Keys(all))
	var (
		slowest       time.Duration
		good          int
		before, after runtime.MemStats
		most          float64
		mostOf        string
	)
	for i := range n {
		name := names[i%len(names)]
		b := mutate(rand.New(rand.NewPCG(1, uint64(i))), all[name])
		// What is allocated in all bounds what is held at any time. Asking for
		// it stops the world, so not every time.
		sampled := i%16 == 0
		if sampled {
			runtime.ReadMemStats(&before)
		}
		start := time.Now()
		err := show1(b)
		took := time.Since(start)
		if sampled {
			runtime.ReadMemStats(&after)
			used := float64(int64(after.TotalAlloc-before.TotalAlloc)-allowance) / float64(len(b))
			if used > most {
				most, mostOf = used, fmt.Sprintf("mutation %d of %s", i, name)
			}
		}
		// A machine that does something else can make anything slow: what is slow
		// is so each time.
		for range 3 {
			if took <= time.Second {
				break
			}
			start = time.Now()
			show1(b)
			took = min(took, time.Since(start))
		}
		slowest = max(slowest, took)
		if took > time.Second {
			t.Errorf("%s, mutation %d: took %v", name, i, took)
		}
		if err == nil {
			good++
		}
	}
	if most > 10 {
		t.Errorf("%s takes %.1f times the input in memory", mostOf, most)
	}
	t.Logf("%d mutations of %d caches: %d still readable, the slowest took %v, the most allocated is %.1f times the input (%s)",
		n, len(all), good, slowest, most, mostOf)
}

// allowance is what buffers of fixed size take, however short the input: the
// output's and the first blocks of the reader's.
const allowance = 64 << 10

// show1 reads a file and writes it as precompile inspect does.
func show1(b []byte) error {
	f, err := Read(b)
	if f != nil {
		var c counter
		WriteText(&c, f, Options{Dis: true, ShowCaches: true, Offsets: true})
	}
	return err
}

func TestMutations(t *testing.T) { mutations(t, caches(t), 1500) }

// FuzzRead: whatever the bytes, reading and showing them ends.
func FuzzRead(f *testing.F) {
	for _, b := range caches(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) { readAll(b) })
}
