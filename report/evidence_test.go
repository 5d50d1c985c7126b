package report

import (
	"testing"

	"github.com/spark-apprentice/apprentice/features"
)

// Bytes of our own evidence get units; a message of Spark's is quoted.
func TestEvidenceOf(t *testing.T) {
	for _, test := range []struct{ kind, text, want string }{
		{features.SignalSmallPartitions, "200 tasks read 206144 bytes each on 2 slots", "200 tasks read 201 KiB each on 2 slots"},
		{features.SignalSpill, "3 of 8 tasks spilled 44039520 bytes of memory as 1048576 bytes on disk", "3 of 8 tasks spilled 42 MiB of memory as 1.0 MiB on disk"},
		{features.SignalSkew, "largest task 44039520 bytes, median 2048; longest 9.000 s, median 1.000 s", "largest task 42 MiB, median 2.0 KiB; longest 9.000 s, median 1.000 s"},
		{features.SignalSkew, "longest task 9.000 s, median 1.000 s; bytes are even", "longest task 9.000 s, median 1.000 s; bytes are even"},
		{features.SignalHugePartitions, "largest task read 99999999999999999999 bytes", "largest task read 99999999999999999999 bytes"},
		{features.SignalSparkMemoryOOM, "Unable to acquire 3000028 bytes of memory, got 671864", "Unable to acquire 3000028 bytes of memory, got 671864"},
	} {
		if got := evidenceOf(test.kind, test.text); got != test.want {
			t.Errorf("%q: %q, want %q", test.text, got, test.want)
		}
	}
}
