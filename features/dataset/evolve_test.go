package dataset

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/ipc"

	"github.com/spark-apprentice/apprentice/internal/null"
)

// Two versions of one table: columns come, go and change their order, on the
// top and within values.
type oldPart struct {
	A int64  `json:"a"`
	B string `json:"b"`
}

type oldRow struct {
	Key   string             `json:"key"`
	Gone  float64            `json:"gone"`
	Part  oldPart            `json:"part"`
	Parts []oldPart          `json:"parts"`
	Named map[string]oldPart `json:"named"`
	Same  []string           `json:"same"`
}

type newPart struct {
	B string           `json:"b"`
	A null.Null[int64] `json:"a"`
	C []oldPart        `json:"c"`
}

type newRow struct {
	New   null.Null[time.Time] `json:"new"`
	Zero  int64                `json:"zero"`
	Map   map[string]newPart   `json:"map"`
	Named map[string]newPart   `json:"named"`
	Parts []newPart            `json:"parts"`
	Part  newPart              `json:"part"`
	Same  []string             `json:"same"`
	Key   string               `json:"key"`
}

var (
	oldRows = []oldRow{
		{"k", 1.5, oldPart{1, "b"}, []oldPart{{2, "c"}, {}}, map[string]oldPart{"x": {3, "d"}}, []string{"s"}},
		{},
	}
	newRows = []newRow{
		{null.Of(day), 9, map[string]newPart{"m": {}}, map[string]newPart{"n": {"nb", null.Of(int64(8)), []oldPart{{7, "c"}}}},
			[]newPart{{}, {C: []oldPart{}}}, newPart{"p", null.Null[int64]{}, []oldPart{{6, "pc"}}}, nil, "new"},
	}
	oldAsNew = []newRow{
		{Key: "k", Part: newPart{B: "b", A: null.Of(int64(1))}, Parts: []newPart{{B: "c", A: null.Of(int64(2))}, {A: null.Of(int64(0))}},
			Named: map[string]newPart{"x": {B: "d", A: null.Of(int64(3))}}, Same: []string{"s"}},
		{Part: newPart{A: null.Of(int64(0))}},
	}
	newAsOld = []oldRow{
		{Key: "new", Part: oldPart{B: "p"}, Parts: []oldPart{{}, {}}, Named: map[string]oldPart{"n": {8, "nb"}}},
	}
)

func evolved(t *testing.T) *Store {
	s := open(t, t.TempDir())
	change(t, s, func(tx *Tx) error { return errors.Join(Append(tx, "a", oldRows), Append(tx, "a", newRows)) })
	return s
}

func TestEvolution(t *testing.T) {
	s := evolved(t)
	same(t, "read by the new version", read[newRow](t, s, "a"), slices.Concat(oldAsNew, newRows))
	same(t, "read by the old version", read[oldRow](t, s, "a"), slices.Concat(oldRows, newAsOld))
	change(t, s, func(tx *Tx) error { return Revise(tx, "a", func(r *newRow) bool { return r.Key == "k" }) })
	same(t, "revised by the new version", read[newRow](t, s, "a"), slices.Concat(oldAsNew, newRows))
}

