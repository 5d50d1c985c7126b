package replay

import (
	"math"
	"testing"
)

// A fuller heap collects longer, an emptier one shorter but never less than
// nothing, the same one as long as it did.
func TestGarbageCollection(t *testing.T) {
	a := night(t, "DocTopics")
	r := open(t, New(fitted(t)), a)
	gc := func(settings map[string]string) (sum, slots float64) {
		p := r.plan(settings)
		for i := range p.stages {
			sum += p.stages[i].gcMore
			slots += p.stages[i].slotTime
			if s := &p.stages[i]; s.gcMore < -s.gc-1e-9 {
				t.Errorf("%v: %.3f s less than none of %.3f s", settings, s.gcMore, s.gc)
			}
		}
		return sum, slots
	}
	last := math.Inf(1)
	for _, heapSize := range []string{"512m", "768m", "1g", "2g", "8g"} {
		more, slots := gc(map[string]string{heapKey: heapSize})
		if more >= last || math.Abs(more) > slots {
			t.Errorf("%s: %+.3f s, with less heap %+.3f s", heapSize, more, last)
		}
		if heapSize == "1g" && math.Abs(more) > 1e-9 {
			t.Errorf("as logged: %+.3f s", more)
		}
		last = more
	}
	tight := open(t, New(fitted(t)), night(t, "clickstream-user-agg")) // two hash maps in 512m
	if p := tight.Predict(map[string]string{heapKey: "8g"}, 1); kindOf(p, "garbage collection: the heap is less full") != Fitted {
		t.Errorf("8g instead of 512m: %+v", p.Effects)
	}
}

// Nights under other heaps tell what a full heap costs; without them it is believed.
func TestCollectorIsFitted(t *testing.T) {
	c := fitted(t)
	if k := c.Collector; k.Kind() != Fitted || k.Seconds < 0.01 || k.Seconds > 0.2 {
		t.Errorf("%+v", k)
	}
	if k := Priors().Collector; k.Kind() != Prior {
		t.Errorf("%+v", k)
	}
	made := Priors()
	x, y, w := []float64{0.1, 0.5, 1, 2}, []float64{}, []float64{1, 1, 1, 1}
	for _, u := range x {
		y = append(y, 0.03+0.12*u)
	}
	if k := made.Collector.fitted(slopeOf(x, y, w)); math.Abs(k.Seconds-0.12) > 0.01 {
		t.Errorf("%+v, made with 0.12", k)
	}
}
