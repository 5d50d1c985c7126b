package dataset

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// A Row is a row without its Go type. In JSON it is an object whose members
// keep their order.
type Row []Cell

// A Cell is a named value: nil, string, bool, int64, float64, time.Time, []any
// for a list, Row for a struct or a map.
type Cell struct {
	Name  string
	Value any
}

// MarshalJSON writes an object.
func (r Row) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, c := range r {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := jsonText(c.Name)
		if err != nil {
			return nil, err
		}
		value, err := jsonText(c.Value)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// jsonText is v in JSON, with <, > and & as they are.
func jsonText(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// valueOf is element i of a, copied from Arrow's memory.
func valueOf(a arrow.Array, i int) any {
	if a.IsNull(i) {
		return nil
	}
	switch a := a.(type) {
	case *array.String:
		return string([]byte(a.Value(i)))
	case *array.Boolean:
		return a.Value(i)
	case *array.Int64:
		return a.Value(i)
	case *array.Float64:
		return a.Value(i)
	case *array.Timestamp:
		return time.UnixMilli(int64(a.Value(i))).UTC()
	case *array.Struct:
		var row Row
		for j, f := range a.DataType().(*arrow.StructType).Fields() {
			row = append(row, Cell{f.Name, valueOf(a.Field(j), i)})
		}
		return row
	case *array.Map:
		row := Row{}
		first, end := a.ValueOffsets(i)
		for j := int(first); j < int(end); j++ {
			row = append(row, Cell{a.Keys().(*array.String).Value(j), valueOf(a.Items(), j)})
		}
		return row
	case *array.List:
		list := []any{}
		first, end := a.ValueOffsets(i)
		for j := int(first); j < int(end); j++ {
			list = append(list, valueOf(a.ListValues(), j))
		}
		return list
	}
	return a.ValueStr(i)
}
