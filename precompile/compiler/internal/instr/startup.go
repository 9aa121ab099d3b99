package instr

import (
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
	set    map[string]struct{}
	filter [1 << 10]uint64 // a bit by hash: not set, not in the set
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
		list := s.list()
		s.set = make(map[string]struct{}, len(list))
		for _, text := range list {
			s.set[text] = struct{}{}
			h := hashText(text)
			s.filter[h>>6%uint32(len(s.filter))] |= 1 << (h & 63)
		}
	})
	if s.filter[h>>6%uint32(len(s.filter))]&(1<<(h&63)) == 0 {
		return false
	}
	_, ok := s.set[text]
	return ok
}
