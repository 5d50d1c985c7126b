package dataset

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
)

// A kind is one way to store a Go type.
type kind int

const (
	kindText    kind = iota // string
	kindBool                // bool
	kindInt                 // int64
	kindFloat               // float64
	kindTime                // time.Time
	kindUnknown             // null.Null[T]
	kindList                // []T
	kindMap                 // map[string]T
	kindStruct              // struct
)

// A goType is a Go type and its Arrow type.
type goType struct {
	kind     kind
	arrow    arrow.DataType
	nullable bool
	elem     *goType   // of unknown, list and map
	value    int       // unknown: index of field V
	known    int       // unknown: index of field OK
	fields   []goField // of struct, embedded ones flattened
}

// A goField is a field of a struct: at the top, a column.
type goField struct {
	name  string
	index []int
	typ   *goType
	meta  arrow.Metadata
}

func (f goField) arrowField() arrow.Field {
	return arrow.Field{Name: f.name, Type: f.typ.arrow, Nullable: f.typ.nullable, Metadata: f.meta}
}

func arrowFields(fields []goField) []arrow.Field {
	list := make([]arrow.Field, len(fields))
	for i, f := range fields {
		list[i] = f.arrowField()
	}
	return list
}

var rowTypes sync.Map // reflect.Type of a row -> *goType

// rowTypeFor tells how rows of type t are stored.
func rowTypeFor(t reflect.Type) (*goType, error) {
	if known, ok := rowTypes.Load(t); ok {
		return known.(*goType), nil
	}
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("a row is a struct, not a %v", t)
	}
	row, err := typeOf(t)
	if err != nil {
		return nil, err
	}
	if len(row.fields) == 0 {
		return nil, fmt.Errorf("%v has no columns", t)
	}
	rowTypes.Store(t, row)
	return row, nil
}

// schema is the Arrow schema of a table of such rows.
func (t *goType) schema(table string) *arrow.Schema {
	meta := arrow.NewMetadata(
		[]string{"table", "contract", "extractor"},
		[]string{table, strconv.Itoa(Contract), strconv.Itoa(features.ExtractorVersion)})
	return arrow.NewSchema(arrowFields(t.fields), &meta)
}

// unknowable is what null.Null implements for every T.
type unknowable interface{ Known() bool }

var (
	timeType       = reflect.TypeFor[time.Time]()
	unknowableType = reflect.TypeFor[unknowable]()
	timestamp      = &arrow.TimestampType{Unit: arrow.Millisecond, TimeZone: "UTC"}
	_              = unknowable(null.Null[int64]{})
)

func typeOf(t reflect.Type) (*goType, error) {
	switch {
	case t == timeType:
		return &goType{kind: kindTime, arrow: timestamp, nullable: true}, nil
	case t.Kind() == reflect.Struct && t.Implements(unknowableType):
		return unknownOf(t)
	}
	switch t.Kind() {
	case reflect.String:
		return &goType{kind: kindText, arrow: arrow.BinaryTypes.String}, nil
	case reflect.Bool:
		return &goType{kind: kindBool, arrow: arrow.FixedWidthTypes.Boolean}, nil
	case reflect.Int64:
		return &goType{kind: kindInt, arrow: arrow.PrimitiveTypes.Int64}, nil
	case reflect.Float64:
		return &goType{kind: kindFloat, arrow: arrow.PrimitiveTypes.Float64}, nil
	case reflect.Slice:
		elem, err := typeOf(t.Elem())
		if err != nil {
			return nil, err
		}
		item := arrow.Field{Name: "item", Type: elem.arrow, Nullable: elem.nullable}
		return &goType{kind: kindList, arrow: arrow.ListOfField(item), nullable: true, elem: elem}, nil
	case reflect.Map:
		return mapOf(t)
	case reflect.Struct:
		fields, err := fieldsOf(t, nil, map[string]bool{})
		if err != nil {
			return nil, err
		}
		return &goType{kind: kindStruct, arrow: arrow.StructOf(arrowFields(fields)...), fields: fields}, nil
	}
	return nil, fmt.Errorf("no column can hold a %v", t)
}

func unknownOf(t reflect.Type) (*goType, error) {
	value, okV := t.FieldByName("V")
	known, okOK := t.FieldByName("OK")
	if !okV || !okOK {
		return nil, fmt.Errorf("%v is no null.Null", t)
	}
	elem, err := typeOf(value.Type)
	if err != nil {
		return nil, err
	}
	if elem.nullable && elem.kind != kindTime {
		return nil, fmt.Errorf("%v has two ways to be null", t)
	}
	return &goType{kind: kindUnknown, arrow: elem.arrow, nullable: true, elem: elem, value: value.Index[0], known: known.Index[0]}, nil
}

func mapOf(t reflect.Type) (*goType, error) {
	if t.Key().Kind() != reflect.String {
		return nil, fmt.Errorf("the keys of a %v are not text", t)
	}
	elem, err := typeOf(t.Elem())
	if err != nil {
		return nil, err
	}
	m := arrow.MapOf(arrow.BinaryTypes.String, elem.arrow)
	m.SetItemNullable(elem.nullable)
	return &goType{kind: kindMap, arrow: m, nullable: true, elem: elem}, nil
}

// fieldsOf lists the fields of struct t as encoding/json names them. path leads
// to t from the struct that is not embedded, whose names are in seen.
func fieldsOf(t reflect.Type, path []int, seen map[string]bool) ([]goField, error) {
	var list []goField
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(append([]int(nil), path...), i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-":
			continue
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct:
			embedded, err := fieldsOf(f.Type, index, seen)
			if err != nil {
				return nil, err
			}
			list = append(list, embedded...)
			continue
		case !f.IsExported():
			continue
		case name == "":
			return nil, fmt.Errorf("field %v.%s has no json name", t, f.Name)
		case seen[name]:
			return nil, fmt.Errorf("two fields of %v are named %s", t, name)
		}
		seen[name] = true
		typ, err := typeOf(f.Type)
		if err != nil {
			return nil, fmt.Errorf("field %v.%s: %w", t, f.Name, err)
		}
		list = append(list, goField{name: name, index: index, typ: typ, meta: fieldMetadata(f.Tag)})
	}
	return list, nil
}

func fieldMetadata(tag reflect.StructTag) arrow.Metadata {
	keys := []string{"unit", "doc", "from"}
	values := make([]string, len(keys))
	for i, k := range keys {
		values[i] = tag.Get(k)
	}
	return arrow.NewMetadata(keys, values)
}
