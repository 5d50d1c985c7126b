package features

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// Bounds within which a night is like the baseline's median night.
const (
	sizeLow, sizeHigh = 0.5, 2.0
	outputLow         = 0.5
)

// NewContextRuns is how many runs in a row under another plan, release line of
// Spark or cluster make it the pipeline's. One may be a canary, somebody's trial
// or an aberration, and all earlier runs would stop to train for it.
const NewContextRuns = 2

// judge sets what the runs of a pipeline say about each other:
//
//  1. What rules a run out by itself: its name, its kind, a person's word, a
//     failure, no end, no work.
//  2. Variants, where the plans of a name take turns (see variant.go). Without
//     them the plan of the newest stretch of NewContextRuns counts: a run under
//     another one is from before a change of code, or a single aberration.
//  3. Spark's release line and the cluster must be that stretch's too: a canary
//     on another Spark, or one run on somebody's cluster, changes nothing.
//  4. The baseline is the most frequent joint setting of the tunable keys; of
//     equals the one seen last. Input must lie within [0.5, 2] times its
//     median, and output must reach half of its median.
//  5. Retry groups (see retry.go).
//
// It depends on the runs alone, not on their order.
func judge(runs []Run, ignore func(pipeline, night string) bool) []int {
	verdicts := make([]verdict, len(runs))
	byPipeline := map[string][]int{}
	for i := range runs {
		byPipeline[runs[i].Pipeline] = append(byPipeline[runs[i].Pipeline], i)
	}
	for _, members := range byPipeline {
		slices.SortFunc(members, func(i, j int) int { return compareRuns(&runs[i], &runs[j]) })
		judgePipeline(runs, members, verdicts, ignore)
		groupReruns(runs, members, verdicts)
	}
	groupAttempts(runs, verdicts)
	var changed []int
	for i := range runs {
		if verdicts[i].apply(&runs[i]) {
			changed = append(changed, i)
		}
	}
	return changed
}

// verdict is what is decided about one run.
type verdict struct {
	variant, reason, retryGroup string
}

func (v *verdict) apply(r *Run) bool {
	ok := v.reason == ""
	if r.Variant == v.variant && r.ExclusionReason == v.reason && r.RetryGroup == v.retryGroup && r.Comparable == ok {
		return false
	}
	r.Variant, r.ExclusionReason, r.RetryGroup, r.Comparable = v.variant, v.reason, v.retryGroup, ok
	return true
}

// compareRuns orders runs by start; the key decides between equals.
func compareRuns(a, b *Run) int {
	return cmp.Or(a.StartedAt.V.Compare(b.StartedAt.V), cmp.Compare(a.RunKey, b.RunKey))
}

func judgePipeline(runs []Run, members []int, verdicts []verdict, ignore func(pipeline, night string) bool) {
	var fit []int // by themselves
	for _, i := range members {
		if verdicts[i].reason = exclusion(&runs[i], ignore); verdicts[i].reason == "" {
			fit = append(fit, i)
		}
	}
	variants := variantsOf(runs, fit)
	// A failed run may have died before its last plan: it stays with the
	// pipeline unless its plan is a variant's own.
	for _, i := range members {
		verdicts[i].variant = variants[runs[i].PlanSignature]
	}
	if len(variants) == 0 {
		judgeGroup(runs, fit, verdicts)
		return
	}
	for _, name := range slices.Sorted(maps.Values(variants)) {
		var group []int
		for _, i := range fit {
			switch {
			case verdicts[i].variant != name:
			case ignore != nil && ignore(variantOf(runs[i].Pipeline, name), runs[i].Night):
				verdicts[i].reason = reasonIgnored
			default:
				group = append(group, i)
			}
		}
		judgeGroup(runs, group, verdicts)
	}
	for _, i := range fit {
		if verdicts[i].variant == "" {
			verdicts[i].reason = "plan is none of the pipeline's variants"
		}
	}
}

// exclusion says why a run cannot train, whatever the other runs are.
func exclusion(r *Run, ignore func(pipeline, night string) bool) string {
	switch {
	case genericName(r.Pipeline):
		return "not tunable: generic application name " + r.Pipeline
	case ignore != nil && ignore(r.Pipeline, r.Night):
		return reasonIgnored
	case r.Kind != Batch:
		return "kind is " + r.Kind
	case r.Outcome == Failed:
		return "failed: " + failure(r)
	case !r.Complete:
		return "incomplete: the log has no application end"
	case r.Truncated:
		return "log is cut, damaged or lacks a part"
	case r.Jobs == 0:
		return "ran no job"
	case !r.DurationS.OK || r.DurationS.V <= 0:
		return "run time is not known"
	}
	return ""
}

// failure names what a failed run met, in the order of SignalKinds.
func failure(r *Run) string {
	var met []string
	for _, kind := range SignalKinds[:SignalRank(SignalPythonMemory)+1] {
		if n := *r.SignalCount(kind); n > 0 {
			met = append(met, fmt.Sprintf("%s %d", kind, n))
		}
	}
	if len(met) > 0 {
		return strings.Join(met, ", ")
	}
	if r.FailedJobs > 0 {
		return fmt.Sprintf("%d of %d jobs", r.FailedJobs, r.Jobs)
	}
	return fmt.Sprintf("exit code %d", r.ExitCode.V)
}

