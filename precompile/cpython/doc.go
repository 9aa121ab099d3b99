// Package cpython compiles with the real thing: a pool of CPython or PyPy
// subprocesses behind backend.Compiler. It also finds interpreters and says what
// they are.
//
//	found, err := cpython.Find(ctx, want, cpython.Places(os.Getenv)) // or Identify, of a path
//	pool, err := cpython.Open(ctx, cpython.Options{Interpreter: found.Path, Target: want, Jobs: 4})
//	defer pool.Close()
//	result, err := pool.Compile(ctx, backend.Request{Source: src, Filename: "a.py"})
//
// # The model
//
// A job is one persistent interpreter that runs worker.py, a script of ours
// which is part of this program and is passed with -c. It reads sources from one
// pipe and writes marshalled code to another (frame.go); there are no temporary
// files. The first worker starts in Open, whose greeting says what the
// interpreter is; the others when there is work for them, up to Options.Jobs.
// Callers queue for a worker, so the queue is as long as there are goroutines in
// Compile. Small sources that wait go to a worker in batches, which spares most of
// what an exchange costs (batch.go): call from as many goroutines as Callers says,
// and a worker never waits for the engine to read or write a file. What comes back
// is put into package marshal's defined form in the caller's goroutine, while the
// worker is at its next batch.
//
// # Isolation
//
// A worker only ever passes sources to compile(): nothing of a project is
// imported or run. It runs with -s -S -B -X utf8 in an environment without any
// PYTHON… variable but two of ours, PYTHONHASHSEED=0 and PYTHONSAFEPATH=1, in
// the root folder. That is what -I does (no user folder, no PYTHONPATH, no
// current folder on sys.path) and one thing that -I forbids: -I ignores
// PYTHONHASHSEED, and no other switch fixes the seed. The bytes do not depend on
// it, since package marshal orders sets by value, but a crash or a slow file
// should not either. PYTHONSAFEPATH, known since 3.11, is needed for more than
// the script's own sake: since 3.13, -c imports linecache before it runs
// anything, from the current folder if that is on sys.path.
//
// # Faults
//
// An exception from compile() or marshal.dumps() is the source's fault and comes
// back as a *diag.Diagnostic. It is taken from a second compilation under a name
// that no file has: CPython opens the file that a source claims to be to quote
// its line, and places the caret in what it finds there. Columns count
// characters, whichever part of the compiler found the fault.
//
// Anything else is a *WorkerError: the interpreter crashed, was killed, sent
// something that is no reply, or ran into Options.Timeout. The file is tried once
// more in a worker that has just started; then the error is that file's, and the
// pool goes on. A file that times out has therefore had the time-out twice. Where
// a worker is lost over a batch, each file of it is tried anew by itself, and twice
// if need be, so that no file pays for its neighbour.
//
// How deep a source may nest is what it is under py_compile: see LEVELS in
// worker.py. Warnings are those that py_compile prints: SyntaxWarnings, but no
// DeprecationWarnings, each once.
//
// # Processes
//
// Each worker has its own process group, out of reach of the terminal's Ctrl-C,
// and is killed as a group. If this process dies, Linux kills the workers at
// once (a parent-death signal, sent when the thread dies that started them: hence
// the spawner, a goroutine that keeps its thread). Elsewhere an idle worker sees
// its pipe close, and a busy one has set an alarm at the time-out plus five
// seconds; no thread of Python's could do that, because compile() holds the
// interpreter lock. On Linux workers also offer themselves first to the
// out-of-memory killer. Close returns when all are gone.
//
// A worker is replaced after a source of 8 MB or 128 MB in all, since CPython
// does not give back the memory of a large syntax tree, and since 3.12 never that
// of an identifier.
package cpython
