// Package memo keeps what sources compiled to, by content, so that a source
// that was compiled once need not be compiled again: after a fresh checkout, in
// the next job of CI, in the next layer of an image.
//
//	m, err := memo.Open("/var/cache/precompile", memo.Options{})
//	defer m.Close()
//	s := m.Begin(false)
//	c, err := s.Compiler(compiler) // a backend.Compiler over another
//	…
//	outcome := s.End()
//
// # The model
//
// An entry is found by its key, the SHA-256 of all that its bytes depend on: the
// program that runs (the digest of its executable), the compiler (what its
// Identity says: the profile of the embedded compiler; of an interpreter its
// release, its build and the digest of its executable), the level, the file name
// that is compiled in, and the source. There is no clock in it and nothing to
// invalidate: what is not the same has another key. It does not have the target's
// header, which the engine writes, so that one entry serves every invalidation
// mode and layout.
//
// An entry has the marshalled code and the warnings, which are told again each
// time. Only what compiles is kept: a fault is found anew.
//
// # On disk
//
//	DIR/CACHEDIR.TAG     says to backups that all this can be made again
//	DIR/lock             is locked while entries are counted or removed
//	DIR/size             how many bytes there are, and when they were counted
//	DIR/5f/0d1c…         an entry: the key in 64 hexadecimal digits
//
// An entry is the bytes of entry.go: a mark of the format, the digest of all that
// follows, the key, the warnings, the code. Entries of another format or of
// another program have keys that nobody asks for, and go when they are the oldest.
// Removing DIR, or anything in it, is fine at any time, also while it is in use.
//
// # Several at once
//
// Any number of processes may use a folder. An entry is written beside its place
// and renamed into it (package atomicfile); two who write the same one write the
// same bytes. Readers take no lock.
//
// # Size
//
// Entries are counted in blocks of 4 KiB, as disks do. A session adds what it
// wrote to DIR/size, at its end and as often as that is a sixteenth of the bound.
// Only if that is over the bound, not there, or a day old, are the entries listed,
// and the ones that were not used for longest removed until a tenth of the bound
// is free. So most runs look at no more than they use. When an entry was used is
// its modification time, which is renewed by a use if it is an hour old.
//
// # What is in the folder is not trusted
//
// Others may write to it, and disks fail. The folder is reached by os.Root, which
// no link leads out of. An entry is used if it is a regular file of bounded size
// whose digest is right and whose key is the one that was asked for; else it is
// told as rejected, compiled, and replaced. A digest finds damage and entries that
// were moved, but not one that somebody computed: those who may write to DIR say
// what is in it, as those who may write to the sources do. Therefore, where DIR is
// open to everyone, only files are used that belong to this user, to root or to
// the owner of DIR.
//
// A folder that cannot be written is of use all the same: that nothing is kept is
// told once (Outcome.Fault).
package memo
