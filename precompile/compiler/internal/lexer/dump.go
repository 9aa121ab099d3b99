package lexer

import (
	"fmt"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/source"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/token"
	"github.com/rules-precompile/precompile/precompile/internal/pyrepr"
)

// Dump appends the tokens of a source, one a line, in the columns of
// `python -m tokenize`: the extent, the kind, the text. It lists what the parser
// sees, which is without comments and blank lines. ok is false where the lexer
// stopped at an error; the tokens before it are there.
func Dump(b []byte, src *source.Source, f *target.Features) (out []byte, ok bool) {
	var l Lexer
	l.Init(src, ast.NewNames(), f)
	var t token.Token
	for l.Next(&t) {
		p := t.Pos
		text := src.Text[t.Start:t.End]
		kind := t.Kind.String()
		switch {
		case t.Kind.IsKeyword():
			kind = token.Name.String()
		case t.Kind.IsOperator():
			kind = "OP"
		case t.Kind == token.Indent: // the extent of the indentation
			p.Col, p.EndCol = 0, int32(l.pos-l.lineStart)
			text = src.Text[l.lineStart:l.pos]
		case t.Kind == token.Newline:
			text = "\n"
		case p.Col < 0:
			p.Col, p.EndCol = int32(max(0, l.pos-l.lineStart)), int32(max(0, l.pos-l.lineStart))
			if t.Kind == token.EOF || int(t.Start) >= len(src.Text) { // on the line behind the last
				p.Line, p.EndLine = l.line, l.line
			}
		}
		b = fmt.Appendf(b, "%-20s%-15s", fmt.Sprintf("%d,%d-%d,%d:", p.Line, p.Col, p.EndLine, p.EndCol), kind)
		b = pyrepr.AppendStr(b, text, f.Profile.Minor)
		b = append(b, '\n')
		if t.Kind == token.EOF {
			return b, true
		}
	}
	return b, false
}
