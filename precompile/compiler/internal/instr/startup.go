package instr

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// Startup is the strings that a fresh interpreter has interned before it compiles
// anything. It is shared by the Pools of a target. A nil Startup has none.
type Startup struct {
	bisect func(string) bool // looks a string up where they are listed
	list   func() []string

	asked  atomic.Int32
	once   sync.Once
	filter [1 << 10]uint64 // a bit by hash: not set, not in the set
	// set are the strings, slots where they are in it, plus one, below the higher half
	// of the hash: open addressing, a power of two, 0 where nothing is.
	set   []string
	slots []uint32
}

// bisected is how many questions are answered from the list, which needs no
// preparation, before a set is made of it: a small source asks few, and making the
// set takes as long as compiling it.
const bisected = 512

// StartupOf returns the strings of the releases that profile p is of.
func StartupOf(p marshal.Profile) *Startup {
	return &Startup{bisect: p.AtStartup, list: p.StartupStrings}
}

// has reports whether text, whose hash is h, is one of them.
func (s *Startup) has(h uint32, text string) bool {
	if s == nil {
		return false
	}
	if s.asked.Load() < bisected {
		s.asked.Add(1)
		return s.bisect(text)
	}
	s.once.Do(func() {
		s.set = s.list()
		if len(s.set) >= 1<<16 {
			panic(fmt.Sprintf("instr: %d strings are interned at start-up", len(s.set)))
		}
		n := 4
		for n < 2*len(s.set) {
			n *= 2
		}
		s.slots = make([]uint32, n)
		for i, text := range s.set {
			h := hashText(text)
			s.filter[h>>6%uint32(len(s.filter))] |= 1 << (h & 63)
			at, _ := s.find(h, text)
			s.slots[at] = h&^0xffff | uint32(i+1)
		}
	})
	if s.filter[h>>6%uint32(len(s.filter))]&(1<<(h&63)) == 0 {
		return false
	}
	_, ok := s.find(h, text)
	return ok
}

// find returns the slot of a string, or the one that it would get.
func (s *Startup) find(h uint32, text string) (slot uint32, ok bool) {
	mask := uint32(len(s.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		at := s.slots[i]
		if at == 0 {
			return i, false
		}
		if (at^h)>>16 == 0 && s.set[at&0xffff-1] == text {
			return i, true
		}
	}
}
