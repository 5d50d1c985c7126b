package features

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spark-apprentice/apprentice/eventlog"
)

// inputKind says what a stage's input bytes are.
type inputKind int

const (
	readsSource inputKind = 1 << iota // files and tables
	readsCache                        // blocks of a cached RDD
)

// cacheStates follows the RDDs that are marked for storage. A log shows the
// mark (Storage Level) and the lineage; what the stores hold it shows only with
// spark.eventLog.logBlockUpdates.enabled or in Updated Blocks of task metrics.
type cacheStates struct {
	rdds map[int]*cacheState
	jobs map[int]int // stage id -> job
}

type cacheState struct {
	id           int
	name         string
	level        eventlog.StorageLevel
	partitions   int
	filled       bool // a stage that computes it has completed
	filledBy     int  // the job of the first stage that computes it
	computed     bool
	users        map[int]bool // later jobs that ran a stage that reads it
	unpersisted  bool
	sawBlocks    bool
	blocks       map[int]blockSize // stored now, by partition
	ever         map[int]bool
	memory, disk int64
	peak         blockSize
	peakBlocks   int
	evictions    int64
	recomputes   int64
	recomputedIn []stageKey // stages that read it and computed it again
	everFilled   bool
	reread       bool // within the job that filled it
}

type blockSize struct{ memory, disk int64 }

func newCacheStates() *cacheStates {
	return &cacheStates{rdds: map[int]*cacheState{}, jobs: map[int]int{}}
}

func (c *cacheStates) job(e *eventlog.JobStart) {
	for _, id := range e.StageIDs {
		if _, ok := c.jobs[id]; !ok || len(e.Stages) == 0 {
			c.jobs[id] = e.ID
		}
	}
}

// submitted walks a stage's RDDs from its result towards its inputs, no further
// than a cached RDD that is filled: what lies beyond is not read.
func (c *cacheStates) submitted(s *stageState, info *eventlog.StageInfo) {
	byID := make(map[int]*eventlog.RDDInfo, len(info.RDDs))
	isParent := map[int]bool{}
	for i := range info.RDDs {
		r := &info.RDDs[i]
		byID[r.ID] = r
		for _, p := range r.ParentIDs {
			isParent[p] = true
		}
	}
	job := c.jobs[info.ID]
	seen := map[int]bool{}
	s.reads, s.filled, s.cached = 0, nil, nil
	var walk func(id int)
	walk = func(id int) {
		r := byID[id]
		if r == nil || seen[id] {
			return
		}
		seen[id] = true
		if r.Storage.Cached() {
			x := c.mark(r)
			if x.filled {
				s.reads |= readsCache
				s.cached = append(s.cached, id)
				if job == x.filledBy {
					x.reread = true
				} else {
					x.users[job] = true
				}
				return
			}
			if !x.computed {
				x.computed, x.filledBy = true, job
			}
			s.filled = append(s.filled, id)
		}
		if len(r.ParentIDs) == 0 && readsFiles(*r) {
			s.reads |= readsSource
		}
		for _, p := range r.ParentIDs {
			walk(p)
		}
	}
	for i := range info.RDDs {
		if id := info.RDDs[i].ID; !isParent[id] {
			walk(id)
		}
	}
}

// readsFiles reports whether an RDD without parents can read from outside: all
// but those that hold or make their data in the driver.
func readsFiles(r eventlog.RDDInfo) bool {
	if len(r.ParentIDs) > 0 {
		return false
	}
	for _, inner := range []string{"ParallelCollectionRDD", "Range", "LocalTableScan", "EmptyRDD", "OneRowRelation"} {
		if r.Name == inner || r.Scope == inner {
			return false
		}
	}
	return r.Scope != "parallelize" && r.Scope != "emptyRDD"
}

func (c *cacheStates) mark(r *eventlog.RDDInfo) *cacheState {
	x := c.rdds[r.ID]
	if x == nil {
		x = &cacheState{id: r.ID, users: map[int]bool{}, blocks: map[int]blockSize{}, ever: map[int]bool{}}
		c.rdds[r.ID] = x
	}
	x.name, x.level, x.partitions = r.Name, r.Storage, r.Partitions
	return x
}

