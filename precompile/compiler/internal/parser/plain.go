package parser

import "github.com/rules-precompile/precompile/precompile/compiler/internal/ast"

// What the preprocessor may rewrite or remark on is counted while it is parsed, so
// that it can pass over the functions that have nothing of the kind: see
// ast.FunctionDef.Plain. Constants arise from constants, so that it is enough to look
// at the parts as they were parsed: where a part becomes a constant later, it has been
// counted itself. Counting too much does no harm, which is why nothing is taken back
// where a parse is.

// mayFoldTuple counts a tuple that is a constant.
func (p *Parser) mayFoldTuple(elts []ast.Expr) {
	if !p.f.ConstFoldingInCFG && (len(elts) == 0 || isConstant(elts[0]) && isConstant(elts[len(elts)-1])) {
		p.rewrites++
	}
}

// mayFoldBinary counts an operation on constants, and a format string.
func (p *Parser) mayFoldBinary(op ast.Operator, left, right ast.Expr) {
	if !isConstant(left) {
		return
	}
	if _, tuple := right.(*ast.Tuple); !p.f.ConstFoldingInCFG || tuple && op == ast.Mod {
		p.rewrites++
	}
}

// mayFoldUnary counts an operator on a constant, and the opposite of a comparison.
func (p *Parser) mayFoldUnary(op ast.UnaryOperator, x ast.Expr) {
	if p.f.ConstFoldingInCFG {
		return
	}
	if _, compare := x.(*ast.Compare); compare && op == ast.Not || isConstant(x) {
		p.rewrites++
	}
}

// mayFoldIter counts a display that is only iterated over or searched.
func (p *Parser) mayFoldIter(x ast.Expr) {
	if p.f.ConstFoldingInCFG {
		return
	}
	switch x.(type) {
	case *ast.List, *ast.Set:
		p.rewrites++
	}
}

// mayFoldSubscript counts the item of a constant.
func (p *Parser) mayFoldSubscript(value ast.Expr) {
	if !p.f.ConstFoldingInCFG && isConstant(value) {
		p.rewrites++
	}
}

func isConstant(x ast.Expr) bool {
	_, ok := x.(*ast.Constant)
	return ok
}
