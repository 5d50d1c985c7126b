package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"
)

// obeyed reports whether a terminal may do more with r than show it: control
// characters move the cursor or change colours, format characters hide or
// reorder text (Unicode TR 36), separators break lines.
func obeyed(r rune) bool {
	if r < 0x80 { // most text by far, and the tables are slow
		return r < ' ' || r == 0x7F
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp)
}

// plain puts s on one line and escapes what a terminal would obey and what is
// no UTF-8.
func plain(s string) string {
	if utf8.ValidString(s) && strings.IndexFunc(s, obeyed) < 0 {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case !obeyed(r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		s = s[n:]
	}
	return b.String()
}

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
	text := b.String()
	if strings.IndexFunc(text, func(r rune) bool { return r != '\n' && obeyed(r) }) < 0 {
		_, err := io.WriteString(w, text)
		return err
	}
	out := make([]byte, 0, len(text))
	for _, r := range text {
		switch {
		case r == '\n' || !obeyed(r):
			out = utf8.AppendRune(out, r)
		case r > 0xFFFF:
			hi, lo := (r-0x10000)>>10+0xD800, (r-0x10000)&0x3FF+0xDC00
			out = fmt.Appendf(out, `\u%04x\u%04x`, hi, lo)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
	}
	_, err := w.Write(out)
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
