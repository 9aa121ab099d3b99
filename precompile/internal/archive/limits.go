package archive

import (
	"fmt"
	"sync/atomic"
)

// Limits bound what an archive may make its reader do. Sizes are bytes.
type Limits struct {
	// Entries is how many entries an archive may have, and Names how many bytes
	// their names, links included, may have together.
	Entries int
	Names   int64
	// Entry is how large one file that is read may be.
	Entry int64
	// Total is how much may come out of a compressed archive however small it
	// is, and Ratio by how much a larger one may grow: the bound is the greater
	// of Total and Ratio times the archive's own size. The bound holds for one
	// pass over a tar, and for all that is read of a zip.
	Total, Ratio int64
}

// defaultLimits suit the layers of container images, which are the largest
// archives with Python code in them. Deflate can shrink to a 1032nd; code comes
// out at a quarter, and whole layers rarely below a tenth.
var defaultLimits = Limits{Entries: 1_000_000, Names: 128 << 20, Entry: 256 << 20, Total: 1 << 30, Ratio: 100}

// DefaultLimits returns the limits that Open takes where it is given none.
func DefaultLimits() Limits { return defaultLimits }

// budget is what may still come out of an archive.
type budget struct {
	left  atomic.Int64
	limit int64
}

func newBudget(lim Limits, size int64) *budget {
	b := &budget{limit: lim.Total}
	if size > lim.Total/lim.Ratio {
		b.limit = size * lim.Ratio
	}
	b.left.Store(b.limit)
	return b
}

// take uses up n bytes.
func (b *budget) take(n int64) error {
	if b.left.Add(-n) < 0 {
		return fmt.Errorf("the archive unpacks to more than %d bytes, which is the limit for one of its size", b.limit)
	}
	return nil
}
