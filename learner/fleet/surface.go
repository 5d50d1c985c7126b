package fleet

import (
	"math"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// A step is one stage of a night as it truly is, before noise.
type step struct {
	name    string
	tasks   float64
	bytes   float64 // all tasks'
	largest float64 // bytes of the largest task
	seconds float64 // wall time
	spill   float64 // bytes
	source  string  // partitions_source
}

// A truth is a night without noise.
type truth struct {
	steps   []step
	seconds float64
	peak    float64 // bytes of unified memory of an executor
	dies    bool    // a task needs more memory than it can have
}

const (
	mib          = 1 << 20
	diskRate     = 8e7       // bytes per second of a task that spills
	advisory     = 64 * mib  // advisoryPartitionSizeInBytes
	leastCoal    = 1 * mib   // minPartitionSize
	reserved     = 300 * mib // of the heap
	unified      = 0.6       // spark.memory.fraction
	ownEffect    = 0.015     // sd, per step, of an effect that no physics knows
	collectShare = 0.02      // garbage collection at half full memory
)

// knobs are settings as the surface reads them.
type knobs struct {
	partitions, cores, heap, split, threshold float64
	adaptive                                  bool
}

func read(set map[string]string) knobs {
	return knobs{
		partitions: size(set[partitionsKey]), cores: size(set[coresKey]), heap: size(set[memoryKey]),
		split: size(set[splitKey]), threshold: size(set[broadcastKey]), adaptive: set[adaptiveKey] == "true",
	}
}

// surface is the true night of some data under settings, at an input of
// exp(logSize) times the usual.
func surface(d data, k knobs, logSize float64) truth {
	t := truth{steps: make([]step, 0, 3)}
	slots := d.executors * k.cores
	source := d.sourceBytes * math.Exp(logSize)
	perTask := unified * (k.heap - reserved) / k.cores

	run := func(s step, shuffled bool) {
		even := s.bytes / s.tasks
		s.largest = even
		if shuffled {
			s.largest += d.hot * s.bytes * min(1, s.tasks-1)
		}
		t0 := func(bytes float64) float64 {
			need := 0.0
			if shuffled {
				need = d.expand * bytes
			}
			over := max(0, need-perTask)
			full := min(need/perTask, 0.95)
			if over > 0 {
				s.spill += over * s.tasks * b2f(bytes == even)
			}
			t.peak = max(t.peak, min(need, perTask)*k.cores)
			if d.holds > 0 && need > d.holds*perTask {
				t.dies = true
			}
			return d.taskS + bytes/d.rate*(1+collectShare*full/(1-full)) + 2*over/diskRate
		}
		usual := t0(even)
		longest := t0(s.largest)
		waves := s.tasks / slots // ragged ends cost half a task
		s.seconds = max(waves*usual+0.5*usual*b2f(s.tasks > slots), usual, longest)
		t.steps = append(t.steps, s)
	}
	// Input splits: FilePartition packs up to maxPartitionBytes, and less where
	// there would be fewer tasks than slots.
	run(step{name: "scan", bytes: source, tasks: math.Ceil(source / min(k.split, max(4*mib, source/slots))), source: "input_split"}, false)
	shuffle := func(name string, bytes float64) {
		n := k.partitions
		if k.adaptive { // CoalesceShufflePartitions with parallelismFirst
			n = min(n, math.Ceil(bytes/max(leastCoal, min(advisory, bytes/slots))))
		}
		run(step{name: name, bytes: bytes, tasks: max(n, 1), source: "sql_conf"}, true)
	}
	exchanged := d.shuffle * source
	if d.small > 0 && d.small*math.Exp(logSize) <= k.threshold {
		run(step{name: "join", bytes: exchanged, tasks: max(1, math.Ceil(exchanged/advisory)), source: "input_split"}, false)
		t.seconds += d.small * math.Exp(logSize) / d.rate // to the driver and back
	} else if d.small > 0 {
		shuffle("join", exchanged)
	}
	shuffle("aggregate", exchanged)
	t.seconds += d.driverS
	level := d.level + d.own.effect(k) + d.away*b2f(k != d.home)
	for i := range t.steps {
		t.steps[i].seconds *= math.Exp(level)
		t.seconds += t.steps[i].seconds
	}
	return t
}

// own is what settings do to a pipeline that follows from nothing else: smooth
// in the number of steps, of a size and sign of the pipeline's own.
type own struct{ partitions, split, threshold float64 }

func (o own) effect(k knobs) float64 {
	e := 0.0
	for _, x := range [...]struct{ sign, value float64 }{{o.partitions, k.partitions}, {o.split, k.split}, {o.threshold, k.threshold}} {
		if x.value > 0 {
			e += ownEffect * x.sign * (math.Log2(x.value) - 10)
		}
	}
	return math.Tanh(3*e) / 3
}

// size reads a number of bytes.
func size(s string) float64 {
	n, _ := sparkconf.ParseSize(s, 1) // the fleet's own values
	return float64(n)
}

func b2f(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
