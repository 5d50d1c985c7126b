package replay

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/spark-apprentice/apprentice/features"
)

func repeat(n int, v int64) []int64 { return slices.Repeat([]int64{v}, n) }

func ends(ranges []reduceRange) []int {
	var out []int
	for _, r := range ranges {
		out = append(out, r.To)
	}
	return out
}

func TestCoalescing(t *testing.T) {
	const m = mib
	two := []int64{110 * m, 30 * m, 170 * m, 15 * m, 35 * m} // [100,20,100,10,30] + [10,10,70,5,5]
	for _, c := range []struct {
		name  string
		c     coalescing
		sizes []int64
		ends  []int
	}{
		{"two shuffles, target 128", coalescing{Advisory: 128 * m, MinSize: m}, two, []int{1, 2, 3, 5}},
		{"parallelism first, 40 cores: target 9", coalescing{Advisory: 128 * m, MinSize: m, MinNum: 40}, two, []int{1, 2, 3, 4, 5}},
		{"a small bin joins the next", coalescing{Advisory: 64 * m, MinSize: m}, []int64{64 * m, m / 2, 64 * m}, []int{1, 3}},
		{"a small tail joins the last", coalescing{Advisory: 64 * m, MinSize: m}, []int64{64 * m, 64 * m, m / 2}, []int{1, 3}},
		{"a small bin joins the smaller neighbour", coalescing{Advisory: 64 * m, MinSize: m}, []int64{63 * m, 2*m - 1, m / 2, 64 * m}, []int{1, 3, 4}},
		{"3.0 keeps small bins", coalescing{Advisory: 64 * m, MinSize: m, Legacy: true}, []int64{64 * m, m / 2, 64 * m}, []int{1, 2, 3}},
		{"empty partitions vanish", coalescing{Advisory: 64 * m, MinSize: m}, []int64{0, 0, 3 * m, 0}, []int{4}},
		{"nothing at all", coalescing{Advisory: 64 * m, MinSize: m}, []int64{0, 0, 0}, []int{3}},
	} {
		if got := ends(c.c.merge(c.sizes, nil)); !slices.Equal(got, c.ends) {
			t.Errorf("%s: ranges end at %v, want %v", c.name, got, c.ends)
		}
	}
}

func TestCoalescingTarget(t *testing.T) {
	for _, c := range []struct {
		c     coalescing
		total int64
		want  int64
	}{
		{coalescing{Advisory: 64 * mib, MinSize: mib, MinNum: 40}, 360 * mib, 9 * mib},
		{coalescing{Advisory: 64 * mib, MinSize: mib, MinNum: 40}, 4 * mib, mib},
		{coalescing{Advisory: 64 * mib, MinSize: mib}, 4 * mib, 4 * mib},
		{coalescing{Advisory: 64 * mib, MinNum: 40, Legacy: true}, 100, 16},
		{coalescing{Advisory: 64 * mib, MinNum: 2, Legacy: true}, 1 << 40, 64 * mib},
	} {
		if got := c.c.Target(c.total); got != c.want {
			t.Errorf("%+v of %d: %d, want %d", c.c, c.total, got, c.want)
		}
	}
}

func TestSkew(t *testing.T) {
	s := Skew{Factor: 5, Threshold: 256, Advisory: 64}
	limit, target := s.Limit(append(repeat(9, 60), 1000))
	if limit != 300 || target != 64 {
		t.Errorf("limit %d, target %d, want 300 and 64", limit, target)
	}
	for _, c := range []struct {
		blocks []int64
		pieces int
	}{
		{repeat(20, 50), 20},
		{repeat(10, 100), 10},
		{repeat(1, 1000), 1},
		{[]int64{60, 1, 60}, 2},       // 1 is too small for a piece of its own
		{[]int64{40, 35}, 1},          // 75 < 1.2 × 64
		{[]int64{10, 10, 10, 10}, 1},  // below the target
		{[]int64{100, 5, 100, 70}, 3}, // 5 joins the first
	} {
		got := splitBlocks(c.blocks, target)
		var in, out int64
		for _, b := range c.blocks {
			in += b
		}
		for _, p := range got {
			out += p
		}
		if len(got) != c.pieces || in != out {
			t.Errorf("%v: pieces %v, want %d of %d bytes", c.blocks, got, c.pieces, in)
		}
	}
	if limit, target := (Skew{Factor: 5, Threshold: 10, Advisory: 64}).Limit([]int64{0, 0, 0, 50}); limit != 10 || target != 64 {
		t.Errorf("mostly empty: limit %d, target %d, want 10 and 64", limit, target)
	}
}

