package learner

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// limits are the hard bounds of a cluster, as its runs showed them.
type limits struct {
	container int64 // largest executor container that ran, bytes
	cores     int64 // most cores of an executor that ran
	total     int64 // most cores that a run held at once
}

// clusterLimits finds the largest containers that ran, by cluster.
func clusterLimits(runs []features.Run) map[string]limits {
	m := map[string]limits{}
	for i := range runs {
		r := &runs[i]
		if r.Outcome != features.Succeeded {
			continue
		}
		s := inForce(r)
		l := m[r.ClusterID]
		if c, ok := container(s, sparkconf.Detect(r.SparkVersion, r.ConfLogged)); ok {
			l.container = max(l.container, c)
		}
		l.total = max(l.total, r.CoresMax)
		if r.ExecutorsMax > 0 {
			l.cores = max(l.cores, r.CoresMax/r.ExecutorsMax)
		}
		m[r.ClusterID] = l
	}
	return m
}

// broadcastShare: the driver collects a broadcast's rows, the relation built
// from them and its serialised blocks (BroadcastExchangeExec).
const broadcastShare = 10

// guardLimits: the container and its cores are ones that the cluster has given
// before, and the driver can hold what may be broadcast.
func guardLimits(j *judgement, t *trial) string {
	c, ok := container(t.set, j.cluster)
	if ok && c > j.limits.container && changes(t, "spark.executor.memory", "spark.executor.memoryOverhead", "spark.executor.memoryOverheadFactor", "spark.executor.pyspark.memory") {
		return "needs a container of " + sparkconf.FormatSize(c) + ", larger than any that ran on this cluster"
	}
	if n, err := sparkconf.ParseSize(t.set["spark.executor.cores"], 1); err == nil && n > j.limits.cores && changes(t, "spark.executor.cores") {
		return "needs more cores per executor than any that ran on this cluster"
	}
	if n := askedCores(t.set); n > j.limits.total && changes(t, "spark.cores.max", "spark.executor.instances", "spark.executor.cores", "spark.dynamicAllocation.maxExecutors") {
		return fmt.Sprintf("asks for %d cores, more than any run held on this cluster", n)
	}
	driver := sparkconf.GiB // Spark's default
	if n, err := sparkconf.ParseSize(t.set["spark.driver.memory"], sparkconf.MiB); err == nil {
		driver = n
	}
	for _, k := range []string{"spark.sql.autoBroadcastJoinThreshold", adaptive + "autoBroadcastJoinThreshold"} {
		if n, err := sparkconf.ParseSize(t.set[k], 1); err == nil && changes(t, k) && n*broadcastShare > driver {
			return k + " is more than a tenth of the driver's memory"
		}
	}
	return ""
}

// askedCores is the most cores that settings ask for; 0 where they do not say.
func askedCores(s settings) int64 {
	if n, err := strconv.ParseInt(s["spark.cores.max"], 10, 64); err == nil {
		return n
	}
	each, err := strconv.ParseInt(s["spark.executor.cores"], 10, 64)
	if err != nil {
		return 0
	}
	key := "spark.executor.instances"
	if s["spark.dynamicAllocation.enabled"] == "true" {
		key = "spark.dynamicAllocation.maxExecutors"
	}
	n, err := strconv.ParseInt(s[key], 10, 64)
	if err != nil || n > math.MaxInt32 {
		return 0
	}
	return n * each
}

func changes(t *trial, keys ...string) bool {
	return slices.ContainsFunc(keys, func(k string) bool { return slices.Contains(t.changed, k) })
}

// container is an executor's memory as the cluster manager counts it:
// heap + overhead + Python memory; overhead defaults to a tenth of the heap and
// at least 384 MiB (ResourceProfile), standalone workers count the heap alone.
func container(s settings, c sparkconf.Cluster) (int64, bool) {
	heap, err := sparkconf.ParseSize(s["spark.executor.memory"], sparkconf.MiB)
	if err != nil {
		return 0, false
	}
	if c.Manager == "standalone" {
		return heap, true
	}
	overhead, err := sparkconf.ParseSize(s["spark.executor.memoryOverhead"], sparkconf.MiB)
	if err != nil {
		factor := 0.1
		if f, ok := amount("spark.executor.memoryOverheadFactor", s["spark.executor.memoryOverheadFactor"]); ok {
			factor = f
		}
		overhead = max(384*sparkconf.MiB, int64(factor*float64(heap)))
	}
	python, err := sparkconf.ParseSize(s["spark.executor.pyspark.memory"], sparkconf.MiB)
	if err != nil || !c.Python {
		python = 0
	}
	return heap + overhead + python, true
}
