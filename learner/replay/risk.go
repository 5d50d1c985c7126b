package replay

import (
	"math"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// What a task holds in objects of its own, it cannot spill: the values of one
// key (groupByKey, cogroup, collect_list), however the shuffle is cut. The JVM
// needs it on top of what Spark counts.
const (
	heldPerByte  = 5.0  // bytes of heap for a compressed shuffle byte, where nothing was measured
	heldSpread   = 0.6  // sd of the logarithm of what is held, where nothing was measured
	peakSpread   = 0.25 // and where execution memory's peak tells it
	evenHeld     = 0.5  // of a task's rows that are one key's, where no key stands out
	nightSpread  = 0.1  // between nights of one size
	diedSpread   = 0.5  // where only failures tell that something is held
	leastPage    = mib  // MemoryManager: the smallest page that a sort or a hash map asks for
	certain      = 1.0
	withoutPages = 0.9 // a share below two pages: SparkOutOfMemoryError unless all records are small
)

// A MemoryRisk is how likely it is that executors run out of heap.
type MemoryRisk struct {
	Probability float64 // of a run in which a task dies of it
	Step        string  // stage signature, empty: of the whole run or none
	NeedBytes   float64 // heap that an executor most probably needs, 0: nothing known that cannot spill
	Kind        string  // formula, fitted (nights under other heaps or sizes bound it), prior
	Why         string
}

// MostRisk is the probability from which memory speaks against settings.
const MostRisk = 0.05

// High reports whether executors are likely to run out of heap.
func (m MemoryRisk) High() bool { return m.Probability > MostRisk }

// heapSeen bounds what a pipeline's runs hold: bytes read from sources for each
// byte of an executor's heap beyond what the JVM itself takes.
type heapSeen struct {
	fit  float64 // the most with which no task died, 0: none
	died float64 // the least with which one did, 0: none
}

func (h heapSeen) with(row *features.Run, source float64) heapSeen {
	if source <= 0 {
		return h
	}
	had := newSetup(row, nil)
	x := source / heapRoom(&had)
	switch {
	case outOfHeap(row):
		if h.died == 0 || x < h.died {
			h.died = x
		}
	case row.Complete && row.Outcome == features.Succeeded:
		h.fit = max(h.fit, x)
	}
	return h
}

func outOfHeap(row *features.Run) bool { return row.HeapOOMCount+row.GCOverheadCount > 0 }

// heapRoom is the heap of an executor that is left to data.
func heapRoom(at *setup) float64 { return float64(max(at.heap.Bytes-jvmLive, mib)) }

// sourceOf is what a run read from sources, once: stages that ran again after a
// loss read it again. A run that read nothing counts as 1: its size is not known.
func sourceOf(row *features.Run, stages []*features.Stage) float64 {
	once := map[int64]int64{}
	for _, s := range stages {
		if s.PartitionsSource == features.PartitionsInputSplit {
			once[s.StageID] = max(once[s.StageID], s.InputBytes)
		}
	}
	var sum int64
	for _, b := range once {
		sum += b
	}
	if b := row.SourceBytes.Or(0); b > 0 && (sum == 0 || b < sum) {
		sum = b
	}
	return float64(max(sum, 1))
}

// heapsOf finds the bounds of each pipeline, from failed runs too.
func heapsOf(runs []features.Run, byRun map[string][]*features.Stage) map[string]heapSeen {
	out := map[string]heapSeen{}
	for i := range runs {
		if r := &runs[i]; r.Kind == features.Batch {
			out[r.Pipeline] = out[r.Pipeline].with(r, sourceOf(r, byRun[r.RunKey]))
		}
	}
	return out
}

// held is what a run's tasks hold, and what its pipeline's runs say of it.
type held struct {
	seen   heapSeen
	source float64
	bytes  float64 // held by the task that holds most, as believed from this run
	spread float64
	step   string
}

// held reads it off a run and adds it to what the fleet showed.
func (m *Model) held(r *run) held {
	h := held{seen: m.c.heaps[r.row.Pipeline].with(r.row, r.source), source: r.source, spread: heldSpread}
	for i := range r.stages {
		s := &r.stages[i]
		if b, spread := s.holds(s.n); b > h.bytes {
			h.bytes, h.spread, h.step = b, spread, s.step
		}
	}
	if h.seen.died > 0 {
		if least := h.source / h.seen.died; h.bytes < least*math.Exp(-2*h.spread) {
			h.bytes, h.spread, h.step = least, diedSpread, "" // something else is held
		}
	}
	return h
}

// holds is what the stage's largest task holds when so many tasks share its
// bytes, 0 where all that it holds can spill.
func (s *stage) holds(tasks float64) (bytes, spread float64) {
	if !s.grouped || s.read == 0 {
		return 0, 0
	}
	key := 0.0
	for _, h := range s.hot {
		key = max(key, h*s.bytes)
	}
	key = max(key, evenHeld*s.bytes/max(tasks, 1))
	per, spread := heldPerByte, heldSpread
	if s.maxBytes > 0 && s.peak/s.maxBytes > per {
		per, spread = s.peak/s.maxBytes, peakSpread
	}
	return per * key, spread
}

// risk is how likely the plan's run is to die of memory. What is held has a
// lognormal belief around what this run showed; each night of the pipeline cuts
// it: where no task died it was less than the room there was, else more.
func (p *plan) risk(h *held) MemoryRisk {
	at := &p.at
	if at.heap.Bytes < sparkconf.LeastHeap && p.run.had.heap.Bytes >= sparkconf.LeastHeap && p.run.row.ClusterManager != "local" {
		return MemoryRisk{certain, "", float64(sparkconf.LeastHeap), Formula, "Spark does not start an executor with less than 450 MiB of heap"}
	}
	out := p.pageless()
	bytes, step := 0.0, ""
	for i := range p.stages {
		s := &p.stages[i]
		if s.dead {
			continue
		}
		if b, _ := s.holds(s.tasks); b > bytes {
			bytes, step = b, s.step
		}
	}
	if h.step == "" {
		bytes = h.bytes
	}
	bytes *= p.scale
	if bytes == 0 {
		return out
	}
	chance, typical := h.chance(bytes, heapRoom(at))
	if chance < out.Probability {
		return out
	}
	out = MemoryRisk{Probability: chance, Step: step, NeedBytes: typical + float64(jvmLive), Kind: Prior}
	if h.seen.died > 0 {
		out.Kind = Fitted
	}
	out.Why = "the rows of one key stay in memory together"
	if step == "" {
		out.Why = "a task died of its heap before"
	}
	return out
}

// pageless is the risk of stages whose tasks sort or aggregate, and whose share
// of execution memory would hold no page.
func (p *plan) pageless() (out MemoryRisk) {
	for i := range p.stages {
		s := &p.stages[i]
		if s.dead || s.peak <= 0 || p.at.offHeapFor(&s.stage) {
			continue
		}
		share := evenShare(&p.at, &s.stage, p.run.stored*p.scale, s.tasks)
		if had := evenShare(&p.run.had, &s.stage, p.run.stored, s.n); share < 2*float64(leastPage) && share < had {
			return MemoryRisk{withoutPages, s.step, 0, Formula, "a task's share of execution memory is less than two pages"}
		}
	}
	return out
}

// chance is the probability that what is held passes the room, and the median
// of what is held.
func (h *held) chance(bytes, room float64) (chance, typical float64) {
	// Bounds, as logarithms of a factor on what this run showed.
	limit := func(x float64) float64 { return math.Log(h.source / (x * h.bytes)) }
	var sum, died, median, half float64
	const steps = 80
	var weights [steps + 1]float64
	for i := range weights {
		d := h.spread * 8 * (float64(i)/steps - 0.5)
		w := math.Exp(-d * d / (2 * h.spread * h.spread))
		if x := h.seen.fit; x > 0 {
			w *= normalCDF((limit(x) - d) / nightSpread)
		}
		if x := h.seen.died; x > 0 {
			w *= normalCDF((d - limit(x)) / nightSpread)
		}
		weights[i] = w
		sum += w
		died += w * normalCDF((d+math.Log(bytes/room))/nightSpread)
	}
	if sum <= 1e-12 {
		return 0, bytes // what was seen contradicts the belief
	}
	for i, w := range weights {
		if half += w; half >= sum/2 {
			median = h.spread * 8 * (float64(i)/steps - 0.5)
			break
		}
	}
	return died / sum, bytes * math.Exp(median)
}

func normalCDF(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }

// MemoryRisk is the risk of running this run's data, scale times as much, under
// settings. It is cheaper than [Replay.Predict]: ask it for the largest input
// that the pipeline has seen, with a margin, before settings are proposed.
func (r *Replay) MemoryRisk(settings map[string]string, scale float64) MemoryRisk {
	p := newPlan(r.r, &r.m.c, newSetup(r.r.row, settings), scale)
	return p.risk(&r.held)
}
