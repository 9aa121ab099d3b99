// Package internal_test holds the tree to its architecture.
package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/rules-precompile/precompile/"

// policy says which packages of this module may import which: "a, b < c, d"
// lets c and d import a and b, and all that these may import. What it does not
// allow is a fault, and so is a package that it does not name. It is a statement
// of policy, not a listing of what is imported today: change it when the walls
// of the house are moved, not to make a test pass.
//
// Names are folders below precompile/, where that is unambiguous their last
// element. Tests are bound as well, but may import what is forTests.
const policy = `
	# what knows no other package of the module
	NONE < diag, pyc, atomicfile, archive, tablegen, texthash, proctime;

	# the file format
	pyc < marshal, opcode, interptest, pyrepr;
	tablegen < opcode;
	marshal, opcode, pyrepr < dis;

	# what is said of caches, besides their verification
	dis, diag < explain;
	dis, diag, archive < pycdiff;

	# the contract between the engine and the compilers
	diag, pyc < backend;

	# what is kept of compilers' results
	backend, atomicfile < memo;

	# the embedded compiler, from bytes to code object; positions are ast's
	pyc < target;
	marshal, pyrepr, unidata, texthash < ast;
	diag, unidata < source;
	source, ast < token;
	target < unidata;
	token, unidata < lexer;
	lexer < parser;
	ast, diag, target, unidata < fold, symtable;
	opcode, marshal, target, texthash < instr;
	symtable, fold, instr < codegen;
	instr, fold < flowgraph;
	instr < assemble;
	instr < instrtest; # for tests
	instrtest < flowgraph, assemble;
	parser, codegen, flowgraph, assemble, backend, dis < compiler; # dis shows constants of its stages

	# the pool of interpreters
	backend, marshal < cpython;

	# the engine, and what is over it
	compiler, cpython, memo, dis, atomicfile, archive < precompile;
	cpython < pyselect; # which targets there are is the pool's to say
	precompile < report;
	precompile, report < worker;
	worker, pyselect, explain, pycdiff < cmd;
	pyc < e2e; # tests of the built command
	compiler < bench; # it measures the compiler without the command, too
`

// rules reads a policy: what each package may import.
func rules(t *testing.T, text string) map[string]map[string]bool {
	t.Helper()
	allowed := map[string]map[string]bool{}
	var lines []string
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		lines = append(lines, line)
	}
	for rule := range strings.SplitSeq(strings.Join(lines, " "), ";") {
		if strings.TrimSpace(rule) == "" {
			continue
		}
		groups := strings.Split(rule, "<")
		if len(groups) < 2 {
			t.Fatalf("policy: %q has no <", rule)
		}
		for i, g := range groups {
			for _, name := range names(g) {
				if allowed[name] == nil {
					allowed[name] = map[string]bool{}
				}
				if i == 0 {
					continue
				}
				for _, below := range names(groups[i-1]) {
					allowed[name][below] = true
				}
			}
		}
	}
	// Closure; and no package may come to import itself.
	for changed := true; changed; {
		changed = false
		for name, may := range allowed {
			for below := range may {
				for deeper := range allowed[below] {
					if !may[deeper] {
						may[deeper], changed = true, true
					}
				}
			}
			if may[name] {
				t.Fatalf("policy: %s may import itself", name)
			}
		}
	}
	return allowed
}

func names(group string) []string {
	var out []string
	for n := range strings.SplitSeq(group, ",") {
		if n = strings.TrimSpace(n); n != "" && n != "NONE" {
			out = append(out, n)
		}
	}
	return out
}

// short is a package's name in the policy.
func short(folder string) string {
	if first, _, _ := strings.Cut(folder, "/"); first == "cmd" {
		return first
	}
	return path.Base(folder)
}

// sources calls f with each Go file of the module, parsed, and its folder below
// the module's root.
func sources(t *testing.T, mode parser.Mode, f func(folder, name string, fset *token.FileSet, file *ast.File)) {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	err = filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, p)
		rel = filepath.ToSlash(rel)
		switch {
		case d.IsDir() && p != root && (d.Name()[0] == '.' || d.Name()[0] == '_' || d.Name() == "testdata"):
			return filepath.SkipDir
		case d.IsDir() || path.Ext(rel) != ".go":
			return nil
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, p, nil, mode)
		if err != nil {
			return err
		}
		seen++
		f(path.Dir(rel), rel, fset, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 20 {
		t.Fatalf("only %d Go files were found: is %s the module?", seen, root)
	}
}

