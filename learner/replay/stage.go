package replay

import (
	"math"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/features"
)

const mb = 1e6

// How a stage's number of tasks comes about.
type cut int

const (
	cutFixed    cut = iota // by the code, or as many as a cache has
	cutFiles               // by packing input files
	cutSQL                 // by the number of shuffle partitions, and by AQE
	cutParallel            // by the default parallelism
)

// A stage is what the model keeps of one logged stage. A plan copies and
// changes it.
type stage struct {
	id        int64
	step      string // signature
	sql       int64  // SQL execution, −1 outside SQL
	n         float64
	empty     float64 // tasks without bytes
	cut       cut
	asked     float64 // partitions before AQE, of a cutSQL stage
	ruled     float64 // tasks that the rules give it under the logged settings
	parents   []int
	bytes     float64 // input and shuffle read
	in, read  float64 // bytes
	written   float64 // shuffle bytes
	rowsIn    float64
	rowsOut   float64 // shuffle rows written
	mappers   float64 // tasks that rowsIn and rowsOut were counted with
	out       float64
	reducers  float64 // of the shuffle it writes, 0: none
	follows   int     // stage that reads it, −1
	files     float64
	fileBytes float64
	onDisk    float64   // bytes of its files as the optimizer counts them, 0: unknown
	whole     float64   // bytes of a file that no split divides, 0: none
	chunks    float64   // tasks that its files' bytes can be shared among, 0: any number
	hot       []float64 // shares of bytes beyond an even cut, of keys that no cut divides
	peak      float64   // execution memory of the largest task
	gc        float64   // seconds of slot time
	hash      bool      // its memory is a hash map that spills as a whole
	grouped   bool      // holds the rows of a key in objects
	columnar  bool      // the cache that it reads is a dataset's
	stored    float64   // bytes of the cache that it reads
	lost      float64   // share of them that were not there and were computed again
	made      bool      // its rows come from a range or a list: the optimizer knows their size
	spilled   float64   // memory bytes
	spillMax  float64   // of one task
	spillDisk float64
	maxBytes  float64 // of one task
	join      bool    // sort-merge or shuffled hash join
	broadcast bool    // its result is broadcast
	uses      int     // broadcasts that its joins use
	loops     bool    // one of these joins has no equal keys
	python    bool
	writes    bool // output files
	cached    bool // reads a cache
	times     []bin
	longest   []task
	slotTime  float64
	work      vec     // how much of each term there was
	cost      vec     // and what a unit costs here
	load      []batch // its tasks as logged
}

// bin is a group of like tasks: their number, and the means of one.
type bin struct {
	n, seconds, bytes float64
	run               float64 // of the seconds, those in which it ran
	class             class
}

// task is one of a stage's longest. Its bin is that of its class.
type task struct {
	index          int64
	seconds, bytes float64
	class          class
}

// wholes are what readers of columns take as a whole: the split that has the
// middle of a row group or stripe reads it, others find nothing of it. The
// defaults of parquet.block.size and orc.stripe.size.
var wholes = map[string]float64{"Scan parquet": float64(128 * mib), "Scan orc": float64(64 * mib)}

// chunked is among how many tasks the bytes of a scan's files can be shared;
// the log's tasks that read more than footers are the least.
func (s *stage) chunked() float64 {
	if s.whole == 0 {
		return 0
	}
	fed := 0.0
	for _, b := range s.times {
		if b.bytes > s.bytes/s.n/8 {
			fed += b.n
		}
	}
	return max(fed, s.files*math.Ceil(s.fileBytes/s.files/s.whole))
}

// class is the powers of two of a task's bytes and milliseconds.
type class struct{ bytes, ms int }

func classOf(bytes, seconds float64) class {
	return class{log2(bytes), log2(math.Round(seconds * 1000))}
}

// log2 is floor(log2(v)), −1 below 1.
func log2(v float64) int {
	if v < 1 {
		return -1
	}
	return math.Ilogb(v)
}

