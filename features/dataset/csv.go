package dataset

import (
	"bytes"
	"io"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

type csvExporter struct {
	w    io.Writer
	line []byte
	text []byte // of one cell
}

func newCSV(schema *arrow.Schema, w io.Writer) (exporter, error) {
	c := &csvExporter{w: w}
	for i, f := range schema.Fields() {
		c.separate(i)
		c.text = append(c.text[:0], f.Name...)
		c.cell(true)
	}
	return c, c.end()
}

func (c *csvExporter) write(rec arrow.Record) error {
	for row := range int(rec.NumRows()) {
		for i, column := range rec.Columns() {
			c.separate(i)
			if column.IsValid(row) {
				c.value(column, row)
			}
		}
		if err := c.end(); err != nil {
			return err
		}
	}
	return nil
}

func (c *csvExporter) close() error { return nil }

// value adds element i of a, which is not null.
func (c *csvExporter) value(a arrow.Array, i int) {
	c.text = c.text[:0]
	switch a := a.(type) {
	case *array.String:
		c.text = append(c.text, a.Value(i)...)
		c.cell(true)
	case *array.Timestamp:
		c.text = time.UnixMilli(int64(a.Value(i))).UTC().AppendFormat(c.text, timeText)
		c.cell(false)
	case *array.Int64, *array.Float64, *array.Boolean:
		c.text = appendJSON(c.text, a, i)
		c.cell(false)
	default:
		c.text = appendJSON(c.text, a, i)
		c.cell(true)
	}
}

func (c *csvExporter) separate(i int) { c.line = appendComma(c.line, i > 0) }

// cell adds c.text, quoted where it must be (RFC 4180). What is text and not a
// number is made to stay text in a spreadsheet (OWASP, CSV injection).
func (c *csvExporter) cell(isText bool) {
	s := c.text
	formula := isText && len(s) > 0 && bytes.IndexByte([]byte("=+-@\t\r\n"), s[0]) >= 0
	if len(s) > 0 && !bytes.ContainsAny(s, ",\"\r\n") && s[0] != ' ' && s[len(s)-1] != ' ' {
		if formula {
			c.line = append(c.line, '\'')
		}
		c.line = append(c.line, s...)
		return
	}
	c.line = append(c.line, '"')
	if formula {
		c.line = append(c.line, '\'')
	}
	for _, b := range s {
		if b == '"' {
			c.line = append(c.line, '"')
		}
		c.line = append(c.line, b)
	}
	c.line = append(c.line, '"')
}

func (c *csvExporter) end() error {
	_, err := c.w.Write(append(c.line, '\n'))
	c.line = c.line[:0]
	return err
}
