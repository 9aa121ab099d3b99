package diag

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Error returns the one-line form, "path:line:col: SyntaxError: message", less
// what is not known. Where there is no Type the severity stands in its place.
func (d *Diagnostic) Error() string {
	return string(Style{}.appendHead(nil, d))
}

// Compare orders diagnostics by path, position, severity, type and message.
func Compare(a, b *Diagnostic) int {
	return cmp.Or(
		cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col),
		cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Message, b.Message),
	)
}

// Sort sorts ds by Compare; equal ones keep their order.
func Sort(ds []Diagnostic) {
	slices.SortStableFunc(ds, func(a, b Diagnostic) int { return Compare(&a, &b) })
}

// Style is how a diagnostic is written as text.
type Style struct {
	// Color adds ANSI colours.
	Color bool
	// Width is how many columns a source line may take, gutter included; a
	// longer one is cut around the range. 0 means 100, and less than 40 is
	// taken for 40.
	Width int
}

// The escape sequences of Style.Color (ECMA-48, select graphic rendition).
const (
	sgrReset  = "\x1b[0m"
	sgrBold   = "\x1b[1m"
	sgrRed    = "\x1b[1;31m"
	sgrYellow = "\x1b[1;33m"
	sgrGreen  = "\x1b[1;32m"
	sgrDim    = "\x1b[2m"
)

// tabWidth is the distance of tab stops, the same as Python's tokenizer has.
const tabWidth = 8

// Format returns d as text; see Append.
func (s Style) Format(d *Diagnostic) string { return string(s.Append(nil, d)) }

// Append appends d to dst: the line of Error and, where the position and the
// source line are known, that line with carets under the range, each line with
// its end:
//
//	pkg/a.py:2:5: SyntaxError: invalid syntax
//	  2 | x = +* 2
//	    |     ^^
//
// Tabs are shown as spaces, what could steer a terminal is escaped, and a range
// that ends on another line is marked to the end of the first with a note of
// where it ends.
func (s Style) Append(dst []byte, d *Diagnostic) []byte {
	dst = append(s.appendHead(dst, d), '\n')
	if d.Line <= 0 || d.Text == "" {
		return dst
	}
	number := strconv.Itoa(d.Line)
	width := s.Width
	if width == 0 {
		width = 100
	}
	snip := cut(d, max(width, 40)-len(number)-5)
	gutter := strings.Repeat(" ", len(number)+2)

	dst = s.paint(dst, sgrDim, "  "+number+" |")
	if snip.text != "" {
		dst = append(append(dst, ' '), snip.text...)
	}
	dst = append(dst, '\n')
	if d.Col <= 0 {
		return dst
	}
	dst = s.paint(dst, sgrDim, gutter+" |")
	dst = append(append(dst, ' '), strings.Repeat(" ", snip.start)...)
	dst = s.paint(dst, sgrGreen, strings.Repeat("^", max(1, snip.end-snip.start)))
	if d.EndLine > d.Line {
		note := " to line " + strconv.Itoa(d.EndLine)
		if d.EndCol > 0 {
			note += ", column " + strconv.Itoa(d.EndCol)
		}
		dst = s.paint(dst, sgrDim, note)
	}
	return append(dst, '\n')
}

func (s Style) appendHead(dst []byte, d *Diagnostic) []byte {
	where := ""
	if d.Path != "" {
		where = Name(d.Path) + ":"
	}
	if d.Line > 0 {
		where += strconv.Itoa(d.Line) + ":"
		if d.Col > 0 {
			where += strconv.Itoa(d.Col) + ":"
		}
	}
	if where != "" {
		dst = append(s.paint(dst, sgrBold, where), ' ')
	}
	color := sgrRed
	if d.Severity == Warning {
		color = sgrYellow
	}
	label := Line(d.Type)
	if label == "" {
		label = d.Severity.String()
	}
	if d.Message == "" {
		return s.paint(dst, color, label)
	}
	return append(append(s.paint(dst, color, label+":"), ' '), Line(d.Message)...)
}

func (s Style) paint(dst []byte, sgr, text string) []byte {
	if !s.Color {
		return append(dst, text...)
	}
	return append(append(append(dst, sgr...), text...), sgrReset...)
}

// snippet is a source line as it is shown, and the columns of the range in it;
// end is exclusive.
type snippet struct {
	text       string
	start, end int
}

// cell is one user-perceived character of a source line.
type cell struct {
	text        string
	width       int
	first, last int // its code points, counted from 1 in the whole line; last is exclusive
}

