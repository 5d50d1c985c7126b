package main

import "testing"

func TestGarbagePercent(t *testing.T) {
	for live, want := range map[uint64]int{0: 400, 4 << 20: 400, 8 << 20: 400, 16 << 20: 200, 32 << 20: 100, 64 << 20: 50, 1 << 30: 50} {
		if got := garbagePercent(live); got != want {
			t.Errorf("%d MiB in use: %d %% garbage, want %d %%", live>>20, got, want)
		}
	}
}