// newStage reads a row. What depends on other stages is added by the run.
func newStage(r *features.Stage) stage {
	s := stage{
		id: r.StageID, step: r.StageSignature, sql: -1, follows: -1,
		in: float64(r.InputBytes), read: float64(r.ShuffleReadBytes), written: float64(r.ShuffleWriteBytes), out: float64(r.OutputBytes),
		rowsIn: float64(r.InputRows + r.ShuffleReadRows), rowsOut: float64(r.ShuffleWriteRows),
		peak: float64(r.PeakExecutionMemoryBytes.Or(0)), spilled: float64(r.MemorySpilledBytes), spillDisk: float64(r.DiskSpilledBytes),
		spillMax: float64(r.SpillP100.Or(0)), onDisk: float64(r.FileBytes.Or(0)),
	}
	if r.SQLExecutionID.OK {
		s.sql = r.SQLExecutionID.V
	}
	for _, b := range r.TaskBins {
		s.n += float64(b.N)
		s.slotTime += b.DurationS
		s.gc += b.GCS
		s.bytes += float64(b.Bytes)
		if b.Log2Bytes < 0 {
			s.empty += float64(b.N)
		}
		s.times = append(s.times, bin{
			n: float64(b.N), seconds: b.DurationS / float64(b.N), bytes: float64(b.Bytes) / float64(b.N), run: b.RunS / float64(b.N),
			class: class{int(b.Log2Bytes), int(b.Log2Time)},
		})
	}
	if s.empty == s.n {
		s.empty = 0 // bytes say nothing about this stage
	}
	s.mappers = s.n
	for _, t := range r.LongestTasks {
		s.longest = append(s.longest, task{t.Index, t.DurationS, float64(t.Bytes), classOf(float64(t.Bytes), t.DurationS)})
	}
	for _, t := range r.LargestTasks {
		s.maxBytes = max(s.maxBytes, float64(t.Bytes))
	}
	for _, op := range r.Operators {
		switch {
		case op == "SortMergeJoin", op == "ShuffledHashJoin":
			s.join = true
		case strings.Contains(op, "Python"), strings.Contains(op, "Pandas"):
			s.python = true
		case op == "BroadcastExchange":
			s.uses++
		case op == "BroadcastNestedLoopJoin":
			s.loops = true
		}
		s.whole = max(s.whole, wholes[op])
	}
	if len(r.Operators) > 0 && r.Operators[0] == "BroadcastExchange" {
		s.broadcast = true
		s.uses--
	}
	s.memory(r.Operators)
	s.writes = s.out > 0 || slices.Contains(r.Operators, "WriteFiles")
	s.cached = r.PartitionsSource == features.PartitionsCached
	if s.cached {
		s.stored = s.in
	}
	s.made = s.in == 0 && len(r.ParentStageIDs) == 0 && (slices.Contains(r.Operators, "Range") || slices.Contains(r.Operators, "LocalTableScan"))
	s.cut = cutOf(r)
	s.asked = float64(r.PartitionsConfigured.Or(int64(s.n)))
	s.hot = hotShares(r, &s)
	return s
}

// sorters and groupers are operators, and names of RDD methods, that sort their
// rows, and that hold all values of one key at once.
var (
	sorters  = []string{"Sort", "SortMergeJoin", "SortAggregate", "ObjectHashAggregate", "Window", "ShuffledHashJoin", "WriteFiles"}
	groupers = []string{"ObjectHashAggregate", "groupByKey", "groupBy", "groupWith", "cogroup", "join", "leftOuterJoin", "rightOuterJoin", "fullOuterJoin"}
)

// memory tells what the stage's tasks do with memory.
func (s *stage) memory(operators []string) {
	has := func(names []string) bool {
		return slices.ContainsFunc(operators, func(op string) bool { return slices.Contains(names, op) })
	}
	s.hash = slices.Contains(operators, "HashAggregate") && !has(sorters)
	s.grouped = has(groupers)
	s.columnar = slices.Contains(operators, "InMemoryTableScan")
}

func cutOf(r *features.Stage) cut {
	switch r.PartitionsSource {
	case features.PartitionsSQLConf, features.PartitionsInitialNum:
		return cutSQL
	case features.PartitionsInputSplit:
		if r.InputBytes > 0 {
			return cutFiles
		}
	case features.PartitionsDefaultParallelism:
		if len(r.ParentStageIDs) > 0 {
			return cutParallel
		}
	case features.PartitionsUnknown:
		// Outside SQL a shuffle without a number of its own has as many
		// partitions as its parents, or the default parallelism where it is set.
		if !r.SQLExecutionID.OK && len(r.ParentStageIDs) > 0 {
			return cutParallel
		}
	}
	return cutFixed
}

// hotShares finds keys that stay together however a shuffle is cut: what the
// largest tasks have beyond twice a usual one.
func hotShares(r *features.Stage, s *stage) (hot []float64) {
	if s.read == 0 || s.n < 2 || s.bytes == 0 {
		return nil
	}
	usual := (s.bytes - sumBytes(r.LargestTasks)) / max(s.n-float64(len(r.LargestTasks)), 1)
	if float64(len(r.LargestTasks)) >= s.n {
		usual = float64(r.LargestTasks[len(r.LargestTasks)/2].Bytes)
	}
	for _, t := range r.LargestTasks {
		if b := float64(t.Bytes); usual > 0 && b > 2*usual {
			hot = append(hot, (b-usual)/s.bytes)
		}
	}
	return hot
}

func sumBytes(tasks []features.TaskSample) (sum float64) {
	for _, t := range tasks {
		sum += float64(t.Bytes)
	}
	return sum
}

// occupied is how many of n equal boxes hold something after k distinct things
// fell into them at random.
func occupied(n, k float64) float64 {
	if n <= 1 {
		return min(n, k)
	}
	return n * -math.Expm1(k*math.Log1p(-1/n))
}

// distinctKeys inverts occupied.
func distinctKeys(n, full float64) float64 {
	if n <= 1 || full >= n {
		return math.Inf(1)
	}
	return math.Log1p(-full/n) / math.Log1p(-1/n)
}
