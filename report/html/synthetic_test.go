package html

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/learner"
	"github.com/spark-apprentice/apprentice/report"
)

const partitions = "spark.sql.shuffle.partitions"

var (
	firstNight = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	teams      = []string{"finance", "ads", "search", "growth", "risk", "supply-chain", "ml-features", "billing"}
	subjects   = []string{"daily_revenue", "sessions", "clickstream_agg", "orders_enriched", "inventory_snapshot", "user_features", "ltv_scores", "fraud_signals", "invoice_lines"}
)

// A synthetic pipeline's story: which recommendation its runs followed from
// which night on, and what that did to the run time.
type story struct {
	status   string
	since    int // night from which runs follow; beyond the last: never
	effect   float64
	drift    float64 // factor on the last nights under the baseline
	failing  bool
	explores bool
}

func storyOf(i, nights int) story {
	never := nights + 1
	switch {
	case i%97 == 5:
		return story{status: "in_force", since: nights - 12, effect: 1.31}
	case i%89 == 7:
		return story{status: "rolled_back", since: nights - 20, effect: 1.18}
	case i%61 == 3:
		return story{status: "proposed", since: never, effect: 0.8, failing: true}
	case i%53 == 2:
		return story{status: "unchanged", since: never, effect: 1, drift: 1.4}
	case i%7 == 1:
		return story{status: "confirmed", since: nights / 2, effect: 0.62}
	case i%7 == 3:
		return story{status: "in_force", since: nights - 9, effect: 0.81, explores: i%2 == 0}
	case i%7 == 5:
		return story{status: "proposed", since: never, effect: 0.74}
	case i%41 == 4:
		return story{status: "not_adopted", since: never, effect: 0.7}
	case i%41 == 9:
		return story{status: "some_future_status", since: never, effect: 0.9}
	}
	return story{status: "unchanged", since: never, effect: 1}
}

// synthetic is a fleet of any size, the same for the same arguments. It is made
// of rows as package learner gives them; no learning is done.
func synthetic(pipelines, nights int) Night {
	n := Night{Result: &learner.Result{}, Shown: map[string]Shown{}}
	for i := range pipelines {
		rng := rand.New(rand.NewPCG(7, uint64(i)))
		name := fmt.Sprintf("%s/%s_%03d", teams[rng.IntN(len(teams))], subjects[rng.IntN(len(subjects))], i)
		if i%50 == 11 {
			name += "_with_a_name_that_somebody_generated_from_every_table_it_ever_touched_v2_final_backfill"
		}
		n.addPipeline(name, i, nights, rng)
	}
	n.Now = firstNight.AddDate(0, 0, nights).Add(6 * time.Hour)
	n.addSavings()
	return n
}

// decisionIn is the decision behind a story's status.
func decisionIn(status string) string {
	switch status {
	case learner.AdoptionInForce, learner.AdoptionConfirmed, learner.AdoptionNotAdopted:
		return learner.StatusAccepted
	case learner.AdoptionRolledBack:
		return learner.StatusRejected
	}
	return status
}

// adoptionIn is the adoption that a story's status speaks of.
func adoptionIn(status, id string) learner.Adoption {
	if status == "proposed" || status == "unchanged" || status == "some_future_status" {
		return learner.Adoption{}
	}
	return learner.Adoption{State: status, ID: id, Since: "2026-05-02", Runs: 20, Adopted: 18}
}

