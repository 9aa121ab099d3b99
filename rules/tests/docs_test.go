// Package rules_test holds the guide of the rules to their code.
package rules_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the tables of rules/README.md")

// documented are the rules, aspects and tags that the guide has tables for: the
// name, and the file that defines it. A name after a colon is what a .bzl file
// calls it.
var documented = [][2]string{
	{"pyc_library", "private/library.bzl"},
	{"pyc_collection", "private/aspect.bzl"},
	{"pyc_aspect", "private/aspect.bzl"},
	{"pyc_verify_test", "private/verify.bzl"},
	{"rules_python_precompiler", "private/dropin.bzl"},
	{"precompile_toolchain", "private/toolchain.bzl"},
	{"toolchain", "extensions.bzl:_toolchain"},
	{"interpreter", "extensions.bzl:_interpreter"},
	{"prebuilt", "extensions.bzl:_prebuilt"},
}

// attribute is one of a rule.
type attribute struct{ name, kind, fallback, doc string }

var (
	attrLine    = regexp.MustCompile(`^ +"(\w+)": attr\.(\w+)\((.*)\),$`)
	docText     = regexp.MustCompile(`doc = "((?:[^"\\]|\\.)*)"`)
	defaultText = regexp.MustCompile(`default = ("(?:[^"\\]|\\.)*"|\w+)`)
)

// attributes reads the attributes between a line and the end of that definition.
func attributes(t *testing.T, file, definition string) []attribute {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(file)))
	if err != nil {
		t.Fatal(err)
	}
	var out []attribute
	found := false
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, definition+" = ") {
			found = true
		}
		if !found {
			continue
		}
		if line == ")" || line == "}" {
			break
		}
		if strings.Contains(line, " ASPECT_ATTRS") && definition != "ASPECT_ATTRS" {
			out = append(out, attributes(t, "private/aspect.bzl", "ASPECT_ATTRS")...)
		}
		m := attrLine.FindStringSubmatch(line)
		if m == nil {
			if strings.Contains(line, "attr.") {
				t.Errorf("%s: %s: this test cannot read an attribute: write it on one line: %s", file, definition, line)
			}
			continue
		}
		if strings.HasPrefix(m[1], "_") {
			continue
		}
		a := attribute{name: m[1], kind: m[2]}
		if d := docText.FindStringSubmatch(m[3]); d != nil {
			a.doc = strings.ReplaceAll(d[1], `\"`, `"`)
		} else {
			t.Errorf("%s: %s: %s has no doc", file, definition, a.name)
		}
		switch d := defaultText.FindStringSubmatch(m[3]); {
		case strings.Contains(m[3], "mandatory = True"):
			a.fallback = "required"
		case d != nil:
			a.fallback = "`" + d[1] + "`"
		default:
			a.fallback = map[string]string{"string": "`\"\"`", "label": "`None`", "string_dict": "`{}`", "label_keyed_string_dict": "`{}`"}[a.kind]
			if a.fallback == "" {
				a.fallback = "`[]`"
			}
		}
		out = append(out, a)
	}
	if !found {
		t.Fatalf("%s has no %s", file, definition)
	}
	if len(out) == 0 {
		t.Fatalf("%s: %s has no attribute", file, definition)
	}
	slices.SortFunc(out, func(a, b attribute) int { return strings.Compare(a.name, b.name) })
	return out
}

func table(rows []attribute) string {
	var b strings.Builder
	b.WriteString("| attribute | type | default | |\n|---|---|---|---|\n")
	for _, a := range rows {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", a.name, a.kind, a.fallback, strings.ReplaceAll(a.doc, "|", `\|`))
	}
	return b.String()
}

var settingText = regexp.MustCompile(`(?s)((?:# [^\n]*\n)+)\w+_setting\(\n    name = "(\w+)",\n    build_setting_default = ([^\n]*),\n`)

// settings is the table of the flags.
func settings(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "settings", "BUILD.bazel"))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("| flag | default | |\n|---|---|---|\n")
	found := settingText.FindAllStringSubmatch(string(text), -1)
	if n := strings.Count(string(text), "build_setting_default"); len(found) != n {
		t.Errorf("%d settings, and %d have a comment", n, len(found))
	}
	for _, m := range found {
		doc := strings.Join(strings.Fields(strings.ReplaceAll("\n"+m[1], "\n# ", " ")), " ")
		fmt.Fprintf(&b, "| `--@rules_precompile//rules/settings:%s` | `%s` | %s |\n", m[2], m[3], strings.ReplaceAll(doc, "*", `\*`))
	}
	return b.String()
}

// TestGuide holds the tables of rules/README.md to the attributes and flags in
// the code; with -update it writes them.
func TestGuide(t *testing.T) {
	path := filepath.Join("..", "README.md")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	guide := string(b)
	tables := map[string]string{"settings": settings(t)}
	for _, d := range documented {
		file, definition, renamed := strings.Cut(d[1], ":")
		if !renamed {
			definition = d[0]
		}
		tables[d[0]] = table(attributes(t, file, definition))
	}
	for name, want := range tables {
		begin, end := "<!-- "+name+" -->\n", "<!-- end -->"
		i := strings.Index(guide, begin)
		if i < 0 {
			t.Errorf("rules/README.md has no table %q", name)
			continue
		}
		i += len(begin)
		n := strings.Index(guide[i:], end)
		if got := guide[i : i+n]; got != want && !*update {
			t.Errorf("rules/README.md: the table %s is not what the code says; go test ./rules/tests -update writes it:\n%s", name, want)
		}
		guide = guide[:i] + want + guide[i+n:]
	}
	if *update {
		if err := os.WriteFile(path, []byte(guide), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestDefs holds the list above to what defs.bzl and toolchain.bzl export.
func TestDefs(t *testing.T) {
	exported := regexp.MustCompile(`(?m)^(\w+) = _(\w+)$`)
	for _, file := range []string{"defs.bzl", "toolchain.bzl"} {
		text, err := os.ReadFile(filepath.Join("..", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range exported.FindAllStringSubmatch(string(text), -1) {
			if strings.HasSuffix(m[1], "Info") {
				continue // providers are told of in their own file
			}
			if !slices.ContainsFunc(documented, func(d [2]string) bool { return d[0] == m[1] }) {
				t.Errorf("%s exports %s, which the guide has no table for", file, m[1])
			}
		}
	}
}
