package features

import (
	"slices"

	"github.com/DataDog/sketches-go/ddsketch"
)

// exactLimit is how many values a sample keeps before it turns into a sketch.
const exactLimit = 10_000

// sketchAccuracy is the sketch's relative error (DDSketch: Masson, Rim, Lee,
// VLDB 2019).
const sketchAccuracy = 0.01

// A sample collects one quantity of a stage's tasks and answers the
// history server's quantiles: values sorted, element min(floor(q·n), n−1)
// (AppStatusStore.taskSummary). Up to exactLimit values it is exact, then within
// sketchAccuracy; smallest and largest stay exact. Zeros cost nothing: most
// tasks neither spill nor collect garbage. Values below 0 (a task that ended
// before it began, by two clocks) count as they are while exact.
type sample struct {
	values   []int64 // other than 0
	zeros    int
	n        int
	min, max int64
	sketch   *ddsketch.DDSketch
}

func (s *sample) add(v int64) {
	if s.n == 0 {
		s.min, s.max = v, v
	}
	s.n++
	s.min, s.max = min(s.min, v), max(s.max, v)
	switch {
	case v == 0:
		s.zeros++
	case s.sketch != nil:
		s.addSketch(v)
	case len(s.values) < exactLimit:
		s.values = append(s.values, v)
	default:
		s.sketch, _ = ddsketch.NewDefaultDDSketch(sketchAccuracy) // errs only on a bad accuracy
		for _, w := range s.values {
			s.addSketch(w)
		}
		s.values = s.values[:0]
		s.addSketch(v)
	}
}

// addSketch cannot fail: every int64 lies within DDSketch's indexable range.
func (s *sample) addSketch(v int64) { _ = s.sketch.Add(float64(v)) }

// reset empties the sample and keeps its memory.
func (s *sample) reset() { *s = sample{values: s.values[:0]} }

// sort must precede quantile.
func (s *sample) sort() { slices.Sort(s.values) }

// clone is a sample of its own with the same values.
func (s *sample) clone() *sample {
	c := *s
	c.values = slices.Clone(s.values)
	if s.sketch != nil {
		c.sketch = s.sketch.Copy()
	}
	return &c
}

// quantile answers q over the n smallest values; false where there is none.
func (s *sample) quantile(q float64, n int) (int64, bool) {
	if n = min(n, s.n); n == 0 {
		return 0, false
	}
	rank := min(int(q*float64(n)), n-1)
	switch rank {
	case 0:
		return s.min, true
	case s.n - 1:
		return s.max, true
	}
	if s.sketch == nil {
		negative, _ := slices.BinarySearch(s.values, 0)
		switch {
		case rank < negative:
			return s.values[rank], true
		case rank < negative+s.zeros:
			return 0, true
		}
		return s.values[rank-s.zeros], true
	}
	// The sketch holds the values other than 0; negatives are too rare to
	// tell apart there.
	if rank < s.zeros {
		return 0, true
	}
	at := float64(rank-s.zeros) / float64(max(s.n-s.zeros-1, 1))
	v, err := s.sketch.GetValueAtQuantile(at)
	if err != nil {
		return 0, false
	}
	return min(max(int64(v+0.5), s.min), s.max), true
}

// The quantiles of the data contract.
var quantiles = [7]float64{0, 0.25, 0.5, 0.75, 0.95, 0.99, 1}

// all answers the seven quantiles.
func (s *sample) all() [7]Null[int64] { return s.smallest(s.n) }

// allSeconds is all of a quantity in milliseconds.
func (s *sample) allSeconds() [7]Null[float64] { return inSeconds(s.all()) }

// smallest answers the seven quantiles over the n smallest values.
func (s *sample) smallest(n int) (qs [7]Null[int64]) {
	s.sort()
	for i, q := range quantiles {
		v, ok := s.quantile(q, n)
		qs[i] = Null[int64]{V: v, OK: ok}
	}
	return qs
}

// inSeconds is ms in seconds.
func inSeconds(ms [7]Null[int64]) (qs [7]Null[float64]) {
	for i, v := range ms {
		qs[i] = Null[float64]{V: seconds(v.V), OK: v.OK}
	}
	return qs
}
