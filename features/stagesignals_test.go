package features

import (
	"slices"
	"testing"

	"github.com/spark-apprentice/apprentice/eventlog"
)

// Figures on both sides of each threshold.
func TestStageSignals(t *testing.T) {
	const gib = 1 << 30
	type stage struct {
		tasks            int64
		p50, p100        float64 // duration, s
		bytes50, bytes99 int64   // median and largest
		hot, mean        float64
		gc, run          float64
		slots, duration  float64
		spilled          int64
		shuffle          bool
	}
	tests := []struct {
		name string
		s    stage
		want []string
	}{
		{"even", stage{tasks: 8, p50: 2, p100: 3, bytes50: 100, bytes99: 120, mean: 100, run: 20, slots: 2, duration: 8}, nil},
		{"one task spilled", stage{tasks: 8, spilled: 1}, []string{"spill"}},
		{"skewed bytes", stage{tasks: 8, p50: 2, p100: 9, bytes50: 100, bytes99: 900, hot: 0.55, mean: 200}, []string{"skew"}},
		{"skewed bytes of two tasks", stage{tasks: 2, p50: 2, p100: 9, bytes50: 100, bytes99: 900, hot: 0.8}, nil},
		{"larger, but not by much", stage{tasks: 8, bytes50: 100, bytes99: 499, hot: 0.6, mean: 200}, nil},
		{"a slow task", stage{tasks: 8, p50: 2, p100: 30, bytes50: 100, bytes99: 100, duration: 31}, []string{"skew?"}},
		{"a slow task that nobody waits for", stage{tasks: 800, p50: 2, p100: 30, bytes50: 100, bytes99: 100, duration: 300}, nil},
		{"warming up", stage{tasks: 8, p50: 0.1, p100: 5, bytes50: 100, bytes99: 100, duration: 5}, nil},
		{"gc", stage{tasks: 8, gc: 6, run: 20}, []string{"gc_pressure"}},
		{"gc of a start", stage{tasks: 8, gc: 4, run: 10}, nil},
		{"little gc of much", stage{tasks: 8, gc: 19, run: 100}, nil},
		{"small partitions", stage{tasks: 200, mean: 1000, slots: 4, shuffle: true}, []string{"small_partitions"}},
		{"small files are no partitions", stage{tasks: 200, mean: 1000, slots: 4}, nil},
		{"few small partitions", stage{tasks: 31, mean: 1000, slots: 4, shuffle: true}, nil},
		{"small partitions on many slots", stage{tasks: 200, mean: 1000, slots: 64, shuffle: true}, nil},
		{"partitions of 1 MiB", stage{tasks: 200, mean: 1 << 20, slots: 4, shuffle: true}, nil},
		{"huge", stage{tasks: 8, bytes50: gib, bytes99: gib + 1, mean: gib}, []string{"huge_partitions"}},
		{"idle cores", stage{tasks: 1, p50: 60, p100: 60, run: 60, slots: 8, duration: 60}, []string{"idle_cores"}},
		{"idle cores for a moment", stage{tasks: 1, run: 9, slots: 8, duration: 9}, nil},
		{"half the cores", stage{tasks: 4, run: 240, slots: 8, duration: 60}, nil},
	}
	for _, tt := range tests {
		s := &stageState{spilled: tt.s.spilled}
		s.info = eventlog.StageInfo{Tasks: int(tt.s.tasks)}
		if tt.s.shuffle {
			s.info.ParentIDs = []int{0}
		}
		s.frozen.n, s.frozen.bytesP50, s.frozen.bytesP100 = tt.s.tasks, known(tt.s.bytes50), known(tt.s.bytes99)
		r := Stage{HotShare: known(tt.s.hot), SlotsMean: known(tt.s.slots), DurationS: known(tt.s.duration), PartitionBytes: known(tt.s.mean)}
		r.SuccessDurationP50, r.SuccessDurationP100 = known(tt.s.p50), known(tt.s.p100)
		r.JVMGCTimeS, r.ExecutorRunTimeS = tt.s.gc, tt.s.run
		if tt.s.bytes50 > 0 {
			r.SkewBytes = known(float64(tt.s.bytes99) / float64(tt.s.bytes50))
		}
		f := newFindings()
		f.stageSignals(s, &r)
		if got := signalsOf(&App{Signals: f.rows("r", func(s string) string { return s })}); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
