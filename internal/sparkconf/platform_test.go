package sparkconf

import (
	"strings"
	"testing"
)

func TestDetect(t *testing.T) {
	databricks := map[string]string{
		"spark.master": "spark://10.0.0.5:7077", "spark.databricks.clusterUsageTags.clusterNodeType": "i3.xlarge",
		"spark.databricks.clusterUsageTags.driverNodeType": "i3.xlarge", "spark.databricks.clusterUsageTags.clusterWorkers": "8",
		"spark.databricks.clusterUsageTags.clusterId": "1124-000000-abc",
	}
	for _, c := range []struct {
		name, version string
		props         map[string]string
		want          Cluster
	}{
		{"local, Python", "3.5.7", map[string]string{"spark.master": "local[2]", "spark.submit.deployMode": "client", "spark.serializer.objectStreamReset": "100"},
			Cluster{"apache", "local", "client", "local:local[2]", false, true}},
		// A Java application's log: spark.submit.pyFiles is there, and empty.
		{"local, Java", "3.5.7", map[string]string{"spark.master": "local[*]", "spark.submit.pyFiles": ""},
			Cluster{"apache", "local", "client", "local:local[*]", false, false}},
		{"standalone", "3.5.7", map[string]string{"spark.master": "spark://10.0.0.5:7077", "spark.dynamicAllocation.enabled": "True"},
			Cluster{"apache", "standalone", "client", "standalone:spark://10.0.0.5:7077", true, false}},
		{"workers in one process", "3.5.7", map[string]string{"spark.master": "local-cluster[2,1,1024]"},
			Cluster{"apache", "standalone", "client", "standalone:local-cluster[2,1,1024]", false, false}},
		{"EMR", "3.3.0-amzn-0", map[string]string{"spark.master": "yarn", "spark.submit.deployMode": "cluster", "spark.emr.default.executor.cores": "4",
			"spark.emr.default.executor.memory": "18971M", "spark.yarn.isPython": "true"},
			Cluster{"emr", "yarn", "cluster", "emr:4,18971M", false, true}},
		{"EMR without its properties", "3.3.0-amzn-0", map[string]string{"spark.master": "yarn"}, Cluster{"emr", "yarn", "client", "emr", false, false}},
		{"YARN", "3.4.1", map[string]string{"spark.master": "yarn", "spark.yarn.queue": "etl",
			"spark.org.apache.hadoop.yarn.server.webproxy.amfilter.AmIpFilter.param.PROXY_HOSTS": "rm1,rm2"},
			Cluster{"apache", "yarn", "client", "yarn:rm1,rm2,etl", false, false}},
		{"Cloudera", "3.3.2.3.3.7190.0-91", map[string]string{"spark.master": "yarn"}, Cluster{"cloudera", "yarn", "client", "yarn", false, false}},
		{"Cloudera of old", "2.4.0-cdh6.3.2", map[string]string{"spark.master": "yarn"}, Cluster{"cloudera", "yarn", "client", "yarn", false, false}},
		{"Databricks", "3.5.0", databricks, Cluster{"databricks", "standalone", "client", "databricks:i3.xlarge,i3.xlarge,8", false, false}},
		{"Dataproc", "3.5.1", map[string]string{"spark.master": "yarn", "spark.dataproc.sql.joinConditionReorder.enabled": "true"},
			Cluster{"dataproc", "yarn", "client", "yarn", false, false}},
		{"Synapse", "3.4.1.5.3.20240713.1", map[string]string{"spark.master": "yarn", "spark.synapse.workspace.name": "w"},
			Cluster{"synapse", "yarn", "client", "yarn", false, false}},
		{"Kubernetes", "4.0.1", map[string]string{"spark.master": "k8s://https://api:6443", "spark.kubernetes.namespace": "etl", "spark.submit.deployMode": "cluster",
			"spark.kubernetes.resource.type": "python"},
			Cluster{"apache", "kubernetes", "cluster", "kubernetes:k8s://https://api:6443,etl", false, true}},
		{"nothing known", "", nil, Cluster{"apache", "unknown", "client", "unknown", false, false}},
		{"a secret in the master's address", "3.5.7", map[string]string{"spark.master": "k8s://https://u:hunter2@api"},
			Cluster{"apache", "kubernetes", "client", "kubernetes:k8s://https://u:" + Redacted + "@api", false, false}},
	} {
		if got := Detect(c.version, c.props); got != c.want {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, got, c.want)
		}
	}
	// The same machines under a new id are the same cluster.
	before := Detect("3.5.0", databricks).ID
	databricks["spark.databricks.clusterUsageTags.clusterId"] = "1125-000000-xyz"
	if after := Detect("3.5.0", databricks).ID; after != before {
		t.Errorf("a cluster made anew is another one: %s, %s", before, after)
	}
	databricks["spark.databricks.clusterUsageTags.clusterWorkers"] = "16"
	if after := Detect("3.5.0", databricks).ID; after == before {
		t.Errorf("16 workers are the same cluster as 8: %s", after)
	}
}

