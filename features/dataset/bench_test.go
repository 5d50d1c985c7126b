package dataset

import (
	"io"
	"testing"

	"github.com/spark-apprentice/apprentice/features"
)

// realStages are about n stage rows of real logs, over and over.
func realStages(b *testing.B, n int) []features.Stage {
	b.Helper()
	var stages []features.Stage
	for _, app := range realApps(b, "../../fixtures/logs/*") {
		stages = append(stages, app.Stages...)
	}
	for len(stages) < n {
		stages = append(stages, stages...)
	}
	return stages[:n]
}

const benchRows = 20_000

func benchStore(b *testing.B) *Store {
	stages := realStages(b, benchRows)
	s, err := Open(b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	change(b, s, func(tx *Tx) error { return Append(tx, "stages", stages) })
	b.SetBytes(s.manifest().Tables["stages"][0].Bytes)
	b.ReportAllocs()
	return s
}

func BenchmarkAppend(b *testing.B) {
	stages := realStages(b, benchRows)
	s := benchStore(b)
	tx, err := s.Begin(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer tx.Close()
	for b.Loop() {
		if err := Replace(tx, "new", stages); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(benchRows*b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkRead(b *testing.B) {
	s := benchStore(b)
	for b.Loop() {
		if _, err := Read[features.Stage](b.Context(), s, "stages"); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(benchRows*b.N)/b.Elapsed().Seconds(), "rows/s")
}

func BenchmarkExport(b *testing.B) {
	for _, format := range []string{"parquet", "csv"} {
		b.Run(format, func(b *testing.B) {
			s := benchStore(b)
			for b.Loop() {
				if err := s.Export(b.Context(), "stages", format, io.Discard); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(benchRows*b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
