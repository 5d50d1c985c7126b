package replay

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func tasks(seconds ...float64) []Load {
	out := make([]Load, len(seconds))
	for i, s := range seconds {
		out[i].Seconds = s
	}
	return out
}

// Ten one-second stages and a sink that waits for all of them: Sparklens'
// completion estimate on 1 to 11 cores.
func TestScheduleFanIn(t *testing.T) {
	var steps []Step
	var all []int
	for i := range 10 {
		steps = append(steps, Step{Work: tasks(1)})
		all = append(all, i)
	}
	steps = append(steps, Step{Work: tasks(1), After: all})
	for i, want := range []float64{11, 6, 5, 4, 3, 3, 3, 3, 3, 2, 2} {
		if got := Makespan(steps, Slots(i+1)); got != want {
			t.Errorf("%d slots: %v, want %v", i+1, got, want)
		}
	}
}

func TestScheduleChain(t *testing.T) {
	var steps []Step
	for i := range 11 {
		s := Step{Work: tasks(1)}
		if i > 0 {
			s.After = []int{i - 1}
		}
		steps = append(steps, s)
	}
	for n := 1; n <= 11; n++ {
		if got := Makespan(steps, Slots(n)); got != 11 {
			t.Errorf("%d slots: %v, want 11", n, got)
		}
	}
}

func TestScheduleCases(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps []Step
		slots []float64
		want  float64
	}{
		{"nothing", nil, Slots(2), 0},
		{"no slot", []Step{{Work: tasks(1)}}, nil, 0},
		{"greedy, not sorted", []Step{{Work: tasks(1, 1, 4)}}, Slots(2), 5},
		{"a slot that comes late", []Step{{Work: tasks(2, 2, 2)}}, []float64{0, 3}, 5},
		{"the step that is ready first goes first", []Step{
			{Work: tasks(1)},
			{Work: tasks(3, 3), After: []int{0}},
			{Work: tasks(2, 2, 2)},
		}, Slots(2), 7},
		{"bulk is even", []Step{{Work: []Load{{6, true}}}}, Slots(3), 2},
		{"bulk fills the valleys first", []Step{{Work: tasks(4, 1)}, {Work: []Load{{5, true}}}}, Slots(2), 5},
		{"a task after bulk", []Step{{Work: []Load{{4, true}, {3, false}}}}, Slots(2), 5},
		{"a step waits for its slowest parent", []Step{
			{Work: tasks(5)}, {Work: tasks(1)}, {Work: tasks(1), After: []int{0, 1}},
		}, Slots(3), 6},
		{"a cycle never runs", []Step{{Work: tasks(1), After: []int{0}}}, Slots(1), 0},
	} {
		if got := Makespan(c.steps, c.slots); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// Graham's bounds hold for every list schedule of independent tasks.
func TestScheduleBounds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		work := make([]Load, 1+r.IntN(60))
		sum, longest := 0.0, 0.0
		for i := range work {
			work[i].Seconds = r.ExpFloat64()
			sum += work[i].Seconds
			longest = max(longest, work[i].Seconds)
		}
		n := 1 + r.IntN(12)
		got := Makespan([]Step{{Work: work}}, Slots(n))
		low, high := max(sum/float64(n), longest), sum/float64(n)+longest
		if got < low-1e-9 || got > high+1e-9 {
			t.Fatalf("%d tasks on %d slots: %v outside [%v, %v]", len(work), n, got, low, high)
		}
	}
}

// Time is shared out among the steps that run, by their busy slots.
func TestCharged(t *testing.T) {
	steps := []Step{
		{Work: tasks(4, 4)},               // alone on two slots, then
		{Work: tasks(2), After: []int{0}}, // these two side by side
		{Work: tasks(2), After: []int{0}},
		{Work: tasks(3, 3), After: []int{1, 2}},
		{After: []int{3}},
	}
	starts, ends := newPool(Slots(2)).schedule(steps)
	if got := charged(steps, starts, ends); !slices.Equal(got, []float64{4, 1, 1, 3, 0}) {
		t.Errorf("charged %v of spans %v to %v", got, starts, ends)
	}
	late := []Step{{Work: tasks(2)}}
	starts, ends = newPool([]float64{5}).schedule(late)
	if got := charged(late, starts, ends); got[0] != 2 || ends[0] != 7 {
		t.Errorf("a slot that comes at 5: charged %v, ends %v", got, ends)
	}
}
