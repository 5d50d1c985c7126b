package features

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestTickQueue pops what a sorted list would, however late ticks come, and
// keeps no room for those that are gone.
func TestTickQueue(t *testing.T) {
	for _, lateness := range []int64{0, 3, 1000, 1 << 40} {
		rng := rand.New(rand.NewPCG(1, uint64(lateness)))
		var q tickQueue
		var want []int64 // sorted
		const waiting = 500
		for i := range int64(100_000) {
			at := 1000 + i - rng.Int64N(lateness+1)
			if i == 200 {
				at = 1 << 50 // one far in the future turns all others into late ones
			}
			q.push(tick{at: at})
			k, _ := slices.BinarySearch(want, at)
			want = slices.Insert(want, k, at)
			if q.len() <= waiting {
				continue
			}
			if got := q.pop().at; got != want[0] {
				t.Fatalf("lateness %d, tick %d: %d, want %d", lateness, i, got, want[0])
			}
			want = want[1:]
		}
		if room := cap(q.inOrder) + cap(q.late); room > 6*waiting {
			t.Errorf("lateness %d: room for %d ticks, %d wait", lateness, room, q.len())
		}
	}
}
