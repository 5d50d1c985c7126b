package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// garbageRoom is garbage that may lie about before the collector looks, even if
// less is in use. What reading a log holds is small: with Go's own rule, which
// waits until the heap has doubled, a fifth of the time goes into collections.
const garbageRoom = 32 << 20

// Bounds of the garbage in percent of what is in use: half of it for a log of
// many stages, and above what keeps a process of a few MB small.
const leastGarbage, mostGarbage = 50, 400

// tuneCollector lets garbageRoom or half of what is in use become garbage,
// whichever is more. A memory limit counts all the same.
func tuneCollector() {
	debug.SetGCPercent(mostGarbage)
	afterCollection()
}

// afterCollection sets the percentage anew whenever the collector has run: an
// object that nothing holds is cleaned up then.
func afterCollection() {
	runtime.AddCleanup(new(*int), func(struct{}) {
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		debug.SetGCPercent(garbagePercent(live[0].Value.Uint64()))
		afterCollection()
	}, struct{}{})
}

func garbagePercent(live uint64) int {
	return int(min(mostGarbage, max(leastGarbage, garbageRoom*100/max(live, 1))))
}
