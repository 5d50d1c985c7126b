package features

import (
	"context"
	"testing"

	"github.com/spark-apprentice/apprentice/eventlog"
)

// BenchmarkExtract reads 100 MB of JSON with 30,720 tasks, from zstd to rows.
// Bytes per second are of the JSON.
func BenchmarkExtract(b *testing.B) {
	log := logsOf(b, "m_medium")[0]
	const decoded = 100785798
	b.SetBytes(decoded)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Extract(context.Background(), log, eventlog.Options{}, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReader is what of it is the reader's.
func BenchmarkReader(b *testing.B) {
	log := logsOf(b, "m_medium")[0]
	const decoded = 100785798
	b.SetBytes(decoded)
	b.ReportAllocs()
	for b.Loop() {
		r := eventlog.Open(log, eventlog.Options{})
		for r.Scan() {
		}
		if err := r.Err(); err != nil {
			b.Fatal(err)
		}
		r.Close()
	}
}
