package parser

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/token"
	"github.com/rules-precompile/precompile/precompile/diag"
)

// warnEscape remarks on the invalid escape of the literal t whose letter is at
// offset at of its text.
func (p *Parser) warnEscape(text string, t *token.Token, at int) {
	c := text[at]
	if (t.Kind == token.FStringMiddle || t.Kind == token.TStringMiddle) && (c == '{' || c == '}') {
		return // the lexer did
	}
	escape := text[at : at+1]
	octal := ""
	if '4' <= c && c <= '7' {
		escape = text[at:min(at+3, len(text))]
		octal = "octal "
	}
	line := int(t.Line)
	if p.f.EscapeWarningLines {
		line += strings.Count(text[:at], "\n")
	}
	p.warn(int(t.End), line, p.escapeMessage(octal, escape))
}

// escapeMessage is the text of the warning on an invalid escape.
func (p *Parser) escapeMessage(octal, escape string) string {
	if p.f.LongEscapeWarnings {
		return fmt.Sprintf("\"\\%s\" is an invalid %sescape sequence. Such sequences will not work in the future. "+
			"Did you mean \"\\\\%s\"? A raw string is also an option.", escape, octal, escape)
	}
	return fmt.Sprintf("invalid %sescape sequence '\\%s'", octal, escape)
}

// warning is a warning and how far the source had been read when it was issued.
type warning struct {
	diag.Diagnostic
	at int
}

// warn issues the warning on an escape in a literal that ends at offset at.
func (p *Parser) warn(at, line int, message string) {
	category := "SyntaxWarning"
	if !p.f.EscapesAreSyntaxWarnings {
		category = "DeprecationWarning"
	}
	p.warned = append(p.warned, warning{
		diag.Diagnostic{Severity: diag.Warning, Type: category, Message: message, Line: line}, at,
	})
}

// warnRelativeLazy remarks on `from . lazy import`, whose module name begins at
// name behind level dots.
func (p *Parser) warnRelativeLazy(name start, level int) {
	dots := strings.Repeat(".", level)
	p.warned = append(p.warned, warning{
		diag.Diagnostic{
			Severity: diag.Warning, Type: "SyntaxWarning", Line: int(name.line),
			Message: fmt.Sprintf("'from %s lazy import' is the same as 'from %slazy import'; did you mean 'lazy from %s import'?", dots, dots, dots),
		}, int(p.tok.Start),
	})
}

// warnings returns what the lexer and the parser have remarked on, in the order in
// which CPython does, which reads no further ahead than it must.
func (p *Parser) warnings() []diag.Diagnostic {
	if len(p.warned) == 0 && len(p.lex.Warnings) == 0 {
		return nil
	}
	all := p.allWarnings()
	out := make([]diag.Diagnostic, len(all))
	for i := range all {
		out[i] = all[i].Diagnostic
	}
	return out
}

func (p *Parser) allWarnings() []warning {
	all := slices.Clone(p.warned)
	for _, w := range p.lex.Warnings {
		d := diag.Diagnostic{Severity: diag.Warning, Type: "SyntaxWarning", Line: int(w.Line)}
		if w.Literal != "" {
			d.Message = fmt.Sprintf("invalid %s literal", w.Literal)
		} else {
			d.Message = p.escapeMessage("", string(rune(w.Escape)))
		}
		all = append(all, warning{d, w.Pos})
	}
	slices.SortStableFunc(all, func(a, b warning) int { return a.at - b.at })
	return all
}
