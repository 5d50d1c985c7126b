package report

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/rivo/uniseg"
)

// pageWidth is the widest line of a report, in terminal cells.
const pageWidth = 100

// A page is text under construction. Everything printed on it is escaped.
type page struct{ bytes.Buffer }

// linef prints one line; the arguments are escaped and the line is cut at the
// page's width.
func (p *page) linef(format string, args ...any) {
	for i, a := range args {
		if s, ok := a.(string); ok {
			args[i] = plain(s)
		}
	}
	p.WriteString(strings.TrimRight(cut(fmt.Sprintf(format, args...), pageWidth), " "))
	p.WriteByte('\n')
}

// lines is the number of lines printed so far.
func (p *page) lines() int { return bytes.Count(p.Bytes(), []byte("\n")) }

// heading starts a section.
func (p *page) heading(title string) { p.linef("\n%s", title) }

// paragraph prints text with a hanging indent, in at most n lines.
func (p *page) paragraph(first, text string, n int) {
	indent := strings.Repeat(" ", cells(first))
	for i, line := range wrap(plain(text), pageWidth-cells(first), n) {
		if i == 0 {
			p.linef("%s%s", first, line)
			continue
		}
		p.linef("%s%s", indent, line)
	}
}

// entry prints text as one of a list, in at most n lines, all but the first
// indented further.
func (p *page) entry(text string, n int) {
	indent := "  "
	for _, line := range wrap(plain(text), pageWidth-6, n) {
		p.linef("%s%s", indent, line)
		indent = "      "
	}
}

// A column says how a table shows one of its fields.
type column struct {
	head  string
	right bool // figures; text is aligned left
	max   int  // cells at most, 0: no limit
	lines int  // last column only: lines that a text may take, 0: one
}

// A table is rows under columns that are as wide as they must be. Columns in
// which nothing is known are left out.
type table struct {
	columns []column
	rows    [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// table prints t, indented by two; the last column takes what the page leaves.
func (p *page) table(t table) {
	type shown struct {
		column
		index, width int
	}
	var cols []shown
	for i, c := range t.columns {
		width, told := 0, false
		for _, row := range t.rows {
			row[i] = plain(row[i])
			width = max(width, cells(row[i]))
			told = told || row[i] != "" && row[i] != unknown
		}
		if !told {
			continue
		}
		if c.max > 0 {
			width = min(width, c.max)
		}
		cols = append(cols, shown{c, i, max(width, cells(c.head))})
	}
	if len(cols) == 0 {
		return
	}
	last := &cols[len(cols)-1]
	for {
		widest, total := last, 0
		for i := range cols {
			total += 2 + cols[i].width
			if cols[i].width > widest.width {
				widest = &cols[i]
			}
		}
		if total <= pageWidth {
			break
		}
		if last.width > 12 {
			widest = last
		}
		widest.width--
	}
	line := func(cell func(shown) string) {
		var b strings.Builder
		for _, c := range cols {
			text := cut(cell(c), c.width)
			pad := strings.Repeat(" ", c.width-cells(text))
			if c.right {
				text, pad = pad, text
			}
			b.WriteString("  " + text + pad)
		}
		p.WriteString(strings.TrimRight(b.String(), " ") + "\n")
	}
	for _, c := range cols {
		if c.head != "" {
			line(func(c shown) string { return c.head })
			break
		}
	}
	for _, row := range t.rows {
		wrapped := wrap(row[last.index], last.width, max(1, last.lines))
		for i, piece := range wrapped {
			line(func(c shown) string {
				switch {
				case c.index == last.index:
					return piece
				case i > 0:
					return ""
				}
				return row[c.index]
			})
		}
	}
}

// cells is the width of s in a terminal.
func cells(s string) int { return uniseg.StringWidth(s) }

// cut shortens s to width cells and says so with an ellipsis.
func cut(s string, width int) string {
	if len(s) <= width || cells(s) <= width {
		return s
	}
	var b strings.Builder
	n := 0
	for g := uniseg.NewGraphemes(s); g.Next(); {
		if n += g.Width(); n > width-1 {
			break
		}
		b.WriteString(g.Str())
	}
	return b.String() + "…"
}

// wrap breaks s at spaces, and within words that are too long, into at most n
// lines of width cells; the last one is cut.
func wrap(s string, width, n int) []string {
	var lines []string
	for cells(s) > width && len(lines) < n-1 {
		at, space, w := 0, 0, 0
		for g := uniseg.NewGraphemes(s); g.Next(); {
			from, to := g.Positions()
			if w += g.Width(); w > width && at > 0 {
				if g.Str() == " " {
					space = from
				}
				break
			}
			if g.Str() == " " {
				space = from
			}
			at = to
		}
		if space > 0 {
			at = space
		}
		lines = append(lines, strings.TrimRight(s[:at], " "))
		s = strings.TrimLeft(s[at:], " ")
	}
	return append(lines, cut(s, width))
}

// join lists words, at most n of them: "3, 7, 12 and 9 more".
func join(words []string, n int) string {
	if len(words) <= n {
		return strings.Join(words, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(words[:n], ", "), len(words)-n)
}