// judgeGroup compares the runs of one pipeline or variant, oldest first.
func judgeGroup(runs []Run, group []int, verdicts []verdict) {
	if len(group) == 0 {
		return
	}
	stands := inContext(runs, group)
	group = keep(group, verdicts, func(i int) string {
		r := &runs[i]
		differs := func(what, one, now string) string {
			if compareRuns(r, stands) > 0 {
				return fmt.Sprintf("%s %s, not %s: %d runs in a row make it the pipeline's", what, one, now, NewContextRuns)
			}
			return fmt.Sprintf("%s %s, now %s", what, one, now)
		}
		switch {
		case r.PlanSignature != stands.PlanSignature:
			return differs("plan", r.PlanSignature, stands.PlanSignature)
		case sparkLine(r.SparkVersion) != sparkLine(stands.SparkVersion):
			return differs("Spark", sparkLine(r.SparkVersion), sparkLine(stands.SparkVersion))
		case clusterOf(r) != clusterOf(stands):
			return differs("cluster", printable(clusterOf(r)), printable(clusterOf(stands)))
		}
		return ""
	})
	baseline := baselineRuns(runs, group)
	input := median(runs, baseline, func(r *Run) (int64, bool) { return r.SourceBytes.V, r.SourceBytes.OK })
	output := median(runs, baseline, func(r *Run) (int64, bool) { return r.OutputRows, true })
	keep(group, verdicts, func(i int) string {
		r := &runs[i]
		ratio := float64(r.SourceBytes.V) / float64(max(input, 1))
		switch {
		case input > 0 && !r.SourceBytes.OK:
			return fmt.Sprintf("read no input (median %s)", byteText(input))
		case input > 0 && (ratio < sizeLow || ratio > sizeHigh):
			return fmt.Sprintf(reasonInput+"%s is %.2f x the median %s", byteText(r.SourceBytes.V), ratio, byteText(input))
		case float64(r.OutputRows) < outputLow*float64(output):
			return fmt.Sprintf("wrote %d rows, less than half of the median %d", r.OutputRows, output)
		}
		return ""
	})
}

// inContext is the last run of the newest NewContextRuns in a row with one plan,
// release line and cluster; the newest run where there are none.
func inContext(runs []Run, group []int) *Run {
	like := func(a, b *Run) bool {
		return a.PlanSignature == b.PlanSignature && sparkLine(a.SparkVersion) == sparkLine(b.SparkVersion) && clusterOf(a) == clusterOf(b)
	}
	length := 0
	for at, i := range slices.Backward(group) {
		if length++; length == NewContextRuns {
			return &runs[group[at+length-1]]
		}
		if at > 0 && !like(&runs[i], &runs[group[at-1]]) {
			length = 0
		}
	}
	return &runs[group[len(group)-1]]
}

// Outsized reports whether only the size of its input keeps a run from being
// comparable.
func (r *Run) Outsized() bool { return strings.HasPrefix(r.ExclusionReason, reasonInput) }

// reasonIgnored is that of a night which people excluded, of a pipeline or of one
// of its variants.
const reasonIgnored = "ignored by configuration"

// reasonInput begins the reason of a run whose input is of another size.
const reasonInput = "input "

// keep sets reasons and returns those without one.
func keep(group []int, verdicts []verdict, reason func(int) string) []int {
	var left []int
	for _, i := range group {
		if verdicts[i].reason = reason(i); verdicts[i].reason == "" {
			left = append(left, i)
		}
	}
	return left
}

// sparkLine is a version's release line, or the version itself where it has none.
func sparkLine(version string) string {
	if v, err := sparkconf.ParseVersion(version); err == nil {
		return v.Line()
	}
	return version
}

func clusterOf(r *Run) string {
	return strings.Join([]string{r.Platform, r.ClusterManager, r.ClusterID}, " ")
}

// baselineRuns are the runs under the most frequent joint setting.
func baselineRuns(runs []Run, group []int) []int {
	bySetting := map[string][]int{}
	var best string
	for _, i := range group { // oldest first: of equals the newest wins
		key := settingKey(runs[i].ConfEffective)
		bySetting[key] = append(bySetting[key], i)
		if best == "" || len(bySetting[key]) >= len(bySetting[best]) {
			best = key
		}
	}
	return bySetting[best]
}

// settingKey spells a joint setting.
func settingKey(conf map[string]Setting) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(conf)) {
		fmt.Fprintf(&b, "%s=%s\n", k, conf[k].Value)
	}
	return b.String()
}

// median is the lower median of what is known, 0 where nothing is.
func median(runs []Run, members []int, value func(*Run) (int64, bool)) int64 {
	var vs []int64
	for _, i := range members {
		if v, ok := value(&runs[i]); ok {
			vs = append(vs, v)
		}
	}
	if len(vs) == 0 {
		return 0
	}
	slices.Sort(vs)
	return vs[(len(vs)-1)/2]
}

// byteText writes a size for people.
func byteText(n int64) string {
	v, unit := float64(n), 0
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	for v >= 1024 && unit < len(units)-1 {
		v, unit = v/1024, unit+1
	}
	if unit == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", v, units[unit])
}
