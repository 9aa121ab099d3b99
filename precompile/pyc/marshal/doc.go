// Package marshal is the format in which a .pyc holds its code object: a reader
// for streams that nobody vouches for, an exact writer, and the defined form in
// which everything that this module writes is written.
package marshal
