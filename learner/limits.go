package learner

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// A Limit bounds what may be asked of the clusters whose id matches a pattern.
// Bytes and counts. 0: for an executor and a pipeline the largest that ran
// there, for nodes and the fleet no limit.
type Limit struct {
	Cluster        string // pattern (path.Match, or "*" for all) over runs.cluster_id
	Container      int64  // memory of one executor's container
	Cores          int64  // of one executor
	NodeCores      int64  // of one node, with NodeMemory and Nodes
	NodeMemory     int64
	Nodes          int64
	PipelineCores  int64 // executor cores of one pipeline at once
	PipelineMemory int64 // container memory of one pipeline at once
	FleetCores     int64 // the same for all pipelines together
	FleetMemory    int64
	YARNIncrement  int64 // containers are multiples of it; 0: what the log says, else they are not rounded
}

// limits are the hard bounds of a cluster: what people configured, else what
// its runs showed.
type limits struct {
	container int64 // largest executor container, bytes; 0: nothing is known
	cores     int64 // most cores of an executor
	total     int64 // most cores that one run had at once; 0: nothing is known
	memory    int64 // most container memory that one run had at once
	quota     Limit
}

// clusterLimits finds the bounds of each cluster that ran something.
func clusterLimits(runs []features.Run, configured []Limit) map[string]limits {
	m := map[string]limits{}
	before := map[string]*features.Run{} // by pipeline
	for i := range runs {
		r := &runs[i]
		l, known := m[r.ClusterID]
		if !known {
			l.quota = limitOf(r.ClusterID, configured)
		}
		if r.Outcome == features.Succeeded {
			// Most nights ask for what the one before did.
			if b := before[r.Pipeline]; b != nil && asksAlike(b, r) {
				continue
			}
			before[r.Pipeline] = r
		}
		if r.Outcome == features.Succeeded {
			cores := int64(0)
			if r.ExecutorsMax > 0 {
				cores = r.CoresMax / r.ExecutorsMax
			}
			p := siteOfRun(r, l)
			p.cores = cores
			if a, _ := p.allocationOf(inForce(r)); a.container > 0 {
				l.container = max(l.container, a.container)
				l.memory = max(l.memory, r.ExecutorsMax*a.container)
			}
			l.cores, l.total = max(l.cores, cores), max(l.total, r.CoresMax)
		}
		m[r.ClusterID] = l
	}
	for id, l := range m {
		if c := l.quota.Container; c > 0 {
			l.container = c
		}
		if c := l.quota.Cores; c > 0 {
			l.cores = c
		}
		if c := l.quota.PipelineCores; c > 0 {
			l.total = c
		}
		if c := l.quota.PipelineMemory; c > 0 {
			l.memory = c
		}
		m[id] = l
	}
	return m
}

// asksAlike reports whether two runs asked the same cluster for the same and
// got as much of it.
func asksAlike(a, b *features.Run) bool {
	return a.ClusterID == b.ClusterID && a.ExecutorsMax == b.ExecutorsMax && a.CoresMax == b.CoresMax && a.SparkVersion == b.SparkVersion &&
		maps.Equal(a.ConfEffective, b.ConfEffective) && maps.Equal(a.ConfLogged, b.ConfLogged)
}

// limitOf joins the limits whose pattern matches; the first that says something
// of a bound wins.
func limitOf(cluster string, configured []Limit) (out Limit) {
	for _, l := range configured {
		if !matchesCluster(l.Cluster, cluster) {
			continue
		}
		for _, x := range []struct{ to, from *int64 }{
			{&out.Container, &l.Container}, {&out.Cores, &l.Cores}, {&out.NodeCores, &l.NodeCores}, {&out.NodeMemory, &l.NodeMemory}, {&out.Nodes, &l.Nodes},
			{&out.PipelineCores, &l.PipelineCores}, {&out.PipelineMemory, &l.PipelineMemory}, {&out.FleetCores, &l.FleetCores}, {&out.FleetMemory, &l.FleetMemory},
			{&out.YARNIncrement, &l.YARNIncrement},
		} {
			if *x.to == 0 {
				*x.to = *x.from
			}
		}
	}
	return out
}

func checkLimits(list []Limit) error {
	for i, l := range list {
		if _, err := path.Match(l.Cluster, ""); err != nil || l.Cluster == "" {
			return fmt.Errorf("learner: limit %d: %q is no pattern of a cluster; \"*\" matches all", i+1, l.Cluster)
		}
		for _, n := range []int64{l.Container, l.Cores, l.NodeCores, l.NodeMemory, l.Nodes, l.PipelineCores, l.PipelineMemory, l.FleetCores, l.FleetMemory, l.YARNIncrement} {
			if n < 0 {
				return fmt.Errorf("learner: limit %d: a limit must not be negative", i+1)
			}
		}
		if l.Nodes > 0 && l.NodeCores == 0 && l.NodeMemory == 0 {
			return errors.New("learner: limits: nodes needs node-cores or node-memory beside it")
		}
	}
	return nil
}

// leastPerTask of execution memory: one page of the largest size
// (MemoryManager.pageSizeBytes); with less a sort spills at every page.
const leastPerTask = 64 * sparkconf.MiB