func TestLocalRead(t *testing.T) {
	for _, c := range [][3]int{{3, 10, 9}, {10, 10, 10}, {10, 4, 4}, {0, 4, 4}} {
		if got := localRead(c[0], c[1]); got != c[2] {
			t.Errorf("%d maps, %d reducers: %d tasks, want %d", c[0], c[1], got, c[2])
		}
	}
}

func TestScan(t *testing.T) {
	big := Scan{MaxPartition: 128 * mib, OpenCost: 4 * mib, MinNum: 200}
	files := repeat(10, 1<<30)
	if got := big.MaxSplit(files); got != 53896806 {
		t.Errorf("split of %d bytes, want 53896806", got)
	}
	if got := packed(big, files); len(got) != 200 {
		t.Errorf("%d tasks, want 200", len(got))
	}
	small := Scan{MaxPartition: 128 * mib, OpenCost: 4 * mib, MinNum: 16}
	got := packed(small, repeat(1000, mib))
	if len(got) != 39 || got[0] != (scanTask{Bytes: 26 * mib, Files: 26}) {
		t.Errorf("%d tasks, first %+v, want 39 of 26 files", len(got), got[0])
	}
	small.MaxNum = 10
	if got := packed(small, repeat(1000, mib)); len(got) != 10 {
		t.Errorf("%d tasks with maxPartitionNum 10, want 10", len(got))
	}
	if got := packed(big, nil); got != nil {
		t.Errorf("no files: %v", got)
	}
}

func TestHeap(t *testing.T) {
	h := jvmHeap{Bytes: 4096 * mib, Fraction: 0.6, StorageFraction: 0.5, Cores: 4}
	inMiB := func(b int64) float64 { return math.Round(float64(b)*10/float64(mib)) / 10 }
	got := []float64{inMiB(h.unified()), inMiB(h.perTask(0, 4)), inMiB(h.perTask(2000*mib, 4)), inMiB(h.page())}
	if want := []float64{2277.6, 569.4, 284.7, 32}; !reflect.DeepEqual(got, want) {
		t.Errorf("unified, per task, per task beside a cache, page: %v, want %v", got, want)
	}
	if u := (jvmHeap{Bytes: 200 * mib, Fraction: 0.6}).unified(); u != 0 {
		t.Errorf("heap below the reserve: %d, want 0", u)
	}
}

// The reserved memory goes with the container as Spark asks for it: on
// Kubernetes from the 0.4 that cluster mode wrote down for PySpark.
func TestContainerOfSettings(t *testing.T) {
	row := features.Run{ClusterManager: "kubernetes", SparkVersion: "3.5.7", ConfEffective: map[string]features.Setting{
		heapKey: {Value: "4g", Source: features.FromLog}, "spark.executor.memoryOverheadFactor": {Value: "0.1", Source: features.FromDefault},
	}, ConfLogged: map[string]string{"spark.kubernetes.memoryOverheadFactor": "0.4"}}
	for _, test := range []struct {
		settings map[string]string
		want     int64
	}{
		{nil, 5734},
		{map[string]string{"spark.executor.memoryOverhead": "2g"}, 6144},
		{map[string]string{"spark.executor.memoryOverheadFactor": "0.1"}, 4505},
		{map[string]string{"spark.kubernetes.memoryOverheadFactor": "0.2"}, 4915},
		{map[string]string{heapKey: "x"}, 1024},
	} {
		if at := newSetup(&row, test.settings); at.layout.container.Total != test.want*mib {
			t.Errorf("%v: %d MiB, want %d", test.settings, at.layout.container.Total/mib, test.want)
		}
	}
	row.ClusterManager, row.ConfLogged = "local", map[string]string{"spark.driver.memory": "3g"}
	if at := newSetup(&row, map[string]string{heapKey: "9g"}); at.heap.Bytes != 3072*mib {
		t.Errorf("local: a heap of %d MiB", at.heap.Bytes/mib)
	}
}

// arrivals are the times at which the slots of a pool are there once so many
// long tasks wait.
func arrivals(a allocation, tasks int) []float64 {
	const long = 1e6
	p := a.start()
	p.schedule([]step{{Work: slices.Repeat([]load{{Seconds: long}}, tasks)}})
	var out []float64
	for _, at := range p.free {
		out = append(out, at-math.Floor(at/long)*long)
	}
	slices.Sort(out)
	return out
}

