package learner

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/null"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
	"github.com/spark-apprentice/apprentice/learner/replay"
)

// Priors of a cold start, where no run of the fleet tells.
const (
	// shuffledPerByte is what a pipeline shuffles of each byte that it reads:
	// columnar files are denser than shuffled rows, filters take rows away.
	shuffledPerByte = 1.0
	// unpackedPerByte is the memory that a shuffled byte takes when it is sorted
	// or hashed: compressed blocks unpack to rows and their pointers.
	unpackedPerByte = 4.0
	// partitionsBound is where a map status turns into an average, so that AQE
	// sees no skew (MapStatus, spark.shuffle.minNumPartitionsToHighlyCompress).
	partitionsBound = 2000
	// coldSlots where nothing is known of the cluster.
	coldSlots = 2
	// defaultPartitions of a shuffle (spark.sql.shuffle.partitions).
	defaultPartitions = 200
	// leastFactor is how much a number of partitions must differ from the default
	// to be worth a change: AQE evens out the rest.
	leastFactor = 2
	// heredity is how many children a parent cell needs to speak for a pipeline
	// that nobody ran.
	heredity = 2
)

// formula is the evidence of settings that follow from Spark's rules and the
// data's shape alone.
const formula = "formula"

// A cold is a cold start in the making: the place, the defaults, and what the
// run is expected to read and shuffle.
type cold struct {
	run      Coming
	site     *site
	base     settings
	agents   []Agent
	rec      *Recommendation
	slots    int64
	maps     int64 // tasks that read the input
	shuffled int64 // bytes
	perTask  int64 // execution memory of a task; 0: unknown
}

// coldStart chooses settings for a pipeline that nobody ran: from its data's
// shape by Spark's own formulas, with the defaults of its Spark as baseline,
// and from what the tables of its group and of the fleet hold.
func coldStart(fleet Fleet, agents []Agent, cfg Config, run Coming, q []QValue) (*Recommendation, error) {
	c := &cold{run: run, agents: agents, base: settings{}, rec: &Recommendation{
		Pipeline: run.Pipeline, Mode: ModeAdvise, Status: StatusUnchanged, Since: tonight(cfg.Now),
		Baseline: map[string]string{}, Settings: map[string]Proposed{}, File: map[string]string{},
		Rejected: []Rejected{}, Agents: []AgentNote{}, Advice: []string{}, EventLogConf: map[string]string{},
	}}
	if err := c.place(fleet, cfg); err != nil {
		return nil, err
	}
	group := c.expect(fleet)
	c.partitions()
	c.inherit(q, group)
	c.skew() // last: it asks what the file sets
	for k, p := range c.rec.Settings {
		c.rec.File[k] = p.Value
	}
	if len(c.rec.Settings) > 0 {
		c.rec.Status = StatusProposed
	}
	c.rec.Reason = fmt.Sprintf("Nobody ran %s: a cold start from its data's shape. It reads %s in %s and shuffles about %s, on %s.",
		run.Pipeline, about(run.InputBytes), count(int(c.maps), "task"), about(c.shuffled), count(int(c.slots), "slot"))
	c.rec.ID = RecommendationID(run.Pipeline, c.rec.File)
	c.rec.FileID = c.rec.ID
	return c.rec, nil
}

// place finds the cluster, its newest run, the defaults there and the slots.
func (c *cold) place(fleet Fleet, cfg Config) error {
	on := map[string]int{}
	for i := range fleet.Runs {
		on[fleet.Runs[i].ClusterID]++
	}
	id := c.run.Cluster
	if id == "" {
		for _, k := range sortedKeys(on) {
			if id == "" || on[k] > on[id] {
				id = k
			}
		}
	} else if on[id] == 0 && len(on) > 0 {
		return fmt.Errorf("no run is known of cluster %q; known are %s", id, strings.Join(sortedKeys(on), ", "))
	}
	var newest *features.Run
	var slots []float64
	for i := range fleet.Runs {
		r := &fleet.Runs[i]
		if r.ClusterID != id {
			continue
		}
		if newest == nil || byTime(r, newest) > 0 {
			newest = r
		}
		if r.SlotsMean.OK {
			slots = append(slots, r.SlotsMean.V)
		}
	}
	version := c.run.SparkVersion
	if newest == nil {
		if version == "" {
			return fmt.Errorf("no run is known, so that nothing tells which Spark %s runs on; say it with --spark-version", c.run.Pipeline)
		}
		newest = &features.Run{SparkVersion: version}
	}
	version = cmp.Or(version, newest.SparkVersion)
	c.site = siteOfRun(newest, clusterLimits(fleet.Runs, cfg.Limits)[id])
	v, err := sparkconf.ParseVersion(version)
	if err != nil {
		return fmt.Errorf("Spark version %q: %w", version, err)
	}
	c.site.version, c.rec.SparkVersion = v, version
	for k, val := range newest.ConfLogged {
		if strings.HasPrefix(k, "spark.eventLog.") {
			c.rec.EventLogConf[k] = val
		}
	}
	for _, k := range sparkconf.Tunable() {
		if key, ok := sparkconf.Lookup(k, v); ok && key.Default != "" {
			c.base[k] = sparkconf.Canonical(k, key.Default)
		}
	}
	for _, a := range c.agents {
		for _, k := range a.Keys {
			if val := c.base[k.Name]; val != "" {
				c.rec.Baseline[k.Name] = val
			}
		}
	}
	c.slots = max(c.run.Slots, 0)
	if c.slots == 0 && len(slots) > 0 {
		c.slots = int64(math.Round(median(slots)))
	}
	if c.slots == 0 {
		c.slots = coldSlots
		c.rec.Advice = append(c.rec.Advice, fmt.Sprintf("Nothing tells how many task slots it will have; %d are taken. --slots says it.", coldSlots))
	}
	if a, why := c.site.allocationOf(c.base); why == "" && a.slotsEach() > 0 {
		c.perTask = a.perTask()
	}
	return nil
}

