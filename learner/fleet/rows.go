package fleet

import (
	"fmt"
	"maps"
	"math"
	"time"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
)

// firstNight is when the first run starts.
var firstNight = time.Date(2026, 1, 1, 2, 0, 0, 0, time.UTC)

// morning is when a night's logs are read.
func morning(night int) time.Time { return firstNight.AddDate(0, 0, night).Add(4 * time.Hour) }

// A file is what a settings file holds, and its markers.
type file struct {
	settings   map[string]string
	id         string
	propensity null.Null[float64]
	explored   bool
	from       map[string]string // what stands: settings without the step that was drawn
	stands     string            // the marker of that
}

// A play is one pipeline's night as it happened.
type play struct {
	set    map[string]string // in force
	truth  truth
	used   bool // our file
	failed bool
	lost   bool // its log is
	log    features.Run
	stages []features.Stage
}

const waitS = 1.5 // for the first executor

// play lives through one run of a pipeline's night, under our file f.
func (p *pipeline) play(night, run int, f file) play {
	purpose := "night"
	if run < p.rhythm.More {
		purpose = fmt.Sprint("run ", run, " of ")
	}
	rng := p.chance(purpose, night)
	luck := p.noise * rng.NormFloat64()
	p.lastLog = 0.7*p.lastLog + p.mood*math.Sqrt(1-0.7*0.7)*rng.NormFloat64()
	breaks, lost, forgets := rng.Float64() < p.failureRate, rng.Float64() < p.lossRate, rng.Float64() >= p.files.share

	g := play{set: p.settings(night), lost: lost}
	if g.used = p.files.from >= 0 && night >= p.files.from && !forgets && f.id != ""; g.used {
		maps.Copy(g.set, f.settings)
	}
	if p.files.setBy != "" {
		g.set[p.files.beats] = p.files.value
	}
	x := p.logSize(night)
	g.truth = surface(p.dataOn(night), read(g.set), x)
	excess := luck + p.lastLog
	p.feel(night, excess)
	g.failed = g.truth.dies || breaks
	g.rows(p, night, run, math.Exp(excess), x, f)
	return g
}

// rows makes the rows that a log would give.
func (g *play) rows(p *pipeline, night, run int, slow, logSize float64, f file) {
	start := p.startOf(night, run)
	seconds := g.truth.seconds * slow
	d := p.dataOn(night)
	key := fmt.Sprintf("%s-%03d", p.name, night)
	if run < p.rhythm.More {
		key += fmt.Sprintf("-%d", run)
	}
	source := int64(d.sourceBytes * math.Exp(logSize))
	conf := map[string]features.Setting{}
	for k, v := range g.set {
		conf[k] = features.Setting{Value: v, Source: features.FromLog}
	}
	if p.files.setBy == "runtime" {
		conf[p.files.beats] = features.Setting{Value: p.files.value, Source: features.FromRuntimeSet}
	}
	cores := d.executors * size(g.set[coresKey])
	r := features.Run{
		RunKey: key, Pipeline: p.name, AppID: key, AppName: p.name, SparkVersion: p.sparkOn(night), Platform: "apache",
		ClusterManager: "standalone", ClusterID: p.clusterOn(night), Kind: features.Batch, PlanSignature: p.planOn(night),
		Night: start.Add(-12 * time.Hour).Format(time.DateOnly), Complete: true, Outcome: features.Succeeded, Jobs: 3,
		StartedAt: null.Of(start), SourceBytes: null.Of(source), ExecutorsMax: int64(d.executors), CoresMax: int64(cores),
		UnifiedPeakBytes: null.Of(int64(g.truth.peak)), DriverOnlyS: null.Of(d.driverS * slow),
		ConfLogged:    map[string]string{"spark.master": p.clusterOn(night), "spark.eventLog.enabled": "true"},
		ConfEffective: conf,
		TaskSums:      features.TaskSums{InputBytes: source, OutputRows: source / 100},
	}
	if g.failed {
		r.Outcome, r.FailedJobs = features.Failed, 1
		if seconds /= 2; g.truth.dies {
			r.HeapOOMCount = 4
		} else {
			r.ExecutorLostCount = 4
		}
	}
	if g.used {
		r.RecommendationID, r.Propensity = f.id, f.propensity
	}
	r.DurationS, r.ExecutorWaitS = null.Of(seconds+waitS), null.Of(waitS)
	r.EndedAt = null.Of(start.Add(time.Duration((seconds + waitS) * float64(time.Second))))
	r.CoreS = null.Of(cores * seconds)
	r.MemoryByteS = null.Of(d.executors * size(g.set[memoryKey]) * seconds)
	g.log = r
	if g.failed {
		return
	}
	at := start.Add(time.Duration((waitS + d.driverS*slow) * float64(time.Second)))
	for i, s := range g.truth.steps {
		st := stageRow(s, slow, cores)
		st.RunKey, st.StageID = key, int64(i)
		st.SQLExecutionID = null.Of[int64](0)
		st.StageSignature = s.name
		if i > 0 {
			st.ParentStageIDs = []int64{int64(i - 1)}
		}
		end := at.Add(time.Duration(s.seconds * slow * float64(time.Second)))
		st.SubmittedAt, st.CompletedAt = null.Of(at), null.Of(end)
		at = end
		g.stages = append(g.stages, st)
	}
}

// stageRow is a stage with its tasks, the largest apart.
func stageRow(s step, slow, slots float64) features.Stage {
	n, taskS := int64(s.tasks), s.seconds*slow*min(slots, s.tasks)/s.tasks
	st := features.Stage{
		Outcome: "complete", Tasks: n, EndedTasks: n, PartitionsSource: s.source,
		PartitionsConfigured: null.Of(n), PartitionsEffective: null.Of(n), DurationS: null.Of(s.seconds * slow), ChargedS: null.Of(s.seconds * slow),
		SlotsMean: null.Of(slots), Waves: null.Of(s.tasks / slots), PartitionBytes: null.Of(s.bytes / s.tasks),
	}
	st.ExecutorRunTimeS, st.ExecutorCPUTimeS = taskS*s.tasks, 0.8*taskS*s.tasks
	st.MemorySpilledBytes = int64(s.spill)
	if s.name == "scan" {
		st.InputBytes, st.InputRows = int64(s.bytes), int64(s.bytes/100)
	} else {
		st.ShuffleReadBytes, st.ShuffleReadRows = int64(s.bytes), int64(s.bytes/100)
		st.HotShare = null.Of(max(0, (s.tasks*s.largest/s.bytes-1)/max(s.tasks-1, 1)))
	}
	bytes := s.bytes / s.tasks
	st.TaskBins = []features.TaskBin{{
		Log2Bytes: log2(bytes), Log2Time: log2(1000 * taskS), N: n, Bytes: int64(s.bytes), Rows: int64(s.bytes / 100),
		DurationS: taskS * s.tasks, RunS: taskS * s.tasks, CPUS: 0.8 * taskS * s.tasks, SpillBytes: int64(s.spill),
	}}
	if largest := (features.TaskSample{Bytes: int64(s.largest), Rows: int64(s.largest / 100), DurationS: taskS, RunS: taskS, CPUS: 0.8 * taskS}); n > 0 {
		st.LongestTasks, st.LargestTasks = []features.TaskSample{largest}, []features.TaskSample{largest}
	}
	return st
}

func log2(v float64) int64 {
	if v < 1 {
		return -1
	}
	return int64(math.Log2(v))
}
