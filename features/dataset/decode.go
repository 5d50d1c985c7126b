package dataset

import (
	"fmt"
	"reflect"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// A reader sets v to element i of the array it was made for. v holds its zero
// value, and keeps it where the element is null.
type reader func(i int, v reflect.Value)

// texts holds one copy of each text, since most texts of a table repeat.
type texts map[string]string

// of copies s, which lives in Arrow's memory, once.
func (t texts) of(s string) string {
	if known, ok := t[s]; ok {
		return known
	}
	own := string([]byte(s))
	t[own] = own
	return own
}

// readRecord appends the rows of rec to rows.
func readRecord[T any](rows []T, row *goType, rec arrow.Record, known texts) ([]T, error) {
	fields := map[string]arrow.Array{}
	for i, f := range rec.Schema().Fields() {
		fields[f.Name] = rec.Column(i)
	}
	read, err := row.fieldsReader(fields, known)
	if err != nil {
		return nil, err
	}
	n := len(rows)
	rows = append(rows, make([]T, rec.NumRows())...)
	list := reflect.ValueOf(rows[n:])
	for i := range int(rec.NumRows()) {
		read(i, list.Index(i))
	}
	return rows, nil
}

// fieldsReader reads a struct from the arrays that bear its fields' names.
// Fields without an array keep their zero; other arrays are not looked at.
func (t *goType) fieldsReader(arrays map[string]arrow.Array, known texts) (reader, error) {
	var readers []reader
	var fields []goField
	for _, f := range t.fields {
		a, ok := arrays[f.name]
		if !ok {
			continue
		}
		read, err := f.typ.reader(a, known)
		if err != nil {
			return nil, within(f.name, err)
		}
		readers, fields = append(readers, read), append(fields, f)
	}
	return func(i int, v reflect.Value) {
		for j, read := range readers {
			read(i, v.FieldByIndex(fields[j].index))
		}
	}, nil
}

func (t *goType) reader(a arrow.Array, known texts) (reader, error) {
	switch from := a.(type) {
	case *array.String:
		if t.kind == kindText {
			return func(i int, v reflect.Value) {
				if from.IsValid(i) {
					v.SetString(known.of(from.Value(i)))
				}
			}, nil
		}
	case *array.Boolean:
		if t.kind == kindBool {
			return func(i int, v reflect.Value) { v.SetBool(from.IsValid(i) && from.Value(i)) }, nil
		}
	case *array.Int64:
		if t.kind == kindInt {
			return func(i int, v reflect.Value) {
				if from.IsValid(i) {
					v.SetInt(from.Value(i))
				}
			}, nil
		}
	case *array.Float64:
		if t.kind == kindFloat {
			return func(i int, v reflect.Value) {
				if from.IsValid(i) {
					v.SetFloat(from.Value(i))
				}
			}, nil
		}
	case *array.Timestamp:
		if t.kind == kindTime && arrow.TypeEqual(from.DataType(), timestamp) {
			return func(i int, v reflect.Value) {
				if from.IsValid(i) {
					*v.Addr().Interface().(*time.Time) = time.UnixMilli(int64(from.Value(i))).UTC()
				}
			}, nil
		}
	case *array.Map:
		if t.kind == kindMap {
			return t.mapReader(from, known)
		}
	case *array.List:
		if t.kind == kindList {
			return t.listReader(from, known)
		}
	case *array.Struct:
		if t.kind == kindStruct {
			return t.structReader(from, known)
		}
	}
	if t.kind == kindUnknown {
		return t.unknownReader(a, known)
	}
	return nil, otherType(a, t)
}

func (t *goType) unknownReader(a arrow.Array, known texts) (reader, error) {
	read, err := t.elem.reader(a, known)
	if err != nil {
		return nil, err
	}
	return func(i int, v reflect.Value) {
		if a.IsValid(i) {
			read(i, v.Field(t.value))
			v.Field(t.known).SetBool(true)
		}
	}, nil
}

func (t *goType) listReader(a *array.List, known texts) (reader, error) {
	read, err := t.elem.reader(a.ListValues(), known)
	if err != nil {
		return nil, err
	}
	return func(i int, v reflect.Value) {
		if a.IsNull(i) {
			return
		}
		first, end := a.ValueOffsets(i)
		n := int(end - first)
		list := reflect.MakeSlice(v.Type(), n, n)
		for j := range n {
			read(int(first)+j, list.Index(j))
		}
		v.Set(list)
	}, nil
}

func (t *goType) mapReader(a *array.Map, known texts) (reader, error) {
	keys, ok := a.Keys().(*array.String)
	if !ok {
		return nil, otherType(a, t)
	}
	read, err := t.elem.reader(a.Items(), known)
	if err != nil {
		return nil, err
	}
	return func(i int, v reflect.Value) {
		if a.IsNull(i) {
			return
		}
		first, end := a.ValueOffsets(i)
		m := reflect.MakeMapWithSize(v.Type(), int(end-first))
		key := reflect.New(v.Type().Key()).Elem()
		for j := int(first); j < int(end); j++ {
			item := reflect.New(v.Type().Elem()).Elem()
			read(j, item)
			key.SetString(known.of(keys.Value(j)))
			m.SetMapIndex(key, item)
		}
		v.Set(m)
	}, nil
}

func (t *goType) structReader(a *array.Struct, known texts) (reader, error) {
	fields := map[string]arrow.Array{}
	for i, f := range a.DataType().(*arrow.StructType).Fields() {
		fields[f.Name] = a.Field(i)
	}
	read, err := t.fieldsReader(fields, known)
	if err != nil {
		return nil, err
	}
	return func(i int, v reflect.Value) {
		if a.IsValid(i) {
			read(i, v)
		}
	}, nil
}

func otherType(a arrow.Array, t *goType) error {
	return &columnError{msg: fmt.Sprintf("holds %s, but this version of the program reads %s: use the version that wrote it", typeName(a.DataType()), typeName(t.arrow))}
}
