package main

import (
	"context"
	"iter"
)

// ordered does items on several goroutines and yields the results in the order
// of the items, whatever finishes first. Before it starts an item it asks more;
// at most 2 × workers results exist at a time. It ends early when ctx does or
// when the loop breaks.
func ordered[T, R any](ctx context.Context, items []T, workers int, more func() bool, do func(context.Context, T) R) iter.Seq2[T, R] {
	type slot struct {
		item   T
		result chan R
	}
	return func(yield func(T, R) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		slots := make(chan slot, workers)
		go func() {
			defer close(slots)
			free := make(chan struct{}, workers)
			for _, item := range items {
				select {
				case free <- struct{}{}:
				case <-ctx.Done():
					return
				}
				if !more() || ctx.Err() != nil {
					return
				}
				s := slot{item, make(chan R, 1)}
				select {
				case slots <- s:
				case <-ctx.Done():
					return
				}
				go func() {
					s.result <- do(ctx, s.item)
					<-free
				}()
			}
		}()
		for s := range slots {
			if !yield(s.item, <-s.result) {
				return
			}
		}
	}
}
