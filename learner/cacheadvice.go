package learner

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// A cached dataset as one run shows it.
type cached struct {
	name, level string
	fill        float64 // seconds charged to the stages that computed it first
	size        int64   // bytes stored, or as one stage read them; 0: unknown
	jobs        int64   // that read it, after the one that filled it
	reread      bool    // within the job that filled it
	again       int     // stages that computed part of it again
	againS      float64 // what these took beyond reads that found all
}

// expressionIDs differ from run to run: "id#735L", "*(1) ".
var expressionIDs = regexp.MustCompile(`#\d+L?|^\*\(\d+\) `)

func cacheName(name string) string {
	name = strings.TrimSpace(expressionIDs.ReplaceAllString(name, ""))
	if r := []rune(name); len(r) > 80 {
		name = string(r[:79]) + "…"
	}
	return name
}

// cachesOf reads a run's caches, by name and level; datasets that share both
// are one.
func cachesOf(n *night, rows []*features.Cache) []cached {
	byName := map[string]*cached{}
	for _, r := range rows {
		key := cacheName(r.Name) + "\x00" + r.Level
		c := byName[key]
		if c == nil {
			c = &cached{name: cacheName(r.Name), level: r.Level}
			byName[key] = c
		}
		c.jobs += r.Reuse
		size := r.MemoryBytes.Or(0) + r.DiskBytes.Or(0)
		var whole []float64 // reads that computed nothing again
		for _, s := range n.stages {
			if slices.Contains(s.CachesFilled, r.RDDID) {
				c.fill += s.ChargedS.Or(0)
			}
			if !slices.Contains(s.CachesRead, r.RDDID) {
				continue
			}
			c.reread = true
			if len(s.CachesRead) == 1 && !r.MemoryBytes.OK {
				size = max(size, s.InputBytes)
			}
			if slices.Contains(s.CachesRecomputed, r.RDDID) {
				c.again++
				c.againS += s.ChargedS.Or(0)
			} else if len(s.CachesFilled) == 0 {
				whole = append(whole, s.ChargedS.Or(0))
			}
		}
		c.againS = max(c.againS-float64(c.again)*median(whole), 0)
		c.size += size
	}
	var list []cached
	for _, key := range slices.Sorted(maps.Keys(byName)) {
		list = append(list, *byName[key])
	}
	return list
}

// A repetition is work that a run did several times though nothing was new: a
// stage with the same operators that read the same bytes and rows.
type repetition struct {
	what  string  // where in the program, and the operators
	times int     // how often it ran
	saved float64 // seconds charged to all but the first
	bytes int64   // it reads, or writes to a shuffle if that is more
	first *features.Stage
}

// repetitionsOf finds what a cache would have saved. Stages that read or fill
// caches are left out, as are retries of the same stage. A chain of stages that
// repeats together is one repetition, named by its last stage.
func repetitionsOf(n *night) []repetition {
	groups := map[string][]*features.Stage{}
	newest := map[int64]*features.Stage{}
	for _, s := range n.stages {
		newest[s.StageID] = s // by attempt, the last stands
	}
	for _, id := range slices.Sorted(maps.Keys(newest)) {
		s := newest[id]
		if s.Outcome != features.StageComplete || len(s.CachesRead)+len(s.CachesFilled) > 0 || s.PartitionsSource == "cached" ||
			slices.Contains(s.Operators, "InMemoryTableScan") || s.InputRows+s.ShuffleReadRows == 0 {
			continue
		}
		key := fmt.Sprint(s.InputBytes, s.InputRows, s.ShuffleReadBytes, s.ShuffleReadRows, s.Operators)
		if g := groups[key]; len(g) > 0 && s.SQLExecutionID.OK && g[len(g)-1].SQLExecutionID == s.SQLExecutionID {
			continue // a global sort runs its input once more to sample it
		}
		groups[key] = append(groups[key], s)
	}
	var list [][]*features.Stage
	for _, g := range groups {
		if len(g) > 1 {
			list = append(list, g)
		}
	}
	slices.SortFunc(list, func(a, b []*features.Stage) int { return cmp.Compare(a[0].StageID, b[0].StageID) })
	saved := make([]float64, len(list))
	for i, g := range list {
		for _, s := range g[1:] {
			saved[i] += s.ChargedS.Or(0)
		}
	}
	var out []repetition
	for i, g := range list {
		merged := false
		for k := i + 1; k < len(list) && !merged; k++ {
			if merged = follows(g, list[k]); merged {
				saved[k] += saved[i]
			}
		}
		if merged {
			continue
		}
		last := g[0]
		out = append(out, repetition{
			what:  fmt.Sprintf("%q (%s)", last.Name, strings.Join(last.Operators, " ← ")),
			times: len(g), saved: saved[i], first: last,
			bytes: max(last.InputBytes+last.ShuffleReadBytes, last.ShuffleWriteBytes),
		})
	}
	return out
}

// follows reports whether each stage of b reads what the stage of a at its
// place wrote.
func follows(a, b []*features.Stage) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !slices.Contains(b[i].ParentStageIDs, a[i].StageID) {
			return false
		}
	}
	return true
}

