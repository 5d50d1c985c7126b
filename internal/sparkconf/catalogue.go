package sparkconf

import (
	_ "embed"
	"encoding/json"
	"slices"
	"sync"
)

// A Key is one configuration key of the catalogue.
type Key struct {
	Name    string
	Type    string // bytes, kib, mib, int, double, bool, ms, s, min, string
	Scope   string // runtime (SQL conf), static (SQL), application
	Default string // in Spark's words; empty: unset, or the empty string
	Unset   bool   // no default: derived from the machine or the cluster, or absent
	// Fallback names the key whose value counts where this one is not set;
	// Default is then that key's default.
	Fallback string
}

// A Catalogued key is one entry of catalogue.json.
type Catalogued struct {
	Type     string    `json:"type"`
	Scope    string    `json:"scope"`
	Since    string    `json:"since,omitempty"`   // version that brought it, by Spark's own account
	Removed  string    `json:"removed,omitempty"` // first release line without it
	Fallback string    `json:"fallback,omitempty"`
	Defaults []Default `json:"defaults"`
}

// A Default holds from a release line on. A null value: no default.
type Default struct {
	Line  string  `json:"line"`
	Value *string `json:"value"`
}

//go:embed catalogue.json
var catalogueJSON []byte

// catalogue is parsed once. What is embedded was written by gen, so that a
// failure here is a broken build.
var catalogue = sync.OnceValue(func() map[string]Catalogued {
	var c struct {
		Keys map[string]Catalogued `json:"keys"`
	}
	if err := json.Unmarshal(catalogueJSON, &c); err != nil {
		panic("sparkconf: catalogue.json: " + err.Error())
	}
	return c.Keys
})

// Lookup finds a key as the given Spark version knows it. Between catalogued
// versions the nearest older one answers, above the newest the newest; a
// version older than all of them is not known. False: that version has no such key.
func Lookup(name string, v Version) (Key, bool) {
	c, ok := catalogue()[name]
	if !ok || c.Removed != "" && CompareLines(v.Line(), c.Removed) >= 0 {
		return Key{}, false
	}
	i := -1
	for j, d := range c.Defaults {
		if CompareLines(d.Line, v.Line()) <= 0 {
			i = j
		}
	}
	if i < 0 {
		return Key{}, false
	}
	k := Key{Name: name, Type: c.Type, Scope: c.Scope, Fallback: c.Fallback}
	if d := c.Defaults[i].Value; d != nil {
		k.Default = *d
	} else {
		k.Unset = true
	}
	return k, true
}

// Declared reports whether any catalogued version of Spark has the key.
func Declared(name string) bool {
	_, ok := catalogue()[name]
	return ok
}

// tunable are the keys that agents may own: those that change how a batch job
// runs and never what it computes.
var tunable = []string{
	"spark.cores.max",
	"spark.default.parallelism",
	"spark.driver.maxResultSize",
	"spark.driver.memory",
	"spark.dynamicAllocation.enabled",
	"spark.dynamicAllocation.executorAllocationRatio",
	"spark.dynamicAllocation.initialExecutors",
	"spark.dynamicAllocation.maxExecutors",
	"spark.dynamicAllocation.minExecutors",
	"spark.executor.cores",
	"spark.executor.instances",
	"spark.executor.memory",
	"spark.executor.memoryOverhead",
	"spark.executor.memoryOverheadFactor",
	"spark.executor.pyspark.memory",
	"spark.io.compression.codec",
	"spark.kubernetes.executor.limit.cores",
	"spark.kubernetes.executor.request.cores",
	"spark.locality.wait",
	"spark.memory.fraction",
	"spark.memory.offHeap.enabled",
	"spark.memory.offHeap.size",
	"spark.memory.storageFraction",
	"spark.rdd.compress",
	"spark.reducer.maxSizeInFlight",
	"spark.serializer",
	"spark.shuffle.compress",
	"spark.shuffle.file.buffer",
	"spark.shuffle.sort.bypassMergeThreshold",
	"spark.speculation",
	"spark.sql.adaptive.advisoryPartitionSizeInBytes",
	"spark.sql.adaptive.autoBroadcastJoinThreshold",
	"spark.sql.adaptive.coalescePartitions.enabled",
	"spark.sql.adaptive.coalescePartitions.initialPartitionNum",
	"spark.sql.adaptive.coalescePartitions.minPartitionSize",
	"spark.sql.adaptive.coalescePartitions.parallelismFirst",
	"spark.sql.adaptive.enabled",
	"spark.sql.adaptive.skewJoin.enabled",
	"spark.sql.adaptive.skewJoin.skewedPartitionFactor",
	"spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes",
	"spark.sql.autoBroadcastJoinThreshold",
	"spark.sql.files.maxPartitionBytes",
	"spark.sql.files.openCostInBytes",
	"spark.sql.inMemoryColumnarStorage.batchSize",
	"spark.sql.inMemoryColumnarStorage.compressed",
	"spark.sql.shuffle.partitions",
	"spark.task.cpus",
}

// Tunable lists, sorted, the keys of the catalogue that agents may own.
func Tunable() []string { return slices.Clone(tunable) }
