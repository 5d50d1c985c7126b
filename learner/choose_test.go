package learner

import (
	"math"
	"strings"
	"testing"

	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

func chosen(t *testing.T, f Fleet, run Coming) *Recommendation {
	t.Helper()
	rec, err := Choose(t.Context(), f, DefaultAgents(), DefaultConfig(), run)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// A small report that runs with 200 partitions and without AQE gets few
// partitions or AQE, at its usual size and when it is smaller still.
func TestChooseForATinyReport(t *testing.T) {
	for _, bytes := range []int64{900 << 10, 200 << 10} {
		rec := chosen(t, lab(t), Coming{Pipeline: "daily-revenue-report", InputBytes: bytes})
		parts, ok := whole(rec.Settings[partsKey].Value)
		if aqe := rec.Settings[aqeKey].Value == "true"; !aqe && !(ok && parts <= 8) {
			t.Errorf("%d bytes: %v: %s", bytes, values(rec.Settings), rec.Reason)
		}
		if r := rec.Expected.RuntimeRatio; r.V > 0.7 || rec.Runs == 0 {
			t.Errorf("%d bytes: ratio %v from %d runs", bytes, r, rec.Runs)
		}
	}
}

// The skewed join of real logs, 200 partitions for a few MB, gets AQE or its
// small side broadcast, and its time follows the input: far beyond its nights it
// is replayed, and said to be extrapolated.
func TestChooseFollowsTheInput(t *testing.T) {
	f := lab(t)
	usual := chosen(t, f, Coming{Pipeline: "orders_enrich", InputBytes: 60 << 20})
	aqe, broadcast := usual.Settings[aqeKey].Value == "true", usual.Settings["spark.sql.autoBroadcastJoinThreshold"].Value != ""
	if !aqe && !broadcast || usual.Expected.RuntimeRatio.V > 0.5 || strings.Contains(strings.Join(usual.Advice, "\n"), "extrapolated") {
		t.Errorf("usual size: %v, %v", values(usual.Settings), usual.Advice)
	}
	large := chosen(t, f, Coming{Pipeline: "orders_enrich", InputBytes: 6 << 30})
	if !strings.Contains(large.Advice[0], "92.5 times the largest input") {
		t.Errorf("a hundred times the input: %v", large.Advice)
	}
	if grew := large.Expected.BaselineS.V / usual.Expected.BaselineS.V; grew < 10 || grew > 100 {
		t.Errorf("a hundred times the input takes %.1f times as long", grew)
	}
	// The further, the wider, and the texts say nothing surer than the interval.
	// Up to twice the largest input (29 MiB) nothing is extrapolated.
	width := 0.0
	for _, mib := range []int64{28, 150, 6 << 10, 40 << 10} {
		rec := chosen(t, f, Coming{Pipeline: "trips_by_city", InputBytes: mib << 20})
		e := rec.Expected
		w := math.Log(e.High.V / e.Low.V)
		if !e.Low.OK || w <= width {
			t.Errorf("trips_by_city, %d MiB: interval %g to %g, width %g before", mib, e.Low.V, e.High.V, width)
		}
		if extrapolated := strings.Contains(strings.Join(rec.Advice, "\n"), "extrapolated"); extrapolated != (mib > 57) {
			t.Errorf("trips_by_city, %d MiB: %v", mib, rec.Advice)
		}
		if surely := strings.Contains(rec.Reason, "at least"); e.High.V > 2 && surely {
			t.Errorf("trips_by_city, %d MiB: %s", mib, rec.Reason)
		}
		width = w
	}
	small := chosen(t, f, Coming{Pipeline: "orders_enrich", InputBytes: 1 << 20})
	if !strings.Contains(small.Advice[0], "of the smallest input") || small.Expected.BaselineS.V >= usual.Expected.BaselineS.V {
		t.Errorf("1 MiB: %v, %v", small.Advice, small.Expected.BaselineS)
	}
}

// What people say stands, and last night's proposal does not hold a coming run.
func TestChooseKeepsPeoplesWord(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Constraints = []Constraint{{Pipeline: "daily-*", Enforce: map[string]string{aqeKey: "false"}, Preserve: []string{partsKey}}}
	rec, err := Choose(t.Context(), lab(t), DefaultAgents(), cfg, Coming{Pipeline: "daily-revenue-report", InputBytes: 900 << 10})
	if err != nil {
		t.Fatal(err)
	}
	if rec.File[aqeKey] != "false" || rec.Settings[partsKey].Value != "" {
		t.Errorf("%v", values(rec.Settings))
	}
}

// A pipeline never seen, from its data's shape. The numbers follow from Spark's
// formulas by hand.
func TestColdStart(t *testing.T) {
	const initial = "spark.sql.adaptive.coalescePartitions.initialPartitionNum"
	const threshold = "spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes"
	f := lab(t)
	for _, test := range []struct {
		name string
		run  Coming
		want map[string]string
		says string
	}{
		// 1 m rows in 10 groups leave 10 rows of each task: next to nothing is shuffled.
		{"tiny", Coming{InputBytes: 20 << 20, Rows: 1_000_000, GroupRatio: null.Of(1e-5)}, map[string]string{initial: "2"}, "cold start"},
		// 5 tasks of 4 MiB (openCostInBytes) write it: 11 of 16 slots find nothing worth a partition.
		{"tiny, many slots", Coming{InputBytes: 20 << 20, Rows: 1_000_000, GroupRatio: null.Of(1e-5), Slots: 16}, map[string]string{initial: "5"}, "16 slots"},
	} {
		test.run.Pipeline = "new"
		rec := chosen(t, f, test.run)
		for k, v := range test.want {
			if rec.File[k] != v {
				t.Errorf("%s: %s=%q, want %s (%v)", test.name, k, rec.File[k], v, rec.File)
			}
		}
		if rec.Runs != 0 || rec.Settings[initial].Evidence != formula || !strings.Contains(rec.Reason, test.says) {
			t.Errorf("%s: %+v", test.name, rec)
		}
	}

	// Without a fleet nothing is known but the rules: 40 GiB shuffle 40 GiB, and a
	// task of a heap of 1 GiB, one core each, has (1024 − 300) × 0.6 = 434 MiB, of
	// which a quarter, 108 MiB, holds unpacked rows: AQE's 64 MiB are less.
	// 40960 / 64 = 640 partitions, in waves of 6: 642.
	rec := chosen(t, Fleet{}, Coming{Pipeline: "new", InputBytes: 40 * sparkconf.GiB, Slots: 6, SparkVersion: "3.5.7"})
	if rec.File[initial] != "642" || len(rec.File) != 1 {
		t.Errorf("40 GiB: %v", rec.File)
	}
	// The hot key: 30 % of 40 GiB is 12 GiB, which AQE splits by itself.
	rec = chosen(t, Fleet{}, Coming{Pipeline: "new", InputBytes: 40 * sparkconf.GiB, Slots: 6, SparkVersion: "3.5.7", HotShare: null.Of(0.3)})
	if rec.File[threshold] != "" || !strings.Contains(strings.Join(rec.Advice, "\n"), "AQE splits it in a join") {
		t.Errorf("12 GiB hot: %v %v", rec.File, rec.Advice)
	}
	// 30 % of 600 MiB is 180 MiB and its share of the rest: below 256m, above 128m.
	rec = chosen(t, Fleet{}, Coming{Pipeline: "new", InputBytes: 600 << 20, Slots: 6, SparkVersion: "3.5.7", HotShare: null.Of(0.3)})
	if rec.File[threshold] != "128m" {
		t.Errorf("180 MiB hot: %v %v", rec.File, rec.Advice)
	}
	// Without AQE nothing splits it, and its keys do nothing. 4 GiB and 30 % in 6
	// partitions for 6 idle slots: 1.2 GiB beside a sixth of 2.8 GiB.
	for _, bytes := range []int64{600 << 20, 4 << 30} {
		rec = chosen(t, Fleet{}, Coming{Pipeline: "new", InputBytes: bytes, Slots: 6, SparkVersion: "3.1.3", HotShare: null.Of(0.3)})
		if advice := strings.Join(rec.Advice, "\n"); rec.File[threshold] != "" || !strings.Contains(advice, "AQE, which could split it in a join, is off") || strings.Contains(advice, "AQE splits") {
			t.Errorf("%d bytes, 3.1: %v %v", bytes, rec.File, rec.Advice)
		}
	}
	// As many partitions as the file sets: 20 MiB in 6, of which one has 30 % more.
	rec = chosen(t, Fleet{}, Coming{Pipeline: "new", InputBytes: 20 << 20, Slots: 6, SparkVersion: "3.1.3", HotShare: null.Of(0.3)})
	if rec.File[partsKey] != "6" || !strings.Contains(strings.Join(rec.Advice, "\n"), "has about 8.3 MiB, the others 2.3 MiB") {
		t.Errorf("20 MiB, 3.1: %v %v", rec.File, rec.Advice)
	}
	// 4 GiB in partitions of at least 1 MiB, AQE's own floor, are 4096, and 1024
	// scan tasks of 4 MiB are all that slots can be busy with.
	rec = chosen(t, Fleet{}, Coming{Pipeline: "new", InputBytes: 4 * sparkconf.GiB, Slots: 100_000, SparkVersion: "3.5.7"})
	if rec.File[initial] != "4096" {
		t.Errorf("100,000 slots: %v", rec.File)
	}
	many, few := chosen(t, f, Coming{Pipeline: "new", InputBytes: 4 << 30, Slots: 100_000}), chosen(t, f, Coming{Pipeline: "new", InputBytes: 4 << 30, Slots: 1024})
	if a, b := many.Expected.BaselineS.V, few.Expected.BaselineS.V; a != b || a <= 0 {
		t.Errorf("100,000 slots take %g s, 1024 slots, one for each task, %g s", a, b)
	}
	// Before AQE was on by default the key is shuffle.partitions.
	rec = chosen(t, Fleet{}, Coming{Pipeline: "new", InputBytes: 40 * sparkconf.GiB, Slots: 6, SparkVersion: "3.1.3"})
	if rec.File[partsKey] != "642" || rec.File[initial] != "" {
		t.Errorf("3.1: %v", rec.File)
	}
	if _, err := Choose(t.Context(), Fleet{}, DefaultAgents(), DefaultConfig(), Coming{Pipeline: "new", InputBytes: 1}); err == nil || !strings.Contains(err.Error(), "--spark-version") {
		t.Errorf("no version: %v", err)
	}
	if _, err := Choose(t.Context(), f, DefaultAgents(), DefaultConfig(), Coming{Pipeline: "new", InputBytes: 1, Cluster: "x"}); err == nil || !strings.Contains(err.Error(), "known are standalone") {
		t.Errorf("no such cluster: %v", err)
	}
}

// What several pipelines of the fleet gained by leaving a default, a new one inherits.
func TestColdStartInherits(t *testing.T) {
	c := &cold{agents: DefaultAgents(), rec: &Recommendation{Settings: map[string]Proposed{}}, site: &site{}, base: settings{"spark.sql.files.maxPartitionBytes": "128m", memoryKey: "1g"}}
	c.site.version, _ = sparkconf.ParseVersion("3.5.7")
	c.site.cluster.Manager = "standalone"
	cells := func(level, group, action string, q ...float64) (list []QValue) {
		for _, v := range q {
			list = append(list, QValue{Level: level, Pipeline: group, Agent: "partition", Action: action, Q: v})
		}
		return list
	}
	var q []QValue
	q = append(q, cells("group", "sql 1e8", "spark.sql.files.maxPartitionBytes=128m -> 256m", 0.2, 0.22, 0.25)...)
	q = append(q, cells("global", "", "spark.sql.files.maxPartitionBytes=128m -> 256m", -1)...)
	q = append(q, cells("global", "", "spark.sql.files.openCostInBytes=4m -> 1m", 0.3, 0.3)...) // not its default
	q = append(q, cells("global", "", "spark.executor.memory=1g -> 2g", 0.3, 0.3)...)           // what a cluster gives is no matter of other pipelines
	c.inherit(q, "sql 1e8")
	if len(c.rec.Settings) != 1 || c.rec.Settings["spark.sql.files.maxPartitionBytes"].Value != "256m" {
		t.Errorf("inherited %v", values(c.rec.Settings))
	}
	// Values are read back as they were spelled.
	for _, v := range []string{"100%", "a;b", "a=b", "a>b", "a,b", "%3B"} {
		key, from, to, ok := oneChange(toText(changeText("spark.x", v, "to "+v)))
		if !ok || key != "spark.x" || from != v || to != "to "+v {
			t.Errorf("%q is read back as %q from %q to %q", v, key, from, to)
		}
	}
	if _, _, _, ok := oneChange(toText(changeText("spark.x", "1", "2") + ";" + changeText("spark.y", "1", "2"))); ok {
		t.Error("two changes are read as one")
	}
	c.rec.Settings = map[string]Proposed{}
	c.inherit(cells("global", "", "spark.sql.files.maxPartitionBytes=128m -> 256m", 0.5), "sql 1e8")
	c.inherit(cells("global", "", "spark.sql.files.maxPartitionBytes=128m -> 256m", 0.5, -0.4, 0.1), "sql 1e8")
	if len(c.rec.Settings) != 0 {
		t.Errorf("inherited from one, or from children that differ: %v", values(c.rec.Settings))
	}
}
