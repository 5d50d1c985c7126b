package features

import "strings"

// kindSigns gathers what tells a nightly batch from other applications.
type kindSigns struct {
	streaming bool            // StreamingQueryListener events, or jobs of a stream
	users     map[string]bool // users that jobs say they run for
}

// event looks at the name of an event this program has no type for.
func (k *kindSigns) event(name string) {
	if strings.Contains(name, "StreamingQueryListener") || strings.Contains(name, "StreamingListener") {
		k.streaming = true
	}
}

// job looks at a job's properties: micro-batches carry the query's id
// (MicroBatchExecution) or the batch's time (DStream), Databricks the user.
func (k *kindSigns) job(props map[string]string) {
	if props["sql.streaming.queryId"] != "" || props["spark.streaming.internal.batchTime"] != "" {
		k.streaming = true
	}
	if u := props["user"]; u != "" && len(k.users) < 2 {
		if k.users == nil {
			k.users = map[string]bool{}
		}
		k.users[u] = true
	}
}

// Classes whose applications serve many requests, and those that wait for a
// person. spark-sql with -f or -e runs a script and is batch.
var (
	serverClasses      = []string{"HiveThriftServer2", "SparkConnectServer", "org.apache.livy", "LivyServer", "org.apache.kyuubi", "RSCDriverBootstrapper"}
	interactiveClasses = []string{"org.apache.spark.repl.Main", "org.apache.zeppelin", "ipykernel", "sparkr-shell", "org.apache.toree", "SparkSQLCLIDriver"}
	serverProperties   = []string{"spark.livy.spark_major_version", "spark.__livy__.livy.rsc.launcher.address", "spark.kyuubi.server.ipAddress"}
)

// An application that waits most of its time for something other than its own
// tasks, for long, is one that a person or a client drives. A short one may
// merely be small: its driver's start alone takes seconds.
const (
	idleShare    = 0.60
	idleMinimumS = 600
)

// kind classifies a run; anything but batch is never tuned.
func (k *kindSigns) kind(appName, command string, props map[string]string, driverOnlyS, busyWindowS float64) string {
	switch {
	case k.streaming:
		return Streaming
	case len(k.users) > 1, containsAny(command, serverClasses), hasAny(props, serverProperties),
		strings.Contains(appName, "Thrift JDBC/ODBC Server"), strings.HasPrefix(appName, "livy-session"):
		return Server
	case containsAny(command, interactiveClasses) && !strings.Contains(command, " -f ") && !strings.Contains(command, " -e "),
		appName == "Databricks Shell" && databricksJob(props["spark.databricks.clusterUsageTags.clusterAllTags"]) == "":
		return Interactive
	case busyWindowS > idleMinimumS && driverOnlyS > idleShare*busyWindowS:
		return Interactive
	}
	return Batch
}

func containsAny(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

func hasAny(props map[string]string, keys []string) bool {
	for _, k := range keys {
		if _, ok := props[k]; ok {
			return true
		}
	}
	return false
}