// What advice on caches must be worth per night.
const (
	leastCacheShare   = 0.03
	leastCacheSeconds = 1.0
)

// adviseCaches says what to persist, at which level, and what to stop
// persisting, in medians over the baseline's nights on which it shows.
func (j *judgement) adviseCaches(say func(string, ...any)) {
	nights := j.base().runs
	worth := func(s float64) bool {
		return s >= leastCacheSeconds && s >= leastCacheShare*medianOf(nights, func(r *features.Run) (float64, bool) { return r.DurationS.V, r.DurationS.OK })
	}
	usual := func(n int) bool { return 2*n > len(nights) }

	byCache := map[string][]cached{}
	byWork := map[string][]repetition{}
	for _, n := range nights {
		for _, c := range cachesOf(n, j.known.caches[n.run.RunKey]) {
			byCache[c.name+"\x00"+c.level] = append(byCache[c.name+"\x00"+c.level], c)
		}
		for _, r := range repetitionsOf(n) {
			byWork[r.first.StageSignature] = append(byWork[r.first.StageSignature], r)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(byCache)) {
		seen := byCache[key]
		c := seen[len(seen)-1]
		of := func(f func(cached) float64) float64 { return medianBy(seen, f) }
		againS := of(func(c cached) float64 { return c.againS })
		switch {
		case !usual(len(seen)):
		case of(func(c cached) float64 { return float64(c.jobs) + float64(b2i(c.reread)) }) == 0:
			holds := "its storage, how much is not logged (spark.eventLog.logBlockUpdates.enabled=true tells)"
			if size := of(func(c cached) float64 { return float64(c.size) }); size > 0 {
				holds = about(int64(size)) + " of storage"
			}
			say("Stop caching %s (%s): one job computes and stores it, in %.1f s, and no other reads it. That saves the storing, which is a part of these seconds, and frees %s.",
				c.name, c.level, of(func(c cached) float64 { return c.fill }), holds)
		case worth(againS) && strings.HasPrefix(c.level, "MEMORY_ONLY"):
			say("Cache %s at %s instead of %s: blocks that were evicted, or never stored, were computed again in %s of a night, which took up to %.1f s.",
				c.name, strings.Replace(c.level, "MEMORY_ONLY", "MEMORY_AND_DISK", 1), c.level, count(int(of(func(c cached) float64 { return float64(c.again) })), "stage"), againS)
		case worth(againS):
			say("Part of %s (%s) was computed again in %s of a night, which took up to %.1f s, though its level keeps blocks on disk: executors were lost, or the disk was full.",
				c.name, c.level, count(int(of(func(c cached) float64 { return float64(c.again) })), "stage"), againS)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(byWork)) {
		seen := byWork[key]
		saved := medianBy(seen, func(r repetition) float64 { return r.saved })
		if r := seen[len(seen)-1]; usual(len(seen)) && worth(saved) {
			need := int64(medianBy(seen, func(r repetition) float64 { return float64(r.bytes) }))
			say("Persist what %s works on, at MEMORY_AND_DISK: it is computed %d times from the same %s; keeping it saves up to %.1f s a night. It needs about as much storage, objects in memory 2 to 5 times that%s.",
				r.what, r.times, about(need), saved, j.storageRoom(need))
		}
	}
}

func medianBy[T any](rows []T, f func(T) float64) float64 {
	v := make([]float64, len(rows))
	for i, r := range rows {
		v[i] = f(r)
	}
	return median(v)
}

// storageRoom says whether bytes fit beside execution: within the unified
// memory that the peak leaves, or at least within the part that execution
// cannot take (UnifiedMemoryManager: storageFraction of it). It counts the
// executors that runs had, where settings would let more of them start.
func (j *judgement) storageRoom(need int64) string {
	a, why := j.site.allocationOf(j.base().set)
	if why != "" {
		return ""
	}
	executors := a.executors
	if seen := j.site.executors; seen > 0 {
		executors = min(executors, seen)
	}
	total := executors * a.unified()
	share := 0.5
	if f, ok := number64(j.base().set["spark.memory.storageFraction"]); ok {
		share = f
	}
	const most = 5 // Spark's tuning guide: objects take 2 to 5 times their raw data
	used := executors * j.site.peak
	switch {
	case j.site.peak > 0 && most*need <= total-used:
		return fmt.Sprintf("; it fits beside execution (%s of unified memory, at most %s used)", about(total), about(used))
	case float64(most*need) <= share*float64(total):
		return fmt.Sprintf("; it fits in the %s that execution cannot take", about(int64(share*float64(total))))
	}
	return fmt.Sprintf("; it may not fit beside execution in %s of unified memory, and goes to disk then", about(total))
}

// about is a size as people say it: three figures at most.
func about(n int64) string {
	for _, u := range []struct {
		size int64
		name string
	}{{sparkconf.GiB, "GiB"}, {sparkconf.MiB, "MiB"}, {sparkconf.KiB, "KiB"}} {
		if n >= u.size {
			if v := float64(n) / float64(u.size); v < 99.95 {
				return fmt.Sprintf("%.1f %s", v, u.name)
			}
			return fmt.Sprintf("%d %s", (n+u.size/2)/u.size, u.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}
