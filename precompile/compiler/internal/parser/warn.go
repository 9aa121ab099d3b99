package parser

import (
	"fmt"
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
	p.warn(line, p.escapeMessage(octal, escape))
}

// escapeMessage is the text of the warning on an invalid escape.
func (p *Parser) escapeMessage(octal, escape string) string {
	if p.f.LongEscapeWarnings {
		return fmt.Sprintf("\"\\%s\" is an invalid %sescape sequence. Such sequences will not work in the future. "+
			"Did you mean \"\\\\%s\"? A raw string is also an option.", escape, octal, escape)
	}
	return fmt.Sprintf("invalid %sescape sequence '\\%s'", octal, escape)
}

func (p *Parser) warn(line int, message string) {
	category := "SyntaxWarning"
	if !p.f.EscapesAreSyntaxWarnings {
		category = "DeprecationWarning"
	}
	p.warnings = append(p.warnings, diag.Diagnostic{
		Severity: diag.Warning, Type: category, Message: message, Line: line,
	})
}
