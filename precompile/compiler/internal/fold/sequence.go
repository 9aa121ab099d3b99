package fold

import (
	"math/big"
	"strings"

	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// concat is v + w for strings, bytes and tuples.
func concat(v, w *marshal.Value) (*marshal.Value, bool) {
	if v.Kind != w.Kind {
		return nil, false
	}
	switch v.Kind {
	case marshal.KindStr, marshal.KindBytes, marshal.KindTuple:
		// With an empty operand the other one is the result, as an object.
		if v.Data == "" && len(v.Items) == 0 {
			return w, true
		}
		if w.Data == "" && len(w.Items) == 0 {
			return v, true
		}
	}
	switch v.Kind {
	case marshal.KindStr:
		return marshal.NewStr(v.Data+w.Data, false), true
	case marshal.KindBytes:
		return marshal.NewBytes(v.Data + w.Data), true
	case marshal.KindTuple:
		items := make([]*marshal.Value, 0, len(v.Items)+len(w.Items))
		return marshal.NewTuple(append(append(items, v.Items...), w.Items...)...), true
	}
	return nil, false
}

// repeat is v * times for strings, bytes and tuples, within the limits.
func repeat(v, times *marshal.Value) (*marshal.Value, bool) {
	size, limit := 0, int64(maxString)
	switch v.Kind {
	case marshal.KindStr:
		size = runeCount(v.Data)
	case marshal.KindBytes:
		size = len(v.Data)
	case marshal.KindTuple:
		size, limit = len(v.Items), maxCollection
	default:
		return nil, false
	}
	big := asInt(times)
	n := big.Int64()
	switch {
	case size == 0:
		// No limit holds, but the count must fit in an index.
		return v, big.IsInt64()
	case !big.IsInt64() || n < 0 || n > limit/int64(size):
		return nil, false
	case n > 0 && v.Kind == marshal.KindTuple && complexity(v, maxTotalItems/n) < 0:
		return nil, false
	case n == 1:
		return v, true
	}
	switch v.Kind {
	case marshal.KindStr:
		return marshal.NewStr(strings.Repeat(v.Data, int(n)), false), true
	case marshal.KindBytes:
		return marshal.NewBytes(strings.Repeat(v.Data, int(n))), true
	}
	items := make([]*marshal.Value, 0, size*int(n))
	for range n {
		items = append(items, v.Items...)
	}
	return marshal.NewTuple(items...), true
}

// complexity takes the number of elements of a tuple, and of the tuples in it,
// off limit; the result is negative if there are too many.
func complexity(v *marshal.Value, limit int64) int64 {
	if v.Kind != marshal.KindTuple {
		return limit
	}
	limit -= int64(len(v.Items))
	for _, item := range v.Items {
		if limit < 0 {
			break
		}
		limit = complexity(item, limit)
	}
	return limit
}

// subscript is v[w] for strings, bytes and tuples.
func subscript(v, w *marshal.Value) (*marshal.Value, bool) {
	size := 0
	switch v.Kind {
	case marshal.KindStr:
		size = runeCount(v.Data)
	case marshal.KindBytes:
		size = len(v.Data)
	case marshal.KindTuple:
		size = len(v.Items)
	default:
		return nil, false
	}
	switch {
	case isInt(w):
		big := asInt(w)
		if !big.IsInt64() {
			return nil, false
		}
		i := big.Int64()
		if i < 0 {
			i += int64(size)
		}
		if i < 0 || i >= int64(size) {
			return nil, false
		}
		switch v.Kind {
		case marshal.KindStr:
			at := runeOffset(v.Data, 0, int(i))
			return marshal.NewStr(v.Data[at:at+runeLen(v.Data[at])], false), true
		case marshal.KindBytes:
			return marshal.NewInt(int64(v.Data[i])), true
		}
		return v.Items[i], true
	case w.Kind == marshal.KindSlice:
		start, step, n, ok := sliceIndices(w, size)
		if !ok {
			return nil, false
		}
		return takeSlice(v, size, start, step, n), true
	}
	return nil, false
}

// takeSlice returns the n elements from start on, step apart.
func takeSlice(v *marshal.Value, size, start, step, n int) *marshal.Value {
	if start == 0 && step == 1 && n == size {
		return v // the object itself
	}
	switch v.Kind {
	case marshal.KindBytes:
		var b strings.Builder
		for i := range n {
			b.WriteByte(v.Data[start+i*step])
		}
		return marshal.NewBytes(b.String())
	case marshal.KindTuple:
		items := make([]*marshal.Value, n)
		for i := range items {
			items[i] = v.Items[start+i*step]
		}
		return marshal.NewTuple(items...)
	}
	if n == 0 {
		return marshal.NewStr("", false)
	}
	if step == 1 {
		from := runeOffset(v.Data, 0, start)
		return marshal.NewStr(v.Data[from:runeOffset(v.Data, from, n)], false)
	}
	offsets := make([]int, 0, size)
	for at := 0; at < len(v.Data); at += runeLen(v.Data[at]) {
		offsets = append(offsets, at)
	}
	var b strings.Builder
	for i := range n {
		at := offsets[start+i*step]
		b.WriteString(v.Data[at : at+runeLen(v.Data[at])])
	}
	return marshal.NewStr(b.String(), false)
}

// sliceIndices resolves a slice object on a sequence of size elements, as
// slice.indices does, and counts the elements. It fails where a part is neither
// None nor an int, or the step is 0.
func sliceIndices(s *marshal.Value, size int) (start, step, n int, ok bool) {
	const limit = 1<<63 - 1
	part := func(v *marshal.Value, none int64) (int64, bool) {
		switch {
		case v.Kind == marshal.KindNone:
			return none, true
		case isInt(v):
			return clampInt64(asInt(v)), true
		}
		return 0, false
	}
	wide, ok1 := part(s.Items[2], 1)
	if !ok1 || wide == 0 {
		return 0, 0, 0, false
	}
	wide = max(wide, -limit)
	first, end := int64(0), int64(limit)
	if wide < 0 {
		first, end = limit, -limit-1
	}
	first, ok1 = part(s.Items[0], first)
	end, ok2 := part(s.Items[1], end)
	if !ok1 || !ok2 {
		return 0, 0, 0, false
	}
	bound := func(i int64) int64 {
		if i < 0 {
			if i += int64(size); i < 0 {
				if wide < 0 {
					return -1
				}
				return 0
			}
		} else if i >= int64(size) {
			if wide < 0 {
				return int64(size) - 1
			}
			return int64(size)
		}
		return i
	}
	first, end = bound(first), bound(end)
	count := int64(0)
	switch {
	case wide < 0 && end < first:
		count = (first-end-1)/-wide + 1
	case wide > 0 && first < end:
		count = (end-first-1)/wide + 1
	}
	if count <= 1 {
		wide = 1 // no second element is taken, and the step may be huge
	}
	return int(first), int(wide), int(count), true
}

func clampInt64(n *big.Int) int64 {
	if n.IsInt64() {
		return n.Int64()
	}
	if n.Sign() < 0 {
		return -1 << 63
	}
	return 1<<63 - 1
}

// runeLen returns the length in bytes of the character that starts with a byte.
// Surrogates have three.
func runeLen(b byte) int {
	switch {
	case b < 0x80:
		return 1
	case b < 0xe0:
		return 2
	case b < 0xf0:
		return 3
	}
	return 4
}

func runeCount(s string) int {
	n := 0
	for i := range len(s) {
		if s[i]&0xc0 != 0x80 {
			n++
		}
	}
	return n
}

// runeOffset returns the offset of the n-th character after offset from.
func runeOffset(s string, from, n int) int {
	for ; n > 0; n-- {
		from += runeLen(s[from])
	}
	return from
}
