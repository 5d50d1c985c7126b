package sparkconf

import (
	"slices"
	"strings"
	"testing"
)

func version(t *testing.T, s string) Version {
	t.Helper()
	v, err := ParseVersion(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Facts of Spark's documentation and migration guides, against what the
// catalogue got from real Sparks.
func TestDefaultsByVersion(t *testing.T) {
	const unset, absent = "(unset)", "(absent)"
	for _, c := range []struct{ key, version, want string }{
		{"spark.sql.adaptive.enabled", "3.1.3", "false"},
		{"spark.sql.adaptive.enabled", "3.2.0", "true"},
		{"spark.sql.adaptive.enabled", "4.3.0", "true"},
		{"spark.sql.shuffle.partitions", "3.3.0-amzn-0", "200"},
		{"spark.sql.adaptive.advisoryPartitionSizeInBytes", "3.5.7", "64m"},
		{"spark.sql.adaptive.coalescePartitions.parallelismFirst", "3.1.1", absent},
		{"spark.sql.adaptive.coalescePartitions.parallelismFirst", "3.2.0", "true"},
		{"spark.sql.adaptive.coalescePartitions.initialPartitionNum", "3.5.7", unset},
		{"spark.sql.adaptive.skewJoin.skewedPartitionFactor", "3.3.4", "5"},
		{"spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes", "4.0.1", "256m"},
		{"spark.sql.adaptive.autoBroadcastJoinThreshold", "3.5.7", unset},
		{"spark.sql.autoBroadcastJoinThreshold", "3.5.7", "10m"},
		{"spark.sql.files.maxPartitionBytes", "3.5.7", "128m"},
		{"spark.sql.files.openCostInBytes", "3.0.0", "4m"},
		{"spark.sql.maxSinglePartitionBytes", "3.5.7", "9223372036854775807b"},
		{"spark.sql.maxSinglePartitionBytes", "4.0.1", "128m"},
		{"spark.executor.memory", "3.5.7", "1g"},
		{"spark.executor.cores", "3.5.7", unset},
		{"spark.executor.memoryOverhead", "3.5.7", unset},
		{"spark.executor.memoryOverheadFactor", "3.2.4", absent},
		{"spark.executor.memoryOverheadFactor", "3.3.4", "0.1"},
		{"spark.executor.minMemoryOverhead", "3.5.7", absent},
		{"spark.executor.minMemoryOverhead", "4.0.1", "384m"},
		{"spark.default.parallelism", "3.3.4", unset},
		{"spark.default.parallelism", "4.0.1", unset},
		{"spark.speculation.multiplier", "3.5.7", "1.5"},
		{"spark.speculation.multiplier", "4.0.1", "3"},
		{"spark.speculation.quantile", "4.0.1", "0.9"},
		{"spark.dynamicAllocation.maxExecutors", "3.5.7", "2147483647"},
		{"spark.dynamicAllocation.shuffleTracking.enabled", "3.3.4", "false"},
		{"spark.dynamicAllocation.shuffleTracking.enabled", "3.4.4", "true"},
		{"spark.locality.wait", "3.5.7", "3s"},
		{"spark.locality.wait.node", "3.5.7", "3s"},
		{"spark.shuffle.file.buffer", "3.5.7", "32k"},
		{"spark.reducer.maxSizeInFlight", "3.5.7", "48m"},
		{"spark.memory.offHeap.size", "3.5.7", "0"},
		{"spark.blacklist.enabled", "3.0.3", "(unset)"},
		{"spark.blacklist.enabled", "3.5.7", absent},
		{"spark.no.such.key", "3.5.7", absent},
		{"spark.sql.shuffle.partitions", "2.4.8", absent}, // older than the catalogue: not known
	} {
		k, ok := Lookup(c.key, version(t, c.version))
		got := Canonical(c.key, k.Default)
		switch {
		case !ok:
			got = absent
		case k.Unset:
			got = unset
		}
		if got != c.want {
			t.Errorf("%s in %s: %s, want %s", c.key, c.version, got, c.want)
		}
	}
}

func TestTunable(t *testing.T) {
	keys := Tunable()
	if !slices.IsSorted(keys) || len(slices.Compact(slices.Clone(keys))) != len(keys) {
		t.Error("keys are not sorted, or one is there twice")
	}
	newest := version(t, "4.0.1")
	for _, key := range keys {
		k, ok := Lookup(key, newest)
		if !ok {
			t.Errorf("%s is not in the catalogue", key)
			continue
		}
		if sql := strings.HasPrefix(key, "spark.sql."); sql != (k.Scope == "runtime") {
			t.Errorf("%s has scope %q", key, k.Scope)
		}
		if err := Valid(key, k.Default); !k.Unset && err != nil {
			t.Errorf("its own default: %v", err)
		}
	}
	keys[0] = "changed"
	if Tunable()[0] == "changed" {
		t.Error("the caller can change the list")
	}
}

// Every key's newest default must be readable by the type that was found.
func TestDefaultsHaveTheirType(t *testing.T) {
	if n := len(catalogue()); n < 1000 {
		t.Fatalf("%d keys in the catalogue", n)
	}
	for name, c := range catalogue() {
		for i, d := range c.Defaults {
			if d.Value == nil {
				continue
			}
			if err := Valid(name, *d.Value); err != nil && i == len(c.Defaults)-1 {
				t.Errorf("Spark %s: %v", d.Line, err)
			}
			for _, place := range []string{"/home", "/root", "192.", "127.0", "spark-warehouse"} {
				if strings.Contains(*d.Value, place) {
					t.Errorf("%s: default %q comes from the machine that made the catalogue", name, *d.Value)
				}
			}
		}
		if !slices.Contains([]string{"runtime", "static", "application"}, c.Scope) {
			t.Errorf("%s: scope %q", name, c.Scope)
		}
	}
}

func TestCanonical(t *testing.T) {
	for _, c := range []struct{ key, in, want string }{
		{"spark.executor.memory", "1024m", "1g"},
		{"spark.executor.memory", "1024", "1g"},
		{"spark.executor.memory", " 1G ", "1g"},
		{"spark.sql.autoBroadcastJoinThreshold", "10485760", "10m"},
		{"spark.sql.autoBroadcastJoinThreshold", "-1", "-1"},
		{"spark.shuffle.file.buffer", "32", "32k"},
		{"spark.sql.adaptive.enabled", "True", "true"},
		{"spark.sql.shuffle.partitions", "0200", "200"},
		{"spark.memory.fraction", "0.60", "0.6"},
		{"spark.memory.fraction", "6e-1", "0.6"},
		{"spark.dynamicAllocation.executorAllocationRatio", "1.0", "1"},
		{"spark.locality.wait", "3000", "3s"},
		{"spark.locality.wait", "3000ms", "3s"},
		{"spark.sql.broadcastTimeout", "300", "5min"},
		{"spark.serializer", " org.apache.spark.serializer.KryoSerializer", "org.apache.spark.serializer.KryoSerializer"},
		{"spark.executor.memory", "a lot", "a lot"},
		{"spark.memory.fraction", "0x1p-2", "0x1p-2"}, // Go reads it, Spark's users do not mean it
		{"spark.memory.fraction", "NaN", "NaN"},
		{"spark.sql.adaptive.enabled", "yes", "yes"},
		{"spark.custom", " X ", "X"},
	} {
		got := Canonical(c.key, c.in)
		if got != c.want {
			t.Errorf("Canonical(%s, %q) = %q, want %q", c.key, c.in, got, c.want)
		}
		if again := Canonical(c.key, got); again != got {
			t.Errorf("%s: %q becomes %q the second time", c.key, got, again)
		}
	}
}

func TestValid(t *testing.T) {
	for _, c := range []struct{ key, value string }{
		{"spark.executor.memory", "1.5g"}, {"spark.executor.memory", "1g\nspark.x=1"}, {"spark.sql.shuffle.partitions", "many"},
		{"spark.sql.shuffle.partitions", ""}, {"spark.sql.adaptive.enabled", "yes"}, {"spark.memory.fraction", "Infinity"},
		{"spark.locality.wait", "3 s"}, {"spark.nothing", "1"},
		{"spark.sql.shuffle.partitions", "-3"}, {"spark.sql.shuffle.partitions", "0"}, {"spark.sql.shuffle.partitions", "3000000000"},
		{"spark.default.parallelism", "0"}, {"spark.executor.cores", "-1"}, {"spark.executor.memory", ""}, {"spark.executor.memory", "0"},
		{"spark.executor.memory", "449m"}, {"spark.driver.memory", "1m"}, {"spark.executor.memoryOverhead", "-1"}, {"spark.memory.fraction", "0"},
		{"spark.memory.fraction", "1.1"}, {"spark.memory.storageFraction", "1"}, {"spark.shuffle.file.buffer", "512b"},
		{"spark.dynamicAllocation.executorAllocationRatio", "0"}, {"spark.dynamicAllocation.maxExecutors", "0"},
		{"spark.io.compression.codec", "zip"}, {"spark.serializer", "kryo"}, {"spark.serializer", ""},
		{"spark.sql.adaptive.advisoryPartitionSizeInBytes", "-1"}, {"spark.sql.files.maxPartitionBytes", "0"},
	} {
		if Valid(c.key, c.value) == nil {
			t.Errorf("%s=%q is taken as valid", c.key, c.value)
		}
	}
	for _, c := range []struct{ key, value string }{
		{"spark.sql.adaptive.coalescePartitions.minPartitionSize", "1MB"}, {"spark.sql.autoBroadcastJoinThreshold", "-1"}, {"spark.memory.storageFraction", "0"},
		{"spark.executor.memory", "450m"}, {"spark.memory.fraction", "1"}, {"spark.dynamicAllocation.minExecutors", "0"}, {"spark.io.compression.codec", "ZSTD"},
		{"spark.io.compression.codec", "org.apache.spark.io.LZ4CompressionCodec"}, {"spark.shuffle.sort.bypassMergeThreshold", "0"}, {"spark.memory.offHeap.size", "0"},
		{"spark.sql.adaptive.skewJoin.skewedPartitionFactor", "0"}, {"spark.default.parallelism", "2147483647"},
	} {
		if err := Valid(c.key, c.value); err != nil {
			t.Error(err)
		}
	}
	for _, c := range []struct{ key, value, version, want string }{
		{"spark.sql.shuffle.partitions", "-3", "3.5.7", `spark.sql.shuffle.partitions: "-3" is out of range: want at least 1 and at most 2147483647`},
		{"spark.executor.memory", "1m", "3.5.7", `spark.executor.memory: "1m" is out of range: want at least 450m`},
		{"spark.memory.fraction", "0", "3.5.7", `spark.memory.fraction: "0" is out of range: want more than 0 and at most 1`},
		{"spark.executor.memoryOverheadFactor", "0.2", "3.2.4", `Spark 3.2.4 has no key "spark.executor.memoryOverheadFactor"`},
		{"spark.executor.memoryOverheadFactor", "0.2", "3.3.4", ""},
		{"spark.hadoop.fs.s3a.endpoint", "http://store:9000", "3.5.7", ""},
		{"spark.executorEnv.TZ", "UTC", "3.5.7", ""},
		{"spark.executorenv.TZ", "UTC", "3.5.7", `Spark 3.5.7 has no key "spark.executorenv.TZ"`},
		{"spark.sql.shuffle.partitions", "3", "?", `"?" is no Spark version: want major.minor.patch, as in 3.5.7`},
	} {
		got := ""
		if err := Check(c.key, c.value, c.version); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("Check(%s, %q, %s): %q, want %q", c.key, c.value, c.version, got, c.want)
		}
	}
}
