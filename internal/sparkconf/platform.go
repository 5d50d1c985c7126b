package sparkconf

import (
	"regexp"
	"strings"
)

// A Cluster is where a run ran.
type Cluster struct {
	Platform   string // apache, databricks, emr, dataproc, synapse, cloudera, hdinsight
	Manager    string // local, standalone, yarn, kubernetes, mesos, unknown
	DeployMode string // client, cluster
	ID         string // tells clusters apart, the same from night to night
	Dynamic    bool   // dynamic allocation
	Python     bool
}

// Detect reads platform and cluster manager from a log's version and its Spark
// properties.
func Detect(version string, props map[string]string) Cluster {
	c := Cluster{
		Platform:   platform(version, props),
		Manager:    manager(props["spark.master"]),
		DeployMode: strings.ToLower(javaTrim(props["spark.submit.deployMode"])),
		Dynamic:    Canonical("spark.dynamicAllocation.enabled", props["spark.dynamicAllocation.enabled"]) == "true",
		Python:     isPython(func(key string) string { return props[key] }),
	}
	if c.DeployMode == "" {
		c.DeployMode = "client" // Spark's default
	}
	c.ID = clusterID(c, props)
	return c
}

// marks tell vendors apart: first by what they add to the version, then by
// properties that only they set.
var marks = []struct {
	platform string
	version  *regexp.Regexp
	props    []string // prefixes of keys
}{
	{"databricks", regexp.MustCompile(`(?i)databricks|photon`), []string{"spark.databricks.clusterUsageTags.", "spark.databricks.workspaceUrl"}},
	{"emr", regexp.MustCompile(`-amzn-`), []string{"spark.emr.", "spark.emr-serverless."}},
	{"cloudera", regexp.MustCompile(`(?i)-cdh|-cdp|\.7\d{3,6}\.`), []string{"spark.cloudera."}},
	{"dataproc", regexp.MustCompile(`(?i)-dataproc`), []string{"spark.dataproc."}},
	{"synapse", regexp.MustCompile(`(?i)synapse`), []string{"spark.synapse.", "spark.trident."}},
	{"hdinsight", regexp.MustCompile(`(?i)hdinsight`), []string{"spark.hdinsight."}},
}

func platform(version string, props map[string]string) string {
	for _, m := range marks {
		if m.version.MatchString(version) {
			return m.platform
		}
	}
	for _, m := range marks {
		for key := range props {
			for _, prefix := range m.props {
				if strings.HasPrefix(key, prefix) {
					return m.platform
				}
			}
		}
	}
	return "apache"
}

// manager reads a master URL as SparkContext.createTaskScheduler does.
// local-cluster starts standalone workers within one machine.
func manager(master string) string {
	switch {
	case master == "local" || strings.HasPrefix(master, "local["):
		return "local"
	case strings.HasPrefix(master, "spark://") || strings.HasPrefix(master, "local-cluster["):
		return "standalone"
	case master == "yarn" || strings.HasPrefix(master, "yarn-"):
		return "yarn"
	case strings.HasPrefix(master, "k8s://"):
		return "kubernetes"
	case strings.HasPrefix(master, "mesos://") || strings.HasPrefix(master, "zk://"):
		return "mesos"
	}
	return "unknown"
}

// isPython: PySpark sets spark.serializer.objectStreamReset in every application
// (pyspark/core/context.py). spark.submit.pyFiles is there for all, empty.
func isPython(get func(key string) string) bool {
	return get("spark.serializer.objectStreamReset") != "" || get("spark.yarn.isPython") == "true" || get("spark.kubernetes.resource.type") == "python"
}

// identity lists, by platform or else by cluster manager, the properties that
// together name a cluster. Names and ids of clusters that are made anew for
// every night (EMR's job flow, Databricks' cluster id) are not among them: what
// counts is that the same settings find the same machines.
var identity = map[string][]string{
	"databricks": {
		"spark.databricks.clusterUsageTags.clusterNodeType",
		"spark.databricks.clusterUsageTags.driverNodeType",
		"spark.databricks.clusterUsageTags.clusterWorkers",
		"spark.databricks.clusterUsageTags.clusterMinWorkers",
		"spark.databricks.clusterUsageTags.clusterMaxWorkers",
	},
	// EMR's configuration derives these from the instance type.
	"emr": {"spark.emr.default.executor.cores", "spark.emr.default.executor.memory", "spark.yarn.queue"},
	"yarn": {
		"spark.hadoop.yarn.resourcemanager.cluster-id",
		"spark.hadoop.yarn.resourcemanager.address",
		"spark.hadoop.yarn.resourcemanager.hostname",
		"spark.org.apache.hadoop.yarn.server.webproxy.amfilter.AmIpFilter.param.PROXY_HOSTS",
		"spark.yarn.queue",
	},
	"kubernetes": {"spark.master", "spark.kubernetes.namespace"},
	"standalone": {"spark.master"},
	"local":      {"spark.master"},
	"mesos":      {"spark.master"},
}

func clusterID(c Cluster, props map[string]string) string {
	keys, name := identity[c.Platform], c.Platform
	if keys == nil {
		keys, name = identity[c.Manager], c.Manager
	}
	var parts []string
	for _, key := range keys {
		if v := javaTrim(props[key]); v != "" {
			parts = append(parts, v)
		}
	}
	if len(parts) == 0 {
		return name
	}
	return RedactText(name + ":" + strings.Join(parts, ","))
}

// Settable reports whether a properties file can set key there, and if not, why.
func (c Cluster) Settable(key string) (bool, string) {
	if key == RecommendationKey || key == PropensityKey {
		return true, ""
	}
	if _, ok := catalogue()[key]; !ok {
		return false, "not a key that Spark declares"
	}
	executor := strings.HasPrefix(key, "spark.executor.")
	container := strings.HasPrefix(key, "spark.executor.memoryOverhead") || key == "spark.executor.minMemoryOverhead"
	dynamic := strings.HasPrefix(key, "spark.dynamicAllocation.")
	switch {
	case c.Platform == "databricks" && !strings.HasPrefix(key, "spark.sql."):
		return false, "Databricks: a job sets only spark.sql.* keys, the cluster's configuration the others"
	case c.Platform == "databricks" && catalogue()[key].Scope == "static":
		return false, "Databricks: the session exists before the job sets keys"
	case strings.HasPrefix(key, "spark.kubernetes.") && c.Manager != "kubernetes":
		return false, "not on Kubernetes"
	case strings.HasPrefix(key, "spark.yarn.") && c.Manager != "yarn":
		return false, "not on YARN"
	case c.Manager == "local" && (executor || dynamic):
		return false, "local mode has no executors besides the driver"
	case key == "spark.cores.max" && c.Manager != "standalone" && c.Manager != "mesos":
		return false, "only standalone clusters and Mesos know spark.cores.max"
	case c.Manager == "standalone" && container:
		return false, "standalone workers reserve the heap alone, overhead has no effect"
	case c.Manager == "standalone" && key == "spark.executor.instances":
		return false, "standalone: executors are spark.cores.max / spark.executor.cores"
	case c.Dynamic && key == "spark.executor.instances":
		return false, "dynamic allocation: the lever is spark.dynamicAllocation.maxExecutors"
	case !c.Dynamic && dynamic && key != "spark.dynamicAllocation.enabled":
		return false, "dynamic allocation is off"
	case !c.Python && key == "spark.executor.pyspark.memory":
		return false, "no Python application"
	}
	return true, ""
}
