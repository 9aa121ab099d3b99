package precompile_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// passCompiler knows one program, the empty one. It stands for what OpenCompiler
// returns, so that the example runs on a machine without Python:
//
//	v, _ := pyc.ParseVersion("3.13")
//	c, err := precompile.OpenCompiler(ctx, precompile.CompilerOptions{Target: v})
type passCompiler struct{}

func (passCompiler) Info() backend.Info {
	v := pyc.Version{Major: 3, Minor: 13, Patch: 0}
	m, _ := pyc.MagicOf(v)
	return backend.Info{Name: "example", Target: v, Magic: m}
}

func (passCompiler) Compile(_ context.Context, req backend.Request) (backend.Result, error) {
	if len(req.Source) > 0 {
		return backend.Result{}, &diag.Diagnostic{Type: "SyntaxError", Message: "the example compiles empty files alone", Line: 1, Col: 1}
	}
	return backend.Result{Code: []byte("c…")}, nil // a marshalled code object
}

func (passCompiler) Close() error { return nil }

// Compile a tree, look at what became of it, and run again.
func ExampleRun() {
	ctx := context.Background()
	src, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(src)
	for name, text := range map[string]string{"__init__.py": "", "broken.py": "def f(:\n"} {
		if err := os.WriteFile(filepath.Join(src, name), []byte(text), 0o666); err != nil {
			log.Fatal(err)
		}
	}

	compiler := passCompiler{} // or precompile.OpenCompiler
	defer compiler.Close()
	options := precompile.Options{
		Selection:   precompile.Selection{Paths: []string{src}},
		Compilers:   []backend.Compiler{compiler},
		Mode:        pyc.UncheckedHash,
		StripPrefix: src, // co_filename is "__init__.py" wherever this runs
	}
	for range 2 {
		report, err := precompile.Run(ctx, options)
		if err != nil {
			log.Fatal(err) // the options make no sense, or ctx ended
		}
		for _, c := range report.Caches {
			fmt.Println(c.Status, filepath.Base(c.Source))
			if c.Fault != nil {
				fmt.Printf("    %s: %s, line %d\n", c.Fault.Type, c.Fault.Message, c.Fault.Line)
			}
		}
		fmt.Println(report.Sources, "sources, OK:", report.OK())
	}
	// Output:
	// compiled __init__.py
	// failed broken.py
	//     SyntaxError: the example compiles empty files alone, line 1
	// 2 sources, OK: false
	// unchanged __init__.py
	// failed broken.py
	//     SyntaxError: the example compiles empty files alone, line 1
	// 2 sources, OK: false
}
