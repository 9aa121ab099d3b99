package explain

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/rules-precompile/precompile/precompile/diag"
)

// Text describes an import for a person: a paragraph a module, a line a step,
// then the verdict. color adds the SGR sequences of a colour terminal.
func (r *Result) Text(color bool) string {
	var b strings.Builder
	paint := func(sgr, s string) string {
		if !color {
			return s
		}
		return "\x1b[" + sgr + "m" + s + "\x1b[0m"
	}
	for i := range r.Modules {
		m := &r.Modules[i]
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(paint("1", "import "+diag.Line(m.Name)) + "\n")
		for _, s := range m.Steps {
			mark, sgr := " ", "2"
			switch s.Outcome {
			case Passed:
				mark, sgr = "+", "32"
			case Failed:
				mark, sgr = "-", "33"
			}
			fmt.Fprintf(&b, "  %s %-12s %s\n", paint(sgr, mark), s.What, diag.Line(s.words()))
		}
		sgr := "32"
		if m.Exception != "" {
			sgr = "31"
		}
		b.WriteString("  " + paint(sgr+";1", "= "+diag.Line(m.Words())) + "\n")
	}
	return b.String()
}

// words is the step in words, with the two values of a comparison.
func (s Step) words() string {
	if s.Have == "" && s.Want == "" {
		return s.Detail
	}
	sign := "="
	switch {
	case s.What == "flags":
		sign = "in"
		if s.Outcome == Failed {
			sign = "not in"
		}
	case s.Outcome == Failed:
		sign = "is not"
	}
	return s.Detail + ": " + s.Have + " " + sign + " " + s.Want
}

// Words is the verdict in a sentence.
func (m *Module) Words() string {
	s := ""
	switch m.Verdict {
	case LoadsCache:
		at := m.Cache
		if m.Loader == sourcelessLoader {
			at = m.File
		}
		s = "loads " + at
	case Compiles:
		s = "compiles " + m.File
	case LoadsExtension:
		s = "loads the extension module " + m.File
	case Namespace:
		s = "makes a namespace package of " + strings.Join(m.SearchPath, ", ")
	case BuiltIn:
		s = "takes the built-in module"
	case Frozen:
		s = "takes the frozen module"
	default:
		s = "raises " + m.Exception + ": " + m.Message
	}
	s += ": " + m.Reason
	switch {
	case m.Writes:
		s += "; writes " + m.Cache + " (" + m.WriteMode + ")"
	case m.Unwritten != "":
		s += "; writes no cache: " + m.Unwritten
	}
	return s
}

// jsonModule and jsonStep are the JSON form (docs/schema/explain.schema.json).
type jsonModule struct {
	Name       string     `json:"name"`
	Steps      []jsonStep `json:"steps"`
	Verdict    Verdict    `json:"verdict"`
	Reason     string     `json:"reason"`
	Loader     string     `json:"loader,omitempty"`
	File       string     `json:"file,omitempty"`
	SearchPath []string   `json:"search_path,omitempty"`
	Cache      string     `json:"cache,omitempty"`
	Exception  string     `json:"exception,omitempty"`
	Message    string     `json:"message,omitempty"`
	Writes     bool       `json:"writes"`
	WriteMode  string     `json:"write_mode,omitempty"`
	Unwritten  string     `json:"unwritten,omitempty"`
}

type jsonStep struct {
	What    string  `json:"what"`
	Outcome Outcome `json:"outcome,omitempty"`
	Detail  string  `json:"detail"`
	Have    string  `json:"have,omitempty"`
	Want    string  `json:"want,omitempty"`
}

// JSON is the result as an indented JSON object and a line feed.
func (r *Result) JSON() ([]byte, error) {
	doc := struct {
		Schema  int          `json:"schema_version"`
		Kind    string       `json:"kind"`
		Modules []jsonModule `json:"modules"`
	}{1, "explain", []jsonModule{}}
	for _, m := range r.Modules {
		j := jsonModule{
			Name: m.Name, Steps: []jsonStep{}, Verdict: m.Verdict, Reason: m.Reason, Loader: m.Loader, File: m.File,
			SearchPath: m.SearchPath, Cache: m.Cache, Exception: m.Exception, Message: m.Message, Writes: m.Writes,
			WriteMode: m.WriteMode, Unwritten: m.Unwritten,
		}
		for _, s := range m.Steps {
			j.Steps = append(j.Steps, jsonStep{s.What, s.Outcome, s.Detail, s.Have, s.Want})
		}
		doc.Modules = append(doc.Modules, j)
	}
	b, err := json.MarshalIndent(doc, "", "  ")
	return append(b, '\n'), err
}
