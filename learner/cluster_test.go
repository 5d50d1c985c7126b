package learner

import (
	"context"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spark-apprentice/apprentice/eventlog"
	"github.com/spark-apprentice/apprentice/eventlog/source"
	"github.com/spark-apprentice/apprentice/features"
	"github.com/spark-apprentice/apprentice/internal/sparkconf"
)

// logCase extracts one of the real logs of fixtures/logs.
func logCase(t testing.TB, name string) *features.App {
	t.Helper()
	logs, _, err := source.Find(context.Background(), []string{"../fixtures/logs/" + name})
	if err != nil || len(logs) == 0 {
		t.Fatalf("%s: %d logs, %v", name, len(logs), err)
	}
	app, err := features.Extract(context.Background(), logs[0], eventlog.Options{}, features.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return app
}

// siteOfProps is a place described by properties, on which the baseline had
// executors of some cores, and where a container of 16 GiB and 8 cores ran.
func siteOfProps(version string, props map[string]string, executors, cores int64) (*site, settings) {
	run := &features.Run{SparkVersion: version, ConfLogged: props, ExecutorsMax: executors, CoresMax: executors * cores, ConfEffective: map[string]features.Setting{}}
	v, _ := sparkconf.ParseVersion(version)
	for _, k := range sparkconf.Tunable() {
		if value, ok := props[k]; ok {
			run.ConfEffective[k] = features.Setting{Value: value, Source: features.FromLog}
		} else if key, ok := sparkconf.Lookup(k, v); ok {
			run.ConfEffective[k] = features.Setting{Value: key.Default, Source: features.FromDefault}
		}
	}
	return siteOfRun(run, limits{container: 16 * sparkconf.GiB, cores: 8}), inForce(run)
}

var (
	yarnProps = map[string]string{"spark.master": "yarn", incrementKey: "1024", heapKey: "4g", executorCoresKey: "4", instancesKey: "6"}
	k8sProps  = map[string]string{"spark.master": "k8s://https://api:6443", heapKey: "4g", executorCoresKey: "4", instancesKey: "6", podRequestKey: "2500m", podLimitKey: "4"}
	standProp = map[string]string{"spark.master": "spark://m:7077", heapKey: "4g", executorCoresKey: "4", coresMaxKey: "24"}
)

func plus(props map[string]string, kv ...string) map[string]string {
	m := maps.Clone(props)
	for i := 0; i < len(kv); i += 2 {
		m[kv[i]] = kv[i+1]
	}
	return m
}

const (
	python       = "spark.serializer.objectStreamReset"
	incrementKey = "spark.hadoop.yarn.scheduler.minimum-allocation-mb"
	k8sFactorKey = "spark.kubernetes.memoryOverheadFactor" // the log of a PySpark run in cluster mode has it
)

// What settings ask of each cluster manager, by Spark's own rules.
func TestAllocation(t *testing.T) {
	const gib, mib = sparkconf.GiB, sparkconf.MiB
	dynamic := []string{"spark.dynamicAllocation.enabled", "true"}
	for _, test := range []struct {
		name             string
		version          string
		props            map[string]string
		executors, cores int64 // seen
		slots, container int64
		why              string
	}{
		{name: "YARN rounds up to its increment", props: yarnProps, executors: 6, cores: 4, slots: 24, container: 5 * gib}, // 4096+409
		{name: "YARN, smaller increment", props: plus(yarnProps, incrementKey, "256"), executors: 6, cores: 4, slots: 24, container: 4608 * mib},
		{name: "YARN, overhead asked for", props: plus(yarnProps, overheadKey, "2g"), executors: 6, cores: 4, slots: 24, container: 6 * gib},
		{name: "YARN, defaults", props: map[string]string{"spark.master": "yarn"}, executors: 2, cores: 1, slots: 2, container: 1408 * mib}, // 1024+384
		{name: "YARN, Python limit", props: plus(yarnProps, python, "100", pythonKey, "1g"), executors: 6, cores: 4, slots: 24, container: 6 * gib},
		{name: "YARN, a Python limit that no Python reads", props: plus(yarnProps, pythonKey, "1g"), executors: 6, cores: 4, slots: 24, container: 5 * gib},
		{name: "YARN, dynamic with a maximum", props: plus(yarnProps, append(dynamic, maxExecutorsKey, "10")...), executors: 7, cores: 4, slots: 40, container: 5 * gib},
		{name: "YARN, dynamic without: what was seen", props: plus(yarnProps, dynamic...), executors: 7, cores: 4, slots: 28, container: 5 * gib},
		{name: "YARN, two cores a task", props: plus(yarnProps, "spark.task.cpus", "2"), executors: 6, cores: 4, slots: 12, container: 5 * gib},
		{name: "Kubernetes, JVM", props: k8sProps, executors: 6, cores: 4, slots: 24, container: 4505 * mib},
		{name: "Kubernetes, Python in client mode gets 10 %", props: plus(k8sProps, python, "100"), executors: 6, cores: 4, slots: 24, container: 4505 * mib},
		{name: "Kubernetes, Python in cluster mode gets 40 %", props: plus(k8sProps, python, "100", k8sFactorKey, "0.4"), executors: 6, cores: 4, slots: 24, container: 5734 * mib},
		{name: "Kubernetes, Python in cluster mode and a factor", props: plus(k8sProps, python, "100", k8sFactorKey, "0.4", overheadFactorKey, "0.1"), executors: 6, cores: 4, slots: 24, container: 4505 * mib},
		{name: "Kubernetes, 4.0's floor", version: "4.0.1", props: plus(k8sProps, "spark.executor.minMemoryOverhead", "1g"), executors: 6, cores: 4, slots: 24, container: 5 * gib},
		{name: "Kubernetes, off-heap", props: plus(k8sProps, "spark.memory.offHeap.enabled", "true", "spark.memory.offHeap.size", "1g"), executors: 6, cores: 4, slots: 24, container: 5529 * mib},
		{name: "standalone counts the heap", props: standProp, executors: 6, cores: 4, slots: 24, container: 4 * gib},
		{name: "standalone, whole workers", props: map[string]string{"spark.master": "spark://m:7077", heapKey: "4g"}, executors: 3, cores: 8, slots: 24, container: 4 * gib},
		{name: "standalone, dynamic", props: plus(standProp, append(dynamic, maxExecutorsKey, "2")...), executors: 2, cores: 4, slots: 8, container: 4 * gib},
		{name: "standalone, never seen", props: map[string]string{"spark.master": "spark://m:7077", heapKey: "4g"}, why: "cores are not known"},
		{name: "local: the driver is the executor", props: map[string]string{"spark.master": "local[2]", "spark.driver.memory": "3g", heapKey: "9g"}, executors: 1, cores: 2, slots: 2, container: 3 * gib},
		{name: "Databricks", props: plus(standProp, "spark.databricks.clusterUsageTags.clusterNodeType", "i3.xlarge"), executors: 6, cores: 4, why: "cluster's configuration"},
		{name: "nothing known of the heap", props: map[string]string{"spark.master": "yarn", heapKey: "x"}, executors: 2, cores: 1, why: "heap is not known"},
	} {
		version := test.version
		if version == "" {
			version = "3.5.7"
		}
		p, s := siteOfProps(version, test.props, test.executors, test.cores)
		a, why := p.allocationOf(s)
		if test.why != "" {
			if !strings.Contains(why, test.why) {
				t.Errorf("%s: %q, want %q", test.name, why, test.why)
			}
			continue
		}
		if why != "" || a.slots() != test.slots || a.container != test.container {
			t.Errorf("%s: %d slots, container %s, %q; want %d, %s", test.name, a.slots(), sparkconf.FormatSize(a.container), why, test.slots, sparkconf.FormatSize(test.container))
		}
	}
}

// Shapes become the keys of each cluster manager.
func TestCompile(t *testing.T) {
	dynamic := []string{"spark.dynamicAllocation.enabled", "true"}
	for _, test := range []struct {
		name          string
		props         map[string]string
		slots, memory float64 // times the baseline's
		limit         func(*limits)
		want          settings
		why           string
	}{
		{name: "nothing changes", props: yarnProps, slots: 1, memory: 1, want: settings{}},
		{name: "YARN, more executors", props: yarnProps, slots: 2, memory: 1, want: settings{instancesKey: "12"}},
		{name: "YARN, more memory", props: yarnProps, slots: 1, memory: 2, want: settings{heapKey: "8g"}},
		{name: "YARN, more memory where containers are small", props: yarnProps, slots: 1, memory: 2, limit: func(l *limits) { l.container = 5 * sparkconf.GiB },
			want: settings{executorCoresKey: "2", instancesKey: "12"}},
		{name: "YARN, rounded beyond the largest container", props: yarnProps, slots: 1, memory: 2, limit: func(l *limits) { l.container, l.cores = 9*sparkconf.GiB-1, 4; l.total = 23 },
			want: settings{executorCoresKey: "2", instancesKey: "12"}}, // the quota binds only what grows
		{name: "YARN, dynamic", props: plus(yarnProps, append(dynamic, maxExecutorsKey, "6", instancesKey, "2")...), slots: 2, memory: 1, want: settings{maxExecutorsKey: "12"}},
		{name: "YARN, dynamic, below what it starts with", props: plus(yarnProps, append(dynamic, maxExecutorsKey, "6")...), slots: 0.5, memory: 1, limit: func(l *limits) { l.cores = 4 }, want: nil, why: ""},
		{name: "Kubernetes, requests move with cores", props: k8sProps, slots: 1, memory: 2, limit: func(l *limits) { l.container = 5 * sparkconf.GiB },
			want: settings{executorCoresKey: "2", instancesKey: "12", podRequestKey: "1250m", podLimitKey: "2"}},
		{name: "Kubernetes, whole cores", props: plus(k8sProps, podRequestKey, "4"), slots: 1, memory: 2, limit: func(l *limits) { l.container = 5 * sparkconf.GiB },
			want: settings{executorCoresKey: "2", instancesKey: "12", podRequestKey: "2", podLimitKey: "2"}},
		{name: "standalone, executors are cores.max over cores", props: standProp, slots: 2, memory: 1, want: settings{coresMaxKey: "48"}},
		{name: "standalone, the same cores in other portions", props: standProp, slots: 1, memory: 2, limit: func(l *limits) { l.container = 5 * sparkconf.GiB }, want: settings{executorCoresKey: "2"}},
		{name: "standalone, dynamic", props: plus(standProp, append(dynamic, maxExecutorsKey, "3")...), slots: 2, memory: 1, want: settings{maxExecutorsKey: "6"}},
		{name: "standalone, dynamic, beyond cores.max", props: plus(standProp, append(dynamic, maxExecutorsKey, "6")...), slots: 2, memory: 1, want: settings{maxExecutorsKey: "12", coresMaxKey: "48"}},
		{name: "quota of cores", props: yarnProps, slots: 2, memory: 1, limit: func(l *limits) { l.total, l.quota.PipelineCores = 47, 47 }, why: "needs 48 cores at once; a pipeline may have 47"},
		{name: "quota of memory", props: yarnProps, slots: 2, memory: 1, limit: func(l *limits) { l.memory, l.quota.PipelineMemory, l.cores = 59*sparkconf.GiB, 59*sparkconf.GiB, 4 }, why: "needs 60g at once; a pipeline may have 59g"},
		{name: "nodes", props: yarnProps, slots: 2, memory: 1, limit: func(l *limits) {
			l.cores, l.quota.Nodes, l.quota.NodeCores, l.quota.NodeMemory = 4, 5, 16, 12*sparkconf.GiB
		}, why: "the nodes hold 10"}, // memory: 2 of 5 GiB on each
		{name: "local", props: map[string]string{"spark.master": "local[4]"}, slots: 2, memory: 1, why: "local"},
		{name: "Databricks", props: plus(yarnProps, "spark.databricks.workspaceUrl", "x"), slots: 2, memory: 1, why: "cluster's configuration"},
	} {
		seen, cores := int64(6), int64(4)
		if strings.HasPrefix(test.props["spark.master"], "local") {
			seen = 1
		}
		p, s := siteOfProps("3.5.7", test.props, seen, cores)
		if test.limit != nil {
			test.limit(&p.limits)
		}
		from, _ := p.allocationOf(s)
		at := from.shape()
		got, why := p.compile(s, shape{int64(test.slots * float64(at.slots)), int64(test.memory * float64(at.perSlot))})
		switch {
		case test.why != "":
			if !strings.Contains(why, test.why) {
				t.Errorf("%s: %v, %q; want %q", test.name, got, why, test.why)
			}
		case test.want == nil:
			// Fewer executors than it starts with are never asked for.
			if n, ok := whole(got[maxExecutorsKey]); ok && n < 6 {
				t.Errorf("%s: %v", test.name, got)
			}
		case why != "" || !maps.Equal(got, test.want):
			t.Errorf("%s: %v, %q; want %v", test.name, got, why, test.want)
		}
	}
}

// Real logs: what they had, and who stays silent.
func TestSitesOfRealLogs(t *testing.T) {
	for _, test := range []struct {
		name, silent string
		slots        int64
		container    int64
	}{
		{"j_dynamic_allocation", "", 3, 512 * sparkconf.MiB},
		{"j_resource_profile", "resource profiles of its own", 0, 0},
		{"j_python_udf", "", 2, sparkconf.GiB},
		{"c_no_spill", "", 2, sparkconf.GiB},
		{"e_oom_recovers", "", 0, 512 * sparkconf.MiB},
	} {
		app := logCase(t, test.name)
		f := Fleet{Runs: []features.Run{app.Run}, Executors: app.Executors}
		l := clusterLimits(f.Runs, nil)[app.Run.ClusterID]
		p := siteOfRun(&app.Run, l)
		p.profiles = profiledRuns(f.Executors)[app.Run.RunKey]
		a, why := p.allocationOf(inForce(&app.Run))
		t.Logf("%s: %s, %d × %d cores, container %s, %q", test.name, p.cluster.Manager, a.executors, a.cores, sparkconf.FormatSize(a.container), why)
		if got := p.silent(); !strings.Contains(got, test.silent) || (got == "") != (test.silent == "") {
			t.Errorf("%s: silent: %q, want %q", test.name, got, test.silent)
		}
		if test.slots > 0 && a.slots() != test.slots || test.container > 0 && a.container != test.container {
			t.Errorf("%s: %d slots, container %d", test.name, a.slots(), a.container)
		}
		for _, agent := range DefaultAgents() {
			for _, m := range p.moves(agent, inForce(&app.Run), candidates) {
				for k := range m.changes {
					if strings.HasPrefix(k, "spark.executor.") && m.why == "" && (p.cluster.Manager == "local" || p.profiles) {
						t.Errorf("%s: %s proposes %v", test.name, agent.Name, m.changes)
					}
				}
			}
		}
	}
}

// Guard 2 on every cluster manager: memory goes down on observed runs only, a
// quarter at most, above what was used, never beside a failure.
func TestMemoryGoesDownWithEvidenceOnly(t *testing.T) {
	places := map[string]map[string]string{
		"yarn": yarnProps, "yarn dynamic": plus(yarnProps, "spark.dynamicAllocation.enabled", "true", maxExecutorsKey, "6"),
		"kubernetes": k8sProps, "kubernetes Python": plus(k8sProps, python, "100"), "standalone": standProp,
		"standalone dynamic": plus(standProp, "spark.dynamicAllocation.enabled", "true", maxExecutorsKey, "6"),
		"local":              {"spark.master": "local[4]", "spark.driver.memory": "4g"},
	}
	for place, props := range places {
		for _, test := range []struct {
			name    string
			changes settings
			seen    bool
			change  func(*site)
			why     string
		}{
			{"nobody ran it", settings{heapKey: "3584m"}, false, nil, "only on observed runs"},
			{"by an eighth", settings{heapKey: "3584m"}, true, nil, ""},
			{"by a half", settings{heapKey: "2g"}, true, nil, "more than a quarter"},
			{"below what was used", settings{heapKey: "3g"}, true, func(p *site) { p.peak = 2200 * sparkconf.MiB }, "1.3 times the largest peak"},
			{"use unknown", settings{heapKey: "3584m"}, true, func(p *site) { p.peak = 0 }, "no log tells"},
			{"after a failure", settings{heapKey: "3584m"}, true, func(p *site) { p.failed = "2026-01-01" }, "a run failed on 2026-01-01"},
			{"container unknown", settings{heapKey: "3584m"}, true, func(p *site) { p.limits.container = 0 }, unknownContainer},
			{"container unknown, more", settings{heapKey: "5g"}, true, func(p *site) { p.limits.container = 0 }, unknownContainer},
			{"profiles", settings{heapKey: "5g"}, true, func(p *site) { p.profiles = true }, "resource profiles"},
			{"fraction, nobody ran it", settings{fractionKey: "0.5"}, false, nil, "only on observed runs"},
			{"fraction", settings{fractionKey: "0.5"}, true, nil, ""},
			{"fraction by a third", settings{fractionKey: "0.4"}, true, nil, "more than a quarter"},
			{"more tasks on one heap, nobody ran it", settings{executorCoresKey: "8"}, false, nil, "memory per task slot"},
			{"more tasks on one heap", settings{executorCoresKey: "8"}, true, nil, ""},
			{"more tasks on one heap after a failure", settings{executorCoresKey: "8"}, true, func(p *site) { p.failed = "2026-01-01" }, "a run failed"},
			{"more", settings{heapKey: "5g", fractionKey: "0.7"}, false, nil, ""},
		} {
			executors := int64(6)
			p, s := siteOfProps("3.5.7", props, executors, 4)
			if p.cluster.Manager == "local" {
				if _, ok := test.changes[fractionKey]; !ok || test.changes[heapKey] != "" {
					continue // executors' keys say nothing there
				}
				p.executors = 1
			}
			p.peak = sparkconf.GiB
			if test.change != nil {
				test.change(p)
			}
			got := p.lessMemory(s, merged(s, test.changes), test.seen)
			if !strings.Contains(got, test.why) || (got == "") != (test.why == "") {
				t.Errorf("%s, %s: %q, want %q", place, test.name, got, test.why)
			}
		}
	}
	// Overhead, where containers have one.
	for _, props := range []map[string]string{plus(yarnProps, overheadKey, "1g"), plus(k8sProps, overheadKey, "1g")} {
		p, s := siteOfProps("3.5.7", props, 6, 4)
		p.peak = sparkconf.GiB
		for value, want := range map[string]string{"512m": "more than a quarter", "896m": "", "2g": ""} {
			if got := p.lessMemory(s, merged(s, settings{overheadKey: value}), true); !strings.Contains(got, want) || (got == "") != (want == "") {
				t.Errorf("overhead %s: %q, want %q", value, got, want)
			}
		}
	}
}

// randomPlace makes up a cluster manager, a baseline and limits.
func randomPlace(rng *rand.Rand) (*site, settings) {
	pick := func(values ...string) string { return values[rng.IntN(len(values))] }
	props := map[string]string{
		"spark.master": pick("yarn", "k8s://https://api", "spark://m:7077", "local[4]"),
		heapKey:        pick("1g", "2g", "3g", "4000m", "6g", "12g"), executorCoresKey: pick("1", "2", "3", "4", "6"),
		instancesKey: pick("1", "2", "5", "12"), coresMaxKey: strconv.Itoa(12 * (1 + rng.IntN(4))), "spark.driver.memory": pick("1g", "2g", "8g"),
	}
	optional := func(key string, values ...string) {
		if rng.IntN(3) == 0 {
			props[key] = pick(values...)
		}
	}
	optional("spark.dynamicAllocation.enabled", "true")
	optional(maxExecutorsKey, "2", "6", "20")
	optional("spark.dynamicAllocation.minExecutors", "1", "3")
	optional(overheadKey, "384m", "1g", "2g")
	optional(overheadFactorKey, "0.2")
	optional(python, "100")
	optional(k8sFactorKey, "0.4")
	if props[k8sFactorKey] != "" && strings.HasPrefix(props["spark.master"], "k8s") {
		props["spark.kubernetes.resource.type"] = pick("java", "python")
	}
	optional(pythonKey, "512m", "1g")
	optional(podRequestKey, "500m", "2", "1.5")
	optional(podLimitKey, "4")
	optional("spark.task.cpus", "1", "2")
	optional(fractionKey, "0.5", "0.7")
	optional("spark.databricks.workspaceUrl", "x")
	optional(incrementKey, "512", "2048")
	p, s := siteOfProps(pick("3.3.4", "3.5.7", "4.0.1"), props, int64(1+rng.IntN(8)), int64(1+rng.IntN(6)))
	maps.DeleteFunc(s, func(k, _ string) bool {
		return props[k] == "" && !strings.Contains(k, "memory") && !strings.Contains(k, "Broadcast") && !strings.Contains(k, "Allocation")
	})
	p.limits = limits{container: int64(rng.IntN(24)) * sparkconf.GiB, cores: int64(rng.IntN(9))}
	if rng.IntN(2) == 0 {
		p.limits.total, p.limits.memory = int64(rng.IntN(64)), int64(rng.IntN(200))*sparkconf.GiB
		p.limits.quota = Limit{PipelineCores: p.limits.total * rng.Int64N(2), PipelineMemory: p.limits.memory * rng.Int64N(2)}
	}
	if rng.IntN(3) == 0 {
		p.limits.quota.Nodes, p.limits.quota.NodeCores, p.limits.quota.NodeMemory = int64(1+rng.IntN(8)), int64(4+rng.IntN(28)), int64(8+rng.IntN(120))*sparkconf.GiB
	}
	p.peak = int64(rng.IntN(8)) * sparkconf.GiB / 4
	p.profiles = rng.IntN(10) == 0
	return p, s
}

// violation states the hard limits a second time, straight from the keys: what
// is wrong with settings that nobody ran, "" if nothing.
func violation(p *site, before, after settings) string {
	size := func(s settings, key string, unit int64) int64 { n, _ := sparkconf.ParseSize(s[key], unit); return n }
	number := func(s settings, key string, or int64) int64 {
		if n, err := strconv.ParseInt(s[key], 10, 64); err == nil {
			return n
		}
		return or
	}
	changed := func(key string) bool { return before[key] != after[key] }
	for _, k := range []string{"spark.sql.autoBroadcastJoinThreshold", "spark.sql.adaptive.autoBroadcastJoinThreshold"} {
		if changed(k) && size(after, k, 1)*10 > max(size(after, "spark.driver.memory", sparkconf.MiB), 0) {
			return k + " beyond a tenth of the driver"
		}
	}
	for k := range after {
		if ok, why := p.cluster.Settable(k); changed(k) && !ok {
			return why
		}
	}
	sized := slices.ContainsFunc(append([]string{fractionKey}, sizeKeys...), changed)
	if !sized {
		return ""
	}
	if p.profiles || p.cluster.Platform == "databricks" {
		return "not to be sized"
	}
	for _, k := range []string{heapKey, overheadKey, pythonKey, fractionKey, overheadFactorKey} {
		b, _ := number64(before[k])
		a, _ := number64(after[k])
		if a < b || size(after, k, sparkconf.MiB) < size(before, k, sparkconf.MiB) {
			return k + " went down"
		}
	}
	if p.cluster.Manager == "local" {
		return ""
	}
	if p.limits.container == 0 {
		return "container unknown"
	}
	cores := func(s settings) int64 {
		if p.cluster.Manager == "standalone" {
			return number(s, executorCoresKey, p.cores)
		}
		return number(s, executorCoresKey, 1)
	}
	executors := func(s settings) int64 {
		most := number(s, maxExecutorsKey, 1<<31-1)
		switch {
		case p.cluster.Manager == "standalone":
			n := number(s, coresMaxKey, 0) / cores(s)
			if p.cluster.Dynamic {
				n = min(n, most)
			}
			return n
		case p.cluster.Dynamic && most < 1<<31-1:
			return most
		case p.cluster.Dynamic:
			return p.executors
		}
		return number(s, instancesKey, 2)
	}
	container := func(s settings) int64 {
		heap := size(s, heapKey, sparkconf.MiB)
		if p.cluster.Manager == "standalone" {
			return heap
		}
		over := size(s, overheadKey, sparkconf.MiB)
		if over == 0 {
			factor, ok := number64(s[overheadFactorKey])
			if !ok || factor == 0.1 && p.props[overheadFactorKey] == "" {
				factor = 0.1
				if f, ok := number64(p.props[k8sFactorKey]); ok && p.cluster.Manager == "kubernetes" {
					factor = f
				}
			}
			over = max(384*sparkconf.MiB, int64(factor*float64(heap>>20))<<20)
		}
		total := heap + over
		if p.cluster.Python && p.cluster.Manager == "yarn" || p.props["spark.kubernetes.resource.type"] == "python" {
			total += size(s, pythonKey, sparkconf.MiB)
		}
		if p.cluster.Manager == "yarn" {
			unit := number(settings(p.props), incrementKey, 1) << 20
			total = (total + unit - 1) / unit * unit
		}
		return total
	}
	cpus := number(after, "spark.task.cpus", 1)
	per := func(s settings) int64 { return size(s, heapKey, sparkconf.MiB) / max(cores(s)/cpus, 1) }
	grew := func(f func(settings) int64) bool { return f(after) > f(before) }
	totalCores := func(s settings) int64 { return executors(s) * cores(s) }
	totalMemory := func(s settings) int64 { return executors(s) * container(s) }
	q := p.limits.quota
	switch {
	case per(after) < per(before):
		return "memory per slot went down"
	case grew(container) && container(after) > p.limits.container:
		return "container"
	case grew(cores) && p.limits.cores > 0 && cores(after) > p.limits.cores:
		return "cores"
	case p.limits.total > 0 && grew(totalCores) && totalCores(after) > p.limits.total:
		return "quota of cores"
	case p.limits.memory > 0 && grew(totalMemory) && totalMemory(after) > p.limits.memory:
		return "quota of memory"
	case cores(after)%cpus != 0 && changed(executorCoresKey):
		return "cores that no task can use"
	case p.cluster.Dynamic && executors(after) < number(before, "spark.dynamicAllocation.minExecutors", 0) && changed(maxExecutorsKey):
		return "fewer executors than the minimum"
	}
	if q.Nodes > 0 && (grew(executors) || grew(cores) || grew(container)) {
		if fit := q.Nodes * min(q.NodeCores/cores(after), q.NodeMemory/container(after)); executors(after) > fit {
			return "nodes"
		}
	}
	f, _ := number64(after[fractionKey])
	if task := int64(float64(size(after, heapKey, sparkconf.MiB)-300*sparkconf.MiB)*f) / max(cores(after)/cpus, 1); per(after) < per(before) && task < 64*sparkconf.MiB {
		return "execution memory"
	}
	return ""
}

func candidates(k OwnedKey, _ string) []string { return k.Candidates }

// Over 10,000 made-up places no move of any agent breaks a limit, and the
// coordinator's joint choice over the moves of all agents, asked for through
// forbids, equals brute force and breaks none either.
func TestMovesWithinLimits(t *testing.T) {
	agents := DefaultAgents()
	agents[0].Keys = slices.DeleteFunc(agents[0].Keys, func(k OwnedKey) bool { return !strings.Contains(k.Name, "Broadcast") }) // no limit touches its others
	agents = agents[:3]
	agents[2].Keys = append(agents[2].Keys, OwnedKey{Name: heapKey}) // people's own agents may move shapes and heap together
	rng := rand.New(rand.NewPCG(6, 6))
	var allowed, refused, joints, forbidden, violations int
	instances := 10_000
	if testing.Short() { // the race detector's run
		instances = 500
	}
	for instance := range instances {
		p, base := randomPlace(rng)
		lists := make([][]choice, len(agents))
		sets := map[string]settings{}
		for i, agent := range agents {
			lists[i] = []choice{{}}
			for n, m := range p.moves(agent, base, candidates) {
				if m.why != "" {
					refused++
					continue
				}
				allowed++
				if v := violation(p, base, merged(base, m.changes)); v != "" {
					violations++
					t.Errorf("instance %d: %s %v from %v: %s", instance, agent.Name, m.changes, base, v)
				}
				text := agent.Name + strconv.Itoa(n)
				sets[text] = m.changes
				lists[i] = append(lists[i], choice{text: text, q: float64(rng.IntN(64)) / 64, changed: len(m.changes)})
			}
			lists[i] = best(lists[i])
			if i == 0 && len(lists[i]) > 2 {
				lists[i] = lists[i][:2]
			}
		}
		join := func(cs []choice) settings {
			s := settings{}
			for _, c := range cs {
				for k, v := range sets[c.text] {
					s[k] = v
				}
			}
			return s
		}
		no := map[string]bool{}
		bound := func(cs []choice) (float64, bool) {
			var v float64
			text := ""
			for _, c := range cs {
				v += c.q
				text += c.text + "|"
			}
			if _, ok := no[text]; !ok {
				joined := join(cs)
				no[text] = p.forbids(base, merged(base, joined), sortedKeys(joined)) != ""
				joints++
				forbidden += b2i(no[text])
			}
			return v, !no[text]
		}
		got, want := coordinate(lists, 0.03, bound), bruteForce(lists, 0.03, bound)
		if !slices.EqualFunc(got, want, func(a, b choice) bool { return a.text == b.text }) {
			t.Fatalf("instance %d: %v, want %v", instance, got, want)
		}
		if v := violation(p, base, merged(base, join(got))); v != "" {
			violations++
			t.Errorf("instance %d: joint %v: %s", instance, join(got), v)
		}
		if violations > 5 {
			t.FailNow()
		}
	}
	t.Logf("%d moves allowed, %d refused; %d of %d joint choices forbidden; %d violations", allowed, refused, forbidden, joints, violations)
	if allowed < 5*instances || refused < 5*instances || forbidden < instances/10 {
		t.Error("the instances test too little")
	}
}

// Settings and allocation are inverses: an allocation spelled out reads back as
// itself, and the baseline's own shape changes nothing.
func TestSpellReadsBack(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	checked := 0
	for range 3000 {
		p, base := randomPlace(rng)
		p.limits.quota, p.limits.total, p.limits.memory = Limit{}, 0, 0
		from, why := p.allocationOf(base)
		if why != "" {
			continue
		}
		if changes, why := p.compile(base, from.shape()); why == "" && len(changes) > 0 {
			t.Fatalf("the baseline's shape changes %v of %v", changes, base)
		}
		to := from
		to.executors, to.heap = 1+rng.Int64N(20), (1+rng.Int64N(12))*sparkconf.GiB
		to.cores = from.cpus * (1 + rng.Int64N(6))
		changes, why := p.spell(base, from, to)
		if why != "" {
			continue
		}
		got, why := p.allocationOf(merged(base, changes))
		got.overhead, got.container = to.overhead, to.container
		if d := cmp.Diff(to, got, cmp.AllowUnexported(allocation{})); why != "" || d != "" {
			t.Fatalf("%v: %q\n%s", changes, why, d)
		}
		checked++
	}
	if checked < 500 {
		t.Errorf("only %d were spelled out", checked)
	}
}
