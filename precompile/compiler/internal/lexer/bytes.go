package lexer

import "math/bits"

// Eight bytes of the text at a time, as one number with the first byte in its
// lowest place: what is asked of all of them is answered by the highest bit of each.

const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
)

// nameLen returns how many bytes there are in w before the first that cannot be part
// of an identifier, as isNameByte has it.
func nameLen(w uint64) int {
	// Without its highest bit no byte carries into the next one when up to 0x80 is
	// added, and the sum has the bit from a certain byte on.
	x := w &^ highBits
	lower := x | ' '*lowBits
	letter := (lower + (0x80-'a')*lowBits) &^ (lower + (0x80-'z'-1)*lowBits)
	digit := (x + (0x80-'0')*lowBits) &^ (x + (0x80-'9'-1)*lowBits)
	underscore := ^((x ^ '_'*lowBits) + 0x7F*lowBits)
	return bits.TrailingZeros64(^(letter|digit|underscore|w)&highBits) / 8
}

// zeroBytes marks the zero bytes in w: the lowest bit that is set is that of the
// first, and those above it may be of other bytes.
func zeroBytes(w uint64) uint64 { return (w - lowBits) &^ w & highBits }

// spaces returns how many blanks w begins with.
func spaces(w uint64) int { return bits.TrailingZeros64(w^' '*lowBits) / 8 }
