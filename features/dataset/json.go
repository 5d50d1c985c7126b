package dataset

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// timeText is how CSV and JSON write a time: always with its milliseconds.
const timeText = "2006-01-02T15:04:05.000Z07:00"

// appendJSON appends element i of a as JSON: a list as an array, a struct and a
// map as an object whose members keep their order.
func appendJSON(b []byte, a arrow.Array, i int) []byte {
	if a.IsNull(i) {
		return append(b, "null"...)
	}
	switch a := a.(type) {
	case *array.String:
		return appendText(b, a.Value(i))
	case *array.Boolean:
		return strconv.AppendBool(b, a.Value(i))
	case *array.Int64:
		return strconv.AppendInt(b, a.Value(i), 10)
	case *array.Float64:
		return appendNumber(b, a.Value(i))
	case *array.Timestamp:
		b = append(b, '"')
		b = time.UnixMilli(int64(a.Value(i))).UTC().AppendFormat(b, timeText)
		return append(b, '"')
	case *array.Struct:
		return appendMembers(b, a, i)
	case *array.Map:
		first, end := a.ValueOffsets(i)
		b = append(b, '{')
		for j := int(first); j < int(end); j++ {
			b = appendComma(b, j > int(first))
			b = append(appendJSON(b, a.Keys(), j), ':')
			b = appendJSON(b, a.Items(), j)
		}
		return append(b, '}')
	case *array.List:
		first, end := a.ValueOffsets(i)
		b = append(b, '[')
		for j := int(first); j < int(end); j++ {
			b = appendJSON(appendComma(b, j > int(first)), a.ListValues(), j)
		}
		return append(b, ']')
	}
	return appendText(b, a.ValueStr(i))
}

func appendMembers(b []byte, a *array.Struct, i int) []byte {
	b = append(b, '{')
	for j, f := range a.DataType().(*arrow.StructType).Fields() {
		b = append(appendText(appendComma(b, j > 0), f.Name), ':')
		b = appendJSON(b, a.Field(j), i)
	}
	return append(b, '}')
}

func appendComma(b []byte, want bool) []byte {
	if want {
		return append(b, ',')
	}
	return b
}

// appendNumber writes x as encoding/json does: without an exponent in the range
// in which people write none.
func appendNumber(b []byte, x float64) []byte {
	form := byte('f')
	if abs := math.Abs(x); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		form = 'e'
	}
	return strconv.AppendFloat(b, x, form, -1, 64)
}

func appendText(b []byte, s string) []byte {
	for _, c := range []byte(s) {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return appendEscaped(b, s)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// appendEscaped leaves <, > and & as they are.
func appendEscaped(b []byte, s string) []byte {
	out := bytes.NewBuffer(b)
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil { // no text has an error
		panic(err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}
