package dataset

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/learner"
)

type point struct {
	X    int64              `json:"x"`
	Y    null.Null[float64] `json:"y"`
	Tags []string           `json:"tags"`
}

type Common struct {
	Key string `json:"key" doc:"a key" from:"here"`
}

type everything struct {
	Common
	Text    string                   `json:"text" unit:"s" doc:"text" from:"there"`
	Bool    bool                     `json:"bool"`
	Int     int64                    `json:"int"`
	Float   float64                  `json:"float"`
	Time    time.Time                `json:"time"`
	NText   null.Null[string]        `json:"ntext"`
	NBool   null.Null[bool]          `json:"nbool"`
	NInt    null.Null[int64]         `json:"nint"`
	NFloat  null.Null[float64]       `json:"nfloat"`
	NTime   null.Null[time.Time]     `json:"ntime"`
	Texts   []string                 `json:"texts"`
	Ints    []int64                  `json:"ints"`
	Points  []point                  `json:"points"`
	Conf    map[string]string        `json:"conf"`
	Numbers map[string]float64       `json:"numbers"`
	Places  map[string]point         `json:"places"`
	One     point                    `json:"one"`
	Deep    []map[string][]time.Time `json:"deep"`
	Not     map[int]chan bool        `json:"-"`
}

var day = time.Date(2026, 11, 23, 17, 4, 5, 678e6, time.UTC)

func everyValue() []everything {
	return []everything{
		{},
		{
			Common: Common{"k"}, Text: "naïve \x00 \"text\"\n", Bool: true, Int: math.MinInt64, Float: math.MaxFloat64, Time: day,
			NText: null.Of(""), NBool: null.Of(false), NInt: null.Of(int64(0)), NFloat: null.Of(math.SmallestNonzeroFloat64), NTime: null.Of(day.Add(-100 * 365 * 24 * time.Hour)),
			Texts: []string{"", "a", ""}, Ints: []int64{math.MaxInt64}, Points: []point{{}, {1, null.Of(2.5), []string{}}, {Tags: []string{"t"}}},
			Conf: map[string]string{"b": "", "": "c", "a": "d"}, Numbers: map[string]float64{"n": -1}, Places: map[string]point{"z": {X: 1}, "y": {Tags: []string{"u", "v"}}},
			One: point{7, null.Of(0.0), nil}, Deep: []map[string][]time.Time{nil, {}, {"d": {day, {}, day}}},
		},
		{Texts: []string{}, Ints: []int64{}, Points: []point{}, Conf: map[string]string{}, Numbers: map[string]float64{}, Places: map[string]point{}, Deep: []map[string][]time.Time{}},
		{Int: -1, Float: math.Copysign(0, -1), NFloat: null.Of(1e-300)},
	}
}

// open opens a store whose memory must be balanced at the end of the test.
func open(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	s.mem = poison{mem}
	t.Cleanup(func() { mem.AssertSize(t, 0) })
	return s
}

// poison overwrites memory that is freed: what still refers to it is seen.
type poison struct{ *memory.CheckedAllocator }

func (p poison) Free(b []byte) {
	for i := range b {
		b[i] = 0xAA
	}
	p.CheckedAllocator.Free(b)
}

// change commits one change and closes.
func change(t testing.TB, s *Store, do func(tx *Tx) error) bool {
	t.Helper()
	tx, err := s.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Close()
	if err := do(tx); err != nil {
		t.Fatal(err)
	}
	changed, err := tx.Commit()
	if err != nil {
		t.Fatal(err)
	}
	if err := tx.Close(); err != nil {
		t.Fatal(err)
	}
	return changed
}