// exceeds says which bound a change of allocation breaks; "" if none. A bound
// that the baseline is beyond already binds only what goes further.
func (p *site) exceeds(from, to allocation) string {
	q := p.limits.quota
	size := sparkconf.FormatSize
	over := func(before, after, limit int64) bool { return limit > 0 && after > limit && after > before }
	switch {
	case to.container > from.container && p.limits.container == 0:
		return unknownContainer
	case over(from.container, to.container, p.limits.container):
		if q.Container > 0 {
			return fmt.Sprintf("needs a container of %s; %s are allowed", size(to.container), size(q.Container))
		}
		return fmt.Sprintf("needs a container of %s, larger than any that ran on this cluster (%s)", size(to.container), size(p.limits.container))
	case over(from.cores, to.cores, p.limits.cores):
		if q.Cores > 0 {
			return fmt.Sprintf("needs %d cores per executor; %d are allowed", to.cores, q.Cores)
		}
		return fmt.Sprintf("needs more cores per executor than any that ran on this cluster (%d)", p.limits.cores)
	case over(from.executors*from.cores, to.executors*to.cores, p.limits.total):
		if q.PipelineCores > 0 {
			return fmt.Sprintf("needs %d cores at once; a pipeline may have %d", to.executors*to.cores, q.PipelineCores)
		}
		return fmt.Sprintf("needs %d cores at once, more than any run on this cluster had (%d)", to.executors*to.cores, p.limits.total)
	case over(from.executors*from.container, to.executors*to.container, p.limits.memory):
		if q.PipelineMemory > 0 {
			return fmt.Sprintf("needs %s at once; a pipeline may have %s", size(to.executors*to.container), size(q.PipelineMemory))
		}
		return fmt.Sprintf("needs %s at once, more than any run on this cluster had (%s)", size(to.executors*to.container), size(p.limits.memory))
	case to.executors > from.executors || to.cores > from.cores || to.container > from.container:
		if fit, ok := q.fit(to); ok && to.executors > fit {
			return fmt.Sprintf("needs %s of %d cores and %s; the nodes hold %d", count(int(to.executors), "executor"), to.cores, size(to.container), fit)
		}
	}
	if to.heap < from.heap && to.heap < sparkconf.LeastHeap {
		return fmt.Sprintf("leaves a heap of %s; Spark needs %s to start", size(to.heap), size(sparkconf.LeastHeap))
	}
	if to.perTask() < leastPerTask && to.perTask() < from.perTask() {
		return fmt.Sprintf("leaves a task %s of execution memory; less than %s spills at every page", size(to.perTask()/sparkconf.MiB*sparkconf.MiB), size(leastPerTask))
	}
	return ""
}

// unknownContainer is why Memory and Core stay silent (guard 2).
const unknownContainer = "nothing is known of the largest container that this cluster gives"

// fit is how many executors of a size the nodes hold: on each as many as its
// cores and its memory allow.
func (q Limit) fit(a allocation) (int64, bool) {
	if q.Nodes == 0 {
		return 0, false
	}
	each := int64(1 << 31)
	if q.NodeCores > 0 {
		each = min(each, q.NodeCores/max(a.cores, 1))
	}
	if q.NodeMemory > 0 {
		each = min(each, q.NodeMemory/max(a.container, 1))
	}
	return q.Nodes * each, true
}

// broadcastShare: the driver collects a broadcast's rows, the relation built
// from them and its serialised blocks (BroadcastExchangeExec).
const broadcastShare = 10

var broadcastKeys = []string{"spark.sql.autoBroadcastJoinThreshold", adaptive + "autoBroadcastJoinThreshold"}

// broadcastExceeds says which of the changed broadcast thresholds the driver
// cannot hold.
func broadcastExceeds(s settings, changed func(key string) bool) string {
	driver := sparkconf.GiB // Spark's default
	if n, err := sparkconf.ParseSize(s["spark.driver.memory"], sparkconf.MiB); err == nil {
		driver = n
	}
	for _, k := range broadcastKeys {
		if n, err := sparkconf.ParseSize(s[k], 1); err == nil && changed(k) && n*broadcastShare > driver {
			return k + " is more than a tenth of the driver's memory"
		}
	}
	return ""
}

// sizeKeys change what is asked of the cluster manager.
var sizeKeys = []string{
	heapKey, overheadKey, overheadFactorKey, pythonKey, executorCoresKey, instancesKey, coresMaxKey, maxExecutorsKey,
	podRequestKey, podLimitKey, "spark.task.cpus", "spark.memory.offHeap.enabled", "spark.memory.offHeap.size",
}

// guardLimits: what is asked of the cluster is within its bounds, and the driver
// can hold what may be broadcast.
func guardLimits(j *judgement, t *trial) string {
	if changes(t, append([]string{fractionKey}, sizeKeys...)...) {
		from, why := j.site.allocationOf(j.ground)
		if why != "" {
			return why
		}
		to, why := j.site.allocationOf(j.withFixed(t.set))
		if why != "" {
			return why
		}
		if why := j.site.exceeds(from, to); why != "" {
			return why
		}
	}
	return broadcastExceeds(j.withFixed(t.set), func(k string) bool { return changes(t, k) })
}

func changes(t *trial, keys ...string) bool {
	return slices.ContainsFunc(keys, func(k string) bool { return slices.Contains(t.changed, k) })
}
