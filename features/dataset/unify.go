package dataset

import (
	"fmt"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// Files of one table may have been written by versions that knew other
// columns. Whoever reads them without a row type sees the union of the columns,
// null where a file lacks one.

// unifyFields adds to fields what only older has. A field that one of them
// lacks may be null.
func unifyFields(fields, older []arrow.Field) ([]arrow.Field, error) {
	had := map[string]arrow.Field{}
	for _, f := range older {
		had[f.Name] = f
	}
	var all []arrow.Field
	for _, f := range fields {
		o, both := had[f.Name]
		delete(had, f.Name)
		if both {
			t, err := unifyType(f.Type, o.Type)
			if err != nil {
				return nil, within(f.Name, err)
			}
			f.Type = t
		}
		f.Nullable = f.Nullable || !both || o.Nullable
		all = append(all, f)
	}
	for _, f := range older {
		if _, only := had[f.Name]; only {
			f.Nullable = true
			all = append(all, f)
		}
	}
	return all, nil
}

func unifyType(t, older arrow.DataType) (arrow.DataType, error) {
	if arrow.TypeEqual(t, older) {
		return t, nil
	}
	switch t := t.(type) {
	case *arrow.StructType:
		if o, ok := older.(*arrow.StructType); ok {
			fields, err := unifyFields(t.Fields(), o.Fields())
			return arrow.StructOf(fields...), err
		}
	case *arrow.ListType:
		if o, ok := older.(*arrow.ListType); ok {
			item := t.ElemField()
			elem, err := unifyType(item.Type, o.Elem())
			item.Type, item.Nullable = elem, item.Nullable || o.ElemField().Nullable
			return arrow.ListOfField(item), err
		}
	case *arrow.MapType:
		if o, ok := older.(*arrow.MapType); ok && arrow.TypeEqual(t.KeyType(), o.KeyType()) {
			item, err := unifyType(t.ItemType(), o.ItemType())
			if err != nil {
				return nil, err
			}
			m := arrow.MapOf(t.KeyType(), item)
			m.SetItemNullable(t.ItemField().Nullable || o.ItemField().Nullable)
			m.KeysSorted = t.KeysSorted && o.KeysSorted
			return m, nil
		}
	}
	return nil, &columnError{msg: fmt.Sprintf("holds %s in some files and %s in others", typeName(t), typeName(older))}
}

// conformRecord returns rec with the columns of schema.
func conformRecord(mem memory.Allocator, rec arrow.Record, schema *arrow.Schema) arrow.Record {
	columns := make([]arrow.Array, schema.NumFields())
	for i, f := range schema.Fields() {
		if have := rec.Schema().FieldIndices(f.Name); len(have) > 0 {
			columns[i] = conform(mem, rec.Column(have[0]), f.Type)
		} else {
			columns[i] = array.MakeArrayOfNull(mem, f.Type, int(rec.NumRows()))
		}
		defer columns[i].Release()
	}
	return array.NewRecord(schema, columns, rec.NumRows())
}

// conform returns a, an array as a file holds it, as an array of type t.
func conform(mem memory.Allocator, a arrow.Array, t arrow.DataType) arrow.Array {
	if arrow.TypeEqual(a.DataType(), t) {
		a.Retain()
		return a
	}
	var children []arrow.ArrayData
	add := func(child arrow.Array) {
		children = append(children, child.Data())
	}
	switch from := a.(type) {
	case *array.Struct:
		old := from.DataType().(*arrow.StructType)
		for _, f := range t.(*arrow.StructType).Fields() {
			var child arrow.Array
			if i, ok := old.FieldIdx(f.Name); ok {
				child = conform(mem, from.Field(i), f.Type)
			} else {
				child = array.MakeArrayOfNull(mem, f.Type, from.Len())
			}
			defer child.Release()
			add(child)
		}
	case *array.Map:
		child := conform(mem, from.ListValues(), t.(*arrow.MapType).Elem())
		defer child.Release()
		add(child)
	case *array.List:
		child := conform(mem, from.ListValues(), t.(*arrow.ListType).Elem())
		defer child.Release()
		add(child)
	}
	data := array.NewData(t, a.Len(), a.Data().Buffers(), children, a.NullN(), a.Data().Offset())
	defer data.Release()
	return array.MakeFromData(data)
}