func read[T any](t testing.TB, s *Store, table string) []T {
	t.Helper()
	rows, err := Read[T](t.Context(), s, table)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func same(t testing.TB, what string, got, want any, opts ...cmp.Option) {
	t.Helper()
	if diff := cmp.Diff(want, got, opts...); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestRoundTrip(t *testing.T) {
	s := open(t, t.TempDir())
	rows := everyValue()
	change(t, s, func(tx *Tx) error { return Append(tx, "all", rows) })
	same(t, "rows", read[everything](t, s, "all"), rows)
	if got := read[everything](t, s, "all")[3].Float; !math.Signbit(got) {
		t.Errorf("negative zero came back as %v", got)
	}
}

// What cannot be kept exactly is changed in a way that the package tells.
func TestNormalised(t *testing.T) {
	s := open(t, t.TempDir())
	zone := time.FixedZone("", 3600)
	change(t, s, func(tx *Tx) error {
		return Append(tx, "all", []everything{{
			Text: "a\xffb", Conf: map[string]string{"\xfe": "\xff"},
			Time: day.In(zone).Add(999 * time.Microsecond), NTime: null.Of(time.Time{}),
		}})
	})
	got := read[everything](t, s, "all")
	same(t, "row", got, []everything{{Text: "a\uFFFDb", Conf: map[string]string{"\uFFFD": "\uFFFD"}, Time: day}})
	if got[0].Time.Location() != time.UTC {
		t.Errorf("a time in %v", got[0].Time.Location())
	}
}

func TestNotFinite(t *testing.T) {
	for column, row := range map[string]everything{
		"float":       {Float: math.NaN()},
		"nfloat":      {NFloat: null.Of(math.Inf(1))},
		"points.y":    {Points: []point{{}, {Y: null.Of(math.Inf(-1))}}},
		"numbers.a b": {Numbers: map[string]float64{"a b": math.NaN()}},
		"one.y":       {One: point{Y: null.Of(math.NaN())}},
	} {
		s := open(t, t.TempDir())
		tx, err := s.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		err = Append(tx, "all", []everything{{}, row})
		if want := "dataset: table all, row 1: column " + column + ": "; err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s…", err, want)
		}
		if changed, err := tx.Commit(); changed || err != nil {
			t.Errorf("%s: commit after an error: %v, %v", column, changed, err)
		}
		tx.Close()
	}
}

// Every row type of the data contract keeps every value.
func TestContractRoundTrip(t *testing.T) {
	contractRoundTrip[features.Run](t, "runs")
	contractRoundTrip[features.Stage](t, "stages")
	contractRoundTrip[features.Execution](t, "executions")
	contractRoundTrip[features.Executor](t, "executors")
	contractRoundTrip[features.Cache](t, "caches")
	contractRoundTrip[features.Signal](t, "signals")
	contractRoundTrip[features.Unreadable](t, "unreadable")
	contractRoundTrip[learner.Episode](t, "episodes")
	contractRoundTrip[learner.QValue](t, "qtables")
	contractRoundTrip[learner.Recommendation](t, "recommendations")
	contractRoundTrip[learner.Directive](t, "directives")
	contractRoundTrip[everything](t, "all")
}

func contractRoundTrip[T any](t *testing.T, table string) {
	t.Run(table, func(t *testing.T) {
		for _, c := range TableOf[T](table, "").Columns {
			if table != "all" && (c.Doc == "" || c.From == "") {
				t.Errorf("column %s has no doc or no source", c.Name)
			}
		}
		rng := rand.New(rand.NewPCG(1, 2))
		var all []T
		s := open(t, t.TempDir())
		for range 3 {
			rows := make([]T, rng.IntN(200))
			for i := range rows {
				fill(rng, reflect.ValueOf(&rows[i]).Elem(), 0)
			}
			change(t, s, func(tx *Tx) error { return Append(tx, table, rows) })
			all = append(all, rows...)
		}
		same(t, table, read[T](t, s, table), all)
	})
}

// fill sets v to something that a column can hold exactly.
func fill(rng *rand.Rand, v reflect.Value, depth int) {
	switch {
	case v.Type() == timeType:
		if rng.IntN(4) > 0 {
			v.Set(reflect.ValueOf(day.Add(time.Duration(rng.IntN(1e9)) * time.Millisecond)))
		}
	case v.Type().Implements(unknowableType):
		fill(rng, v.FieldByName("V"), depth+1)
		ok := rng.IntN(2) == 0 && !v.FieldByName("V").IsZero()
		if !ok {
			v.SetZero()
		}
		v.FieldByName("OK").SetBool(ok)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Tag.Get("json") != "-" {
				fill(rng, v.Field(i), depth+1)
			}
		}
	case v.Kind() == reflect.String:
		v.SetString([]string{"", "a", "=1", "naïve", "spark.sql.shuffle.partitions"}[rng.IntN(5)])
	case v.Kind() == reflect.Bool:
		v.SetBool(rng.IntN(2) == 0)
	case v.Kind() == reflect.Int64:
		v.SetInt(rng.Int64() - rng.Int64())
	case v.Kind() == reflect.Float64:
		v.SetFloat(rng.NormFloat64())
	case v.Kind() == reflect.Slice:
		if n := rng.IntN(5) - 1; n >= 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fill(rng, v.Index(i), depth+1)
			}
		}
	case v.Kind() == reflect.Map:
		if n := rng.IntN(5) - 1; n >= 0 {
			v.Set(reflect.MakeMap(v.Type()))
			for range n {
				key, item := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
				fill(rng, key, depth+1)
				fill(rng, item, depth+1)
				v.SetMapIndex(key, item)
			}
		}
	default:
		panic(v.Type())
	}
}

// More rows than one batch holds, and the same rows give the same bytes.
func TestBatches(t *testing.T) {
	rows := make([]Common, 2*batchRows+1)
	for i := range rows {
		rows[i].Key = strings.Repeat("x", i%7) + string(rune('a'+i%26))
	}
	var files []string
	for range 2 {
		dir := t.TempDir()
		s := open(t, dir)
		change(t, s, func(tx *Tx) error { return Append(tx, "keys", rows) })
		same(t, "rows", read[Common](t, s, "keys"), rows)
		files = append(files, content(t, dir))
	}
	if files[0] != files[1] {
		t.Error("the same rows gave other bytes")
	}
}

// content is every file below dir but the lock, with its name.
func content(t testing.TB, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == lockName {
			return err
		}
		b, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		all.WriteString(name + "\n" + string(b) + "\n")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}
