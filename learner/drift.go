package learner

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// Drift is one thing that changed under a pipeline. What is done about it
// depends on what it does to the comparison of settings:
//
//   - plan, release, cluster: reset, once features.NewContextRuns runs in a row
//     have it; until then these runs do not train, and the file stays. Runs from
//     before train no more (features.Judge), and a file that was proven before is taken back, since
//     what was shown under another plan, Spark or cluster was not shown here.
//     People who accepted it keep it.
//   - volume: kept within the sizes that the baseline was fitted to, since all
//     comparisons are at equal input. From runs beyond them no setting is
//     learned, and an adopted one can only turn out too slow (see beyond.go).
//   - variants: plans take turns, and the pipeline goes on as one variant for
//     each of them (see variant.go).
//   - level: all settings take longer or shorter than they did. Differences of
//     log time within a stretch stand, those across the change do not: once
//     enough nights of the baseline have passed, earlier ones train no more.
type Drift struct {
	Kind    string `json:"kind"`    // plan, release, cluster, volume, level, variants
	Since   string `json:"since"`   // first night after the change
	What    string `json:"what"`    // what it was before and is now
	Handled string `json:"handled"` // what was done
}

// Kinds of Drift.
const (
	DriftPlan     = "plan"
	DriftRelease  = "release"
	DriftCluster  = "cluster"
	DriftVolume   = "volume"
	DriftLevel    = "level"
	DriftVariants = "variants"
)

// recentRuns is how many runs after a change still name it.
const recentRuns = 14

// drifts lists what changed of late, oldest kind of trouble first.
func (j *judgement) drifts() []Drift {
	list := []Drift{}
	runs := j.finished()
	if len(runs) < 2 {
		return list
	}
	newest := runs[len(runs)-1]
	var stands *features.Run // newest run that trains
	if len(j.nights) > 0 {
		stands = j.nights[len(j.nights)-1].run
	}
	for _, c := range []struct {
		kind string
		of   func(*features.Run) string
		name func(string) string
	}{
		{DriftPlan, func(r *features.Run) string { return r.PlanSignature }, short},
		{DriftRelease, func(r *features.Run) string { return releaseLine(r.SparkVersion) }, func(s string) string { return "Spark " + s }},
		{DriftCluster, func(r *features.Run) string { return r.ClusterID }, func(s string) string { return s }},
	} {
		like := func(a, b *features.Run) bool { return c.of(a) == c.of(b) }
		i := stretch(runs, like)
		if stands != nil && !like(stands, newest) {
			list = append(list, Drift{
				Kind: c.kind, Since: runs[i].Night, What: c.name(c.of(stands)) + " → " + c.name(c.of(newest)),
				Handled: fmt.Sprintf("waits: %s does not train, and the file stays; %d in a row make it the pipeline's", count(len(runs)-i, "run"), features.NewContextRuns),
			})
			continue
		}
		for i > 0 { // a few aberrations are no change, nor is what came after them
			before := stretch(runs[:i], like)
			if i-before >= features.NewContextRuns || before == 0 || !like(runs[before-1], newest) {
				break
			}
			i = stretch(runs[:before], like)
		}
		if i == 0 || len(runs)-i > recentRuns {
			continue
		}
		list = append(list, Drift{
			Kind: c.kind, Since: runs[i].Night, What: c.name(c.of(runs[i-1])) + " → " + c.name(c.of(newest)),
			Handled: fmt.Sprintf("reset: %s before it train no more", count(i, "run")),
		})
	}
	if d, ok := j.volume(runs); ok {
		list = append(list, d)
	}
	if j.level != nil {
		list = append(list, *j.level)
	}
	if d, ok := j.takesTurns(); ok {
		list = append(list, d)
	}
	return list
}

// stretch is where the last runs that are alike begin.
func stretch(runs []*features.Run, like func(a, b *features.Run) bool) int {
	i := len(runs) - 1
	for i > 0 && like(runs[i-1], runs[i]) {
		i--
	}
	return i
}

// finished are the batch runs that succeeded, by time.
func (h *history) finished() []*features.Run {
	return slices.DeleteFunc(slices.Clone(h.all), func(r *features.Run) bool {
		return r.Outcome != features.Succeeded || r.Kind != features.Batch && r.Kind != ""
	})
}

// short cuts a hash.
func short(s string) string { return s[:min(len(s), 8)] }

