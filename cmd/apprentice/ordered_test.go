package main

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

// TestOrderedKeepsOrder lets items finish in the opposite order of their start.
func TestOrderedKeepsOrder(t *testing.T) {
	items := make([]int, 100)
	for i := range items {
		items[i] = i
	}
	var running, most atomic.Int64
	release := make([]chan struct{}, len(items)+1)
	for i := range release {
		release[i] = make(chan struct{})
	}
	do := func(_ context.Context, i int) int {
		most.Store(max(most.Load(), running.Add(1)))
		defer running.Add(-1)
		if i%2 == 0 {
			<-release[i+1] // an even item ends after the odd one behind it
		} else {
			close(release[i])
		}
		return i * i
	}
	var got []int
	for item, result := range ordered(t.Context(), items, 4, func() bool { return true }, do) {
		if result != item*item {
			t.Fatalf("item %d has result %d", item, result)
		}
		got = append(got, item)
	}
	if !slices.Equal(got, items) {
		t.Errorf("got order %v", got)
	}
	if most.Load() > 4 {
		t.Errorf("%d items at once, want at most 4", most.Load())
	}
}

func TestOrderedStopsAsking(t *testing.T) {
	asked := 0
	more := func() bool { asked++; return asked <= 3 }
	var got []int
	for item := range ordered(t.Context(), []int{1, 2, 3, 4, 5}, 1, more, func(_ context.Context, i int) int { return i }) {
		got = append(got, item)
	}
	if !slices.Equal(got, []int{1, 2, 3}) {
		t.Errorf("got %v, want the three that more allowed", got)
	}
}

func TestOrderedEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var once sync.Once
	n := 0
	for range ordered(ctx, make([]int, 1000), 2, func() bool { return true }, func(context.Context, int) int {
		once.Do(cancel)
		return 0
	}) {
		n++
	}
	if n > 5 {
		t.Errorf("%d items after cancellation, want those under way only", n)
	}
}