// expect says what the run will read and shuffle, by what runs of its group, or
// else of the fleet, shuffled of what they read; and about how long it takes,
// by their slot time per byte. It returns the group.
func (c *cold) expect(fleet Fleet) string {
	group := groupName("sql", math.Log10(float64(max(c.run.InputBytes, 1))))
	type seen struct{ shuffle, rowBytes, slotS []float64 }
	var near, all seen
	for i := range fleet.Runs {
		r := &fleet.Runs[i]
		if !r.Comparable || r.SourceBytes.Or(0) <= 0 {
			continue
		}
		of := []*seen{&all}
		if int(math.Floor(math.Log10(float64(r.SourceBytes.V)))) == int(math.Floor(math.Log10(float64(max(c.run.InputBytes, 1))))) {
			of = append(of, &near)
		}
		for _, s := range of {
			s.shuffle = append(s.shuffle, float64(r.ShuffleWriteBytes)/float64(r.SourceBytes.V))
			s.slotS = append(s.slotS, r.ExecutorRunTimeS/float64(r.SourceBytes.V))
			if r.ShuffleWriteRows > 0 && r.SourceRows.Or(0) > 0 {
				s.rowBytes = append(s.rowBytes, float64(r.ShuffleWriteBytes)/float64(r.ShuffleWriteRows)/(float64(r.SourceBytes.V)/float64(r.SourceRows.V)))
			}
		}
	}
	if len(near.shuffle) > 0 {
		all = near
	}
	scan := replay.Scan{MaxPartition: c.bytes("spark.sql.files.maxPartitionBytes", 128*sparkconf.MiB), OpenCost: c.bytes("spark.sql.files.openCostInBytes", 4*sparkconf.MiB), MinNum: max(c.slots, 2)}
	// One large file stands for the input: many small ones make more tasks.
	c.maps = max(int64(math.Ceil(float64(c.run.InputBytes)/float64(scan.MaxSplit([]int64{c.run.InputBytes})))), 1)

	per := shuffledPerByte
	if len(all.shuffle) > 0 {
		per = median(all.shuffle)
	}
	if c.run.Rows > 0 && c.run.GroupRatio.OK {
		// The map side leaves each task at most as many rows as there are groups
		// (partial aggregation), each as wide as the fleet's shuffled rows.
		each := float64(c.run.Rows) / float64(c.maps)
		groups := c.run.GroupRatio.V * float64(c.run.Rows)
		width := 1.0
		if len(all.rowBytes) > 0 {
			width = median(all.rowBytes)
		}
		per = width * min(each, groups) * float64(c.maps) / float64(c.run.Rows)
	}
	c.shuffled = int64(per * float64(c.run.InputBytes))
	if n := len(all.slotS); n >= leastRuns {
		s := slices.Sorted(slices.Values(all.slotS))
		// Slots beyond the tasks that there are have nothing to do.
		busy := float64(min(c.slots, c.maps))
		at := func(p float64) float64 { return s[int(p*float64(n-1))] * float64(c.run.InputBytes) / busy }
		c.rec.Expected.BaselineS = null.Of(at(0.5))
		c.rec.Advice = append(c.rec.Advice, fmt.Sprintf("With the slot time per byte of %s of the fleet its tasks take about %s (90 %% of them: %s to %s), the driver's time aside.", count(n, "run"), lasting(at(0.5)), lasting(at(0.05)), lasting(at(0.95))))
		if c.slots > c.maps {
			c.rec.Advice = append(c.rec.Advice, fmt.Sprintf("Its input makes %s: %s of %d stay idle while it is read.", count(int(c.maps), "task"), count(int(c.slots-c.maps), "slot"), c.slots))
		}
	}
	return group
}

// inherit takes single settings that leave a default which this run has too,
// where the group's table, or else the fleet's, holds a gain that several
// pipelines share.
func (c *cold) inherit(q []QValue, group string) {
	type heir struct {
		level string
		gains []float64
	}
	best := map[string]*heir{} // action: cells over all states
	for _, level := range []string{"group", "global"} {
		for _, v := range q {
			if v.Level != level || level == "group" && v.Pipeline != group || strings.Contains(v.Agent, "*") {
				continue
			}
			h := best[v.Action]
			if h == nil {
				h = &heir{level: level}
				best[v.Action] = h
			}
			if h.level == level {
				h.gains = append(h.gains, v.Q)
			}
		}
	}
	for _, action := range sortedKeys(best) {
		h := best[action]
		key, from, to, ok := oneChange(action)
		if !ok || c.base[key] != from || to == "" || len(h.gains) < heredity || slices.Contains(sizeKeys, key) || key == fractionKey {
			continue
		}
		gain := mean(h.gains)
		sd := math.Sqrt(variance(h.gains) / float64(len(h.gains)))
		if _, taken := c.rec.Settings[key]; !taken && gain-z90*sd > leastInherited {
			c.propose(key, to, fmt.Sprintf("the %s's tables hold a gain of %.0f %% for it, over %s", h.level, 100*(1-math.Exp(-gain)), count(len(h.gains), "state")))
		}
	}
}

// leastInherited is the least log speed-up for which a default is left on the
// word of other pipelines alone.
const leastInherited = 0.05

func variance(v []float64) (s float64) {
	m := mean(v)
	for _, x := range v {
		s += (x - m) * (x - m)
	}
	return s / math.Max(float64(len(v)-1), 1)
}
