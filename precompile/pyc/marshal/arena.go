package marshal

// arena hands out the parts of a graph in blocks, so that reading a stream costs
// few allocations, and takes them all back at once for the next stream.
type arena struct {
	values blocks[Value]
	codes  blocks[Code]
	items  blocks[*Value]
	stack  []*Value
}

func (a *arena) newValue() *Value { return &a.values.take(1)[0] }
func (a *arena) newCode() *Code   { return &a.codes.take(1)[0] }
func (a *arena) newItems(n int) []*Value {
	return a.items.take(n)
}

// reset makes everything that the arena has handed out its own again.
func (a *arena) reset() {
	a.values.reset()
	a.codes.reset()
	a.items.reset()
	a.stack = a.stack[:0]
}

// blocks is a pool of T that is handed out in slices.
type blocks[T any] struct {
	full [][]T // blocks before the one in use, then the free ones after it
	next int   // index in full of the first free block
	cur  []T   // the rest of the block in use
	size int   // length of the last block made
}

// The length in elements of an arena's first block, and of the largest: a block
// is twice the one before, so that small streams take little.
const (
	firstBlock = 64
	maxBlock   = 4096
)

// keptBlocks is how many blocks an arena keeps for the next stream; what a large
// one needed beyond that is given back.
const keptBlocks = 32

// take returns n zeroed elements, their capacity clipped.
func (b *blocks[T]) take(n int) []T {
	if n > len(b.cur) {
		b.grow(n)
	}
	s := b.cur[:n:n]
	b.cur = b.cur[n:]
	return s
}

func (b *blocks[T]) grow(n int) {
	for b.next < len(b.full) {
		b.cur = b.full[b.next]
		b.next++
		if len(b.cur) >= n {
			return
		}
	}
	b.size = min(max(2*b.size, firstBlock), maxBlock)
	b.cur = make([]T, max(b.size, n))
	b.full = append(b.full, b.cur)
	b.next = len(b.full)
}

func (b *blocks[T]) reset() {
	if len(b.full) > keptBlocks {
		*b = blocks[T]{}
		return
	}
	for i, s := range b.full[:b.next] {
		used := s
		if i == b.next-1 {
			used = s[:len(s)-len(b.cur)]
		}
		clear(used)
	}
	b.next, b.cur = 0, nil
}
