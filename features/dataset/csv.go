package dataset

import (
	"io"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
)

type csvExporter struct {
	w    io.Writer
	line []byte
}

func newCSV(schema *arrow.Schema, w io.Writer) (exporter, error) {
	c := &csvExporter{w: w}
	for i, f := range schema.Fields() {
		c.cell(i, safeText(f.Name))
	}
	return c, c.end()
}

func (c *csvExporter) write(rec arrow.Record) error {
	for row := range int(rec.NumRows()) {
		for i, column := range rec.Columns() {
			switch v := valueOf(column, row).(type) {
			case nil:
				c.separate(i)
			case string:
				c.cell(i, safeText(v))
			case time.Time:
				c.cell(i, v.Format("2006-01-02T15:04:05.000Z07:00"))
			case []any, Row:
				text, err := jsonText(v)
				if err != nil {
					return err
				}
				c.cell(i, safeText(string(text)))
			default:
				text, err := jsonText(v)
				if err != nil {
					return err
				}
				c.cell(i, string(text))
			}
		}
		if err := c.end(); err != nil {
			return err
		}
	}
	return nil
}

func (c *csvExporter) close() error { return nil }

func (c *csvExporter) separate(i int) {
	if i > 0 {
		c.line = append(c.line, ',')
	}
}

// cell adds a value that is not null (RFC 4180).
func (c *csvExporter) cell(i int, s string) {
	c.separate(i)
	if s != "" && !strings.ContainsAny(s, ",\"\r\n") && s[0] != ' ' && s[len(s)-1] != ' ' {
		c.line = append(c.line, s...)
		return
	}
	c.line = append(c.line, '"')
	c.line = append(c.line, strings.ReplaceAll(s, `"`, `""`)...)
	c.line = append(c.line, '"')
}

func (c *csvExporter) end() error {
	_, err := c.w.Write(append(c.line, '\n'))
	c.line = c.line[:0]
	return err
}

// safeText makes text that a spreadsheet would take for a formula text again
// (OWASP, CSV injection).
func safeText(s string) string {
	if s != "" && strings.IndexByte("=+-@\t\r\n", s[0]) >= 0 {
		return "'" + s
	}
	return s
}