func TestSettable(t *testing.T) {
	for _, c := range []struct {
		cluster Cluster
		yes, no string // keys, separated by blanks
	}{
		{Cluster{Platform: "apache", Manager: "local", Python: true},
			"spark.sql.shuffle.partitions spark.default.parallelism spark.memory.fraction spark.driver.memory spark.task.cpus spark.sql.extensions",
			"spark.executor.memory spark.executor.cores spark.executor.instances spark.executor.memoryOverhead spark.executor.pyspark.memory spark.cores.max spark.dynamicAllocation.enabled spark.dynamicAllocation.maxExecutors spark.kubernetes.executor.request.cores"},
		{Cluster{Platform: "apache", Manager: "standalone"},
			"spark.executor.memory spark.executor.cores spark.cores.max spark.dynamicAllocation.enabled",
			"spark.executor.instances spark.executor.memoryOverhead spark.executor.memoryOverheadFactor spark.dynamicAllocation.maxExecutors spark.executor.pyspark.memory"},
		{Cluster{Platform: "apache", Manager: "yarn", Dynamic: true, Python: true},
			"spark.executor.memory spark.executor.memoryOverhead spark.dynamicAllocation.maxExecutors spark.dynamicAllocation.executorAllocationRatio spark.executor.pyspark.memory spark.yarn.queue",
			"spark.executor.instances spark.cores.max spark.kubernetes.executor.request.cores"},
		{Cluster{Platform: "emr", Manager: "yarn"},
			"spark.executor.instances spark.executor.memoryOverheadFactor", "spark.dynamicAllocation.minExecutors spark.cores.max"},
		{Cluster{Platform: "apache", Manager: "kubernetes"},
			"spark.kubernetes.executor.request.cores spark.executor.instances", "spark.yarn.queue spark.cores.max"},
		{Cluster{Platform: "databricks", Manager: "standalone"},
			"spark.sql.shuffle.partitions spark.sql.adaptive.enabled " + RecommendationKey,
			"spark.executor.memory spark.memory.fraction spark.sql.extensions spark.default.parallelism"},
		{Cluster{Platform: "apache", Manager: "unknown"}, RecommendationKey + " " + PropensityKey + " spark.executor.memory", "spark.nothing spark.custom"},
	} {
		for _, key := range strings.Fields(c.yes) {
			if ok, why := c.cluster.Settable(key); !ok || why != "" {
				t.Errorf("%+v: %s is not settable: %s", c.cluster, key, why)
			}
		}
		for _, key := range strings.Fields(c.no) {
			if ok, why := c.cluster.Settable(key); ok || why == "" {
				t.Errorf("%+v: %s is settable, or no reason is given (%q)", c.cluster, key, why)
			}
		}
	}
}
