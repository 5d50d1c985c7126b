package replay

import (
	"slices"
	"testing"

	"github.com/spark-apprentice/apprentice/features"
)

const heapKey = "spark.executor.memory"

// groupings are the nights of the pipeline whose hot key stays in memory
// (groupByKey): 512m held it on small nights and died on two large ones.
func groupings(t *testing.T) (usual *features.App, died []*features.App) {
	t.Helper()
	for _, a := range lab(t) {
		if a.Run.Pipeline == "DocTopics" && a.Run.Outcome == features.Failed {
			died = append(died, a)
		}
	}
	if len(died) != 2 {
		t.Fatalf("%d nights died", len(died))
	}
	return night(t, "DocTopics"), died
}

// A heap that dies on large nights is told before it was ever tried, and more
// surely once the fleet has seen it die; heaps that hold it are not.
func TestMemoryRiskOfHotKey(t *testing.T) {
	a, died := groupings(t)
	untried := slices.DeleteFunc(slices.Clone(lab(t)), func(x *features.App) bool { return x.Run.ConfEffective[heapKey].Value == "512m" })
	for name, c := range map[string]Constants{"priors": Priors(), "never tried": fitApps(untried, ""), "seen to die": fitted(t)} {
		r := open(t, New(c), a)
		for _, d := range died {
			scale := sourceOf(logged(d)) / sourceOf(logged(a))
			got := r.MemoryRisk(map[string]string{heapKey: "512m"}, scale)
			if !got.High() || got.NeedBytes < 450<<20 || got.Step == "" {
				t.Errorf("%s: 512m at %.2f times the input: %+v", name, scale, got)
			}
			if name == "seen to die" && (got.Probability < 0.7 || got.Kind != Fitted) {
				t.Errorf("%s at %.2f times the input: %+v", name, scale, got)
			}
			for _, fits := range []string{"1g", "2g", "4g"} { // measured: fine at 1.4 times the usual size
				if got := r.MemoryRisk(map[string]string{heapKey: fits}, scale); got.High() {
					t.Errorf("%s: %s at %.2f times the input: %+v", name, fits, scale, got)
				}
			}
			if got, again := r.Predict(map[string]string{heapKey: "512m"}, scale).Memory, r.MemoryRisk(map[string]string{heapKey: "512m"}, scale); got != again {
				t.Errorf("the prediction says %+v, asked alone %+v", got, again)
			}
		}
		// More data, more risk; more heap, less.
		last := -1.0
		for _, scale := range []float64{0.7, 1, 1.2, 1.5, 2, 4} {
			p := r.MemoryRisk(map[string]string{heapKey: "768m"}, scale).Probability
			if p < last {
				t.Errorf("%s: at %v times the input the risk falls to %v", name, scale, p)
			}
			last = p
		}
		if last < 0.5 {
			t.Errorf("%s: 768m holds four times the input", name)
		}
	}
}

// What sorts and hash maps hold can spill: little memory makes them slow, not
// dead. 512m was measured to be fine for these.
func TestMemoryRiskOfWhatSpills(t *testing.T) {
	m := New(fitted(t))
	for _, p := range []string{"clickstream-user-agg", "feature-refine", "device-events", "orders_enrich", "Sales star ETL", "trips_by_city", "daily-revenue-report"} {
		if got := open(t, m, night(t, p)).MemoryRisk(map[string]string{heapKey: "512m"}, 1.4); got.Probability > 0.01 {
			t.Errorf("%s: %+v", p, got)
		}
	}
}

// Runs that died tell that something is held, whatever it is; settings under
// which Spark does not start or finds no page are named.
func TestMemoryRiskCases(t *testing.T) {
	r := open(t, New(Priors()), fixture(t, "e_oom_recovers")) // user code that takes 900 MB of a heap of 512
	if got := r.MemoryRisk(nil, 1); !got.High() || got.Kind != Fitted {
		t.Errorf("under the heap that it died of: %+v", got)
	}
	if few, many := r.MemoryRisk(map[string]string{heapKey: "1g"}, 1), r.MemoryRisk(map[string]string{heapKey: "8g"}, 1); many.Probability >= few.Probability || many.High() {
		t.Errorf("1g: %+v, 8g: %+v", few, many)
	}
	quiet := open(t, New(Priors()), night(t, "orders_enrich"))
	for name, settings := range map[string]map[string]string{
		"a heap that Spark refuses":   {heapKey: "400m"},
		"a share of less than a page": {"spark.memory.fraction": "0.001"},
	} {
		if got := quiet.MemoryRisk(settings, 1); !got.High() || got.Kind != Formula || got.Why == "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := quiet.MemoryRisk(nil, 1); got != (MemoryRisk{}) {
		t.Errorf("a run that was never short of memory: %+v", got)
	}
	off := map[string]string{"spark.memory.fraction": "0.001", "spark.memory.offHeap.enabled": "true", "spark.memory.offHeap.size": "1g"}
	if got := quiet.MemoryRisk(off, 1); got.High() {
		t.Errorf("pages are off the heap: %+v", got)
	}
}

// Stages that run again after a loss do not make the input larger.
func TestSourceReadOnce(t *testing.T) {
	_, died := groupings(t)
	for _, d := range died {
		if got, all := sourceOf(logged(d)), float64(d.Run.SourceBytes.V); got > 0.3*all {
			t.Errorf("%.0f bytes, read four times: %.0f", got, all)
		}
	}
}