func (n *Night) addPipeline(name string, i, nights int, rng *rand.Rand) {
	st := storyOf(i, nights)
	base := math.Exp(3 + 1.2*rng.NormFloat64())
	bytes := math.Exp(21 + 1.5*rng.NormFloat64())
	settings := map[string]learner.Proposed{}
	value := strconv.Itoa(16 << rng.IntN(4))
	if st.effect < 1 || st.since < nights {
		settings[partitions] = learner.Proposed{Value: value, Current: "200", Evidence: "observed", Why: "7 runs in 3 blocks ran in less of the baseline's time at equal input"}
		if i%3 == 0 {
			settings["spark.sql.adaptive.enabled"] = learner.Proposed{Value: "true", Current: "false", Evidence: "neighbour", Why: "one step from what was seen"}
		}
	}
	change := map[string]string{}
	for k, v := range settings {
		change[k] = v.Value
	}
	id := learner.RecommendationID(name, change)
	rec := learner.Recommendation{
		Pipeline: name, ID: id, FileID: id, Mode: "auto", Status: decisionIn(st.status), Adoption: adoptionIn(st.status, id), Settings: settings, File: change, Runs: int64(nights), Since: "2026-05-01",
		Baseline: map[string]string{partitions: "200", "spark.sql.adaptive.enabled": "false", "spark.executor.memory": "4g"},
		Reason:   "Of 3 other settings none is proven faster. Most tried: " + partitions + "=64: not faster: 1.02 of the baseline's time (90 %: 0.95 to 1.09).",
		Expected: learner.Expected{BaselineS: null.Of(base)},
		Rejected: []learner.Rejected{{Settings: map[string]string{partitions: "800"}, Why: "1 comparable run in 1 block seen; 5 in 2 are needed", Runtime: null.Of(1.08), High: null.Of(1.31), Runs: 1, Blocks: 1}},
	}
	if len(settings) > 0 {
		promised := min(st.effect, 0.85)
		rec.Reason = partitions + "=" + value + ": 7 runs of 3 blocks against 31 runs of the baseline."
		rec.Expected.RuntimeRatio, rec.Expected.Low, rec.Expected.High = null.Of(promised), null.Of(promised*0.92), null.Of(promised*1.09)
		rec.Expected.CostRatio = null.Of(promised * 1.02)
		rec.Files = []learner.Written{{ID: id, Since: "2026-05-01", Settings: change, Promised: null.Of(promised), PromisedLow: null.Of(promised * 0.92), PromisedHigh: null.Of(promised * 1.09)}}
	}
	for k := range nights {
		at := firstNight.AddDate(0, 0, k).Add(26*time.Hour + time.Duration(rng.IntN(3000))*time.Second)
		size := bytes * math.Exp(0.15*math.Sin(float64(k)/7*2*math.Pi)+0.08*rng.NormFloat64())
		expected := base * math.Sqrt(size/bytes)
		seconds := expected * math.Exp(0.06*rng.NormFloat64())
		action, behaviour, marker := "200", "human", ""
		switch {
		case k >= st.since:
			action, behaviour, marker, seconds = value, "recommended", id, seconds*st.effect
		case k/6%5 == 2 && i%2 == 0:
			action, seconds = "64", seconds*1.05
		case st.explores && k%9 == 4:
			action, behaviour, marker, seconds = "100", "explored", "e"+id[1:], seconds*0.98
		case st.drift > 0 && k >= nights-2:
			seconds *= st.drift
		}
		n.addRun(name, i, k, at, size, seconds, expected, action, behaviour, marker, st.failing && k == nights-1)
	}
	rec.LastNight = n.Runs[len(n.Runs)-1].Night
	n.Result.Recommendations = append(n.Result.Recommendations, rec)
	for s := range 3 {
		for a, to := range []string{"64", "100", value} {
			n.Result.QTable = append(n.Result.QTable, learner.QValue{
				Level: "pipeline", Pipeline: name, Agent: "partition", Bucket: fmt.Sprintf("input_bytes:%d|shuffle_read_bytes:%d|hot_share:0", s, s+1),
				Action: partitions + "=200 -> " + to, Q: 0.1*float64(a) - 0.05*float64(s) + 0.05*rng.NormFloat64(), SD: 0.05 + 0.1*rng.Float64(), Runs: 7, Blocks: 3, Evidence: "observed",
			})
		}
	}
	shown := n.Runs[len(n.Runs)-nights+min(st.since, nights)-1]
	n.Shown[name] = Shown{RunKey: shown.RunKey, Curves: []report.Curve{syntheticCurve(shown.DurationS.V)}}
	n.addStages(&shown, rng)
	if i%4 == 0 {
		n.Directives = append(n.Directives, learner.Directive{Pipeline: name, Verb: "pin", Key: "spark.executor.memory", Value: "4g", By: "ada", At: firstNight.AddDate(0, 0, nights/3)})
	}
}

