// Package pyc is the .pyc file: its header, its magic numbers, the hash that it
// records of its source, and the path at which an import looks for it.
//
// A .pyc of Python 3.7 or later is
//
//	offset  size  field
//	0       4     magic number, little-endian, the last two bytes "\r\n"
//	4       4     flags: 0 timestamp, 1 unchecked hash, 3 checked hash (PEP 552)
//	8       8     the source hash; or modification time and size, 4 bytes each
//	16      …     the marshalled code object of the module (package marshal)
//
// What is a matter of files and versions is here; what is inside the marshalled
// object is in package marshal, what its instructions mean in package dis.
package pyc
