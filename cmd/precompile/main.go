// Command precompile turns Python sources into .pyc files that are the same
// bytes on every machine, and proves afterwards that they are right.
//
// The layout: main makes an app and runs it, as run does within tests, with other
// streams. A verb is a file with one constructor, listed in verbs (root.go). What
// several verbs have in common is in files of their own:
//
//	app.go        the world a verb runs in, exit codes, errors
//	root.go       the verbs, and which one is meant
//	target.go     --python, --compiler, --interpreter: from words to compilers
//	selection.go  --include, --files-from, …: which sources
//	output.go     --format, --color, --progress, -q, -v: how it is told
//	layout.go     --layout, -O, --out-dir, -j, …: where caches are, how the work is done
//	values.go     the types of flag values
//	progress.go   how far a run is: bar.go's bar, and lines where there is no terminal
//	memory.go     how often garbage is collected
//	frame.go      what verbs that go through many sources have in common
//	engine.go     what is asked of the library, so that tests can answer instead
//	help.go       help, and docs/cli.md, from the same text
package main

import (
	"io"
	"os"
)

func main() {
	unsampled()
	collectSeldom(os.Getenv, gcPercent)
	a := newApp(os.Stdin, os.Stdout, os.Stderr)
	a.exits = true
	os.Exit(a.run(os.Args[1:]))
}

// run is the program within a process that goes on. It returns the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return newApp(stdin, stdout, stderr).run(args)
}
