package replay

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// A BackTest is how predictions of a fleet's own changed nights turned out. A
// pair is one pipeline under one other group of settings; its nights are
// predicted from the pipeline's usual ones.
type BackTest struct {
	// Settings leaves the pair's nights out of the fit: what is asked of the
	// model when it is to judge settings that the pipeline never had.
	Settings Holdout `json:"settings_left_out"`
	// Pipelines leaves all nights of the pair's pipeline out: what is asked when
	// the pipeline is new.
	Pipelines Holdout `json:"pipelines_left_out"`
}

// A Holdout is a back-test under one way to leave nights out.
type Holdout struct {
	All    Score   `json:"all"`
	ByKind []Score `json:"by_kind"` // by what the changed keys decide: see KindOfKey
	ByKeys []Score `json:"by_keys"` // how many keys changed
	Pairs  []Pair  `json:"pairs"`
}

// A Pair is what was predicted and what happened. Ratios are run times over
// those under the usual settings at the same size.
type Pair struct {
	Pipeline  string   `json:"pipeline"`
	Keys      []string `json:"keys"` // those that differ from the usual settings
	Nights    int      `json:"nights"`
	Predicted float64  `json:"predicted_ratio"`
	Observed  float64  `json:"observed_ratio"`
	Covered   float64  `json:"covered"` // share of the nights within their 90 % intervals
	Differs   bool     `json:"differs"` // the observed ratio is further from 1 than noise explains
	RightSign bool     `json:"right_sign"`

	err, costVar, noiseVar float64
	guesses                []heldOut
}

// A Score sums pairs up.
type Score struct {
	Class       string  `json:"class"`
	Pairs       int     `json:"pairs"`
	Nights      int     `json:"nights"`
	Covered     float64 `json:"covered"`      // share of nights within 90 % intervals, each pair counting once
	Differ      int     `json:"differ"`       // pairs whose difference exceeds noise
	RightSigns  float64 `json:"right_signs"`  // of those, share predicted in the right direction
	MedianError float64 `json:"median_error"` // of the predicted time, over the measured
	Tau         float64 `json:"tau"`          // sd of the log of what the model gets wrong for each kind of changed keys
}

// What a back-test must show before simulated evidence decides by itself.
const (
	EarnedPairs    = 20
	EarnedCoverage = 0.9
	EarnedSigns    = 0.9
)

// Earned reports whether predictions may decide by themselves on this fleet:
// at least 20 changed pairs, at least 90 % of nights within the 90 % intervals
// and at least 90 % of differences beyond noise in the predicted direction,
// however small what was predicted. A fleet that shows no such difference has
// shown nothing.
func (b *BackTest) Earned() bool {
	s := &b.Settings.All
	return s.Pairs >= EarnedPairs && s.Covered >= EarnedCoverage && s.Differ > 0 && s.RightSigns >= EarnedSigns
}

// Kinds of keys: those of one kind decide about the same work.
const (
	KindFile    = "file"    // how files are cut into tasks
	KindShuffle = "shuffle" // how shuffles are partitioned, and their partitions merged and split
	KindJoin    = "join"    // which joins broadcast a side
	KindMemory  = "memory"  // what memory an executor has, and execution of it
	KindCore    = "core"    // how many executors of how many cores
	KindCache   = "cache"   // what room and form cached data has
	KindCodec   = "codec"   // how shuffles are compressed
	KindSeveral = "several" // of pairs: more than one of these
)

// KindOfKey tells what work a key decides about.
func KindOfKey(key string) string {
	has := func(prefixes ...string) bool {
		return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) })
	}
	switch {
	case has("spark.sql.files.", "spark.sql.leafNodeDefaultParallelism"):
		return KindFile
	case has("spark.sql.autoBroadcastJoinThreshold", "spark.sql.adaptive.autoBroadcastJoinThreshold", "spark.sql.adaptive.nonEmptyPartitionRatioForBroadcastJoin"):
		return KindJoin
	case has("spark.memory.storageFraction", "spark.rdd.compress", "spark.sql.inMemoryColumnarStorage."):
		return KindCache
	case has("spark.executor.memory", "spark.executor.minMemoryOverhead", "spark.executor.pyspark.memory", "spark.kubernetes.memoryOverheadFactor", "spark.memory."):
		return KindMemory
	case has("spark.executor.", "spark.dynamicAllocation.", "spark.cores.max", "spark.task.cpus"):
		return KindCore
	case has("spark.io.compression.", "spark.shuffle.compress"):
		return KindCodec
	}
	return KindShuffle
}

