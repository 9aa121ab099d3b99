package parser

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/source"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/diag"
)

// report words the error of a source that has no tree.
func (p *Parser) report(src *source.Source, f *target.Features) error {
	return &diag.Diagnostic{Type: "SyntaxError", Message: "invalid syntax", Line: int(p.tok.Line), Col: int(p.tok.Col) + 1}
}
