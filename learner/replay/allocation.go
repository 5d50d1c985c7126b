package replay

// An Allocation is dynamic allocation's pace (ExecutorAllocationManager).
// Times are seconds.
type Allocation struct {
	Initial, Max int     // executors at the start and at most
	Backlog      float64 // schedulerBacklogTimeout
	Sustained    float64 // sustainedSchedulerBacklogTimeout
	Launch       float64 // from the request to the executor's registration
}

// Ramp is when each of the first n executors is there while tasks stay
// queued: 1, 2, 4, … more each round.
func (a Allocation) Ramp(n int) []float64 {
	n = min(n, a.Max)
	at := make([]float64, 0, max(n, 0))
	for len(at) < min(a.Initial, n) {
		at = append(at, 0)
	}
	for t, add := a.Backlog, 1; len(at) < n; t, add = t+a.Sustained, add*2 {
		for i := 0; i < add && len(at) < n; i++ {
			at = append(at, t+a.Launch)
		}
	}
	return at
}
