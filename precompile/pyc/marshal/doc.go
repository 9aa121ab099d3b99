// Package marshal is the format in which a .pyc holds its code object: a reader
// for streams that nobody vouches for, an exact writer, and the defined form in
// which everything that this module writes is written.
//
// # The wire
//
// A stream is one object. An object is a byte, the type code, and what the code
// says follows: a number, a length and bytes, a count and objects
// (Python/marshal.c; the codes stand in value.go). The top bit of the byte,
// FLAG_REF, numbers the object, from 0 in the order of the stream; the type code
// 'r' and a number stand for an object that was numbered before. So a stream is a
// graph: what is one object in the process that wrote it can be one again in the
// process that reads it. A str has an interned type code or a plain one.
//
// Versions differ in the fields of a code object and in which type codes they
// have: a Profile. Profiles exist for CPython 3.8 to 3.15 and for PyPy 3.10 and
// 3.11 (as of PyPy 8.0).
//
// # The graph
//
// Unmarshal gives a graph of Values, in which the pointer is the object's identity;
// Code has the fields of a code object of any version. Append writes the graph
// back as it was, byte for byte. A graph is one goroutine's at a time, since every
// function keeps marks in the Values that it walks.
//
// # The defined form, CPython 3.11 and later
//
// Canonical turns what marshal.dumps(compile(…)) gave in any process into the
// bytes that a fresh process of python -m py_compile writes. Three things are
// decided anew, each by a rule of CPython's:
//
//   - which strings are interned, and so have an interned type code, and are one
//     object wherever they stand (fresh.go);
//   - which objects are one, where a process's table of interned strings has
//     an influence on that: qualnames of nested classes, and frozensets
//     (fresh.go, frozenset.go). All other identity is the compiler's own doing, the
//     same in every process, and is taken from the graph;
//   - which objects are flagged (rulea.go). CPython flags what has more than one
//     reference, which includes everything that it has one immortal object of.
//
// Most dumps are in the form already. That is seen in one pass over the bytes,
// without a graph (scan.go).
//
// A fresh process has strings interned by starting up. startup.txt lists them, as
// testdata/startup.py found them, for each series' newest release that was
// measured. The measure is TestFreshProcess: every file of the standard library of
// six releases, from a worker that had done nothing and one that had done much.
//
// What the form cannot know is what no dump says: Canonical expects a dump of a
// process. A cache that another tool rewrote may have lost what is needed (the
// flag that tells CPython 3.12's '%' of "%s%%" from any other '%', for instance); its
// defined form is then well defined, but perhaps not what a fresh process writes.
// To compare such a cache use Compare.
//
// WriteRuleA is for a compiler that makes the objects itself: it is given the
// identity and the interned strings, and applies the rule of the flags alone.
// WriteCompiled does the same in less time for graphs that were made with care.
//
// # The defined form, others
//
// CPython to 3.10 and PyPy write bytes that depend on hash seeds and on what the
// process has done, and nothing makes one process the right one. The form is our
// own, and a function of the values alone:
//
//   - Equal immutable objects are one, code objects too. Equality is type-strict:
//     1, 1.0 and True are three objects, 0.0 and -0.0 two, and NaNs of other bits
//     differ. Lists, dicts and sets, which no compiler emits, stay as they are.
//   - An object is flagged if a reference follows, and only then.
//   - The elements of a set are in the order of their values: by kind, then as
//     bytes.
//   - A str has the interned type code if it is a name anywhere in the code (of
//     co_names, co_varnames, co_freevars, co_cellvars), or of ASCII letters, digits
//     and underscores only: what the interpreter interns when it reads the code.
//   - Numbers, strings and tuples have the shortest type code that the format
//     version writes for them.
//
// The interpreter reads it as an equal code object (TestOwnForm).
//
// # Hostile input
//
// Nothing that is read is trusted. Nesting is bounded by MaxDepth; a count or a
// length is refused before memory is taken for it unless the input has room for
// what it promises; a shared object is never unfolded, so that time and memory are
// linear in the input. Where an order of sets would need more than that, the
// functions refuse with ErrWork, and where a graph is deeper than a stream can be,
// with ErrTooDeep.
package marshal
