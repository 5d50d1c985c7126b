package features

import (
	"math"
	"testing"

	"github.com/spark-apprentice/apprentice/eventlog"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

func TestLifeLine(t *testing.T) {
	gib := known(int64(1 << 30))
	// Two executors, one of which a third replaces at the same instant.
	line := newLifeLine([]life{
		{0, 10_000, 2, 2, gib}, {2_000, 6_000, 1, 2, gib}, {6_000, 99_000, 2, 4, gib},
	}, 10_000)
	if line.executorsMax != 2 || line.coreMax != 6 {
		t.Errorf("%d executors, %d cores at once", line.executorsMax, line.coreMax)
	}
	if line.coreS != 20+8+16 || line.slotS != 20+4+8 || line.aliveS != 10 || line.memoryByteS != 18*float64(1<<30) {
		t.Errorf("core·s %v, slot·s %v, alive %v s, byte·s %v", line.coreS, line.slotS, line.aliveS, line.memoryByteS)
	}
	for _, tt := range []struct {
		from, to int64
		want     float64
	}{{0, 2000, 2}, {2000, 6000, 3}, {0, 10_000, 3.2}, {1000, 3000, 2.5}, {8000, 12_000, 2}} {
		if got := line.mean(tt.from, tt.to); math.Abs(got.V-tt.want) > 1e-9 {
			t.Errorf("mean slots in [%d, %d]: %v, want %v", tt.from, tt.to, got, tt.want)
		}
	}
	if got := line.mean(5, 5); got.OK {
		t.Errorf("mean over no time: %v", got)
	}
}

func TestContainers(t *testing.T) {
	version, err := sparkconf.ParseVersion("3.5.7")
	if err != nil {
		t.Fatal(err)
	}
	m := func(n int64) int64 { return n * sparkconf.MiB }
	// A profile of a heap and -1, or what it asks for, of each other part.
	profile := func(id int, heap, overhead, offHeap int64) *eventlog.ResourceProfileAdded {
		return &eventlog.ResourceProfileAdded{ID: id, ExecutorMemory: heap, ExecutorOverhead: overhead, ExecutorOffHeap: offHeap, PySparkMemory: -1}
	}
	for _, tt := range []struct {
		name                  string
		manager               string
		props                 map[string]string
		profile               *eventlog.ResourceProfileAdded
		heap, overhead, total int64 // overhead −1: not known
	}{
		{"standalone", "standalone", map[string]string{"spark.executor.memory": "2g", "spark.memory.offHeap.enabled": "true", "spark.memory.offHeap.size": "1g"}, nil, m(2048), -1, m(2048)},
		{"default heap", "standalone", nil, nil, m(1024), -1, m(1024)},
		{"local: the driver's heap", "local", map[string]string{"spark.driver.memory": "3g", "spark.executor.memory": "9g"}, nil, m(3072), -1, m(3072)},
		{"YARN rounds up", "yarn", map[string]string{"spark.executor.memory": "2g", "spark.hadoop.yarn.scheduler.minimum-allocation-mb": "1024"}, nil, m(2048), m(384), m(3072)},
		{"Kubernetes", "kubernetes", map[string]string{"spark.executor.memory": "10g", "spark.kubernetes.memoryOverheadFactor": "0.4"}, nil, m(10240), m(4096), m(14336)},
		{"a profile's heap", "standalone", map[string]string{"spark.executor.memory": "1g"}, profile(5, m(600), -1, -1), m(600), -1, m(600)},
		{"a profile keeps the default one's overhead", "kubernetes", map[string]string{"spark.executor.memory": "10g"}, profile(5, m(20480), -1, -1), m(20480), m(1024), m(21504)},
		{"a profile's overhead", "kubernetes", map[string]string{"spark.executor.memory": "10g"}, profile(5, m(20480), m(3000), -1), m(20480), m(3000), m(23480)},
		{"the default profile's overhead follows", "kubernetes", map[string]string{"spark.executor.memory": "10g"}, profile(0, m(10240), -1, -1), m(10240), m(1024), m(11264)},
		{"a profile's off-heap where none is on", "kubernetes", map[string]string{"spark.executor.memory": "10g"}, profile(5, -1, -1, m(512)), m(10240), m(1024), m(11264)},
		{"a profile's off-heap", "kubernetes", map[string]string{"spark.executor.memory": "10g", "spark.memory.offHeap.enabled": "true", "spark.memory.offHeap.size": "2g"}, profile(5, -1, -1, m(512)), m(10240), m(1024), m(11776)},
		{"nothing known of the heap", "yarn", map[string]string{"spark.executor.memory": "x"}, nil, 0, 0, 0},
	} {
		c := containers{cluster: sparkconf.Cluster{Manager: tt.manager}, version: version, props: tt.props}
		id := 0
		if tt.profile != nil {
			id = tt.profile.ID
			c.profiles = map[int]*eventlog.ResourceProfileAdded{id: tt.profile}
		}
		var want container
		if tt.total > 0 {
			want = container{known(tt.heap), Null[int64]{V: tt.overhead, OK: tt.overhead >= 0}, known(tt.total)}
		}
		if tt.overhead < 0 {
			want.overhead = Null[int64]{}
		}
		if got := c.of(id); got != want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, want)
		}
	}
}