const ellipsis = "…"

// cut makes the snippet of at most width columns around the range of d.
func cut(d *Diagnostic, width int) snippet {
	from, to := d.Col, d.EndCol
	if from <= 0 {
		from, to = 1, 0
	}
	line := strings.TrimRight(d.Text, "\r\n")
	from = min(from, utf8.RuneCountInString(line)+1)
	switch {
	case d.EndLine > d.Line:
		to = math.MaxInt
	case to <= from:
		to = from + 1
	}
	cells, before, after := cellsAround(line, from, width)

	// The range as indexes into cells.
	lo, hi := len(cells), 0
	for i := range cells {
		if cells[i].last > from && cells[i].first < to {
			lo, hi = min(lo, i), i+1
		}
	}
	if lo >= hi {
		lo, hi = len(cells), len(cells)
	}
	total := 0
	for i := range cells {
		total += cells[i].width
	}
	first, last := 0, len(cells)
	if total > width || before || after {
		first, last = window(cells, lo, hi, width-2)
	}

	var out snippet
	var b strings.Builder
	column := 0
	if first > 0 || before {
		b.WriteString(ellipsis)
		column++
	}
	out.start, out.end = -1, column
	for i := first; i < last; i++ {
		if i == lo {
			out.start = column
		}
		b.WriteString(cells[i].text)
		column += cells[i].width
		if i < hi {
			out.end = column
		}
	}
	if out.start < 0 { // behind the last character, as an unexpected end is
		out.start, out.end = column, column+1
	}
	if last < len(cells) || after {
		b.WriteString(ellipsis)
	}
	out.text = strings.TrimRight(b.String(), " ")
	return out
}

// window chooses the cells to show of a line that is too long: the start of the
// range with up to half of the width before it, less where the range is long,
// and what fits after it.
func window(cells []cell, lo, hi, width int) (first, last int) {
	first = min(lo, len(cells))
	rangeWidth := 0
	for i := lo; i < hi; i++ {
		rangeWidth += cells[i].width
	}
	before := width / 3
	if rangeWidth < width/3 {
		before = width / 2
	}
	used := 0
	for first > 0 && used+cells[first-1].width <= before {
		first--
		used += cells[first].width
	}
	last = first
	used = 0
	for last < len(cells) && used+cells[last].width <= width {
		used += cells[last].width
		last++
	}
	for first > 0 && used+cells[first-1].width <= width {
		first--
		used += cells[first].width
	}
	return first, last
}

// cellsAround splits the part of a line that could be shown when the range
// starts at code point from. before and after report whether the line has more
// on either side: a line may be megabytes long, and only its neighbourhood is
// looked at.
func cellsAround(line string, from, width int) (cells []cell, before, after bool) {
	start, point := 0, 1 // byte offset and code point where cells begin
	for point < from-width && start < len(line) {
		_, n := utf8.DecodeRuneInString(line[start:])
		start += n
		point++
	}
	before = start > 0
	rest, column := line[start:], 0
	stop := from + width
	for rest != "" {
		if point > stop {
			return cells, before, true
		}
		var c cell
		c.first = point
		if r, n := utf8.DecodeRuneInString(rest); r == '\t' || hidden(r) || r == utf8.RuneError && n == 1 {
			if r == '\t' {
				c.width = tabWidth - column%tabWidth
				c.text = strings.Repeat(" ", c.width)
			} else {
				c.text = string(appendEscaped(nil, rest[:n], false))
				c.width = len(c.text)
			}
			rest = rest[n:]
			point++
		} else {
			c.text, c.width = cluster(rest, n)
			rest = rest[len(c.text):]
			point += utf8.RuneCountInString(c.text)
		}
		c.last = point
		column += c.width
		cells = append(cells, c)
	}
	return cells, before, false
}

// cluster returns the grapheme cluster that s, whose first code point has n
// bytes, starts with, and its columns. A cluster can swallow what must not be
// shown raw, and be of any length; of such a one the first code point is taken.
func cluster(s string, n int) (text string, width int) {
	const limit = 64 // bytes; the longest emoji sequences in use have 41
	head := s
	if len(head) > limit {
		for i := limit; ; i-- {
			if utf8.RuneStart(s[i]) {
				head = s[:i]
				break
			}
		}
	}
	text, rest, width, _ := uniseg.FirstGraphemeClusterInString(head, -1)
	if rest == "" && len(head) < len(s) || !printable(text) {
		return s[:n], max(1, uniseg.StringWidth(s[:n]))
	}
	return text, max(1, width)
}
