package marshal_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rules-precompile/precompile/precompile/internal/proctime"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// within fails the test where f takes longer than any of these inputs may.
func within(t *testing.T, limit time.Duration, f func()) {
	t.Helper()
	start := proctime.Used()
	f()
	if d := proctime.Used() - start; d > proctime.Limit(limit) {
		t.Errorf("took %v, want at most %v", d, limit)
	}
}

func u32(n int) string { return string(binary.LittleEndian.AppendUint32(nil, uint32(n))) }

func TestDepth(t *testing.T) {
	p := profile(t, false, 13)
	ok := strings.Repeat(")\x01", marshal.MaxDepth-1) + "N"
	if _, err := marshal.Unmarshal([]byte(ok), p); err != nil {
		t.Errorf("%d levels: %v", marshal.MaxDepth, err)
	}
	deep := ")\x01" + ok
	var syntax *marshal.SyntaxError
	if _, err := marshal.Unmarshal([]byte(deep), p); !errors.As(err, &syntax) || syntax.Offset != 2*marshal.MaxDepth {
		t.Errorf("%d levels: %v", marshal.MaxDepth+1, err)
	}
	within(t, 5*time.Second, func() {
		if _, err := marshal.Unmarshal([]byte(strings.Repeat("[\x01\x00\x00\x00", 1<<20)), p); err == nil {
			t.Error("a million levels were read")
		}
	})
}

// Sharing makes a graph deep that no stream is: each tuple holds the one before.
func TestDeepBySharing(t *testing.T) {
	for _, minor := range []int{10, 13} {
		p := profile(t, false, minor)
		const n = 50000
		var b bytes.Buffer
		b.WriteString("[" + u32(n) + "\xa9\x00")
		for i := 1; i < n; i++ {
			b.WriteString("\xa9\x01r" + u32(i-1))
		}
		within(t, 10*time.Second, func() {
			v, err := marshal.Unmarshal(b.Bytes(), p)
			if err != nil {
				t.Fatal(err)
			}
			if out, err := marshal.Append(nil, v, p); err != nil || !bytes.Equal(out, b.Bytes()) {
				t.Errorf("round trip: %v", err)
			}
			if _, err := marshal.Canonical(b.Bytes(), p); err != nil && !errors.Is(err, marshal.ErrTooDeep) {
				t.Errorf("Canonical: %v", err)
			}
			other := append([]byte(nil), b.Bytes()...)
			other[len(other)-4]--
			if _, err := marshal.Compare(b.Bytes(), other, p); err != nil && !errors.Is(err, marshal.ErrTooDeep) {
				t.Errorf("Compare: %v", err)
			}
		})
	}
}

// A few hundred bytes that unfold to 2^100 objects.
func TestUnfolding(t *testing.T) {
	for _, kind := range []string{"\xa9\x02", "\xbe" + u32(2), "\xdb" + u32(2)} {
		for _, minor := range []int{10, 11, 13, 15} {
			p := profile(t, false, minor)
			var b bytes.Buffer
			// Each level is the pair of the level below, twice: the first in full.
			const levels = 100
			for i := 0; i < levels; i++ {
				b.WriteString(kind)
			}
			b.WriteString("\xda\x01aN")
			for i := levels - 1; i > 0; i-- {
				b.WriteString("r" + u32(i))
			}
			within(t, 10*time.Second, func() {
				if _, err := marshal.Unmarshal(b.Bytes(), p); err != nil && kind[0] != 0xbe {
					t.Errorf("%q: %v", kind, err)
				}
				for _, f := range []func() error{
					func() error { _, err := marshal.Canonical(b.Bytes(), p); return err },
					func() error {
						other := bytes.Replace(b.Bytes(), []byte("\x01aN"), []byte("\x01bN"), 1)
						_, err := marshal.Compare(b.Bytes(), other, p)
						return err
					},
				} {
					if err := f(); err != nil && !errors.Is(err, marshal.ErrWork) && !errors.Is(err, marshal.ErrTooDeep) {
						t.Errorf("%q on %v: %v", kind, p, err)
					}
				}
			})
		}
	}
}

// Counts and lengths are believed only as far as there is input for them.
func TestCountsAreBounded(t *testing.T) {
	p := profile(t, false, 14)
	var in bytes.Buffer
	for i := 0; i < 1500; i++ {
		in.WriteString("(" + u32(1<<19))
	}
	in.Write(bytes.Repeat([]byte("N"), 1<<20))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := marshal.Unmarshal(in.Bytes(), p); err == nil {
		t.Error("read")
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 32*uint64(in.Len()) {
		t.Errorf("%d bytes allocated for an input of %d", used, in.Len())
	}
}

// Every truncation and many mutations of real dumps end in a result or an error.
func TestDamage(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var c marshal.Codec
	try := func(data []byte, p marshal.Profile) {
		if v, err := marshal.Unmarshal(data, p); err == nil {
			if _, err := marshal.Append(nil, v, p); err != nil {
				t.Error(err)
			}
		}
		c.Canonical(data, p)
	}
	for _, g := range goldens(t) {
		if g.kind != "worker" || g.name == "control" {
			continue
		}
		for n := 0; n < len(g.data); n += 1 + rng.IntN(40) {
			if _, err := marshal.Unmarshal(g.data[:n], g.profile); err == nil {
				t.Errorf("%s %s: %d of %d bytes are read as the whole", g.release, g.name, n, len(g.data))
			}
		}
		for i := 0; i < 150; i++ {
			data := bytes.Clone(g.data)
			for k := 1 + rng.IntN(3); k > 0; k-- {
				data[rng.IntN(len(data))] = byte(rng.Uint32())
			}
			try(data, g.profile)
			if d, err := c.Compare(g.data, data, g.profile); err == nil && d.Verdict == marshal.CanonicalEqual && len(d.Classes) == 0 {
				t.Errorf("%s %s: %+v", g.release, g.name, d)
			}
		}
	}
}

// What a compiler may well emit is never refused: thousands of sets of tuples, and
// sets of long strings.
func TestManySets(t *testing.T) {
	for _, minor := range []int{10, 11, 13, 15} {
		p := profile(t, false, minor)
		var items []*marshal.Value
		for i := range int64(5000) {
			pair := func(n int64) *marshal.Value {
				return marshal.NewTuple(marshal.NewInt(1000*n+i), marshal.NewStr("a word", false))
			}
			items = append(items, marshal.NewFrozenSet(pair(2), pair(1), pair(3)))
		}
		for range 20 {
			long := strings.Repeat("long ", 20000)
			items = append(items, marshal.NewFrozenSet(marshal.NewStr(long+"b", false), marshal.NewStr(long+"a", false)))
		}
		v := code(p, 1, marshal.NewTuple(items...))
		within(t, 20*time.Second, func() {
			once, err := marshal.AppendCanonical(nil, v, p)
			if err != nil {
				t.Fatalf("%v: %v", p, err)
			}
			if twice, err := marshal.Canonical(once, p); err != nil || !bytes.Equal(once, twice) {
				t.Errorf("%v: the defined form is not its own: %v", p, err)
			}
		})
	}
}
