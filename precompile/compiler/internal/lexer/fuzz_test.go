package lexer

import (
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/source"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/token"
)

// FuzzLexer reads sources to their end or first error. Tokens must follow one
// another without overlap, and must come to an end.
func FuzzLexer(f *testing.F) {
	for i, s := range []string{
		"x = 1\n", "if x:\n\ty\nz", "f'a{x!r:>{y}}{{' 'b'", "t\"\"\"{\n}\"\"\"", "'\\\n'", "(\n#\n)", "\\\n", "0x1g 1_0 1e 1jif", "é∑ $",
		"f'{x=!r:\n}'", "rb'' bR'' ur''", "'''", "\f x\n\ty", "a\\b", "f'\\N{a}\\{x}'",
	} {
		f.Add([]byte(s), uint8(i))
	}
	f.Fuzz(func(t *testing.T, data []byte, version uint8) {
		known := target.Known()
		features := target.New(known[int(version)%len(known)])
		src, err := source.Decode(data, features)
		if err != nil {
			return
		}
		var l Lexer
		l.Init(src, ast.NewNames(), features)
		var tok token.Token
		last := uint32(0)
		for n := 0; ; n++ {
			if !l.Next(&tok) {
				if l.Err == nil || l.Next(&tok) {
					t.Fatal("an error that does not stay")
				}
				return
			}
			if tok.Start < last || tok.End < tok.Start || int(tok.End) > len(src.Text) {
				t.Fatalf("token %v at %d-%d behind %d", tok.Kind, tok.Start, tok.End, last)
			}
			last = tok.End
			if tok.Kind == token.EOF {
				return
			}
			if n > 4*len(src.Text)+1000 {
				t.Fatal("no end")
			}
		}
	})
}