func (c *cacheStates) completed(s *stageState) {
	if s.info.FailureReason != "" {
		return
	}
	for _, id := range s.filled {
		if x := c.rdds[id]; x != nil {
			x.filled, x.everFilled, x.unpersisted = true, true, false
		}
	}
}

// recomputed notes that a stage that reads filled caches ran their plans again.
func (c *cacheStates) recomputed(s *stageState) {
	for _, id := range s.cached {
		if x := c.rdds[id]; x != nil {
			x.recomputedIn = append(x.recomputedIn, s.key)
		}
	}
}

func (c *cacheStates) unpersist(id int) {
	if x := c.rdds[id]; x != nil {
		x.unpersisted, x.filled, x.computed = true, false, false
		clear(x.blocks)
		x.memory, x.disk = 0, 0
	}
}

// block takes a block's new state. Blocks of RDDs are named rdd_<id>_<partition>.
func (c *cacheStates) block(b *eventlog.BlockStatus) {
	rest, ok := strings.CutPrefix(b.BlockID, "rdd_")
	if !ok {
		return
	}
	rdd, part, ok := strings.Cut(rest, "_")
	id, err1 := strconv.Atoi(rdd)
	partition, err2 := strconv.Atoi(part)
	x := c.rdds[id]
	if !ok || err1 != nil || err2 != nil || x == nil {
		return
	}
	x.sawBlocks = true
	old, stored := x.blocks[partition]
	x.memory, x.disk = x.memory-old.memory, x.disk-old.disk
	if !b.Storage.Cached() {
		if stored && !x.unpersisted {
			x.evictions++
		}
		delete(x.blocks, partition)
		return
	}
	if !stored && x.ever[partition] && !x.unpersisted {
		x.recomputes++
	}
	x.ever[partition] = true
	x.blocks[partition] = blockSize{b.MemorySize, b.DiskSize}
	x.memory, x.disk = x.memory+b.MemorySize, x.disk+b.DiskSize
	x.peak.memory, x.peak.disk = max(x.peak.memory, x.memory), max(x.peak.disk, x.disk)
	x.peakBlocks = max(x.peakBlocks, len(x.blocks))
}

// rows returns the caches by RDD.
func (c *cacheStates) rows(runKey string, text func(string) string) []Cache {
	out := make([]Cache, 0, len(c.rdds))
	for _, id := range slices.Sorted(maps.Keys(c.rdds)) {
		x := c.rdds[id]
		out = append(out, Cache{
			RunKey: runKey, RDDID: int64(id), Name: text(firstLine(x.name)), Level: levelName(x.level),
			Partitions:       int64(x.partitions),
			CachedPartitions: Null[int64]{V: int64(x.peakBlocks), OK: x.sawBlocks},
			MemoryBytes:      Null[int64]{V: x.peak.memory, OK: x.sawBlocks},
			DiskBytes:        Null[int64]{V: x.peak.disk, OK: x.sawBlocks},
			Evictions:        Null[int64]{V: x.evictions, OK: x.sawBlocks},
			Recomputes:       Null[int64]{V: x.recomputes, OK: x.sawBlocks},
			Reuse:            int64(len(x.users)), Unpersisted: x.unpersisted,
		})
	}
	return out
}

// levelName is a storage level in the words of StorageLevel.fromString.
func levelName(l eventlog.StorageLevel) string {
	var name string
	switch {
	case l.OffHeap:
		return "OFF_HEAP"
	case l.Memory && l.Disk:
		name = "MEMORY_AND_DISK"
	case l.Memory:
		name = "MEMORY_ONLY"
	case l.Disk:
		name = "DISK_ONLY"
	default:
		return "NONE"
	}
	if l.Memory && !l.Deserialized {
		name += "_SER"
	}
	if l.Replication > 1 {
		name += "_" + strconv.Itoa(l.Replication)
	}
	return name
}