func releaseLine(version string) string {
	if v, err := sparkconf.ParseVersion(version); err == nil {
		return v.Line()
	}
	return version
}

// volumeRuns is how many runs' median input tells a change of volume, and
// volumeStep the ratio from which it is one: a quarter is within a week's swing.
const (
	volumeRuns = 3
	volumeStep = 1.3
)

// volume compares the newest runs' input with the runs' before them.
func (j *judgement) volume(runs []*features.Run) (Drift, bool) {
	var sizes []float64
	var at []*features.Run
	for _, r := range runs {
		if r.SourceBytes.OK && r.SourceBytes.V > 0 {
			sizes, at = append(sizes, float64(r.SourceBytes.V)), append(at, r)
		}
	}
	cut := len(sizes) - volumeRuns
	if cut < leastBaseline {
		return Drift{}, false
	}
	// The change lies where the nights after it differ most from those before.
	best, jump := 0, 0.0
	for i := max(cut-recentRuns, leastBaseline); i <= cut; i++ {
		d := math.Abs(math.Log(median(sizes[i:]) / median(sizes[max(0, i-recentRuns):i])))
		lo, hi := slices.Min(sizes[i:]), slices.Max(sizes[i:])
		before := slices.Sorted(slices.Values(sizes[max(0, i-recentRuns):i]))
		apart := lo > before[len(before)*3/4] || hi < before[len(before)/4]
		if apart && d > jump {
			best, jump = i, d
		}
	}
	if jump < math.Log(volumeStep) {
		return Drift{}, false
	}
	before, now := median(sizes[max(0, best-recentRuns):best]), median(sizes[best:])
	d := Drift{Kind: DriftVolume, Since: at[best].Night, What: fmt.Sprintf("input %s → %s", sizeOf(before), sizeOf(now))}
	out, beyond := 0, 0
	for _, r := range at[best:] {
		out += b2i(!r.Comparable)
	}
	for _, n := range j.nights {
		beyond += b2i(byTime(n.run, at[best]) >= 0 && n.action != 0 && j.trialOf(n) == nil)
	}
	switch d.Handled = "kept: settings are compared at equal input"; {
	case out > 0:
		d.Handled = fmt.Sprintf("%s since then train not: input beyond what the baseline has seen", count(out, "run"))
	case beyond > 0:
		d.Handled = fmt.Sprintf("kept: %s since then are beyond the baseline's sizes; they are held against its line drawn on, and no setting is learned from them", count(beyond, "run"))
	}
	return d, true
}

func sizeOf(bytes float64) string {
	if bytes < float64(sparkconf.MiB) {
		return fmt.Sprintf("%.0f bytes", bytes)
	}
	return sparkconf.FormatSize(int64(bytes) / sparkconf.MiB * sparkconf.MiB)
}

// contextLost says why a file in force has no evidence any more: the plan,
// Spark's release line or the cluster is another than when it was written.
func (j *judgement) contextLost() string {
	w, ok := j.written(j.fileBefore().id)
	if !ok || len(j.nights) == 0 {
		return ""
	}
	newest, before := j.nights[len(j.nights)-1].run, j.writtenIn(w)
	if before == nil || contextOf(&night{run: before}) == contextOf(&night{run: newest}) {
		return ""
	}
	var what []string
	for _, c := range []struct {
		name     string
		old, now string
	}{
		{"plan", before.PlanSignature, newest.PlanSignature},
		{"Spark release", releaseLine(before.SparkVersion), releaseLine(newest.SparkVersion)},
		{"cluster", before.ClusterID, newest.ClusterID},
	} {
		if c.old != c.now {
			what = append(what, c.name)
		}
	}
	return fmt.Sprintf("taken back: the %s changed with the run of %s, and what was proven before is not proven here",
		strings.Join(what, " and the "), j.nights[0].run.Night)
}

// writtenIn is a run of the plan, release and cluster that stood when a file was
// written. States of older versions, and of a pipeline that goes on as variants,
// do not tell: then it is the last run up to that night, unless one that trains is
// as old.
func (j *judgement) writtenIn(w Written) *features.Run {
	if i := slices.IndexFunc(j.all, func(r *features.Run) bool { return w.Run != "" && r.RunKey == w.Run }); i >= 0 {
		return j.all[i]
	}
	var before *features.Run
	if j.nights[0].run.Night <= w.Since {
		return nil
	}
	for _, r := range j.finished() {
		if r.Night <= w.Since {
			before = r
		}
	}
	return before
}