// Without a row type, files of all versions are rows of all their columns.
func TestEvolutionWithoutType(t *testing.T) {
	s := evolved(t)
	rows, err := s.Head(t.Context(), "a", 10)
	check(t, err)
	var got []string
	for _, r := range rows {
		got = append(got, string(r))
	}
	same(t, "rows", got, []string{
		`{"new":null,"zero":null,"map":null,"named":{"x":{"b":"d","a":3,"c":null}},"parts":[{"b":"c","a":2,"c":null},{"b":"","a":0,"c":null}],"part":{"b":"b","a":1,"c":null},"same":["s"],"key":"k","gone":1.5}`,
		`{"new":null,"zero":null,"map":null,"named":null,"parts":null,"part":{"b":"","a":0,"c":null},"same":null,"key":"","gone":0}`,
		`{"new":"2026-11-23T17:04:05.678Z","zero":9,"map":{"m":{"b":"","a":null,"c":null}},"named":{"n":{"b":"nb","a":8,"c":[{"a":7,"b":"c"}]}},"parts":[{"b":"","a":null,"c":null},{"b":"","a":null,"c":[]}],"part":{"b":"p","a":null,"c":[{"a":6,"b":"pc"}]},"same":null,"key":"new","gone":null}`,
	})
	parquet, _, _ := parquetRows(t, export(t, s, "a", "parquet"))
	same(t, "rows of Parquet", parquet, rows)
	same(t, "csv", string(export(t, s, "a", "csv")[:53]), "new,zero,map,named,parts,part,same,key,gone\n,,,\"{\"\"x\"")
	st, err := s.Stats(t.Context(), "a")
	check(t, err)
	nulls := map[string]int64{}
	for i, c := range st.Table.Columns {
		nulls[c.Name] = st.Nulls[i]
	}
	same(t, "nulls", nulls, map[string]int64{"new": 2, "zero": 2, "map": 2, "named": 1, "parts": 1, "part": 0, "same": 2, "key": 0, "gone": 1})
	if st.Files != 2 || st.Rows != 3 || st.Bytes == 0 {
		t.Errorf("stats %+v", st)
	}
}

func TestOtherType(t *testing.T) {
	type other struct {
		Parts []struct {
			A float64 `json:"a"`
		} `json:"parts"`
	}
	s := evolved(t)
	_, err := Read[other](t.Context(), s, "a")
	if want := "column parts.a: holds int64, but this version of the program reads float64"; err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), s.path(s.manifest().Tables["a"][0])) {
		t.Errorf("got %v", err)
	}
	change(t, s, func(tx *Tx) error { return Append(tx, "a", []other{{}}) })
	err = s.Export(t.Context(), "a", "csv", new(bytes.Buffer))
	if want := "table a: column parts.a: "; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v", err)
	}
}

// A file of a newer version may have columns that are unknown here: it is read,
// but not rewritten.
func TestNewerContract(t *testing.T) {
	s := open(t, t.TempDir())
	change(t, s, func(tx *Tx) error { return Append(tx, "a", points(1)) })
	tx := begin(t, s)
	e := s.manifest().Tables["a"][0]
	f := asContract(t, s, e, strconv.Itoa(Contract+1))
	check(t, s.disk.replace(s.path(f.entry), f.content))
	tx.pending.Tables["a"] = []entry{f.entry}
	commit(t, tx, true)
	same(t, "a", read[point](t, s, "a"), points(1))

	check(t, Append(tx, "a", points(2)))
	err := Revise(tx, "a", func(*point) bool { return true })
	if err == nil || !strings.Contains(err.Error(), `data contract "`+strconv.Itoa(Contract+1)+`", written by a newer version`) || !strings.Contains(err.Error(), f.File) {
		t.Errorf("got %v", err)
	}
	commit(t, tx, true)
	same(t, "a", read[point](t, s, "a"), points(1, 2))
}

// asContract is a file with another version in its metadata.
func asContract(t *testing.T, s *Store, e entry, version string) newFile {
	t.Helper()
	from, err := s.openFile(e)
	check(t, err)
	defer from.close()
	row, err := rowTypeFor(reflect.TypeFor[point]())
	check(t, err)
	var to newFile
	w := newFileWriter("a", row, s.mem, func(f newFile) error { to = f; return nil })
	defer w.release()
	meta := arrow.MetadataFrom(map[string]string{"contract": version})
	schema := arrow.NewSchema(from.ipc.Schema().Fields(), &meta)
	w.out = new(counter)
	w.ipc, err = ipc.NewFileWriter(w.out, ipc.WithSchema(schema), ipc.WithAllocator(s.mem))
	check(t, err)
	check(t, from.records(t.Context(), func(rec arrow.Record) error {
		w.rows += rec.NumRows()
		return w.ipc.Write(rec)
	}))
	check(t, w.endFile())
	return to
}