// forTests are packages that nothing but tests imports.
var forTests = map[string]bool{"interptest": true, "proctime": true}

func TestImports(t *testing.T) {
	allowed := rules(t, policy)
	folders := map[string]string{}
	sources(t, parser.ImportsOnly, func(folder, name string, _ *token.FileSet, file *ast.File) {
		pkg := short(folder)
		test := strings.HasSuffix(name, "_test.go")
		if !test && (strings.HasPrefix(folder, "precompile") || strings.HasPrefix(folder, "cmd")) && file.Name.Name != "main" {
			if other, dup := folders[pkg]; dup && other != folder && pkg != "cmd" {
				t.Errorf("%s and %s have one name in the policy", other, folder)
			}
			folders[pkg] = folder
			if allowed[pkg] == nil {
				t.Errorf("%s: package %s is not in the policy at the top of this test", name, pkg)
			}
		}
		for _, spec := range file.Imports {
			imported, _ := strconv.Unquote(spec.Path.Value)
			if imported == "C" {
				t.Errorf("%s: cgo", name)
			}
			rest, ours := strings.CutPrefix(imported, module)
			if !ours {
				continue
			}
			other := short(rest)
			switch {
			case forTests[other] && !test:
				t.Errorf("%s imports %s, which is for tests", name, other)
			case forTests[other], other == pkg:
			case file.Name.Name == "main" && pkg != "cmd" && ignored(file):
				// a generator, which no build has
			case !allowed[pkg][other] && !test:
				t.Errorf("%s: the policy does not let %s import %s", name, pkg, other)
			case allowed[other][pkg]:
				t.Errorf("%s: %s imports %s, which is over it", name, pkg, other)
			}
		}
	})
	for _, want := range []string{"pyc", "backend", "precompile"} {
		if folders[want] == "" {
			t.Errorf("package %s was not seen", want)
		}
	}
}

// ignored reports whether a file has the build tag "ignore".
func ignored(file *ast.File) bool {
	for _, c := range file.Comments {
		for _, line := range c.List {
			if line.Pos() < file.Package && strings.HasPrefix(line.Text, "//go:build ignore") {
				return true
			}
		}
	}
	return false
}

// TestVersionComparisons finds code of the embedded compiler that looks at a
// version number. What depends on the version is a feature, named in package
// target; only there are versions compared.
func TestVersionComparisons(t *testing.T) {
	sources(t, parser.SkipObjectResolution, func(folder, name string, fset *token.FileSet, file *ast.File) {
		inCompiler := folder == "precompile/compiler" || strings.HasPrefix(folder, "precompile/compiler/")
		if !inCompiler || path.Base(folder) == "target" || strings.HasSuffix(name, "_test.go") || ignored(file) {
			return
		}
		for _, n := range comparisons(file) {
			t.Errorf("%s:%d: a version is compared outside package target: give what depends on it a name there",
				name, fset.Position(n.Pos()).Line)
		}
	})
}

// comparisons finds a.Minor < x and the like, switches over versions, and calls
// of the methods that compare them.
func comparisons(file *ast.File) (found []ast.Node) {
	version := func(e ast.Expr) bool {
		sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
		return ok && slices.Contains([]string{"Major", "Minor", "Patch"}, sel.Sel.Name)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			comparing := slices.Contains([]token.Token{token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ}, n.Op)
			if comparing && (version(n.X) || version(n.Y)) {
				found = append(found, n)
			}
		case *ast.SwitchStmt:
			if n.Tag != nil && version(n.Tag) {
				found = append(found, n)
			}
		case *ast.IndexExpr:
			if version(n.Index) {
				found = append(found, n)
			}
		case *ast.CallExpr:
			if sel, ok := n.Fun.(*ast.SelectorExpr); ok && (sel.Sel.Name == "AtLeast" || sel.Sel.Name == "Matches") {
				found = append(found, n)
			}
		}
		return true
	})
	return found
}

// The test above can fail.
func TestVersionComparisonsFinds(t *testing.T) {
	for text, want := range map[string]int{
		"v.Minor >= 12": 1, "13 == (p.Version.Minor)": 1, "v.AtLeast(3, 12)": 1, "table[v.Minor]": 1, "v.Patch != 0 && v.Major > 3": 2,
		"f.InlinedComprehensions": 0, "minor": 0, "v.Minor": 0, "a.Major.B == c": 0,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\nvar _ = "+text+"\nfunc f() { switch x {} }", 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(comparisons(file)); got != want {
			t.Errorf("%s: %d found, want %d", text, got, want)
		}
	}
}
