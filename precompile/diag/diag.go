// Package diag is the one form in which a fault in a source file travels
// through the program: from whichever compiler found it, over the engine's
// report, to text, JSON, SARIF or a workflow annotation.
//
// A Diagnostic is a value, not a formatted string: its positions stay numbers
// until a renderer needs them. Text rendering (Style) follows the habit of
// compilers rather than that of Python's traceback: one `path:line:col:` line
// that editors can jump to, the source line, and a caret under the range.
//
// The package knows no Python version and imports nothing of this module.
package diag

// Severity says whether a diagnostic stops a file from being compiled.
type Severity uint8

// The severities, in the order in which they sort.
const (
	Error   Severity = iota // the file has no code object
	Warning                 // the file compiled; the compiler remarked on it
)

// String returns "error" or "warning".
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// Diagnostic is one fault found in one source file. It is an error, so that a
// compiler can return it as such; errors.As tells a bad source (a *Diagnostic)
// from a compiler that failed (anything else).
type Diagnostic struct {
	Severity Severity
	// Type is the exception or warning class as Python names it: SyntaxError,
	// IndentationError, TabError, ValueError, RecursionError, SyntaxWarning, …
	Type string
	// Message is the text of the exception, without type and position.
	Message string
	// Path is the file as the user named it; compilers leave it empty and the
	// engine fills it in.
	Path string
	// Line and EndLine are 1-based; 0 means that the compiler gave none.
	Line, EndLine int
	// Col and EndCol are 1-based and count characters (code points), as
	// SyntaxError.offset and .end_offset do; EndCol is exclusive. 0 means none.
	Col, EndCol int
	// Text is the source line that Line names, without its line end; empty
	// where it is not known.
	Text string
}
