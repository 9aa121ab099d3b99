package pycdiff

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/rules-precompile/precompile/precompile/diag"
)

// Text describes the differences for a person. width is the number of columns
// that listings may take, 0 for 120; color adds the SGR sequences of a colour
// terminal.
func (r *Report) Text(width int, color bool) string {
	if width <= 0 {
		width = 120
	}
	var b strings.Builder
	paint := func(sgr, s string) string {
		if !color {
			return s
		}
		return "\x1b[" + sgr + "m" + s + "\x1b[0m"
	}
	for _, f := range r.Faults {
		b.WriteString(paint("31", diag.Line(f)) + "\n")
	}
	for _, p := range r.Pairs {
		head := p.Words()
		if p.Name != "" {
			head = diag.Name(p.Name) + ": " + head
		}
		sgr := "33"
		switch p.Verdict {
		case Same:
			sgr = "32"
		case CodeDiffers, Unreadable:
			sgr = "31"
		}
		b.WriteString(paint(sgr, head) + "\n")
		for _, h := range p.Header {
			b.WriteString("  header: " + diag.Line(h) + "\n")
		}
		if p.Listing != nil {
			p.Listing.text(&b, width, paint)
		}
	}
	if len(r.Pairs) != 1 || r.Pairs[0].Name != "" {
		b.WriteString(r.summary() + "\n")
	}
	return b.String()
}

// Words is the verdict in a phrase.
func (p *Pair) Words() string {
	switch p.Verdict {
	case Same:
		return "the same bytes"
	case HeaderOnly:
		return "the same code, byte for byte, under another header"
	case FormOnly:
		words := make([]string, len(p.Classes))
		for i, c := range p.Classes {
			words[i] = string(c)
		}
		return "equal code in another marshal form (" + strings.Join(words, ", ") + ")"
	case CodeDiffers:
		s := "the code differs: " + diag.Line(p.Field)
		if p.Path != "" {
			s += " of " + diag.Line(p.Path)
		}
		return s + ": " + diag.Line(p.A) + " and " + diag.Line(p.B)
	case Unreadable:
		return "not the same bytes, and cannot be compared: " + diag.Line(p.Error)
	case OnlyInA:
		return "only in the first"
	}
	return "only in the second"
}

func (r *Report) summary() string {
	total := 0
	for _, n := range r.Count {
		total += n
	}
	s := fmt.Sprintf("%d caches: %d the same bytes", total, r.Count[Same])
	for _, c := range []struct {
		v     Verdict
		words string
	}{
		{HeaderOnly, "of the same code under another header"}, {FormOnly, "of equal code in another form"},
		{CodeDiffers, "of other code"}, {Unreadable, "that cannot be compared"}, {OnlyInA, "only in the first"},
		{OnlyInB, "only in the second"},
	} {
		if n := r.Count[c.v]; n > 0 {
			s += fmt.Sprintf(", %d %s", n, c.words)
		}
	}
	return s
}

func (l *Listing) text(b *strings.Builder, width int, paint func(sgr, s string) string) {
	fmt.Fprintf(b, "  instructions of %s\n", diag.Line(l.Path))
	half := max((width-8)/2, 20)
	for _, r := range l.Rows {
		left, right := clip(r.A, half), clip(r.B, half)
		pad := strings.Repeat(" ", half-utf8.RuneCountInString(left))
		switch {
		case r.Same:
			b.WriteString("    " + left + pad + "   " + right + "\n")
		case r.A == "":
			b.WriteString("    " + pad + " > " + paint("32", right) + "\n")
		case r.B == "":
			b.WriteString("    " + paint("31", left) + pad + " <\n")
		default:
			b.WriteString("    " + paint("31", left) + pad + " | " + paint("32", right) + "\n")
		}
	}
}

// clip cuts s to n characters.
func clip(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)
	return string(r[:n-1]) + "…"
}

type jsonPair struct {
	Name    string       `json:"name,omitempty"`
	Verdict string       `json:"verdict"`
	Header  []string     `json:"header,omitempty"`
	Classes []string     `json:"classes,omitempty"`
	Path    string       `json:"path,omitempty"`
	Field   string       `json:"field,omitempty"`
	A       string       `json:"a,omitempty"`
	B       string       `json:"b,omitempty"`
	Error   string       `json:"error,omitempty"`
	Listing *jsonListing `json:"listing,omitempty"`
}

type jsonListing struct {
	Path string    `json:"path"`
	Rows []jsonRow `json:"rows"`
}

type jsonRow struct {
	A    string `json:"a"`
	B    string `json:"b"`
	Same bool   `json:"same"`
}

// JSON is the report as an indented JSON object (docs/schema/diff.schema.json)
// and a line feed.
func (r *Report) JSON() ([]byte, error) {
	doc := struct {
		Schema int            `json:"schema_version"`
		Kind   string         `json:"kind"`
		Pairs  []jsonPair     `json:"pairs"`
		Count  map[string]int `json:"count"`
		Faults []string       `json:"faults"`
	}{1, "diff", []jsonPair{}, map[string]int{}, []string{}}
	doc.Faults = append(doc.Faults, r.Faults...)
	for v, n := range r.Count {
		doc.Count[Verdict(v).String()] = n
	}
	for _, p := range r.Pairs {
		j := jsonPair{
			Name: p.Name, Verdict: p.Verdict.String(), Header: p.Header, Path: p.Path, Field: p.Field, A: p.A, B: p.B, Error: p.Error,
		}
		for _, c := range p.Classes {
			j.Classes = append(j.Classes, string(c))
		}
		if p.Listing != nil {
			j.Listing = &jsonListing{Path: p.Listing.Path, Rows: []jsonRow{}}
			for _, row := range p.Listing.Rows {
				j.Listing.Rows = append(j.Listing.Rows, jsonRow(row))
			}
		}
		doc.Pairs = append(doc.Pairs, j)
	}
	b, err := json.MarshalIndent(doc, "", "  ")
	return append(b, '\n'), err
}
