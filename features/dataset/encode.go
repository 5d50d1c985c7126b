package dataset

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// A writer appends one Go value to the builder it was made for.
type writer func(v reflect.Value) error

// A columnError is a value that cannot be stored or read, and where it is.
type columnError struct {
	column string // with the path within it: task_bins.run_s
	msg    string
}

func (e *columnError) Error() string { return "column " + e.column + ": " + e.msg }

// within adds to err that it happened in the field or under the key name.
func within(name string, err error) error {
	e, ok := err.(*columnError)
	switch {
	case !ok:
	case e.column == "":
		e.column = name
	default:
		e.column = name + "." + e.column
	}
	return err
}

// writer returns what appends values of type t to b. text counts the bytes of
// text that it appended.
func (t *goType) writer(b array.Builder, text *int64) writer {
	switch t.kind {
	case kindText:
		to := b.(*array.StringBuilder)
		return func(v reflect.Value) error {
			s := strings.ToValidUTF8(v.String(), "\uFFFD")
			*text += int64(len(s))
			to.Append(s)
			return nil
		}
	case kindBool:
		to := b.(*array.BooleanBuilder)
		return func(v reflect.Value) error { to.Append(v.Bool()); return nil }
	case kindInt:
		to := b.(*array.Int64Builder)
		return func(v reflect.Value) error { to.Append(v.Int()); return nil }
	case kindFloat:
		to := b.(*array.Float64Builder)
		return func(v reflect.Value) error {
			x := v.Float()
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return &columnError{msg: fmt.Sprintf("%v is no finite number; unknown is null", x)}
			}
			to.Append(x)
			return nil
		}
	case kindTime:
		to := b.(*array.TimestampBuilder)
		return func(v reflect.Value) error {
			if t := timeIn(v); t.IsZero() {
				to.AppendNull()
			} else {
				to.Append(arrow.Timestamp(t.UnixMilli()))
			}
			return nil
		}
	case kindUnknown:
		write := t.elem.writer(b, text)
		return func(v reflect.Value) error {
			if !v.Field(t.known).Bool() {
				b.AppendNull()
				return nil
			}
			return write(v.Field(t.value))
		}
	case kindList:
		return t.listWriter(b.(*array.ListBuilder), text)
	case kindMap:
		return t.mapWriter(b.(*array.MapBuilder), text)
	default:
		return t.structWriter(b.(*array.StructBuilder), text)
	}
}

// timeIn avoids a copy on the heap where it can.
func timeIn(v reflect.Value) time.Time {
	if v.CanAddr() {
		return *v.Addr().Interface().(*time.Time)
	}
	return v.Interface().(time.Time)
}

func (t *goType) listWriter(to *array.ListBuilder, text *int64) writer {
	write := t.elem.writer(to.ValueBuilder(), text)
	return func(v reflect.Value) error {
		if v.IsNil() {
			to.AppendNull()
			return nil
		}
		to.Append(true)
		for i := range v.Len() {
			if err := write(v.Index(i)); err != nil {
				return err
			}
		}
		return nil
	}
}

func (t *goType) mapWriter(to *array.MapBuilder, text *int64) writer {
	keys := to.KeyBuilder().(*array.StringBuilder)
	write := t.elem.writer(to.ItemBuilder(), text)
	return func(v reflect.Value) error {
		if v.IsNil() {
			to.AppendNull()
			return nil
		}
		to.Append(true)
		sorted := v.MapKeys()
		slices.SortFunc(sorted, func(a, b reflect.Value) int { return cmp.Compare(a.String(), b.String()) })
		for _, k := range sorted {
			key := strings.ToValidUTF8(k.String(), "\uFFFD")
			*text += int64(len(key))
			keys.Append(key)
			if err := write(v.MapIndex(k)); err != nil {
				return within(key, err)
			}
		}
		return nil
	}
}

func (t *goType) structWriter(to *array.StructBuilder, text *int64) writer {
	writers := make([]writer, len(t.fields))
	for i, f := range t.fields {
		writers[i] = f.typ.writer(to.FieldBuilder(i), text)
	}
	return func(v reflect.Value) error {
		to.Append(true)
		return t.writeFields(v, writers)
	}
}

func (t *goType) writeFields(v reflect.Value, writers []writer) error {
	for i, f := range t.fields {
		if err := writers[i](v.FieldByIndex(f.index)); err != nil {
			return within(f.name, err)
		}
	}
	return nil
}
