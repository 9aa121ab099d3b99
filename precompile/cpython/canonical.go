package cpython

import (
	"sync"

	"github.com/rules-precompile/precompile/precompile/pyc"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// canonicalOf returns what puts the marshalled code of v into its defined form and
// appends it to dst, with which alone it shares memory.
func canonicalOf(v pyc.Version) (func(dst, b []byte) ([]byte, error), error) {
	profile, err := marshal.ProfileOf(v.Implementation == pyc.PyPy, v.Major, v.Minor)
	if err != nil {
		return nil, err
	}
	var codecs sync.Pool
	return func(dst, b []byte) ([]byte, error) {
		codec, _ := codecs.Get().(*marshal.Codec)
		if codec == nil {
			codec = new(marshal.Codec)
		}
		if len(b) <= replyKept {
			defer codecs.Put(codec) // one that has seen a larger file holds its memory
		}
		return codec.Recode(dst, b, profile)
	}, nil
}
