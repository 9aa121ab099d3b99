package marshal

import "strings"

// Maker makes objects as the New functions do, for a caller that makes many and is
// done with all of them at once: they are handed out of blocks, which Reset takes
// back. The zero Maker is ready. A Maker serves one goroutine, and is not copied
// once it is in use.
type Maker struct {
	a    arena
	text strings.Builder
}

// Reset takes back all objects that the Maker made. None may be used any more.
func (m *Maker) Reset() { m.a.reset() }

// Int is NewInt.
func (m *Maker) Int(n int64) *Value {
	v := m.a.newValue()
	v.setInt(n)
	return v
}

// Str is NewStr.
func (m *Maker) Str(s string, interned bool) *Value {
	v := m.a.newValue()
	v.Kind, v.wire, v.Data = KindStr, strCode(s, interned), s
	return v
}

// Bytes is NewBytes.
func (m *Maker) Bytes(data string) *Value {
	v := m.a.newValue()
	v.Kind, v.wire, v.Data = KindBytes, codeBytes, data
	return v
}

// Tuple is NewTuple: it keeps the items.
func (m *Maker) Tuple(items []*Value) *Value {
	v := m.a.newValue()
	v.Kind, v.wire, v.Items = KindTuple, tupleCode(len(items)), items
	return v
}

// Items returns a copy of items in a block, for a Tuple to keep.
func (m *Maker) Items(items []*Value) []*Value {
	out := m.a.newItems(len(items))
	copy(out, items)
	return out
}

// Code makes a code object whose fields are to be filled in.
func (m *Maker) Code() (*Value, *Code) {
	v, c := m.a.newValue(), m.a.newCode()
	v.Kind, v.wire, v.code = KindCode, codeCode, c
	return v, c
}

// textBlock is the length of the blocks that texts are taken from.
const textBlock = 1 << 15

// Text returns the bytes as a string that many share the memory of. It stays valid.
func (m *Maker) Text(b []byte) string {
	if m.text.Cap()-m.text.Len() < len(b) {
		m.text.Reset()
		m.text.Grow(max(textBlock, len(b)))
	}
	from := m.text.Len()
	m.text.Write(b)
	return m.text.String()[from:]
}
