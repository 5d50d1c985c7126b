package replay

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// makespan is when the last of some steps ends on slots.
func makespan(steps []step, slots []float64) float64 {
	_, ends := newPool(slots).schedule(steps)
	return last(ends)
}

func tasks(seconds ...float64) []load {
	out := make([]load, len(seconds))
	for i, s := range seconds {
		out[i].Seconds = s
	}
	return out
}

// Ten one-second stages and a sink that waits for all of them: Sparklens'
// completion estimate on 1 to 11 cores.
func TestScheduleFanIn(t *testing.T) {
	var steps []step
	var all []int
	for i := range 10 {
		steps = append(steps, step{Work: tasks(1)})
		all = append(all, i)
	}
	steps = append(steps, step{Work: tasks(1), After: all})
	for i, want := range []float64{11, 6, 5, 4, 3, 3, 3, 3, 3, 2, 2} {
		if got := makespan(steps, freeSlots(i+1)); got != want {
			t.Errorf("%d slots: %v, want %v", i+1, got, want)
		}
	}
}

func TestScheduleChain(t *testing.T) {
	var steps []step
	for i := range 11 {
		s := step{Work: tasks(1)}
		if i > 0 {
			s.After = []int{i - 1}
		}
		steps = append(steps, s)
	}
	for n := 1; n <= 11; n++ {
		if got := makespan(steps, freeSlots(n)); got != 11 {
			t.Errorf("%d slots: %v, want 11", n, got)
		}
	}
}

func TestScheduleCases(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps []step
		slots []float64
		want  float64
	}{
		{"nothing", nil, freeSlots(2), 0},
		{"no slot", []step{{Work: tasks(1)}}, nil, 0},
		{"greedy, not sorted", []step{{Work: tasks(1, 1, 4)}}, freeSlots(2), 5},
		{"a slot that comes late", []step{{Work: tasks(2, 2, 2)}}, []float64{0, 3}, 5},
		{"the step that is ready first goes first", []step{
			{Work: tasks(1)},
			{Work: tasks(3, 3), After: []int{0}},
			{Work: tasks(2, 2, 2)},
		}, freeSlots(2), 7},
		{"bulk is even", []step{{Work: []load{{6, true}}}}, freeSlots(3), 2},
		{"bulk fills the valleys first", []step{{Work: tasks(4, 1)}, {Work: []load{{5, true}}}}, freeSlots(2), 5},
		{"a task after bulk", []step{{Work: []load{{4, true}, {3, false}}}}, freeSlots(2), 5},
		{"a step waits for its slowest parent", []step{
			{Work: tasks(5)}, {Work: tasks(1)}, {Work: tasks(1), After: []int{0, 1}},
		}, freeSlots(3), 6},
		{"a cycle never runs", []step{{Work: tasks(1), After: []int{0}}}, freeSlots(1), 0},
	} {
		if got := makespan(c.steps, c.slots); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// Graham's bounds hold for every list schedule of independent tasks.
func TestScheduleBounds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		work := make([]load, 1+r.IntN(60))
		sum, longest := 0.0, 0.0
		for i := range work {
			work[i].Seconds = r.ExpFloat64()
			sum += work[i].Seconds
			longest = max(longest, work[i].Seconds)
		}
		n := 1 + r.IntN(12)
		got := makespan([]step{{Work: work}}, freeSlots(n))
		low, high := max(sum/float64(n), longest), sum/float64(n)+longest
		if got < low-1e-9 || got > high+1e-9 {
			t.Fatalf("%d tasks on %d slots: %v outside [%v, %v]", len(work), n, got, low, high)
		}
	}
}

// Time is shared out among the steps that run, by their busy slots.
func TestCharged(t *testing.T) {
	steps := []step{
		{Work: tasks(4, 4)},               // alone on two slots, then
		{Work: tasks(2), After: []int{0}}, // these two side by side
		{Work: tasks(2), After: []int{0}},
		{Work: tasks(3, 3), After: []int{1, 2}},
		{After: []int{3}},
	}
	starts, ends := newPool(freeSlots(2)).schedule(steps)
	if got := charged(steps, starts, ends); !slices.Equal(got, []float64{4, 1, 1, 3, 0}) {
		t.Errorf("charged %v of spans %v to %v", got, starts, ends)
	}
	late := []step{{Work: tasks(2)}}
	starts, ends = newPool([]float64{5}).schedule(late)
	if got := charged(late, starts, ends); got[0] != 2 || ends[0] != 7 {
		t.Errorf("a slot that comes at 5: charged %v, ends %v", got, ends)
	}
}
