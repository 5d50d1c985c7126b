package features

import "fmt"

// Thresholds of the signals that are figures, not failures, with their reason.
const (
	// skewTasks is the least number of tasks of which a median means anything.
	skewTasks = 3
	// skewFactor is Spark's own spark.sql.adaptive.skewJoin.skewedPartitionFactor:
	// the largest partition against the median one.
	skewFactor = 5
	// hotShare: one partition holds more than the others together.
	hotShare = 0.5
	// tailSeconds and tailShare: a long task whose bytes are like the others'
	// is worth a word where the stage waits for it, and for longer than classes
	// take to load and code to compile.
	tailSeconds = 10
	tailShare   = 0.5
	// gcShare: a fifth of the tasks' time. Dr. Elephant calls it critical.
	gcShare = 0.20
	// gcSeconds: less is the start of a JVM.
	gcSeconds = 5
	// smallBytes is Spark's spark.sql.adaptive.coalescePartitions.minPartitionSize.
	smallBytes = 1 << 20
	// smallWaves and smallTasks: to launch and finish a task takes about 10 ms;
	// so few of them, or so few per slot, cost nothing to speak of.
	smallWaves = 4
	smallTasks = 32
	// hugeBytes: a task that reads more than 16 times the advisory size (64 MiB).
	hugeBytes = 1 << 30
	// idleUtilization: three of four slots idle while tasks run.
	idleUtilization = 0.25
	// idleSeconds: shorter stages are over before anyone could add work.
	idleSeconds = 10
)

// stageSignals says what a stage's figures show.
func (f *findings) stageSignals(s *stageState, r *Stage) {
	say := func(kind, certainty string, n int64, format string, args ...any) {
		f.add(findingKey{kind: kind, certainty: certainty, stage: s.key}, n, fmt.Sprintf(format, args...))
	}
	if s.spilled > 0 {
		say(SignalSpill, Certain, s.spilled, "%d of %d tasks spilled %d bytes of memory as %d bytes on disk",
			s.spilled, s.ended, s.memorySpilled, s.diskSpilled)
	}
	n := s.frozen.n
	p50, p100 := r.SuccessDurationP50.V, r.SuccessDurationP100.V
	if n >= skewTasks {
		byBytes := r.SkewBytes.Or(0) >= skewFactor || s.frozen.bytesP50.V == 0 && r.HotShare.Or(0) > hotShare
		byTime := p100 >= skewFactor*p50 && p100-p50 >= tailSeconds && p100 >= tailShare*r.DurationS.Or(p100)
		switch {
		case byBytes && (byTime || r.HotShare.Or(0) > hotShare):
			say(SignalSkew, Certain, 1, "largest task %d bytes, median %d; longest %.3f s, median %.3f s",
				s.frozen.bytesP100.V, s.frozen.bytesP50.V, p100, p50)
		case byTime && s.speculative == 0:
			// A slow host, a collection or a hot key whose bytes do not show.
			say(SignalSkew, Ambiguous, 1, "longest task %.3f s, median %.3f s; bytes are even", p100, p50)
		}
	}
	if gc, run := r.JVMGCTimeS, r.ExecutorRunTimeS; gc >= gcSeconds && gc >= gcShare*run {
		say(SignalGCPressure, Certain, 1, "%.1f s of garbage collection in %.1f s of task time", gc, run)
	}
	slots := r.SlotsMean.Or(0)
	if len(s.info.ParentIDs) > 0 && slots > 0 && float64(n) >= max(smallWaves*slots, smallTasks) && r.PartitionBytes.Or(smallBytes) < smallBytes {
		say(SignalSmallPartitions, Certain, 1, "%d tasks read %.0f bytes each on %.0f slots", n, r.PartitionBytes.V, slots)
	}
	if s.frozen.bytesP100.V > hugeBytes {
		say(SignalHugePartitions, Certain, 1, "largest task read %d bytes, median %d", s.frozen.bytesP100.V, s.frozen.bytesP50.V)
	}
	busy := r.ExecutorRunTimeS + r.ExecutorDeserializeTimeS
	if d := r.DurationS.Or(0); d >= idleSeconds && slots >= 2 && busy < idleUtilization*d*slots && float64(s.info.Tasks) < slots {
		say(SignalIdleCores, Certain, 1, "%d tasks on %.0f slots for %.1f s", s.info.Tasks, slots, d)
	}
}

// cacheSignals says what the caches show.
func (f *findings) cacheSignals(c *cacheStates, complete bool) {
	for id, x := range c.rdds {
		name := fmt.Sprintf("RDD %d (%s), %s", id, firstLine(x.name), levelName(x.level))
		if x.evictions > 0 {
			f.add(findingKey{kind: SignalCacheEvicted, certainty: Certain, stage: stageKey{id: id}, run: true}, x.evictions,
				fmt.Sprintf("%s: %d blocks dropped, %d computed again", name, x.evictions, x.recomputes))
		} else if n := len(x.recomputedIn); n > 0 {
			f.add(findingKey{kind: SignalCacheEvicted, certainty: Ambiguous, stage: stageKey{id: id}, run: true}, int64(n),
				fmt.Sprintf("%s: %d stages computed part of it again (evicted, or never stored)", name, n))
		}
		if complete && x.everFilled && len(x.users) == 0 && !x.reread {
			f.add(findingKey{kind: SignalCacheUnused, certainty: Certain, stage: stageKey{id: id}, run: true}, 1,
				name+": no job used it after the one that filled it")
		}
	}
}
