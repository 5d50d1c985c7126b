package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"

	"github.com/spark-apprentice/apprentice/internal/escape"
)

// plain puts s on one line and escapes what a terminal would obey.
func plain(s string) string { return escape.Line(s) }

// writeJSON writes v, indented by two, with a newline at its end. Lists and
// maps without elements are [] and {}, never null: null is "unknown". JSON
// escapes C0 controls; the others that a terminal obeys are escaped here.
func writeJSON(w io.Writer, v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(notNil(reflect.ValueOf(v)).Interface()); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	_, err := io.WriteString(w, escape.JSON(b.String()))
	return err
}

// notNil copies v with every nil slice and map in it made empty. What can hold
// none is not copied: thousands of task bins have numbers only.
func notNil(v reflect.Value) reflect.Value {
	if !holdsNil(v.Type()) {
		return v
	}
	switch v.Kind() {
	case reflect.Struct:
		out := reflect.New(v.Type()).Elem()
		out.Set(v)
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				out.Field(i).Set(notNil(v.Field(i)))
			}
		}
		return out
	case reflect.Slice:
		if !v.IsNil() && !holdsNil(v.Type().Elem()) {
			return v
		}
		out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			out.Index(i).Set(notNil(v.Index(i)))
		}
		return out
	case reflect.Map:
		out := reflect.MakeMapWithSize(v.Type(), v.Len())
		for it := v.MapRange(); it.Next(); {
			out.SetMapIndex(it.Key(), notNil(it.Value()))
		}
		return out
	case reflect.Pointer:
		if v.IsNil() {
			return v
		}
		out := reflect.New(v.Type().Elem())
		out.Elem().Set(notNil(v.Elem()))
		return out
	}
	return v
}

// holdsNil reports whether a value of type t has a slice, map or pointer in it.
func holdsNil(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Slice, reflect.Map, reflect.Pointer, reflect.Interface:
		return true
	case reflect.Array:
		return holdsNil(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() && holdsNil(f.Type) {
				return true
			}
		}
	}
	return false
}