func TestAllocationRamp(t *testing.T) {
	a := allocation{Initial: 1, Max: 1000, Tasks: 1, Ratio: 1, Backlog: 1, Sustained: 1}
	at := arrivals(a, 100)
	for k, want := range map[int]float64{1: 0, 2: 1, 4: 2, 8: 3, 16: 4, 64: 6, 100: 7} { // 2^k at k seconds
		if at[k-1] != want {
			t.Errorf("executor %d at %v s, want %v", k, at[k-1], want)
		}
	}
	for _, c := range []struct {
		name  string
		a     allocation
		tasks int
		want  []float64
	}{
		{"as many as there is work for", allocation{Initial: 1, Max: 10, Tasks: 2, Ratio: 1, Backlog: 1, Sustained: 1}, 5, []float64{0, 0, 1, 1, 2, 2}},
		{"at most", allocation{Initial: 2, Max: 3, Tasks: 1, Ratio: 1, Backlog: 1, Sustained: 1, Launch: 5}, 10, []float64{0, 0, 6}},
		{"half", allocation{Initial: 1, Max: 10, Tasks: 1, Ratio: 0.5, Backlog: 1, Sustained: 1}, 8, []float64{0, 1, 2, 2}},
		{"another pace", allocation{Initial: 1, Max: 4, Tasks: 1, Ratio: 1, Backlog: 5, Sustained: 2}, 8, []float64{0, 5, 7, 7}},
		{"no more for tasks that wait for one on its way", allocation{Initial: 1, Max: 8, Tasks: 1, Ratio: 1, Backlog: 1, Sustained: 1, Launch: 10}, 3, []float64{0, 11, 12}},
		// The first one is asked for when tasks wait, and time begins when it is there.
		{"none at the start", allocation{Max: 7, Tasks: 1, Ratio: 1, Backlog: 1, Sustained: 1, Launch: 3}, 10, []float64{0, 1, 1, 2, 2, 2, 2}},
	} {
		if got := arrivals(c.a, c.tasks); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// Executors that a first step did not need come when a later one does.
func TestAllocationFollowsDemand(t *testing.T) {
	a := allocation{Initial: 1, Max: 4, Tasks: 1, Ratio: 1, Backlog: 1, Sustained: 1}
	few := step{Work: []load{{Seconds: 10}}}
	many := step{Work: slices.Repeat([]load{{Seconds: 10}}, 8), After: []int{0}}
	_, ends := a.start().schedule([]step{few, many})
	// The first slot at 10 s, one more at 11, two at 12; each takes two tasks.
	if want := []float64{10, 32}; !slices.Equal(ends, want) {
		t.Errorf("ends at %v, want %v", ends, want)
	}
	bulk := []step{{Work: []load{{Seconds: 40, Many: true}}}}
	// 1 slot for 1 s, 2 for 1 s, then 4: 1 + 2 + 4·t = 40.
	_, ends = a.start().schedule(bulk)
	if got, want := last(ends), 2+37.0/4; math.Abs(got-want) > 1e-9 {
		t.Errorf("bulk ends at %v, want %v", got, want)
	}
}

func TestBroadcasting(t *testing.T) {
	b := broadcasting{Static: 10 * mib, Adaptive: 10 * mib, AQE: true, NonEmpty: 0.2}
	small, big := 9*mib, 11*mib
	for _, c := range []struct {
		name             string
		b                broadcasting
		s                side
		planned, adapted bool
	}{
		{"small", b, side{Static: small, Runtime: small, NonEmpty: 1}, true, true},
		{"big file, few rows left", b, side{Static: big, Runtime: small, NonEmpty: 1}, false, true},
		{"small file, big rows", b, side{Static: small, Runtime: big, NonEmpty: 1}, true, false},
		{"size unknown", b, side{Runtime: big, NonEmpty: 1}, false, false},
		{"mostly empty", b, side{Static: big, Runtime: small, NonEmpty: 0.1}, false, false},
		{"off", broadcasting{Static: -1, Adaptive: -1, AQE: true}, side{Static: small, Runtime: small}, false, false},
		{"no AQE", broadcasting{Static: 10 * mib, Adaptive: 10 * mib}, side{Static: big, Runtime: small}, false, false},
	} {
		if p, a := c.b.planned(c.s), c.b.adapted(c.s); p != c.planned || a != c.adapted {
			t.Errorf("%s: planned %v, adapted %v, want %v, %v", c.name, p, a, c.planned, c.adapted)
		}
	}
}