func (n *Night) addRun(name string, i, k int, at time.Time, size, seconds, expected float64, action, behaviour, marker string, failed bool) {
	key := fmt.Sprintf("%06x%08x", i, k)
	r := features.Run{
		RunKey: key, Pipeline: name, AppID: fmt.Sprintf("application_%d_%04d", at.Unix(), i), Night: at.Add(-12 * time.Hour).Format(time.DateOnly),
		Kind: features.Batch, Outcome: features.Succeeded, Complete: true, Comparable: true, StartedAt: null.Of(at), DurationS: null.Of(seconds + 2), ExecutorWaitS: null.Of(2.0),
		SourceBytes: null.Of(int64(size)), SparkVersion: "3.5.7", RecommendationID: marker, Stages: 6, Tasks: 700, Jobs: 3, ExecutorsMax: 8, CoresMax: 32,
	}
	if k >= 70 && i%5 == 0 {
		r.SparkVersion = "4.0.1"
	}
	if failed {
		r.Outcome, r.Comparable, r.ExclusionReason = features.Failed, false, "failed: heap_oom 4, executor_lost 4"
		n.Signals = append(n.Signals, features.Signal{RunKey: key, Kind: features.SignalHeapOOM, Certainty: features.Certain, Count: 4, Evidence: "java.lang.OutOfMemoryError: Java heap space"})
	}
	if k%3 == 0 {
		n.Signals = append(n.Signals, features.Signal{RunKey: key, Kind: features.SignalSmallPartitions, Certainty: features.Certain, Count: 2, Evidence: "200 tasks read 81 bytes each on 32 slots"})
	}
	n.Runs = append(n.Runs, r)
	if failed {
		return
	}
	for _, agent := range []string{"partition", "memory"} {
		e := learner.Episode{RunKey: key, Pipeline: name, Night: r.Night, Step: "run", Agent: agent, ChargedS: seconds, BaselineS: expected, Behaviour: behaviour}
		if agent == "partition" {
			e.Action, e.Baseline = partitions+"="+action, partitions+"=200"
		}
		n.Result.Episodes = append(n.Result.Episodes, e)
	}
}

// addStages gives a run six stages, the last of many tasks with a long tail.
func (n *Night) addStages(r *features.Run, rng *rand.Rand) {
	at, left := r.StartedAt.V.Add(2*time.Second), r.DurationS.V-2
	for s := range 6 {
		took := left * (0.08 + 0.25*rng.Float64())
		if s == 5 {
			took = left * 0.95
		}
		left -= took
		tasks := int64(1 + 199*(s/3))
		st := features.Stage{
			RunKey: r.RunKey, StageID: int64(s), Name: "parquet at NativeMethodAccessorImpl.java:0", Outcome: "complete", SubmittedAt: null.Of(at),
			CompletedAt: null.Of(at.Add(time.Duration(took * float64(time.Second)))), DurationS: null.Of(took), ChargedS: null.Of(took), Tasks: tasks, EndedTasks: tasks,
			Operators: []string{"Scan parquet", "HashAggregate", "Exchange"}, PartitionsSource: "sql_conf",
		}
		mid := took / float64(tasks) * 16
		st.SuccessDurationP0, st.SuccessDurationP25, st.SuccessDurationP50 = null.Of(mid*0.3), null.Of(mid*0.7), null.Of(mid)
		st.SuccessDurationP75, st.SuccessDurationP95, st.SuccessDurationP99, st.SuccessDurationP100 = null.Of(mid*1.4), null.Of(mid*2.3), null.Of(mid*4), null.Of(mid*6)
		for b := range int64(4) {
			st.TaskBins = append(st.TaskBins, features.TaskBin{Log2Bytes: 16 + b, Log2Time: 7 + b, N: tasks >> b, Bytes: (tasks >> b) << (16 + b)})
			st.LongestTasks = append(st.LongestTasks, features.TaskSample{Index: 17 * b, Bytes: 1 << (19 - b), DurationS: mid * float64(6-b)})
		}
		n.Stages = append(n.Stages, st)
		at = st.CompletedAt.V
	}
}

func syntheticCurve(now float64) report.Curve {
	c := report.Curve{Key: partitions}
	for i, v := range []string{"8", "16", "32", "64", "128", "200", "400", "800"} {
		s := now * (0.7 + 0.03*float64((i-2)*(i-2)))
		p := report.CurvePoint{Value: v, Seconds: s, Low: s * 0.85, High: s * 1.18, Logged: v == "200"}
		if v == "64" || v == "200" {
			for k := range 5 {
				p.Observed = append(p.Observed, report.ObservedRun{RunKey: "r", Night: fmt.Sprintf("2026-05-%02d", k+1), Duration: s * (0.93 + 0.04*float64(k)), SamePlan: k%2 == 0})
			}
		}
		c.Points = append(c.Points, p)
	}
	return c
}