// What YARN rounds up to is in the driver's Hadoop configuration.
func TestYARNIncrementLogged(t *testing.T) {
	const key = "yarn.scheduler.minimum-allocation-mb"
	for _, tt := range []struct {
		master, logged, want string
	}{
		{"yarn", "", "256"},
		{"yarn", "512", "512"},
		{"spark://m:7077", "", ""},
	} {
		spark := map[string]string{"spark.master": tt.master}
		if tt.logged != "" {
			spark["spark.hadoop."+key] = tt.logged
		}
		b := newBuilder(Options{})
		b.add(&eventlog.EnvironmentUpdate{Spark: spark, Hadoop: map[string]string{key: "256"}})
		if got := b.props["spark.hadoop."+key]; got != tt.want {
			t.Errorf("%s, %q: %q, want %q", tt.master, tt.logged, got, tt.want)
		}
	}
}

// Stage-level scheduling: a stage has the slots of its own profile.
func TestResourceProfileSlots(t *testing.T) {
	app := extract(t, logsOf(t, "j_resource_profile")[0])
	profiles := map[int64]int64{}
	for _, x := range app.Executors {
		profiles[x.ResourceProfileID] = x.HeapBytes.V
	}
	if profiles[0] != 512*sparkconf.MiB || profiles[5] != 600*sparkconf.MiB {
		t.Errorf("heaps by profile: %v", profiles)
	}
	own := 0
	for _, s := range app.Stages {
		if s.SlotsMean.OK && s.SlotsMean.V < 1 {
			own++ // the profile's only executor came during the stage
		}
		if s.SlotsMean.V > 2 {
			t.Errorf("stage %d: %v slots, but no profile has more than 2", s.StageID, s.SlotsMean.V)
		}
	}
	if own == 0 {
		t.Error("no stage waited for its own profile's executor")
	}
}

// Executors are paid for from their addition to their removal.
func TestReservedCores(t *testing.T) {
	for _, name := range []string{"j_dynamic_allocation", "e_oom_job_fails", "c_no_spill"} {
		app := extract(t, logsOf(t, name)[0])
		var want float64
		removed := 0
		for _, x := range app.Executors {
			until := app.Run.EndedAt.V
			if x.RemovedAt.OK {
				until, removed = x.RemovedAt.V, removed+1
			}
			want += float64(x.Cores) * until.Sub(x.AddedAt.V).Seconds()
		}
		if got := app.Run.CoreS; math.Abs(got.V-want) > 1e-6 || (removed == 0) != (name == "c_no_spill") {
			t.Errorf("%s: %v core·s, want %v; %d executors removed", name, got, want, removed)
		}
	}
}

// What holds of the times of every run.
func TestTimesHold(t *testing.T) {
	for _, x := range everyRun(t) {
		log, r := x.log, &x.app.Run
		window := r.DurationS.V - r.ExecutorWaitS.V
		switch {
		case r.ExecutorWaitS.V < 0 || r.ExecutorWaitS.V > r.DurationS.V:
			t.Errorf("%s: waited %v s of %v s", log.Name, r.ExecutorWaitS.V, r.DurationS.V)
		case r.ClusterManager == "local" && r.ExecutorWaitS.V != 0:
			t.Errorf("%s: local, and waited %v s", log.Name, r.ExecutorWaitS.V)
		case r.CriticalPathS.V < r.DriverOnlyS.V || r.CriticalPathS.V > window+0.1:
			t.Errorf("%s: critical path %v s, driver %v s, window %v s", log.Name, r.CriticalPathS.V, r.DriverOnlyS.V, window)
		case r.SlotUtilization.OK && (r.SlotUtilization.V < 0 || r.SlotUtilization.V > 1):
			t.Errorf("%s: utilization %v", log.Name, r.SlotUtilization.V)
		}
	}
}
