package replay

import (
	"cmp"
	"math"
	"slices"
)

// unlap takes off its tasks' time what they did not hold a slot for. A task ends
// for the log when the driver has handled its result (TaskResultGetter,
// TaskSetManager.handleSuccessfulTask), while its slot was given to the next one
// when the executor was done (CoarseGrainedSchedulerBackend): where many short
// tasks keep the driver busy, more of them seem to run than there are slots. No
// stage has more than all slots for as long as it lasts.
func (s *stage) unlap(slots, duration float64) {
	most := slots * duration
	if most <= 0 || s.slotTime <= most {
		return
	}
	delay := s.delay(s.slotTime - most)
	held := make([]float64, len(s.times)) // seconds of a task of each bin
	sum := 0.0
	for i, b := range s.times {
		held[i] = b.seconds - min(delay, b.idle())
		sum += b.n * held[i]
	}
	for i := range s.times {
		b := &s.times[i]
		if b.seconds == 0 {
			continue
		}
		share := held[i] / b.seconds * most / sum // most is sum, but for infinite delay
		for k := range s.longest {
			if s.longest[k].class == b.class {
				s.longest[k].seconds *= share
			}
		}
		b.seconds *= share
	}
	s.slotTime = most
}

// idle is the mean time of a task of the bin in which it did not run.
func (b *bin) idle() float64 { return max(b.seconds-b.run, 0) }

// delay is how long the driver let each task wait where all together waited for
// so many seconds, none longer than it did not run. All of that is not enough:
// infinite.
func (s *stage) delay(seconds float64) float64 {
	bins := slices.Clone(s.times)
	slices.SortStableFunc(bins, func(a, b bin) int { return cmp.Compare(a.idle(), b.idle()) })
	tasks := s.n
	for _, b := range bins {
		if each := seconds / tasks; each <= b.idle() {
			return each
		}
		seconds -= b.n * b.idle()
		tasks -= b.n
	}
	return math.Inf(1)
}
