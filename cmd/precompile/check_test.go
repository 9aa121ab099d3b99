package main

import (
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile"
)

// checkFiles have a construct of each series that brought one, a fault that only the
// code generator finds, a warning, and a name that annotations say something about.
var checkFiles = map[string]string{
	"src/alias.py": "type X = int\n", "src/annotated.py": "x: int = 1\ndef f(a: int) -> str: return a\nclass C:\n  b: int\n",
	"src/is.py": "x is 1\n", "src/lazy.py": "lazy import a\n", "src/return.py": "return 1\n", "src/star.py": "y = [*x for x in z]\n",
	"src/template.py": "x = t'a'\n",
}

// TestCheckEndToEnd runs the verb with the real engine on real files, in every format.
func TestCheckEndToEnd(t *testing.T) {
	at := func() *world {
		w := onSite()
		w.engine.check = precompile.Check
		return w
	}
	site(t, checkFiles)
	out := at().on(t, exitFailed, "check src --python 3.11,3.12,3.13,3.14,3.15")
	contains(t, "text", out,
		"7 files: 5 errors, ", "(Python 3.11.7, 3.12.1, 3.13.18, 3.14.10, 3.15.2 from --python, ",
		"src/alias.py:1:6: SyntaxError: invalid syntax [Python 3.11.7]\n  1 | type X = int\n    |      ^\n",
		"src/lazy.py:1:6: SyntaxError: invalid syntax [Python 3.11.7, 3.12.1, 3.13.18, 3.14.10]\n",
		"src/return.py:1:1: SyntaxError: 'return' outside function\n",
		"src/template.py:1:6: SyntaxError: invalid syntax [Python 3.11.7, 3.12.1, 3.13.18]\n",
		"src/is.py:1: SyntaxWarning: \"is\" with 'int' literal. Did you mean \"==\"? [Python 3.12.1, 3.13.18, 3.14.10, 3.15.2]\n")
	if strings.Contains(out, "annotated.py") {
		t.Error(out)
	}
	contains(t, "one series", at().on(t, exitFailed, "check src --python 3.15"), "7 files: 1 error, 1 warning (Python 3.15.2 from --python, ")
	contains(t, "tolerated", at().on(t, exitOK, "check src --python 3.15 --ignore-errors return.py"), "1 tolerated")
	contains(t, "fine", at().on(t, exitOK, "check src/annotated.py"), "1 file: nothing found (Python 3.11.7, 3.12.1, 3.13.18, 3.14.10, 3.15.2, ")
	contains(t, "an old one", at().on(t, exitUsage, "check src --python 3.8"), "3.8")
	contains(t, "github", at().on(t, exitFailed, "check src --python 3.11 --format github"),
		"::error file=src/alias.py,line=1,col=6,endColumn=7,title=SyntaxError::invalid syntax\n",
		"::warning file=src/is.py,line=1,title=SyntaxWarning::\"is\" with a literal. Did you mean \"==\"?\n")
	w := at()
	w.on(t, exitFailed, "check src --format json")
	contains(t, "json", w.out.String(), `"kind": "check"`, `"3.15.2"`, `"path": "src/lazy.py"`, `"ok": false`)
	w = at()
	w.on(t, exitFailed, "check src --format sarif")
	contains(t, "sarif", w.out.String(), `"version": "2.1.0"`, `"uri": "src/return.py"`, `'return' outside function`)
}
