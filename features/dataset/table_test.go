package dataset

import (
	"errors"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"

	"github.com/spark-apprentice/apprentice/internal/null"
)

func TestTableOf(t *testing.T) {
	got := TableOf[everything]("all", "what it is")
	var types []string
	for _, c := range got.Columns {
		name := c.Name + " " + c.Type
		if c.Nullable {
			name += "?"
		}
		types = append(types, name)
	}
	const part = "struct<x: int64, y: float64?, tags: list<utf8>?>"
	same(t, "columns", types, []string{
		"key utf8", "text utf8", "bool bool", "int int64", "float float64", "time timestamp[ms, UTC]?",
		"ntext utf8?", "nbool bool?", "nint int64?", "nfloat float64?", "ntime timestamp[ms, UTC]?",
		"texts list<utf8>?", "ints list<int64>?", "points list<" + part + ">?", "conf map<utf8, utf8>?", "numbers map<utf8, float64>?",
		"places map<utf8, " + part + ">?", "one " + part, "deep list<map<utf8, list<timestamp[ms, UTC]?>?>?>?",
	})
	same(t, "column", got.Columns[0], Column{Name: "key", Type: "utf8", Doc: "a key", From: "here"})
	same(t, "column", got.Columns[1], Column{Name: "text", Type: "utf8", Unit: "s", Doc: "text", From: "there"})
	if got.Name != "all" || got.Doc != "what it is" {
		t.Errorf("table %s: %s", got.Name, got.Doc)
	}
}

// Types that cannot be kept exactly are refused, by the name of the field.
func TestBadRows(t *testing.T) {
	for want, row := range map[string]any{
		"a row is a struct, not a string": "",
		"has no columns":                  struct{ a int }{},
		".A has no json name":             struct{ A string }{},
		"are named key": struct {
			Common
			A string `json:"key"`
		}{},
		"no column can hold a int32": struct {
			A []int32 `json:"a"`
		}{},
		"no column can hold a *string": struct {
			A *string `json:"a"`
		}{},
		"no column can hold a interface {}": struct {
			A map[string]any `json:"a"`
		}{},
		"are not text": struct {
			A map[int64]string `json:"a"`
		}{},
		"has two ways to be null": struct {
			A null.Null[[]string] `json:"a"`
		}{},
		".B has no json name": struct {
			A struct{ B bool } `json:"a"`
		}{},
	} {
		if _, err := rowTypeFor(reflect.TypeOf(row)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%T: got %v, want …%s", row, err, want)
		}
	}
	defer func() {
		if p := recover(); p == nil || !strings.Contains(p.(string), "table bad: ") {
			t.Errorf("TableOf: %v", p)
		}
	}()
	TableOf[struct{ A string }]("bad", "")
}

func TestSchemaMetadata(t *testing.T) {
	s := open(t, t.TempDir())
	change(t, s, func(tx *Tx) error { return Append(tx, "a", []everything{{Time: time.UnixMilli(1)}}) })
	f, err := s.openFile(s.manifest().Tables["a"][0])
	check(t, err)
	defer f.close()
	meta := f.ipc.Schema().Metadata().ToMap()
	same(t, "metadata", meta, map[string]string{"table": "a", "contract": strconv.Itoa(Contract), "extractor": meta["extractor"]})
	if meta["extractor"] == "" {
		t.Error("no extractor version")
	}
	same(t, "field", f.ipc.Schema().Field(1).Metadata.ToMap(), map[string]string{"unit": "s", "doc": "text", "from": "there"})
}

// Batches end by rows or by bytes of text, files by their size.
func TestSizes(t *testing.T) {
	s := open(t, t.TempDir())
	row, err := rowTypeFor(reflect.TypeFor[Common]())
	check(t, err)
	text := reflect.ValueOf(Common{strings.Repeat("x", 1<<20)})
	write := func(n int) (files []newFile) {
		w := newFileWriter("a", row, s.mem, func(f newFile) error { files = append(files, f); return nil })
		defer w.release()
		w.limit = 10_000 // a batch has about 8,000
		for range n {
			check(t, w.add(text))
		}
		check(t, w.end())
		return files
	}
	if files := write(2 * batchText >> 20); len(files) != 1 || files[0].Rows != 128 {
		t.Errorf("a file that is just full is followed by another: %d", len(files))
	}
	files := write(3*batchText>>20 + 1)
	var rows []int64
	for _, f := range files {
		check(t, errors.Join(s.disk.mkdir(s.dir+"/data"), s.disk.replace(s.path(f.entry), f.content)))
		from, err := s.openFile(f.entry)
		check(t, err)
		check(t, from.records(t.Context(), func(rec arrow.Record) error { rows = append(rows, rec.NumRows()); return nil }))
		from.close()
	}
	same(t, "rows by batch", rows, []int64{64, 64, 64, 1})
	if len(files) != 2 || files[0].Rows != 128 || files[1].Rows != 65 {
		t.Errorf("files %v, %v", files[0].entry, files[len(files)-1].entry)
	}
}
