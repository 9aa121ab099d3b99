package dis

import (
	"strconv"
	"unicode/utf8"

	"github.com/rules-precompile/precompile/precompile/internal/pyrepr"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// DefaultLimit is how many bytes of a constant's representation are shown
// where nothing else is asked for.
const DefaultLimit = 200

// maxLimit bounds what AppendRepr writes where no limit was asked for: shared
// objects can make a short stream stand for a representation without end.
const maxLimit = 1 << 26

// maxReprDepth is how deep AppendRepr goes into containers.
const maxReprDepth = 200

// AppendRepr appends a representation of a constant: what repr() of CPython
// 3.minor gives, but that a code object is shown without its address, the
// elements of a set are in the order of the file, and an int of more than 4300
// digits, which Python refuses to print, as its size in bits. After about limit
// bytes the rest is cut off with "…"; 0 is a limit of 64 MiB.
func AppendRepr(dst []byte, v *marshal.Value, minor, limit int) []byte {
	if limit <= 0 || limit > maxLimit {
		limit = maxLimit
	}
	w := reprWriter{dst: dst, minor: minor, end: len(dst) + limit}
	w.value(v, 0)
	if w.cut {
		return append(w.dst, "…"...)
	}
	return w.dst
}

type reprWriter struct {
	dst   []byte
	minor int
	end   int
	cut   bool
}

// full reports that nothing more is to be written.
func (w *reprWriter) full() bool {
	w.cut = w.cut || len(w.dst) >= w.end
	return w.cut
}

func (w *reprWriter) value(v *marshal.Value, depth int) {
	if w.full() {
		return
	}
	if v == nil {
		w.dst = append(w.dst, "<NULL>"...)
		return
	}
	if depth > maxReprDepth {
		w.cut = true
		return
	}
	switch v.Kind {
	case marshal.KindStopIteration:
		w.dst = append(w.dst, "<class 'StopIteration'>"...)
	case marshal.KindInt:
		w.int(v)
	case marshal.KindFloat:
		w.dst = pyrepr.AppendFloat(w.dst, v.Float())
	case marshal.KindComplex:
		re, im := v.Complex()
		w.dst = pyrepr.AppendComplex(w.dst, re, im)
	case marshal.KindStr:
		s, cut := clip(v.Data, w.end-len(w.dst), true)
		w.dst = pyrepr.AppendStr(w.dst, s, w.minor)
		w.cut = w.cut || cut
	case marshal.KindBytes:
		s, cut := clip(v.Data, w.end-len(w.dst), false)
		w.dst = pyrepr.AppendBytes(w.dst, s)
		w.cut = w.cut || cut
	case marshal.KindTuple:
		w.items("(", v.Items, ")", depth)
	case marshal.KindList:
		w.items("[", v.Items, "]", depth)
	case marshal.KindSet:
		w.set("set()", "{", v.Items, "}", depth)
	case marshal.KindFrozenSet:
		w.set("frozenset()", "frozenset({", v.Items, "})", depth)
	case marshal.KindDict:
		w.pairs("{", v.Items, "}", depth)
	case marshal.KindFrozenDict:
		if len(v.Items) == 0 {
			w.dst = append(w.dst, "frozendict()"...)
			return
		}
		w.pairs("frozendict({", v.Items, "})", depth)
	case marshal.KindSlice:
		w.items("slice(", v.Items, ")", depth)
	case marshal.KindCode:
		w.code(v.Code())
	default: // None, True, False, Ellipsis
		w.dst = append(w.dst, v.Kind.String()...)
	}
}

// clip cuts s to at most n bytes, at a character where s is text.
func clip(s string, n int, text bool) (string, bool) {
	if len(s) <= n {
		return s, false
	}
	for text && n > 0 && s[n]&0xc0 == 0x80 {
		n--
	}
	return s[:n], true
}

// maxIntBits is about the size of what has 4300 digits, Python's own limit
// (sys.int_info.default_max_str_digits).
const maxIntBits = 14284

func (w *reprWriter) int(v *marshal.Value) {
	if n, ok := v.Int(); ok {
		w.dst = strconv.AppendInt(w.dst, n, 10)
		return
	}
	b := v.BigInt()
	if bits := b.BitLen(); bits > maxIntBits {
		w.dst = strconv.AppendInt(append(w.dst, "<int of "...), int64(bits), 10)
		w.dst = append(w.dst, " bits>"...)
		return
	}
	start := len(w.dst)
	w.dst = b.Append(w.dst, 10)
	if len(w.dst) > w.end && len(w.dst)-start > 20 {
		w.dst, w.cut = w.dst[:max(w.end, start)], true
	}
}

func (w *reprWriter) items(open string, items []*marshal.Value, end string, depth int) {
	w.dst = append(w.dst, open...)
	for i, v := range items {
		if i > 0 {
			w.dst = append(w.dst, ", "...)
		}
		if w.value(v, depth+1); w.cut {
			return
		}
	}
	if open == "(" && len(items) == 1 {
		w.dst = append(w.dst, ',')
	}
	w.dst = append(w.dst, end...)
}

func (w *reprWriter) set(empty, open string, items []*marshal.Value, end string, depth int) {
	if len(items) == 0 {
		w.dst = append(w.dst, empty...)
		return
	}
	w.items(open, items, end, depth)
}

func (w *reprWriter) pairs(open string, items []*marshal.Value, end string, depth int) {
	w.dst = append(w.dst, open...)
	for i := 0; i+1 < len(items); i += 2 {
		if i > 0 {
			w.dst = append(w.dst, ", "...)
		}
		w.value(items[i], depth+1)
		w.dst = append(w.dst, ": "...)
		if w.value(items[i+1], depth+1); w.cut {
			return
		}
	}
	w.dst = append(w.dst, end...)
}

func (w *reprWriter) code(c *marshal.Code) {
	w.dst = append(w.dst, "<code object "...)
	w.name(data(c.Name))
	w.dst = append(w.dst, `, file "`...)
	w.name(data(c.FileName))
	w.dst = append(w.dst, `", line `...)
	w.dst = append(strconv.AppendInt(w.dst, int64(c.FirstLineNo), 10), '>')
}

func (w *reprWriter) name(s string) {
	s, cut := clip(s, max(w.end-len(w.dst), 0), true)
	w.dst = appendName(w.dst, s, w.minor)
	w.cut = w.cut || cut
}

// appendName appends a name as it is, but for characters that repr would not
// show as themselves: these are escaped.
func appendName(dst []byte, s string, minor int) []byte {
	plain := 0
	for plain < len(s) && s[plain] >= ' ' && s[plain] < 0x7f {
		plain++
	}
	dst = append(dst, s[:plain]...)
	for i := plain; i < len(s); {
		if c := s[i]; c >= ' ' && c < 0x7f {
			dst = append(dst, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r != utf8.RuneError && pyrepr.Printable(r, minor) {
			dst = append(dst, s[i:i+n]...)
			i += n
			continue
		}
		if r == utf8.RuneError {
			n = min(3, len(s)-i) // a surrogate's three bytes, which AppendStr knows
			if s[i] != 0xed {
				n = 1
			}
		}
		esc := pyrepr.AppendStr(nil, s[i:i+n], minor)
		dst = append(dst, esc[1:len(esc)-1]...)
		i += n
	}
	return dst
}
