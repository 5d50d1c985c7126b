package dataset

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
)

// Contract is the version of the data contract: it rises when a column is
// added, renamed or dropped, or changes its type or meaning. A file of a higher
// contract is read, but not rewritten: that would drop columns.
const Contract = 3

// A Table is a table's name and its columns. TableOf derives it from a row type.
type Table struct {
	Name    string
	Doc     string
	Columns []Column
}

// A Column is one column of the data contract. Type is utf8, bool, int64,
// float64, timestamp[ms, UTC], list<T>, map<utf8, T> or struct<name: T, …>; a ?
// behind a T within it says that it may be null.
type Column struct {
	Name, Type, Unit, Doc, From string
	Nullable                    bool
}

// TableOf describes the table whose rows are T. It panics where T cannot be a
// row: a field without a json name, or of a type that no column can hold.
func TableOf[T any](name, doc string) Table {
	row, err := rowTypeFor(reflect.TypeFor[T]())
	if err != nil {
		panic(fmt.Sprintf("dataset: table %s: %v", name, err))
	}
	t := Table{Name: name, Doc: doc}
	for _, f := range row.fields {
		t.Columns = append(t.Columns, columnOf(f.arrowField()))
	}
	return t
}

func columnOf(f arrow.Field) Column {
	c := Column{Name: f.Name, Type: typeName(f.Type), Nullable: f.Nullable}
	c.Unit, _ = f.Metadata.GetValue("unit")
	c.Doc, _ = f.Metadata.GetValue("doc")
	c.From, _ = f.Metadata.GetValue("from")
	return c
}

// typeName is a shorter form of arrow.DataType.String.
func typeName(t arrow.DataType) string {
	name := func(f arrow.Field) string {
		if f.Nullable {
			return typeName(f.Type) + "?"
		}
		return typeName(f.Type)
	}
	switch t := t.(type) {
	case *arrow.TimestampType:
		return fmt.Sprintf("timestamp[%s, %s]", t.Unit, t.TimeZone)
	case *arrow.ListType:
		return "list<" + name(t.ElemField()) + ">"
	case *arrow.MapType:
		return "map<" + typeName(t.KeyType()) + ", " + name(t.ItemField()) + ">"
	case *arrow.StructType:
		var list []string
		for _, f := range t.Fields() {
			list = append(list, f.Name+": "+name(f))
		}
		return "struct<" + strings.Join(list, ", ") + ">"
	default:
		return t.Name()
	}
}
