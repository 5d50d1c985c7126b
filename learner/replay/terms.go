package replay

// A term is one kind of work that costs slot time. A stage's slot time is the
// sum over terms of how much of it there is × what a unit costs.
type term int

const (
	perTask      term = iota // a task: dispatch, deserialisation, result
	perFile                  // an output file: open, commit
	perRawBlock              // a shuffle block by the bypass writer, which opens a file for each
	perBlock                 // a shuffle block by the sorting writers
	perFetch                 // a shuffle block fetched
	perJVM                   // what the first tasks on each JVM take longer: class loading, compilation
	readInput                // a MB read from sources and caches
	readShuffle              // a MB read from shuffles, with the sort and what is computed on it
	writeShuffle             // a MB written to shuffles
	writeOutput              // a MB written to sinks
	spillDisk                // a MB spilled to disk and read back
	openFile                 // an input file
	perPython                // a task that talks to a Python worker
	other                    // what nothing above explains, per stage: kept as it is
	otherTask                // what nothing above explains, per task
	terms
)

// vec has a number for each term.
type vec [terms]float64

func (a vec) times(b vec) (out vec) {
	for i := range a {
		out[i] = a[i] * b[i]
	}
	return out
}

func (a vec) plus(b vec, by float64) vec {
	for i := range a {
		a[i] += by * b[i]
	}
	return a
}

func (a vec) scaled(by float64) (out vec) {
	for i := range a {
		out[i] = a[i] * by
	}
	return out
}

func (a vec) sum() (s float64) {
	for _, v := range a {
		s += v
	}
	return s
}

// byBytes are the terms that a stage's tasks share in proportion to their
// bytes; the other terms are the same for each task.
var byBytes = [terms]bool{
	readInput: true, readShuffle: true, writeShuffle: true, writeOutput: true, spillDisk: true, openFile: true, other: true,
}

// priors are what is believed of each term before a log is seen: the seconds a
// unit takes on a usual machine, the spread of its logarithm between fleets,
// and between the stages of one fleet. They are wide on purpose: what is
// computed on a byte more than what Spark does for a task or a block. The last
// two are small and very wide: they take up only what the rest cannot explain.
var priors = [terms]struct {
	name, unit              string
	seconds, spread, within float64
}{
	perTask:      {"task", "task", 0.010, 0.5, 0.5},
	perFile:      {"output file", "file", 0.030, 0.7, 0.6},
	perRawBlock:  {"shuffle block, bypass writer", "block", 0.0003, 0.7, 0.3},
	perBlock:     {"shuffle block, sorting writer", "block", 0.00003, 0.7, 0.4},
	perFetch:     {"shuffle block fetched", "block", 0.00001, 0.7, 0.4},
	perJVM:       {"warm-up of a JVM", "JVM", 0.3, 0.6, 0.7},
	readInput:    {"input", "MB", 0.03, 0.6, 1.0},
	readShuffle:  {"shuffle read", "MB", 0.03, 0.6, 1.0},
	writeShuffle: {"shuffle written", "MB", 0.01, 0.4, 0.4},
	writeOutput:  {"output", "MB", 0.03, 0.6, 0.7},
	spillDisk:    {"spill", "MB", 0.02, 0.4, 0.3},
	openFile:     {"input file", "file", 0.010, 0.7, 0.4},
	perPython:    {"task with Python worker", "task", 0.1, 0.7, 0.4},
	other:        {"unexplained", "stage", 0.01, 0.5, 2.5},
	otherTask:    {"unexplained, of a task", "task", 0.00001, 0.5, 2.5},
}

// A Constant is the cost of a unit of something, and how we know it.
type Constant struct {
	Name    string
	Unit    string
	Seconds float64
	SD      float64 // of its logarithm
	PriorSD float64 // before any log was seen
}

// Kinds of knowledge.
const (
	Formula = "formula" // Spark's own rule
	Fitted  = "fitted"  // a constant that this fleet's logs identify
	Prior   = "prior"   // believed, not seen here
)

// Kind is Fitted where the fleet's logs took away at least half of the prior's
// variance, else Prior.
func (c Constant) Kind() string {
	if c.SD*c.SD <= c.PriorSD*c.PriorSD/2 {
		return Fitted
	}
	return Prior
}

// Constants are what Fit learns from a fleet.
type Constants struct {
	Terms [terms]Constant
	Job   Constant // driver's time for one more job
	Noise float64  // sd of the log of a run's time when nothing changes
	Tau   float64  // sd of what the model gets wrong per kind of keys that change
	Runs  int      // runs behind them
	Pairs int      // changed (pipeline, settings) pairs behind Tau
	// Collector is what garbage collection adds to a second of a task for each
	// unit of full/(free) heap.
	Collector Constant
	// Tested is how far predictions of this fleet's own changed nights were off.
	Tested BackTest

	steps map[string]*belief // of each step of each pipeline
	heaps map[string]heapSeen
}

// Priors are the constants before any log was seen.
func Priors() Constants {
	c := Constants{
		Job: Constant{"job", "job", 0.06, 0.7, 0.7}, Noise: 0.05, Tau: 0.08,
		Collector: Constant{"garbage collection", "s of a full heap", collectorShare, collectorSpread, collectorSpread},
	}
	for i, p := range priors {
		c.Terms[i] = Constant{p.name, p.unit, p.seconds, p.spread, p.spread}
	}
	return c
}

func (c *Constants) values() (v vec) {
	for i := range v {
		v[i] = c.Terms[i].Seconds
	}
	return v
}
