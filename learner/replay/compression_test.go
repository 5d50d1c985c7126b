package replay

import (
	"math"
	"strings"
	"testing"
)

// Another codec changes what shuffles weigh, not what is computed on them, and
// AQE merges what weighs less.
func TestCodec(t *testing.T) {
	r := open(t, New(Priors()), night(t, "orders_enrich"))
	written := func(settings map[string]string) (mbs, work, tasks float64) {
		p := r.plan(settings)
		for i := range p.stages {
			s := &p.stages[i]
			mbs, work, tasks = mbs+s.demand[writeShuffle], work+s.demand[readShuffle], tasks+s.tasks
		}
		return mbs, work, tasks
	}
	had, work, _ := written(nil)
	zstd := map[string]string{"spark.io.compression.codec": "zstd"}
	if got, same, _ := written(zstd); math.Abs(got/had-0.76) > 0.01 || math.Abs(same/work-1) > 1e-9 {
		t.Errorf("zstd: %.2f MB of %.2f, work on %.2f of %.2f", got, had, same, work)
	}
	if got, same, _ := written(map[string]string{"spark.shuffle.compress": "false"}); math.Abs(got/had-2) > 0.01 || math.Abs(same/work-1) > 1e-9 {
		t.Errorf("raw: %.2f MB of %.2f", got, had)
	}
	p := r.Predict(zstd, 1)
	if kindOf(p, "shuffle bytes -24 %") != Prior || p.Seconds == r.Predict(nil, 1).Seconds || r.SamePlan(zstd, nil) {
		t.Errorf("%+v", p.Effects)
	}
	for _, e := range p.Effects {
		if strings.Contains(e.What, "packing") && e.Kind != Prior {
			t.Errorf("%+v", e)
		}
	}
	adaptive := map[string]string{"spark.sql.adaptive.enabled": "true", "spark.sql.adaptive.advisoryPartitionSizeInBytes": "1m", "spark.sql.adaptive.coalescePartitions.parallelismFirst": "false"}
	_, _, lz4 := written(adaptive)
	adaptive["spark.io.compression.codec"] = "zstd"
	if _, _, got := written(adaptive); got >= lz4 {
		t.Errorf("AQE: %v tasks of lighter shuffles, %v before", got, lz4)
	}
}

// Off the heap there is memory that the heap does not have.
func TestOffHeap(t *testing.T) {
	r := open(t, New(Priors()), night(t, "clickstream-user-agg"))
	if got := r.Predict(map[string]string{"spark.memory.offHeap.enabled": "true", "spark.memory.offHeap.size": "4g"}, 1); got.SpillBytes != 0 {
		t.Errorf("%.0f bytes spilled with 4g off the heap", got.SpillBytes)
	}
	if got, had := r.Predict(map[string]string{"spark.memory.offHeap.enabled": "true", "spark.memory.offHeap.size": "32m"}, 1), r.Predict(nil, 1); got.SpillBytes < had.SpillBytes {
		t.Errorf("%.0f bytes spilled with 32m off the heap, %.0f on it", got.SpillBytes, had.SpillBytes)
	}
}

// Blocks that the log shows to be computed again are not, once they fit; those
// that came from disk cost little either way.
func TestEvictedCaches(t *testing.T) {
	room := map[string]string{"spark.memory.fraction": "0.6"}
	only := open(t, New(Priors()), fixture(t, "g_memory_only_evicted"))
	same, fits := only.Predict(nil, 1), only.Predict(room, 1)
	if fits.Seconds > 0.75*same.Seconds || kindOf(fits, "more of the cache fits, and is not computed again") != Formula || kindOf(same, "cache") != "" {
		t.Errorf("%.1f s of %.1f: %+v", fits.Seconds, same.Seconds, fits.Effects)
	}
	if got := only.Predict(room, 50).Seconds; got <= fits.Seconds {
		t.Errorf("50 times the data: %.1f s, once: %.1f s", got, fits.Seconds)
	}
	disk := open(t, New(Priors()), fixture(t, "g_memory_and_disk"))
	if same, fits := disk.Predict(nil, 1).Seconds, disk.Predict(room, 1).Seconds; math.Abs(fits/same-1) > 0.05 {
		t.Errorf("%.1f s of %.1f", fits, same)
	}
}

func TestKept(t *testing.T) {
	at := &setup{heap: jvmHeap{Bytes: 4096 * mib, Fraction: 0.6, StorageFraction: 0.5}}
	at.layout.executors = 2
	m := float64(mib)
	for _, c := range [][3]float64{
		{1000, 0, 1000},          // all fits
		{9000, 0, 2 * 2277.6},    // storage borrows what execution leaves
		{9000, 1000, 2 * 1277.6}, // execution evicts it
		{9000, 2000, 2 * 1138.8}, // down to its region
		{1000, 2277, 1000},       // which is enough here
	} {
		if got := kept(at, c[0]*m, c[1]*m) / m; math.Abs(got-c[2]) > 0.2 {
			t.Errorf("%v MiB stored, %v MiB executing: %.1f kept, want %.1f", c[0], c[1], got, c[2])
		}
	}
}