// ownShare is the part of the error's variance that a further key that moves the
// same costs has to itself: half of a key's standard deviation. It is a prior: a
// fleet rarely changes such keys together. Most of what is wrong about them is
// wrong once, in the costs; the rest is of the rule by which each moves them.
const ownShare = 0.25

// Distance is how far a change of keys goes, in standard deviations (Tau) of
// what the model gets wrong. Keys that move the same costs err together.
func Distance(keys []string) float64 {
	moved := float64(costsMoved(keys))
	return math.Sqrt(moved + ownShare*(float64(len(keys))-moved))
}

// costsMoved counts the groups of costs that keys move. How files are split, how
// shuffles are cut and which joins shuffle all move those of a task, a block and
// a MB; memory, cores, caches and codecs have their own.
func costsMoved(keys []string) int {
	groups := map[string]bool{}
	for _, key := range keys {
		kind := KindOfKey(key)
		if kind == KindFile || kind == KindJoin {
			kind = KindShuffle
		}
		groups[kind] = true
	}
	return len(groups)
}

func (p *Pair) kind() string {
	kind := KindOfKey(p.Keys[0])
	if slices.ContainsFunc(p.Keys, func(key string) bool { return KindOfKey(key) != kind }) {
		return KindSeveral
	}
	return kind
}

// finish holds the pairs against their intervals: each with the error that the
// others show.
func (h *Holdout) finish(noise float64) {
	for i := range h.Pairs {
		p := &h.Pairs[i]
		others := slices.Delete(slices.Clone(h.Pairs), i, i+1)
		tau := tauOf(others)
		p.Covered = 0
		for _, g := range p.guesses {
			sd := math.Hypot(g.costSD, g.distance*tau)
			w := z90 * math.Hypot(sd, noise*math.Sqrt(1+1/float64(g.from)))
			if math.Abs(g.err) <= w {
				p.Covered += 1 / float64(len(p.guesses))
			}
		}
		p.guesses = nil
	}
	classes := map[string][]Pair{}
	keys := map[int][]Pair{}
	for _, p := range h.Pairs {
		classes[p.kind()] = append(classes[p.kind()], p)
		n := min(len(p.Keys), 3)
		keys[n] = append(keys[n], p)
	}
	h.All = scoreOf("all", h.Pairs)
	for _, c := range []string{KindFile, KindShuffle, KindJoin, KindMemory, KindCore, KindCache, KindCodec, KindSeveral} {
		if len(classes[c]) > 0 {
			h.ByKind = append(h.ByKind, scoreOf(c, classes[c]))
		}
	}
	for n := 1; n <= 3; n++ {
		if name := []string{"1 key", "2 keys", "3 keys or more"}[n-1]; len(keys[n]) > 0 {
			h.ByKeys = append(h.ByKeys, scoreOf(name, keys[n]))
		}
	}
}

func scoreOf(class string, pairs []Pair) Score {
	s := Score{Class: class, Pairs: len(pairs), Tau: tauOf(pairs)}
	var errs []float64
	right := 0
	for _, p := range pairs {
		s.Nights += p.Nights
		s.Covered += p.Covered / float64(len(pairs))
		errs = append(errs, math.Abs(math.Expm1(-p.err)))
		if p.Differs {
			s.Differ++
			if p.RightSign {
				right++
			}
		}
	}
	if s.Differ > 0 {
		s.RightSigns = float64(right) / float64(s.Differ)
	}
	if len(errs) > 0 {
		slices.Sort(errs)
		s.MedianError = errs[len(errs)/2]
	}
	return s
}

// tauOf is the standard deviation per kind of changed keys of what the pairs' errors
// have beyond noise and beyond what the costs' own spread explains: the most
// likely one, with a prior that weighs as much as tauKeys pairs.
func tauOf(pairs []Pair) float64 {
	believed := Priors().Tau
	loss := func(tau float64) float64 {
		l := tauKeys * (math.Log(tau*tau) + believed*believed/(tau*tau))
		for _, p := range pairs {
			d := Distance(p.Keys)
			v := p.costVar + p.noiseVar + d*d*tau*tau
			l += math.Log(v) + p.err*p.err/v
		}
		return l
	}
	best := leastTau
	for tau := leastTau; tau < mostTau; tau *= 1.02 {
		if loss(tau) < loss(best) {
			best = tau
		}
	}
	return best
}

// String is the back-test in a line, for logs and errors.
func (s Score) String() string {
	return fmt.Sprintf("%s: %d pairs, %.0f %% of nights in the 90 %% interval, %.0f %% of %d signs right, median error %.1f %%, tau %.3f",
		s.Class, s.Pairs, 100*s.Covered, 100*s.RightSigns, s.Differ, 100*s.MedianError, s.Tau)
}