// Bounds of the test for a change of level. Page's test (Page 1954; Hinkley
// 1971) adds up how far nights lie beyond their mean so far, less an allowance
// of half the shift that matters, and gives alarm at a threshold.
const (
	levelShift = 0.1 // least shift of log time that matters: 10 %
	// levelAlarm sets the threshold at 4·v/allowance, v the long-run variance of
	// a night: about one false alarm in e^8/2 nights.
	levelAlarm = 4
	// moodFactor is v over the variance of a night's change: the mood of a
	// cluster lasts, and so a mean of nights varies more than independent ones would.
	moodFactor = 3
)

// findLevel looks for a change of level in the baseline's nights that people
// started, and returns the first night after it. Nights of adopted files have
// no part in it: if they take longer, their settings are suspected first.
func (h *history) findLevel() (last, since *night, shift float64) {
	var base []*night
	for _, n := range h.nights {
		if n.action == 0 {
			base = append(base, n)
		}
	}
	if len(base) < 2*leastBaseline {
		return nil, nil, 0
	}
	res := sizeResiduals(base)
	sd := max(sdOfChanges(res), placeboFloor)
	v := moodFactor * sd * sd
	allow := max(levelShift, sd) / 2
	for _, sign := range []float64{1, -1} {
		sum, mean := 0.0, 0.0
		for i, r := range res {
			mean += (r - mean) / float64(i+1)
			one := min(max(sign*(r-mean), -3*sd), 3*sd) // one bad night is no level
			if sum = max(sum+one-allow, 0); sum < levelAlarm*v/allow {
				continue
			}
			at := onset(res[:i+1], sign, allow)
			if len(base)-at >= leastBaseline && at >= leastBaseline {
				before, after := median(res[:at]), median(res[at:])
				if math.Abs(after-before) >= levelShift {
					return base[at-1], base[at], after - before
				}
			}
			break
		}
	}
	return nil, nil, 0
}

// sdOfChanges is the standard deviation of a night by the median change from
// one to the next, which neither a level nor a bad night moves.
func sdOfChanges(res []float64) float64 {
	d := make([]float64, len(res)-1)
	for i := range d {
		d[i] = math.Abs(res[i+1] - res[i])
	}
	return 1.4826 * median(d) / math.Sqrt2
}

// onset is the first night after the point that splits nights into the two most
// different levels. Medians of three let a step stand and no single night.
func onset(res []float64, sign, allow float64) int {
	calm := make([]float64, len(res))
	for i := range res {
		calm[i] = median(res[max(0, i-1):min(len(res), i+2)])
	}
	best, at := math.Inf(-1), len(res)
	for i := 1; i < len(calm); i++ {
		a, b := calm[:i], calm[i:]
		gap := sign * (mean(b) - mean(a))
		if w := gap * gap * float64(len(a)*len(b)) / float64(len(res)); gap > allow && w > best {
			best, at = w, i
		}
	}
	return at
}

// sizeResiduals are the log times less what the input explains: the exponent
// comes from changes from night to night, which a level does not move.
func sizeResiduals(base []*night) []float64 {
	var sxx, sxy float64
	for i := 1; i < len(base); i++ {
		dx := base[i].logSize - base[i-1].logSize
		sxx += dx * dx
		sxy += dx * (logCharge(base[i].seconds) - logCharge(base[i-1].seconds))
	}
	beta := slope(sxx, sxy, noisePrior*noisePrior)
	res := make([]float64, len(base))
	for i, n := range base {
		res[i] = logCharge(n.seconds) - beta*n.logSize
	}
	return res
}

// settleLevel lets nights before a change of level train no more.
func (h *history) settleLevel(agents []Agent) {
	before := len(h.nights)
	for {
		last, since, shift := h.findLevel()
		if since == nil {
			return
		}
		h.nights = slices.DeleteFunc(h.nights, func(n *night) bool { return byTime(n.run, since.run) < 0 })
		h.actions = nil
		h.act(agents)
		h.levelAfter = last.run.Night
		h.level = &Drift{
			Kind: DriftLevel, Since: since.run.Night, What: fmt.Sprintf("the same settings take %.2f of what they took", math.Exp(shift)),
			Handled: fmt.Sprintf("reset: %s before it train no more", count(before-len(h.nights), "run")),
		}
	}
}
