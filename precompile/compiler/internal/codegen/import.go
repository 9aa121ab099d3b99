package codegen

import (
	"strings"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

func (g *Generator) importStmt(s *ast.Import) {
	at := locOf(s)
	for i := range s.Names {
		a := &s.Names[i]
		g.loadInt(at, 0)
		g.loadNone(at)
		g.opArg(at, opcode.ImportName, g.globalName(g.mangle(a.Name)))
		first, rest, dotted := strings.Cut(g.names.Text(a.Name), ".")
		switch {
		case a.AsName != ast.NoName && dotted:
			g.importAs(at, rest, a.AsName)
		case a.AsName != ast.NoName:
			g.nameOp(at, a.AsName, ast.Store)
		case dotted:
			g.nameOp(at, g.names.Intern(first), ast.Store)
		default:
			g.nameOp(at, a.Name, ast.Store)
		}
	}
}

// importAs binds the submodule path of the package that is on the stack.
func (g *Generator) importAs(at instr.Loc, path string, name ast.Name) {
	for {
		part, rest, more := strings.Cut(path, ".")
		// These names are not mangled.
		g.opArg(at, opcode.ImportFrom, g.globalName(g.names.Intern(part)))
		if !more {
			break
		}
		g.opArg(at, opcode.Swap, 2)
		g.op(at, opcode.PopTop)
		path = rest
	}
	g.nameOp(at, name, ast.Store)
	g.op(at, opcode.PopTop)
}

func (g *Generator) importFrom(s *ast.ImportFrom) {
	at := locOf(s)
	g.loadInt(at, int(s.Level))
	names := make([]*marshal.Value, len(s.Names))
	for i := range s.Names {
		names[i] = g.objects.name(s.Names[i].Name)
	}
	if !g.f.SymtableChecks && s.Module == ast.NameFuture && s.Level == 0 && g.in.Future.Late(&s.Pos, g.f) {
		g.fail(at, "from __future__ imports must occur at the beginning of the file")
	}
	g.load(at, g.pool.Tuple(names...))
	module := ast.NoName // its text is empty
	if s.Module != ast.NoName {
		module = g.mangle(s.Module)
	}
	g.opArg(at, opcode.ImportName, g.globalName(module))
	for i := range s.Names {
		a := &s.Names[i]
		if i == 0 && a.Name == ast.NameStar {
			g.opArg(at, opcode.CallIntrinsic1, intrinsicImportStar)
			g.op(noLoc, opcode.PopTop)
			return
		}
		g.opArg(at, opcode.ImportFrom, g.globalName(g.mangle(a.Name)))
		bound := a.Name
		if a.AsName != ast.NoName {
			bound = a.AsName
		}
		g.nameOp(at, bound, ast.Store)
	}
	g.op(at, opcode.PopTop)
}
