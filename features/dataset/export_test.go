package dataset

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/metadata"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"

	"github.com/spark-apprentice/apprentice/internal/null"
)

func export(t *testing.T, s *Store, table, format string) []byte {
	t.Helper()
	var out bytes.Buffer
	check(t, s.Export(t.Context(), table, format, &out))
	return out.Bytes()
}

// Parquet gives the same Arrow columns back, metadata included, whatever the
// files the rows came from.
func TestParquet(t *testing.T) {
	s := open(t, t.TempDir())
	rows := everyValue()
	change(t, s, func(tx *Tx) error {
		return errors.Join(Append(tx, "all", rows[:1]), Append(tx, "all", rows[1:]))
	})
	first := export(t, s, "all", "parquet")
	if !bytes.Equal(first, export(t, s, "all", "parquet")) {
		t.Error("two exports differ")
	}
	got, schema, meta := parquetRows(t, first)
	if v := meta.FindValue("table"); v == nil || *v != "all" {
		t.Errorf("metadata %v", meta)
	}
	if c := columnOf(schema.Field(1)); c.Name != "text" || c.Unit != "s" || c.Doc != "text" || c.From != "there" {
		t.Errorf("column %+v", c)
	}
	want, err := s.Head(t.Context(), "all", len(rows))
	check(t, err)
	same(t, "rows", got, want)
}

// parquetRows reads a Parquet file, its rows as JSON.
func parquetRows(t *testing.T, content []byte) ([]json.RawMessage, *arrow.Schema, metadata.KeyValueMetadata) {
	t.Helper()
	r, err := file.NewParquetReader(bytes.NewReader(content))
	check(t, err)
	defer r.Close()
	pr, err := pqarrow.NewFileReader(r, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	check(t, err)
	table, err := pr.ReadTable(t.Context())
	check(t, err)
	defer table.Release()
	batches := array.NewTableReader(table, 100)
	defer batches.Release()
	var rows []json.RawMessage
	for batches.Next() {
		whole := array.RecordToStructArray(batches.Record())
		for i := range whole.Len() {
			rows = append(rows, appendMembers(nil, whole, i))
		}
		whole.Release()
	}
	return rows, table.Schema(), r.MetaData().KeyValueMetadata()
}

type cells struct {
	Text string               `json:"text"`
	N    null.Null[string]    `json:"n"`
	Num  float64              `json:"num"`
	Int  null.Null[int64]     `json:"int"`
	List []string             `json:"list"`
	Map  map[string][]float64 `json:"map"`
}

func TestCSV(t *testing.T) {
	s := open(t, t.TempDir())
	change(t, s, func(tx *Tx) error {
		return Append(tx, "a", []cells{
			{Text: "plain", Num: 1e21, Int: null.Of(int64(-5)), List: []string{"<a> & \"b\""}, Map: map[string][]float64{"z": {1.5}, "a": nil}},
			{N: null.Of(""), Num: -1, List: []string{}},
			{Text: "a,b\r\n\"c\" ", N: null.Of(" x"), Num: 100000000},
		})
	})
	same(t, "csv", string(export(t, s, "a", "csv")), `text,n,num,int,list,map
plain,,1e+21,-5,"[""<a> & \""b\""""]","{""a"":null,""z"":[1.5]}"
"","",-1,,[],
"a,b`+"\r"+`
""c"" "," x",100000000,,,
`)
}

// No text is run by a spreadsheet: none begins a cell with what begins a
// formula. Numbers do, and stay numbers.
func TestCSVFormulas(t *testing.T) {
	hostile := []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=cmd|' /C calc'!A0", "=1\",=2,\"=3", "x\n=1", "'=1", "=", "-"}
	s := open(t, t.TempDir())
	var rows []cells
	for _, h := range hostile {
		rows = append(rows, cells{Text: h, N: null.Of(h), Num: -1, Int: null.Of(int64(-2)), List: []string{h}, Map: map[string][]float64{h: {-1}}})
	}
	change(t, s, func(tx *Tx) error { return Append(tx, "a", rows) })
	r := csv.NewReader(bytes.NewReader(export(t, s, "a", "csv")))
	if _, err := r.Read(); err != nil {
		t.Fatal(err)
	}
	for _, h := range hostile {
		line, err := r.Read()
		check(t, err)
		want := h
		if strings.IndexByte("=+-@\t\r\n", h[0]) >= 0 {
			want = "'" + h
		}
		if want = strings.ReplaceAll(want, "\r\n", "\n"); line[0] != want || line[1] != want {
			t.Errorf("%q: cells %q", h, line[:2])
		}
		if line[2] != "-1" || line[3] != "-2" {
			t.Errorf("%q: numbers %q", h, line[2:4])
		}
		var list []string
		if err := json.Unmarshal([]byte(line[4]), &list); err != nil || list[0] != h {
			t.Errorf("%q: list %q, %v", h, line[4], err)
		}
	}
	if _, err := r.Read(); err != io.EOF {
		t.Errorf("more lines than rows: %v", err)
	}
}

func TestExportErrors(t *testing.T) {
	s := open(t, t.TempDir())
	change(t, s, func(tx *Tx) error { return Append[point](tx, "empty", nil) })
	same(t, "empty table", string(export(t, s, "empty", "csv")), "x,y,tags\n")
	if len(export(t, s, "empty", "parquet")) == 0 {
		t.Error("no Parquet file of an empty table")
	}
	if err := s.Export(t.Context(), "none", "csv", io.Discard); !errors.Is(err, ErrNoTable) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Head(t.Context(), "none", 1); !errors.Is(err, ErrNoTable) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Stats(t.Context(), "none"); !errors.Is(err, ErrNoTable) {
		t.Errorf("got %v", err)
	}
	if err := s.Export(t.Context(), "empty", "xlsx", io.Discard); err == nil || !strings.Contains(err.Error(), `"xlsx" is neither parquet nor csv`) {
		t.Errorf("got %v", err)
	}
	for _, format := range []string{"csv", "parquet"} {
		if err := s.Export(t.Context(), "empty", format, fullDisk{}); !errors.Is(err, errFull) {
			t.Errorf("%s: got %v", format, err)
		}
	}
}

var errFull = errors.New("no space left on device")

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestHead(t *testing.T) {
	s := open(t, t.TempDir())
	change(t, s, func(tx *Tx) error { return errors.Join(Append(tx, "a", points(1, 2)), Append(tx, "a", points(3))) })
	for n, want := range map[int]string{0: `null`, 1: `[{"x":1,"y":null,"tags":null}]`, 3: `[{"x":1,"y":null,"tags":null},{"x":2,"y":null,"tags":null},{"x":3,"y":null,"tags":null}]`} {
		rows, err := s.Head(t.Context(), "a", n)
		check(t, err)
		b, err := json.Marshal(rows)
		check(t, err)
		same(t, "head", string(b), want)
	}
}
